package interpreter

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"time"
)

// Clock tells an interpreter the time and wakes it. Its methods are called from
// many goroutines.
//
// Executions run between September 1677 and April 2262: [Interpreter.Start] and
// [Interpreter.Restore] fail when the clock stands elsewhere, and a clock that
// leaves that time later stands at its end. One that goes backward does not make
// an execution go backward: what it waits for is late by as much. One that jumps
// forward makes all that is due happen at once, in the order of deadlines.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once, on any goroutine, when d has passed. A second call
	// changes nothing; after an early one the clock is asked again. If it never
	// calls, nothing that waits for time happens.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a call that a [Clock] still has to make.
type Timer interface {
	// Stop takes it back. It reports whether that was in time.
	Stop() bool
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// endOfTime is how many seconds before and after 1970 nanoseconds can count.
const endOfTime = math.MaxInt64 / int64(time.Second)

// inTime returns the time, or the nearest one that an execution can count.
func inTime(t time.Time) time.Time {
	switch s := t.Unix(); {
	case s <= -endOfTime:
		return time.Unix(1-endOfTime, 0)
	case s >= endOfTime:
		return time.Unix(endOfTime-1, int64(time.Second)-1)
	}
	return t
}

// now returns the clock's time. The error is that of a clock that panics.
func (in *Interpreter) now() (t time.Time, err error) {
	switch {
	case in.virtual != nil:
		return inTime(in.virtual.Now()), nil
	case !in.foreignClock:
		return time.Now(), nil
	}
	err = callHook(hookClock, func() error {
		t = inTime(in.clock.Now())
		return nil
	})
	return t, err
}

// nowInStep is now while an execution changes: the hook can neither save nor stop one.
func (in *Interpreter) nowInStep(d *driver) (t time.Time, err error) {
	if !in.foreignClock {
		return in.now()
	}
	d.hook = hookClock
	callInStep(func() { t, err = in.now() })
	d.hook = ""
	return t, err
}

// checkClock refuses to begin an execution at a time that it cannot count.
func (in *Interpreter) checkClock() error {
	if !in.foreignClock && in.virtual == nil {
		return nil
	}
	return callHook(hookClock, func() error {
		if t := in.clock.Now(); !t.Equal(inTime(t)) {
			return fmt.Errorf("interpreter: Config.Clock stands at %s: an execution can only run between 1677-09-22 and 2262-04-11",
				t.UTC().Format(time.RFC3339))
		}
		return nil
	})
}

// callAt has the clock call f at a time, or after maxSleep, with the time at which
// it should.
func (in *Interpreter) callAt(at int64, f func(until int64)) (Timer, error) {
	if in.virtual != nil {
		return in.virtual.schedule(time.Unix(0, at), func() { f(at) }, 0), nil
	}
	from, err := in.now()
	if err != nil {
		return nil, err
	}
	d := max(0, time.Unix(0, at).Sub(from))
	if d > maxSleep {
		d, at = maxSleep, from.Add(maxSleep).UnixNano()
	}
	return in.clock.AfterFunc(d, func() { f(at) }), nil
}

func (in *Interpreter) logClock(err error) {
	in.warn("interpreter: the clock failed", slog.Any("error", err))
}

// warn writes to the logger, whatever that does.
func (in *Interpreter) warn(message string, attrs ...slog.Attr) {
	_ = callHook(hookLogger, func() error {
		in.log.LogAttrs(context.Background(), slog.LevelWarn, message, attrs...)
		return nil
	})
}
