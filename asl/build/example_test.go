package build_test

import (
	"context"
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/build"
	"github.com/gostates/gostates/interpreter"
)

func Example() {
	declined := build.Fail("Declined").Error("CardDeclined").CausePath("$.error.Cause")
	charge := build.Task("charge").
		ResultPath("$.receipt").
		Retry(build.RetryOn("BankBusy").IntervalSeconds(1).MaxAttempts(3)).
		Catch(build.CatchOn("CardDeclined").ResultPath("$.error").Then(declined)).
		Then(build.Succeed("Charged").OutputPath("$.receipt"))
	definition, err := build.Machine(charge).JSON()
	if err != nil {
		fmt.Println(err) // all that is wrong, by the line of Go
		return
	}
	fmt.Print(string(definition))

	program, err := interpreter.Compile(definition, interpreter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{
		"charge": interpreter.Func(func(context.Context, any) (string, error) { return "paid", nil }),
	}})
	defer in.Close()
	fmt.Println(interpreter.Run[string](context.Background(), in, program, nil))
	// Output:
	// {
	//   "StartAt": "charge",
	//   "States": {
	//     "charge": {
	//       "Type": "Task",
	//       "Resource": "charge",
	//       "ResultPath": "$.receipt",
	//       "Retry": [
	//         {
	//           "ErrorEquals": ["BankBusy"],
	//           "IntervalSeconds": 1,
	//           "MaxAttempts": 3
	//         }
	//       ],
	//       "Catch": [
	//         {
	//           "ErrorEquals": ["CardDeclined"],
	//           "ResultPath": "$.error",
	//           "Next": "Declined"
	//         }
	//       ],
	//       "Next": "Charged"
	//     },
	//     "Charged": {
	//       "Type": "Succeed",
	//       "OutputPath": "$.receipt"
	//     },
	//     "Declined": {
	//       "Type": "Fail",
	//       "Error": "CardDeclined",
	//       "CausePath": "$.error.Cause"
	//     }
	//   }
	// }
	// paid <nil>
}

// A loop: poll until the job is done.
func ExampleChoice() {
	poll := build.Task("Poll").Resource("poll")
	sleep := build.Wait("Sleep").Seconds(10).Then(poll)
	poll.Then(build.Choice("Done?").
		When(build.Condition("{% $states.input.done %}"), build.Succeed("Done")).
		Default(sleep))
	machine, err := build.Machine(poll).QueryLanguage(asl.JSONata).AST()
	if err != nil {
		fmt.Println(err)
		return
	}
	for state := range machine.All() {
		fmt.Println(state.Base().Type, state.Base().Name)
	}
	// Output:
	// Task Poll
	// Choice Done?
	// Succeed Done
	// Wait Sleep
}
