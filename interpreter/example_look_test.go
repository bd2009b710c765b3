package interpreter_test

import (
	"context"
	"fmt"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

// loans returns an interpreter with one loan that is due back in two weeks. A
// program would have a store on disk.
func loans(ctx context.Context) (*interpreter.Interpreter, *interpreter.Execution) {
	program, err := interpreter.Compile([]byte(`{"StartAt": "Lend", "States": {
		"Lend": {"Type": "Pass", "Next": "Await return"},
		"Await return": {"Type": "Wait", "Seconds": 1209600, "End": true}}}`), interpreter.Options{})
	if err != nil {
		panic(err)
	}
	in := interpreter.New(interpreter.Config{Store: memory.New()})
	e, err := in.Start(ctx, program, map[string]any{"book": "Dune"}, interpreter.StartOptions{
		Name: "loan-1", Tags: map[string]string{"reader": "ann"}})
	if err != nil {
		panic(err)
	}
	return in, e
}

func ExampleInterpreter_Describe() {
	ctx := context.Background()
	in, e := loans(ctx)
	defer in.Close()
	d, err := in.Describe(ctx, e.ID())
	if err != nil {
		panic(err)
	}
	fmt.Println(d.Name, d.Status, d.States, value.String(d.Input))
	// Output: loan-1 RUNNING [Await return] {"book":"Dune"}
}

func ExampleInterpreter_List() {
	ctx := context.Background()
	in, _ := loans(ctx)
	defer in.Close()
	page, err := in.List(ctx, store.Query{Tags: map[string]string{"reader": "ann"}, Limit: 20})
	if err != nil {
		panic(err)
	}
	for _, l := range page {
		fmt.Println(l.Name, l.Status)
	}
	// The next page, if this one is full: store.Query{..., After: &page[len(page)-1]}

	count, err := in.Count(ctx, store.Query{})
	if err != nil {
		panic(err)
	}
	fmt.Println(count[interpreter.Running], "running")
	// Output:
	// loan-1 RUNNING
	// 1 running
}

func ExampleInterpreter_History() {
	ctx := context.Background()
	in, e := loans(ctx)
	defer in.Close()
	for ev, err := range in.History(ctx, e.ID(), interpreter.HistoryOptions{Reverse: true}) {
		if err != nil {
			panic(err)
		}
		fmt.Println(ev.ID, ev.Type, ev.Name)
		if ev.ID == 2 { // a page ends here; the next one has HistoryOptions.After: 2
			break
		}
	}
	// Output:
	// 4 WaitStateEntered Await return
	// 3 PassStateExited Lend
	// 2 PassStateEntered Lend
}
