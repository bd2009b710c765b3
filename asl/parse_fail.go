package asl

var failFields = joinFields(baseFields, fields{
	"Error": both, "Cause": both, "ErrorPath": pathOnly, "CausePath": pathOnly,
})

func (o *object) parseFail(base StateBase) State {
	o.requireAtMostOne("Error", "ErrorPath")
	o.requireAtMostOne("Cause", "CausePath")
	if base.Language == JSONPath {
		o.checkPlainString("Error")
		o.checkPlainString("Cause")
	}
	return &FailState{
		StateBase: base,
		Error:     o.parseStringOrExpression("Error", base.Language),
		ErrorPath: o.parseStringPath("ErrorPath"),
		Cause:     o.parseStringOrExpression("Cause", base.Language),
		CausePath: o.parseStringPath("CausePath"),
	}
}
