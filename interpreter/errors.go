package interpreter

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
)

// Errors of the host's, not of a state machine.
var (
	// ErrClosed: the interpreter was closed, or is shutting down.
	ErrClosed = errors.New("interpreter: closed")
	// ErrExecutionAlreadyExists: an execution of that name runs, with another
	// input.
	ErrExecutionAlreadyExists = errors.New("interpreter: an execution of this name is running already")
	// ErrInvalidToken: what was given is no task token.
	ErrInvalidToken = errors.New("interpreter: not a task token")
	// ErrTaskTimedOut: no task waits for an answer under this token; it has
	// ended, or never was one of this interpreter.
	ErrTaskTimedOut = errors.New("interpreter: no task waits under this token")
	// ErrRunning: the execution has no output yet.
	ErrRunning = errors.New("interpreter: the execution is still running")

	// ErrResultPending is what a [Handler] returns when the result comes later
	// by the task's token, or when it is to time out.
	ErrResultPending = errors.New("interpreter: the result comes by the task's token")

	// errTaskEnded is the cause of a handler's context that nobody waits for.
	errTaskEnded = errors.New("interpreter: the task has ended")
	// errTaskCancelled is the same while the handler runs.
	errTaskCancelled = errors.New("interpreter: the task has timed out, or its execution needs it no more")
)

// ExecutionError is how an execution ended that did not succeed. With errors.As
// and errors.Is it is an [asl.Error] too:
//
//	errors.Is(err, &asl.Error{Name: "CardDeclined"})
type ExecutionError struct {
	Name   string // of the ASL error; may be empty for one that was stopped
	Cause  string
	State  string // the innermost state that failed; empty unless Failed
	Status Status // Failed, TimedOut or Aborted
}

// Error returns the name and the cause, and in which state it happened.
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

// Unwrap returns the error as the ASL error that it is.
func (e *ExecutionError) Unwrap() error { return &asl.Error{Name: e.Name, Cause: e.Cause} }

// executionError describes the outcome of an execution that has ended.
func (e *Execution) executionError() error {
	o := e.x.Outcome
	err := &ExecutionError{Name: text(o.Error), Cause: text(o.Cause), State: o.State, Status: e.x.Status}
	if e.x.Status == TimedOut && err.Name == "" {
		err.Name = asl.ErrTimeout
	}
	return err
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// optional is the other way round: an empty part of an error is an absent one.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// isNamed reports whether an error has an ASL name.
func isNamed(err error) bool {
	var named *asl.Error
	return errors.As(err, &named)
}
