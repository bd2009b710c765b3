package interpreter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

type order struct {
	ID    string
	Total float64
}

func TestRunTypedFunctions(t *testing.T) {
	charge := func(_ context.Context, o order) (order, error) {
		o.Total *= 2
		return o, nil
	}
	p := compile(t, oneTask)
	for _, ctx := range []context.Context{background, cancellable(t)} {
		in := open(t, task(interpreter.Func(charge)))
		got, err := interpreter.Run[order](ctx, in, p, order{"a", 1.5})
		require.NoError(t, err)
		require.Equal(t, order{"a", 3}, got)
	}
}

func TestRunInputs(t *testing.T) {
	p := compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`)
	in := open(t, interpreter.Config{})
	for name, c := range map[string]struct {
		input any
		want  string
		err   string
	}{
		"nothing":        {nil, `{}`, ""},
		"bytes":          {[]byte(`{"b":1,"a":2.0}`), `{"b":1,"a":2.0}`, ""},
		"raw":            {json.RawMessage(`null`), `null`, ""},
		"map":            {map[string]any{"b": 1, "a": "x"}, `{"a":"x","b":1}`, ""},
		"no JSON":        {[]byte(`{"a":`), ``, "invalid execution input"},
		"invalid UTF-8":  {[]byte("\"\xff\""), ``, "invalid execution input"},
		"channel":        {map[string]any{"x": make(chan int)}, ``, "chan int"},
		"NaN":            {struct{ Price float64 }{math.NaN()}, ``, "Price: NaN"},
		"nested deeply":  {[]byte(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)), ``, "invalid execution input"},
		"10 MB of input": {strings.Repeat("x", 10<<20), ``, asl.StatesDataLimitExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := interpreter.Run[json.RawMessage](background, in, p, c.input)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, string(got))
		})
	}
}

// What a handler may do wrong is a named error of its state.
func TestHandlerFailures(t *testing.T) {
	p := compile(t, oneTask)
	handle := func(f func() (any, error)) interpreter.Config {
		return task(func(context.Context, *interpreter.Task) (any, error) { return f() })
	}
	for name, c := range map[string]struct {
		config      interpreter.Config
		name, cause string
	}{
		"asl error":     {handle(func() (any, error) { return nil, asl.Errorf("CardDeclined", "limit is %d", 100) }), "CardDeclined", "limit is 100"},
		"wrapped":       {handle(func() (any, error) { return nil, fmt.Errorf("pay: %w", asl.Errorf("X", "y")) }), "X", "y"},
		"any error":     {handle(func() (any, error) { return nil, errBroken }), asl.StatesTaskFailed, "broken"},
		"panic":         {handle(func() (any, error) { panic("oh no") }), asl.StatesTaskFailed, "panic: oh no"},
		"nil map":       {handle(func() (any, error) { m := []map[string]int{nil}; m[0]["a"] = 1; return nil, nil }), asl.StatesTaskFailed, "assignment to entry in nil map"},
		"channel":       {handle(func() (any, error) { return map[string]any{"c": make(chan int)}, nil }), asl.StatesTaskFailed, "chan int"},
		"NaN":           {handle(func() (any, error) { return []float64{1, math.NaN()}, nil }), asl.StatesTaskFailed, "[1]: NaN"},
		"function":      {handle(func() (any, error) { return func() {}, nil }), asl.StatesTaskFailed, "func()"},
		"input misfits": {task(interpreter.Func(func(context.Context, []int) (int, error) { return 0, nil })), asl.StatesTaskFailed, "does not fit its function"},
		"no handler":    {interpreter.Config{}, asl.StatesRuntime, "No resolver has a handler for the resource work."},
	} {
		t.Run(name, func(t *testing.T) {
			for _, ctx := range []context.Context{background, cancellable(t)} {
				_, err := interpreter.Run[any](ctx, open(t, c.config), p, nil)
				var failed *interpreter.ExecutionError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, c.name, failed.Name)
				require.Contains(t, failed.Cause, c.cause)
				require.Equal(t, "Work", failed.State)
				require.ErrorIs(t, err, &asl.Error{Name: c.name})
			}
		})
	}
}

func TestLoopWithoutExit(t *testing.T) {
	const loop = `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "End": {"Type": "Succeed"},
		"B": {"Type": "Choice", "Choices": [{"Variable": "$.end", "IsPresent": true, "Next": "End"}], "Default": "A"}}}`
	t.Run("ends at the limit of events", func(t *testing.T) {
		_, err := interpreter.Run[any](background, open(t, interpreter.Config{}), compile(t, loop), nil)
		require.ErrorContains(t, err, "25000")
	})
	p := compile(t, loop, interpreter.Options{Limits: interpreter.NoLimits})
	t.Run("can be stopped", func(t *testing.T) {
		in := open(t, interpreter.Config{})
		e, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		require.NoError(t, e.Stop(background, "Enough", "of it"))
		err = e.Wait(background)
		require.ErrorIs(t, err, &asl.Error{Name: "Enough", Cause: "of it"})
		require.Equal(t, interpreter.Aborted, e.Status())
	})
	t.Run("ends with the context", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(background, 10*time.Millisecond)
		defer cancel()
		_, err := interpreter.Run[any](ctx, open(t, interpreter.Config{}), p, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("ends with the interpreter", func(t *testing.T) {
		in := open(t, interpreter.Config{})
		e, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		require.NoError(t, in.Close())
		require.ErrorIs(t, e.Wait(background), interpreter.ErrClosed)
		_, err = e.Snapshot()
		require.NoError(t, err)
		_, err = in.Start(background, p, nil, interpreter.StartOptions{})
		require.ErrorIs(t, err, interpreter.ErrClosed)
	})
}

// The execution goes on by the timeout; the handler keeps its place until it
// returns.
func TestHandlerIgnoresItsContext(t *testing.T) {
	p := compile(t, `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "TimeoutSeconds": 5, "End": true}}}`)
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var cancelled error
		c := task(func(ctx context.Context, _ *interpreter.Task) (any, error) {
			<-ctx.Done()
			cancelled = context.Cause(ctx)
			<-release
			return "late", nil
		})
		in := interpreter.New(c)
		_, err := interpreter.Run[any](t.Context(), in, p, nil)
		require.ErrorIs(t, err, &asl.Error{Name: asl.StatesTimeout})
		synctest.Wait()
		require.ErrorContains(t, cancelled, "timed out")
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, in.Shutdown(short), context.DeadlineExceeded)
		close(release)
	})
}

func TestContextStopsTheRun(t *testing.T) {
	p := compile(t, oneTask)
	ctx, cancel := context.WithCancelCause(background)
	in := open(t, task(func(ctx context.Context, _ *interpreter.Task) (any, error) {
		cancel(errBroken)
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	_, err := interpreter.Run[any](ctx, in, p, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, errBroken)
	_, err = interpreter.Run[any](ctx, in, p, nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestHandlersSeeTheTask(t *testing.T) {
	type key struct{}
	p := compile(t, oneTask)
	in := open(t, task(interpreter.Func(func(ctx context.Context, _ struct{}) (string, error) {
		child, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		task := interpreter.TaskFrom(child)
		if len(task.Token()) != 32 || task.Execution() == "" {
			return "", errors.New("no token, or no name")
		}
		return fmt.Sprint(task.State, task.Attempt, task.Resource.Name, child.Value(key{})), nil
	})))
	got, err := interpreter.Run[string](context.WithValue(background, key{}, "v"), in, p, nil)
	require.NoError(t, err)
	require.Equal(t, "Work0workv", got)
	require.Nil(t, interpreter.TaskFrom(background))
}

func TestTaskIsNotAContext(t *testing.T) {
	in := open(t, task(func(ctx context.Context, task *interpreter.Task) (any, error) {
		_, isContext := any(task).(context.Context)
		return []bool{isContext, interpreter.TaskFrom(ctx) == task}, nil
	}))
	got, err := interpreter.Run[[]bool](background, in, compile(t, oneTask), nil)
	require.NoError(t, err)
	require.Equal(t, []bool{false, true}, got)
}

// Shutdown takes in the result of a handler that Run calls on its own goroutine.
func TestShutdownTakesInTheResultOfRun(t *testing.T) {
	var in *interpreter.Interpreter
	var wait func()
	in = open(t, task(func(context.Context, *interpreter.Task) (any, error) {
		wait = shutdown(t, in)
		return 1, nil
	}))
	output, err := interpreter.Run[any](background, in, compile(t, oneTask), nil)
	wait()
	require.NoError(t, err)
	require.EqualValues(t, 1, output)
}
