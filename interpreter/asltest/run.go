package asltest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// Program is a compiled state machine, as interpreter.Compile gives it.
type Program = machine.Program

// Compile makes a Program of a definition. It fails the test with all that is
// wrong with it.
func Compile(t testing.TB, definition string, options ...machine.Options) *Program {
	t.Helper()
	return compile(t, []byte(definition), options)
}

// Load is Compile of a file. The machine is named after it: order.asl.json is
// "order".
func Load(t testing.TB, file string) *Program {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("asltest: %v", err)
	}
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	return compile(t, text, []machine.Options{{StateMachineName: name}})
}

func compile(t testing.TB, text []byte, options []machine.Options) *Program {
	t.Helper()
	p, err := interpreter.Compile(text, options...)
	if err != nil {
		t.Fatalf("asltest: the definition is wrong:\n%s", indent(err.Error()))
	}
	return p
}

// defaultStart is when executions start that are not told.
var defaultStart = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// maxSteps ends a run that goes round in circles.
const maxSteps = 1_000_000

// Run runs a machine to its end under a virtual clock, with tasks that answer as
// the scripts say. Input is JSON text, or any Go value.
//
// The test fails, and ends, where a task has no script, or where the execution
// can never end. It fails where a script was not used up, and where the execution
// does not succeed and the test does not assert that, see [Execution.WantFailed].
func Run(t testing.TB, p *Program, input any, options ...Option) *Execution {
	t.Helper()
	if p == nil {
		t.Fatal("asltest: the program is nil")
	}
	c := config{start: defaultStart, name: "test"}
	for _, o := range options {
		if o != nil {
			o.apply(&c)
		}
	}
	c.seed = seedOf(c.seed)
	v, err := toValue(input)
	if err != nil {
		t.Fatalf("asltest: the input: %v", err)
	}
	r := newRunner(p, v, &c)
	if problem := r.check(); problem != "" {
		t.Fatalf("asltest: %s", problem)
	}
	x := &Execution{t: t, program: p, run: r}
	x.Scope = &Scope{x: x}
	if problem := r.play(); problem != "" {
		t.Fatalf("asltest: %s\nwhat happened so far:\n%s", problem, indent(x.Trace()))
	}
	record(x)
	x.expectSuccess()
	if problem := r.unused(); problem != "" && !c.allowUnused {
		t.Errorf("asltest: %s", problem)
	}
	return x
}

// runner drives one execution: it is a host with a clock and an order of events
// of its own.
type runner struct {
	*config
	program   *Program
	x         *machine.Execution
	r         machine.Result
	now       int64
	random    *rand.Rand // nil: first come, first served
	plays     []*play
	calls     []*call // outstanding, in the order in which they came
	late      []*call // ended, but their functions may still be called
	ready     []*call
	known     map[machine.TaskID]*call // kept for what is commanded again
	started   int                      // how many calls there were
	yielded   bool
	events    []history.Event
	decisions []machine.Decision
	log       []*call
	problem   string
	crashes   int
}

func newRunner(p *Program, input any, c *config) *runner {
	r := &runner{config: c, program: p, now: c.start.UnixNano(), known: make(map[machine.TaskID]*call)}
	if c.seed != 0 {
		r.random = rand.New(rand.NewPCG(c.seed, c.seed))
	}
	for _, s := range c.scripts {
		r.plays = append(r.plays, &play{Script: s})
	}
	r.r.History, r.r.Decide = true, true
	r.x = p.New(machine.Start{ID: c.name, Input: input, Seed: [2]uint64{c.seed + 1, 2}, TokenKey: [16]byte{3}, Synchronous: true})
	return r
}

// check says what is wrong with the scripts themselves.
func (r *runner) check() string {
	var problems []string
	for _, p := range r.plays {
		switch {
		case p.problem != "":
			problems = append(problems, fmt.Sprintf("%s: %s", p.origin, p.problem))
		case len(p.answers) == 0:
			problems = append(problems, fmt.Sprintf("%s: %s says no answer: add .Return(...) or .Throw(...)", p.origin, p.Script))
		case p.state != "":
			if problem := stateProblem(r.program, p.state, true); problem != "" {
				problems = append(problems, fmt.Sprintf("%s: %s: %s", p.origin, p.Script, problem))
			}
		}
	}
	for _, f := range r.faults.beats {
		if problem := stateProblem(r.program, f.state, true); problem != "" {
			problems = append(problems, fmt.Sprintf("DropHeartbeat(%q, %d): %s", f.state, f.n, problem))
		}
	}
	return strings.Join(problems, "\n")
}

