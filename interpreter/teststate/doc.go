// Package teststate runs a single state, like AWS's TestState API.
//
//	answer, err := teststate.Run(ctx, &teststate.Request{
//		Definition: `{"Type": "Task", "Resource": "charge", "Next": "Ship",
//			"Retry": [{"ErrorEquals": ["Busy"]}]}`,
//		Input:           `{"order": 7}`,
//		InspectionLevel: teststate.Debug,
//		Mock: &teststate.Mock{
//			ErrorOutput: &teststate.ErrorOutput{Error: "Busy", Cause: "later"},
//		},
//	}, teststate.Options{})
//	fmt.Println(answer.Status) // RETRIABLE
//
// The definition is a state, or a machine in which StateName names a state at any
// depth. The Mock holds the result or error of the state's work. Without a Mock, a
// handler may do the work of a Task (see [Options]). A Map or Parallel state always
// needs a Mock: its own fields are tested, not its branches.
//
// A [Request] and a [Response] have the fields and the JSON of AWS's API: inputs,
// outputs and inspection data are strings of JSON. For a request that AWS rejects,
// the error is an [*Error] with AWS's code and message. A failure of the state is
// not an error: it is a Response with a Status.
//
// Parameters and mocked results are compared with models of AWS's services if
// there are some: see [Options], and package asl/awsmodel.
//
// The state runs on package machine, as in an execution. Time is virtual: a Wait
// returns at once. Equal requests at equal times have equal responses. All
// functions are safe for concurrent use.
package teststate
