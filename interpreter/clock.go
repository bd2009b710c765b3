package interpreter

import "time"

// Clock tells an interpreter the time and wakes it. Its methods are called from
// many goroutines.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once, on a goroutine of its own or on that which moves
	// the clock, when d has passed.
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
