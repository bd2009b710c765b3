package teststate

// Request is a request to TestState. Strings hold JSON unless stated otherwise.
type Request struct {
	// Definition is a state, or a machine that contains the state StateName.
	Definition string
	StateName  string // a name; empty: Definition is a state
	Input      string // empty: {}
	Variables  string // an object with the variables in scope; empty: none
	// Context is the context object. It needs a Mock. Empty: a default one.
	Context         string
	InspectionLevel Level // empty: Info
	Mock            *Mock // replaces the state's work; nil: a handler does it

	StateConfiguration *StateConfiguration // nil: the zero StateConfiguration

	// RoleArn is the role in the context object, not JSON. AWS requires it for a
	// Task without a Mock; with a Resolver it may be empty.
	RoleArn string
	// RevealSecrets has no effect here. As on AWS, it is rejected together with a Mock.
	RevealSecrets bool
}
