package interpreter

import (
	"context"
	"log/slog"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/machine"
)

// Work is a task for [Perform].
type Work struct {
	// Command is a command of kind StartTask that a Step or Pending has made.
	machine.Command
	// Token is the token of the task: see [machine.Execution.Token].
	Token string
	// Execution is the ARN of the execution: see [machine.Program.ExecutionArn]. With
	// a name alone, Task.ExecutionArn returns the name.
	Execution string
	// Tell receives the events of the task that come before its outcome: TaskStarted
	// (with the name of a [Worker]) unless Command.Started is set, TaskSubmitted and
	// TaskHeartbeat. It is called on the goroutine of the handler, or of those that
	// the handler starts, also after Perform has returned. A panic in it is the error
	// of Task.Submitted, and is logged otherwise. Default: events are dropped.
	Tell func(machine.Event)
	// Logger receives panics. Default: slog.Default().
	Logger *slog.Logger
	// Draining is the channel that [Draining] returns. Default: nil.
	Draining <-chan struct{}
}

// Perform does a task outside of any [Interpreter], for an engine that drives
// [machine.Execution] itself. It runs the same code as an Interpreter: handlers,
// middleware and resolvers need not know the difference, except that
// [StartExecution] fails the task.
//
// It returns the event of the outcome, for [machine.Program.Step]: TaskSucceeded;
// TaskFailed, also for a panic and runtime.Goexit; TaskSubmitted of a
// .waitForTaskToken task; or TaskRefused if the resolver has no handler. It returns
// false if there is no outcome yet. Then the result comes by the token: the handler
// has returned [ErrResultPending], or the command is of a .waitForTaskToken task that
// was submitted before, so that no handler is called. Or the handler was interrupted:
// it failed after ctx had ended, or returned [ErrShutdown] after Work.Draining was
// closed. Then the task must be performed again unless it was cancelled.
//
// The handler's context is derived from ctx. The caller must end ctx when the task
// times out or is cancelled, preferably with a cause that [Handler] names; Perform
// itself has no clock. It returns when the handler does. A panic of the resolver
// fails the task.
func Perform(ctx context.Context, resolver Resolver, w Work) (machine.Event, bool) {
	if w.Resource == nil {
		w.Resource = new(machine.Resource)
	}
	outcome := machine.Event{}
	hasOutcome, done := false, make(chan struct{})
	go func() { // so that runtime.Goexit does not end the caller's goroutine
		defer close(done)
		outcome, hasOutcome = failedEvent(asl.StatesTaskFailed, goexitCause), true // stands after runtime.Goexit
		outcome, hasOutcome = performWork(ctx, resolver, &w)
	}()
	<-done
	if !hasOutcome || outcome.Kind == machine.TaskFailed && ctx.Err() != nil {
		return machine.Event{}, false
	}
	outcome.Task = w.Task
	return outcome, true
}

func performWork(ctx context.Context, resolver Resolver, w *Work) (ev machine.Event, ok bool) {
	if w.Submitted && w.Resource.Pattern == machine.WaitForTaskToken {
		return machine.Event{}, false
	}
	var h Handler
	if err := callRecovered("the resolver", func() error {
		h, ok = resolveTask(resolver, w.State, w.Resource.Name)
		return nil
	}); err != nil {
		return failedEvent(asl.StatesTaskFailed, hosterr.Message(err)), true
	}
	if !ok {
		return taskRefused(&w.Command), true
	}
	t := makeTask(&w.Command, &outsideHandler{h, ctx, w})
	if at, ok := ctx.Deadline(); ok {
		t.ensureExtras().deadline = at
	}
	if !w.Started {
		t.startKnown.Store(true)
		t.sendEvent(machine.Event{Kind: machine.TaskStarted, Worker: workerName(h, w.Resource)})
	}
	ok = t.runHandler(&ev)
	return ev, ok
}

// outsideHandler is the handler of a task of Perform, which has no execution, and
// what its methods need instead.
type outsideHandler struct {
	Handler
	ctx  context.Context
	work *Work
}

// outsideWork returns the work of a task of Perform. Of a task that a caller made as
// a value it is empty.
func (t *Task) outsideWork() *Work {
	if h, ok := t.handler.(*outsideHandler); ok {
		return h.work
	}
	return new(Work)
}

// outsideContext returns the parent of the context of a task without an execution.
func (t *Task) outsideContext() context.Context {
	if h, ok := t.handler.(*outsideHandler); ok {
		return h.ctx
	}
	return context.Background()
}

// tellOutside gives an event of a task without an execution to Work.Tell.
func (t *Task) tellOutside(ev machine.Event) error {
	tell := t.outsideWork().Tell
	if tell == nil {
		return nil
	}
	ev.Task = t.id
	return callRecovered("Work.Tell", func() error { tell(ev); return nil })
}

// tellOrLog is tellOutside for an event that nobody waits for.
func (t *Task) tellOrLog(ev machine.Event) {
	if err := t.tellOutside(ev); err != nil {
		_ = callRecovered(hookLogger, func() error {
			t.logger().LogAttrs(context.Background(), slog.LevelError, "interpreter: an event of a task was lost",
				slog.String("execution", t.Execution()), slog.String("state", t.State), slog.Any("error", err))
			return nil
		})
	}
}

// logger returns the logger for panics of the task's code.
func (t *Task) logger() *slog.Logger {
	if t.execution != nil {
		return t.execution.in.log
	}
	if log := t.outsideWork().Logger; log != nil {
		return log
	}
	return slog.Default()
}
