package temporal

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// asks waits for an answer by its token in one branch. In the other one a task acts
// after a second, when the first waits.
const asks = `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
	{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": {"Token.$": "$$.Task.Token"},
		"HeartbeatSeconds": 10, "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}, "Caught": {"Type": "Pass", "End": true}}},
	{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1, "Next": "Act"}, "Act": {"Type": "Task", "Resource": "act", "ResultPath": null, "InputPath": "$", "End": true}}}]}}}`

// tryAnswers runs asks, and acts with its token.
func tryAnswers(t *testing.T, act func(*testsuite.TestWorkflowEnvironment, *Client, string) error, change ...func(*trial)) *shown {
	t.Helper()
	var token string
	var env *testsuite.TestWorkflowEnvironment
	c := Config{Resolver: interpreter.Mux{
		"arn:aws:states:::sqs:sendMessage.waitForTaskToken": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			token = task.Token()
			return map[string]any{"MessageId": "1"}, nil
		}),
		"act": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			return nil, act(env, NewClient(envClient{env: env}, ClientOptions{}), token)
		}),
	}}
	return try(t, c, asks, `{}`, append(change, func(x *trial) {
		x.register = func(e *testsuite.TestWorkflowEnvironment) {
			env = e
			Register(registry{env}, c)
		}
	})...)
}

func TestCallbacksByUpdate(t *testing.T) {
	background := context.Background()
	for name, tt := range map[string]struct {
		act  func(*Client, string) error
		want string // of the branch that asks
	}{
		"success": {func(c *Client, token string) error {
			return c.SendTaskSuccess(background, token, []byte(`{"b": 1.0, "a": 2}`))
		}, `{"b":1.0,"a":2}`},
		"null":    {func(c *Client, token string) error { return c.SendTaskSuccess(background, token, nil) }, `null`},
		"failure": {func(c *Client, token string) error { return c.SendTaskFailure(background, token, "No", "way") }, `{"Error":"No","Cause":"way"}`},
		"second": {func(c *Client, token string) error {
			if err := c.SendTaskSuccess(background, token, 1); err != nil {
				return err
			}
			return wantErr(interpreter.ErrTaskTimedOut, c.SendTaskSuccess(background, token, 2))
		}, `1`},
		"changed": {func(c *Client, token string) error {
			other := strings.Map(func(r rune) rune {
				if r == 'A' {
					return 'B'
				}
				return 'A'
			}, token[:12]) + token[12:]
			if err := wantErr(interpreter.ErrInvalidToken, c.SendTaskSuccess(background, other, 2)); err != nil {
				return err
			}
			if err := wantErr(interpreter.ErrInvalidToken, c.SendTaskSuccess(background, "no token", 2)); err != nil {
				return err
			}
			return c.SendTaskSuccess(background, token, 3)
		}, `3`},
		"invalid": {func(c *Client, token string) error {
			if err := wantErr(interpreter.ErrInvalidOutput, c.SendTaskSuccess(background, token, []byte(`{`))); err != nil {
				return err
			}
			return c.SendTaskSuccess(background, token, 4)
		}, `4`},
		"heartbeat": {func(c *Client, token string) error {
			if err := c.SendTaskHeartbeat(background, token); err != nil {
				return err
			}
			return c.SendTaskSuccess(background, token, 5)
		}, `5`},
		"none": {func(*Client, string) error { return nil }, `{"Error":"States.Timeout","Cause":""}`},
	} {
		t.Run(name, func(t *testing.T) {
			tryAnswers(t, func(_ *testsuite.TestWorkflowEnvironment, c *Client, token string) error { return tt.act(c, token) }).
				requireOutput(t, `[`+tt.want+`,{}]`)
		})
	}
}

func wantErr(want, got error) error {
	if got == nil || !strings.Contains(got.Error(), want.Error()) {
		return fmt.Errorf("the error is %v, want %v", got, want)
	}
	return nil
}

// A signal gets no answer. One that is refused changes nothing, and is logged.
func TestCallbacksBySignal(t *testing.T) {
	logged := &warnings{Mutex: new(sync.Mutex)}
	s := tryAnswers(t, func(env *testsuite.TestWorkflowEnvironment, _ *Client, token string) error {
		send := func(s any) {
			env.RegisterDelayedCallback(func() { env.SignalWorkflow(answerName, s) }, 0)
		}
		send("not a signal")
		send(signal{answer: answer{Token: "foreign", Kind: "success"}, Output: json.RawMessage(`0`)})
		send(signal{answer: answer{Token: token, Kind: "other"}, Output: json.RawMessage(`0`)})
		send(signal{answer: answer{Token: token, Kind: "success"}, Output: nil})
		send(signal{answer: answer{Token: token, Kind: "success"}, Output: json.RawMessage(`{"b":1.0,"a":null}`)})
		send(signal{answer: answer{Token: token, Kind: "success"}, Output: json.RawMessage(`2`)})
		return nil
	}, func(x *trial) { x.logger = logged })
	s.requireOutput(t, `[{"b":1.0,"a":null},{}]`)
	logged.Lock()
	defer logged.Unlock()
	refused := "temporal: a signal asl.Answer is refused: error "
	require.Equal(t, []string{
		"Deserialization error. Corrupted signal received on channel asl.Answer.",
		refused + invalidToken, refused + invalidToken, refused + invalidOutput,
	}, logged.lines[:min(4, len(logged.lines))])
	for _, last := range logged.lines[4:] { // unless it comes after the end
		require.Equal(t, refused+taskTimedOut, last)
	}
}

