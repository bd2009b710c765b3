package asl

var passFields = join(baseFields, flowFields, nextFields, fields{
	"Parameters": pathOnly, "Result": pathOnly, "ResultPath": pathOnly, "Assign": both,
})

func (o *object) pass(base StateBase) State {
	q := base.Language
	s := &PassState{
		StateBase:  base,
		Transition: o.transition(),
		DataFlow:   o.dataFlow(q),
		Parameters: o.template("Parameters", q),
		ResultPath: o.resultPath(),
		Assign:     o.assign(q),
	}
	if n := o.member("Result"); n != nil {
		s.Result = Opt[any]{n.Value, Present, o.pos(n.Offset)}
	}
	return s
}
