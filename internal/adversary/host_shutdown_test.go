package adversary

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
)

// gate is a sink that blocks at events of one type until it is opened, and counts
// its calls.
type gate struct {
	at      history.Type
	open    chan struct{}
	entered atomic.Int32
	calls   atomic.Int32
}

func newGate(at history.Type) *gate { return &gate{at: at, open: make(chan struct{})} }

func (g *gate) Record(_ string, events []history.Event) error {
	g.calls.Add(1)
	if slices.ContainsFunc(events, func(e history.Event) bool { return e.Type == g.at }) {
		g.entered.Add(1)
		<-g.open
	}
	return nil
}

// Shutdown waits for every hook that is being called, whoever drives the execution,
// and none is called once it has returned.
func TestShutdownWaitsForEveryDrive(t *testing.T) {
	start := func(t *testing.T, in *interpreter.Interpreter, definition, input string) *interpreter.Execution {
		e, err := in.Start(background, compile(t, definition, smallSteps), []byte(input), interpreter.StartOptions{})
		require.NoError(t, err)
		return e
	}
	const call = `{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
		"Parameters": {"StateMachineArn": "child", "Input": {"seconds": 1}}, "End": true}}}`
	for name, c := range map[string]struct {
		at    history.Type
		drive func(t *testing.T, in *interpreter.Interpreter, tokens chan string)
	}{
		"Start": {history.ExecutionStarted, func(t *testing.T, in *interpreter.Interpreter, tokens chan string) {
			go start(t, in, onePass, `{}`)
		}},
		"Stop": {history.ExecutionAborted, func(t *testing.T, in *interpreter.Interpreter, tokens chan string) {
			e := start(t, in, oneWait, `{"seconds": 9}`)
			go func() { _ = e.Stop(background, "", "") }()
		}},
		"Run that ends with its context": {history.ExecutionAborted, func(t *testing.T, in *interpreter.Interpreter, tokens chan string) {
			ctx, cancel := context.WithTimeout(background, time.Second)
			go func() {
				defer cancel()
				_, _ = interpreter.Run[any](ctx, in, compile(t, oneWait), []byte(`{"seconds": 9}`))
			}()
			time.Sleep(time.Second)
		}},
		"timer": {history.WaitStateExited, func(t *testing.T, in *interpreter.Interpreter, tokens chan string) {
			go start(t, in, oneWait, `{"seconds": 1}`)
			time.Sleep(time.Second)
		}},
		"timers": {history.WaitStateExited, func(t *testing.T, in *interpreter.Interpreter, tokens chan string) {
			for range 5 {
				go start(t, in, oneWait, `{"seconds": 1}`)
			}
			time.Sleep(time.Second)
		}},
		"answer of a handler": {history.LambdaFunctionSucceeded, func(t *testing.T, in *interpreter.Interpreter, tokens chan string) {
			go start(t, in, oneState("honest"), `{}`)
		}},
		"answer by token": {history.LambdaFunctionSucceeded, func(t *testing.T, in *interpreter.Interpreter, tokens chan string) {
			go start(t, in, oneState("pending"), `{}`)
			token := <-tokens
			go func() { _ = in.SendTaskSuccess(background, token, nil) }()
		}},
		"heartbeat that submits": {history.TaskSubmitted, func(t *testing.T, in *interpreter.Interpreter, tokens chan string) {
			go start(t, in, callback, `{}`)
		}},
		"timer of a child": {history.WaitStateExited, func(t *testing.T, in *interpreter.Interpreter, tokens chan string) {
			go start(t, in, call, `{}`)
			time.Sleep(time.Second)
		}},
		"end of a child": {history.TaskSucceeded, func(t *testing.T, in *interpreter.Interpreter, tokens chan string) {
			go start(t, in, call, `{}`)
			time.Sleep(time.Second)
		}},
		"execution that computes": {history.FailStateEntered, func(t *testing.T, in *interpreter.Interpreter, tokens chan string) {
			go start(t, in, counting(`"Type": "Fail"`), `{"n": 0}`)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, tokens := newGate(c.at), make(chan string, 1)
				in := interpreter.New(interpreter.Config{History: g, Resolver: interpreter.Resolvers{
					&interpreter.StartExecution{Programs: map[string]*interpreter.Program{"child": compile(t, oneWait)}},
					interpreter.Mux{
						"honest": honest,
						"pending": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
							tokens <- task.Token()
							return nil, interpreter.ErrResultPending
						}),
						"arn:*": honest,
					}}})
				c.drive(t, in, tokens)
				synctest.Wait()
				require.Positive(t, g.entered.Load(), "the hook is called")
				down := make(chan error, 1)
				go func() { down <- in.Shutdown(background) }()
				synctest.Wait()
				require.Empty(t, down, "Shutdown returned while a hook was being called")
				close(g.open)
				require.NoError(t, <-down)
				calls := g.calls.Load()
				synctest.Wait()
				require.Equal(t, calls, g.calls.Load(), "a hook was called after Shutdown")
			})
		})
	}
}

