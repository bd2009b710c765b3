package interpreter

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
)

// Errors of calls to this package. A state machine never sees them.
var (
	// ErrClosed: the interpreter was closed, or is shutting down.
	ErrClosed = errors.New("interpreter: closed")
	// ErrNoProgram: the Program given is nil. Check the error of Compile.
	ErrNoProgram = errors.New("interpreter: the program is nil")
	// ErrExecutionAlreadyExists: an execution of that name runs, with another
	// input.
	ErrExecutionAlreadyExists = errors.New("interpreter: an execution of this name is running already")
	// ErrInvalidName: AWS does not take the name of the execution. It has from 1 to
	// 80 characters, no white space, no control characters and none of
	// < > { } [ ] ? * " # % \ ^ | ~ ` $ & , ; : /
	ErrInvalidName = errors.New("interpreter: invalid name of an execution")
	// ErrInvalidToken: what was given is no task token.
	ErrInvalidToken = errors.New("interpreter: not a task token")
	// ErrInvalidOutput: the output of SendTaskSuccess is not JSON, or has no JSON
	// form.
	ErrInvalidOutput = errors.New("interpreter: invalid output")
	// ErrTaskTimedOut: no task waits for an answer under this token; it has
	// ended, or never was one of this interpreter.
	ErrTaskTimedOut = errors.New("interpreter: no task waits under this token")
	// ErrEnded: the execution ended by itself, and was not stopped.
	ErrEnded = errors.New("interpreter: the execution has ended by itself")
	// ErrRunning: the execution has no output yet.
	ErrRunning = errors.New("interpreter: the execution is still running")

	// ErrReentry: the call waits, and the hook or handler that made it is what it
	// would wait for. See [history.Sink] for what a hook may call.
	ErrReentry = errors.New("interpreter: the call would wait for the hook or handler that makes it")

	// ErrResultPending is what a [Handler] returns when the result comes later
	// by the task's token, or when it is to time out.
	ErrResultPending = errors.New("interpreter: the result comes by the task's token")

	// errTaskEnded is the cause of a handler's context that nobody waits for.
	errTaskEnded = errors.New("interpreter: the task has ended")
	// errTaskCancelled is the same while the handler runs.
	errTaskCancelled = errors.New("interpreter: the execution of the task has ended, or needs it no more")
	// errTaskDeadline is the same where the task's own timeout has passed.
	errTaskDeadline = fmt.Errorf("interpreter: the task has timed out: %w", context.DeadlineExceeded)
	// errHalted is the same where the execution is halted.
	errHalted = errors.New("interpreter: the execution of the task was halted")
)

// ExecutionError is how an execution ended that did not succeed. With errors.As
// and errors.Is it is an [asl.Error] too:
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
		err.Name = asl.StatesTimeout
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