func (r *runner) unused() string {
	var problems []string
	for _, p := range r.plays {
		if u := p.unused(); u != "" {
			problems = append(problems, fmt.Sprintf("%s: %s", p.origin, u))
		}
	}
	problems = append(problems, r.faults.missed(r)...)
	if len(problems) == 0 {
		return ""
	}
	return strings.Join(problems, "\n") + "\n(asltest.AllowUnused() accepts that)"
}

// missed are the faults that never struck.
func (f *faults) missed(r *runner) []string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(f.crashAt)) {
		if id > r.x.Seq {
			all = append(all, fmt.Sprintf("CrashAt(%d) never struck: the history has %s", id, plural(int(r.x.Seq), "event")))
		}
	}
	for _, n := range slices.Sorted(maps.Keys(f.calls)) {
		if n > r.started {
			all = append(all, fmt.Sprintf("FailCall(%d, %q, ...) never struck: there were %s", n, f.calls[n].name, plural(r.started, "call")))
		}
	}
	for i, b := range f.beats {
		if !f.lost[i] {
			all = append(all, fmt.Sprintf("DropHeartbeat(%q, %d) never struck: no task of the state sent so many", b.state, b.n))
		}
	}
	return all
}

// play steps until the execution ends. It returns what is wrong with the test.
func (r *runner) play() string {
	ev := machine.Event{Kind: machine.Started}
	for range maxSteps {
		seq := r.x.Seq
		if err := r.program.Step(r.x, ev, time.Unix(0, r.now), &r.r); err != nil {
			return err.Error()
		}
		r.events = append(r.events, r.r.Events...)
		r.decisions = append(r.decisions, r.r.Decisions...)
		if r.crashes++; r.crashesAfter(seq) {
			if err := r.crash(); err != nil {
				return err.Error()
			}
		}
		r.carryOut()
		if r.problem != "" || r.x.Status != machine.Running {
			return r.problem
		}
		var ok bool
		if ev, ok = r.next(); !ok {
			return r.stuck()
		}
	}
	return fmt.Sprintf("the execution still runs after %d steps", maxSteps)
}

func (r *runner) crashesAfter(seq uint32) bool {
	if r.faults.crashEvery {
		return true
	}
	for id := seq + 1; id <= r.x.Seq && len(r.faults.crashAt) > 0; id++ {
		if r.faults.crashAt[id] {
			return true
		}
	}
	return false
}

// crash forgets everything but the stored execution, and what the outside world
// does: the tasks that run.
func (r *runner) crash() error {
	data, err := r.program.Marshal(r.x)
	if err != nil {
		return err
	}
	if r.x, err = r.program.Restore(data); err != nil {
		return err
	}
	r.calls, r.late, r.yielded = nil, nil, false
	return r.program.Pending(r.x, &r.r)
}

func (r *runner) carryOut() {
	for i := range r.r.Commands {
		c := &r.r.Commands[i]
		switch c.Kind {
		case machine.StartTask:
			r.startTask(c)
		case machine.CancelTask:
			r.drop(c.Task)
		case machine.Yield:
			r.yielded = true
		}
	}
}

func (r *runner) drop(task machine.TaskID) {
	for i, c := range r.calls {
		if c.id == task {
			r.calls = append(r.calls[:i], r.calls[i+1:]...)
			if c.function != nil && c.stage > toStart && r.random.IntN(2) == 0 {
				c.stage = over
				r.late = append(r.late, c)
			}
			return
		}
	}
}

func (r *runner) startTask(c *machine.Command) {
	if known := r.known[c.Task]; known != nil {
		r.calls = append(r.calls, known)
		return
	}
	r.started++
	k, problem := r.begin(c)
	if problem != "" {
		r.problem = problem
		return
	}
	k.number = r.started
	r.known[c.Task] = k
	r.log = append(r.log, k)
	r.calls = append(r.calls, k)
}

// begin finds the answer to a new task.
func (r *runner) begin(c *machine.Command) (*call, string) {
	if r.source != nil {
		k, err := r.source.begin(c, r.now)
		if err != nil {
			return nil, err.Error()
		}
		return k, ""
	}
	if failure := r.faults.calls[r.started]; failure != nil {
		return newCall(c, r.now, modifiers{}, nil, failure, false), ""
	}
	if r.tasks != nil {
		if output, err, ok := r.tasks.Answer(c.State, c.Resource); ok {
			return mocked(c, r.now, output, err), ""
		}
	}
	i := invocation(c, r.x)
	for _, p := range r.plays {
		if !p.fits(i) {
			continue
		}
		a := p.take()
		if a == nil {
			continue
		}
		k := newCall(c, r.now, a.modifiers, nil, nil, a.hangs)
		switch {
		case a.hangs:
		case a.calls && r.random != nil:
			task := i
			k.function, k.delay = func() (any, *thrown) { return a.give(task) }, r.delay(a.after)
		default:
			k.output, k.failed = a.give(i)
		}
		return k, ""
	}
	return nil, r.unscripted(i)
}

