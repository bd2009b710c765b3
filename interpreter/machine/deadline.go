package machine

import (
	"cmp"
	"slices"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
)

// Wake returns the time of the next deadline: the time at which the execution must
// get a Tick, if it gets no event before. ok is false if there is none.
func (p *Program) Wake(x *Execution) (time.Time, bool) {
	if x.Status != Running || x.Seq == 0 {
		return time.Time{}, false
	}
	at, ok := x.earliestDeadline()
	if end, limited := p.timeoutAt(x); limited && (!ok || end < at) {
		at, ok = end, true
	}
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(0, at).UTC(), true
}

// Timed reports whether a state of the execution has a deadline: in a Wait state,
// for a retry or for a timeout. If not, Wake returns the end of the execution's
// duration, or nothing.
func (p *Program) Timed(x *Execution) bool {
	_, timed := x.earliestDeadline()
	return timed
}

// timeoutAt returns the time at which an execution times out. A redrive and a fork begin
// the timeout anew.
func (p *Program) timeoutAt(x *Execution) (at int64, ok bool) {
	since := x.StartedAt
	if x.isRedriven() {
		since = max(since, x.origin.redrivenAt)
	}
	return addDuration(since, p.timeout), p.timeout > 0
}

// isDue reports whether a deadline has passed.
func (s *step) isDue() bool { return s.isTimedOut() || !s.x.marks.hasMark(untimed) && s.isScopeDue() }

// isTimedOut reports whether the execution's own timeout has passed.
func (s *step) isTimedOut() bool {
	end, limited := s.p.timeoutAt(s.x)
	return limited && end <= s.now
}

func (s *step) isScopeDue() bool {
	at, timed := s.x.earliestDeadline()
	s.x.marks.setMark(untimed, !timed)
	return timed && at <= s.now
}

// fireDue handles all deadlines that have passed, in order. If several tasks time
// out together, their TimedOut events all come first.
func (s *step) fireDue() {
	if s.isTimedOut() {
		s.endExecution(TimedOut, &Outcome{}, history.Event{Detail: &history.Failure{Error: &timeoutName}})
		return
	}
	var room [16]dueDeadline
	due := s.x.popDue(s.now, room[:0])
	for i := range due {
		if sc := &s.x.scopes[due[i].slot]; sc.phase == phaseTask {
			due[i].timeout = s.taskTimedOut(sc)
		}
	}
	for i := range due {
		s.fireDeadline(&due[i])
		if s.x.Status != Running {
			return
		}
	}
}

// timeoutName is the error in ExecutionTimedOut. The Outcome does not have it.
var timeoutName = asl.StatesTimeout

// dueDeadline is a deadline that has passed.
type dueDeadline struct {
	timing
	timeout *failure // of a task; nil for other deadlines
}

// fireDeadline handles one deadline, unless an earlier one has ended its scope.
func (s *step) fireDeadline(f *dueDeadline) {
	sc := &s.x.scopes[f.slot]
	switch {
	case f.timeout != nil:
		if sc.phase == phaseFailing && sc.work.task == f.turn {
			s.failState(f.slot, f.timeout)
		}
	case sc.phase == phaseDelay:
		sc.deadline = 0
		s.continueScope(f.slot, phaseAgain)
	case sc.phase == phaseWait:
		s.beginTurn()
		s.exitWait(f.slot)
	}
}

// timing is the deadline of a scope.
type timing struct {
	at    int64
	turn  TaskID
	slot  int32
	phase phase
}

// isBefore orders timings by deadline and then by turn.
func (t *timing) isBefore(u *timing) bool { return t.at < u.at || t.at == u.at && t.turn < u.turn }

// turnOf returns an ID that orders scopes with equal deadlines: the task's, or for
// other states one made from the StateEntered event. Slots cannot be used since
// they are reused.
func (x *Execution) turnOf(slot int32) TaskID {
	sc := &x.scopes[slot]
	if sc.waitsForTask() {
		return sc.work.task
	}
	return taskID(sc.enteredID, slot)
}

