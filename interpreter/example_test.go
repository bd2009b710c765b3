package interpreter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/value"
)

func Example() {
	type Order struct{ Total int }
	type Receipt struct{ Paid int }
	program, err := interpreter.Compile([]byte(`{
		"StartAt": "Charge",
		"States": {
			"Charge": {"Type": "Task", "Resource": "charge", "End": true}
		}
	}`), interpreter.Options{})
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
	}`), interpreter.Options{})
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

// Run[json.RawMessage] returns the output as JSON, and Run[any] Go maps, which
// package value has to convert before it writes them.
func ExampleRun_json() {
	program, err := interpreter.Compile([]byte(`{
		"StartAt": "Greet",
		"States": {"Greet": {"Type": "Pass", "Result": {"to": "you", "n": 1}, "End": true}}
	}`), interpreter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	in := interpreter.New(interpreter.Config{})
	defer in.Close()
	text, err := interpreter.Run[json.RawMessage](context.Background(), in, program, nil)
	fmt.Println(string(text), err)

	output, err := interpreter.Run[any](context.Background(), in, program, nil)
	fmt.Println(output, err)
	_, err = value.Marshal(output)
	fmt.Println(err)
	converted, err := value.From(output)
	fmt.Println(value.String(converted), err)
	// Output:
	// {"to":"you","n":1} <nil>
	// map[n:1 to:you] <nil>
	// value: map[string]interface {} is not a value of package value; convert it with value.From
	// {"n":1.0,"to":"you"} <nil>
}

func ExampleExecutionError() {
	program, _ := interpreter.Compile([]byte(`{
		"StartAt": "No",
		"States": {"No": {"Type": "Fail", "Error": "CardDeclined", "Cause": "limit is 100"}}
	}`), interpreter.Options{})
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

// A task that a person answers: its handler hands over the token and returns, and
// whoever has the token answers later. No goroutine waits.
func ExampleInterpreter_SendTaskSuccess() {
	program, err := interpreter.Compile([]byte(`{
		"StartAt": "Approve",
		"States": {"Approve": {"Type": "Task", "Resource": "approve", "End": true}}
	}`), interpreter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	tokens := make(chan string, 1) // a mail, a queue, a row in a table
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{
		"approve": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return nil, interpreter.ErrResultPending
		}),
	}})
	defer in.Close()
	ctx := context.Background()
	execution, err := in.Start(ctx, program, nil, interpreter.StartOptions{Name: "order-7"})
	if err != nil {
		fmt.Println(err)
		return
	}
	token := <-tokens
	fmt.Println(in.SendTaskSuccess(ctx, token, "by Jane"))
	fmt.Println(execution.Wait(ctx))
	var approved string
	fmt.Println(execution.Decode(&approved), approved)
	fmt.Println(in.SendTaskSuccess(ctx, token, "by John"))
	// Output:
	// <nil>
	// <nil>
	// <nil> by Jane
	// interpreter: no task waits under this token
}

// An execution moves to another process: the first one saves it, the second goes on
// where it was. Tokens stay the same.
func ExampleInterpreter_Restore() {
	definition := []byte(`{
		"StartAt": "Rest",
		"States": {
			"Rest": {"Type": "Wait", "Seconds": 2592000, "Next": "Greet"},
			"Greet": {"Type": "Pass", "Parameters": {"hello.$": "$.name"}, "End": true}
		}
	}`)
	save := func() ([]byte, error) {
		program, err := interpreter.Compile(definition, interpreter.Options{})
		if err != nil {
			return nil, err
		}
		ctx := context.Background()
		in := interpreter.New(interpreter.Config{Clock: interpreter.NewManualClock(time.Unix(0, 0))})
		execution, err := in.Start(ctx, program, map[string]string{"name": "Jane"}, interpreter.StartOptions{})
		if err != nil {
			return nil, err
		}
		if err := in.Shutdown(ctx); err != nil { // what runs may end
			return nil, err
		}
		return execution.Snapshot()
	}
	restore := func(snapshot []byte) (hello string, err error) {
		program, err := interpreter.Compile(definition, interpreter.Options{})
		if err != nil {
			return "", err
		}
		in := interpreter.New(interpreter.Config{Clock: interpreter.NewVirtualClock(time.Unix(0, 0))})
		defer in.Close()
		execution, err := in.Restore(program, snapshot, interpreter.StartOptions{})
		if err != nil {
			return "", err
		}
		if err := execution.Wait(context.Background()); err != nil {
			return "", err
		}
		var output struct {
			Hello string `json:"hello"`
		}
		err = execution.Decode(&output)
		return output.Hello, err
	}
	snapshot, err := save()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(restore(snapshot))
	// Output: Jane <nil>
}