func oneState(resource string) string {
	return `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "` + resource + `", "End": true}}}`
}

const callback = `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
	"Parameters": {"MessageBody.$": "$$.Task.Token"}, "End": true}}}`

// smallSteps has executions yield often.
var smallSteps = interpreter.Options{Limits: interpreter.Limits{StepTransitions: 50}}

// counting is a machine that computes for some Steps before its last state.
func counting(last string) string {
	return fmt.Sprintf(`{"StartAt": "Add", "States": {
		"Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Enough"},
		"Enough": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThan": 300, "Next": "Last"}], "Default": "Add"},
		"Last": {%s}}}`, last)
}

// Starts, answers, stops and timers race with Shutdown: none of them calls a hook
// afterwards.
func TestShutdownRacesWithEveryDrive(t *testing.T) {
	wait, task := compile(t, oneWait), compile(t, oneTask)
	for range 200 {
		var down atomic.Bool
		var late atomic.Int32
		in := open(t, interpreter.Config{
			Resolver: handlers(func(context.Context, *interpreter.Task) (any, error) { return 1, nil }),
			History: history.SinkFunc(func(string, []history.Event) error {
				if down.Load() {
					late.Add(1)
				}
				return nil
			}),
		})
		var all sync.WaitGroup
		for _, p := range []*interpreter.Program{wait, task, wait, task} {
			all.Go(func() {
				e, err := in.Start(background, p, []byte(`{"seconds": 0}`), interpreter.StartOptions{})
				if err != nil {
					require.ErrorIs(t, err, interpreter.ErrClosed)
					return
				}
				_ = e.Stop(background, "", "")
				_, err = e.Snapshot()
				require.NoError(t, err)
			})
		}
		require.NoError(t, in.Shutdown(background))
		down.Store(true)
		all.Wait()
		require.Zero(t, late.Load())
	}
}

// A handler cannot wait for itself to end.
func TestShutdownInsideAHandler(t *testing.T) {
	var in *interpreter.Interpreter
	in = open(t, interpreter.Config{Resolver: handlers(func(context.Context, *interpreter.Task) (any, error) {
		return nil, in.Shutdown(background)
	})})
	for _, ctx := range []context.Context{background, cancellable(t)} {
		_, err := interpreter.Run[any](ctx, in, compile(t, oneTask), nil)
		require.ErrorContains(t, err, interpreter.ErrReentry.Error())
	}
	neighbour(t, in)
	var bounded *interpreter.Interpreter
	down := make(chan error, 1)
	bounded = open(t, interpreter.Config{Resolver: handlers(func(context.Context, *interpreter.Task) (any, error) {
		ctx, cancel := context.WithCancel(background)
		cancel()
		down <- bounded.Shutdown(ctx)
		return nil, nil
	})})
	_, err := interpreter.Run[any](background, bounded, compile(t, oneTask), nil)
	require.ErrorIs(t, err, interpreter.ErrClosed)
	require.ErrorIs(t, <-down, context.Canceled)
}

// Handlers that never return hold up nothing but their places.
func TestHandlerThatNeverReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		in := interpreter.New(interpreter.Config{Workers: 2, Resolver: handlers(func(context.Context, *interpreter.Task) (any, error) {
			<-release
			return nil, nil
		})})
		p := compile(t, `{"TimeoutSeconds": 5, "StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "End": true}}}`)
		e, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		var failed *interpreter.ExecutionError
		require.ErrorAs(t, e.Wait(background), &failed)
		require.Equal(t, interpreter.TimedOut, failed.Status)
		neighbour(t, in)
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		begun := time.Now()
		require.ErrorIs(t, in.Shutdown(ctx), context.DeadlineExceeded)
		require.Equal(t, time.Minute, time.Since(begun))
		require.NoError(t, in.Close())
		close(release)
	})
}
