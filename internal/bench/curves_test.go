package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// curve is work that grows with the number of scopes that live at the same time.
// prepare returns what does it once, for n scopes.
type curve struct {
	name    string
	prepare func(b *testing.B, n int) func()
	most    int   // most scopes; 0: any number
	of      []int // the sizes; nil: curveSizes
	byHand  bool  // without gostates
}

var curves = []curve{
	{name: "core: distinct Waits", prepare: coreWaits},
	{name: "core: distinct timeouts", prepare: coreTimeouts},
	{name: "core: a failure in a Map cancels the others", prepare: coreCancelled(wideMap(`"Type": "Task", "Resource": "f"`, caught))},
	{name: "core: a failure in a Parallel cancels the others", prepare: coreCancelled(""), most: 10_000},
	{name: "core: answers in random order", prepare: coreAnswers(`"Type": "Task", "Resource": "f"`)},
	{name: "core: answers in random order, of tasks with timeouts", prepare: coreAnswers(`"Type": "Task", "Resource": "f", "TimeoutSeconds": 100, "HeartbeatSeconds": 50`)},
	{name: "distinct Waits", prepare: driverWaits},
	{name: "distinct timeouts", prepare: driverTimeouts},
	{name: "a failure cancels the others", prepare: driverCancelled},
	{name: "pending tasks answered in random order", prepare: driverAnswers(``)},
	{name: "pending tasks answered in random order, with timeouts", prepare: driverAnswers(`, "TimeoutSeconds": 100`)},
	{name: "sleeping tasks", prepare: driverSleeps},
	{name: "by hand: structs in a map answered in random order", prepare: mapAnswers, byHand: true},
}

var curveSizes = []int{1_000, 10_000, 100_000}

func (c *curve) sizes() []int {
	sizes := curveSizes
	if c.of != nil {
		sizes = c.of
	}
	for c.most > 0 && sizes[len(sizes)-1] > c.most {
		sizes = sizes[:len(sizes)-1]
	}
	return sizes
}

// BenchmarkCurves shows what one scope costs among so many.
func BenchmarkCurves(b *testing.B) {
	for _, c := range curves {
		for _, n := range c.sizes() {
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) { c.measure(b, n) })
		}
	}
}

