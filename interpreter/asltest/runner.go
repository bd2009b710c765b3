package asltest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
)

// maxSteps ends a machine that loops forever.
const maxSteps = 1_000_000

// runner is the host of one execution, with a virtual clock and its own order of
// events.
type runner struct {
	*config
	program   *Program
	x         *machine.Execution
	result    machine.Result
	now       int64
	random    *rand.Rand // nil: events keep the order in which they were caused
	uses      []*scriptUse
	calls     []*call // outstanding tasks, in the order of their commands
	late      []*call // canceled tasks whose functions may still be called
	ready     []*call
	known     map[machine.TaskID]*call // for tasks that are commanded again after a crash
	started   int                      // number of tasks so far
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
		r.uses = append(r.uses, &scriptUse{Script: s})
	}
	r.result.History, r.result.Decide = true, true
	r.x = p.New(machine.Start{ID: c.name, Input: input, Seed: [2]uint64{c.seed + 1, 2}, TokenKey: [16]byte{3}, Synchronous: true})
	return r
}

// runToEnd steps the machine, first with ev, until the execution ends. It returns a
// description of the mistake in the test, if any.
func (r *runner) runToEnd(ev machine.Event) string {
	for range maxSteps {
		seq := r.x.Seq
		if err := r.program.Step(r.x, ev, time.Unix(0, r.now), &r.result); err != nil {
			return err.Error()
		}
		r.events = append(r.events, r.result.Events...)
		r.decisions = append(r.decisions, r.result.Decisions...)
		if r.crashes++; r.crashesAfter(seq) {
			if err := r.crashAndRestore(); err != nil {
				return err.Error()
			}
		}
		r.carryOutCommands()
		if r.problem != "" || r.x.Status != machine.Running {
			return r.problem
		}
		var ok bool
		if ev, ok = r.nextEvent(); !ok {
			return r.explainStuck()
		}
	}
	return fmt.Sprintf("the execution is still running after %d steps", maxSteps)
}

func (r *runner) carryOutCommands() {
	for i := range r.result.Commands {
		c := &r.result.Commands[i]
		switch c.Kind {
		case machine.StartTask:
			r.startTask(c)
		case machine.CancelTask:
			r.removeCall(c.Task)
		case machine.Yield:
			r.yielded = true
		}
	}
}

func (r *runner) startTask(c *machine.Command) {
	if known := r.known[c.Task]; known != nil {
		r.calls = append(r.calls, known)
		return
	}
	r.started++
	k, problem := r.beginCall(c)
	if problem != "" {
		r.problem = problem
		return
	}
	k.number = r.started
	r.known[c.Task] = k
	r.log = append(r.log, k)
	r.calls = append(r.calls, k)
}

// beginCall finds the answer to a new task. The string describes why there is none.
func (r *runner) beginCall(c *machine.Command) (*call, string) {
	if r.source != nil {
		k, err := r.source.beginCall(c, r.now)
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
			return newMockedCall(c, r.now, output, err), ""
		}
	}
	i := newInvocation(c, r.x)
	for _, p := range r.uses {
		if !p.matchesTask(i) {
			continue
		}
		a := p.takeAnswer()
		if a == nil {
			continue
		}
		k := newCall(c, r.now, a.modifiers, nil, nil, a.hangs)
		switch {
		case a.hangs:
		case a.calls && r.random != nil:
			task := i
			k.function, k.delay = func() (any, *thrown) { return a.result(task) }, r.functionDelay(a.after)
		default:
			k.output, k.failed = a.result(i)
		}
		return k, ""
	}
	return nil, r.explainUnscripted(i)
}

// functionDelay returns when the function of a delayed task is called: at its
// start, at its end, or in between.
func (r *runner) functionDelay(after time.Duration) time.Duration {
	switch r.random.IntN(3) {
	case 0:
		return 0
	case 1:
		return after
	}
	return time.Duration(r.random.Int64N(int64(after) + 1))
}

func (r *runner) removeCall(task machine.TaskID) {
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

// nextEvent advances the clock to the next event and returns it. It is false if the
// execution waits forever.
func (r *runner) nextEvent() (machine.Event, bool) {
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
				at, ok := c.readyAt()
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
			if ev, ok := r.pickReady(due); ok {
				return ev, true
			}
			continue // a heartbeat was dropped, or a function was called
		}
		if timer && soonest == 0 && r.waitsForLimitOnly() {
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

// waitsForLimitOnly reports whether only AWS's limit on the duration of an
// execution would end the outstanding tasks. A test never means that.
func (r *runner) waitsForLimitOnly() bool {
	return len(r.calls) > 0 && !r.program.Timed(r.x) &&
		!r.program.Machine().TimeoutSeconds.IsSet() && r.program.Options().Limits.Duration == 0
}

// pickReady returns the event of one of the ready calls or, if due, of the timer.
// It is false if the choice produced no event.
func (r *runner) pickReady(due bool) (machine.Event, bool) {
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
			if c.precedes(r.ready[at]) {
				at = i
			}
		}
	}
	if at == len(r.ready) {
		return machine.Event{Kind: machine.Tick}, true
	}
	c := r.ready[at]
	if c.function != nil && c.stage > toStart {
		if at, ok := c.nextEventAt(); !ok || at > r.now || r.random.IntN(2) == 0 {
			c.callFunction()
			r.late = slices.DeleteFunc(r.late, func(l *call) bool { return l == c })
			return machine.Event{}, false
		}
	}
	ev, last := c.takeEvent()
	if last {
		r.removeCall(c.id)
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

// checkScripts describes the mistakes in the scripts and faults themselves.
func (r *runner) checkScripts() string {
	var problems []string
	for _, p := range r.uses {
		switch {
		case p.problem != "":
			problems = append(problems, fmt.Sprintf("%s: %s", p.origin, p.problem))
		case len(p.answers) == 0:
			problems = append(problems, fmt.Sprintf("%s: %s has no answer: add .Return(...) or .Throw(...)", p.origin, p.Script))
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

func (r *runner) unusedScripts() string {
	var problems []string
	for _, p := range r.uses {
		if u := p.unusedAnswer(); u != "" {
			problems = append(problems, fmt.Sprintf("%s: %s", p.origin, u))
		}
	}
	problems = append(problems, r.faults.missedFaults(r)...)
	if len(problems) == 0 {
		return ""
	}
	return strings.Join(problems, "\n") + "\n(asltest.AllowUnused() accepts this)"
}

func (r *runner) explainStuck() string {
	var names []string
	for _, c := range r.calls {
		if name := fmt.Sprintf("%q", c.state); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return fmt.Sprintf("the execution waits forever: the task of %s gets no answer and has no timeout\n"+
		"set TimeoutSeconds, or script an answer", strings.Join(names, ", "))
}

func (r *runner) explainUnscripted(i Invocation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "no script answers the task of state %q", i.State)
	fmt.Fprintf(&b, "\n  resource  %s\n  attempt   %d\n", i.Resource, i.Attempt)
	if i.Item >= 0 {
		fmt.Fprintf(&b, "  item      %d\n", i.Item)
	}
	fmt.Fprintf(&b, "  input     %s\n", shortJSON(i.Input))
	for _, p := range r.uses {
		switch {
		case p.matchesTask(i):
			fmt.Fprintf(&b, "  %s: %s has no answer left after %d\n", p.origin, p.Script, p.calls)
		case p.state == i.State:
			fmt.Fprintf(&b, "  %s: %s does not match\n", p.origin, p.Script)
		}
	}
	fmt.Fprintf(&b, "add one: asltest.On(%q).Return(`{}`)", i.State)
	return b.String()
}
