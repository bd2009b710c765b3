package machine

import (
	"errors"
	"fmt"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
)

// Errors of calls to this package. A state machine never sees them.
var (
	// ErrDigest: the execution was started with another definition or other
	// options: see [Program.Digest].
	ErrDigest = errors.New("machine: the execution was started with another definition, or other options (type, ARNs, name, activities, limits)")
	// ErrStarted: a second Started event.
	ErrStarted = errors.New("machine: the execution was started before")
	// ErrNotStarted: an event before Started.
	ErrNotStarted = errors.New("machine: the execution was not started")
	// ErrTime: a time before the year 1678 or after 2261, which nanoseconds
	// since 1970 in 64 bits cannot count.
	ErrTime = errors.New("machine: the time is not between the years 1678 and 2261")
)

// step is one Step under way. It lives in the Result, so that it costs no
// allocation.
type step struct {
	p   *Program
	x   *Execution
	r   *Result
	now int64

	running     int32 // the scope that advances; none: it ended, or none does
	transitions int   // that the Step may still make
	full        bool  // the history has no room but for the last event
	heavy       bool  // the execution holds more than Limits.HeldBytes
	size        int   // of the event's output; of Started, the input's
	grown       int   // by how much the latest Assign makes the variables larger
	err         error // of a value that a probe gave

	env  env
	view view
	seen seenContext // by the view

	limits   jsonata.Limits // of the expression that is evaluated
	revisits int            // that have steps of their own in this turn
	meter    value.Meter    // what is left to the state that runs
	steps    int            // of work that the states before it have done in this Step
	spare    int            // of these, before the Step is spent, if the state that runs does none

	interrupt interrupt
}

// New returns a new execution. What s holds is checked by the Step of the Started
// event.
func (p *Program) New(s Start) *Execution {
	x := new(Execution)
	x.start(p, s)
	return x
}

// Init makes x a new execution, in memory of the caller's. The execution must
// not be moved afterwards.
func (p *Program) Init(x *Execution, s Start) { x.start(p, s) }

// Step applies an event to an execution, runs it as far as it can go, and puts
// the commands and history events into r. The time of all of them is at.
//
// Deadlines that have passed at that time fire first, before any event, as if a
// Tick had come in time. An answer to a task that has timed out is late and
// changes nothing, and so is a Stopped if the execution's own timeout, or a
// task's that nothing catches, has ended it.
//
// A Step on an execution that has ended changes nothing. The error means misuse
// by the host, such as [ErrTime] and [ErrValue], and leaves the execution as it
// was; errors of the state machine are data.
func (p *Program) Step(x *Execution, ev Event, at time.Time, r *Result) error {
	r.reset()
	if x.Digest != p.digest {
		return ErrDigest
	}
	if x.Status != Running {
		r.Late = true
		return nil
	}
	if (ev.Kind == Started) == (x.Seq > 0) {
		if ev.Kind == Started {
			return ErrStarted
		}
		return ErrNotStarted
	}
	now, ok := nanosOf(at)
	if !ok {
		return fmt.Errorf("%w: %s", ErrTime, at.UTC().Format(time.RFC3339))
	}
	s := &r.step
	s.p, s.x, s.r = p, x, r
	s.err = nil
	if ev.Kind != Tick || r.Probe != nil { // a Tick brings nothing
		if err := s.admit(&ev); err != nil {
			return err
		}
	}
	if now > x.Now || ev.Kind == Started {
		x.Now = now
	}
	if x.index == nil && len(x.scopes) > manyScopes {
		x.makeIndex()
	}
	s.now = x.Now
	s.full, s.heavy, s.running = false, false, none
	s.transitions = r.MaxTransitions
	if s.transitions <= 0 {
		s.transitions = p.limits.StepTransitions
	}
	s.steps, s.meter = 0, value.Meter{Steps: p.limits.ExpressionSteps}
	s.spare = p.limits.StepExpressions - p.limits.ExpressionSteps
	s.limits.TotalBytes = expressionBytes
	if r.Meanwhile == nil {
		s.limits.Interrupt, s.interrupt.happens = nil, false
		s.proceed(&ev)
	} else {
		s.proceedWatched(&ev)
	}
	switch {
	case x.Status != Running:
	case s.full:
		s.endFull()
	case s.heavy:
		s.endHeld()
	}
	r.Work = s.worked()
	if x.index != nil {
		x.settleTimers()
	}
	s.forget()
	return s.err
}

