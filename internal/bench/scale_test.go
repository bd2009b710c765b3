package bench

import (
	"context"
	"fmt"
	"os"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// scales are pieces of work of a common size, and of a size at which a cost that
// grows with the whole would show.
var scales = []curve{
	{name: "a state, compiled", prepare: compiledStates, of: []int{100, 10_000}},
	{name: "a state, run once", prepare: statesRun, of: []int{100, 10_000}},
	{name: "an item of a Map of no-op tasks", prepare: mapItems, of: []int{10_000, 1_000_000}},
	{name: "an execution, of so many that a task's answer ends", prepare: executionsAtOnce, of: []int{1_000, 100_000}},
	{name: "an execution, of so many that wait until the same time", prepare: waitingExecutions, of: []int{10_000, 1_000_000}},
}

// TestScale prints the table of scales: see TestCurves, which is for the scopes of one
// execution. It asserts nothing.
func TestScale(t *testing.T) {
	if !testing.Verbose() {
		t.Skip("prints a table: run with -v")
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tof\tns each\tof\tns each\tratio")
	for _, c := range scales {
		least := c.least()
		fmt.Fprintf(w, "%s\t%d\t%.0f\t%d\t%.0f\t%.2f\n", c.name, c.of[0], least[0], c.of[1], least[1], least[1]/least[0])
	}
	_ = w.Flush()
	fmt.Println("load:", load())
}

func passStates(n int) string { return chain(n, passChain) }

func compiledStates(b *testing.B, n int) func() {
	text := []byte(passStates(n))
	return func() {
		m, err := asl.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := machine.Compile(m, machine.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func statesRun(b *testing.B, n int) func() {
	r := &runner{p: compile(b, passStates(n), machine.NoLimits)}
	return func() { r.run(b, nil) }
}

func mapItems(b *testing.B, n int) func() {
	p, err := interpreter.Compile([]byte(mapOf(`"Type": "Task", "Resource": "noop"`)), interpreter.Options{Limits: machine.NoLimits})
	if err != nil {
		b.Fatal(err)
	}
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"noop": interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) { return t.Input, nil })}})
	b.Cleanup(func() { _ = in.Close() })
	input := items(n)
	return func() {
		e, err := in.Start(context.Background(), p, input, interpreter.StartOptions{})
		if err == nil {
			err = e.Wait(context.Background())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// executionsAtOnce has n executions that all wait for an answer before the first is
// answered.
func executionsAtOnce(b *testing.B, n int) func() {
	tokens := make(chan string, n)
	in, p := openWide(b, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "End": true}}}`, nil,
		func(_ context.Context, t *interpreter.Task) (any, error) {
			tokens <- t.Token()
			return nil, interpreter.ErrResultPending
		})
	started := make([]*interpreter.Execution, n)
	return func() {
		startAll(b, in, p, started)
		for range started {
			if err := in.SendTaskSuccess(context.Background(), <-tokens, nil); err != nil {
				b.Fatal(err)
			}
		}
		waitAll(b, started)
	}
}

// waitingExecutions has n executions whose Wait states end at the same time.
func waitingExecutions(b *testing.B, n int) func() {
	clock := interpreter.NewManualClock(now)
	in, p := openWide(b, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86400, "End": true}}}`, clock, nil)
	started := make([]*interpreter.Execution, n)
	return func() {
		startAll(b, in, p, started)
		clock.Advance(24 * time.Hour)
		waitAll(b, started)
	}
}

func startAll(b *testing.B, in *interpreter.Interpreter, p *interpreter.Program, started []*interpreter.Execution) {
	for i := range started {
		var err error
		if started[i], err = in.Start(context.Background(), p, nil, interpreter.StartOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func waitAll(b *testing.B, started []*interpreter.Execution) {
	for _, e := range started {
		if err := e.Wait(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	clear(started)
}
