package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// Each cause of a handler's context is one exported error, so that a handler can tell
// a result that nobody needs from one that another process will ask for again.
func TestCauseOfAHandlersContextIsExported(t *testing.T) {
	causes := []error{interpreter.ErrTaskTimedOut, interpreter.ErrStopped, interpreter.ErrShutdown, interpreter.ErrLeaseLost}
	const sinkFails = "a sink fails at the result of the other"
	type scene struct {
		in    *interpreter.Interpreter
		e     *interpreter.Execution
		clock *interpreter.VirtualClock
		token string
		fail  chan struct{}
	}
	for name, c := range map[string]struct {
		end  func(s *scene)
		want error
	}{
		"timeout":   {func(s *scene) { s.clock.Advance(10 * time.Second) }, interpreter.ErrTaskTimedOut},
		"heartbeat": {func(s *scene) { s.clock.Advance(5 * time.Second) }, interpreter.ErrTaskTimedOut},
		"stop":      {func(s *scene) { require.NoError(t, s.e.Stop(background, "", "")) }, interpreter.ErrStopped},
		"answered by its token": {func(s *scene) {
			require.NoError(t, s.in.SendTaskSuccess(background, s.token, 1))
		}, interpreter.ErrStopped},
		"returned":                          {func(*scene) {}, interpreter.ErrStopped},
		"execution fails in another branch": {func(s *scene) { close(s.fail) }, interpreter.ErrStopped},
		"close":                             {func(s *scene) { require.NoError(t, s.in.Close()) }, interpreter.ErrShutdown},
		"shutdown whose time ends":          {func(s *scene) { _ = s.in.Shutdown(ended()) }, interpreter.ErrShutdown},
		sinkFails:                           {func(s *scene) { s.fail <- struct{}{} }, interpreter.ErrShutdown},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scene{clock: interpreter.NewManualClock(began), fail: make(chan struct{})}
			begun := make(chan *interpreter.Task)
			leave, left := make(chan struct{}), make(chan context.Context, 1)
			s.in = open(t, interpreter.Config{Clock: s.clock,
				History: history.SinkFunc(func(_ string, events []history.Event) error {
					if name == sinkFails && slices.ContainsFunc(events, func(ev history.Event) bool { return ev.Type == history.LambdaFunctionSucceeded }) {
						return errBroken
					}
					return nil
				}),
				Resolver: interpreter.Mux{
					"other": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
						select {
						case _, more := <-s.fail:
							if more {
								return 1, nil
							}
							return nil, errBroken
						case <-ctx.Done():
							return nil, ctx.Err()
						}
					}),
					"work": interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
						begun <- task
						if name == "returned" {
							left <- ctx
							<-leave
							return nil, interpreter.ErrResultPending
						}
						<-ctx.Done()
						left <- ctx
						return nil, ctx.Err()
					})}})
			var err error
			s.e, err = s.in.Start(background, compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
				{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "work", "TimeoutSeconds": 8, "HeartbeatSeconds": 5, "End": true}}},
				{"StartAt": "O", "States": {"O": {"Type": "Task", "Resource": "other", "End": true}}}]}}}`), nil, interpreter.StartOptions{})
			require.NoError(t, err)
			task := <-begun
			s.token = task.Token()
			close(leave)
			if name == "timeout" {
				s.clock.Advance(4 * time.Second)
				task.Heartbeat()
				s.clock.Advance(4 * time.Second)
			} else {
				c.end(s)
			}
			ctx := <-left
			<-ctx.Done()
			for _, cause := range causes {
				require.Equal(t, cause == c.want, errors.Is(context.Cause(ctx), cause), "%v: %v", context.Cause(ctx), cause)
			}
			require.Equal(t, c.want == interpreter.ErrTaskTimedOut, errors.Is(ctx.Err(), context.DeadlineExceeded))
		})
	}
}

func ended() context.Context {
	ctx, cancel := context.WithCancel(background)
	cancel()
	return ctx
}

// An attempt that Shutdown or Close interrupts is not a failed one: no Retry and no
// Catch takes its error, and a restored execution delivers the task again.
func TestInterruptedAttemptIsDeliveredAgain(t *testing.T) {
	p := compile(t, `{"StartAt": "T", "States": {
		"T": {"Type": "Task", "Resource": "work", "End": true,
			"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 1}],
			"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]},
		"Caught": {"Type": "Fail"}}}`)
	untilDrained := func(err error) interpreter.HandlerFunc {
		return func(ctx context.Context, _ *interpreter.Task) (any, error) {
			<-interpreter.Draining(ctx)
			if ctx.Err() != nil {
				panic("its context has ended before")
			}
			return nil, err
		}
	}
	shutdown := func(t *testing.T, in *interpreter.Interpreter) { require.NoError(t, in.Shutdown(background)) }
	for name, c := range map[string]struct {
		work interpreter.HandlerFunc
		end  func(t *testing.T, in *interpreter.Interpreter)
	}{
		"ErrShutdown":         {untilDrained(interpreter.ErrShutdown), shutdown},
		"ErrShutdown wrapped": {untilDrained(fmt.Errorf("at item 7: %w", interpreter.ErrShutdown)), shutdown},
		"ErrShutdown under an ASL error": {
			untilDrained(errors.Join(asl.Errorf("E", "at item 7"), interpreter.ErrShutdown)), shutdown},
		"ctx.Err() after Close": {func(ctx context.Context, _ *interpreter.Task) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, func(t *testing.T, in *interpreter.Interpreter) { require.NoError(t, in.Close()) }},
		"the cause after Shutdown whose time ends": {func(ctx context.Context, _ *interpreter.Task) (any, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}, func(t *testing.T, in *interpreter.Interpreter) {
			require.ErrorIs(t, in.Shutdown(ended()), context.Canceled)
		}},
		"a panic after Close": {func(ctx context.Context, _ *interpreter.Task) (any, error) {
			<-ctx.Done()
			panic(ctx.Err())
		}, func(t *testing.T, in *interpreter.Interpreter) { require.NoError(t, in.Close()) }},
	} {
		t.Run(name, func(t *testing.T) {
			begun, returned := make(chan string, 1), make(chan struct{})
			in := open(t, interpreter.Config{Resolver: interpreter.Mux{"work": interpreter.HandlerFunc(
				func(ctx context.Context, task *interpreter.Task) (any, error) {
					defer close(returned)
					begun <- task.Token()
					return c.work(ctx, task)
				})}})
			e, err := in.Start(background, p, nil, interpreter.StartOptions{KeepHistory: true})
			require.NoError(t, err)
			token := <-begun
			c.end(t, in)
			<-returned
			snapshot, err := e.Snapshot()
			require.NoError(t, err)
			require.Equal(t, interpreter.Running, e.Status())
			for ev := range e.Events() {
				require.NotContains(t, ev.Type.String(), "Failed")
			}
			again := open(t, interpreter.Config{Resolver: interpreter.Mux{"work": interpreter.HandlerFunc(
				func(_ context.Context, task *interpreter.Task) (any, error) {
					return []any{task.Token() == token, task.Attempt, task.Resumed}, nil
				})}})
			e, err = again.Restore(p, snapshot, interpreter.StartOptions{})
			require.NoError(t, err)
			require.NoError(t, e.Wait(background))
			var got []any
			require.NoError(t, e.Decode(&got))
			require.Equal(t, []any{true, 0.0, true}, got)
		})
	}
	t.Run("but any other error is a failure", func(t *testing.T) {
		begun := make(chan bool)
		in := open(t, interpreter.Config{Resolver: interpreter.Mux{"work": interpreter.HandlerFunc(
			func(ctx context.Context, task *interpreter.Task) (any, error) {
				begun <- true
				return untilDrained(errBroken)(ctx, task)
			})}})
		e, err := in.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{})
		require.NoError(t, err)
		<-begun
		require.NoError(t, in.Shutdown(background))
		require.Equal(t, interpreter.Failed, e.Status())
	})
	t.Run("and so is ErrShutdown of another interpreter", func(t *testing.T) {
		in := open(t, interpreter.Config{Resolver: interpreter.Mux{"work": interpreter.HandlerFunc(
			func(context.Context, *interpreter.Task) (any, error) { return nil, interpreter.ErrShutdown })}})
		_, err := interpreter.Run[any](background, in, compile(t, oneTask), nil)
		require.ErrorIs(t, err, &asl.Error{Name: asl.StatesTaskFailed})
	})
}

func TestDrainingOfAnyOtherContextIsNil(t *testing.T) {
	require.Nil(t, interpreter.Draining(background))
}

// The context of a handler whose execution another process has taken over says so.
func TestLostLeaseEndsHandlers(t *testing.T) {
	s := memory.New()
	release, begun, causes := make(chan struct{}), make(chan bool, 2), make(chan error, 1)
	first := open(t, interpreter.Config{Store: s, Resolver: interpreter.Mux{"*": interpreter.HandlerFunc(
		func(ctx context.Context, task *interpreter.Task) (any, error) {
			begun <- true
			if task.State == "A" {
				<-release
				return 1, nil
			}
			<-ctx.Done()
			causes <- context.Cause(ctx)
			return nil, ctx.Err()
		})}})
	e, err := first.Start(background, compile(t, twoTasks), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-begun
	<-begun
	open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Succeeded }))
	close(release)
	require.ErrorIs(t, <-causes, interpreter.ErrLeaseLost)
}

const twoTasks = `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
	{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "a", "End": true}}},
	{"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "b", "End": true}}}]}}}`

// An execution in a store delivers an interrupted task again as well: it must not be
// kept as one whose result comes by its token.
func TestInterruptedAttemptOfAStoredExecutionIsDeliveredAgain(t *testing.T) {
	s := memory.New()
	begun := make(chan bool)
	in := open(t, interpreter.Config{Store: s, Resolver: interpreter.Mux{"*": interpreter.HandlerFunc(
		func(ctx context.Context, _ *interpreter.Task) (any, error) {
			begun <- true
			<-interpreter.Draining(ctx)
			return nil, interpreter.ErrShutdown
		})}})
	e, err := in.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-begun
	require.NoError(t, in.Shutdown(background))
	require.Equal(t, interpreter.Running, status(t, s, e.ID()))
	open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Succeeded }))
}