// proceed lets the event happen and all that can follow it.
func (s *step) proceed(ev *Event) {
	if ev.Kind != Started && s.isDue() {
		s.fireDue()
	}
	if s.x.Status == Running {
		s.apply(ev)
	} else {
		s.r.Late = true
	}
	s.drain()
}

// admit refuses what is outside the model before anything changes.
func (s *step) admit(ev *Event) (err error) {
	if s.r.Probe != nil {
		if err = s.p.admitProbe(s.r.Probe); err != nil {
			return err
		}
	}
	if ev.Kind == Started {
		s.size, err = s.p.admitStart(s.x)
	} else {
		s.size, err = s.p.admitEvent("Event.Output", ev)
	}
	return err
}

// forget lets go of the values that expressions have seen.
func (s *step) forget() {
	if s.env.s != nil {
		s.env = env{}
	}
	if s.view.s != nil {
		s.view = view{}
	}
	if s.seen.used {
		s.seen = seenContext{}
	}
}

func (s *step) apply(ev *Event) {
	switch ev.Kind {
	case Started:
		s.begin()
	case Tick: // what is due has happened
	case Stopped:
		s.stop(ev)
	default:
		if slot, ok := s.x.scopeOf(ev.Task); ok {
			s.answer(slot, ev)
		} else {
			s.r.Late = true
		}
	}
}

// scopeOf finds the scope that waits for a task.
func (x *Execution) scopeOf(t TaskID) (int32, bool) {
	slot := t.slot()
	if slot >= int64(len(x.scopes)) {
		return 0, false
	}
	sc := &x.scopes[slot]
	if !sc.waitsForTask() || sc.work.task != t {
		return 0, false
	}
	return int32(slot), true
}

func (s *step) begin() {
	s.x.StartedAt = s.now
	s.x.variables = 0
	if vars := s.x.scopes[0].vars; vars != nil {
		s.x.count(vars)
	}
	s.event(history.Event{
		Type:   history.ExecutionStarted,
		Value:  s.x.Input,
		Detail: &s.p.started,
	})
	if s.size > s.p.limits.PayloadBytes {
		cause := "The execution input has a size exceeding the maximum number of bytes service limit."
		s.failExecution(newFailure(asl.StatesDataLimitExceeded, cause), s.x.Seq)
		return
	}
	s.goOn(0, phaseEnter)
}

// drain runs the scopes that can go on, in turn. A turn is one state: a scope that
// has left it goes to the end of the queue (docs/evidence.md#turns).
func (s *step) drain() {
	for s.x.ready >= 0 && s.x.Status == Running && !s.full && !s.heavy {
		s.running = s.x.pop()
		if !s.advance() {
			s.x.unpop(s.running)
			s.r.Commands = append(s.r.Commands, Command{Kind: Yield, Item: none})
			return
		}
		s.running = none
	}
}

// advance runs one scope until it waits, ends or has had its turn while others
// are ready. It is false when the budget of the Step is used up before.
func (s *step) advance() bool {
	entered := false
	for slot := s.running; s.running == slot && !s.full && !s.heavy; {
		switch s.x.scopes[slot].phase {
		case phaseEnter:
			if entered && s.x.ready >= 0 {
				s.x.push(slot)
				return true
			}
			entered = true
			if s.isSpent() {
				return false
			}
			s.transitions--
			s.enter(slot)
		case phaseAgain:
			if s.isSpent() {
				return false
			}
			s.transitions--
			s.run(slot)
		default:
			return true
		}
	}
	return true
}

// goOn lets a scope do its next thing: at once if it is the one that advances,
// else in its turn.
func (s *step) goOn(slot int32, phase phase) {
	s.x.scopes[slot].phase = phase
	if slot != s.running {
		s.x.push(slot)
	}
}

// release frees the slot of a scope that has ended.
func (s *step) release(slot int32) {
	if slot == s.running {
		s.running = none
	}
	s.x.release(slot)
}

// enter writes StateEntered and runs the state.
func (s *step) enter(slot int32) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	sc.enteredID = s.event(history.Event{
		Type:     st.entered,
		Previous: sc.prev,
		Name:     st.name,
		Value:    sc.input,
	})
	sc.prev = sc.enteredID
	sc.entered = s.now
	s.run(slot)
}

// visit begins a turn of a state: what its expressions may do together on its way
// in, or with the answer of a task.
func (s *step) visit() {
	s.revisits = 1
	s.refill()
}

