package machine

import "errors"

// Errors of calls to this package. A state machine never sees them.
var (
	// ErrDigest: the execution was started with another definition or other
	// options: see [Program.Digest].
	ErrDigest = errors.New("machine: the execution was started with another definition, or other options (type, ARNs, name, activities, limits)")
	// ErrStarted: a second Started event.
	ErrStarted = errors.New("machine: the execution was started before")
	// ErrNotStarted: an event before Started.
	ErrNotStarted = errors.New("machine: the execution was not started")
	// ErrTime: a time before the year 1678 or after 2261, which nanoseconds
	// since 1970 in 64 bits cannot count.
	ErrTime = errors.New("machine: the time is not between the years 1678 and 2261")
)
