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
// It does not wrap the Go error that a handler returned, which is gone after a restart.
// It wraps the one that Config.Errors makes of its name and cause.
type ExecutionError struct {
	Name   string // of the ASL error; may be empty for one that was stopped
	Cause  string // may be empty
	State  string // the innermost state that failed; empty unless Failed
	Status Status // Failed, TimedOut or Aborted

	goError func(cause string) error // of Config.Errors; may be nil
}

// ErrorNamer is an error with the name of an error of the language, which Retriers and
// Catchers match. A [Handler] that returns it, or an error that wraps it, fails its task
// with this name, and with the message of the ErrorNamer as the cause. An error that
// returns "" has no name. If an error wraps several errors with names, the first one
// counts; [asl.Error] is such an error too.
type ErrorNamer interface {
	error
	ErrorName() string
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

// Is reports whether target is [ErrNoHandler], and the execution has failed because a
// task had none.
func (e *ExecutionError) Is(target error) bool {
	return target == ErrNoHandler && e.Name == asl.StatesRuntime && strings.Contains(e.Cause, noHandlerCause)
}

// Unwrap returns the name and the cause as an *[asl.Error], and the error that
// Config.Errors makes of them, if any. That is called each time. If it panics, a
// [HookError] takes its place.
func (e *ExecutionError) Unwrap() []error {
	all := []error{&asl.Error{Name: e.Name, Cause: e.Cause}}
	if e.goError == nil {
		return all
	}
	var made error
	if err := callRecovered(hookErrors, func() error {
		made = e.goError(e.Cause)
		return nil
	}); err != nil {
		made = err
	}
	if made != nil {
		all = append(all, made)
	}
	return all
}

// executionError returns the error of an execution that has ended.
func (e *Execution) executionError() error { return e.in.outcomeError(e.x.Status, e.x.Outcome) }

func (in *Interpreter) outcomeError(status Status, o *machine.Outcome) *ExecutionError {
	err := &ExecutionError{Name: stringOrEmpty(o.Error), Cause: stringOrEmpty(o.Cause), State: o.State, Status: status}
	if status == TimedOut && err.Name == "" {
		err.Name = asl.StatesTimeout
	}
	err.goError = in.errors[err.Name]
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
