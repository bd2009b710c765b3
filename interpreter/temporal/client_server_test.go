package temporal

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/proto"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// serverClient starts a worker on a queue of its own.
func serverClient(t *testing.T, c client.Client, config Config, o ClientOptions) *Client {
	o.TaskQueue = "client-" + time.Now().UTC().Format("150405.000000")
	w := worker.New(c, o.TaskQueue, worker.Options{})
	Register(w, config)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return NewClient(c, o)
}

// What a Client does on a server.
func TestClientOnAServer(t *testing.T) {
	c := newServer(t).client
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tokens := make(chan string, 1)
	k := serverClient(t, c, recordingConfig(t, tokens), ClientOptions{})
	start := func(t *testing.T, definition, input string, o StartOptions) *Execution {
		e, err := k.Start(ctx, compile(t, definition), []byte(input), o)
		require.NoError(t, err)
		return e
	}
	requireFailed := func(t *testing.T, err error, want interpreter.ExecutionError) {
		var failed *interpreter.ExecutionError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, want, *failed)
	}
	t.Run("Start again", func(t *testing.T) {
		name := "again-" + time.Now().UTC().Format("150405.000000")
		e := start(t, asksOnce, `{"a": 1}`, StartOptions{Name: name})
		token := <-tokens
		again := start(t, asksOnce, `{"a": 1}`, StartOptions{Name: name})
		require.Equal(t, e.Name(), again.Name())
		_, err := k.Start(ctx, compile(t, asksOnce), []byte(`{"a": 2}`), StartOptions{Name: name})
		require.ErrorIs(t, err, interpreter.ErrExecutionAlreadyExists)
		_, err = k.Start(ctx, compile(t, pays), []byte(`{"a": 1}`), StartOptions{Name: name})
		require.ErrorIs(t, err, interpreter.ErrExecutionAlreadyExists)
		require.NoError(t, k.SendTaskSuccess(ctx, token, 1))
		require.NoError(t, again.Wait(ctx))
		_, err = k.Start(ctx, compile(t, asksOnce), []byte(`{"a": 1}`), StartOptions{Name: name})
		require.ErrorIs(t, err, interpreter.ErrExecutionAlreadyExists, "it has ended")
	})
	t.Run("Decode", func(t *testing.T) {
		e := start(t, chainOf(`"A": {"Type": "Pass"`), `{"A": 2, "B": 3}`, StartOptions{})
		var got sum
		require.NoError(t, e.Decode(ctx, &got))
		require.Equal(t, sum{2, 3}, got)
		require.NoError(t, k.Execution(e.Name()).Decode(ctx, &got), "by another handle, after the end")
		var text string
		require.Error(t, e.Decode(ctx, &text))
		require.NoError(t, e.Wait(ctx))
		require.ErrorIs(t, e.Stop(ctx, "", ""), interpreter.ErrEnded)
		where, err := e.Where(ctx)
		require.NoError(t, err)
		require.Empty(t, where)
	})
	t.Run("failed", func(t *testing.T) {
		e := start(t, chainOf(task("T", "fail", "")), `{}`, StartOptions{})
		requireFailed(t, e.Decode(ctx, nil), interpreter.ExecutionError{Name: "Bad", Cause: "it is", State: "T", Status: machine.Failed})
		require.ErrorIs(t, e.Wait(ctx), &asl.Error{Name: "Bad"})
	})
	t.Run("timed out", func(t *testing.T) {
		e := start(t, `{"TimeoutSeconds": 1, `+chainOf(`"W": {"Type": "Wait", "Seconds": 9`)[1:], `{}`, StartOptions{})
		requireFailed(t, e.Wait(ctx), interpreter.ExecutionError{Status: machine.TimedOut})
		require.ErrorIs(t, e.Stop(ctx, "", ""), interpreter.ErrEnded)
	})
	t.Run("stopped", func(t *testing.T) {
		e := start(t, chainOf(`"W": {"Type": "Wait", "Seconds": 99`), `{}`, StartOptions{})
		require.NoError(t, e.Stop(ctx, "Enough", "is enough"))
		require.NoError(t, e.Stop(ctx, "", ""), "it was stopped before")
		requireFailed(t, e.Wait(ctx), interpreter.ExecutionError{Name: "Enough", Cause: "is enough", Status: machine.Aborted})
	})
	t.Run("terminated by hand", func(t *testing.T) {
		e := start(t, chainOf(`"W": {"Type": "Wait", "Seconds": 99`), `{}`, StartOptions{})
		require.NoError(t, c.TerminateWorkflow(ctx, e.Name(), "", "by hand"))
		var failed *interpreter.ExecutionError
		require.ErrorAs(t, e.Wait(ctx), &failed)
		require.Equal(t, machine.Aborted, failed.Status)
		require.NoError(t, e.Stop(ctx, "", ""))
	})
	t.Run("waiting is limited by its context", func(t *testing.T) {
		e := start(t, chainOf(`"W": {"Type": "Wait", "Seconds": 99`), `{}`, StartOptions{})
		limited, cancel := context.WithCancel(ctx)
		cancel()
		require.ErrorIs(t, e.Wait(limited), context.Canceled)
		require.ErrorIs(t, e.Stop(limited, "", ""), context.Canceled)
		limited, cancel = context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		require.ErrorIs(t, e.Wait(limited), context.DeadlineExceeded)
		require.NoError(t, e.Stop(ctx, "", ""))
	})
	t.Run("unknown", func(t *testing.T) {
		e := k.Execution("nobody has started it")
		require.ErrorContains(t, e.Wait(ctx), "not found")
		require.ErrorContains(t, e.Stop(ctx, "", ""), "not found")
		_, err := e.Where(ctx)
		require.ErrorContains(t, err, "not found")
		for _, err := range e.Events(ctx, EventsOptions{}) {
			require.ErrorContains(t, err, "not found")
		}
	})
	t.Run("answers", func(t *testing.T) {
		e := start(t, asksOnce, `{}`, StartOptions{})
		token := <-tokens
		send := func(token string) []error {
			return []error{k.SendTaskSuccess(ctx, token, 1), k.SendTaskFailure(ctx, token, "", ""), k.SendTaskHeartbeat(ctx, token)}
		}
		for _, err := range send(token + "AAAA") { // the token of another execution, which there is not
			require.ErrorIs(t, err, interpreter.ErrTaskTimedOut)
		}
		for _, invalid := range []string{"", "no token", token[:20], "B" + token[1:]} {
			for _, err := range send(invalid) {
				require.ErrorIs(t, err, interpreter.ErrInvalidToken, invalid)
			}
		}
		require.ErrorIs(t, k.SendTaskSuccess(ctx, "no token", []byte(`{`)), interpreter.ErrInvalidToken, "before the output")
		require.ErrorIs(t, k.SendTaskSuccess(ctx, token, []byte(`{`)), interpreter.ErrInvalidOutput)
		require.ErrorIs(t, k.SendTaskSuccess(ctx, token, make(chan int)), interpreter.ErrInvalidOutput)
		require.NoError(t, k.SendTaskHeartbeat(ctx, token))
		require.NoError(t, k.SendTaskFailure(ctx, token, "", ""))
		for _, err := range send(token) {
			require.ErrorIs(t, err, interpreter.ErrTaskTimedOut)
		}
		requireFailed(t, e.Wait(ctx), interpreter.ExecutionError{State: "Ask", Status: machine.Failed})
		for _, err := range send(token) { // after the end
			require.ErrorIs(t, err, interpreter.ErrTaskTimedOut)
		}
	})
	t.Run("an answer while the execution goes on", func(t *testing.T) {
		e := start(t, chainOf(asksOnce[len(`{"StartAt": "Ask", "States": {`):len(asksOnce)-len(`, "End": true}}}`)], `"W": {"Type": "Wait", "Seconds": 99`), `{}`, StartOptions{})
		token := <-tokens
		require.NoError(t, k.SendTaskSuccess(ctx, token, nil))
		require.ErrorIs(t, k.SendTaskSuccess(ctx, token, nil), interpreter.ErrTaskTimedOut)
		where, err := e.Where(ctx)
		require.NoError(t, err)
		require.Equal(t, []string{"W"}, where)
		require.NoError(t, e.Stop(ctx, "", ""))
	})
}

