package machine

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Status is the status of an execution.
type Status uint8

const (
	Running   Status = iota // not ended; also before the Started event
	Succeeded               // ended with an output
	Failed                  // ended by an error that was not caught
	TimedOut                // ended by its TimeoutSeconds or Limits.Duration
	Aborted                 // ended by a Stopped event
)

var statusNames = [...]string{"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}

// String returns AWS's name of the status, such as TIMED_OUT.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "UNKNOWN"
}

// MarshalText returns AWS's name, so that it is in JSON. The error says that s is none
// of the statuses.
func (s Status) MarshalText() ([]byte, error) {
	if int(s) >= len(statusNames) {
		return nil, fmt.Errorf("machine: not a status: %d", s)
	}
	return []byte(statusNames[s]), nil
}

// UnmarshalText reads what MarshalText writes.
func (s *Status) UnmarshalText(text []byte) error {
	i := slices.Index(statusNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("machine: not a status: %q", text[:min(len(text), 64)])
	}
	*s = Status(i)
	return nil
}

// UnmarshalJSON reads a name, or the number that an earlier version wrote.
func (s *Status) UnmarshalJSON(text []byte) error {
	var number uint8
	if json.Unmarshal(text, &number) == nil && string(text) != "null" {
		if int(number) >= len(statusNames) {
			return fmt.Errorf("machine: not a status: %d", number)
		}
		*s = Status(number)
		return nil
	}
	name := s.String() // null changes nothing
	if err := json.Unmarshal(text, &name); err != nil {
		return err
	}
	return s.UnmarshalText([]byte(name))
}

// Outcome is the result of an execution that has ended.
type Outcome struct {
	Output       any     // if Succeeded
	Error, Cause *string // otherwise; nil if missing
	State        string  // if Failed: the innermost state that failed
}
