package machine_test

import (
	"fmt"
	"log"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// A minimal host: it keeps the time and runs the tasks.
func Example() {
	definition, err := asl.Parse([]byte(`{
		"StartAt": "Double",
		"States": {
			"Double": {"Type": "Task", "Resource": "double", "Next": "Rest"},
			"Rest":   {"Type": "Wait", "Seconds": 3600, "End": true}
		}
	}`))
	if err != nil {
		log.Fatal(err)
	}
	program, err := machine.Compile(definition, machine.Options{})
	if err != nil {
		log.Fatal(err)
	}

	now := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC) // a clock of our own
	x := program.New(machine.Start{ID: "example", Input: int64(21)})
	events := []machine.Event{{Kind: machine.Started}}
	var r machine.Result
	for x.Status == machine.Running {
		if len(events) == 0 { // nothing to do: let time pass
			now, _ = program.Wake(x)
			events = append(events, machine.Event{Kind: machine.Tick})
		}
		if err := program.Step(x, events[0], now, &r); err != nil {
			log.Fatal(err)
		}
		events = events[1:]
		// Here a host that must not lose anything stores the execution.
		for _, c := range r.Commands {
			if c.Kind == machine.StartTask {
				fmt.Println("task", c.Resource.Name, value.String(c.Input))
				events = append(events, machine.Event{
					Kind: machine.TaskSucceeded, Task: c.Task, Output: 2 * c.Input.(int64),
				})
			}
		}
	}
	fmt.Println(x.Status, value.String(x.Outcome.Output), now.Format(time.TimeOnly))
	// Output:
	// task double 21
	// SUCCEEDED 42 04:04:05
}

// A waiting execution is stored as bytes, and any process can continue it.
func ExampleProgram_Restore() {
	definition, err := asl.Parse([]byte(`{"StartAt": "Ask", "States": {
		"Ask": {"Type": "Task", "Resource": "arn:aws:states:::mail:send.waitForTaskToken", "End": true}}}`))
	if err != nil {
		log.Fatal(err)
	}
	program, err := machine.Compile(definition, machine.Options{})
	if err != nil {
		log.Fatal(err)
	}
	now := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	x := program.New(machine.Start{ID: "example"})
	var r machine.Result
	if err := program.Step(x, machine.Event{Kind: machine.Started}, now, &r); err != nil {
		log.Fatal(err)
	}
	token := x.Token(r.Commands[0].Task) // goes out in the mail
	stored, err := program.Marshal(x)
	if err != nil {
		log.Fatal(err)
	}

	// Days later, elsewhere, somebody follows the link.
	y, err := program.Restore(stored)
	if err != nil {
		log.Fatal(err)
	}
	task, ok := y.TaskOf(token)
	if !ok {
		log.Fatal("not our token")
	}
	answer := machine.Event{Kind: machine.TaskSucceeded, Task: task, Output: "yes"}
	if err := program.Step(y, answer, now.AddDate(0, 0, 3), &r); err != nil {
		log.Fatal(err)
	}
	fmt.Println(y.Status, y.Outcome.Output)
	// Output: SUCCEEDED yes
}

// A store keeps a record of each Step. The records of an execution are the
// execution, and its history.
func ExampleProgram_Fold() {
	program := compileExample(`{"StartAt": "Double", "States": {"Double": {"Type": "Task", "Resource": "double", "End": true}}}`)
	x := program.New(machine.Start{ID: "example", Input: int64(21), TokenID: "row 17"})
	now := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	r := machine.Result{History: true}
	event := machine.Event{Kind: machine.Started}
	var w machine.RecordWriter
	w.AddStart(x)
	if err := program.Step(x, event, now, &r); err != nil {
		log.Fatal(err)
	}
	w.AddStep(event, now, &r)
	stored, err := w.AppendTo(nil)
	if err != nil {
		log.Fatal(err)
	}

	// Later, after a crash.
	record, err := machine.ReadRecord(stored)
	if err != nil {
		log.Fatal(err)
	}
	y, err := program.NewFromRecord(record)
	if err != nil {
		log.Fatal(err)
	}
	if err := program.Fold(y, record); err != nil {
		log.Fatal(err)
	}
	if err := program.Pending(y, &r); err != nil {
		log.Fatal(err)
	}
	command := r.Commands[0]
	row, _ := machine.TokenExecution(y.Token(command.Task))
	fmt.Println(command.Kind, command.Resource.Name, command.Input, program.Where(y), row)
	for _, e := range record.Steps[0].Events {
		fmt.Println(e.ID, e.Type)
	}
	// Output:
	// StartTask double 21 [Double] row 17
	// 1 ExecutionStarted
	// 2 TaskStateEntered
	// 3 LambdaFunctionScheduled
}

