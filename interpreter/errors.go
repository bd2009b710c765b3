package interpreter

import (
	"context"
	"errors"
)

// Errors of this package's API. State machines never see them.
var (
	// ErrClosed: the interpreter is closed or shuts down.
	ErrClosed = errors.New("interpreter: closed")
	// ErrNoProgram: the Program is nil. Check the error of Compile.
	ErrNoProgram = errors.New("interpreter: the program is nil")
	// ErrExecutionAlreadyExists: an execution of this name is running, or with
	// Config.Store is kept there. Start returns it if its input is another or it has
	// ended, Restore in any case.
	ErrExecutionAlreadyExists = errors.New("interpreter: an execution of this name already exists")
	// ErrInvalidName: AWS refuses the name of the execution. A name has 1 to 80
	// characters, without white space, control characters and < > { } [ ] ? * " # %
	// \ ^ | ~ ` $ & , ; : /
	ErrInvalidName = errors.New("interpreter: invalid execution name")
	// ErrInvalidClientToken: AWS refuses the ClientToken. It has 1 to 64 characters of
	// ASCII, without space and control characters.
	ErrInvalidClientToken = errors.New("interpreter: invalid client token")
	// ErrInvalidToken: the string is not a task token.
	ErrInvalidToken = errors.New("interpreter: not a task token")
	// ErrInvalidOutput: the output of SendTaskSuccess is not JSON, or cannot be
	// converted to JSON.
	ErrInvalidOutput = errors.New("interpreter: invalid output")
	// ErrTaskTimedOut: no task waits under this token. It has ended, or belongs to
	// another interpreter. It is also the cause of a handler's context after the
	// timeout or heartbeat timeout of the task.
	ErrTaskTimedOut = errors.New("interpreter: no task waits under this token")
	// ErrActivityDoesNotExist: workers do not poll the activity.
	ErrActivityDoesNotExist = errors.New("interpreter: activity does not exist")
	// ErrActivityWorkerLimitExceeded: Config.Pollers workers wait for tasks of the
	// activity already.
	ErrActivityWorkerLimitExceeded = errors.New("interpreter: too many workers wait for tasks of the activity")
	// ErrEnded: the execution has ended by itself, and was not stopped.
	ErrEnded = errors.New("interpreter: the execution has ended by itself")
	// ErrNoMapRun: the execution has no such Map Run, or it does not run.
	ErrNoMapRun = errors.New("interpreter: the execution runs no such Map Run")
	// ErrRunning: the execution is running and has no output yet.
	ErrRunning = errors.New("interpreter: the execution is still running")

	// ErrNoHandler: no resolver has a handler for the resource of a task. [Check] and
	// [Interpreter.CheckStored] return it with the resource and the state. The
	// [ExecutionError] of an execution that came to such a task is it too.
	ErrNoHandler = errors.New("interpreter: no handler")

	// ErrReentry: the call would wait for the hook or handler that makes it. See
	// [history.Sink] for the calls that a hook may make.
	ErrReentry = errors.New("interpreter: the call would wait for the hook or handler that makes it")

	// ErrResultPending is returned by a [Handler] whose result comes later by the
	// task's token, or never, so that the task times out.
	ErrResultPending = errors.New("interpreter: the result comes later, by the task's token")

	// ErrStopped is the cause of a handler's context: nobody needs the result. The
	// execution was stopped, has failed or ended, or no longer needs the task; or the
	// task has ended, by its token or because the handler returned.
	ErrStopped = errors.New("interpreter: the task was cancelled: its execution has ended or no longer needs it")
	// ErrShutdown is the cause of a handler's context: this process gives the task
	// up, because the interpreter was closed or a hook halted the execution. A
	// restored execution delivers the task again. A handler may return it during
	// [Interpreter.Shutdown]: see [Draining].
	ErrShutdown = errors.New("interpreter: the interpreter was closed: the task is delivered again after a restore")
	// ErrLeaseLost: another process has written the execution to the store, and
	// continues it. It is also the cause of a handler's context: that process delivers
	// the task again.
	ErrLeaseLost = errors.New("interpreter: another process has taken over the execution")

	// errNameTaken is the error of a start whose name the store has already.
	errNameTaken = errors.New("interpreter: the store has an execution of this name")
	// errNoStore is the error of a method that needs Config.Store.
	errNoStore = errors.New("interpreter: no Config.Store")
	// errNoHistory is the error of History without StartOptions.KeepHistory.
	errNoHistory = errors.New("its history is not kept: neither Config.Store nor StartOptions.KeepHistory was set")
	// errHasResolver is the error of a start with a Resolver that no store can keep.
	errHasResolver = errors.New("interpreter: StartOptions.Resolver is for executions without Config.Store; see Config.ResolverOf")
)

// endCause is a cause of a handler's context that is also other errors.
type endCause struct {
	text string
	is   []error
}

func (c *endCause) Error() string   { return c.text }
func (c *endCause) Unwrap() []error { return c.is }

// taskEndCauses are the causes of the context of a handler.
var taskEndCauses = [...]error{
	taskReturned: &endCause{"interpreter: the task has ended", []error{ErrStopped}},
	taskUnneeded: ErrStopped,
	taskTimeout:  &endCause{"interpreter: the task has timed out: context deadline exceeded", []error{ErrTaskTimedOut, context.DeadlineExceeded}},
	taskLost:     ErrLeaseLost,
	taskHalted:   &endCause{"interpreter: the execution of the task was halted", []error{ErrShutdown}},
}
