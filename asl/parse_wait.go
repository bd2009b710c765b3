package asl

var waitFields = join(baseFields, flowFields, nextFields, fields{
	"Assign": both, "Seconds": both, "Timestamp": both, "SecondsPath": pathOnly, "TimestampPath": pathOnly,
})

func (o *object) wait(base StateBase) State {
	q := base.Language
	o.exactlyOne("SecondsPath", "Seconds", "TimestampPath", "Timestamp")
	return &WaitState{
		StateBase:     base,
		Transition:    o.transition(),
		DataFlow:      o.dataFlow(q),
		Seconds:       o.integerOrExpression("Seconds", q, 0, maxSeconds),
		SecondsPath:   o.referencePath("SecondsPath"),
		Timestamp:     o.timestamp(q),
		TimestampPath: o.referencePath("TimestampPath"),
		Assign:        o.assign(q),
	}
}

func (o *object) timestamp(q QueryLanguage) Opt[String] {
	f := o.stringOrExpression("Timestamp", q)
	text := f.Value.Value
	if f.IsSet() && f.Value.Expression == nil && !(q == JSONata && looksLikeExpression(text)) && !IsTimestamp(text) {
		o.schema(o.member("Timestamp").Offset, "Timestamp", "String does not match RFC3339 timestamp")
	}
	return f
}
