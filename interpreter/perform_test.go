package interpreter_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

const theActivity = "arn:aws:states:us-east-1:123456789012:activity:paint"

// performs are resources and their handlers.
var performs = map[string]struct {
	resource string
	resolver interpreter.Resolver
}{
	"Func":                                 {"f", interpreter.Mux{"f": interpreter.Func(func(_ context.Context, in map[string]int) (int, error) { return in["n"] + 1, nil })}},
	"Plain":                                {"f", interpreter.Mux{"*": interpreter.Plain(func(in map[string]int) (int, error) { return in["n"] + 1, nil })}},
	"Func with an input that does not fit": {"f", interpreter.Mux{"f": interpreter.Plain(func(n int) (int, error) { return n, nil })}},
	"middleware": {"f", interpreter.WithMiddleware(performTask(func(_ context.Context, task *interpreter.Task) (any, error) {
		return task.Attempt, nil
	}), func(next interpreter.Handler) interpreter.Handler {
		return interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
			out, err := next.Handle(ctx, task)
			return []any{out, "around"}, err
		})
	})},
	"task": {"f", performTask(func(ctx context.Context, task *interpreter.Task) (any, error) {
		task.Heartbeat()
		return []any{task.Token(), task.Execution(), task.ExecutionArn(), interpreter.TaskFrom(ctx) == task, task.Item, ctx.Err() == nil}, nil
	})},
	"error":     {"f", performTask(func(context.Context, *interpreter.Task) (any, error) { return nil, errBroken })},
	"ASL error": {"f", performTask(func(context.Context, *interpreter.Task) (any, error) { return nil, asl.Errorf("E", "why") })},
	"panic":     {"f", performTask(func(context.Context, *interpreter.Task) (any, error) { panic("boom") })},
	"Goexit": {"f", performTask(func(context.Context, *interpreter.Task) (any, error) {
		runtime.Goexit()
		return nil, nil
	})},
	"no JSON":    {"f", performTask(func(context.Context, *interpreter.Task) (any, error) { return make(chan int), nil })},
	"no handler": {"f", interpreter.Mux{}},
	"Worker":     {theActivity, interpreter.Mux{"*": interpreter.Worker("Jane", interpreter.Plain(func(any) (int, error) { return 1, nil }))}},
	"no worker":  {theActivity, nil},
	"service": {"arn:aws:states:::sqs:sendMessage", interpreter.Services{"sqs:sendMessage": interpreter.ServiceFunc(
		func(_ context.Context, c *interpreter.Call) (any, error) { return c.Input, nil })}},
	"a .sync service that submits": {"arn:aws:states:::batch:submitJob.sync", interpreter.Services{"batch:*": interpreter.ServiceFunc(
		func(_ context.Context, c *interpreter.Call) (any, error) {
			return "done", c.Task.Submitted("sent")
		})}},
	"by the state": {"f", stateResolver{}},
}

func performTask(f interpreter.HandlerFunc) interpreter.Resolver { return interpreter.Mux{"*": f} }

type stateResolver struct{}

func (stateResolver) Resolve(state, _ string) (interpreter.Handler, bool) {
	return interpreter.Plain(func(any) (string, error) { return "in " + state, nil }), true
}

