package adversary

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
)

// nilError is an error whose method does not work on nil.
type nilError struct{ text string }

func (e *nilError) Error() string { return e.text }

// hostileError does what it is told in each of the methods of an error.
type hostileError struct {
	text   func() string
	unwrap func() error
	is     func(error) bool
	as     func(any) bool
}

func (e *hostileError) Error() string {
	if e.text == nil {
		return "hostile"
	}
	return e.text()
}

func (e *hostileError) Unwrap() error {
	if e.unwrap == nil {
		return nil
	}
	return e.unwrap()
}

func (e *hostileError) Is(target error) bool { return e.is != nil && e.is(target) }

func (e *hostileError) As(target any) bool { return e.as != nil && e.as(target) }

type (
	hostileJSON  struct{ f func() }
	hostileText  struct{ f func() }
	hostileValue struct{ f func() } // of a panic
)

func (h hostileJSON) MarshalJSON() ([]byte, error) { h.f(); return []byte(`1`), nil }
func (h hostileText) MarshalText() ([]byte, error) { h.f(); return []byte(`1`), nil }
func (h hostileValue) String() string              { h.f(); return "hostile" }

func boom() { panic("boom") }

// panicNil panics with nil, which Go makes a *runtime.PanicNilError of.
func panicNil() {
	var nothing any
	panic(nothing)
}

func selfWrapped() error {
	e := &hostileError{}
	e.unwrap = func() error { return e }
	return e
}

// A task's own code may fail anywhere, not only in its handler: each time the task
// fails with a name and a cause, its worker is free again, and nothing else is
// touched.
func TestCodeOfATaskFailsTheTask(t *testing.T) {
	const exited = "The handler called runtime.Goexit."
	wrap := func(e error) error { return fmt.Errorf("pay: %w", e) }
	for name, c := range map[string]struct {
		output      func() any
		err         func() error
		name, cause string
	}{
		"handler panics with nil":                       {output: func() any { panicNil(); return nil }, cause: "panic: panic called with nil argument"},
		"handler panics with value whose String panics": {output: func() any { panic(hostileValue{boom}) }, cause: "panic: "},
		"handler panics with value whose String exits":  {output: func() any { panic(hostileValue{runtime.Goexit}) }, cause: exited},
		"handler exits":              {output: func() any { runtime.Goexit(); return nil }, cause: exited},
		"MarshalJSON panics":         {output: func() any { return hostileJSON{boom} }, cause: "The result of the state 'Work' has no JSON form: panic: boom"},
		"MarshalJSON exits":          {output: func() any { return hostileJSON{runtime.Goexit} }, cause: exited},
		"MarshalText panics":         {output: func() any { return map[string]any{"a": []any{hostileText{boom}}} }, cause: "The result of the state 'Work' has no JSON form: panic: boom"},
		"MarshalText panics in key":  {output: func() any { return map[*hostileText]int{{boom}: 1} }, cause: "The result of the state 'Work' has no JSON form: panic: "},
		"MarshalText exits":          {output: func() any { return hostileText{runtime.Goexit} }, cause: exited},
		"nil error that panics":      {err: func() error { var e *nilError; return e }, cause: "a nil *adversary.nilError as an error"},
		"nil ASL error":              {err: func() error { var e *asl.Error; return e }, cause: "a nil *asl.Error as an error"},
		"nil ASL error, wrapped":     {err: func() error { var e *asl.Error; return wrap(e) }, cause: "pay: "},
		"nil ASL error, joined":      {err: func() error { var e *asl.Error; return errors.Join(errBroken, e) }, cause: "*errors.joinError, whose Error method panicked: "},
		"ASL error behind nil":       {err: func() error { var e *asl.Error; return errors.Join(e, asl.Errorf("Real", "one")) }, name: "Real", cause: "one"},
		"Error panics":               {err: func() error { return &hostileError{text: func() string { boom(); return "" }} }, cause: "*adversary.hostileError, whose Error method panicked: boom"},
		"Error exits":                {err: func() error { return &hostileError{text: func() string { runtime.Goexit(); return "" }} }, cause: exited},
		"Unwrap panics":              {err: func() error { return &hostileError{unwrap: func() error { boom(); return nil }} }, cause: "panic: boom"},
		"Unwrap exits":               {err: func() error { return &hostileError{unwrap: func() error { runtime.Goexit(); return nil }} }, cause: exited},
		"Unwrap has no end":          {err: selfWrapped, cause: "hostile"},
		"Unwrap has no end, wrapped": {err: func() error { return wrap(errors.Join(selfWrapped(), selfWrapped())) }, cause: "pay: hostile"},
		"Is panics":                  {err: func() error { return &hostileError{is: func(error) bool { boom(); return false }} }, cause: "panic: boom"},
		"Is exits":                   {err: func() error { return &hostileError{is: func(error) bool { runtime.Goexit(); return false }} }, cause: exited},
		"As panics":                  {err: func() error { return &hostileError{as: func(any) bool { boom(); return false }} }, cause: "panic: boom"},
		"As lies":                    {err: func() error { return &hostileError{as: func(any) bool { return true }} }, cause: "hostile"},
		"As exits":                   {err: func() error { return &hostileError{as: func(any) bool { runtime.Goexit(); return false }} }, cause: exited},
		"As gives an ASL error": {err: func() error {
			return &hostileError{as: func(target any) bool { *target.(**asl.Error) = &asl.Error{Name: "Real"}; return true }}
		}, name: "Real"},
	} {
		t.Run(name, func(t *testing.T) {
			in := open(t, interpreter.Config{Workers: 1, Resolver: handlers(func(context.Context, *interpreter.Task) (any, error) {
				if c.err != nil {
					return nil, c.err()
				}
				return c.output(), nil
			})})
			if c.name == "" {
				c.name = asl.StatesTaskFailed
			}
			e, err := in.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{Name: "victim"})
			require.NoError(t, err)
			requireFailure(t, e.Wait(background), c.name, c.cause)
			if c.cause != exited { // a handler that Run calls on its own goroutine would end the test
				_, err = interpreter.Run[any](background, in, compile(t, oneTask), nil)
				requireFailure(t, err, c.name, c.cause)
			}
			neighbour(t, in)
		})
	}
}

