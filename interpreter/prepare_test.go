package interpreter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

// What is prepared begins once a transaction has stored it, whole, and in any process.
func TestPreparedExecutionsBeginOnceTheyAreStored(t *testing.T) {
	for name, s := range map[string]store.Store{"of one process": memory.New(), "shared": memory.NewShared(nil)} {
		t.Run(name, func(t *testing.T) {
			var shown history.Log
			in := open(t, interpreter.Config{Store: s, Resolver: answers(nil), History: &shown})
			p := compile(t, chain)
			never, err := in.Prepare(p, []byte(`{}`), interpreter.StartOptions{Name: "never"})
			require.NoError(t, err)
			change, err := in.Prepare(p, []byte(`{"n":1}`), interpreter.StartOptions{Name: "one", Tags: map[string]string{"k": "v"}})
			require.NoError(t, err)
			_, err = s.Definition(background, p.Digest())
			require.ErrorIs(t, err, store.ErrNotFound, "Prepare stores nothing")
			require.NoError(t, s.Commit(background, []store.Change{change}))

			e, err := in.Execution(background, change.ID)
			require.NoError(t, err)
			require.NoError(t, e.Wait(background))
			output, err := e.Output()
			require.NoError(t, err)
			require.Equal(t, `{"n":1,"a":"a","b":"b","c":"c"}`, value.String(output))
			d, err := in.Describe(background, change.ID)
			require.NoError(t, err)
			require.Equal(t, "one", d.Name)
			require.Equal(t, map[string]string{"k": "v"}, d.Tags)
			require.Equal(t, change.Head.Started, d.Started)
			require.Nil(t, d.Problem)
			first := uint32(0)
			for ev, err := range in.History(background, change.ID, interpreter.HistoryOptions{}) {
				require.NoError(t, err)
				first++
				require.Equal(t, first, ev.ID)
			}
			require.EqualValues(t, first, shown.Len(), "sinks get the whole history")
			_, err = s.Load(background, never.ID)
			require.ErrorIs(t, err, store.ErrNotFound)
			_, err = s.Definition(background, p.Digest())
			require.NoError(t, err)
		})
	}
}

// The due loop finds what was prepared although nobody asks for it.
func TestPreparedExecutionsAreFound(t *testing.T) {
	s := memory.New()
	p := compile(t, chain)
	in := open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	for _, name := range []string{"first", "second"} {
		change, err := in.Prepare(p, nil, interpreter.StartOptions{Name: name})
		require.NoError(t, err)
		require.Equal(t, name == "first", change.Definition != nil, "a change has the definition unless the store does")
		require.NoError(t, s.Commit(background, []store.Change{change}))
		require.True(t, soon(func() bool { return status(t, s, change.ID) == interpreter.Succeeded }))
	}

	// One that was stored when the process ended is found by the next one.
	change, err := in.Prepare(p, nil, interpreter.StartOptions{Name: "third"})
	require.NoError(t, err)
	crash(t, in)
	require.NoError(t, s.Commit(background, []store.Change{change}))
	open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	require.True(t, soon(func() bool { return status(t, s, change.ID) == interpreter.Succeeded }))
}

// An execution that was prepared and has no handler here is parked, as one that another
// process has started.
func TestPreparedExecutionsWithoutAHandlerAreParked(t *testing.T) {
	s := memory.New()
	p := compile(t, chain)
	in := open(t, interpreter.Config{Store: s})
	change, err := in.Prepare(p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, s.Commit(background, []store.Change{change}))
	require.True(t, soon(func() bool {
		st, err := s.Load(background, change.ID)
		return err == nil && st.Head.Parked != "" && st.Head.Due == store.Now
	}))
	crash(t, in)
	open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	require.True(t, soon(func() bool { return status(t, s, change.ID) == interpreter.Succeeded }))
}

func TestPrepareRefusesWhatStartRefuses(t *testing.T) {
	p := compile(t, chain)
	in := open(t, interpreter.Config{Store: memory.New()})
	for name, call := range map[string]func() error{
		"no program": func() error { _, err := in.Prepare(nil, nil, interpreter.StartOptions{}); return err },
		"name":       func() error { _, err := in.Prepare(p, nil, interpreter.StartOptions{Name: "a/b"}); return err },
		"input":      func() error { _, err := in.Prepare(p, []byte("{"), interpreter.StartOptions{}); return err },
		"history":    func() error { _, err := in.Prepare(p, nil, interpreter.StartOptions{KeepHistory: true}); return err },
		"token":      func() error { _, err := in.PrepareTaskSuccess("AAAA", nil); return err },
		"no store": func() error {
			_, err := open(t, interpreter.Config{}).Prepare(p, nil, interpreter.StartOptions{})
			return err
		},
	} {
		require.Error(t, call(), name)
	}
	require.NoError(t, in.Close())
	_, err := in.Prepare(p, nil, interpreter.StartOptions{})
	require.ErrorIs(t, err, interpreter.ErrClosed)
	_, err = in.PrepareStop(store.ID{1}, "", "")
	require.ErrorIs(t, err, interpreter.ErrClosed)
}

