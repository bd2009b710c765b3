package machine

import (
	"fmt"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
)

// step is the state of a running Step. It is part of Result, to avoid allocating.
type step struct {
	p   *Program
	x   *Execution
	r   *Result
	now int64

	running     int32 // slot of the scope that runs, or none
	transitions int   // left in this Step
	full        bool  // the history has room for the last event only
	overHeld    bool  // the execution holds more than Limits.HeldBytes
	size        int   // of the event's output, or of the input for Started
	grown       int   // change of the size of all variables by the latest Assign
	err         error // of a value from a probe

	env  env
	view view
	seen seenContext // of view

	limits   jsonata.Limits // of the next expression
	revisits int            // how many calls of continueTurn still get steps of their own in this turn
	meter    value.Meter    // what is left to the running state
	steps    int            // of work done by earlier states in this Step
	spare    int            // StepExpressions less ExpressionSteps: the bound of steps-meter.Steps

	lost []lostScope // by the failure that is being handled

	item    mapItem // of the Map Run whose ItemSelector is evaluated
	hasItem bool

	known      [mostKnown]knownVariable // of the Choice state that ran last
	countKnown int

	interrupt interrupt
}

// New returns a new execution. The Step of the Started event validates s.
func (p *Program) New(s Start) *Execution {
	x := new(Execution)
	x.initExecution(p, s)
	return x
}

// Init is New into x, which must not be moved afterwards.
func (p *Program) Init(x *Execution, s Start) { x.initExecution(p, s) }

// Step applies an event to an execution, runs it until it waits or ends, and puts
// commands and history events into r. at is the current time and that of the events.
//
// Deadlines up to at fire first, as if a Tick had arrived in time. A result of a
// task that has timed out is late and changes nothing. The same holds for Stopped
// if a timeout has ended the execution.
//
// A Step on an execution that has ended changes nothing, unless the event is
// Redriven. The error means misuse by
// the host, such as [ErrTime] and [ErrValue], and leaves the execution unchanged.
// Failures of the state machine are part of the execution.
func (p *Program) Step(x *Execution, ev Event, at time.Time, r *Result) error {
	r.clearOutput()
	if !p.runsExecution(x) {
		return ErrDigest
	}
	if ev.Kind == Redriven {
		if _, known := x.RedrivenBy(ev.ClientToken); known {
			r.Late = true
			return nil
		}
		if err := p.CheckRedrive(x); err != nil {
			return err
		}
	} else if x.Status != Running {
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
	if ev.Kind != Tick || r.Probe != nil { // a Tick has no values
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
	s.lost = s.lost[:0]
	s.transitions = r.MaxTransitions
	if s.transitions <= 0 {
		s.transitions = p.limits.StepTransitions
	}
	s.steps = 0
	s.meter.Bytes, s.meter.Steps, s.meter.Made, s.meter.Undone = 0, p.limits.ExpressionSteps, 0, 0
	s.spare = p.limits.StepExpressions - p.limits.ExpressionSteps
	s.limits.TotalBytes = expressionBytes
	if r.Meanwhile == nil {
		s.unwatch()
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

// applyAndRun fires deadlines, applies the event and runs all scopes that can.
func (s *step) applyAndRun(ev *Event) {
	if ev.Kind != Started && ev.Kind != Redriven && s.isDue() {
		s.fireDue()
	}
	if s.x.Status == Running || ev.Kind == Redriven {
		s.applyEvent(ev)
	} else {
		s.r.Late = true
	}
	s.runReadyScopes()
}

// releaseValues drops references to values, so that r does not keep them alive.
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
	if s.hasItem { // an ItemSelector was interrupted
		s.item, s.hasItem = mapItem{}, false
	}
	if s.countKnown > 0 {
		clear(s.known[:s.countKnown])
		s.countKnown = 0
	}
	s.forgetLostScopes()
}

func (s *step) applyEvent(ev *Event) {
	switch ev.Kind {
	case Started:
		s.beginExecution()
	case Tick: // deadlines have fired
	case Stopped:
		s.stopExecution(ev)
	case Redriven:
		s.redriveExecution(ev.ClientToken)
	case ItemsRead, ItemsFailed, ResultsOpened, ResultsFailed, ChildEnded, PendingWritten, ResultsWritten, MapRunUpdated, MapRunEnded:
		s.applyMapRunEvent(ev)
	default:
		if slot, ok := s.x.scopeOf(ev.Task); ok {
			s.applyTaskEvent(slot, ev)
		} else {
			s.r.Late = true
		}
	}
}

// scopeOf returns the slot of the scope that waits for a task.
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
		s.failInput()
		return
	}
	s.continueScope(0, phaseEnter)
}

// failInput fails an execution whose input exceeds the payload limit.
func (s *step) failInput() {
	cause := "The execution input has a size exceeding the maximum number of bytes service limit."
	s.failExecution(newFailure(asl.StatesDataLimitExceeded, cause), s.x.Seq)
}
