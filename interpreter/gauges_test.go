package interpreter_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// slow is a store whose Commit takes a second.
type slow struct{ store.Store }

func (s slow) Commit(ctx context.Context, changes []store.Change) error {
	time.Sleep(time.Second)
	return s.Store.Commit(ctx, changes)
}

func TestGauges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := memory.New()
		in := interpreter.New(interpreter.Config{Store: slow{s}, Workers: 1, Resolver: interpreter.Mux{
			"work": interpreter.Plain(func(any) (any, error) { <-release; return nil, nil })}})
		for _, name := range []string{"a", "b", "c"} {
			_, err := in.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{Name: name})
			require.NoError(t, err)
		}
		_, err := in.Start(background, compile(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": true}}}`), nil,
			interpreter.StartOptions{Name: "waits"})
		require.NoError(t, err)
		synctest.Wait()
		time.Sleep(time.Minute)
		synctest.Wait()
		g, err := in.Gauges(background)
		require.NoError(t, err)
		require.Equal(t, 1, g.Handlers)
		require.Equal(t, 2, g.Queued)
		require.Equal(t, 3, g.Loaded)
		require.EqualValues(t, 4, g.Running)
		require.EqualValues(t, 1, g.Waiting())
		require.Zero(t, g.Late)
		require.Zero(t, g.Unstored)
		require.Equal(t, time.Second, g.LastCommit)
		require.Equal(t, time.Duration(g.Commits)*time.Second, g.Committing)
		require.Greater(t, g.Commits, uint64(3))
		close(release)
		require.NoError(t, in.Close())

		// A process that cannot drive what is due sees how late it is.
		time.Sleep(2 * time.Hour)
		behind := interpreter.New(interpreter.Config{Store: pausing{s}})
		synctest.Wait()
		g, err = behind.Gauges(background)
		require.NoError(t, err)
		require.Greater(t, g.Late, 59*time.Minute)
		require.NoError(t, behind.Close())
	})
}

// pausing is a store that finds nothing due for recovery, which asks for pages of more.
type pausing struct{ store.Store }

func (s pausing) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	if limit > 1 {
		return nil, nil
	}
	return s.Store.Due(ctx, after, until, limit)
}

// panickingCount is a store that panics where the gauges ask it.
type panickingCount struct{ store.Store }

func (panickingCount) Count(context.Context, store.Query) (map[interpreter.Status]int64, error) {
	panic("broken")
}

func TestGaugesOfABrokenStore(t *testing.T) {
	in := open(t, interpreter.Config{Store: panickingCount{memory.New()}})
	_, err := in.Gauges(background)
	var hook *interpreter.HookError
	require.ErrorAs(t, err, &hook)

	in = open(t, interpreter.Config{})
	g, err := in.Gauges(background)
	require.NoError(t, err)
	require.Equal(t, interpreter.Gauges{}, g)
}