func (c *curve) measure(b *testing.B, n int) {
	work := c.prepare(b, n)
	for b.Loop() {
		work()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/scope")
}

// TestCurves prints the table of all curves. It measures and asserts nothing: a
// slow machine is not a bug. Each number is the least of several runs, in turns for
// all sizes, each after a garbage collection and with a GOGC of 400. The last column
// is the ratio of the largest size to the smallest. Compare it with that of the last
// row: much of the growth is memory that does not fit into the caches.
func TestCurves(t *testing.T) {
	if !testing.Verbose() {
		t.Skip("prints a table: run with -v")
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "ns a scope, of")
	for _, n := range curveSizes {
		fmt.Fprintf(w, "\t%d", n)
	}
	fmt.Fprintln(w, "\tratio")
	for _, c := range curves {
		fmt.Fprint(w, c.name)
		least := c.least()
		for _, ns := range least {
			if ns == 0 {
				fmt.Fprint(w, "\t-") // skipped
			} else {
				fmt.Fprintf(w, "\t%.0f", ns)
			}
		}
		if first, last := least[0], least[len(least)-1]; last > 0 {
			fmt.Fprintf(w, "\t%.2f", last/first)
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
}

// curveRounds is how many runs least chooses from.
const curveRounds = 3

// least returns the shortest time of a scope for each of the sizes; 0 is skipped.
func (c *curve) least() []float64 {
	ns := make([]float64, max(len(curveSizes), len(c.of)))
	for range curveRounds {
		for i, n := range c.sizes() {
			testing.Benchmark(func(b *testing.B) {
				if b.N > 1 {
					return // one measurement is enough
				}
				work := c.prepare(b, n)
				work() // makes what is used again
				for range max(1, 20_000/n) {
					runtime.GC()
					before := debug.SetGCPercent(400)
					start := time.Now()
					work()
					each := float64(time.Since(start).Nanoseconds()) / float64(n)
					debug.SetGCPercent(before)
					if ns[i] == 0 || each < ns[i] {
						ns[i] = each
					}
				}
			})
		}
	}
	return ns
}

const caught = `"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "E"}], `

// unbounded lets all items of a Map run at the same time.
var unbounded = func() machine.Limits {
	l := machine.NoLimits
	l.MapConcurrency = 1 << 20
	return l
}()

// wideMap is a Map whose items are at work at the same time.
func wideMap(state, catch string) string {
	return `{"StartAt": "M", "States": {"M": {"Type": "Map", ` + catch + `"End": true, "ItemProcessor": {
		"StartAt": "T", "States": {"T": {` + state + `, "End": true}}}}` + endOf(catch) + `}}`
}

func endOf(catch string) string {
	if catch == "" {
		return ""
	}
	return `, "E": {"Type": "Succeed"}`
}

func wideParallel(n int) string {
	var branches strings.Builder
	for i := range n {
		if i > 0 {
			branches.WriteByte(',')
		}
		fmt.Fprintf(&branches, `{"StartAt": "%d", "States": {"%d": {"Type": "Task", "Resource": "f", "End": true}}}`, i, i)
	}
	return `{"StartAt": "M", "States": {"M": {"Type": "Parallel", ` + caught + `"End": true, "Branches": [` + branches.String() + `]}` + endOf(caught) + `}}`
}

// shuffled are the numbers from 1 to n in random order.
func shuffled(n int) []any {
	list := make([]any, n)
	for i, v := range rand.New(rand.NewPCG(1, 2)).Perm(n) {
		list[i] = int64(v + 1)
	}
	return list
}

// wideRunner has an execution in which all scopes wait.
type wideRunner struct {
	p     *machine.Program
	x     machine.Execution
	r     machine.Result
	tasks []machine.TaskID
}

func (w *wideRunner) start(b *testing.B, input any) {
	w.p.Init(&w.x, machine.Start{ID: "x", Input: input, Seed: [2]uint64{1, 2}})
	w.tasks = w.tasks[:0]
	w.step(b, machine.Event{Kind: machine.Started}, now)
	for yielded := true; yielded; {
		yielded = false
		for i := range w.r.Commands {
			switch c := &w.r.Commands[i]; c.Kind {
			case machine.StartTask:
				w.tasks = append(w.tasks, c.Task)
			case machine.Yield:
				yielded = true
			}
		}
		if yielded {
			w.step(b, machine.Event{Kind: machine.Tick}, now)
		}
	}
	for _, id := range w.tasks {
		w.step(b, machine.Event{Kind: machine.TaskStarted, Task: id}, now)
	}
}

func (w *wideRunner) step(b *testing.B, ev machine.Event, at time.Time) {
	if err := w.p.Step(&w.x, ev, at, &w.r); err != nil {
		b.Fatal(err)
	}
}

// run lets time pass until the execution has ended.
func (w *wideRunner) run(b *testing.B, input any) {
	w.start(b, input)
	for w.x.Status == machine.Running {
		at, ok := w.p.Wake(&w.x)
		if !ok {
			b.Fatal("nothing can happen any more")
		}
		w.step(b, machine.Event{Kind: machine.Tick}, at)
	}
}

func coreWaits(b *testing.B, n int) func() {
	w := &wideRunner{p: compile(b, wideMap(`"Type": "Wait", "SecondsPath": "$"`, ""), unbounded)}
	input := shuffled(n)
	return func() { w.run(b, input) }
}

const timedTask = `"Type": "Task", "Resource": "f", "TimeoutSecondsPath": "$", "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "L"}], "End": true}, "L": {"Type": "Pass"`

func coreTimeouts(b *testing.B, n int) func() {
	w := &wideRunner{p: compile(b, wideMap(timedTask, ""), unbounded)}
	input := shuffled(n)
	return func() { w.run(b, input) }
}

func coreCancelled(definition string) func(*testing.B, int) func() {
	return func(b *testing.B, n int) func() {
		text := definition
		if text == "" {
			text = wideParallel(n)
		}
		w := &wideRunner{p: compile(b, text, unbounded)}
		input := shuffled(n)
		name := "E"
		return func() {
			w.start(b, input)
			w.step(b, machine.Event{Kind: machine.TaskFailed, Task: w.tasks[n/2], Error: &name}, now)
			if w.x.Status != machine.Succeeded {
				b.Fatal(w.x.Status)
			}
		}
	}
}

// coreAnswers has the driver's loop: it asks for the next deadline after each
// answer.
func coreAnswers(task string) func(*testing.B, int) func() {
	return func(b *testing.B, n int) func() {
		w := &wideRunner{p: compile(b, wideMap(task, ""), unbounded)}
		input, order := shuffled(n), rand.New(rand.NewPCG(1, 2)).Perm(n)
		return func() {
			w.start(b, input)
			for _, i := range order {
				w.step(b, machine.Event{Kind: machine.TaskSucceeded, Task: w.tasks[i]}, now)
				w.p.Wake(&w.x)
			}
			if w.x.Status != machine.Succeeded {
				b.Fatal(w.x.Status)
			}
		}
	}
}

func openWide(b *testing.B, definition string, clock interpreter.Clock, handler interpreter.HandlerFunc) (*interpreter.Interpreter, *interpreter.Program) {
	p, err := interpreter.Compile([]byte(definition), interpreter.Options{Limits: unbounded})
	if err != nil {
		b.Fatal(err)
	}
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"f": handler}, Clock: clock})
	b.Cleanup(func() { _ = in.Close() })
	return in, p
}

