package asltest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/objects"
)

// maxSteps ends a machine that loops forever.
const maxSteps = 1_000_000

// world is what the executions of a run share: a virtual clock, scripts, files, and an
// order of events.
type world struct {
	*config
	t       testing.TB
	root    *runner // the execution of the test
	now     int64
	random  *rand.Rand // nil: events keep the order in which they were caused
	uses    []*scriptUse
	running []*runner // that have not ended, in the order of their starts
	mail    []letter  // events that can happen now; each execution gets its own in order
	yielded []*runner
	ready   []*call   // of nextEvent, as due
	due     []*runner // with a timer
	started int       // number of tasks so far
	turns   []turn    // with a seed
	log     []*call
	problem string
	store   *objects.MemoryStore // nil: no Files
	buckets []string             // of store
	folder  string               // keeps results in a crash; "": none yet
	hint    string               // of a mistake that the execution may have caught
}

// letter is an event for an execution.
type letter struct {
	to    *runner
	event machine.Event
}

// runner is the host of one execution: that of the test, or a child of a Map Run.
type runner struct {
	*world
	program   *Program
	x         *machine.Execution
	result    machine.Result
	wake      int64                    // the earliest deadline; 0: none
	calls     []*call                  // outstanding tasks, in the order of their commands
	late      []*call                  // canceled tasks whose functions may still be called
	known     map[machine.TaskID]*call // for tasks that are commanded again after a crash
	events    []history.Event
	decisions []machine.Decision
	maps      []*hostedRun // all Map Runs, in the order of their starts
	of        *hostedRun   // the Map Run of a child; nil: not a child
	child     *machine.Child

	coveredEvents, coveredDecisions int // that are part of the coverage
}

func newRunner(p *Program, input any, c *config, t testing.TB) *runner {
	w := &world{config: c, t: t, now: c.start.UnixNano()}
	if c.seed != 0 {
		w.random = rand.New(rand.NewPCG(c.seed, c.seed))
	}
	for _, s := range c.scripts {
		w.uses = append(w.uses, &scriptUse{Script: s})
	}
	w.addFiles()
	w.sortMoments()
	w.root = w.newExecution(p, machine.Start{ID: c.name, Input: input, Seed: [2]uint64{c.seed + 1, 2}, TokenKey: [16]byte{3}, Synchronous: true})
	return w.root
}

func (w *world) newExecution(p *Program, s machine.Start) *runner {
	r := &runner{world: w, program: p, x: p.New(s), known: make(map[machine.TaskID]*call)}
	r.result.History, r.result.Decide = true, true
	return r
}

// runToEnd steps the machine, first with ev, until the execution and its children have
// ended, and nothing of the test is left to be called. It returns a description of the
// mistake in the test, if any.
func (r *runner) runToEnd(ev machine.Event) string {
	defer r.finishFunctions()
	r.running = append(r.running, r)
	for next, steps := r, 0; steps < maxSteps; steps++ {
		if err := next.takeStep(ev); err != nil {
			return err.Error()
		}
		var ok bool
		if next, ev, ok = r.nextEvent(); ok {
			continue
		}
		if r.problem != "" || len(r.running) == 0 {
			return r.problem
		}
		return r.explainStuck()
	}
	return fmt.Sprintf("the execution is still running after %d steps", maxSteps)
}

func (r *runner) takeStep(ev machine.Event) error {
	seq := r.x.Seq
	if err := r.program.Step(r.x, ev, time.Unix(0, r.now), &r.result); err != nil {
		return err
	}
	if ev.Kind == machine.TaskStarted && len(r.result.Events) > 0 {
		if c := r.known[ev.Task]; c != nil {
			c.event = r.result.Events[0].ID
		}
	}
	r.events = append(r.events, r.result.Events...)
	r.decisions = append(r.decisions, r.result.Decisions...)
	if r.crashesAfter(seq) {
		return r.crashAndRestore()
	}
	r.finishStep()
	return nil
}

