package interpreter_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gostates/gostates/interpreter"
)

// mustCompile compiles a machine of the given states that starts at the first name.
func mustCompile(startAt, states string) *interpreter.Program {
	program, err := interpreter.Compile([]byte(`{"StartAt": "`+startAt+`", "States": {`+states+`}}`), interpreter.Options{})
	if err != nil {
		panic(err)
	}
	return program
}

const chargeState = `"Charge": {"Type": "Task", "Resource": "charge", "End": true}`

func ExampleInterpreter_Start() {
	program := mustCompile("Rest", `"Rest": {"Type": "Wait", "Seconds": 60, "End": true}`)
	in := interpreter.New(interpreter.Config{Clock: interpreter.NewManualClock(time.Unix(0, 0))})
	defer in.Close()
	execution, err := in.Start(context.Background(), program, nil, interpreter.StartOptions{Name: "order-7"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(execution.Name(), execution.Status())
	fmt.Println(execution.Stop(context.Background(), "Cancelled", "the customer left"))
	fmt.Println(execution.Wait(context.Background()))
	// Output:
	// order-7 RUNNING
	// <nil>
	// execution ABORTED: Cancelled: the customer left
}

func ExampleCheck() {
	program := mustCompile("Charge", chargeState)
	fmt.Println(interpreter.Check(program, interpreter.Mux{}))
	// Output: interpreter: no handler for the resource "charge" of the state "Charge"
}

func ExampleMux() {
	functions := interpreter.Mux{
		"charge": interpreter.Plain(func(total int) (string, error) { return fmt.Sprint("paid ", total), nil }),
		"*":      interpreter.Plain(func(any) (string, error) { return "unknown", nil }),
	}
	in := interpreter.New(interpreter.Config{Resolver: functions})
	defer in.Close()
	for _, resource := range []string{"charge", "refund"} {
		program := mustCompile("Work", `"Work": {"Type": "Task", "Resource": "`+resource+`", "End": true}`)
		fmt.Println(interpreter.Run[string](context.Background(), in, program, 42))
	}
	// Output:
	// paid 42 <nil>
	// unknown <nil>
}

// The first resolver that has a handler wins.
func ExampleResolvers() {
	production := interpreter.Mux{
		"charge": interpreter.Plain(func(int) (string, error) { return "really paid", nil }),
	}
	fake := interpreter.Mux{
		"charge": interpreter.Plain(func(int) (string, error) { return "not really paid", nil }),
	}
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Resolvers{fake, production}})
	defer in.Close()
	fmt.Println(interpreter.Run[string](context.Background(), in, mustCompile("Charge", chargeState), 42))
	// Output: not really paid <nil>
}

func ExampleFunc_options() {
	type Order struct {
		Total int `json:"total"`
	}
	charge := func(_ context.Context, o Order) (int, error) { return o.Total, nil }
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{
		"charge": interpreter.Func(charge, interpreter.KnownFieldsOnly, interpreter.AllFieldsRequired),
	}})
	defer in.Close()
	program := mustCompile("Charge", chargeState)
	for _, input := range []string{`{"total": 42}`, `{"total": 42, "tip": 1}`, `{}`} {
		_, err := interpreter.Run[int](context.Background(), in, program, []byte(input))
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// execution FAILED in state "Charge": States.TaskFailed: The input of the state 'Charge' does not fit its function: Order has no field for the member "tip"
	// execution FAILED in state "Charge": States.TaskFailed: The input of the state 'Charge' does not fit its function: Order.Total: there is no member "total"
}

func ExampleServiceFunc() {
	program := mustCompile("Send", `"Send": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
		"Parameters": {"QueueUrl": "orders", "MessageBody.$": "$.id"}, "End": true}`)
	send := interpreter.ServiceFunc(func(_ context.Context, c *interpreter.Call) (any, error) {
		body, _ := c.Input.Get("MessageBody")
		return fmt.Sprint(c.Service, " ", c.Action, " ", body), nil
	})
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Services{"sqs:*": send}})
	defer in.Close()
	fmt.Println(interpreter.Run[string](context.Background(), in, program, map[string]string{"id": "o-1"}))
	// Output: sqs sendMessage o-1 <nil>
}

// A Wait of 30 days takes no time.
func ExampleNewVirtualClock() {
	program := mustCompile("Rest", `"Rest": {"Type": "Wait", "Seconds": 2592000, "End": true}`)
	clock := interpreter.NewVirtualClock(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	in := interpreter.New(interpreter.Config{Clock: clock})
	defer in.Close()
	_, err := interpreter.Run[any](context.Background(), in, program, nil)
	fmt.Println(clock.Now().Format(time.DateOnly), err)
	// Output: 2024-01-31 <nil>
}

func ExampleVirtualClock_Advance() {
	program := mustCompile("Rest", `"Rest": {"Type": "Wait", "Seconds": 60, "End": true}`)
	clock := interpreter.NewManualClock(time.Unix(0, 0))
	in := interpreter.New(interpreter.Config{Clock: clock})
	defer in.Close()
	execution, err := in.Start(context.Background(), program, nil, interpreter.StartOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	clock.Advance(59 * time.Second)
	fmt.Println(execution.Status())
	clock.Advance(time.Second)
	fmt.Println(execution.Status())
	// Output:
	// RUNNING
	// SUCCEEDED
}
