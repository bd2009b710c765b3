package asl

var succeedFields = join(baseFields, flowFields)

func (o *object) succeed(base StateBase) State {
	return &SucceedState{StateBase: base, DataFlow: o.dataFlow(base.Language)}
}
