package interpreter

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Task is the work that a Task state gives to its [Handler].
type Task struct {
	State            string            // the name of the Task state
	Resource         *machine.Resource // as the definition has it, taken apart
	Input            any               // a value of package value; shared, not to be changed
	Credentials      any               // nil: none
	Attempt          int               // 0, then 1 more for each retry
	Item             int               // the index of the innermost Map iteration; -1 outside
	Timeout          time.Duration     // 0: none
	HeartbeatTimeout time.Duration     // 0: none
	// Resumed says that a handler had begun with the task when the snapshot was
	// taken from which its execution was restored.
	Resumed bool

	reserved bool        // told, and will be given to its handler
	begun    atomic.Bool // given to its handler, if it was not told
	handler  Handler
	inner    context.Context // made when something asks for it, under mu
	deadline time.Time       // zero: none, or not known

	// An answer needs what follows: it is in as few lines of the cache as may be,
	// for executions of very many tasks.
	id         machine.TaskID
	execution  *Execution
	startKnown atomic.Bool // the core knows that it has started
	submitted  atomic.Bool
	over       atomic.Bool                          // ended is set: it and token change no more
	dropped    atomic.Int32                         // why nobody waits for it any more; 0: the execution does
	after      atomic.Pointer[func(cancelled bool)] // called when that is so

	mu    sync.Mutex
	token string // under which the interpreter knows it; empty: it does not
	stop  context.CancelCauseFunc
	ended error
}

const none = -1

// Token returns the task's token: what [Interpreter.SendTaskSuccess] takes, and
// an idempotency key, the same again after a restart. It cannot be guessed.
func (t *Task) Token() string { return t.execution.in.registerToken(t) }

// Execution returns the name of the task's execution.
func (t *Task) Execution() string { return t.execution.Name() }

// ExecutionArn returns the ARN of the task's execution.
func (t *Task) ExecutionArn() string { return t.execution.Arn() }

// Heartbeat says that the work goes on: the task's heartbeat timeout starts
// again.
func (t *Task) Heartbeat() { t.sendEvent(machine.Event{Kind: machine.TaskHeartbeat}) }

// Submitted says that the call has been made which a .sync or .waitForTaskToken
// task is for, and what it answered. What the handler returns afterwards is the
// task's result. After nil a restored execution does not make the call again; else
// the error is as of [Interpreter.SendTaskSuccess], and the call may be made again.
func (t *Task) Submitted(output any) error {
	v, err := convertValue(output)
	if err != nil {
		return fmt.Errorf("interpreter: what a task submitted: %w", err)
	}
	t.submitted.Store(true)
	return t.requestEvent(machine.Event{Kind: machine.TaskSubmitted, Output: v})
}

func (t *Task) sendEvent(ev machine.Event) { t.execution.deliverMail(t.newMail(ev), keepNone) }

// request is send for a caller who is told whether the event was applied.
func (t *Task) requestEvent(ev machine.Event) error { return t.execution.requestEvent(t.newMail(ev)) }

// toTell reports whether it makes a difference to tell the core that the work
// begins, before it ends.
func (t *Task) needsStartEvent(recorded bool) bool {
	return (recorded || t.Timeout > 0 || t.HeartbeatTimeout > 0) && !t.startKnown.Load()
}

// started is the event that the work begins.
func (t *Task) startEvent() machine.Event {
	t.startKnown.Store(true)
	if _, system := t.execution.in.clock.(systemClock); system && t.Timeout > 0 {
		t.deadline = time.Now().Add(t.Timeout)
	}
	ev := machine.Event{Kind: machine.TaskStarted, Task: t.id}
	if w, ok := t.handler.(worker); ok && t.Resource.Kind == machine.Activity {
		ev.Worker = w.name
	}
	return ev
}

func (t *Task) newMail(ev machine.Event) mail {
	ev.Task = t.id
	return mail{event: ev, task: t}
}

