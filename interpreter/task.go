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
	State            string            // name of the Task state
	Resource         *machine.Resource // the Resource of the definition, parsed
	Input            any               // a value of package value; shared, must not be changed
	Credentials      any               // nil: none
	Attempt          int               // 0, and 1 more for each retry
	Item             int               // index of the innermost Map iteration; -1 outside a Map
	Timeout          time.Duration     // 0: none
	HeartbeatTimeout time.Duration     // 0: none
	// Resumed reports whether a handler had started the task before the snapshot
	// was taken that the execution was restored from.
	Resumed bool

	reserved bool        // announced as started, so that its handler will be called
	begun    atomic.Bool // given to its handler without being announced
	handler  Handler
	inner    context.Context // made on first use, under mu
	deadline time.Time       // zero: none, or unknown

	// The fields that an answer needs follow. They share few cache lines, which
	// matters to executions of very many tasks.
	id         machine.TaskID
	execution  *Execution
	startKnown atomic.Bool // the core knows that it has started
	submitted  atomic.Bool
	over       atomic.Bool                          // ended is set: it and token no longer change
	dropped    atomic.Int32                         // why nobody waits for it; 0: the execution waits
	after      atomic.Pointer[func(cancelled bool)] // called when nobody waits for it

	mu    sync.Mutex
	token string // under which the interpreter knows it; empty: unknown
	stop  context.CancelCauseFunc
	ended error
}

const none = -1

// Token returns the task's token, for [Interpreter.SendTaskSuccess]. It is the same
// after a restart, and so an idempotency key. It cannot be guessed.
func (t *Task) Token() string { return t.execution.in.registerToken(t) }

// Execution returns the name of the task's execution.
func (t *Task) Execution() string { return t.execution.Name() }

// ExecutionArn returns the ARN of the task's execution.
func (t *Task) ExecutionArn() string { return t.execution.Arn() }

// Heartbeat restarts the task's heartbeat timeout.
func (t *Task) Heartbeat() { t.sendEvent(machine.Event{Kind: machine.TaskHeartbeat}) }

// Submitted says that a .sync or .waitForTaskToken task has made its call, and
// gives the response of the call. The handler's output is then the task's result.
// After nil a restored execution does not make the call again. Errors are as of
// [Interpreter.SendTaskSuccess]; after one the call may be made again.
func (t *Task) Submitted(output any) error {
	v, err := convertValue(output)
	if err != nil {
		return fmt.Errorf("interpreter: what a task submitted: %w", err)
	}
	t.submitted.Store(true)
	return t.requestEvent(machine.Event{Kind: machine.TaskSubmitted, Output: v})
}

func (t *Task) sendEvent(ev machine.Event) { t.execution.deliverMail(t.newMail(ev), keepNone) }

// requestEvent is sendEvent that waits and returns whether the event was applied.
func (t *Task) requestEvent(ev machine.Event) error { return t.execution.requestEvent(t.newMail(ev)) }

// needsStartEvent reports whether the core must know that the work starts before it
// ends.
func (t *Task) needsStartEvent(recorded bool) bool {
	return (recorded || t.Timeout > 0 || t.HeartbeatTimeout > 0) && !t.startKnown.Load()
}

// startEvent returns the TaskStarted event of the task.
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

// runHandler runs the handler and returns the event of its outcome, or false if the
// answer comes by the token. All code of the task runs here, under one recover: the
// handler, its middleware, and the methods of its output and error. runtime.Goexit
// is left to the caller.
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

// handlerResult converts the output of a handler. The formatting of JSON in a
// json.RawMessage is kept. An output that is the input counts as computed, and
// loses the formatting of the input.
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

// errorEvent is the outcome of a handler that returned an error.
func (t *Task) errorEvent(err error) (ev machine.Event, ok bool) {
	switch pending, named := hosterr.Inspect(err, ErrResultPending); {
	case pending:
		t.Token() // registers it
		return machine.Event{}, false
	case named != nil:
		return failedEvent(named.Name, named.Cause), true
	}
	return failedEvent(asl.StatesTaskFailed, hosterr.Message(err)), true
}

func (t *Task) noJSONCause(why string) string {
	return "The result of the state '" + t.State + "' has no JSON form: " + why
}

// logPanic logs a panic in the task's code and returns the cause of its failure.
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

// failedEvent is the event of a task that failed. An empty name or cause is absent.
func failedEvent(name, cause string) machine.Event {
	return machine.Event{Kind: machine.TaskFailed, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)}
}

// cancelHandler ends the handler's context.
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

// Values of Task.dropped.
const (
	taskAnswered  = 1 + iota
	taskCancelled // it timed out, or its execution ended or no longer needs it
)

// whenDropped calls f when nobody waits for the task any longer, now or later. The
// handler may have returned before.
func (t *Task) whenDropped(f func(cancelled bool)) {
	t.after.Store(&f)
	if t.dropped.Load() != 0 {
		t.notifyDropped()
	}
}

// notifyDropped calls the function given to whenDropped.
func (t *Task) notifyDropped() {
	if f := t.after.Swap(nil); f != nil {
		(*f)(t.dropped.Load() == taskCancelled)
	}
}

// isAbandoned reports whether nobody waits for the task.
func (t *Task) isAbandoned() bool { return t.over.Load() }
