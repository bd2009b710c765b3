package asl

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	mapFields = joinFields(baseFields, flowFields, nextFields, workFields, fields{
		"Assign": both, "ItemProcessor": both, "Iterator": both,
		"ItemsPath": pathOnly, "Items": ataOnly, "ItemSelector": both,
		"ItemReader": both, "ItemBatcher": both, "ResultWriter": both, "Label": both,
		"MaxConcurrency": both, "MaxConcurrencyPath": pathOnly,
		"ToleratedFailureCount": both, "ToleratedFailureCountPath": pathOnly,
		"ToleratedFailurePercentage": both, "ToleratedFailurePercentagePath": pathOnly,
	})
	processorFields = joinFields(branchFields, fields{"ProcessorConfig": both})
	configFields    = fields{"Mode": both, "ExecutionType": both}
)

func (o *object) parseMap(base StateBase) State {
	q := base.Language
	o.requireExactlyOne("ItemProcessor", "Iterator")
	o.requireAtMostOne("ItemSelector", "Parameters")
	o.requireAtMostOne("MaxConcurrency", "MaxConcurrencyPath")
	o.requireAtMostOne("ToleratedFailureCount", "ToleratedFailureCountPath")
	o.requireAtMostOne("ToleratedFailurePercentage", "ToleratedFailurePercentagePath")
	return &MapState{
		StateBase:                      base,
		Transition:                     o.parseTransition(),
		DataFlow:                       o.parseDataFlow(q),
		Work:                           o.parseWork(q),
		Assign:                         o.parseAssign(q),
		ItemProcessor:                  o.parseProcessor("ItemProcessor", q),
		Iterator:                       o.parseProcessor("Iterator", q),
		ItemsPath:                      o.parseReferencePath("ItemsPath"),
		Items:                          o.parseTemplate("Items", q),
		ItemSelector:                   o.parseTemplate("ItemSelector", q),
		MaxConcurrency:                 o.parseIntegerOrExpression("MaxConcurrency", q, 0, noMaximum),
		MaxConcurrencyPath:             o.parseNumberPath("MaxConcurrencyPath"),
		ToleratedFailureCount:          o.parseIntegerOrExpression("ToleratedFailureCount", q, 0, noMaximum),
		ToleratedFailureCountPath:      o.parseNumberPath("ToleratedFailureCountPath"),
		ToleratedFailurePercentage:     o.parseNumberOrExpression("ToleratedFailurePercentage", q, 0, 100),
		ToleratedFailurePercentagePath: o.parseNumberPath("ToleratedFailurePercentagePath"),
		ItemReader:                     o.parseItemReader(q),
		ItemBatcher:                    o.parseItemBatcher(q),
		ResultWriter:                   o.parseResultWriter(q),
		Label:                          o.parseLabel(),
	}
}

func (o *object) parseProcessor(name string, q QueryLanguage) *Processor {
	p := o.childObject(name)
	if p == nil {
		return nil
	}
	p.checkFields(processorFields, q)
	return &Processor{Branch: p.parseBranch(), ProcessorConfig: p.parseProcessorConfig()}
}

func (o *object) parseProcessorConfig() *ProcessorConfig {
	c := o.childObject("ProcessorConfig")
	if c == nil {
		return nil
	}
	c.checkFields(configFields, JSONPath)
	config := &ProcessorConfig{
		Node:          c.nodeOf(),
		Mode:          c.parseEnum("Mode", "INLINE", "DISTRIBUTED"),
		ExecutionType: c.parseEnum("ExecutionType", "STANDARD", "EXPRESS"),
	}
	switch {
	case config.Mode.Value == "DISTRIBUTED":
		c.requireFields("ExecutionType")
	case c.hasField("ExecutionType"):
		c.reportUnsupported(c.members.Index("ExecutionType"))
	}
	return config
}

const maxLabel = 40 // characters

func (o *object) parseLabel() Opt[string] {
	f := o.parseNonEmptyString("Label")
	if !f.IsSet() {
		return f
	}
	offset := o.fieldNode("Label").Offset
	switch {
	case utf8.RuneCountInString(f.Value) > maxLabel:
		o.reportField(CodeInvalidLabelName, offset, "Label",
			"Invalid Label name: Label '%s' exceeds the 40-character limit allowed by the service", f.Value)
	case strings.IndexFunc(f.Value, isInvalidInLabel) >= 0:
		o.reportField(CodeInvalidLabelName, offset, "Label", "Invalid Label name: Label '%s' contains an invalid character", f.Value)
	case o.labels[f.Value]:
		o.reportField(CodeDuplicateLabelName, offset, "Label", "Duplicate Label name: %s", f.Value)
	}
	if o.labels == nil {
		o.parser.labels = make(map[string]bool)
	}
	o.labels[f.Value] = true
	return f
}

func isInvalidInLabel(r rune) bool {
	return strings.ContainsRune("?*<>{}[]:;,\\|^~$#%&`\"", r) || unicode.IsSpace(r) || unicode.IsControl(r)
}
