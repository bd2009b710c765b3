package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

var now = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)

func compile(tb testing.TB, definition string, l machine.Limits) *machine.Program {
	tb.Helper()
	m, err := asl.Parse([]byte(definition))
	if err != nil {
		tb.Fatal(err)
	}
	p, err := machine.Compile(m, machine.Options{Limits: l})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func parse(tb testing.TB, text string) any {
	tb.Helper()
	v, err := value.ParseString(text)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// chain is a machine of n states, each made by state and given its Next.
func chain(n int, state func(i int) string) string {
	var b strings.Builder
	b.WriteString(`{"StartAt": "S0", "States": {`)
	for i := range n {
		next := fmt.Sprintf(`"Next": "S%d"`, i+1)
		if i == n-1 {
			next = `"End": true`
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"S%d": {%s, %s}`, i, state(i), next)
	}
	b.WriteString("}}")
	return b.String()
}

// runner drives executions of one program by hand, as cheaply as may be.
type runner struct {
	p     *machine.Program
	x     machine.Execution
	r     machine.Result
	queue []machine.Event
}

// run runs one execution whose tasks give back their input.
func (r *runner) run(tb testing.TB, input any) {
	r.p.Init(&r.x, machine.Start{ID: "x", Input: input, Seed: [2]uint64{1, 2}})
	ev := machine.Event{Kind: machine.Started}
	queue, head := r.queue[:0], 0
	for {
		if err := r.p.Step(&r.x, ev, now, &r.r); err != nil {
			tb.Fatal(err)
		}
		if r.x.Status != machine.Running {
			break
		}
		for i := range r.r.Commands {
			switch c := &r.r.Commands[i]; c.Kind {
			case machine.StartTask:
				queue = append(queue, machine.Event{Kind: machine.TaskSucceeded, Task: c.Task, Output: c.Input})
			case machine.Yield:
				queue = append(queue, machine.Event{Kind: machine.Tick})
			}
		}
		ev = queue[head]
		if head++; head == len(queue) {
			queue, head = queue[:0], 0
		}
	}
	r.queue = queue
	if r.x.Status != machine.Succeeded {
		tb.Fatalf("%s: %s", r.x.Status, *r.x.Outcome.Cause)
	}
}
