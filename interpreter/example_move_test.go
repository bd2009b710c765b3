package interpreter_test

import (
	"context"
	"fmt"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// An order waits for an answer for a month when a fault in its machine is found: what
// follows the answer is wrong.
func ExampleInterpreter_Move() {
	const before = `{"StartAt":"Ask","States":{
		"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
			"Parameters":{"MessageBody":"ship?"},"TimeoutSeconds":2592000,"Next":"Answer"},
		"Answer":{"Type":"Pass","Result":"%s","End":true}}}`
	v1, err := interpreter.Compile([]byte(fmt.Sprintf(before, "canceled")), interpreter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	v2, err := interpreter.Compile([]byte(fmt.Sprintf(before, "shipped")), interpreter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	tokens := make(chan string, 1)
	in := interpreter.New(interpreter.Config{Store: memory.New(), Resolver: interpreter.Services{
		"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return nil, nil
		}),
	}})
	defer in.Close()
	ctx := context.Background()
	e, err := in.Start(ctx, v1, []byte(`{}`), interpreter.StartOptions{Name: "order-17"})
	if err != nil {
		fmt.Println(err)
		return
	}
	token := <-tokens

	differences, err := in.CheckMove(ctx, e.ID(), v2)
	fmt.Println("differences:", differences, err)
	if err := in.Move(ctx, e.ID(), v2, interpreter.MoveOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	if err := in.SendTaskSuccess(ctx, token, nil); err != nil { // the token of before
		fmt.Println(err)
		return
	}
	if err := e.Wait(ctx); err != nil {
		fmt.Println(err)
		return
	}
	output, err := e.Output()
	fmt.Println(output, err)
	// Output:
	// differences: [] <nil>
	// shipped <nil>
}
