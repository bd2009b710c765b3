package mock_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/mock"
)

const charge = `{"StartAt": "Charge", "States": {"Charge": {
	"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:charge",
	"Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}],
	"Catch": [{"ErrorEquals": ["CardDeclined"], "Next": "Refused"}], "End": true},
	"Refused": {"Type": "Pass", "Result": "refused", "End": true}}}`

// runCharge runs the machine with mocked tasks. A virtual clock skips the delays of
// retries.
func runCharge(tasks *mock.Tasks) {
	program, err := interpreter.Compile([]byte(charge), interpreter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	clock := interpreter.NewVirtualClock(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	in := interpreter.New(interpreter.Config{Resolver: tasks, Clock: clock})
	defer in.Close()
	output, err := interpreter.Run[any](context.Background(), in, program, nil)
	fmt.Println(output, err)
}

// The first two invocations fail, the third succeeds.
func ExampleNew() {
	runCharge(mock.New(mock.Script{
		"Charge": {mock.Times(2, mock.Throw("Busy", "try again")), mock.Return("paid")},
	}))
	// Output:
	// paid <nil>
}

// A mock configuration file of Step Functions Local has several test cases.
func ExampleParseFile() {
	file, err := mock.ParseFile([]byte(`{
		"StateMachines": {"Orders": {"TestCases": {
			"Paid": {"Charge": "SlowBank"},
			"Declined": {"Charge": "NoMoney"}}}},
		"MockedResponses": {
			"SlowBank": {
				"0-1": {"Throw": {"Error": "Busy", "Cause": "try again"}},
				"2": {"Return": {"StatusCode": 200, "Payload": "paid"}}},
			"NoMoney": {"0": {"Throw": {"Error": "CardDeclined", "Cause": "limit"}}}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"Paid", "Declined", "Lost"} {
		tasks, err := file.Case("Orders", name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		runCharge(tasks)
	}
	// Output:
	// paid <nil>
	// refused <nil>
	// mock: no test case "Lost" of state machine "Orders"; its test cases are: Paid, Declined
}
