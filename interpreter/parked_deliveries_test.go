package interpreter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// corruptChild is a store in which the child of an execution is damaged.
type corruptChild struct {
	store.Store
	child store.ID
}

func (s *corruptChild) Load(ctx context.Context, id store.ID) (*store.State, error) {
	if id == s.child {
		return nil, store.ErrCorrupt
	}
	return s.Store.Load(ctx, id)
}

// That a process tries a parked execution again is no sign that its handlers end the
// process: it does not count for Config.MaxDeliveries, in a later process either.
func TestRetriesOfAParkedExecutionAreNotDeliveries(t *testing.T) {
	s := memory.New()
	child := compile(t, oneDay, interpreter.Options{StateMachineArn: nestedArn})
	config := interpreter.Config{MaxDeliveries: 3, Resolver: &interpreter.StartExecution{Programs: map[string]*interpreter.Program{"nested": child}}}
	config.Store = s
	in := interpreter.New(config)
	e := startNamed(t, in, compile(t, parentThatWaits), "parent", `{}`)
	require.True(t, soon(func() bool { return interpreter.HaveReturned(in, e.ID()) }))
	page, err := s.List(background, store.Query{Parent: e.ID()})
	require.NoError(t, err)
	require.Len(t, page, 1)
	crash(t, in)

	config.Store = &corruptChild{s, page[0].ID}
	for range 2 {
		in = interpreter.New(config)
		parked := func() bool { return interpreter.Parked(in) > 0 && describe(t, in, e.ID()).Parked != "" }
		for range 4 {
			require.True(t, soon(parked))
			_ = in.RetryParked(background, e.ID())
		}
		require.True(t, soon(parked))
		require.Equal(t, interpreter.Running, describe(t, in, e.ID()).Status)
		crash(t, in)
	}
	config.Store = s
	in = open(t, config)
	require.True(t, soon(func() bool { return interpreter.HaveReturned(in, e.ID()) }))
	require.Empty(t, describe(t, in, e.ID()).Parked)
}
