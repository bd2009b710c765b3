package interpreter_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

// Tasks that block until all of them run need a worker each. In a bubble a task that
// none takes is a deadlock, and so would be a worker that waits for more tasks: the
// interpreter is not closed.
func TestEveryTaskThatBlocksHasAWorker(t *testing.T) {
	const n = 40
	for name, ctx := range map[string]func(*testing.T) context.Context{
		"Run on its goroutine": func(*testing.T) context.Context { return background },
		"Run beside it":        func(t *testing.T) context.Context { return cancellable(t) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var running atomic.Int32
				all := make(chan struct{})
				c := task(func(_ context.Context, t *interpreter.Task) (any, error) {
					if running.Add(1) == n {
						close(all)
					}
					<-all
					return t.Input, nil
				})
				c.Workers = n
				in := interpreter.New(c)
				got, err := interpreter.Run[[]int](ctx(t), in, compile(t, wideMap), make([]int, n))
				require.NoError(t, err)
				require.Len(t, got, n)
			})
		})
	}
}

// A worker whose handler ends its goroutine, or blocks, delays no task of others: while
// half of the workers block, the rest do all other tasks.
func TestWorkersThatAreLostDelayNoTask(t *testing.T) {
	const workers, n = 8, 200
	synctest.Test(t, func(t *testing.T) {
		var done atomic.Int32
		rest := make(chan struct{})
		c := task(func(_ context.Context, t *interpreter.Task) (any, error) {
			if t.Item < workers/2 {
				<-rest
				return nil, nil
			}
			if done.Add(1) == n-workers/2 {
				close(rest)
			}
			switch t.Item % 3 {
			case 0:
				runtime.Goexit()
			case 1:
				panic("broken")
			}
			return nil, nil
		})
		c.Workers, c.Logger = workers, quiet
		in := interpreter.New(c)
		defer in.Close()
		_, err := interpreter.Run[any](cancellable(t), in, compile(t, tolerantMap), make([]int, n))
		require.NoError(t, err)
		require.EqualValues(t, n-workers/2, done.Load())
	})
}

// tolerantMap is a Map that ignores failures of its items.
const tolerantMap = `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "T", "States": {
	"T": {"Type": "Task", "Resource": "t", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "P"}]},
	"P": {"Type": "Pass", "End": true}}}}}}`