// revisit goes on, within a turn, with the expressions of a Catcher, of a Parallel
// or Map whose last child has ended, or of the items that start then. Once in a
// turn they have steps of their own. Whatever comes after that shares them, so
// that a turn is bounded however deep states nest.
func (s *step) revisit() {
	if s.revisits > 0 {
		s.revisits--
		s.refill()
	}
	s.meter.Made = 0
}

func (s *step) refill() {
	if limit := s.p.limits.ExpressionSteps; s.meter.Steps != limit {
		s.steps = s.worked()
		s.meter.Mark += limit - s.meter.Steps // as far away as before
		s.meter.Steps, s.meter.Undone = limit, 0
	}
	s.meter.Made = 0
}

// worked is how many steps of work the expressions have done in this Step.
func (s *step) worked() int {
	return s.steps + s.p.limits.ExpressionSteps - s.meter.Steps - s.meter.Undone
}

// isSpent reports whether the Step has used up one of its two budgets.
func (s *step) isSpent() bool {
	return s.transitions == 0 || s.steps-s.meter.Steps-s.meter.Undone >= s.spare
}

// run does what the state is for, once more where it is tried again.
func (s *step) run(slot int32) {
	sc := &s.x.scopes[slot]
	sc.phase = phaseFree
	s.visit()
	switch st := &s.p.states[sc.state]; st.kind {
	case kindPass:
		s.runPass(slot, sc, st)
	case kindTask:
		s.runTask(slot, sc, st)
	case kindChoice:
		s.runChoice(slot, sc, st)
	case kindWait:
		s.runWait(slot, sc, st)
	case kindSucceed:
		s.runSucceed(slot, sc, st)
	case kindFail:
		s.runFail(slot, sc, st)
	case kindParallel:
		s.runParallel(slot, sc, st)
	case kindMap:
		s.runMap(slot, sc, st)
	default:
		panic("machine: a state of no kind") // a test over all state types guards it
	}
}

// leave writes StateExited with the state's output and goes to the next state,
// or ends the scope.
func (s *step) leave(slot int32, output any, assigned *value.Object, next int32) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	if s.holdsOwn(sc) {
		output = s.holdOutput(slot, output)
	}
	exited := history.Event{Type: st.exited, Previous: sc.prev, Name: st.name, Value: output}
	if assigned.Len() > 0 {
		exited.Detail = assigned
		s.x.assign(sc, assigned, s.grown)
	}
	sc.prev = s.event(exited)
	sc.input = output
	sc.deadline = 0
	s.x.clearTimer(sc)
	if s.r.Probe != nil {
		s.leaveProbe(sc, next)
		next = none
	}
	if next < 0 {
		s.scopeSucceeded(slot)
		return
	}
	sc.state = next
	if sc.work != nil {
		sc.work.reset()
	}
	s.goOn(slot, phaseEnter)
}

// reset makes the work ready for another state, and keeps its memory.
func (w *work) reset() { *w = work{attempts: w.attempts[:0]} }

// scopeSucceeded ends a scope whose last state has been left.
func (s *step) scopeSucceeded(slot int32) {
	if s.full {
		return // the events of its end have no room
	}
	sc := s.x.scopes[slot]
	if sc.parent < 0 {
		s.succeed(sc.input, sc.prev)
		return
	}
	s.release(slot)
	s.childSucceeded(sc.parent, &sc)
}

// lastEvents are the events with which executions end.
var lastEvents = [...]history.Type{
	Succeeded: history.ExecutionSucceeded,
	Failed:    history.ExecutionFailed,
	TimedOut:  history.ExecutionTimedOut,
	Aborted:   history.ExecutionAborted,
}

// succeed ends the execution with its output.
func (s *step) succeed(output any, prev uint32) {
	s.end(Succeeded, &Outcome{Output: output}, history.Event{Previous: prev, Value: output})
}

// failExecution ends the execution with a failure that nothing caught.
func (s *step) failExecution(f *failure, prev uint32) {
	o := &Outcome{Error: f.err, Cause: f.cause, State: f.state}
	s.end(Failed, o, history.Event{Previous: prev, Detail: &history.Failure{Error: f.err, Cause: f.cause}})
}

