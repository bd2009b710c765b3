package interpreter_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// gatedStore commits when its gate is open, and counts the executions that end.
type gatedStore struct {
	store.Store
	gate   chan struct{}
	before func()
	left   int
	ended  chan struct{} // closed when none is left
}

func (s *gatedStore) Commit(ctx context.Context, changes []store.Change) error {
	s.before()
	select {
	case <-s.gate:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := s.Store.Commit(ctx, changes)
	for i := range changes {
		if h := changes[i].Head; err == nil && h != nil && h.Status != machine.Running {
			if s.left--; s.left == 0 {
				close(s.ended)
			}
		}
	}
	return err
}

// However many executions are due at once, few of them are in memory.
func TestExecutionsThatAreDueAreLoadedWhenThereIsRoom(t *testing.T) {
	const n = 4000
	for name, tt := range map[string]struct {
		definition  string
		slowStore   bool
		slowHandler bool
	}{
		"a store that blocks": {definition: `{"StartAt":"Wait","States":{
			"Wait":{"Type":"Wait","Seconds":86400,"Next":"End"},
			"End":{"Type":"Succeed"}}}`, slowStore: true},
		"handlers that block": {definition: `{"StartAt":"Wait","States":{
			"Wait":{"Type":"Wait","Seconds":86400,"Next":"Do"},
			"Do":{"Type":"Task","Resource":"do","End":true}}}`, slowHandler: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := memory.New()
			startMany(t, s, compile(t, tt.definition), n)
			clock := new(aheadClock)
			clock.ahead.Store(int64(25 * time.Hour))
			var in atomic.Pointer[interpreter.Interpreter]
			var most atomic.Int64
			open, gate := make(chan struct{}), make(chan struct{})
			close(open)
			gated := &gatedStore{Store: s, gate: open, left: n, ended: make(chan struct{}), before: func() {
				if in := in.Load(); in != nil {
					most.Store(max(most.Load(), int64(interpreter.Loaded(in)))) // one Commit at a time
				}
			}}
			handling := open
			if tt.slowStore {
				gated.gate = gate
			}
			if tt.slowHandler {
				handling = gate
			}
			it := interpreter.New(interpreter.Config{Store: gated, Clock: clock, Workers: 200, Resolver: interpreter.Mux{
				"do": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
					<-handling
					return nil, nil
				})}})
			t.Cleanup(func() { _ = it.Close() })
			in.Store(it)
			least := 0
			if tt.slowHandler {
				least = interpreter.MostLoaded(it) / 2 // until it does not find workers at all
			}
			require.True(t, soon(func() bool { return interpreter.Starved(it) && interpreter.Loaded(it) >= least }))
			require.LessOrEqual(t, interpreter.Loaded(it), interpreter.MostLoaded(it))
			close(gate)
			<-gated.ended
			require.LessOrEqual(t, most.Load(), int64(interpreter.MostLoaded(it)))
		})
	}
}

// startMany starts n executions in an interpreter of their own.
func startMany(t *testing.T, s store.Store, p *interpreter.Program, n int) {
	t.Helper()
	in := interpreter.New(interpreter.Config{Store: s})
	defer in.Close()
	var group errgroup.Group
	group.SetLimit(1000)
	for range n {
		group.Go(func() error {
			_, err := in.Start(background, p, nil, interpreter.StartOptions{})
			return err
		})
	}
	require.NoError(t, group.Wait())
}
