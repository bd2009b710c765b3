package interpreter_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

func exists(t testing.TB, s store.Store, id store.ID) bool {
	t.Helper()
	_, err := s.Load(background, id)
	if !errors.Is(err, store.ErrNotFound) {
		require.NoError(t, err)
	}
	return err == nil
}

// A deleted execution is gone: its name can be used again, and its tokens and handles
// find nothing. One that runs is left alone.
func TestDeleteRemovesExecutionsThatHaveEnded(t *testing.T) {
	for name, restart := range map[string]bool{"same process": false, "later process": true} {
		t.Run(name, func(t *testing.T) {
			s := memory.New()
			tokens := make(chan string, 8)
			config := interpreter.Config{Store: s, Resolver: interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
				tokens <- task.Token()
				return map[string]any{"MessageId": "1"}, nil
			})}}
			in := open(t, config)
			p := compile(t, askQueue)
			ended := startNamed(t, in, p, "ended", `{}`)
			token := <-tokens
			require.NoError(t, in.SendTaskSuccess(background, token, []byte(`1`)))
			running := startNamed(t, in, p, "running", `{}`)
			require.NoError(t, ended.Wait(background))
			if restart {
				require.NoError(t, in.Close())
				in = open(t, config)
				var err error
				_, err = in.Execution(background, ended.ID())
				require.NoError(t, err)
			}
			err := in.Delete(background, store.ID{1}, running.ID(), ended.ID())
			require.ErrorIs(t, err, interpreter.ErrRunning)
			require.ErrorContains(t, err, running.ID().String())
			require.NotContains(t, err.Error(), ended.ID().String())
			require.True(t, exists(t, s, running.ID()))
			require.False(t, exists(t, s, ended.ID()))

			require.ErrorIs(t, in.SendTaskSuccess(background, token, []byte(`1`)), interpreter.ErrTaskTimedOut)
			_, err = in.Execution(background, ended.ID())
			require.ErrorIs(t, err, store.ErrNotFound)
			again, err := in.Start(background, p, []byte(`{"x":1}`), interpreter.StartOptions{Name: ended.Name()})
			require.NoError(t, err)
			require.NotEqual(t, ended.ID(), again.ID())
			require.NoError(t, in.Delete(background, ended.ID()), "twice")
		})
	}
}

// corrupt is a store whose executions are damaged.
type corrupt struct{ store.Store }

func (s corrupt) Load(ctx context.Context, id store.ID) (*store.State, error) {
	if _, err := s.Store.Load(ctx, id); err != nil {
		return nil, err
	}
	return nil, store.ErrCorrupt
}

func (s corrupt) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	page, err := s.Store.Due(ctx, after, until, limit)
	for i, st := range page {
		page[i] = store.State{ID: st.ID, Head: store.Head{Due: st.Head.Due}, Err: store.ErrCorrupt}
	}
	return page, err
}

// Delete removes all, as they are all damaged.
func (s corrupt) Delete(ctx context.Context, ids ...store.ID) error {
	for _, id := range ids {
		st, err := s.Store.Load(ctx, id)
		if err != nil {
			continue
		}
		st.Head.Status = interpreter.Aborted
		if err := s.Commit(ctx, []store.Change{{ID: id, Version: st.Version + 1, Head: &st.Head}}); err != nil {
			return err
		}
	}
	return s.Store.Delete(ctx, ids...)
}

func TestDeleteRemovesDamagedExecutions(t *testing.T) {
	s := memory.New()
	in := open(t, interpreter.Config{Store: s})
	ended, running := startEnded(t, in, compile(t, pass), "ended"), startNamed(t, in, compile(t, oneDay), "running", `{}`)
	require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
	in = open(t, interpreter.Config{Store: corrupt{s}})
	require.NoError(t, in.Delete(background, ended.ID()))
	require.False(t, exists(t, s, ended.ID()))
	require.NoError(t, in.Delete(background, running.ID()))
	require.False(t, exists(t, s, running.ID()))
}