// compileExample compiles the definition of an example.
func compileExample(definition string) *machine.Program {
	parsed, err := asl.Parse([]byte(definition))
	if err != nil {
		log.Fatal(err)
	}
	program, err := machine.Compile(parsed, machine.Options{})
	if err != nil {
		log.Fatal(err)
	}
	return program
}

// Compile reports what an EXPRESS machine cannot have, also in the child executions of
// a Map state.
func ExampleCompile() {
	definition, err := asl.Parse([]byte(`{"StartAt": "Each", "States": {"Each": {
		"Type": "Map", "End": true,
		"ItemProcessor": {
			"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
			"StartAt": "Print", "States": {"Print": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true}}}}}}`))
	if err != nil {
		log.Fatal(err)
	}
	_, err = machine.Compile(definition, machine.Options{})
	fmt.Println(err)
	// Output:
	// 5:73: /States/Each/ItemProcessor/States/Print/Resource: SCHEMA_VALIDATION_FAILED: Express state machine does not support '.waitForTaskToken' service integration
}

// A Step turns an event into commands and history events.
func ExampleProgram_Step() {
	program := compileExample(`{"StartAt": "Charge", "States": {
		"Charge": {"Type": "Task", "Resource": "charge", "TimeoutSeconds": 10, "End": true}}}`)
	now := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	x := program.New(machine.Start{ID: "order-7", Input: "7 EUR"})
	r := machine.Result{History: true}
	step := func(ev machine.Event) {
		if err := program.Step(x, ev, now, &r); err != nil {
			log.Fatal(err)
		}
		for _, ev := range r.Events {
			fmt.Println(ev.ID, ev.Type)
		}
		for _, c := range r.Commands {
			fmt.Println("command:", c.Kind, c.State, c.Timeout)
		}
	}
	step(machine.Event{Kind: machine.Started})
	task := r.Commands[0].Task
	step(machine.Event{Kind: machine.TaskStarted, Task: task})
	now = now.Add(3 * time.Second)
	step(machine.Event{Kind: machine.TaskSucceeded, Task: task, Output: "paid"})
	fmt.Println(x.Status, x.Outcome.Output)
	// Output:
	// 1 ExecutionStarted
	// 2 TaskStateEntered
	// 3 LambdaFunctionScheduled
	// command: StartTask Charge 10s
	// 4 LambdaFunctionStarted
	// 5 LambdaFunctionSucceeded
	// 6 TaskStateExited
	// 7 ExecutionSucceeded
	// command: Complete  0s
	// SUCCEEDED paid
}

// After a crash, the host asks for the commands that it may not have executed. Tasks
// keep their tokens, which serve as idempotency keys.
func ExampleProgram_Pending() {
	program := compileExample(`{"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "Resource": "charge", "End": true}}}`)
	x := program.New(machine.Start{ID: "order-7"})
	var r machine.Result
	if err := program.Step(x, machine.Event{Kind: machine.Started}, time.Unix(0, 0), &r); err != nil {
		log.Fatal(err)
	}
	token := x.Token(r.Commands[0].Task)
	stored, err := program.Marshal(x)
	if err != nil {
		log.Fatal(err)
	}

	restored, err := program.Restore(stored)
	if err != nil {
		log.Fatal(err)
	}
	if err := program.Pending(restored, &r); err != nil {
		log.Fatal(err)
	}
	for _, c := range r.Commands {
		fmt.Println(c.Kind, c.Resource.Name, restored.Token(c.Task) == token)
	}
	// Output: StartTask charge true
}

// Wake tells when the execution needs a Tick. The host needs one timer, whatever the
// number of waiting states.
func ExampleProgram_Wake() {
	program := compileExample(`{"StartAt": "Rest", "States": {
		"Rest": {"Type": "Wait", "Seconds": 90, "End": true}}}`)
	now := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	x := program.New(machine.Start{})
	var r machine.Result
	if err := program.Step(x, machine.Event{Kind: machine.Started}, now, &r); err != nil {
		log.Fatal(err)
	}
	at, ok := program.Wake(x)
	fmt.Println(at.Sub(now), ok)
	if err := program.Step(x, machine.Event{Kind: machine.Tick}, at, &r); err != nil {
		log.Fatal(err)
	}
	_, ok = program.Wake(x)
	fmt.Println(x.Status, ok)
	// Output:
	// 1m30s true
	// SUCCEEDED false
}
