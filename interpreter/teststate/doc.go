// Package teststate runs one state alone, as AWS's TestState does.
//
//	answer, err := teststate.Run(ctx, &teststate.Request{
//		Definition:      `{"Type": "Task", "Resource": "charge", "Next": "Ship", "Retry": [{"ErrorEquals": ["Busy"]}]}`,
//		Input:           `{"order": 7}`,
//		InspectionLevel: teststate.Debug,
//		Mock:            &teststate.Mock{ErrorOutput: &teststate.ErrorOutput{Error: "Busy", Cause: "later"}},
//	}, teststate.Options{})
//	fmt.Println(answer.Status) // RETRIABLE
//
// The definition is that of a state, or of a machine in which StateName names
// one, at any depth. What the state's work would give is in the Mock; the work
// of a Task may also be done by a handler (see [Options]). A Map or Parallel
// state is always mocked: what is tested are its own fields, not its branches.
//
// A [Request] and a [Response] have AWS's fields and AWS's JSON: inputs, outputs
// and inspection data are JSON texts. A request that AWS refuses gives an
// [*Error] with AWS's code and words; what goes wrong in the state is no error
// but a Response whose Status says so.
//
// The state runs on package machine, as in an execution. Time is virtual: a Wait
// takes none. Equal requests at equal times give equal responses. All of it is
// safe for concurrent use.
package teststate
