package interpreter_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// An engine of one's own over the pure core: it applies events in their order, and does
// the tasks with the handlers of an Interpreter.
func ExamplePerform() {
	program, err := interpreter.Compile([]byte(`{"StartAt": "Greet", "States": {
		"Greet": {"Type": "Task", "Resource": "greet", "End": true}}}`), interpreter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	handlers := interpreter.Mux{"greet": interpreter.Plain(func(name string) (string, error) { return "Hello, " + name + "!", nil })}

	var x machine.Execution
	program.Init(&x, machine.Start{ID: "one", Input: "Jane"}) // a real engine draws Seed and TokenKey
	var r machine.Result
	events := []machine.Event{{Kind: machine.Started}}
	for ; len(events) > 0; events = events[1:] {
		if err := program.Step(&x, events[0], time.Now(), &r); err != nil {
			fmt.Println(err)
			return
		}
		for _, command := range r.Commands { // a durable engine stores x before
			if command.Kind != machine.StartTask {
				continue
			}
			ev, ok := interpreter.Perform(context.Background(), handlers, interpreter.Work{
				Command: command, Token: x.Token(command.Task), Execution: program.ExecutionArn(x.ID),
				Tell: func(ev machine.Event) { events = append(events, ev) },
			})
			if ok {
				events = append(events, ev)
			}
		}
	}
	fmt.Println(x.Status, x.Outcome.Output)
	// Output: SUCCEEDED Hello, Jane!
}
