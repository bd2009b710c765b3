package teststate_test

import (
	"context"
	"fmt"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/teststate"
)

const charge = `{
	"Type": "Task", "Resource": "charge",
	"Parameters": {"order.$": "$.id"},
	"ResultPath": "$.receipt",
	"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 3}],
	"Catch": [{"ErrorEquals": ["CardDeclined"], "ResultPath": "$.problem", "Next": "Apologise"}],
	"Next": "Ship"}`

// A mock answers the task. The Retry and Catch of the state decide how it ends.
func ExampleRun() {
	test := func(m *teststate.Mock, retries int32) {
		answer, err := teststate.Run(context.Background(), &teststate.Request{
			Definition:         charge,
			Input:              `{"id": 7}`,
			Mock:               m,
			StateConfiguration: &teststate.StateConfiguration{RetrierRetryCount: retries},
		}, teststate.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(answer.Status)
		if answer.NextState != "" {
			fmt.Println("\t", answer.NextState, answer.Output)
		}
	}
	paid := `{"paid": true}`
	test(&teststate.Mock{Result: &paid}, 0)
	test(&teststate.Mock{ErrorOutput: &teststate.ErrorOutput{Error: "CardDeclined", Cause: "limit"}}, 0)
	test(&teststate.Mock{ErrorOutput: &teststate.ErrorOutput{Error: "Busy"}}, 2)
	test(&teststate.Mock{ErrorOutput: &teststate.ErrorOutput{Error: "Busy"}}, 3)
	test(&teststate.Mock{}, 0)
	// Output:
	// SUCCEEDED
	// 	 Ship {"id":7,"receipt":{"paid":true}}
	// CAUGHT_ERROR
	// 	 Apologise {"id":7,"problem":{"Error":"CardDeclined","Cause":"limit"}}
	// RETRIABLE
	// FAILED
	// ValidationException: One of the following fields is required for a test mock: [result, errorOutput].
}

// A handler can do the state's work. InspectionData shows the result of each field.
func ExampleRun_handler() {
	pay := func(_ context.Context, in struct{ Order int }) (map[string]any, error) {
		return map[string]any{"paid": in.Order}, nil
	}
	answer, err := teststate.Run(context.Background(), &teststate.Request{
		Definition:      charge,
		Input:           `{"id": 7}`,
		InspectionLevel: teststate.Debug,
	}, teststate.Options{Resolver: interpreter.Mux{"charge": interpreter.Func(pay)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for name, made := range answer.InspectionData.All() {
		fmt.Println(name, made)
	}
	// Output:
	// input {"id":7}
	// afterInputPath {"id":7}
	// afterParameters {"order":7}
	// result {"paid":7}
	// afterResultSelector {"paid":7}
	// afterResultPath {"id":7,"receipt":{"paid":7}}
}