// A command that Perform carries out for an engine over the core has the history that
// an Interpreter writes.
func TestPerformDoesWhatAnInterpreterDoes(t *testing.T) {
	for name, c := range performs {
		t.Run(name, func(t *testing.T) {
			p := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "`+c.resource+`", "End": true}}}`)
			seed := [2]uint64{1, 2}
			in := open(t, interpreter.Config{Clock: interpreter.NewManualClock(began), Resolver: c.resolver, Rand: zeros{}})
			e, err := in.Start(background, p, []byte(`{"n":1}`), interpreter.StartOptions{Name: "x", Seed: seed, KeepHistory: true})
			require.NoError(t, err)
			_ = e.Wait(background)
			var want, got []any
			for ev := range e.Events() {
				want = append(want, jsonOf(t, ev))
			}

			x := new(machine.Execution)
			input, err := value.ParseString(`{"n":1}`)
			require.NoError(t, err)
			p.Init(x, machine.Start{ID: "x", Input: input, Seed: seed})
			queue := []machine.Event{{Kind: machine.Started}}
			for r := (machine.Result{History: true}); len(queue) > 0; {
				ev := queue[0]
				queue = queue[1:]
				require.NoError(t, p.Step(x, ev, began, &r))
				for i := range r.Events {
					got = append(got, jsonOf(t, &r.Events[i]))
				}
				for _, command := range slices.Clone(r.Commands) {
					if command.Kind != machine.StartTask {
						continue
					}
					var mu sync.Mutex
					ev, ok := interpreter.Perform(t.Context(), c.resolver, interpreter.Work{
						Command: command, Token: x.Token(command.Task), Execution: p.ExecutionArn(x.ID), Logger: slog.New(slog.DiscardHandler),
						Tell: func(ev machine.Event) {
							mu.Lock()
							defer mu.Unlock()
							queue = append(queue, ev)
						}})
					require.True(t, ok)
					queue = append(queue, ev)
				}
			}
			require.NotEqual(t, machine.Running, x.Status)
			require.Equal(t, want, got)
		})
	}
}

// zeros makes the token keys of both sides equal.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func jsonOf(t *testing.T, ev *history.Event) string {
	text, err := json.Marshal(ev)
	require.NoError(t, err)
	return string(text)
}

func workOf(t *testing.T, resource string) interpreter.Work {
	r := machine.ParseResource(resource)
	return interpreter.Work{Command: machine.Command{State: "T", Resource: &r, Item: -1}, Token: "token", Execution: "x"}
}

func TestPerformWithoutAnOutcome(t *testing.T) {
	pending := performTask(func(context.Context, *interpreter.Task) (any, error) { return nil, interpreter.ErrResultPending })
	_, ok := interpreter.Perform(background, pending, workOf(t, "f"))
	require.False(t, ok, "pending")

	never := performTask(func(context.Context, *interpreter.Task) (any, error) { panic("called") })
	w := workOf(t, "arn:aws:states:::sqs:sendMessage.waitForTaskToken")
	w.Submitted = true
	_, ok = interpreter.Perform(background, never, w)
	require.False(t, ok, "submitted before")

	for name, f := range map[string]interpreter.HandlerFunc{
		"error": func(ctx context.Context, _ *interpreter.Task) (any, error) { return nil, ctx.Err() },
		"panic": func(ctx context.Context, _ *interpreter.Task) (any, error) { panic(ctx.Err()) },
	} {
		ctx, cancel := context.WithCancelCause(background)
		var cause error
		_, ok = interpreter.Perform(ctx, performTask(func(ctx context.Context, task *interpreter.Task) (any, error) {
			cancel(interpreter.ErrLeaseLost)
			<-ctx.Done()
			cause = context.Cause(ctx)
			return f(ctx, task)
		}), workOf(t, "f"))
		require.False(t, ok, "interrupted: "+name)
		require.Equal(t, interpreter.ErrLeaseLost, cause)
	}

	drained := performTask(func(ctx context.Context, _ *interpreter.Task) (any, error) {
		<-interpreter.Draining(ctx)
		return nil, interpreter.ErrShutdown
	})
	w = workOf(t, "f")
	draining := make(chan struct{})
	close(draining)
	w.Draining = draining
	_, ok = interpreter.Perform(background, drained, w)
	require.False(t, ok, "drained")
}

func TestPerformTellsWhatComesBeforeTheOutcome(t *testing.T) {
	told := func(t *testing.T, w interpreter.Work, f interpreter.HandlerFunc) (told []machine.Event, ev machine.Event) {
		w.Task = 7
		w.Tell = func(ev machine.Event) { told = append(told, ev) }
		ev, ok := interpreter.Perform(background, interpreter.Mux{"*": interpreter.Worker("Jane", f)}, w)
		require.True(t, ok)
		return told, ev
	}
	all := interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		task.Heartbeat()
		return "done", task.Submitted("sent")
	})
	events, ev := told(t, workOf(t, theActivity), all)
	require.Equal(t, []machine.Event{
		{Kind: machine.TaskStarted, Task: 7, Worker: "Jane"}, {Kind: machine.TaskHeartbeat, Task: 7},
		{Kind: machine.TaskSubmitted, Task: 7, Output: "sent"}}, events)
	require.Equal(t, machine.Event{Kind: machine.TaskSucceeded, Task: 7, Output: "done"}, ev)

	w := workOf(t, theActivity)
	w.Started = true
	events, _ = told(t, w, func(context.Context, *interpreter.Task) (any, error) { return 1, nil })
	require.Empty(t, events, "it had started before")

	_, ev = told(t, workOf(t, "arn:aws:states:::sqs:sendMessage.waitForTaskToken"),
		func(context.Context, *interpreter.Task) (any, error) { return "sent", nil })
	require.Equal(t, machine.Event{Kind: machine.TaskSubmitted, Task: 7, Output: "sent"}, ev, "the response of the call")

	w = workOf(t, "f")
	_, ok := interpreter.Perform(background, performTask(all), w)
	require.True(t, ok, "without Tell events are dropped")

	w.Tell = func(ev machine.Event) { panic(ev.Kind) }
	var err error
	_, ok = interpreter.Perform(background, performTask(func(_ context.Context, task *interpreter.Task) (any, error) {
		task.Heartbeat()
		err = task.Submitted(1)
		return 1, nil
	}), w)
	require.True(t, ok)
	require.ErrorContains(t, err, "Work.Tell panicked")
}

func TestPerformGuardsTheResolver(t *testing.T) {
	ev, ok := interpreter.Perform(background, panickingResolver{}, workOf(t, "f"))
	require.True(t, ok)
	require.Equal(t, machine.TaskFailed, ev.Kind)
	require.Equal(t, "the resolver panicked: boom", *ev.Cause)
	ev, ok = interpreter.Perform(background, interpreter.Mux{}, interpreter.Work{})
	require.True(t, ok)
	require.Equal(t, machine.TaskRefused, ev.Kind)
}

type panickingResolver struct{}

func (panickingResolver) Resolve(string, string) (interpreter.Handler, bool) { panic("boom") }

func TestStartExecutionRefusesOutsideOfAnInterpreter(t *testing.T) {
	ev, ok := interpreter.Perform(background, &interpreter.StartExecution{}, workOf(t, "arn:aws:states:::states:startExecution.sync"))
	require.True(t, ok)
	require.Equal(t, asl.StatesRuntime, *ev.Error)
	require.Contains(t, *ev.Cause, "not in Perform")
}

func TestContextOfPerform(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithTimeoutCause(context.WithValue(background, key{}, "value"), time.Hour, interpreter.ErrTaskTimedOut)
	defer cancel()
	ev, ok := interpreter.Perform(ctx, performTask(func(inner context.Context, task *interpreter.Task) (any, error) {
		want, _ := ctx.Deadline()
		got, ok := inner.Deadline()
		return nil, errors.Join(check(ok && got.Equal(want)), check(inner.Value(key{}) == "value"),
			check(interpreter.TaskFrom(inner) == task), check(inner.Err() == nil), check(interpreter.Draining(inner) == nil))
	}), workOf(t, "f"))
	require.True(t, ok)
	require.Equal(t, machine.TaskSucceeded, ev.Kind)
}

func check(ok bool) error {
	if !ok {
		return errBroken
	}
	return nil
}

// A test of a handler makes a Task as a value.
func TestTaskThatNoInterpreterMade(t *testing.T) {
	task := &interpreter.Task{Input: "in"}
	require.Empty(t, task.Token())
	require.Empty(t, task.Execution())
	require.Empty(t, task.ExecutionArn())
	require.NoError(t, task.Submitted("out"))
	task.Heartbeat()
	out, err := interpreter.Plain(func(s string) (string, error) { return s, nil }).Handle(background, task)
	require.NoError(t, err)
	require.Equal(t, "in", out)
	_, err = new(interpreter.StartExecution).Handle(background, task)
	require.ErrorIs(t, err, &asl.Error{Name: asl.StatesRuntime})
}
