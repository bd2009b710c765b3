package asl

var machineFields = fields{"Comment": both, "QueryLanguage": both, "Version": both, "TimeoutSeconds": both,
	"StartAt": both, "States": both}

// parseMachine parses the top level of the definition.
func (o *object) parseMachine() *StateMachine {
	m := &StateMachine{Node: o.nodeOf()}
	o.checkFields(machineFields, JSONPath)
	o.requireFields("States", "StartAt")
	m.Comment = o.parseString("Comment")
	m.QueryLanguage = o.parseEnum("QueryLanguage", "JSONPath", "JSONata")
	m.Language = o.effectiveLanguage(JSONPath)
	o.language = m.Language
	m.Version = o.parseEnum("Version", "1.0")
	m.TimeoutSeconds = o.parseInteger("TimeoutSeconds", 0, maxSeconds)
	m.StartAt = o.parseString("StartAt")
	m.States = o.parseStates()
	o.checkTarget("StartAt", m.StartAt, m.States)
	return m
}

// effectiveLanguage returns the language of an object. Any QueryLanguage other
// than JSONPath counts as JSONata, and is reported elsewhere.
func (o *object) effectiveLanguage(inherited QueryLanguage) QueryLanguage {
	switch {
	case !o.hasField("QueryLanguage"), o.isUnknown(o.fieldNode("QueryLanguage")):
		return inherited
	case o.fieldValue("QueryLanguage") == "JSONPath":
		return JSONPath
	}
	return JSONata
}
