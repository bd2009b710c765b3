package interpreter_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// flipping is a store without checksums, of which a bit of every record and snapshot has
// changed.
type flipping struct{ store.Store }

func flip(st *store.State) {
	st.Snapshot = bytes.Clone(st.Snapshot)
	if len(st.Snapshot) > 0 {
		st.Snapshot[len(st.Snapshot)/2] ^= 1
	}
	st.Records = slices.Clone(st.Records)
	for i, r := range st.Records {
		if st.Records[i] = bytes.Clone(r); len(r) > 0 {
			st.Records[i][len(r)/2] ^= 1
		}
	}
}

func (s flipping) Load(ctx context.Context, id store.ID) (*store.State, error) {
	st, err := s.Store.Load(ctx, id)
	if err == nil {
		flip(st)
	}
	return st, err
}

func (s flipping) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	page, err := s.Store.Due(ctx, after, until, limit)
	for i := range page {
		flip(&page[i])
	}
	return page, err
}

// An execution that runs and that nobody can continue can be got rid of: Stop says how,
// and Delete does it. Those who wait for it get an error.
func TestExecutionsThatCannotBeLoadedCanBeDeleted(t *testing.T) {
	p := compile(t, computes)
	for name, c := range map[string]struct {
		writes func(store.Store) store.Store
		reads  func(store.Store) store.Store
		is     error
	}{
		"diverged": {
			func(s store.Store) store.Store { return &olderLibrary{Store: s, t: t, p: p, writes: true} },
			func(s store.Store) store.Store { return s }, machine.ErrDiverged},
		"damaged":           {nil, func(s store.Store) store.Store { return flipping{s} }, store.ErrCorrupt},
		"damaged, it says":  {nil, func(s store.Store) store.Store { return corrupt{s} }, store.ErrCorrupt},
		"without a program": {nil, func(s store.Store) store.Store { return &lostDefinitions{s} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			kept := memory.New()
			began := make(chan struct{}, 1)
			config := interpreter.Config{Store: kept, Resolver: interpreter.Mux{"work": stuck(began)}}
			if c.writes != nil {
				config.Store = c.writes(kept)
			}
			in := interpreter.New(config)
			e := startNamed(t, in, p, "e", `{"wait":0}`)
			<-began
			crash(t, in)

			in = open(t, interpreter.Config{Store: c.reads(kept), Resolver: answers(nil)})
			require.True(t, soon(func() bool { return interpreter.Parked(in) == 1 }))
			waited := make(chan error, 1)
			e = interpreter.Handle(in, e.ID())
			go func() { waited <- e.Wait(background) }()
			require.True(t, soon(func() bool { return interpreter.Waiting(e) == 1 }))
			err := e.Stop(background, "", "")
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			require.ErrorContains(t, err, "Interpreter.Delete removes it")
			require.NoError(t, in.Delete(background, e.ID()))
			require.False(t, exists(t, kept, e.ID()))
			require.ErrorIs(t, <-waited, store.ErrNotFound)
			require.Zero(t, interpreter.Parked(in))
			require.ErrorIs(t, in.RetryParked(background, e.ID()), store.ErrNotFound)
			require.NotEqual(t, e.ID(), startNamed(t, in, p, "e", `{"wait":0}`).ID(), "the name can be used again")
		})
	}
}

// One whose handler is missing can be stopped, and is not deleted before.
func TestDeleteLeavesExecutionsThatCanBeStopped(t *testing.T) {
	in, e := parkedByItsHandler(t, interpreter.Config{}, chain)
	require.True(t, soon(func() bool { return describe(t, in, e.ID()).Parked != "" }))
	require.ErrorIs(t, in.Delete(background, e.ID()), interpreter.ErrRunning)
	require.NoError(t, e.Stop(background, "", ""))
	require.NoError(t, in.Delete(background, e.ID()))
}

// In a store of several processes another one may be able to continue what this one
// cannot: it is deleted only if it is parked.
func TestDeleteLeavesExecutionsThatAnotherProcessMayContinue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := compile(t, computes)
		kept := memory.NewShared(nil)
		began := make(chan struct{}, 1)
		older := open(t, interpreter.Config{Store: olderShared{kept, &olderLibrary{Store: kept, t: t, p: p, writes: true, reads: true}},
			Resolver: interpreter.Mux{"work": stuck(began)}})
		e := startNamed(t, older, p, "e", `{"wait":0}`)
		<-began
		in := open(t, interpreter.Config{Store: kept, Resolver: answers(nil)})
		require.ErrorIs(t, in.Delete(background, e.ID()), interpreter.ErrRunning)
		crash(t, older)
		require.True(t, soon(func() bool { return head(t, kept, e.ID()).Parked != "" }))
		require.ErrorContains(t, interpreter.Handle(in, e.ID()).Stop(background, "", ""), "Interpreter.Delete removes it")
		require.NoError(t, in.Delete(background, e.ID()))
		require.False(t, exists(t, kept, e.ID()))
	})
}

// olderShared is an olderLibrary over a shared store.
type olderShared struct {
	store.Shared
	older *olderLibrary
}

func (o olderShared) Commit(ctx context.Context, changes []store.Change) error {
	return o.older.Commit(ctx, changes)
}

func (o olderShared) Load(ctx context.Context, id store.ID) (*store.State, error) {
	return o.older.Load(ctx, id)
}
