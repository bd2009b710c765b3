package asl

var failFields = join(baseFields, fields{
	"Error": both, "Cause": both, "ErrorPath": pathOnly, "CausePath": pathOnly,
})

func (o *object) fail(base StateBase) State {
	o.atMostOne("Error", "ErrorPath")
	o.atMostOne("Cause", "CausePath")
	if base.Language == JSONPath {
		o.checkPlainString("Error")
		o.checkPlainString("Cause")
	}
	return &FailState{
		StateBase: base,
		Error:     o.stringOrExpression("Error", base.Language),
		ErrorPath: o.textPath("ErrorPath"),
		Cause:     o.stringOrExpression("Cause", base.Language),
		CausePath: o.textPath("CausePath"),
	}
}
