package interpreter_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

func TestHandlerCallsGoexit(t *testing.T) {
	in := open(t, task(func(context.Context, *interpreter.Task) (any, error) {
		runtime.Goexit()
		return nil, nil
	}))
	for range 3 {
		_, err := interpreter.Run[any](cancellable(t), in, compile(t, oneTask), nil)
		require.ErrorIs(t, err, &asl.Error{Name: asl.StatesTaskFailed, Cause: "The handler called runtime.Goexit."})
	}
}

// Snapshots, heartbeats and stops come at any time, from any goroutine.
func TestManyGoroutinesAtOneExecution(t *testing.T) {
	p := compile(t, wideMap)
	c := task(func(_ context.Context, t *interpreter.Task) (any, error) {
		t.Heartbeat()
		return t.Input, nil
	})
	in := open(t, c)
	input := make([]int, 2000)
	for round := range 10 {
		e, err := in.Start(background, p, input, interpreter.StartOptions{KeepHistory: round%2 == 0})
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 5 {
					data, err := e.Snapshot()
					require.NoError(t, err)
					require.NotEmpty(t, data)
				}
			})
		}
		if round%3 == 2 {
			if err := e.Stop(background, "", ""); !errors.Is(err, interpreter.ErrEnded) {
				require.NoError(t, err)
			}
		}
		err = e.Wait(background)
		wg.Wait()
		if e.Status() == interpreter.Succeeded {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, interpreter.Aborted, e.Status())
	}
}

// A snapshot taken while tasks are under way goes on elsewhere.
func TestRestoreInTheMiddle(t *testing.T) {
	p := compile(t, wideMap)
	echo := func(_ context.Context, t *interpreter.Task) (any, error) { return t.Input, nil }
	in := open(t, task(echo))
	e, err := in.Start(background, p, make([]int, 2000), interpreter.StartOptions{})
	require.NoError(t, err)
	data, err := e.Snapshot()
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	other := open(t, task(echo))
	r, err := other.Restore(p, data, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, r.Wait(background))
	var got []int
	require.NoError(t, r.Decode(&got))
	require.Len(t, got, 2000)
}
