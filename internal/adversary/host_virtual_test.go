package adversary

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

// impatientTask waits no longer than an hour for its task.
const impatientTask = `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "TimeoutSeconds": 3600, "End": true}}}`

// A handler that waits for another execution does not stop the virtual clock that
// both have, in one interpreter or in two, and its own timeout does not strike early.
func TestHandlerWaitsForAnotherExecution(t *testing.T) {
	seconds := []byte(`{"seconds": 60}`)
	for name, wait := range map[string]func(ctx context.Context, in *interpreter.Interpreter, p *interpreter.Program) error{
		"Run": func(ctx context.Context, in *interpreter.Interpreter, p *interpreter.Program) error {
			_, err := interpreter.Run[any](ctx, in, p, seconds)
			return err
		},
		"Wait": func(ctx context.Context, in *interpreter.Interpreter, p *interpreter.Program) error {
			e, err := in.Start(ctx, p, seconds, interpreter.StartOptions{})
			if err != nil {
				return err
			}
			return e.Wait(ctx)
		},
		"a derived context": func(ctx context.Context, in *interpreter.Interpreter, p *interpreter.Program) error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			_, err := interpreter.Run[any](ctx, in, p, seconds)
			return err
		},
		"twice": func(ctx context.Context, in *interpreter.Interpreter, p *interpreter.Program) error {
			for range 2 {
				if _, err := interpreter.Run[any](ctx, in, p, seconds); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		for _, interpreters := range []int{1, 2} {
			for _, outer := range []context.Context{background, cancellable(t)} {
				t.Run(name, func(t *testing.T) {
					clock := interpreter.NewVirtualClock(began)
					var inner *interpreter.Interpreter
					p := compile(t, oneWait)
					in := open(t, interpreter.Config{Clock: clock, Resolver: handlers(func(ctx context.Context, _ *interpreter.Task) (any, error) {
						if err := wait(ctx, inner, p); err != nil {
							return nil, err
						}
						return clock.Now().Sub(began).Seconds(), nil
					})})
					if inner = in; interpreters == 2 {
						inner = open(t, interpreter.Config{Clock: clock})
					}
					got, err := interpreter.Run[float64](outer, in, compile(t, impatientTask), nil)
					require.NoError(t, err)
					require.GreaterOrEqual(t, got, 60.0)
					require.Less(t, got, 3600.0)
					clock.Settle()
				})
			}
		}
	}
}

// Handlers that wait for each other's executions are at work again before the clock
// can jump to their timeouts.
func TestClockDoesNotJumpPastAHandlerThatWaited(t *testing.T) {
	clock := interpreter.NewVirtualClock(began)
	p := compile(t, oneWait)
	var in *interpreter.Interpreter
	in = open(t, interpreter.Config{Clock: clock, Resolver: handlers(func(ctx context.Context, _ *interpreter.Task) (any, error) {
		for range 20 {
			if _, err := interpreter.Run[any](ctx, in, p, []byte(`{"seconds": 1}`)); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})})
	task := compile(t, `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "TimeoutSeconds": 5000, "End": true}}}`)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := interpreter.Run[any](background, in, task, nil)
			require.NoError(t, err)
		})
	}
	all.Wait()
	clock.Settle()
	require.LessOrEqual(t, clock.Now().Sub(began), 8*20*time.Second)
}

// A handler that gives up waiting is at work again: the clock stands.
func TestHandlerThatGivesUpWaitingStopsTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := interpreter.NewVirtualClock(began)
		p := compile(t, oneWait)
		var in *interpreter.Interpreter
		in = interpreter.New(interpreter.Config{Clock: clock, Logger: discard, Resolver: handlers(func(ctx context.Context, _ *interpreter.Task) (any, error) {
			e, err := in.Start(ctx, p, []byte(`{"seconds": 60}`), interpreter.StartOptions{})
			if err != nil {
				return nil, err
			}
			ended, cancel := context.WithCancel(ctx)
			cancel()
			require.ErrorIs(t, e.Wait(ended), context.Canceled)
			go func() { require.NoError(t, e.Wait(background)) }()
			synctest.Wait()
			return clock.Now().Sub(began).Seconds(), nil
		})})
		got, err := interpreter.Run[float64](cancellable(t), in, compile(t, oneTask), nil)
		require.NoError(t, err)
		require.Zero(t, got)
		synctest.Wait()
		require.Equal(t, began.Add(time.Minute), clock.Now())
		require.NoError(t, in.Close())
	})
}
