package asl

var machineFields = fields{"Comment": both, "QueryLanguage": both, "Version": both, "TimeoutSeconds": both,
	"StartAt": both, "States": both}

// machine reads the whole definition.
func (o *object) machine() *StateMachine {
	m := &StateMachine{Node: o.place()}
	o.known(machineFields, JSONPath)
	o.required("States", "StartAt")
	m.Comment = o.string("Comment")
	m.QueryLanguage = o.enum("QueryLanguage", "JSONPath", "JSONata")
	m.Language = o.queryLanguage(JSONPath)
	o.language = m.Language
	m.Version = o.enum("Version", "1.0")
	m.TimeoutSeconds = o.integer("TimeoutSeconds", 0, maxSeconds)
	m.StartAt = o.string("StartAt")
	m.States = o.states()
	o.target("StartAt", m.StartAt, m.States)
	return m
}

// queryLanguage resolves an object's QueryLanguage: anything but the word
// JSONPath counts as JSONata, besides being reported (measured).
func (o *object) queryLanguage(inherited QueryLanguage) QueryLanguage {
	switch {
	case !o.has("QueryLanguage"), o.isUnknown(o.member("QueryLanguage")):
		return inherited
	case o.valueOf("QueryLanguage") == "JSONPath":
		return JSONPath
	}
	return JSONata
}