// warnings is a logger of the SDK that keeps what is not well.
type warnings struct {
	silent
	*sync.Mutex
	lines []string
}

func (w *warnings) Warn(text string, values ...any) {
	w.Lock()
	defer w.Unlock()
	for i := 0; i+1 < len(values); i += 2 {
		if values[i] == "error" {
			text += fmt.Sprintf(": error %v", values[i+1])
		}
	}
	w.lines = append(w.lines, text)
}

func (w *warnings) Error(text string, _ ...any) { w.Warn(text) }

// An answer that comes after the end is too late; a stop too, in other words.
func TestEndedExecutionsTakeNoAnswers(t *testing.T) {
	var token string
	var env *testsuite.TestWorkflowEnvironment
	s := tryAnswers(t, func(e *testsuite.TestWorkflowEnvironment, c *Client, tok string) error {
		env, token = e, tok
		return c.SendTaskSuccess(context.Background(), token, 1)
	})
	s.requireOutput(t, `[1,{}]`)
	c := NewClient(envClient{env: env}, ClientOptions{})
	require.ErrorIs(t, c.SendTaskSuccess(context.Background(), token, 1), interpreter.ErrTaskTimedOut)
	require.ErrorIs(t, c.Execution("x").Stop(context.Background(), "", ""), interpreter.ErrEnded)
	require.ErrorContains(t, c.Execution("y").Stop(context.Background(), "", ""), "workflow execution already completed")
}

// A token stays valid in later runs.
func TestCallbacksOutliveContinuations(t *testing.T) {
	var runs atomic.Int32
	s := tryAnswers(t, func(_ *testsuite.TestWorkflowEnvironment, c *Client, token string) error {
		runs.Add(1)
		return c.SendTaskSuccess(context.Background(), token, 1)
	}, func(x *trial) { x.args.ContinueAfter, x.length = 1, 1 })
	s.requireOutput(t, `[1,{}]`)
	require.Equal(t, int32(1), runs.Load())
	require.GreaterOrEqual(t, s.runs, 3)
}

func TestStopAndCancel(t *testing.T) {
	s := tryAnswers(t, func(_ *testsuite.TestWorkflowEnvironment, c *Client, _ string) error {
		if err := c.Execution("x").Stop(context.Background(), "Enough", "is enough"); err != nil {
			return err
		}
		return nil
	})
	s.requireError(t, machine.Aborted, "Enough", "is enough")
	var ended *testsuite.TestWorkflowEnvironment
	s = tryAnswers(t, func(env *testsuite.TestWorkflowEnvironment, _ *Client, _ string) error {
		ended = env
		env.RegisterDelayedCallback(env.CancelWorkflow, 0)
		return nil
	})
	require.NoError(t, NewClient(envClient{env: ended}, ClientOptions{}).Execution("x").Stop(context.Background(), "", ""), "it was stopped before")
	s.requireError(t, machine.Aborted, "", "")
	require.Contains(t, string(s.events[len(s.events)-1]), "ExecutionAborted")
}

// An update that comes with the first workflow task of a run is handled when there is an
// execution.
func TestUpdatesOfTheFirstWorkflowTask(t *testing.T) {
	var refused error
	s := try(t, Config{}, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": true}}}`, `{}`, func(x *trial) {
		x.register = func(env *testsuite.TestWorkflowEnvironment) {
			Register(registry{env}, Config{})
			env.RegisterDelayedCallback(func() {
				env.UpdateWorkflow(answerName, "", &testsuite.TestUpdateCallback{OnAccept: func() {}, OnComplete: func(any, error) {}, OnReject: func(err error) { refused = err }},
					answer{Token: "x", Kind: "success"}, rawValue(nil))
				env.UpdateWorkflowNoRejection(stopName, "", t, stopRequest{Error: ptr("Enough")})
			}, 0)
		}
	})
	s.requireError(t, machine.Aborted, "Enough", "")
	require.ErrorContains(t, refused, "not a task token")
	require.Contains(t, string(s.events[0]), "ExecutionStarted")

	// The same in a run that continues another one.
	var token string
	var done error
	c := Config{Resolver: interpreter.Mux{callback: interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		token = task.Token()
		return nil, nil
	})}}
	sent := false
	s = try(t, c, asksOnce, `{}`, func(x *trial) {
		x.args.ContinueAfter, x.length = 1, 1
		x.register = func(env *testsuite.TestWorkflowEnvironment) {
			Register(registry{env}, c)
			if token != "" && !sent {
				sent = true
				env.RegisterDelayedCallback(func() {
					env.UpdateWorkflow(answerName, "", &testsuite.TestUpdateCallback{OnAccept: func() {}, OnReject: func(err error) { done = err }, OnComplete: func(_ any, err error) { done = err }},
						answer{Token: token, Kind: "success"}, rawValue("yes"))
				}, 0)
			}
		}
	})
	require.True(t, sent)
	require.NoError(t, done)
	s.requireOutput(t, `"yes"`)
}
