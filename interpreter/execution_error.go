package interpreter

import (
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

// ExecutionError describes how an execution ended that did not succeed. It wraps an
// [asl.Error]:
//
//	errors.Is(err, &asl.Error{Name: "CardDeclined"})
//
// It does not wrap the Go error that a handler returned: see [Handler].
type ExecutionError struct {
	Name   string // of the ASL error; may be empty for one that was stopped
	Cause  string // may be empty
	State  string // the innermost state that failed; empty unless Failed
	Status Status // Failed, TimedOut or Aborted
}

// Error returns the status, the failed state, the name and the cause.
func (e *ExecutionError) Error() string {
	var b strings.Builder
	b.WriteString("execution " + e.Status.String())
	if e.State != "" {
		fmt.Fprintf(&b, " in state %q", e.State)
	}
	for _, part := range []string{e.Name, e.Cause} {
		if part != "" {
			b.WriteString(": " + part)
		}
	}
	return b.String()
}

// Unwrap returns the name and the cause as an *[asl.Error].
func (e *ExecutionError) Unwrap() error { return &asl.Error{Name: e.Name, Cause: e.Cause} }

// executionError returns the error of an execution that has ended.
func (e *Execution) executionError() error { return outcomeError(e.x.Status, e.x.Outcome) }

func outcomeError(status Status, o *machine.Outcome) *ExecutionError {
	err := &ExecutionError{Name: stringOrEmpty(o.Error), Cause: stringOrEmpty(o.Cause), State: o.State, Status: status}
	if status == TimedOut && err.Name == "" {
		err.Name = asl.StatesTimeout
	}
	return err
}

func stringOrEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// nilIfEmpty is the inverse of stringOrEmpty.
func nilIfEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
