package interpreter

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
)

// Errors of this package's API. State machines never see them.
var (
	// ErrClosed: the interpreter is closed or shuts down.
	ErrClosed = errors.New("interpreter: closed")
	// ErrNoProgram: the Program is nil. Check the error of Compile.
	ErrNoProgram = errors.New("interpreter: the program is nil")
	// ErrExecutionAlreadyExists: an execution of this name is running with another
	// input.
	ErrExecutionAlreadyExists = errors.New("interpreter: an execution of this name is running already")
	// ErrInvalidName: AWS refuses the name of the execution. A name has 1 to 80
	// characters, without white space, control characters and < > { } [ ] ? * " # %
	// \ ^ | ~ ` $ & , ; : /
	ErrInvalidName = errors.New("interpreter: invalid name of an execution")
	// ErrInvalidToken: the string is not a task token.
	ErrInvalidToken = errors.New("interpreter: not a task token")
	// ErrInvalidOutput: the output of SendTaskSuccess is not JSON, or cannot be
	// converted to JSON.
	ErrInvalidOutput = errors.New("interpreter: invalid output")
	// ErrTaskTimedOut: no task waits under this token. It has ended, or belongs to
	// another interpreter.
	ErrTaskTimedOut = errors.New("interpreter: no task waits under this token")
	// ErrEnded: the execution has ended by itself, and was not stopped.
	ErrEnded = errors.New("interpreter: the execution has ended by itself")
	// ErrRunning: the execution is running and has no output yet.
	ErrRunning = errors.New("interpreter: the execution is still running")

	// ErrReentry: the call would wait for the hook or handler that makes it. See
	// [history.Sink] for the calls that a hook may make.
	ErrReentry = errors.New("interpreter: the call would wait for the hook or handler that makes it")

	// ErrResultPending is returned by a [Handler] whose result comes later by the
	// task's token, or never, so that the task times out.
	ErrResultPending = errors.New("interpreter: the result comes by the task's token")

	// errTaskEnded is the cause of the context of a handler that has returned.
	errTaskEnded = errors.New("interpreter: the task has ended")
	// errTaskCancelled is the cause if the task was cancelled while its handler
	// ran.
	errTaskCancelled = errors.New("interpreter: the execution of the task has ended, or needs it no more")
	// errTaskDeadline is the cause if the task's own timeout has passed.
	errTaskDeadline = fmt.Errorf("interpreter: the task has timed out: %w", context.DeadlineExceeded)
	// errHalted is the cause if the execution was halted.
	errHalted = errors.New("interpreter: the execution of the task was halted")
)

// ExecutionError describes how an execution ended that did not succeed. It wraps an
// [asl.Error]:
//
//	errors.Is(err, &asl.Error{Name: "CardDeclined"})
//
// It does not wrap the Go error that a handler returned: see [Handler].
type ExecutionError struct {
	Name   string // of the ASL error; may be empty for one that was stopped
	Cause  string
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
func (e *Execution) executionError() error {
	o := e.x.Outcome
	err := &ExecutionError{Name: stringOrEmpty(o.Error), Cause: stringOrEmpty(o.Cause), State: o.State, Status: e.x.Status}
	if e.x.Status == TimedOut && err.Name == "" {
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
