package interpreter_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

const twoPending = `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
	{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "work", "End": true}}},
	{"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters": {"MessageBody.$": "$$.Task.Token"}, "HeartbeatSeconds": 50, "End": true}}}]}}}`

// acknowledged are the calls whose nil says that something has happened, and how a
// later process sees that it has.
var acknowledged = map[string]struct {
	call  func(s *blockedBehindASink) error
	shows func(p *interpreter.Program, x *machine.Execution, pending []machine.Command) bool
}{
	"SendTaskSuccess": {
		func(s *blockedBehindASink) error { return s.in.SendTaskSuccess(background, s.b.Token(), 1) },
		func(_ *interpreter.Program, x *machine.Execution, _ []machine.Command) bool {
			return x.Status == interpreter.Succeeded
		}},
	"SendTaskFailure": {
		func(s *blockedBehindASink) error { return s.in.SendTaskFailure(background, s.b.Token(), "E", "") },
		func(_ *interpreter.Program, x *machine.Execution, _ []machine.Command) bool {
			return x.Status == interpreter.Failed
		}},
	"SendTaskHeartbeat": {
		func(s *blockedBehindASink) error { return s.in.SendTaskHeartbeat(background, s.b.Token()) },
		func(p *interpreter.Program, x *machine.Execution, _ []machine.Command) bool {
			at, _ := p.Wake(x)
			return at.Equal(began.Add(60 * time.Second))
		}},
	"Submitted": {
		func(s *blockedBehindASink) error { return s.b.Submitted("sent") },
		func(_ *interpreter.Program, _ *machine.Execution, pending []machine.Command) bool {
			return len(pending) == 1 && pending[0].Submitted
		}},
	"Stop": {
		func(s *blockedBehindASink) error { return s.e.Stop(background, "Enough", "") },
		func(_ *interpreter.Program, x *machine.Execution, _ []machine.Command) bool {
			return x.Status == interpreter.Aborted
		}},
}

// blockedBehindASink has an execution with two pending tasks whose sink blocks at the
// result of the first.
type blockedBehindASink struct {
	clock *interpreter.VirtualClock
	in    *interpreter.Interpreter
	e     *interpreter.Execution
	p     *interpreter.Program
	b     *interpreter.Task
	open  chan error // what the sink returns; closed: nil
	first chan error // what the first answer returns
}

func blockBehindASink(t *testing.T) *blockedBehindASink {
	s := &blockedBehindASink{p: compile(t, twoPending), open: make(chan error), first: make(chan error, 1),
		clock: interpreter.NewManualClock(began)}
	tasks := make(chan *interpreter.Task, 2)
	s.in = interpreter.New(interpreter.Config{
		Clock: s.clock,
		Resolver: interpreter.Mux{"*": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			tasks <- task
			return nil, interpreter.ErrResultPending
		})},
		History: history.SinkFunc(func(_ string, events []history.Event) error {
			for i := range events {
				if events[i].Type == history.LambdaFunctionSucceeded {
					err := <-s.open
					if err == errGoexit { //nolint:errorlint // it is never wrapped
						runtime.Goexit()
					}
					return err
				}
			}
			return nil
		}),
	})
	var err error
	s.e, err = s.in.Start(background, s.p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	a, b := <-tasks, <-tasks
	if a.State == "B" {
		a, b = b, a
	}
	s.b = b
	s.clock.Settle()
	s.clock.Advance(10 * time.Second)
	token := a.Token()
	go func() { s.first <- s.in.SendTaskSuccess(background, token, 0) }()
	synctest.Wait()
	return s
}

// restored reads the snapshot as a later process does.
func (s *blockedBehindASink) restored(t *testing.T) (*machine.Execution, []machine.Command) {
	snapshot, err := s.e.Snapshot()
	require.NoError(t, err)
	x, r := new(machine.Execution), new(machine.Result)
	require.NoError(t, s.p.RestoreInto(x, snapshot))
	require.NoError(t, s.p.Pending(x, r))
	return x, r.Commands
}

// A call that returned nil is in every later snapshot. One that waits behind a sink
// returns ErrClosed when the interpreter is closed, and can be made again later.
func TestAcknowledgedEventsAreApplied(t *testing.T) {
	for name, c := range acknowledged {
		t.Run(name+" before Close", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := blockBehindASink(t)
				done := make(chan error, 1)
				go func() { done <- c.call(s) }()
				synctest.Wait()
				close(s.open)
				require.NoError(t, <-done)
				require.NoError(t, <-s.first)
				require.NoError(t, s.in.Close())
				x, pending := s.restored(t)
				require.True(t, c.shows(s.p, x, pending))
			})
		})
		t.Run(name+" behind a sink at Close", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := blockBehindASink(t)
				done := make(chan error, 1)
				go func() { done <- c.call(s) }()
				synctest.Wait()
				require.Empty(t, done, "nothing is acknowledged while the sink blocks")
				require.NoError(t, s.in.Close())
				require.ErrorIs(t, <-done, interpreter.ErrClosed)
				close(s.open)
				x, pending := s.restored(t)
				require.False(t, c.shows(s.p, x, pending))
				require.Len(t, pending, 1, "the task is outstanding")
			})
		})
		t.Run(name+" behind a sink that fails", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := blockBehindASink(t)
				done := make(chan error, 1)
				go func() { done <- c.call(s) }()
				synctest.Wait()
				full := errors.New("disk full")
				s.open <- full
				require.ErrorIs(t, <-s.first, full, "its event is not recorded")
				require.ErrorIs(t, <-done, full)
				require.NoError(t, s.in.Close())
			})
		})
		t.Run(name+" after Close", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := blockBehindASink(t)
				close(s.open)
				require.NoError(t, <-s.first)
				require.NoError(t, s.in.Close())
				require.ErrorIs(t, c.call(s), interpreter.ErrClosed)
			})
		})
		t.Run(name+" behind a sink that ends the goroutine", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := blockBehindASink(t)
				done := make(chan error, 1)
				go func() { done <- c.call(s) }()
				synctest.Wait()
				s.open <- errGoexit
				var failed *interpreter.HookError
				require.ErrorAs(t, <-done, &failed)
				require.NoError(t, s.in.Close())
			})
		})
	}
}