// finishStep does what follows from a Step, which is stored.
func (r *runner) finishStep() {
	r.wake = 0
	if at, ok := r.program.Wake(r.x); ok {
		r.wake = at.UnixNano()
	}
	r.carryOutCommands()
	if r.x.Status == machine.Running {
		return
	}
	r.running = slices.DeleteFunc(r.running, func(k *runner) bool { return k == r })
	if r.child != nil {
		r.of.tellEnd(r)
	}
}

func (r *runner) carryOutCommands() {
	for i := range r.result.Commands {
		c := &r.result.Commands[i]
		switch {
		case c.MapRun != nil:
			r.carryOutMapRun(c)
		case c.Kind == machine.StartTask:
			r.startTask(c)
		case c.Kind == machine.CancelTask:
			r.cancelCall(c)
		case c.Kind == machine.Yield:
			r.yielded = append(r.yielded, r)
		}
	}
}

// post makes an event happen in the execution.
func (r *runner) post(ev machine.Event) { r.mail = append(r.mail, letter{r, ev}) }

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
	k.number, k.of = r.started, r
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
	i := r.newInvocation(c)
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
			k.function = newFunction(func(ctx context.Context) {
				k.failed = goexit // stands after runtime.Goexit
				k.output, k.failed = a.result(ctx, i)
			}, r.functionDelay(a.after))
		default:
			k.output, k.failed = a.result(context.Background(), i)
		}
		return k, ""
	}
	if len(r.resolvers) > 0 {
		return r.newHandledCall(c, i), ""
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

// cancelCall removes a task that is not needed any longer. Its function may go on, or even
// be called.
func (r *runner) cancelCall(cancel *machine.Command) {
	c := r.removeCall(cancel.Task)
	if c == nil || c.function == nil {
		return
	}
	cause := interpreter.ErrStopped
	if cancel.TimedOut {
		cause = interpreter.ErrTaskTimedOut
	}
	c.function.cancel(cause)
	r.addTurn(c, "is not needed any longer")
	if c.function.begun() || c.stage > toStart && r.random.IntN(2) == 0 {
		c.stage = over
		r.late = append(r.late, c)
	}
}

// removeCall removes a task that has ended. It returns nil if there is none.
func (r *runner) removeCall(task machine.TaskID) *call {
	i := slices.IndexFunc(r.calls, func(c *call) bool { return c.id == task })
	if i < 0 {
		return nil
	}
	c := r.calls[i]
	r.calls = slices.Delete(r.calls, i, i+1)
	return c
}

// nextEvent advances the clock to the next event and returns it, and the execution
// that gets it. It is false if all executions have ended or wait forever, and after a
// mistake in the test.
func (w *world) nextEvent() (*runner, machine.Event, bool) {
	for w.problem == "" {
		if len(w.yielded) > 0 {
			r := w.yielded[0]
			w.yielded = w.yielded[1:]
			return r, machine.Event{Kind: machine.Tick}, true
		}
		w.mail = slices.DeleteFunc(w.mail, func(l letter) bool { return l.to.x.Status != machine.Running })
		if w.random == nil && len(w.mail) > 0 {
			l := w.takeLetter(0)
			return l.to, l.event, true
		}
		soonest := w.findReady()
		if len(w.ready)+len(w.due)+len(w.mail) > 0 || w.hasMoment() {
			if r, ev, ok := w.pickReady(); ok {
				return r, ev, true
			}
			continue // a heartbeat was dropped, or a function was called
		}
		if at, ok := w.nextMoment(); ok && (soonest == 0 || at < soonest) {
			soonest = at
		}
		if soonest == 0 && w.waitsForLimitOnly() {
			return nil, machine.Event{}, false
		}
		for _, r := range w.running {
			if r.wake != 0 && (soonest == 0 || r.wake < soonest) {
				soonest = r.wake
			}
		}
		if soonest == 0 {
			return nil, machine.Event{}, false
		}
		w.now = soonest
	}
	return nil, machine.Event{}, false
}

// findReady sets ready and due. It returns the time of the next event of a call, or 0.
func (w *world) findReady() (soonest int64) {
	w.ready, w.due = w.ready[:0], w.due[:0]
	for _, r := range w.running {
		for _, calls := range [...][]*call{r.calls, r.late} {
			for _, c := range calls {
				at, ok := c.readyAt()
				if !ok {
					continue
				}
				if at <= w.now {
					w.ready = append(w.ready, c)
				}
				if soonest == 0 || at < soonest {
					soonest = at
				}
			}
		}
		if r.wake != 0 && r.wake <= w.now {
			w.due = append(w.due, r)
		}
	}
	return soonest
}

// takeLetter removes the first letter to the execution that letter n is for.
func (w *world) takeLetter(n int) letter {
	to := w.mail[n].to
	n = slices.IndexFunc(w.mail, func(l letter) bool { return l.to == to })
	l := w.mail[n]
	w.mail = slices.Delete(w.mail, n, n+1)
	return l
}

// waitsForLimitOnly reports whether only AWS's limit on the duration of an
// execution would end the outstanding tasks. A test never means that.
func (w *world) waitsForLimitOnly() bool {
	calls := 0
	for _, r := range w.running {
		if r.program.Timed(r.x) {
			return false
		}
		if r.child == nil && (r.program.Machine().TimeoutSeconds.IsSet() || r.program.Options().Limits.Duration != 0) {
			return false
		}
		calls += len(r.calls)
	}
	return calls > 0
}

// pickReady returns one of the events that can happen now. It is false if the choice
// produced no event.
func (w *world) pickReady() (*runner, machine.Event, bool) {
	at, all := 0, len(w.ready)+len(w.due)+len(w.mail)
	if w.hasMoment() {
		all++
	}
	if w.random != nil {
		at = w.random.IntN(all)
	} else {
		for i, c := range w.ready {
			if c.precedes(w.ready[at]) {
				at = i
			}
		}
	}
	if at == len(w.ready)+len(w.due)+len(w.mail) {
		w.callMoment()
		return nil, machine.Event{}, false
	}
	if at >= len(w.ready)+len(w.due) {
		l := w.takeLetter(at - len(w.ready) - len(w.due))
		return l.to, l.event, true
	}
	if at >= len(w.ready) {
		return w.due[at-len(w.ready)], machine.Event{Kind: machine.Tick}, true
	}
	c := w.ready[at]
	r := c.of
	if c.function != nil && c.stage > toStart && c.functionAt() <= w.now {
		if at, ok := c.nextEventAt(); !ok || at > w.now || c.needsFunction() || w.random.IntN(2) == 0 {
			w.continueFunction(c)
			if c.function == nil {
				r.late = slices.DeleteFunc(r.late, func(l *call) bool { return l == c })
			}
			return nil, machine.Event{}, false
		}
	}
	ev, last := c.takeEvent()
	w.noteEvent(c, &ev)
	if last {
		r.removeCall(c.id)
	}
	if ev.Kind == machine.TaskHeartbeat {
		for i, f := range w.faults.beats {
			if f.state == c.state && f.n == c.beats {
				if w.faults.lost == nil {
					w.faults.lost = make(map[int]bool)
				}
				w.faults.lost[i] = true
				return nil, machine.Event{}, false
			}
		}
	}
	return r, ev, true
}

// checkScripts describes the mistakes in the scripts and faults themselves.
func (r *runner) checkScripts() string {
	problems := slices.Clone(r.problems)
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
	for _, k := range r.running {
		for _, c := range k.calls {
			if name := fmt.Sprintf("%q", c.state); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return "the execution waits forever, and for no task"
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
			fmt.Fprintf(&b, "  %s: %s has no answer left after %s\n", p.origin, p.Script, pluralize(p.calls, "task"))
		case p.state == i.State:
			fmt.Fprintf(&b, "  %s: %s does not match\n", p.origin, p.Script)
		}
	}
	if len(r.resolvers) > 0 {
		b.WriteString("  the Resolver has no handler for it\n")
	}
	fmt.Fprintf(&b, "add one: asltest.On(%q).Return(`{}`)", i.State)
	return b.String()
}
