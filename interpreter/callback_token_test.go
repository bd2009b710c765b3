package interpreter_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// SendTaskSuccess judges the token's form, then the output, then the task.
func TestSendTaskSuccessJudgesInOrder(t *testing.T) {
	in := interpreter.New(interpreter.Config{})
	defer in.Close()
	stale := strings.Repeat("A", 32)
	longest := base64.RawURLEncoding.EncodedLen(24 + machine.MaxTokenID)
	for _, c := range []struct {
		token  string
		output any
		want   error
	}{
		{"x", []byte("not-json"), interpreter.ErrInvalidToken},
		{"", make(chan int), interpreter.ErrInvalidToken},
		{strings.Repeat("é", 16), []byte("not-json"), interpreter.ErrInvalidToken},
		{strings.Repeat("A", 31) + "!", []byte("1"), interpreter.ErrInvalidToken},
		{strings.Repeat("A", 28) + "\n\n\n\n", []byte("1"), interpreter.ErrInvalidToken},
		{strings.Repeat("A", 33), []byte("1"), interpreter.ErrInvalidToken},
		{strings.Repeat("A", longest+1), []byte("1"), interpreter.ErrInvalidToken},
		{strings.Repeat("A", 54), "of another store", interpreter.ErrTaskTimedOut},
		{strings.Repeat("A", longest), "of the longest id", interpreter.ErrTaskTimedOut},
		{stale, []byte("not-json"), interpreter.ErrInvalidOutput},
		{stale, json.RawMessage("{"), interpreter.ErrInvalidOutput},
		{stale, make(chan int), interpreter.ErrInvalidOutput},
		{stale, "text", interpreter.ErrTaskTimedOut},
	} {
		require.ErrorIs(t, in.SendTaskSuccess(background, c.token, c.output), c.want)
	}
	require.ErrorIs(t, in.SendTaskFailure(background, stale[1:]+"=", "E", ""), interpreter.ErrInvalidToken)
	require.ErrorIs(t, in.SendTaskHeartbeat(background, stale[1:]+"="), interpreter.ErrInvalidToken)
	require.EqualError(t, in.SendTaskSuccess(background, stale, []byte("not-json")),
		"interpreter: invalid output: Invalid Output: 'not-json' is not valid JSON.")
	require.Less(t, len(in.SendTaskSuccess(background, stale, []byte(strings.Repeat("x", 1<<20))).Error()), 400)
}

// A token that was answered is judged after the output, too: bad JSON for it is
// bad JSON.
func TestSendTaskSuccessJudgesTheOutputOfAnEndedTask(t *testing.T) {
	tokens := make(chan string, 1)
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"f": interpreter.HandlerFunc(
		func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return nil, interpreter.ErrResultPending
		})}})
	defer in.Close()
	p, err := interpreter.Compile([]byte(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	token := <-tokens
	require.ErrorIs(t, in.SendTaskSuccess(background, token, []byte(`{"a":`)), interpreter.ErrInvalidOutput)
	require.NoError(t, in.SendTaskSuccess(background, token, []byte(`{"a": 1}`)), "bad output does not use up the token")
	require.NoError(t, e.Wait(background))
	require.ErrorIs(t, in.SendTaskSuccess(background, token, []byte(`{"a":`)), interpreter.ErrInvalidOutput)
	require.ErrorIs(t, in.SendTaskSuccess(background, token, []byte(`1`)), interpreter.ErrTaskTimedOut)
	require.ErrorIs(t, in.SendTaskFailure(background, token, "E", ""), interpreter.ErrTaskTimedOut)
	require.ErrorIs(t, in.SendTaskHeartbeat(background, token), interpreter.ErrTaskTimedOut)
}

// Only EXPRESS executions that are started as with StartSyncExecution have no
// RedriveCount.
func TestSynchronousExecutionHasNoRedriveCount(t *testing.T) {
	const definition = `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"x.$": "$$.Execution"}, "End": true}}}`
	in := interpreter.New(interpreter.Config{})
	defer in.Close()
	for _, express := range []bool{true, false} {
		m, err := asl.ParseValid([]byte(definition), asl.Options{})
		require.NoError(t, err)
		p, err := machine.Compile(m, interpreter.Options{Express: express})
		require.NoError(t, err)
		shown := func(synchronous bool) bool {
			e, err := in.Start(background, p, nil, interpreter.StartOptions{Synchronous: synchronous})
			require.NoError(t, err)
			require.NoError(t, e.Wait(background))
			output, err := e.Output()
			require.NoError(t, err)
			return strings.Contains(value.String(output), "RedriveCount")
		}
		require.True(t, shown(false))
		require.Equal(t, !express, shown(true))
		output, err := interpreter.Run[map[string]map[string]any](background, in, p, nil)
		require.NoError(t, err)
		require.Equal(t, !express, output["x"]["RedriveCount"] != nil)
	}
}

// No token is kept of a task that ends while a goroutine of its handler asks for it.
func TestTokenOfAnEndedTaskIsForgotten(t *testing.T) {
	var in *interpreter.Interpreter
	var release func()
	asked := make(chan bool)
	in = open(t, task(func(_ context.Context, task *interpreter.Task) (any, error) {
		release = interpreter.HoldTokens(in)
		go func() { task.Token(); close(asked) }()
		if !soon(func() bool { return interpreter.AsksForToken(task) }) {
			panic("nobody asks")
		}
		return nil, nil
	}))
	_, err := interpreter.Run[any](background, in, compile(t, oneTask), nil)
	require.NoError(t, err)
	release()
	<-asked
	require.Zero(t, interpreter.KnownTokens(in))
}
