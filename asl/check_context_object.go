package asl

// The context object (aws-docs), inside of a Map state and elsewhere.
var (
	contextObjectShape = newShape([]shapeField{
		{"Execution", unknownFields("Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime")},
		{"StateMachine", unknownFields("Id", "Name")},
		{"State", unknownFields("Name", "EnteredTime", "RetryCount")},
		{"Task", unknownFields("Token")},
	})
	mapContextShape = contextObjectShape.withField([]string{"Map"}, newShape([]shapeField{{"Item", unknownFields("Index", "Value", "Key", "Source")}}))
)

// unknownFields is an object of values of which nothing is known.
func unknownFields(names ...string) *shape {
	fields := make([]shapeField, len(names))
	for i, name := range names {
		fields[i].name = name
	}
	return newShape(fields)
}

// contextShape is that of a state.
func (s *scope) contextShape(st State) *shape {
	for {
		if _, ok := st.(*MapState); ok {
			return mapContextShape
		}
		if s.outer == nil {
			return contextObjectShape
		}
		st = s.outer.states.List[s.within]
		s = s.outer
	}
}
