package asl

import (
	"strings"
	"unicode"
	"unicode/utf8"
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

func (o *object) itemReader(q QueryLanguage) *ItemReader {
	r := o.child("ItemReader")
	if r == nil {
		return nil
	}
	r.known(readerFields, q)
	r.required("Resource")
	return &ItemReader{
		Node:         r.place(),
		Resource:     r.string("Resource"),
		Parameters:   r.template("Parameters", q),
		Arguments:    r.template("Arguments", q),
		ReaderConfig: r.readerConfig(q),
	}
}

func (o *object) readerConfig(q QueryLanguage) *ReaderConfig {
	c := o.child("ReaderConfig")
	if c == nil {
		return nil
	}
	c.known(readerConfigFields, q)
	c.atMostOne("MaxItems", "MaxItemsPath")
	c.readable()
	return &ReaderConfig{
		Node:              c.place(),
		InputType:         c.enum("InputType", "CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"),
		Transformation:    c.enum("Transformation", "NONE", "LOAD_AND_FLATTEN"),
		ManifestType:      c.enum("ManifestType", "ATHENA_DATA", "S3_INVENTORY"),
		CSVDelimiter:      c.enum("CSVDelimiter", "COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
		CSVHeaderLocation: c.enum("CSVHeaderLocation", "FIRST_ROW", "GIVEN"),
		CSVHeaders:        c.strings("CSVHeaders"),
		ItemsPointer:      c.itemsPointer(),
		MaxItems:          c.integerOrExpression("MaxItems", q, 0, maxItems),
		MaxItemsPath:      c.numberPath("MaxItemsPath"),
	}
}

// readable checks what a reader has to know of the type of what it reads: that
// decides which other fields there are (recorded).
func (o *object) readable() {
	if o.valueOf("Transformation") == "LOAD_AND_FLATTEN" {
		o.needed("InputType")
	}
	switch o.valueOf("InputType") {
	case "CSV":
		o.needed("CSVHeaderLocation")
	case "JSON":
		o.unsupportedOf("ManifestType", "CSVHeaderLocation", "CSVHeaders")
		return
	case "JSONL", "PARQUET":
		o.unsupportedOf("CSVHeaderLocation", "CSVHeaders")
		return
	}
	if o.valueOf("CSVHeaderLocation") == "GIVEN" {
		o.required("CSVHeaders")
	}
}

func (o *object) unsupportedOf(names ...string) {
	for _, name := range names {
		if i := o.members.Index(name); i >= 0 {
			o.unsupported(i)
		}
	}
}

// itemsPointer reads a JSON Pointer, which is empty or begins with a slash.
func (o *object) itemsPointer() Opt[string] {
	f := o.string("ItemsPointer")
	if f.Value != "" && f.Value[0] != '/' && !isExpression(f.Value) {
		o.schema(o.member("ItemsPointer").Offset, "ItemsPointer",
			"Invalid input: JSON Pointer expression must start with '/': \"%s\"", f.Value)
	}
	return f
}

func (o *object) itemBatcher(q QueryLanguage) *ItemBatcher {
	b := o.child("ItemBatcher")
	if b == nil {
		return nil
	}
	b.known(batcherFields, q)
	b.atMostOne("MaxItemsPerBatch", "MaxItemsPerBatchPath")
	b.atMostOne("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")
	b.bounded()
	return &ItemBatcher{
		Node:                      b.place(),
		BatchInput:                b.template("BatchInput", q),
		MaxItemsPerBatch:          b.integerOrExpression("MaxItemsPerBatch", q, 0, noMaximum),
		MaxItemsPerBatchPath:      b.numberPath("MaxItemsPerBatchPath"),
		MaxInputBytesPerBatch:     b.integerOrExpression("MaxInputBytesPerBatch", q, 0, maxBatchBytes),
		MaxInputBytesPerBatchPath: b.numberPath("MaxInputBytesPerBatchPath"),
	}
}

// bounded reports where nothing says how large a batch gets.
func (o *object) bounded() {
	bounds := []string{"MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"}
	if o.count(bounds) == 0 {
		o.wrong("This object should have at least one of the following fields: [%s]", strings.Join(bounds, ", "))
	}
}

func (o *object) resultWriter(q QueryLanguage) *ResultWriter {
	w := o.child("ResultWriter")
	if w == nil {
		return nil
	}
	w.known(writerFields, q)
	w.destination(q)
	r := &ResultWriter{
		Node:       w.place(),
		Resource:   w.string("Resource"),
		Parameters: w.template("Parameters", q),
		Arguments:  w.template("Arguments", q),
	}
	if c := w.child("WriterConfig"); c != nil {
		c.known(writerConfigFields, q)
		c.required("Transformation", "OutputType")
		r.WriterConfig = &WriterConfig{
			Node:           c.place(),
			Transformation: c.enum("Transformation", "NONE", "COMPACT", "FLATTEN"),
			OutputType:     c.enum("OutputType", "JSON", "JSONL"),
		}
	}
	return r
}

// destination checks that a writer says where it writes, or how it formats what
// it does not write anywhere, or both.
func (o *object) destination(q QueryLanguage) {
	where := "Parameters"
	if q == JSONata {
		where = "Arguments"
	}
	switch {
	case o.members.Len() == 0:
		o.wrong("Value cannot be empty")
	case o.has("Resource") && !o.has("Parameters") && !o.has("Arguments"):
		o.required(where)
	case o.has(where):
		o.required("Resource")
	}
}
