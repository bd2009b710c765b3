package interpreter

import (
	"math"
	"sync"
	"time"
)

// maxSleep is the longest time that a clock is asked to wait. A timer of the system
// stops while the machine sleeps, and ignores changes of the wall clock. So
// deadlines are late by at most this. A [VirtualClock] has no such limit.
const maxSleep = 30 * time.Second

// A clock that called too early, or failed, is asked again after 1 ms, doubled for
// each failure in a row up to maxWrong.
const maxWrong = 7

// alarm fires the timers at the earliest deadline. It only relies on the clock to
// call in the end. The clock may call twice, from within AfterFunc, too early or
// too late, and its methods may block or panic.
type alarm struct {
	in   *Interpreter
	mu   *sync.Mutex
	fire func(now int64)

	at     int64  // when it goes off; never: it does not
	turn   uint64 // counts requests to the clock; calls for an earlier turn are ignored
	timer  Timer  // of this turn; nil: none, or not known yet
	asking int    // goroutines inside askClock
	wrong  int    // failures of the clock in a row
}

// Special values of alarm.at.
const (
	never  = math.MaxInt64
	atOnce = math.MinInt64
)

// setAndUnlock moves the alarm to at, unless it is set for an earlier time. It
// calls the clock without the lock.
func (a *alarm) setAndUnlock(at int64) {
	if a.at <= at {
		a.mu.Unlock()
		return
	}
	turn, before := a.beginTurn(at)
	a.asking++
	a.mu.Unlock()
	a.askClock(turn, at, before)
}

// beginTurn starts a turn and returns the timer of the one before.
func (a *alarm) beginTurn(at int64) (turn uint64, before Timer) {
	before, a.timer = a.timer, nil
	a.at = at
	a.turn++
	return a.turn, before
}

func (a *alarm) disarmAndUnlock() {
	_, before := a.beginTurn(never)
	a.mu.Unlock()
	a.stopTimer(before)
}

func (a *alarm) stopTimer(timer Timer) {
	if timer == nil {
		return
	}
	if err := callHook(hookClock, func() error { timer.Stop(); return nil }); err != nil {
		a.in.logClockError(err)
	}
}

// askClock asks the clock for the call of a turn and stops the timer of the one
// before.
func (a *alarm) askClock(turn uint64, at int64, before Timer) {
	asked := false
	defer func() { // also if the clock panics or ends the goroutine
		a.mu.Lock()
		a.asking--
		if asked {
			a.mu.Unlock()
			return
		}
		a.retryLaterAndUnlock(turn)
	}()
	a.stopTimer(before)
	var timer Timer
	err := callHook(hookClock, func() (err error) {
		timer, err = a.in.scheduleCall(at, func(until int64) { a.clockCalled(turn, until) })
		return err
	})
	if err != nil {
		a.in.logClockError(err)
		return
	}
	asked = true
	a.keepTimer(turn, timer)
}

// keepTimer stores the timer of a turn, or stops it if the turn is over.
func (a *alarm) keepTimer(turn uint64, timer Timer) {
	a.mu.Lock()
	current := a.turn == turn
	if current {
		a.timer = timer
	}
	a.mu.Unlock()
	if !current {
		a.stopTimer(timer)
	}
}

// retryLaterAndUnlock asks the clock again after a pause that grows with each
// failure.
func (a *alarm) retryLaterAndUnlock(turn uint64) {
	defer a.mu.Unlock()
	if a.turn != turn {
		return
	}
	a.wrong = min(a.wrong+1, maxWrong)
	turn, _ = a.beginTurn(atOnce) // nothing is earlier
	a.timer = time.AfterFunc(time.Millisecond<<a.wrong, func() { a.clockCalled(turn, atOnce) })
}

// clockCalled handles the call of the clock, once for each turn.
func (a *alarm) clockCalled(turn uint64, until int64) {
	a.mu.Lock()
	if a.turn != turn {
		a.mu.Unlock()
		return
	}
	turn, _ = a.beginTurn(never)
	apart := a.asking > 0 && a.in.virtual == nil // this goroutine may drive an execution
	a.mu.Unlock()
	if apart {
		go a.fireIfDue(turn, until)
	} else {
		a.fireIfDue(turn, until)
	}
}

// fireIfDue fires the timers if the time has come, and otherwise asks the clock
// again.
func (a *alarm) fireIfDue(turn uint64, until int64) {
	asked := false
	defer func() {
		if !asked { // the clock ended the goroutine
			a.mu.Lock()
			a.retryLaterAndUnlock(turn)
		}
	}()
	at, err := a.in.currentTime()
	if err != nil {
		a.in.logClockError(err)
	}
	asked = true
	nanos := at.UnixNano()
	a.mu.Lock()
	if err != nil || nanos < until {
		a.retryLaterAndUnlock(turn)
		return
	}
	if until != atOnce {
		a.wrong = 0
	}
	a.mu.Unlock()
	a.fire(nanos)
}