// end ends the execution: the last event, the outcome, and no more tasks.
func (s *step) end(status Status, o *Outcome, last history.Event) {
	last.Type = lastEvents[status]
	s.lastEvent(last)
	for i := range s.x.scopes {
		s.cancel(int32(i))
	}
	s.x.Status = status
	s.x.Outcome = o
	s.x.scopes = nil
	s.x.room = [1]scope{}
	s.x.ready, s.x.last, s.x.free = none, none, none
	s.x.index = nil
	s.running = none
	s.r.Commands = append(s.r.Commands, Command{Kind: Complete, Item: none})
}

func (s *step) stop(ev *Event) {
	f := failed(ev.Error, ev.Cause)
	s.end(Aborted, &Outcome{Error: f.err, Cause: f.cause}, history.Event{Detail: &history.Failure{Error: f.err, Cause: f.cause}})
}

// event numbers an event and, where they are wanted, keeps it. It returns the
// id.
func (s *step) event(ev history.Event) uint32 {
	if s.x.Seq >= s.p.lastID-1 {
		s.full = true
		return s.x.Seq
	}
	return s.lastEvent(ev)
}

// lastEvent is event for what ends the execution: there is always room for it.
func (s *step) lastEvent(ev history.Event) uint32 {
	s.x.Seq++
	if s.r.History {
		ev.ID = s.x.Seq
		ev.Nanos = s.now
		s.r.Events = append(s.r.Events, ev)
	}
	return s.x.Seq
}

// endFull fails an execution that has reached the limit of its history.
func (s *step) endFull() {
	cause := fmt.Sprintf("The execution reached the maximum number of history events (%d).", s.p.lastID)
	s.failExecution(newFailure(asl.StatesRuntime, cause), s.x.Seq)
}

// Wake returns the time at which the execution must get a Tick, if nothing else
// happens before.
func (p *Program) Wake(x *Execution) (time.Time, bool) {
	if x.Status != Running || x.Seq == 0 {
		return time.Time{}, false
	}
	at, ok := x.earliest()
	if end, limited := p.endOf(x); limited && (!ok || end < at) {
		at, ok = end, true
	}
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(0, at).UTC(), true
}

// Timed reports whether a state of the execution waits for a time: in a Wait, for a
// Retry or for a timeout. If none does, Wake is the limit of the execution's
// duration, or nothing.
func (p *Program) Timed(x *Execution) bool {
	_, timed := x.earliest()
	return timed
}

// endOf returns the time at which an execution has timed out.
func (p *Program) endOf(x *Execution) (at int64, ok bool) {
	return later(x.StartedAt, p.timeout), p.timeout > 0
}

// isDue reports whether a deadline has passed.
func (s *step) isDue() bool { return s.isTimedOut() || !s.x.marks.has(untimed) && s.isScopeDue() }

// isTimedOut reports whether the execution's own timeout has passed.
func (s *step) isTimedOut() bool {
	end, limited := s.p.endOf(s.x)
	return limited && end <= s.now
}

func (s *step) isScopeDue() bool {
	at, timed := s.x.earliest()
	s.x.marks.set(untimed, !timed)
	return timed && at <= s.now
}

// fireDue fires what is due, in the order of deadlines. The timed-out events of
// all of it come first, as recorded of tasks that time out together.
func (s *step) fireDue() {
	if s.isTimedOut() {
		s.end(TimedOut, &Outcome{}, history.Event{Detail: &history.Failure{Error: &timeoutName}})
		return
	}
	var room [16]fired
	due := s.x.takeDue(s.now, room[:0])
	for i := range due {
		if sc := &s.x.scopes[due[i].slot]; sc.phase == phaseTask {
			due[i].failure = s.taskTimedOut(sc)
		}
	}
	for i := range due {
		s.fire(&due[i])
		if s.x.Status != Running {
			return
		}
	}
}

// timeoutName is the error in ExecutionTimedOut, which the outcome does not have.
var timeoutName = asl.StatesTimeout

// fired is a deadline that has passed.
type fired struct {
	timing
	failure *failure // of a task that has timed out
}

// fire lets one deadline happen. An earlier one may have ended its scope.
func (s *step) fire(f *fired) {
	sc := &s.x.scopes[f.slot]
	switch {
	case f.failure != nil:
		if sc.phase == phaseFailing && sc.work.task == f.turn {
			s.fail(f.slot, f.failure)
		}
	case sc.phase == phaseDelay:
		sc.deadline = 0
		s.goOn(f.slot, phaseAgain)
	case sc.phase == phaseWait:
		s.visit()
		s.leaveWait(f.slot)
	}
}
