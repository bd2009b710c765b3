package asl

var waitFields = joinFields(baseFields, flowFields, nextFields, fields{
	"Assign": both, "Seconds": both, "Timestamp": both, "SecondsPath": pathOnly, "TimestampPath": pathOnly,
})

func (o *object) parseWait(base StateBase) State {
	q := base.Language
	o.requireExactlyOne("SecondsPath", "Seconds", "TimestampPath", "Timestamp")
	return &WaitState{
		StateBase:     base,
		Transition:    o.parseTransition(),
		DataFlow:      o.parseDataFlow(q),
		Seconds:       o.parseIntegerOrExpression("Seconds", q, 0, maxSeconds),
		SecondsPath:   o.parseReferencePath("SecondsPath"),
		Timestamp:     o.parseWaitTimestamp(q),
		TimestampPath: o.parseReferencePath("TimestampPath"),
		Assign:        o.parseAssign(q),
	}
}

func (o *object) parseWaitTimestamp(q QueryLanguage) Opt[String] {
	f := o.parseStringOrExpression("Timestamp", q)
	text := f.Value.Value
	if f.IsSet() && f.Value.Expression == nil && !(q == JSONata && looksLikeExpression(text)) && !IsTimestamp(text) {
		o.reportSchema(o.fieldNode("Timestamp").Offset, "Timestamp", "String does not match RFC3339 timestamp")
	}
	return f
}