// dueTime returns the scope's earliest deadline, if it has one.
func (sc *scope) dueTime() (at int64, ok bool) {
	switch sc.phase {
	case phaseWait, phaseDelay:
		return sc.deadline, true
	case phaseTask:
		w := sc.work
		if !w.started || w.watched || w.timeout == 0 && w.heartbeat == 0 {
			return 0, false
		}
		if w.heartbeat == 0 || w.timeout > 0 && sc.deadline <= w.beat {
			return sc.deadline, true
		}
		return w.beat, true
	}
	return 0, false
}

// timingOf returns the deadline of a scope, if it has one.
func (x *Execution) timingOf(slot int32) (t timing, ok bool) {
	at, ok := x.scopes[slot].dueTime()
	if !ok {
		return timing{}, false
	}
	return timing{at, x.turnOf(slot), slot, x.scopes[slot].phase}, true
}

// earliestDeadline returns the earliest deadline of all scopes.
func (x *Execution) earliestDeadline() (at int64, ok bool) {
	switch {
	case x.marks.hasMark(untimed):
		return 0, false
	case x.index != nil:
		if len(x.index.timers) == 0 {
			return 0, false
		}
		return x.index.timers[0].at, true
	}
	for i := range x.scopes {
		if d, timed := x.scopes[i].dueTime(); timed && (!ok || d < at) {
			at, ok = d, true
		}
	}
	return at, ok
}

// setTimer must be called after a scope has got a deadline, or a later one.
func (x *Execution) setTimer(slot int32) {
	x.marks.setMark(untimed, false)
	if sc := &x.scopes[slot]; x.index != nil && !sc.timed {
		sc.timed = true
		t, _ := x.timingOf(slot)
		x.index.pushTimer(t)
	}
}

// clearTimer must be called when a scope no longer has a deadline.
func (x *Execution) clearTimer(sc *scope) {
	if sc.timed { // then there is an index
		x.markStale(sc)
	}
}

// markStale is not part of clearTimer, so that clearTimer is inlined.
//
//go:noinline
func (x *Execution) markStale(sc *scope) {
	sc.timed = false
	if x.index.stale++; x.index.stale > len(x.index.timers)/2 {
		x.sweepTimers()
	}
}

// isStale reports whether a deadline in the heap has been cleared.
func (x *Execution) isStale(t timing) bool {
	sc := &x.scopes[t.slot]
	return !sc.timed || sc.phase != t.phase || x.turnOf(t.slot) != t.turn
}

// sweepTimers removes all stale deadlines from the heap.
func (x *Execution) sweepTimers() {
	ix := x.index
	ix.timers, ix.stale = slices.DeleteFunc(ix.timers, x.isStale), 0
	for i := len(ix.timers) / fanOut; i >= 0 && len(ix.timers) > 0; i-- {
		ix.siftDown(i)
	}
}

// refreshFirstTimer makes sure that the first deadline of the heap is current: it
// removes stale ones and moves one that a heartbeat has extended.
func (x *Execution) refreshFirstTimer() {
	ix := x.index
	for len(ix.timers) > 0 {
		first := &ix.timers[0]
		if x.isStale(*first) {
			ix.stale--
			ix.popTimer()
			continue
		}
		at, _ := x.scopes[first.slot].dueTime()
		if at == first.at {
			return
		}
		first.at = at
		ix.siftDown(0)
	}
}

// popDue appends all deadlines that have passed, in order. The caller must handle
// all of them.
func (x *Execution) popDue(now int64, due []dueDeadline) []dueDeadline {
	if ix := x.index; ix != nil {
		for len(ix.timers) > 0 && ix.timers[0].at <= now {
			first := ix.popTimer()
			x.scopes[first.slot].timed = false
			due = append(due, dueDeadline{timing: first})
			x.refreshFirstTimer()
		}
		return due
	}
	x.marks.setMark(untimed, true)
	for i := range x.scopes {
		t, ok := x.timingOf(int32(i))
		if !ok {
			continue
		}
		x.marks.setMark(untimed, false)
		if t.at <= now {
			due = append(due, dueDeadline{timing: t})
		}
	}
	slices.SortFunc(due, func(a, b dueDeadline) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.turn, b.turn))
	})
	return due
}
