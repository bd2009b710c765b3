package interpreter

import (
	"context"
	"errors"
	"fmt"
	"reflect"
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

// maxErrorTree is how many errors of a tree inspectError looks at: one that
// unwraps to itself has no end.
const maxErrorTree = 1000

// inspectError reports whether err is ErrResultPending, as errors.Is does, and
// returns the ASL error that it is, as errors.As does: nil if none. It ends for
// any tree of errors, and takes a nil *asl.Error for any other error.
func inspectError(err error) (pending bool, named *asl.Error) {
	tree := []error{err}
	for n := 0; len(tree) > 0 && n < maxErrorTree; n++ {
		last := len(tree) - 1
		e := tree[last]
		tree = tree[:last]
		if e == nil {
			continue
		}
		if isErrorOf(e, &named) {
			return true, nil
		}
		switch e := e.(type) {
		case interface{ Unwrap() error }:
			tree = append(tree, e.Unwrap())
		case interface{ Unwrap() []error }:
			inner := e.Unwrap()
			for i := range inner {
				tree = append(tree, inner[len(inner)-1-i])
			}
		}
	}
	return false, named
}

// isErrorOf is inspectError for one error of the tree: it sets named if nothing
// has before.
func isErrorOf(err error, named **asl.Error) (pending bool) {
	if err == ErrResultPending { //nolint:errorlint // the tree is walked by hand
		return true
	}
	if is, ok := err.(interface{ Is(error) bool }); ok && is.Is(ErrResultPending) {
		return true
	}
	if *named != nil {
		return false
	}
	if e, ok := err.(*asl.Error); ok {
		*named = e
	} else if as, ok := err.(interface{ As(any) bool }); ok {
		var found *asl.Error
		if as.As(&found) {
			*named = found
		}
	}
	return false
}

// errorText returns err.Error(), or a description of an error that cannot say it.
func errorText(err error) (text string) {
	defer func() {
		if p := recover(); p == nil {
			return
		} else if v := reflect.ValueOf(err); v.Kind() == reflect.Pointer && v.IsNil() {
			text = fmt.Sprintf("a nil %T as an error", err)
		} else {
			text = fmt.Sprintf("%T, whose Error method panicked: %v", err, p)
		}
	}()
	return err.Error()
}
