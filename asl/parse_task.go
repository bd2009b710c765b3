package asl

import "github.com/gostates/gostates/value"

var taskFields = joinFields(baseFields, flowFields, nextFields, workFields, fields{
	"Arguments": ataOnly, "Assign": both, "Resource": both, "Credentials": both,
	"TimeoutSeconds": both, "HeartbeatSeconds": both,
	"TimeoutSecondsPath": pathOnly, "HeartbeatSecondsPath": pathOnly,
})

func (o *object) parseTask(base StateBase) State {
	q := base.Language
	o.requireFields("Resource")
	o.requireAtMostOne("TimeoutSeconds", "TimeoutSecondsPath")
	o.requireAtMostOne("HeartbeatSeconds", "HeartbeatSecondsPath")
	return &TaskState{
		StateBase:            base,
		Transition:           o.parseTransition(),
		DataFlow:             o.parseDataFlow(q),
		Work:                 o.parseWork(q),
		Assign:               o.parseAssign(q),
		Resource:             o.parseNonEmptyString("Resource"),
		Credentials:          o.parseCredentials(q),
		TimeoutSeconds:       o.parseIntegerOrExpression("TimeoutSeconds", q, 1, maxSeconds),
		TimeoutSecondsPath:   o.parseReferencePath("TimeoutSecondsPath"),
		HeartbeatSeconds:     o.parseIntegerOrExpression("HeartbeatSeconds", q, 1, maxSeconds),
		HeartbeatSecondsPath: o.parseReferencePath("HeartbeatSecondsPath"),
	}
}

// parseCredentials parses Credentials, which must name a role.
func (o *object) parseCredentials(q QueryLanguage) Opt[Template] {
	f := o.parseTemplateObject("Credentials", q)
	v, ok := f.Value.Source.(*value.Object)
	if ok && !v.Has("RoleArn") && !(q == JSONPath && v.Has("RoleArn.$")) {
		o.reportSchema(o.fieldNode("Credentials").Offset, "Credentials", "The field 'RoleArn' is required but was missing")
	}
	return f
}