func requireFailure(t *testing.T, err error, name, cause string) {
	t.Helper()
	var failed *interpreter.ExecutionError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, name, failed.Name)
	require.Contains(t, failed.Cause, cause)
	require.Equal(t, "Work", failed.State)
}

// The goroutine of Run may run a handler that ends it. The execution goes on
// without it.
func TestHandlerMayEndTheGoroutineOfRun(t *testing.T) {
	for name, clock := range map[string]interpreter.Clock{"system": nil, "virtual": interpreter.NewVirtualClock(began)} {
		t.Run(name, func(t *testing.T) {
			last := make(chan history.Type, 8)
			in := open(t, interpreter.Config{Workers: 1, Clock: clock,
				History: history.SinkFunc(func(_ string, events []history.Event) error {
					if end := events[len(events)-1].Type; end == history.ExecutionFailed || end == history.ExecutionSucceeded {
						last <- end
					}
					return nil
				}),
				Resolver: handlers(func(context.Context, *interpreter.Task) (any, error) {
					runtime.Goexit()
					return nil, nil
				})})
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_, _ = interpreter.Run[any](background, in, compile(t, oneTask), nil)
				t.Error("Run returned")
			}()
			<-ended
			require.Equal(t, history.ExecutionFailed, <-last)
			neighbour(t, in)
		})
	}
}

// hostileOutput panics when something is decoded into it.
type hostileOutput struct{}

func (*hostileOutput) UnmarshalJSON([]byte) error { panic(errBroken) }