// answer runs the handler and returns the event that its outcome is; ok is false
// if the answer comes by the token. All code of a task that is not ours runs
// here, under one recover: the handler, its middleware, the methods of the result
// and of the error. runtime.Goexit in it is left to the caller.
//
//go:noinline
func (t *Task) runHandler() (ev machine.Event, ok bool) {
	converting := false
	if !t.startKnown.Load() {
		t.begun.Store(true)
	}
	defer t.cancelHandler(errTaskEnded)
	defer func() {
		if p := recover(); p != nil {
			cause := t.logPanic(p)
			if converting {
				cause = t.noJSONCause(cause)
			}
			ev, ok = failedEvent(asl.StatesTaskFailed, cause), true
		}
	}()
	output, err := t.handler.Handle((*taskContext)(t), t)
	if err != nil {
		return t.errorEvent(err)
	}
	converting = true
	if output, err = handlerResult(output, t.Input); err != nil {
		return failedEvent(asl.StatesTaskFailed, t.noJSONCause(err.Error())), true
	}
	if t.Resource.Pattern == machine.WaitForTaskToken && !t.submitted.Load() {
		return machine.Event{Kind: machine.TaskSubmitted, Output: output}, true
	}
	return machine.Event{Kind: machine.TaskSucceeded, Output: output}, true
}

// resultOf makes a task's result of what its handler returned. JSON text is kept
// as it is. An output that is the input is a computed one, and does not have the
// input's text.
func handlerResult(output, input any) (any, error) {
	if text, ok := output.(json.RawMessage); ok && len(text) > 0 {
		return value.ParseVerbatim(text)
	}
	result, err := value.FromLike(output, input)
	if in, ok := input.(*value.Object); ok && result == any(in) {
		result = value.Compact(result)
	}
	return result, err
}

// failed is answer for an error of the handler.
func (t *Task) errorEvent(err error) (ev machine.Event, ok bool) {
	switch pending, named := hosterr.Inspect(err, ErrResultPending); {
	case pending:
		t.Token() // makes it known
		return machine.Event{}, false
	case named != nil:
		return failedEvent(named.Name, named.Cause), true
	}
	return failedEvent(asl.StatesTaskFailed, hosterr.Message(err)), true
}

func (t *Task) noJSONCause(why string) string {
	return "The result of the state '" + t.State + "' has no JSON form: " + why
}

// logPanic logs a panic in the task's code and returns it as the cause of a
// failure.
func (t *Task) logPanic(p any) string {
	text, stack := fmt.Sprintf("panic: %v", p), debug.Stack()
	if err := callRecovered(hookLogger, func() error {
		t.execution.in.log.LogAttrs(context.Background(), slog.LevelError, "interpreter: a handler panicked",
			slog.String("execution", t.Execution()), slog.String("state", t.State),
			slog.Any("panic", p), slog.String("stack", string(stack)))
		return nil
	}); err != nil {
		text += " (" + err.Error() + ")"
	}
	return text
}

// failure is the event of a failed task. An empty name or cause is an absent one.
func failedEvent(name, cause string) machine.Event {
	return machine.Event{Kind: machine.TaskFailed, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)}
}

// cancel ends the handler's context.
func (t *Task) cancelHandler(cause error) {
	if t.over.Load() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended == nil {
		t.ended = cause
		t.over.Store(true)
	}
	if t.stop != nil {
		t.stop(cause)
	}
}

// Why nobody waits for a task any more.
const (
	taskAnswered  = 1 + iota
	taskCancelled // it timed out, or its execution needs it no more
)

// whenDropped has f called once nobody waits for the task any more, also after its
// handler has returned: at once if that is so already.
func (t *Task) whenDropped(f func(cancelled bool)) {
	t.after.Store(&f)
	if t.dropped.Load() != 0 {
		t.notifyDropped()
	}
}

// tell calls what whenDropped was given.
func (t *Task) notifyDropped() {
	if f := t.after.Swap(nil); f != nil {
		(*f)(t.dropped.Load() == taskCancelled)
	}
}

// dead reports whether nobody waits for the task.
func (t *Task) isAbandoned() bool { return t.over.Load() }