// A child is kept while its parent runs, which looks for it after a crash.
func TestDeleteKeepsTheChildrenOfRunningParents(t *testing.T) {
	s := memory.New()
	in := open(t, nestedConfig(t, s))
	parent := startNamed(t, in, compile(t, parentThatWaits), "parent", `{}`)
	child := childOf(t, s, parent.ID())
	err := in.Delete(background, child)
	require.ErrorIs(t, err, interpreter.ErrRunning)
	require.ErrorContains(t, err, "its parent "+parent.ID().String())
	require.True(t, exists(t, s, child))
	require.NoError(t, parent.Stop(background, "", ""))
	require.NoError(t, in.Delete(background, child, parent.ID()))
	require.False(t, exists(t, s, child))
	require.False(t, exists(t, s, parent.ID()))
}

const (
	nestedArn       = "arn:aws:states:us-east-1:000000000000:stateMachine:nested"
	parentThatWaits = `{"StartAt":"P","States":{
		"P":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
			"Parameters":{"StateMachineArn":"` + nestedArn + `","Input":{}},"Next":"W"},
		"W":{"Type":"Wait","Seconds":86400,"End":true}}}`
)

// nestedConfig has the program of the children of parentThatWaits.
func nestedConfig(t testing.TB, s store.Store) interpreter.Config {
	child := compile(t, `{"StartAt":"C","States":{"C":{"Type":"Pass","End":true}}}`, interpreter.Options{StateMachineArn: nestedArn})
	return interpreter.Config{Store: s, Resolver: &interpreter.StartExecution{Programs: map[string]*interpreter.Program{"nested": child}}}
}

// childOf waits until the child of an execution has ended and the parent waits.
func childOf(t testing.TB, s store.Store, parent store.ID) (child store.ID) {
	t.Helper()
	require.True(t, soon(func() bool {
		page, err := s.List(background, store.Query{Parent: parent, Status: []interpreter.Status{interpreter.Succeeded}})
		if err != nil || len(page) == 0 {
			return false
		}
		child = page[0].ID
		st, err := s.Load(background, parent)
		return err == nil && st.Head.Due > store.Now && st.Head.Due < store.Never
	}))
	return child
}

// failingReads is a store whose Load fails while down is set.
type failingReads struct {
	store.Store
	down atomic.Bool
}

func (s *failingReads) Load(ctx context.Context, id store.ID) (*store.State, error) {
	if s.down.Load() {
		return nil, errBroken
	}
	return s.Store.Load(ctx, id)
}

func TestRetryParked(t *testing.T) {
	t.Run("a store that was down", func(t *testing.T) {
		s := &failingReads{Store: memory.New()}
		in := open(t, interpreter.Config{Store: s})
		e := startNamed(t, in, compile(t, oneDay), "w", `{}`)
		require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
		s.down.Store(true)
		_, err := in.Execution(background, e.ID())
		require.ErrorIs(t, err, errBroken)
		require.Equal(t, 1, interpreter.Parked(in))
		require.ErrorIs(t, in.RetryParked(background, e.ID()), errBroken)
		s.down.Store(false)
		require.NoError(t, in.RetryParked(background, e.ID()))
		require.Zero(t, interpreter.Parked(in))
	})
	for name, s := range map[string]store.Store{"a store": memory.New(), "a shared store": memory.NewShared(nil)} {
		t.Run("a handler that is missing, in "+name, func(t *testing.T) {
			began := make(chan struct{}, 1)
			in := interpreter.New(interpreter.Config{Store: s, Resolver: task(func(ctx context.Context, _ *interpreter.Task) (any, error) {
				began <- struct{}{}
				<-ctx.Done()
				return nil, ctx.Err()
			}).Resolver})
			e := startNamed(t, in, compile(t, chain), "c", `{}`)
			<-began
			crash(t, in)
			var here atomic.Bool
			in = open(t, interpreter.Config{Store: s, Resolver: changing{&here}})
			parked := func() bool { return describe(t, in, e.ID()).Parked != "" }
			require.True(t, soon(parked))
			require.ErrorContains(t, in.RetryParked(background, e.ID()), `no handler for the resource "a"`)
			require.True(t, parked())
			here.Store(true)
			require.NoError(t, in.RetryParked(background, e.ID()))
			require.True(t, soon(func() bool { return describe(t, in, e.ID()).Status == interpreter.Succeeded }))
			require.False(t, parked())
			require.Zero(t, interpreter.Parked(in))
			require.NoError(t, in.RetryParked(background, e.ID()), "ended")
		})
	}
}

// changing is a resolver whose handlers come later.
type changing struct{ here *atomic.Bool }

func (c changing) Resolve(string, string) (interpreter.Handler, bool) {
	return interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return 1, nil }), c.here.Load()
}
