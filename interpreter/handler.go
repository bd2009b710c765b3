package interpreter

import "context"

// Handler does the work of tasks. It may be called from many goroutines.
//
// The output is converted as [value.From] does, and becomes the task's result. An
// error that is, or wraps, an [asl.Error] or an [ErrorNamer] fails the task with that
// name and cause. Any other error, including a nil *asl.Error, fails it as
// States.TaskFailed with its message. So do a panic and runtime.Goexit in the handler,
// and in the methods of its output and its error. Infinite recursion ends the process,
// because Go cannot recover from it.
//
// The error itself is not kept: the errors of [Run] and [Execution.Wait] have its
// name and message, as after a restart. Config.Errors makes Go errors of them again,
// which errors.As and errors.Is find.
//
// The context ends when nobody waits for the handler any longer. A result that comes
// later is dropped. [context.Cause] says why it has ended; it is, or wraps, one of
//   - [ErrTaskTimedOut]: the task has timed out. The context's own error is then [context.DeadlineExceeded].
//   - [ErrStopped]: the execution was stopped or has ended, or does not need the task.
//   - [ErrShutdown]: the interpreter was closed. A restored execution delivers the task again.
//   - [ErrLeaseLost]: another process has taken over the execution.
//
// After the last two the attempt does not count as failed, whatever the handler
// returns: no Retry is used up. [Draining] tells a handler before its context ends.
// [TaskFrom] finds the task in the context.
//
// When the task ends depends on its Resource:
//   - A .waitForTaskToken task ends when its token is answered. The handler's output is the response of the call that it made. If the handler has passed that to [Task.Submitted], its output is the task's result.
//   - A .sync task ends with the handler, which may call [Task.Submitted] before.
//   - A task whose handler returns [ErrResultPending] ends when its token is answered, or times out.
//   - All others end with the handler. The handler of an activity is its worker, unless workers poll it ([Interpreter.GetActivityTask]).
type Handler interface {
	Handle(ctx context.Context, task *Task) (any, error)
}

// HandlerFunc is a function as a [Handler].
type HandlerFunc func(ctx context.Context, task *Task) (any, error)

// Handle calls the function.
func (f HandlerFunc) Handle(ctx context.Context, task *Task) (any, error) { return f(ctx, task) }