func pending(context.Context, *interpreter.Task) (any, error) {
	return nil, interpreter.ErrResultPending
}

func runWide(b *testing.B, in *interpreter.Interpreter, p *interpreter.Program, input any) {
	if _, err := interpreter.Run[any](context.Background(), in, p, input); err != nil {
		b.Fatal(err)
	}
}

func driverWaits(b *testing.B, n int) func() {
	in, p := openWide(b, wideMap(`"Type": "Wait", "SecondsPath": "$"`, ""), interpreter.NewVirtualClock(now), nil)
	input := shuffled(n)
	return func() { runWide(b, in, p, input) }
}

func driverTimeouts(b *testing.B, n int) func() {
	in, p := openWide(b, wideMap(timedTask, ""), interpreter.NewVirtualClock(now), pending)
	input := shuffled(n)
	return func() { runWide(b, in, p, input) }
}

// driverSleeps has tasks that end when a timer of their handler fires.
func driverSleeps(b *testing.B, n int) func() {
	clock := interpreter.NewManualClock(now)
	var in *interpreter.Interpreter
	var p *interpreter.Program
	in, p = openWide(b, wideMap(`"Type": "Task", "Resource": "f"`, ""), clock, func(_ context.Context, t *interpreter.Task) (any, error) {
		token := t.Token()
		clock.AfterFunc(time.Duration(t.Input.(int64))*time.Second, func() {
			if err := in.SendTaskSuccess(context.Background(), token, nil); err != nil {
				b.Error(err)
			}
		})
		return nil, interpreter.ErrResultPending
	})
	input := shuffled(n)
	return func() {
		e, err := in.Start(context.Background(), p, input, interpreter.StartOptions{})
		if err != nil {
			b.Fatal(err)
		}
		for clock.Settle(); e.Status() == interpreter.Running; clock.AdvanceToNext() {
		}
		if err := e.Wait(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

func driverCancelled(b *testing.B, n int) func() {
	in, p := openWide(b, wideMap(`"Type": "Task", "Resource": "f"`, caught), nil, func(_ context.Context, t *interpreter.Task) (any, error) {
		if t.Item == n-1 {
			return nil, errors.New("failed")
		}
		return nil, interpreter.ErrResultPending
	})
	input := shuffled(n)
	return func() { runWide(b, in, p, input) }
}

func driverAnswers(timeout string) func(*testing.B, int) func() {
	return func(b *testing.B, n int) func() {
		clock := interpreter.NewManualClock(now)
		tokens := make([]string, n)
		in, p := openWide(b, wideMap(`"Type": "Task", "Resource": "f"`+timeout, ""), clock, func(_ context.Context, t *interpreter.Task) (any, error) {
			tokens[t.Item] = t.Token()
			return nil, interpreter.ErrResultPending
		})
		input, order := shuffled(n), rand.New(rand.NewPCG(1, 2)).Perm(n)
		return func() {
			e, err := in.Start(context.Background(), p, input, interpreter.StartOptions{})
			if err != nil {
				b.Fatal(err)
			}
			clock.Settle()
			for _, i := range order {
				if err := in.SendTaskSuccess(context.Background(), tokens[i], nil); err != nil {
					b.Fatal(err)
				}
			}
			if err := e.Wait(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// mapAnswers is what no driver could do without: a table of what is awaited, by
// token. Its own curve is that of the machine's caches.
func mapAnswers(_ *testing.B, n int) func() {
	type task struct {
		token  string
		input  any
		result any
		_      [24]uint64 // as much as a task takes here
	}
	input, order := shuffled(n), rand.New(rand.NewPCG(1, 2)).Perm(n)
	return func() {
		tasks, tokens := map[string]*task{}, make([]string, n)
		for i := range input {
			t := &task{token: fmt.Sprintf("%032x", i), input: input[i]}
			tasks[t.token], tokens[i] = t, t.token
		}
		for _, i := range order {
			t := tasks[tokens[i]]
			delete(tasks, t.token)
			t.result = t.input
		}
	}
}