var errGoexit = errors.New("the sink calls runtime.Goexit")

// An answer that comes when the interpreter has just shut down is refused: Shutdown
// may end after the task was found by its token.
func TestAnswerIsNotTakenAfterShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := blockBehindASink(t)
		close(s.open)
		require.NoError(t, <-s.first)
		send := interpreter.FoundByToken(s.in, s.b.Token())
		require.NoError(t, s.in.Shutdown(background))
		require.ErrorIs(t, send(machine.Event{Kind: machine.TaskSucceeded, Output: "late"}), interpreter.ErrClosed)
		x, pending := s.restored(t)
		require.Equal(t, interpreter.Running, x.Status)
		require.Len(t, pending, 1)
	})
}

// An answer that comes after the task's deadline is refused, also if no timer has
// fired yet.
func TestAnswerAfterTheDeadlineIsRefused(t *testing.T) {
	for name, send := range map[string]func(in *interpreter.Interpreter, token string) error{
		"success": func(in *interpreter.Interpreter, token string) error { return in.SendTaskSuccess(background, token, 1) },
		"failure": func(in *interpreter.Interpreter, token string) error {
			return in.SendTaskFailure(background, token, "E", "")
		},
		"heartbeat": func(in *interpreter.Interpreter, token string) error { return in.SendTaskHeartbeat(background, token) },
	} {
		t.Run(name, func(t *testing.T) {
			clock := &hostileClock{after: func(time.Duration, func()) interpreter.Timer { return nil }}
			tokens := make(chan string, 1)
			in := open(t, interpreter.Config{Clock: clock, Resolver: pending(tokens)})
			e, err := in.Start(background, compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "work",
				"TimeoutSeconds": 10, "End": true}}}`), nil, interpreter.StartOptions{})
			require.NoError(t, err)
			token := <-tokens
			clock.ahead.Store(int64(time.Minute))
			require.ErrorIs(t, send(in, token), interpreter.ErrTaskTimedOut)
			require.ErrorIs(t, e.Wait(background), &asl.Error{Name: asl.StatesTimeout})
		})
	}
}

// The context of a call that waits for an event limits the wait, and does not
// withdraw the event.
func TestContextLimitsTheWaitForAnEvent(t *testing.T) {
	why := errors.New("no time left")
	calls := map[string]func(ctx context.Context, s *blockedBehindASink) error{
		"SendTaskSuccess": func(ctx context.Context, s *blockedBehindASink) error {
			return s.in.SendTaskSuccess(ctx, s.b.Token(), 1)
		},
		"SendTaskFailure": func(ctx context.Context, s *blockedBehindASink) error {
			return s.in.SendTaskFailure(ctx, s.b.Token(), "E", "")
		},
		"SendTaskHeartbeat": func(ctx context.Context, s *blockedBehindASink) error {
			return s.in.SendTaskHeartbeat(ctx, s.b.Token())
		},
		"Stop": func(ctx context.Context, s *blockedBehindASink) error { return s.e.Stop(ctx, "Enough", "") },
	}
	for name, call := range calls {
		t.Run(name+" with a context that has ended", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := blockBehindASink(t)
				ctx, cancel := context.WithCancelCause(background)
				cancel(why)
				err := call(ctx, s)
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, why)
				require.NotContains(t, err.Error(), "may or may not")
				close(s.open)
				require.NoError(t, <-s.first)
				x, pending := s.restored(t)
				require.Equal(t, interpreter.Running, x.Status, "nothing is sent")
				require.Len(t, pending, 1)
				at, _ := s.p.Wake(x)
				require.Equal(t, began.Add(50*time.Second), at.UTC(), "nothing is sent")
				require.NoError(t, call(background, s), "the token is not used up")
				require.NoError(t, s.in.Close())
			})
		})
		t.Run(name+" with a context that ends meanwhile", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := blockBehindASink(t)
				ctx, cancel := context.WithCancelCause(background)
				done := make(chan error, 1)
				go func() { done <- call(ctx, s) }()
				synctest.Wait()
				cancel(why)
				err := <-done
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, why)
				require.ErrorContains(t, err, "may or may not be applied")
				close(s.open)
				require.NoError(t, <-s.first)
				x, pending := s.restored(t)
				require.True(t, acknowledged[name].shows(s.p, x, pending), "the event is not withdrawn")
				require.NoError(t, s.in.Close())
			})
		})
	}
}
