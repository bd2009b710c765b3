package interpreter_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/gostates/gostates/interpreter"
)

// DeclinedError is an error of a program's own, with a name that Retry and Catch match.
type DeclinedError struct{ Reason string }

func (e *DeclinedError) Error() string     { return e.Reason }
func (e *DeclinedError) ErrorName() string { return "CardDeclined" }

// The caller of Run gets the error of the handler in its own type.
func ExampleErrorNamer() {
	program, err := interpreter.Compile([]byte(`{
		"StartAt": "Charge",
		"States": {
			"Charge": {"Type": "Task", "Resource": "charge", "End": true,
				"Retry": [{"ErrorEquals": ["BankBusy"]}]}
		}
	}`), interpreter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	charge := func(context.Context, any) (string, error) { return "", &DeclinedError{Reason: "the limit is 100"} }
	in := interpreter.New(interpreter.Config{
		Resolver: interpreter.Mux{"charge": interpreter.Func(charge)},
		Errors: map[string]func(cause string) error{
			"CardDeclined": func(cause string) error { return &DeclinedError{Reason: cause} },
		},
	})
	defer in.Close()
	_, err = interpreter.Run[string](context.Background(), in, program, nil)
	var declined *DeclinedError
	fmt.Println(errors.As(err, &declined), declined.Reason)
	// Output: true the limit is 100
}
