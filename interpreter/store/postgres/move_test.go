package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store/postgres"
)

// A process moves an execution whose handler runs in another one: that one loses it
// without an event, and it ends under the new definition, with each state entered once.
func TestMoveFencesTheOwner(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, sharedServer(t).openPool(t), postgres.Options{Schema: schemaOf(t.TempDir())})
	const text = `{"StartAt":"Work","States":{"Work":{"Type":"Task","Resource":"work","Next":"End"},"End":{"Type":"Pass","Result":"%s","End":true}}}`
	v1, v2 := compileTest(t, fmt.Sprintf(text, "v1")), compileTest(t, fmt.Sprintf(text, "v2"))
	began, release := make(chan string, 2), make(chan struct{})
	config := interpreter.Config{Store: s, Resolver: interpreter.Mux{"work": interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
		began <- task.Token()
		select {
		case <-release:
			return "worked", nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})}}
	first, second := interpreter.New(config), interpreter.New(config)
	defer first.Close()
	defer second.Close()
	e, err := first.Start(ctx, v1, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	token := <-began
	found, err := second.CheckMove(ctx, e.ID(), v2)
	require.NoError(t, err)
	require.Empty(t, found)
	require.NoError(t, second.Move(ctx, e.ID(), v2, interpreter.MoveOptions{}))
	require.ErrorIs(t, e.Wait(ctx), interpreter.ErrLeaseLost)
	require.Equal(t, token, <-began, "the task is delivered again")
	close(release)
	moved, err := second.Execution(ctx, e.ID())
	require.NoError(t, err)
	require.NoError(t, moved.Wait(ctx))
	output, err := moved.Output()
	require.NoError(t, err)
	require.Equal(t, "v2", output)
	entered := make(map[string]int)
	next := uint32(1)
	for ev, err := range second.History(ctx, e.ID(), interpreter.HistoryOptions{}) {
		require.NoError(t, err)
		require.Equal(t, next, ev.ID)
		next++
		if ev.Name != "" {
			entered[fmt.Sprint(ev.Type, ev.Name)]++
		}
	}
	require.Equal(t, map[string]int{"TaskStateEnteredWork": 1, "TaskStateExitedWork": 1, "PassStateEnteredEnd": 1, "PassStateExitedEnd": 1}, entered)
}
