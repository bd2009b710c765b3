package interpreter

import (
	"context"
	"errors"
	"fmt"
)

// Errors of this package's API. State machines never see them.
var (
	// ErrClosed: the interpreter is closed or shuts down.
	ErrClosed = errors.New("interpreter: closed")
	// ErrNoProgram: the Program is nil. Check the error of Compile.
	ErrNoProgram = errors.New("interpreter: the program is nil")
	// ErrExecutionAlreadyExists: an execution of this name is running. Start returns
	// it if its input is another, Restore in any case.
	ErrExecutionAlreadyExists = errors.New("interpreter: an execution of this name is already running")
	// ErrInvalidName: AWS refuses the name of the execution. A name has 1 to 80
	// characters, without white space, control characters and < > { } [ ] ? * " # %
	// \ ^ | ~ ` $ & , ; : /
	ErrInvalidName = errors.New("interpreter: invalid execution name")
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
	ErrResultPending = errors.New("interpreter: the result comes later, by the task's token")

	// ErrLeaseLost: another process has written the execution to the store, and
	// continues it.
	ErrLeaseLost = errors.New("interpreter: another process has taken over the execution")

	// errNameTaken is the error of a start whose name the store has already.
	errNameTaken = errors.New("interpreter: the store has an execution of this name")
	// errNoStore is the error of a method that needs Config.Store.
	errNoStore = errors.New("interpreter: no Config.Store")
	// errNoHandler is why an execution is parked that an earlier process has started.
	errNoHandler = errors.New("interpreter: no handler")

	// errTaskEnded is the cause of the context of a handler that has returned.
	errTaskEnded = errors.New("interpreter: the task has ended")
	// errTaskCancelled is the cause if the task was cancelled while its handler
	// ran.
	errTaskCancelled = errors.New("interpreter: the task was cancelled: its execution has ended or no longer needs it")
	// errTaskDeadline is the cause if the task's own timeout has passed.
	errTaskDeadline = fmt.Errorf("interpreter: the task has timed out: %w", context.DeadlineExceeded)
	// errHalted is the cause if the execution was halted.
	errHalted = errors.New("interpreter: the execution of the task was halted")
)
