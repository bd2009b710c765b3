package machine_test

import (
	"fmt"
	"log"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// A whole host, in a loop: it owns time and does the work.
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

// An execution that waits is bytes: any process can carry on.
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
