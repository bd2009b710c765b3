package asl

var succeedFields = joinFields(baseFields, flowFields)

func (o *object) parseSucceed(base StateBase) State {
	return &SucceedState{StateBase: base, DataFlow: o.parseDataFlow(base.Language)}
}
