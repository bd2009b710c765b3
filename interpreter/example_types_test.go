package interpreter_test

import (
	"context"
	"fmt"

	"github.com/gostates/gostates/interpreter"
)

// CheckTypes finds at the start of a program what would fail an execution later.
func ExampleCheckTypes() {
	type Order struct{ Total int }
	type Receipt struct{ Paid int }
	program, err := interpreter.Compile([]byte(`{
		"StartAt": "Charge",
		"States": {
			"Charge": {"Type": "Task", "Resource": "charge", "Parameters": {"Totl.$": "$.total"}, "Next": "Report"},
			"Report": {"Type": "Pass", "InputPath": "$.Payed", "End": true}
		}
	}`), interpreter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	handlers := interpreter.Mux{
		"charge": interpreter.Func(func(_ context.Context, o Order) (Receipt, error) { return Receipt{Paid: o.Total}, nil }),
	}
	fmt.Println(interpreter.CheckTypes(program, handlers))
	// Output:
	// interpreter: /States/Charge/Parameters: does not fit interpreter_test.Order: Order has no field for the member "Totl" (did you mean "Total"?)
	// interpreter: /States/Report/InputPath: The field 'Payed' never exists (the state 'Charge' gives Paid)
}
