package asl

var (
	writerFields       = fields{"Resource": both, "WriterConfig": both, "Parameters": pathOnly, "Arguments": ataOnly}
	writerConfigFields = fields{"Transformation": both, "OutputType": both}
)

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