// A stop ends the contexts of the handlers that run, by the next beat.
func TestStopReachesHandlersOnAServer(t *testing.T) {
	c := newServer(t).client
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	runs, interrupted := make(chan struct{}), make(chan error, 1)
	k := serverClient(t, c, Config{Liveness: time.Second, Resolver: interpreter.Mux{
		"slow": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
			close(runs)
			<-ctx.Done()
			interrupted <- ctx.Err()
			return nil, ctx.Err()
		}),
	}}, ClientOptions{})
	e, err := k.Start(ctx, compile(t, chainOf(task("T", "slow", ""))), nil, StartOptions{})
	require.NoError(t, err)
	<-runs
	require.NoError(t, e.Stop(ctx, "", ""))
	select {
	case err := <-interrupted:
		require.ErrorIs(t, err, context.Canceled)
	case <-ctx.Done():
		require.NoError(t, ctx.Err())
	}
}

// With a codec nothing of an execution's data can be read in its history.
func TestCodecOnAServer(t *testing.T) {
	c, err := client.Dial(client.Options{
		HostPort: newServer(t).addr, Identity: "test", Logger: silent{}, DataConverter: withCodec,
		FailureConverter: temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{DataConverter: withCodec, EncodeCommonAttributes: true}),
	})
	require.NoError(t, err)
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tokens := make(chan string, 1)
	config := recordingConfig(t, tokens)
	config.DataConverter = withCodec
	k := serverClient(t, c, config, ClientOptions{KeepHistory: true, ContinueAfter: 12, DataConverter: withCodec})
	fails := interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return nil, asl.Errorf("Broken", "a secret") })
	config.Resolver.(interpreter.Mux)["secret"] = fails
	definition := chainOf(task("A", "echo", ""), task("B", "secret", `, "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Ask"}]`),
		task("Ask", callback, `, "Parameters": {"Token.$": "$$.Task.Token", "s.$": "$.s", "e.$": "$.e"}`),
		task("N", "arn:aws:states:::states:startExecution.sync:2", `, "Parameters": {"StateMachineArn": "child", "Input.$": "$"}, "ResultPath": "$.n", "OutputPath": "$.s"`))
	name := "codec-" + time.Now().UTC().Format("150405.000000")
	e, err := k.Start(ctx, compile(t, definition), []byte(`{"s": "secret"}`), StartOptions{Name: name})
	require.NoError(t, err)
	token := <-tokens
	_, err = k.Start(ctx, compile(t, definition), []byte(`{"s": "secret"}`), StartOptions{Name: name})
	require.NoError(t, err, "the input is read")
	require.NoError(t, k.SendTaskSuccess(ctx, token, []byte(`{"s": "a secret, 1.0"}`)))
	output, err := e.output(ctx)
	require.NoError(t, err)
	require.Equal(t, `"a secret, 1.0"`, value.String(output))
	kinds := make(map[string]bool)
	for ev, err := range e.Events(ctx, EventsOptions{}) {
		require.NoError(t, err)
		kinds[ev.Type.String()] = true
	}
	require.True(t, kinds["ExecutionStarted"] && kinds["ExecutionSucceeded"], "%v", kinds)
	histories := downloadHistories(t, ctx, e)
	require.Greater(t, len(histories), 1)
	for _, h := range histories {
		require.NoError(t, Replay(h, config))
		text, err := proto.Marshal(h)
		require.NoError(t, err)
		require.NotContains(t, string(bytes.ToLower(text)), "secret")
	}
	failed, err := k.Start(ctx, compile(t, chainOf(task("B", "secret", ""))), []byte(`{}`), StartOptions{})
	require.NoError(t, err)
	require.ErrorIs(t, failed.Wait(ctx), &asl.Error{Name: "Broken", Cause: "a secret"})
}
