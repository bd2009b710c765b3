package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

func Example() {
	type Order struct{ Total int }
	type Receipt struct{ Paid int }
	program, err := interpreter.Compile([]byte(`{
		"StartAt": "Charge",
		"States": {
			"Charge": {"Type": "Task", "Resource": "charge", "End": true}
		}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	in := interpreter.New(interpreter.Config{
		Resolver: interpreter.Mux{
			"charge": interpreter.Func(func(_ context.Context, o Order) (Receipt, error) {
				return Receipt{Paid: o.Total}, nil
			}),
		},
	})
	defer in.Close()
	receipt, err := interpreter.Run[Receipt](context.Background(), in, program, Order{Total: 42})
	fmt.Println(receipt.Paid, err)
	// Output: 42 <nil>
}

// A Retry with a backoff of half an hour takes no time under a clock that jumps.
func Example_retry() {
	program, err := interpreter.Compile([]byte(`{
		"StartAt": "Charge",
		"States": {
			"Charge": {"Type": "Task", "Resource": "charge", "End": true, "Retry": [
				{"ErrorEquals": ["Busy"], "IntervalSeconds": 1800, "MaxAttempts": 3}
			]}
		}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	start := time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC)
	clock := interpreter.NewVirtualClock(start)
	charge := func(ctx context.Context, _ any) (string, error) {
		task := interpreter.TaskFrom(ctx)
		fmt.Println("attempt", task.Attempt, "at", clock.Now().Format(time.TimeOnly))
		if task.Attempt < 2 {
			return "", asl.Errorf("Busy", "try again")
		}
		return "paid", nil
	}
	in := interpreter.New(interpreter.Config{
		Clock:    clock,
		Resolver: interpreter.Mux{"charge": interpreter.Func(charge)},
	})
	defer in.Close()
	fmt.Println(interpreter.Run[string](context.Background(), in, program, nil))
	// Output:
	// attempt 0 at 12:00:00
	// attempt 1 at 12:30:00
	// attempt 2 at 13:30:00
	// paid <nil>
}

func ExampleExecutionError() {
	program, _ := interpreter.Compile([]byte(`{
		"StartAt": "No",
		"States": {"No": {"Type": "Fail", "Error": "CardDeclined", "Cause": "limit is 100"}}
	}`))
	in := interpreter.New(interpreter.Config{})
	defer in.Close()
	_, err := interpreter.Run[any](context.Background(), in, program, nil)
	var failed *interpreter.ExecutionError
	if errors.As(err, &failed) {
		fmt.Println(failed.Name, "because", failed.Cause)
	}
	fmt.Println(errors.Is(err, &asl.Error{Name: "CardDeclined"}))
	// Output:
	// CardDeclined because limit is 100
	// true
}
