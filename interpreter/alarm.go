package interpreter

import (
	"math"
	"sync"
	"time"
)

// maxSleep is the longest that a clock is asked to wait at once. A timer of the
// system stands still while the machine sleeps, and does not see that its clock is
// set to another time: whoever looks at the clock again after so long is late by
// no more. A [VirtualClock] has no such trouble.
const maxSleep = time.Minute

// A clock that called too early, or failed, is asked again after 1 ms, doubled as
// many times as it went wrong in a row, and at most so many.
const maxWrong = 7

// alarm has the timers fire at the earliest deadline. It relies on nothing but
// that the clock calls at last: it may call twice, at once on the goroutine that
// asks it, before the time or after it, and its methods may block or panic.
type alarm struct {
	in *Interpreter
	mu *sync.Mutex

	at     int64  // when it goes off; never: it does not
	turn   uint64 // counts what the clock was asked: a call for an earlier turn is void
	timer  Timer  // of this turn; nil: not known, or none
	asking int    // goroutines that are asking the clock
	wrong  int    // times in a row that the clock went wrong
}

// Times of an alarm that are none: it does not go off, or at once.
const (
	never  = math.MaxInt64
	atOnce = math.MinInt64
)

// setAndUnlock has the alarm go off at a time, or at an earlier one for which it
// is set. The clock is not called under the lock.
func (a *alarm) setAndUnlock(at int64) {
	if a.at <= at {
		a.mu.Unlock()
		return
	}
	turn, before := a.next(at)
	a.asking++
	a.mu.Unlock()
	a.ask(turn, at, before)
}

// next begins a turn.
func (a *alarm) next(at int64) (turn uint64, before Timer) {
	before, a.timer = a.timer, nil
	a.at = at
	a.turn++
	return a.turn, before
}

func (a *alarm) stopAndUnlock() {
	_, before := a.next(never)
	a.mu.Unlock()
	a.stop(before)
}

func (a *alarm) stop(timer Timer) {
	if timer == nil {
		return
	}
	if err := callHook(hookClock, func() error { timer.Stop(); return nil }); err != nil {
		a.in.logClock(err)
	}
}

// ask asks the clock for the call of a turn, and takes back that of the one
// before.
func (a *alarm) ask(turn uint64, at int64, before Timer) {
	asked := false
	defer func() { // also when the clock panics or ends the goroutine
		a.mu.Lock()
		a.asking--
		if asked {
			a.mu.Unlock()
			return
		}
		a.pauseAndUnlock(turn)
	}()
	a.stop(before)
	var timer Timer
	err := callHook(hookClock, func() (err error) {
		timer, err = a.in.callAt(at, func(until int64) { a.ring(turn, until) })
		return err
	})
	if err != nil {
		a.in.logClock(err)
		return
	}
	asked = true
	a.keep(turn, timer)
}

// keep keeps the timer of a turn, or stops it if that is over.
func (a *alarm) keep(turn uint64, timer Timer) {
	a.mu.Lock()
	current := a.turn == turn
	if current {
		a.timer = timer
	}
	a.mu.Unlock()
	if !current {
		a.stop(timer)
	}
}

// pauseAndUnlock has the clock asked again a little later: the more often it went
// wrong, the longer.
func (a *alarm) pauseAndUnlock(turn uint64) {
	defer a.mu.Unlock()
	if a.turn != turn {
		return
	}
	a.wrong = min(a.wrong+1, maxWrong)
	turn, _ = a.next(atOnce) // nothing is earlier
	a.timer = time.AfterFunc(time.Millisecond<<a.wrong, func() { a.ring(turn, atOnce) })
}

// ring is the call of the clock: once a turn, whatever it does.
func (a *alarm) ring(turn uint64, until int64) {
	a.mu.Lock()
	if a.turn != turn {
		a.mu.Unlock()
		return
	}
	turn, _ = a.next(never)
	apart := a.asking > 0 && a.in.virtual == nil // it may be on a goroutine that drives
	a.mu.Unlock()
	if apart {
		go a.goOff(turn, until)
	} else {
		a.goOff(turn, until)
	}
}

// goOff fires what is due, if it is time.
func (a *alarm) goOff(turn uint64, until int64) {
	asked := false
	defer func() {
		if !asked { // the clock ended the goroutine
			a.mu.Lock()
			a.pauseAndUnlock(turn)
		}
	}()
	at, err := a.in.now()
	if err != nil {
		a.in.logClock(err)
	}
	asked = true
	nanos := at.UnixNano()
	a.mu.Lock()
	if err != nil || nanos < until {
		a.pauseAndUnlock(turn)
		return
	}
	if until != atOnce {
		a.wrong = 0
	}
	a.mu.Unlock()
	a.in.timers.fire(nanos)
}
