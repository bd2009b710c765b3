package build

import "github.com/gostates/gostates/asl"

// ItemReader is an ItemReader with its ReaderConfig. Fields that are zero are left out.
type ItemReader struct {
	Resource   string
	Parameters any // JSONPath
	Arguments  any // JSONata

	InputType         string
	Transformation    string
	ManifestType      string
	CSVDelimiter      string
	CSVHeaderLocation string
	CSVHeaders        []string
	ItemsPointer      string
	MaxItems          int
	MaxItemsFrom      string // a path, or an expression, in place of MaxItems
}

func (r ItemReader) toItemReader(p *part) *asl.ItemReader {
	d := &asl.ItemReader{
		Resource:   optionalText(r.Resource),
		Parameters: p.optional("ItemReader/Parameters", r.Parameters),
		Arguments:  p.optional("ItemReader/Arguments", r.Arguments),
	}
	c := asl.ReaderConfig{
		InputType: optionalText(r.InputType), Transformation: optionalText(r.Transformation), ManifestType: optionalText(r.ManifestType),
		CSVDelimiter: optionalText(r.CSVDelimiter), CSVHeaderLocation: optionalText(r.CSVHeaderLocation), CSVHeaders: r.CSVHeaders,
		ItemsPointer: optionalText(r.ItemsPointer),
	}
	setCount(r.MaxItems, r.MaxItemsFrom, &c.MaxItems, &c.MaxItemsPath)
	set := []asl.Presence{
		c.InputType.Presence, c.Transformation.Presence, c.ManifestType.Presence, c.CSVDelimiter.Presence,
		c.CSVHeaderLocation.Presence, c.ItemsPointer.Presence, c.MaxItems.Presence, c.MaxItemsPath.Presence,
	}
	if anySet(set...) || c.CSVHeaders != nil {
		d.ReaderConfig = &c
	}
	return d
}

// ItemBatcher is an ItemBatcher. Fields that are zero are left out.
type ItemBatcher struct {
	BatchInput                any
	MaxItemsPerBatch          int
	MaxItemsPerBatchFrom      string // a path, or an expression, in place of MaxItemsPerBatch
	MaxInputBytesPerBatch     int
	MaxInputBytesPerBatchFrom string // a path, or an expression, in place of MaxInputBytesPerBatch
}

func (b ItemBatcher) toItemBatcher(p *part) *asl.ItemBatcher {
	d := &asl.ItemBatcher{BatchInput: p.optional("ItemBatcher/BatchInput", b.BatchInput)}
	setCount(b.MaxItemsPerBatch, b.MaxItemsPerBatchFrom, &d.MaxItemsPerBatch, &d.MaxItemsPerBatchPath)
	setCount(b.MaxInputBytesPerBatch, b.MaxInputBytesPerBatchFrom, &d.MaxInputBytesPerBatch, &d.MaxInputBytesPerBatchPath)
	return d
}

// ResultWriter is a ResultWriter with its WriterConfig. Fields that are zero are left
// out.
type ResultWriter struct {
	Resource   string
	Parameters any // JSONPath
	Arguments  any // JSONata

	Transformation string
	OutputType     string
}

func (w ResultWriter) toResultWriter(p *part) *asl.ResultWriter {
	d := &asl.ResultWriter{
		Resource:   optionalText(w.Resource),
		Parameters: p.optional("ResultWriter/Parameters", w.Parameters),
		Arguments:  p.optional("ResultWriter/Arguments", w.Arguments),
	}
	c := asl.WriterConfig{Transformation: optionalText(w.Transformation), OutputType: optionalText(w.OutputType)}
	if anySet(c.Transformation.Presence, c.OutputType.Presence) {
		d.WriterConfig = &c
	}
	return d
}

func anySet(fields ...asl.Presence) bool {
	for _, p := range fields {
		if p != asl.Absent {
			return true
		}
	}
	return false
}

func optionalText(s string) (o asl.Opt[string]) {
	if s != "" {
		o = present(s)
	}
	return o
}

func (p *part) optional(field string, v any) (o asl.Opt[asl.Template]) {
	if v != nil {
		o = p.template(field, v)
	}
	return o
}

func setCount(n int, from string, number *asl.Opt[asl.Integer], byPath *asl.Opt[asl.Path]) {
	if n != 0 {
		*number = integer(n)
	}
	if from != "" {
		setFrom(from, number, byPath)
	}
}