// What is prepared as a post is applied by the process that has the execution, unless
// the task has ended.
func TestPreparedEventsAreApplied(t *testing.T) {
	s := memory.NewShared(nil)
	tokens := make(chan string, 1)
	config := interpreter.Config{Store: s, Resolver: interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(
		func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return nil, nil
		})}}
	a, b := open(t, config), another(t, config)
	require.True(t, soon(func() bool { return interpreter.Owns(a) && interpreter.Owns(b) }))
	p := compile(t, askQueue)
	for name, prepare := range map[string]func(id store.ID, token string) (store.Post, error){
		"success": func(_ store.ID, token string) (store.Post, error) { return b.PrepareTaskSuccess(token, "yes") },
		"failure": func(_ store.ID, token string) (store.Post, error) { return b.PrepareTaskFailure(token, "E", "cause") },
		"stop":    func(id store.ID, _ string) (store.Post, error) { return b.PrepareStop(id, "S", "cause") },
	} {
		t.Run(name, func(t *testing.T) {
			e, err := a.Start(background, p, nil, interpreter.StartOptions{})
			require.NoError(t, err)
			token := <-tokens
			post, err := prepare(e.ID(), token)
			require.NoError(t, err)
			require.Equal(t, e.ID(), post.ID)
			late, err := b.PrepareTaskSuccess(token, "late")
			require.NoError(t, err)
			for _, p := range []store.Post{post, late, {ID: e.ID(), Event: []byte("damaged")}} {
				require.NoError(t, s.Post(background, p.ID, p.Event))
			}
			err = e.Wait(background)
			var failed *interpreter.ExecutionError
			switch name {
			case "success":
				require.NoError(t, err)
				output, err := e.Output()
				require.NoError(t, err)
				require.Equal(t, `"yes"`, value.String(output))
			case "failure":
				require.ErrorAs(t, err, &failed)
				require.Equal(t, "E", failed.Name)
			case "stop":
				require.ErrorAs(t, err, &failed)
				require.Equal(t, interpreter.Aborted, failed.Status)
			}
			require.True(t, soon(func() bool { // posts that change nothing are removed too
				st, err := s.Load(background, e.ID())
				return err == nil && st.Head.Due != store.Now
			}))
		})
	}
}

// A post for an execution that has ended is removed, also by a process in whose memory
// the execution is older than in the store.
func TestPostsForEndedExecutionsAreRemoved(t *testing.T) {
	s := memory.NewShared(nil)
	in := open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	e, err := in.Start(background, compile(t, chain), []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	st, err := s.Load(background, e.ID())
	require.NoError(t, err)
	require.NoError(t, s.Commit(background, []store.Change{{ID: e.ID(), Version: st.Version + 1}})) // by another process
	post, err := in.PrepareStop(e.ID(), "", "")
	require.NoError(t, err)
	require.NoError(t, s.Post(background, post.ID, post.Event))
	require.True(t, soon(func() bool {
		st, err := s.Load(background, e.ID())
		return err == nil && st.Head.Due == store.Never
	}))
	require.NoError(t, e.Wait(background))
	require.Equal(t, interpreter.Succeeded, status(t, s, e.ID()))
}

// A Stopped event that was left for an execution whose handler is missing stops it.
func TestAPostedStopEndsAParkedExecution(t *testing.T) {
	s := memory.NewShared(noTime)
	p := compile(t, chain)
	began := make(chan struct{}, 1)
	in := open(t, interpreter.Config{Store: s, Lease: shortLease, Resolver: interpreter.Mux{"*": interpreter.HandlerFunc(
		func(ctx context.Context, _ *interpreter.Task) (any, error) {
			began <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		})}})
	e, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	crash(t, in)
	other := another(t, interpreter.Config{Store: s, Lease: shortLease})
	require.True(t, soon(func() bool {
		st, err := s.Load(background, e.ID())
		return err == nil && st.Head.Parked != ""
	}))
	post, err := other.PrepareStop(e.ID(), "", "")
	require.NoError(t, err)
	require.NoError(t, s.Post(background, post.ID, post.Event))
	require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Aborted }))
}