// Where values are converted on the caller's goroutine, a panic is the error.
func TestConversionsReturnPanicsAsErrors(t *testing.T) {
	p := compile(t, oneTask)
	token := make(chan string, 1)
	submitted := make(chan error, 1)
	in := open(t, interpreter.Config{Resolver: handlers(func(_ context.Context, task *interpreter.Task) (any, error) {
		submitted <- task.Submitted(hostileJSON{boom})
		token <- task.Token()
		return nil, interpreter.ErrResultPending
	})})
	requireHookError := func(err error, hook string) {
		t.Helper()
		var hookError *interpreter.HookError
		require.ErrorAs(t, err, &hookError)
		require.Equal(t, hook, hookError.Hook)
		require.Contains(t, string(hookError.Stack), "host_task_test.go")
		require.ErrorContains(t, err, hook+" panicked: ")
	}
	_, err := in.Start(background, p, hostileJSON{boom}, interpreter.StartOptions{Name: "victim"})
	requireHookError(err, "encoding")
	e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "victim"})
	require.NoError(t, err)
	requireHookError(<-submitted, "encoding")
	key := <-token
	requireHookError(in.SendTaskSuccess(background, key, hostileText{boom}), "encoding")
	require.NoError(t, in.SendTaskSuccess(background, key, 1)) // the token is not used up
	require.NoError(t, e.Wait(background))
	err = e.Decode(new(hostileOutput))
	requireHookError(err, "decoding")
	require.ErrorIs(t, err, errBroken)
	_, err = interpreter.Run[hostileOutput](background, in, compile(t, onePass), nil)
	requireHookError(err, "decoding")
	neighbour(t, in)
}

// Code of a task that blocks holds up that task only: it times out, its execution
// goes on, and Close returns.
func TestCodeOfATaskMayBlock(t *testing.T) {
	for name, handle := range map[string]func(block func()) (any, error){
		"handler":     func(block func()) (any, error) { block(); return nil, nil },
		"MarshalJSON": func(block func()) (any, error) { return hostileJSON{block}, nil },
		"MarshalText": func(block func()) (any, error) { return map[string]any{"a": hostileText{block}}, nil },
		"Error":       func(block func()) (any, error) { return nil, &hostileError{text: func() string { block(); return "" }} },
		"Unwrap": func(block func()) (any, error) {
			return nil, &hostileError{unwrap: func() error { block(); return nil }}
		},
		"Is": func(block func()) (any, error) {
			return nil, &hostileError{is: func(error) bool { block(); return false }}
		},
		"As": func(block func()) (any, error) {
			return nil, &hostileError{as: func(any) bool { block(); return false }}
		},
		"String of the value of a panic": func(block func()) (any, error) { panic(hostileValue{block}) },
	} {
		t.Run(name, func(t *testing.T) {
			clock := interpreter.NewManualClock(began)
			blocked, release := make(chan struct{}), make(chan struct{})
			in := open(t, interpreter.Config{Clock: clock, Workers: 2, Resolver: handlers(func(context.Context, *interpreter.Task) (any, error) {
				return handle(func() { close(blocked); <-release })
			})})
			defer close(release)
			e, err := in.Start(background, compile(t, `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "TimeoutSeconds": 5, "End": true}}}`),
				nil, interpreter.StartOptions{})
			require.NoError(t, err)
			<-blocked
			neighbour(t, in)
			_, err = e.Snapshot()
			require.NoError(t, err)
			require.True(t, clock.AdvanceToNext())
			requireFailure(t, e.Wait(background), asl.StatesTimeout, "")
			neighbour(t, in)
			ctx, cancel := context.WithCancel(background)
			cancel()
			require.ErrorIs(t, in.Shutdown(ctx), context.Canceled)
		})
	}
}

