package interpreter

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"runtime/debug"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// runHandler runs the handler and puts its outcome into ev. It returns false if there
// is none: the answer comes by the token, or the handler was interrupted. All code of
// the task runs here, under one recover: the handler, its middleware, and the methods
// of its output and error. runtime.Goexit is left to the caller.
//
//go:noinline
func (t *Task) runHandler(ev *machine.Event) (ok bool) {
	converting := false
	if !t.kept && !t.startKnown.Load() {
		t.begun.Store(true)
	}
	defer t.cancelHandler(taskReturned)
	defer func() {
		if p := recover(); p != nil {
			cause := t.logPanic(p)
			if converting {
				cause = t.noJSONCause(cause)
			}
			*ev, ok = failedEvent(asl.StatesTaskFailed, cause), true
		}
	}()
	output, err := t.handler.Handle((*taskContext)(t), t)
	if err != nil {
		*ev, ok = t.errorEvent(err)
		return ok
	}
	converting = true
	if output, err = handlerResult(output, t.Input); err != nil {
		*ev = failedEvent(asl.StatesTaskFailed, t.noJSONCause(err.Error()))
		return true
	}
	if t.Resource.Pattern == machine.WaitForTaskToken && !t.submitted.Load() {
		ev.Kind = machine.TaskSubmitted
	} else {
		ev.Kind = machine.TaskSucceeded
	}
	ev.Output = output
	return true
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
	case t.wasInterrupted(err):
		t.stays = true
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
		t.logger().LogAttrs(context.Background(), slog.LevelError, "interpreter: a handler panicked",
			slog.String("execution", t.Execution()), slog.String("state", t.State),
			slog.String("panic", describePanic(p)), slog.String("stack", string(stack)))
		return nil
	}); err != nil {
		text += " (" + err.Error() + ")"
	}
	return text
}

// describePanic returns what a log may contain of a panic. The value of a panic of the
// host's code may contain data of the execution: the cause of the task's failure has it.
func describePanic(p any) string {
	if err, ok := p.(runtime.Error); ok {
		if t := reflect.TypeOf(p); t.PkgPath() == "runtime" || t.Kind() == reflect.Pointer && t.Elem().PkgPath() == "runtime" {
			return err.Error()
		}
	}
	return fmt.Sprintf("%T", p)
}

// failedEvent is the event of a task that failed. An empty name or cause is absent.
func failedEvent(name, cause string) machine.Event {
	return machine.Event{Kind: machine.TaskFailed, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)}
}
