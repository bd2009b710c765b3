package asl

var (
	writerFields       = fields{"Resource": both, "WriterConfig": both, "Parameters": pathOnly, "Arguments": ataOnly}
	writerConfigFields = fields{"Transformation": both, "OutputType": both}
)

func (o *object) parseResultWriter(q QueryLanguage) *ResultWriter {
	w := o.childObject("ResultWriter")
	if w == nil {
		return nil
	}
	w.checkFields(writerFields, q)
	w.checkDestination(q)
	r := &ResultWriter{
		Node:       w.nodeOf(),
		Resource:   w.parseString("Resource"),
		Parameters: w.parseTemplate("Parameters", q),
		Arguments:  w.parseTemplate("Arguments", q),
	}
	if c := w.childObject("WriterConfig"); c != nil {
		c.checkFields(writerConfigFields, q)
		c.requireFields("Transformation", "OutputType")
		r.WriterConfig = &WriterConfig{
			Node:           c.nodeOf(),
			Transformation: c.parseEnum("Transformation", "NONE", "COMPACT", "FLATTEN"),
			OutputType:     c.parseEnum("OutputType", "JSON", "JSONL"),
		}
	}
	return r
}

// checkDestination checks that a writer has a destination, a format, or both.
func (o *object) checkDestination(q QueryLanguage) {
	where := "Parameters"
	if q == JSONata {
		where = "Arguments"
	}
	switch {
	case o.members.Len() == 0:
		o.reportObject("Value cannot be empty")
	case o.hasField("Resource") && !o.hasField("Parameters") && !o.hasField("Arguments"):
		o.requireFields(where)
	case o.hasField(where):
		o.requireFields("Resource")
	}
}
