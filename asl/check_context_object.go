package asl

// The context object (aws-docs), inside of a Map state and elsewhere.
var (
	contextObject = newShape([]shapeField{
		{"Execution", record("Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime")},
		{"StateMachine", record("Id", "Name")},
		{"State", record("Name", "EnteredTime", "RetryCount")},
		{"Task", record("Token")},
	})
	contextOfItem = contextObject.with([]string{"Map"}, newShape([]shapeField{{"Item", record("Index", "Value", "Key", "Source")}}))
)

// record is an object of values of which nothing is known.
func record(names ...string) *shape {
	fields := make([]shapeField, len(names))
	for i, name := range names {
		fields[i].name = name
	}
	return newShape(fields)
}

// contextObject is that of a state.
func (s *scope) contextObject(st State) *shape {
	for {
		if _, ok := st.(*MapState); ok {
			return contextOfItem
		}
		if s.outer == nil {
			return contextObject
		}
		st = s.outer.states.List[s.within]
		s = s.outer
	}
}
