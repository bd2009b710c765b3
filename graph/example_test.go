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

func ExampleGraph_Mermaid() {
	machine, err := asl.Parse([]byte(order))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", graph.New(machine).Mermaid())
	// Output:
	// flowchart TD
	//   start(["Start"])
	//   s1["Charge<br/><small>Task · charge</small>"]
	//   s2["Ship<br/><small>Task · ship</small>"]
	//   s3(["Refuse<br/><small>Fail · Refused</small>"])
	//   finish(["End"])
	//   start --> s1
	//   s1 --> s2
	//   s1 -.->|"CardDeclined"| s3
	//   s2 --> finish
	//   s3 --> finish
	//   linkStyle 2 stroke:#c46a00
}

func ExampleNew() {
	machine, err := asl.Parse([]byte(order))
	if err != nil {
		fmt.Println(err)
		return
	}
	g := graph.New(machine)
	for _, e := range g.Edges {
		fmt.Printf("%s %s %q\n", e.From.ID, e.To.ID, e.Label)
	}
	// Output:
	// start s1 ""
	// s1 s2 ""
	// s1 s3 "CardDeclined"
	// s2 finish ""
	// s3 finish ""
}

func ExampleGraph_SVG() {
	machine, err := asl.Parse([]byte(`{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	svg := graph.New(machine).SVG() // write it to a file
	fmt.Printf("%.39s\n", svg)
	// Output:
	// <svg xmlns="http://www.w3.org/2000/svg"
}

func ExampleGraph_DOT() {
	machine, err := asl.Parse([]byte(`{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", graph.New(machine).DOT())
	// Output:
	// digraph {
	//   graph [rankdir=TB, compound=true, fontname="Helvetica", fontsize=11, nodesep=0.35]
	//   node [shape=box, style="rounded,filled", fillcolor="#ffffff", fontname="Helvetica", fontsize=12]
	//   edge [fontname="Helvetica", fontsize=10, fontcolor="#545f6d"]
	//   start [shape=oval, label="Start", height=0.25, color="#545f6d"]
	//   s1 [label=<Succeed<br/><b>Done</b>>, shape=oval, style=filled, fillcolor="#ffffff", color="#545f6d", fontcolor="#1b1f24"]
	//   finish [shape=oval, label="End", height=0.25, peripheries=2, color="#545f6d"]
	//   start -> s1 [color="#545f6d"]
	//   s1 -> finish [color="#545f6d"]
	// }
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
