package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

// An execution that has moved has its new definition, its history and its token in the
// file, and can be forked from before the move.
func TestMovedExecutionsAreReopened(t *testing.T) {
	ctx := context.Background()
	const text = `{"StartAt":"Ask","States":{
		"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"MessageBody":"?"},"Next":"End"},
		"End":{"Type":"Pass","Result":"%s","End":true}}}`
	v1, v2 := compile(t, fmt.Sprintf(text, "v1")), compile(t, fmt.Sprintf(text, "v2"))
	tokens := make(chan string, 2)
	resolver := interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		tokens <- task.Token()
		return nil, nil
	})}
	path := filepath.Join(t.TempDir(), "executions.db")
	process := func(f func(in *interpreter.Interpreter)) {
		t.Helper()
		s, err := sqlite.Open(path)
		require.NoError(t, err)
		in := interpreter.New(interpreter.Config{Store: s, Resolver: resolver})
		f(in)
		require.NoError(t, in.Close())
		require.NoError(t, s.Close())
	}
	var e *interpreter.Execution
	var token string
	process(func(in *interpreter.Interpreter) {
		var err error
		e, err = in.Start(ctx, v1, []byte(`{}`), interpreter.StartOptions{})
		require.NoError(t, err)
		token = <-tokens
		require.Eventually(t, func() bool { return len(in.Executions()) == 0 }, 2*time.Minute, time.Millisecond)
	})
	process(func(in *interpreter.Interpreter) {
		found, err := in.CheckMove(ctx, e.ID(), v2)
		require.NoError(t, err)
		require.Empty(t, found)
		require.NoError(t, in.Move(ctx, e.ID(), v2, interpreter.MoveOptions{}))
	})
	process(func(in *interpreter.Interpreter) {
		require.NoError(t, in.SendTaskSuccess(ctx, token, nil))
		moved, err := in.Execution(ctx, e.ID())
		require.NoError(t, err)
		require.NoError(t, moved.Wait(ctx))
		require.Equal(t, v2.Digest(), moved.Program().Digest())
		output, err := moved.Output()
		require.NoError(t, err)
		require.Equal(t, "v2", output)
		old, err := in.Fork(ctx, e.ID(), interpreter.AtEvent(2), interpreter.ForkOptions{})
		require.NoError(t, err)
		require.NoError(t, in.SendTaskSuccess(ctx, <-tokens, nil))
		require.NoError(t, old.Wait(ctx))
		require.Equal(t, v1.Digest(), old.Program().Digest())
	})
}
