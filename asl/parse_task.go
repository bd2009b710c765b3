package asl

import "github.com/gostates/gostates/value"

var taskFields = join(baseFields, flowFields, nextFields, workFields, fields{
	"Arguments": ataOnly, "Assign": both, "Resource": both, "Credentials": both,
	"TimeoutSeconds": both, "HeartbeatSeconds": both,
	"TimeoutSecondsPath": pathOnly, "HeartbeatSecondsPath": pathOnly,
})

func (o *object) task(base StateBase) State {
	q := base.Language
	o.required("Resource")
	o.atMostOne("TimeoutSeconds", "TimeoutSecondsPath")
	o.atMostOne("HeartbeatSeconds", "HeartbeatSecondsPath")
	return &TaskState{
		StateBase:            base,
		Transition:           o.transition(),
		DataFlow:             o.dataFlow(q),
		Work:                 o.work(q),
		Assign:               o.assign(q),
		Resource:             o.text("Resource"),
		Credentials:          o.credentials(q),
		TimeoutSeconds:       o.integerOrExpression("TimeoutSeconds", q, 1, maxSeconds),
		TimeoutSecondsPath:   o.referencePath("TimeoutSecondsPath"),
		HeartbeatSeconds:     o.integerOrExpression("HeartbeatSeconds", q, 1, maxSeconds),
		HeartbeatSecondsPath: o.referencePath("HeartbeatSecondsPath"),
	}
}

// credentials must name a role.
func (o *object) credentials(q QueryLanguage) Opt[Template] {
	f := o.templateObject("Credentials", q)
	v, ok := f.Value.Source.(*value.Object)
	if ok && !v.Has("RoleArn") && !(q == JSONPath && v.Has("RoleArn.$")) {
		o.schema(o.member("Credentials").Offset, "Credentials", "The field 'RoleArn' is required but was missing")
	}
	return f
}
