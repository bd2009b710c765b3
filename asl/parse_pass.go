package asl

var passFields = joinFields(baseFields, flowFields, nextFields, fields{
	"Parameters": pathOnly, "Result": pathOnly, "ResultPath": pathOnly, "Assign": both,
})

func (o *object) parsePass(base StateBase) State {
	q := base.Language
	s := &PassState{
		StateBase:  base,
		Transition: o.parseTransition(),
		DataFlow:   o.parseDataFlow(q),
		Parameters: o.parseTemplate("Parameters", q),
		ResultPath: o.parseResultPath(),
		Assign:     o.parseAssign(q),
	}
	if n := o.fieldNode("Result"); n != nil {
		s.Result = Opt[any]{n.Value, Present, o.positionOf(n.Offset)}
	}
	return s
}
