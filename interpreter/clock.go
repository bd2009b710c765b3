package interpreter

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"time"
)

// Clock gives an interpreter the time and wakes it. It must be safe for concurrent
// use.
//
// Executions run between September 1677 and April 2262. [Interpreter.Start] and
// [Interpreter.Restore] fail if the clock is outside of that; a clock that leaves
// it later is taken to stand at its end. If a clock goes backward, deadlines are
// late by as much. If it jumps forward, everything that is due happens at once, in
// the order of deadlines.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once, on any goroutine, when d has passed. A second call
	// has no effect, and after an early call the clock is asked again. If it never
	// calls, deadlines do not fire.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a pending call of a [Clock].
type Timer interface {
	// Stop cancels the call. It reports whether that was in time.
	Stop() bool
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// endOfTime is the number of seconds before and after 1970 that an int64 can count
// in nanoseconds.
const endOfTime = math.MaxInt64 / int64(time.Second)

// clampTime returns the nearest time that an execution can count.
func clampTime(t time.Time) time.Time {
	switch s := t.Unix(); {
	case s <= -endOfTime:
		return time.Unix(1-endOfTime, 0)
	case s >= endOfTime:
		return time.Unix(endOfTime-1, int64(time.Second)-1)
	}
	return t
}

// currentTime returns the clock's time. The error is a *HookError.
func (in *Interpreter) currentTime() (t time.Time, err error) {
	switch {
	case in.virtual != nil:
		return clampTime(in.virtual.Now()), nil
	case !in.foreignClock:
		return time.Now(), nil
	}
	err = callHook(hookClock, func() error {
		t = clampTime(in.clock.Now())
		return nil
	})
	return t, err
}

// currentTimeInStep is currentTime during a Step, when a hook can neither take a
// Snapshot nor stop an execution.
func (in *Interpreter) currentTimeInStep(d *driver) (t time.Time, err error) {
	if !in.foreignClock {
		return in.currentTime()
	}
	d.hook = hookClock
	callInStep(func() { t, err = in.currentTime() })
	d.hook = ""
	return t, err
}

// checkClock returns an error if the clock's time is one that an execution cannot
// count.
func (in *Interpreter) checkClock() error {
	if !in.foreignClock && in.virtual == nil {
		return nil
	}
	return callHook(hookClock, func() error {
		if t := in.clock.Now(); !t.Equal(clampTime(t)) {
			return fmt.Errorf("interpreter: Config.Clock stands at %s: an execution can only run between 1677-09-22 and 2262-04-11",
				t.UTC().Format(time.RFC3339))
		}
		return nil
	})
}

// scheduleCall has the clock call f at a time, or after maxSleep. It passes the
// time of the call to f.
func (in *Interpreter) scheduleCall(at int64, f func(until int64)) (Timer, error) {
	if in.virtual != nil {
		return in.virtual.scheduleCall(time.Unix(0, at), func() { f(at) }, 0), nil
	}
	from, err := in.currentTime()
	if err != nil {
		return nil, err
	}
	d := max(0, time.Unix(0, at).Sub(from))
	if d > maxSleep {
		d, at = maxSleep, from.Add(maxSleep).UnixNano()
	}
	return in.clock.AfterFunc(d, func() { f(at) }), nil
}

func (in *Interpreter) logClockError(err error) {
	in.logWarning("interpreter: the clock failed", slog.Any("error", err))
}

// logWarning writes to the logger. It guards against panics of the logger. Of other panics
// it writes the type: their values may hold data of executions.
func (in *Interpreter) logWarning(message string, attrs ...slog.Attr) {
	_ = callHook(hookLogger, func() error {
		for i := range attrs {
			if err, ok := attrs[i].Value.Any().(error); ok {
				attrs[i].Value = slog.StringValue(logText(err))
			}
		}
		in.log.LogAttrs(context.Background(), slog.LevelWarn, message, attrs...)
		return nil
	})
}
