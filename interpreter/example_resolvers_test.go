package interpreter_test

import (
	"context"
	"fmt"

	"github.com/gostates/gostates/interpreter"
)

func ExampleStartExecution() {
	child, err := interpreter.Compile([]byte(`{"StartAt": "Pack", "States": {
		"Pack": {"Type": "Pass", "Result": {"box": 7}, "End": true}}}`), interpreter.Options{})
	if err != nil {
		panic(err)
	}
	parent, err := interpreter.Compile([]byte(`{"StartAt": "Ship", "States": {"Ship": {"Type": "Task",
		"Resource": "arn:aws:states:::states:startExecution.sync:2",
		"Parameters": {"StateMachineArn": "pack", "Input.$": "$"},
		"OutputPath": "$.Output.box", "End": true}}}`), interpreter.Options{})
	if err != nil {
		panic(err)
	}
	in := interpreter.New(interpreter.Config{Resolver: &interpreter.StartExecution{
		Programs: map[string]*interpreter.Program{"pack": child},
	}})
	defer in.Close()
	fmt.Println(interpreter.Run[int](context.Background(), in, parent, nil))
	// Output: 7 <nil>
}

func ExampleServices() {
	program, err := interpreter.Compile([]byte(`{"StartAt": "Send", "States": {"Send": {"Type": "Task",
		"Resource": "arn:aws:states:::sqs:sendMessage",
		"Parameters": {"QueueUrl": "orders", "MessageBody.$": "$.id"}, "End": true}}}`), interpreter.Options{})
	if err != nil {
		panic(err)
	}
	send := interpreter.ServiceFunc(func(_ context.Context, c *interpreter.Call) (any, error) {
		body, _ := c.Input.Get("MessageBody")
		return map[string]any{"MessageId": fmt.Sprint(c.Service, " ", c.Action, " ", body)}, nil
	})
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Services{"sqs:sendMessage": send}})
	defer in.Close()
	fmt.Println(interpreter.Run[map[string]string](context.Background(), in, program, map[string]string{"id": "o-1"}))
	// Output: map[MessageId:sqs sendMessage o-1] <nil>
}

func ExampleWithMiddleware() {
	program, err := interpreter.Compile([]byte(`{"StartAt": "Charge", "States": {
		"Charge": {"Type": "Task", "Resource": "charge", "End": true}}}`), interpreter.Options{})
	if err != nil {
		panic(err)
	}
	logged := func(next interpreter.Handler) interpreter.Handler {
		return interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
			out, err := next.Handle(ctx, t)
			fmt.Println(t.State, "gave", out, err)
			return out, err
		})
	}
	functions := interpreter.Mux{"charge": interpreter.Plain(func(total int) (int, error) { return total + 1, nil })}
	in := interpreter.New(interpreter.Config{Resolver: interpreter.WithMiddleware(functions, logged)})
	defer in.Close()
	fmt.Println(interpreter.Run[int](context.Background(), in, program, 41))
	// Output:
	// Charge gave 42 <nil>
	// 42 <nil>
}

func ExampleInterpreter_GetActivityTask() {
	const pack = "arn:aws:states:us-east-1:123456789012:activity:pack"
	program, err := interpreter.Compile([]byte(`{"StartAt": "Pack", "States": {"Pack": {"Type": "Task",
		"Resource": "`+pack+`", "TimeoutSeconds": 3600, "HeartbeatSeconds": 60, "End": true}}}`), interpreter.Options{})
	if err != nil {
		panic(err)
	}
	in := interpreter.New(interpreter.Config{Activities: []string{pack}})
	defer in.Close()

	go func() { // a worker, for example behind an HTTP handler
		for {
			task, err := in.GetActivityTask(context.Background(), pack, "joe")
			if err != nil {
				return // the interpreter was closed
			}
			fmt.Printf("joe packs %s\n", task.InputJSON())
			_ = in.SendTaskSuccess(context.Background(), task.Token, map[string]int{"box": 7})
		}
	}()
	fmt.Println(interpreter.Run[map[string]int](context.Background(), in, program, map[string]string{"id": "o-1"}))
	// Output:
	// joe packs {"id":"o-1"}
	// map[box:7] <nil>
}
