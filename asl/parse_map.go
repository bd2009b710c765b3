package asl

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	mapFields = join(baseFields, flowFields, nextFields, workFields, fields{
		"Assign": both, "ItemProcessor": both, "Iterator": both,
		"ItemsPath": pathOnly, "Items": ataOnly, "ItemSelector": both,
		"ItemReader": both, "ItemBatcher": both, "ResultWriter": both, "Label": both,
		"MaxConcurrency": both, "MaxConcurrencyPath": pathOnly,
		"ToleratedFailureCount": both, "ToleratedFailureCountPath": pathOnly,
		"ToleratedFailurePercentage": both, "ToleratedFailurePercentagePath": pathOnly,
	})
	processorFields = join(branchFields, fields{"ProcessorConfig": both})
	configFields    = fields{"Mode": both, "ExecutionType": both}
)

func (o *object) mapState(base StateBase) State {
	q := base.Language
	o.exactlyOne("ItemProcessor", "Iterator")
	o.atMostOne("ItemSelector", "Parameters")
	o.atMostOne("MaxConcurrency", "MaxConcurrencyPath")
	o.atMostOne("ToleratedFailureCount", "ToleratedFailureCountPath")
	o.atMostOne("ToleratedFailurePercentage", "ToleratedFailurePercentagePath")
	return &MapState{
		StateBase:                      base,
		Transition:                     o.transition(),
		DataFlow:                       o.dataFlow(q),
		Work:                           o.work(q),
		Assign:                         o.assign(q),
		ItemProcessor:                  o.processor("ItemProcessor", q),
		Iterator:                       o.processor("Iterator", q),
		ItemsPath:                      o.referencePath("ItemsPath"),
		Items:                          o.template("Items", q),
		ItemSelector:                   o.template("ItemSelector", q),
		MaxConcurrency:                 o.integerOrExpression("MaxConcurrency", q, 0, noMaximum),
		MaxConcurrencyPath:             o.numberPath("MaxConcurrencyPath"),
		ToleratedFailureCount:          o.integerOrExpression("ToleratedFailureCount", q, 0, noMaximum),
		ToleratedFailureCountPath:      o.numberPath("ToleratedFailureCountPath"),
		ToleratedFailurePercentage:     o.numberOrExpression("ToleratedFailurePercentage", q, 0, 100),
		ToleratedFailurePercentagePath: o.numberPath("ToleratedFailurePercentagePath"),
		ItemReader:                     o.itemReader(q),
		ItemBatcher:                    o.itemBatcher(q),
		ResultWriter:                   o.resultWriter(q),
		Label:                          o.label(),
	}
}

func (o *object) processor(name string, q QueryLanguage) *Processor {
	p := o.child(name)
	if p == nil {
		return nil
	}
	p.known(processorFields, q)
	return &Processor{Branch: p.branch(), ProcessorConfig: p.processorConfig()}
}

func (o *object) processorConfig() *ProcessorConfig {
	c := o.child("ProcessorConfig")
	if c == nil {
		return nil
	}
	c.known(configFields, JSONPath)
	config := &ProcessorConfig{
		Node:          c.place(),
		Mode:          c.enum("Mode", "INLINE", "DISTRIBUTED"),
		ExecutionType: c.enum("ExecutionType", "STANDARD", "EXPRESS"),
	}
	switch {
	case config.Mode.Value == "DISTRIBUTED":
		c.required("ExecutionType")
	case c.has("ExecutionType"):
		c.unsupported(c.members.Index("ExecutionType"))
	}
	return config
}

const maxLabel = 40 // characters

func (o *object) label() Opt[string] {
	f := o.text("Label")
	if !f.IsSet() {
		return f
	}
	offset := o.member("Label").Offset
	switch {
	case utf8.RuneCountInString(f.Value) > maxLabel:
		o.report(CodeInvalidLabelName, offset, "Label",
			"Invalid Label name: Label '%s' exceeds the 40-character limit allowed by the service", f.Value)
	case strings.IndexFunc(f.Value, notInLabel) >= 0:
		o.report(CodeInvalidLabelName, offset, "Label", "Invalid Label name: Label '%s' contains an invalid character", f.Value)
	case o.labels[f.Value]:
		o.report(CodeDuplicateLabelName, offset, "Label", "Duplicate Label name: %s", f.Value)
	}
	o.labels[f.Value] = true
	return f
}

func notInLabel(r rune) bool {
	return strings.ContainsRune("?*<>{}[]:;,\\|^~$#%&`\"", r) || unicode.IsSpace(r) || unicode.IsControl(r)
}
