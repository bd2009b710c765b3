package machine

import "errors"

// stepsPerLook is how much work is done between two calls of Result.Meanwhile.
const stepsPerLook = 1 << 12

// An interrupt ends the execution in the middle of a state that computes. The
// state is left by a panic, as whatever else it would do must not happen: the
// scopes are gone in the end, and the panic is that of errInterrupted.
type interrupt struct {
	owner   *step // of the functions below; another one's after Result was copied
	look    func()
	ask     func(steps int64) error
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
		*i = interrupt{owner: s, look: s.lookMeanwhile, ask: s.askMeanwhile}
	}
	i.happens, i.asking, i.stopped = false, false, nil
	s.meter.Look, s.limits.Interrupt = i.look, i.ask
	s.meter.Mark = s.meter.Steps - stepsPerLook
	defer func() {
		if i.happens {
			_ = recover()
			s.giveUp()
		}
	}()
	s.applyAndRun(ev)
}

// askMeanwhile asks whether the execution has ended meanwhile. The expression that
// is evaluated has taken so many steps.
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

// lookMeanwhile leaves the state if the execution has ended meanwhile.
func (s *step) lookMeanwhile() {
	s.meter.Mark = s.meter.Steps - stepsPerLook
	if err := s.askMeanwhile(0); err != nil {
		panic(err)
	}
}

// giveUp ends the execution instead of the state that was at work.
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
