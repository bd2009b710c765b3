package graph_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/graph"
	"github.com/gostates/gostates/history"
)

const order = `{
  "StartAt": "Charge",
  "States": {
    "Charge": {"Type": "Task", "Resource": "charge", "Next": "Ship",
      "Catch": [{"ErrorEquals": ["CardDeclined"], "Next": "Refuse"}]},
    "Ship": {"Type": "Task", "Resource": "ship", "End": true},
    "Refuse": {"Type": "Fail", "Error": "Refused"}
  }
}`

func ExampleNew() {
	machine, err := asl.Parse([]byte(order))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", graph.New(machine).Mermaid())
	// Output:
	// flowchart TD
	//   start((" "))
	//   s1["Charge<br/><small>Task · charge</small>"]
	//   s2["Ship<br/><small>Task · ship</small>"]
	//   s3(["Refuse<br/><small>Fail · Refused</small>"])
	//   finish(((" ")))
	//   start --> s1
	//   s1 --> s2
	//   s1 -.->|"CardDeclined"| s3
	//   s2 --> finish
}

func ExampleGraph_AddHistory() {
	machine, err := asl.Parse([]byte(order))
	if err != nil {
		fmt.Println(err)
		return
	}
	declined := "CardDeclined"
	second := int64(time.Second)
	events := []history.Event{
		{ID: 1, Type: history.ExecutionStarted},
		{ID: 2, Type: history.TaskStateEntered, Name: "Charge"},
		{ID: 3, Previous: 2, Type: history.TaskScheduled},
		{ID: 4, Previous: 3, Type: history.TaskFailed, Nanos: second, Detail: &history.Failure{Error: &declined}},
		{ID: 5, Previous: 4, Type: history.TaskStateExited, Nanos: second, Name: "Charge"},
		{ID: 6, Previous: 5, Type: history.FailStateEntered, Nanos: second, Name: "Refuse"},
		{ID: 7, Previous: 6, Type: history.ExecutionFailed, Nanos: second},
	}
	g := graph.New(machine)
	g.AddHistory(slices.Values(events))
	for _, name := range []string{"Charge", "Ship", "Refuse"} {
		if run := g.Node(name).Run; run != nil {
			fmt.Println(name, run.Outcome, run.Error, run.Longest)
		} else {
			fmt.Println(name, "was not reached")
		}
	}
	// Output:
	// Charge caught CardDeclined 1s
	// Ship was not reached
	// Refuse failed  0s
}
