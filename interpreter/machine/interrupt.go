package machine

import "errors"

// stepsPerLook is the work between two calls of Result.Meanwhile, in steps.
const stepsPerLook = 1 << 12

// interrupt ends the execution while a state computes. The state is left by a panic
// with errInterrupted, since it must not do anything else: its scope is gone.
type interrupt struct {
	owner   *step // whose functions the meter and the limits have; another one's after Result was copied
	happens bool
	asking  bool // in Meanwhile, which panicked if nothing else says so
	at      int64
	stopped *Event
}

var errInterrupted = errors.New("machine: the execution has ended meanwhile")

// proceedWatched is applyAndRun for a Step with Result.Meanwhile.
func (s *step) proceedWatched(ev *Event) {
	i := &s.interrupt
	if i.owner != s {
		i.owner = s
		s.meter.Look, s.limits.Interrupt = s.lookMeanwhile, s.askMeanwhile
	}
	i.happens, i.asking, i.stopped = false, false, nil
	s.meter.Mark = s.meter.Steps - stepsPerLook
	defer func() {
		if i.happens {
			_ = recover()
			s.giveUp()
		}
	}()
	s.applyAndRun(ev)
}

// unwatch undoes proceedWatched.
func (s *step) unwatch() {
	if s.interrupt.owner != nil {
		s.interrupt, s.meter.Look, s.limits.Interrupt = interrupt{}, nil, nil
	}
}

// askMeanwhile calls Result.Meanwhile. It returns errInterrupted if the execution has
// ended. steps is the work of the current expression so far.
func (s *step) askMeanwhile(steps int64) error {
	i := &s.interrupt
	s.r.Work = s.stepsDone() + int(min(steps, s.limits.Steps))
	i.asking = true
	at, stopped := s.r.Meanwhile()
	i.asking = false
	now, ok := nanosOf(at)
	if !ok {
		now = s.now
	}
	i.at = max(now, s.now)
	end, limited := s.p.timeoutAt(s.x)
	if i.stopped = stopped; stopped == nil && (!limited || end > i.at) {
		return nil
	}
	i.happens = true
	return errInterrupted
}

// lookMeanwhile panics with errInterrupted if the execution has ended.
func (s *step) lookMeanwhile() {
	s.meter.Mark = s.meter.Steps - stepsPerLook
	if err := s.askMeanwhile(0); err != nil {
		panic(err)
	}
}

// giveUp ends the execution after the interrupted state was left.
func (s *step) giveUp() {
	s.x.Now = s.interrupt.at
	s.now = s.x.Now
	s.full = false
	if s.isTimedOut() {
		s.fireDue()
	} else {
		s.stopExecution(s.interrupt.stopped)
	}
}