// delay is when a function is called of a task that answers after a time: at its
// start, at its end, or in between.
func (r *runner) delay(after time.Duration) time.Duration {
	switch r.random.IntN(3) {
	case 0:
		return 0
	case 1:
		return after
	}
	return time.Duration(r.random.Int64N(int64(after) + 1))
}

// next returns what happens next.
func (r *runner) next() (machine.Event, bool) {
	if r.yielded {
		r.yielded = false
		return machine.Event{Kind: machine.Tick}, true
	}
	for {
		wake, timer := r.program.Wake(r.x)
		r.ready = r.ready[:0]
		soonest := int64(0)
		for _, calls := range [...][]*call{r.calls, r.late} {
			for _, c := range calls {
				at, ok := c.when()
				if !ok {
					continue
				}
				if at <= r.now {
					r.ready = append(r.ready, c)
				}
				if soonest == 0 || at < soonest {
					soonest = at
				}
			}
		}
		due := timer && wake.UnixNano() <= r.now
		if len(r.ready) > 0 || due {
			if ev, ok := r.pick(due); ok {
				return ev, true
			}
			continue // a heartbeat that was lost, or a function was called
		}
		if timer && soonest == 0 && r.endless() {
			return machine.Event{}, false
		}
		if timer && (soonest == 0 || wake.UnixNano() < soonest) {
			soonest = wake.UnixNano()
		}
		if soonest == 0 {
			return machine.Event{}, false
		}
		r.now = soonest
	}
}

// endless reports whether nothing but AWS's limit on the time of an execution
// would end a task: no test means that.
func (r *runner) endless() bool {
	return len(r.calls) > 0 && !r.program.Timed(r.x) &&
		!r.program.Machine().TimeoutSeconds.IsSet() && r.program.Options().Limits.Duration == 0
}

// pick takes one of the calls that are ready, or the timer.
func (r *runner) pick(due bool) (machine.Event, bool) {
	n := len(r.ready)
	at := 0
	switch {
	case r.random != nil:
		if due {
			n++
		}
		at = r.random.IntN(n)
	default:
		for i, c := range r.ready {
			if c.before(r.ready[at]) {
				at = i
			}
		}
	}
	if at == len(r.ready) {
		return machine.Event{Kind: machine.Tick}, true
	}
	c := r.ready[at]
	if c.function != nil && c.stage > toStart {
		if at, ok := c.tells(); !ok || at > r.now || r.random.IntN(2) == 0 {
			c.run()
			r.late = slices.DeleteFunc(r.late, func(l *call) bool { return l == c })
			return machine.Event{}, false
		}
	}
	ev, last := c.take()
	if last {
		r.drop(c.id)
	}
	if ev.Kind == machine.TaskHeartbeat {
		for i, f := range r.faults.beats {
			if f.state == c.state && f.n == c.beats {
				if r.faults.lost == nil {
					r.faults.lost = make(map[int]bool)
				}
				r.faults.lost[i] = true
				return ev, false
			}
		}
	}
	return ev, true
}

func (r *runner) stuck() string {
	var names []string
	for _, c := range r.calls {
		if name := fmt.Sprintf("%q", c.state); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return fmt.Sprintf("the execution waits forever: no answer comes to the task of %s, and it has no timeout\n"+
		"give the state TimeoutSeconds, or script an answer", strings.Join(names, ", "))
}

func (r *runner) unscripted(i Invocation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "no script answers the task of state %q", i.State)
	fmt.Fprintf(&b, "\n  resource  %s\n  attempt   %d\n", i.Resource, i.Attempt)
	if i.Item >= 0 {
		fmt.Fprintf(&b, "  item      %d\n", i.Item)
	}
	fmt.Fprintf(&b, "  input     %s\n", short(i.Input))
	for _, p := range r.plays {
		switch {
		case p.fits(i):
			fmt.Fprintf(&b, "  %s: %s has no answer left, it gave %d\n", p.origin, p.Script, p.calls)
		case p.state == i.State:
			fmt.Fprintf(&b, "  %s: %s does not fit\n", p.origin, p.Script)
		}
	}
	fmt.Fprintf(&b, "add one: asltest.On(%q).Return(`{}`)", i.State)
	return b.String()
}
