package machine

import (
	"errors"
	"fmt"
)

// Errors that report misuse of this package. A state machine never sees them.
var (
	// ErrDigest: the execution was started with another definition or other
	// options. See [Program.Digest].
	ErrDigest = errors.New("machine: execution started with another definition or other options (type, ARNs, name, activities, limits)")
	// ErrStarted: the execution got a second Started event.
	ErrStarted = errors.New("machine: execution already started")
	// ErrNotStarted: the execution got another event before Started.
	ErrNotStarted = errors.New("machine: execution not started")
	// ErrRules: the execution runs by rules that this version of the library does
	// not have.
	ErrRules = errors.New("machine: rules not supported")
	// ErrTokenID: Start.TokenID is longer than [MaxTokenID].
	ErrTokenID = fmt.Errorf("machine: a TokenID has at most %d bytes", MaxTokenID)
	// ErrTime: the time is before the year 1678 or after 2261, so that an int64
	// cannot hold its nanoseconds since 1970.
	ErrTime = errors.New("machine: time must be between the years 1678 and 2261")
)