// A handler may call anything: only Shutdown, which would wait for it, needs a
// context that ends.
func TestHandlerMayCallBack(t *testing.T) {
	other := compile(t, onePass)
	for name, call := range map[string]func(t *testing.T, in *interpreter.Interpreter, e *interpreter.Execution, task *interpreter.Task) error{
		"Start": func(t *testing.T, in *interpreter.Interpreter, _ *interpreter.Execution, _ *interpreter.Task) error {
			other, err := in.Start(background, other, nil, interpreter.StartOptions{})
			if err != nil {
				return err
			}
			return other.Wait(background)
		},
		"Run": func(t *testing.T, in *interpreter.Interpreter, _ *interpreter.Execution, _ *interpreter.Task) error {
			_, err := interpreter.Run[any](background, in, other, nil)
			return err
		},
		"Snapshot": func(t *testing.T, in *interpreter.Interpreter, e *interpreter.Execution, _ *interpreter.Task) error {
			snapshot, err := e.Snapshot()
			if err != nil {
				return err
			}
			_, err = in.Restore(e.Program(), snapshot, interpreter.StartOptions{})
			require.ErrorIs(t, err, interpreter.ErrExecutionAlreadyExists)
			return nil
		},
		"Heartbeat and Submitted": func(t *testing.T, in *interpreter.Interpreter, _ *interpreter.Execution, task *interpreter.Task) error {
			task.Heartbeat()
			return errors.Join(in.SendTaskHeartbeat(background, task.Token()), task.Submitted("first"), task.Submitted("second"))
		},
		"answer to itself": func(t *testing.T, in *interpreter.Interpreter, e *interpreter.Execution, task *interpreter.Task) error {
			require.NoError(t, in.SendTaskSuccess(background, task.Token(), "done"))
			require.NoError(t, e.Wait(background))
			require.ErrorIs(t, in.SendTaskSuccess(background, task.Token(), "again"), interpreter.ErrTaskTimedOut)
			return errBroken // too late
		},
		"look": func(t *testing.T, _ *interpreter.Interpreter, e *interpreter.Execution, task *interpreter.Task) error {
			require.Equal(t, interpreter.Running, e.Status())
			_, err := e.Output()
			require.ErrorIs(t, err, interpreter.ErrRunning)
			require.Equal(t, victim, task.Execution())
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			started, returned := make(chan *interpreter.Execution, 1), make(chan struct{})
			var in *interpreter.Interpreter
			in = open(t, interpreter.Config{Resolver: handlers(func(_ context.Context, task *interpreter.Task) (any, error) {
				defer close(returned)
				return "done", call(t, in, <-started, task)
			})})
			e, err := in.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{Name: victim})
			require.NoError(t, err)
			started <- e
			require.NoError(t, e.Wait(background))
			<-returned
			var got string
			require.NoError(t, e.Decode(&got))
			require.Equal(t, "done", got)
			neighbour(t, in)
		})
	}
	for name, c := range map[string]struct {
		end  func(in *interpreter.Interpreter, e *interpreter.Execution) error
		want error
	}{
		"Stop": {func(_ *interpreter.Interpreter, e *interpreter.Execution) error {
			return e.Stop(background, "Enough", "")
		}, &asl.Error{Name: "Enough"}},
		"Close": {func(in *interpreter.Interpreter, _ *interpreter.Execution) error { return in.Close() }, interpreter.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			started, returned := make(chan *interpreter.Execution, 1), make(chan struct{})
			var in *interpreter.Interpreter
			in = open(t, interpreter.Config{Resolver: handlers(func(ctx context.Context, _ *interpreter.Task) (any, error) {
				defer close(returned)
				if err := c.end(in, <-started); err != nil {
					t.Error(err)
				}
				<-ctx.Done()
				return nil, nil
			})})
			e, err := in.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{})
			require.NoError(t, err)
			started <- e
			require.ErrorIs(t, e.Wait(background), c.want)
			<-returned
		})
	}
}
