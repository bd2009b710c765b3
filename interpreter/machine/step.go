package machine

import (
	"fmt"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
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
	overHeld    bool  // the execution holds more than Limits.HeldBytes
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
	x.initExecution(p, s)
	return x
}

// Init makes x a new execution, in memory of the caller's. The execution must
// not be moved afterwards.
func (p *Program) Init(x *Execution, s Start) { x.initExecution(p, s) }

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
	r.clearOutput()
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
		if err := s.checkHostValues(&ev); err != nil {
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
	s.full, s.overHeld, s.running = false, false, none
	s.transitions = r.MaxTransitions
	if s.transitions <= 0 {
		s.transitions = p.limits.StepTransitions
	}
	s.steps, s.meter = 0, value.Meter{Steps: p.limits.ExpressionSteps}
	s.spare = p.limits.StepExpressions - p.limits.ExpressionSteps
	s.limits.TotalBytes = expressionBytes
	if r.Meanwhile == nil {
		s.limits.Interrupt, s.interrupt.happens = nil, false
		s.applyAndRun(&ev)
	} else {
		s.proceedWatched(&ev)
	}
	switch {
	case x.Status != Running:
	case s.full:
		s.failHistoryLimit()
	case s.overHeld:
		s.failHeldLimit()
	}
	r.Work = s.stepsDone()
	if x.index != nil {
		x.refreshFirstTimer()
	}
	s.releaseValues()
	return s.err
}

// applyAndRun lets the event happen and all that can follow it.
func (s *step) applyAndRun(ev *Event) {
	if ev.Kind != Started && s.isDue() {
		s.fireDue()
	}
	if s.x.Status == Running {
		s.applyEvent(ev)
	} else {
		s.r.Late = true
	}
	s.runReadyScopes()
}

// releaseValues lets go of the values that expressions have seen.
func (s *step) releaseValues() {
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

func (s *step) applyEvent(ev *Event) {
	switch ev.Kind {
	case Started:
		s.beginExecution()
	case Tick: // what is due has happened
	case Stopped:
		s.stopExecution(ev)
	default:
		if slot, ok := s.x.scopeOf(ev.Task); ok {
			s.applyTaskEvent(slot, ev)
		} else {
			s.r.Late = true
		}
	}
}

// scopeOf finds the scope that waits for a task.
func (x *Execution) scopeOf(t TaskID) (int32, bool) {
	slot := t.slotIndex()
	if slot >= int64(len(x.scopes)) {
		return 0, false
	}
	sc := &x.scopes[slot]
	if !sc.waitsForTask() || sc.work.task != t {
		return 0, false
	}
	return int32(slot), true
}

func (s *step) beginExecution() {
	s.x.StartedAt = s.now
	s.x.variables = 0
	if vars := s.x.scopes[0].vars; vars != nil {
		s.x.countVariables(vars)
	}
	s.addEvent(history.Event{
		Type:   history.ExecutionStarted,
		Value:  s.x.Input,
		Detail: &s.p.started,
	})
	if s.size > s.p.limits.PayloadBytes {
		cause := "The execution input has a size exceeding the maximum number of bytes service limit."
		s.failExecution(newFailure(asl.StatesDataLimitExceeded, cause), s.x.Seq)
		return
	}
	s.continueScope(0, phaseEnter)
}
