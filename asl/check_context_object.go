package asl

// The shape of the context object, in a Map state's iterations and elsewhere.
var (
	contextObjectShape = newShape([]shapeField{
		{"Execution", unknownFields("Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime")},
		{"StateMachine", unknownFields("Id", "Name")},
		{"State", unknownFields("Name", "EnteredTime", "RetryCount")},
		{"Task", unknownFields("Token")},
	})
	mapContextShape = contextObjectShape.withField([]string{"Map"}, newShape([]shapeField{{"Item", unknownFields("Index", "Value", "Key", "Source")}}))
)

// unknownFields returns the shape of an object with these fields and unknown
// values.
func unknownFields(names ...string) *shape {
	fields := make([]shapeField, len(names))
	for i, name := range names {
		fields[i].name = name
	}
	return newShape(fields)
}

// contextShape returns the shape of the context object in a state.
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
