package interpreter_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// claimedStates counts the states that Claim returns.
type claimedStates struct {
	*memory.Shared
	claimed atomic.Int32
}

func (s *claimedStates) Claim(ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
	page, err := s.Shared.Claim(ctx, o, until, limit)
	s.claimed.Add(int32(len(page)))
	return page, err
}

// Of several processes, one that lacks the handler does not keep an execution from those
// that have it, although it claims it again and again.
func TestAParkedExecutionIsContinuedByAnotherProcess(t *testing.T) {
	s := &claimedStates{Shared: memory.NewShared(noTime)}
	began := make(chan struct{}, 1)
	in := interpreter.New(interpreter.Config{Store: s, Lease: shortLease, Resolver: interpreter.Mux{
		"a": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
			began <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		})}})
	e, err := in.Start(background, compile(t, `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"a","End":true}}}`), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	crash(t, in)
	for range 2 {
		lacking := another(t, interpreter.Config{Store: s})
		require.True(t, soon(func() bool { return describe(t, lacking, e.ID()).Parked != "" }))
	}
	before := s.claimed.Load()
	require.True(t, soon(func() bool { return s.claimed.Load() > before }))
	able := another(t, interpreter.Config{Store: s, Resolver: interpreter.Mux{"a": answers(nil)["*"]}})
	e, err = able.Execution(background, e.ID())
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
}
