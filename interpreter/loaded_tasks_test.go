package interpreter_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// The tasks of an execution that was loaded wait for a worker like others.
func TestLoadedTasksWaitForAWorker(t *testing.T) {
	s, p := memory.New(), compile(t, oneTask)
	c := task(func(ctx context.Context, _ *interpreter.Task) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	c.Store, c.Workers = s, 10
	in := open(t, c)
	var all []*interpreter.Execution
	for i := range 10 {
		e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: fmt.Sprint(i)})
		require.NoError(t, err)
		all = append(all, e)
	}
	require.NoError(t, in.Close())
	c = task(interpreter.Plain(func(any) (int, error) { return 1, nil }))
	c.Store, c.Workers = s, 1
	in = open(t, c)
	for _, e := range all {
		e, err := in.Execution(background, e.ID())
		require.NoError(t, err)
		limit, cancel := context.WithTimeout(background, 2*time.Minute)
		require.NoError(t, e.Wait(limit), "it waits for ever")
		cancel()
	}
}
