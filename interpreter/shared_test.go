package interpreter_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

const shortLease = 300 * time.Millisecond

// A process that ends without a word is replaced by another when its lease has
// expired.
func TestAnotherProcessTakesOver(t *testing.T) {
	s := memory.NewShared(nil)
	p := compile(t, chain)
	began := make(chan struct{}, 1)
	hung := interpreter.Mux{"*": interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
		began <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})}
	first := open(t, interpreter.Config{Store: &lostOwner{Shared: s}, Lease: shortLease, Resolver: hung})
	require.True(t, soon(func() bool { return interpreter.Owns(first) }))
	e, err := first.Start(background, p, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	second := another(t, interpreter.Config{Store: s, Lease: shortLease, Resolver: answers(nil)})
	require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Succeeded }))
	require.ErrorIs(t, e.Wait(background), interpreter.ErrLeaseLost)
	found, err := second.Execution(background, e.ID())
	require.NoError(t, err)
	require.NoError(t, found.Wait(background))
	output, err := found.Output()
	require.NoError(t, err)
	require.Equal(t, `{"a":"a","b":"b","c":"c"}`, value.String(output))
}

// another returns one more interpreter, after the one of open.
func another(t *testing.T, c interpreter.Config) *interpreter.Interpreter {
	in := interpreter.New(c)
	t.Cleanup(func() { require.NoError(t, in.Close()) })
	return in
}

// A process that starts an execution at once owns it, so that no other one claims it.
func TestAStartWaitsForTheOwner(t *testing.T) {
	s := &slowJoin{Shared: memory.NewShared(nil), joining: make(chan struct{}), join: make(chan struct{}), owners: make(chan store.Owner, 9)}
	in := open(t, interpreter.Config{Store: s})
	<-s.joining
	started := make(chan error, 1)
	go func() {
		_, err := in.Start(background, compile(t, oneDay), nil, interpreter.StartOptions{})
		started <- err
	}()
	select {
	case <-s.owners: // of a Commit without an owner
		t.Error("the start does not wait")
	case <-time.After(10 * time.Millisecond):
	}
	close(s.join)
	require.NoError(t, <-started)
	require.NotZero(t, <-s.owners)
}

// A process that shuts down stores snapshots of the executions that are still its own.
func TestShutdownLeavesWhatOthersHaveTakenOver(t *testing.T) {
	const activity = "arn:aws:states:us-east-1:000000000000:activity:ask"
	s := memory.NewShared(nil)
	in := open(t, interpreter.Config{Store: s, Activities: []string{activity}})
	p := compile(t, `{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"`+activity+`","End":true}}}`)
	var ids []store.ID
	for range 2 {
		e, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{})
		require.NoError(t, err)
		ids = append(ids, e.ID())
	}
	require.NoError(t, s.Commit(background, []store.Change{{ID: ids[0], Version: 2}})) // by another process
	require.NoError(t, in.Shutdown(background))
	st, err := s.Load(background, ids[1])
	require.NoError(t, err)
	require.EqualValues(t, 2, st.Since, "the snapshot of the other one is stored")
}

// slowJoin is a store whose Join waits.
type slowJoin struct {
	*memory.Shared
	joining, join chan struct{}
	owners        chan store.Owner // of changes
}

func (s *slowJoin) Join(ctx context.Context, ttl time.Duration) (store.Owner, error) {
	close(s.joining)
	<-s.join
	return s.Shared.Join(ctx, ttl)
}

func (s *slowJoin) Commit(ctx context.Context, changes []store.Change) error {
	s.owners <- changes[0].Owner
	return s.Shared.Commit(ctx, changes)
}

// lostOwner is a store whose lease cannot be renewed, and that is joined once.
type lostOwner struct {
	*memory.Shared
	joined atomic.Bool
}

func (s *lostOwner) Join(ctx context.Context, ttl time.Duration) (store.Owner, error) {
	if s.joined.Swap(true) {
		return 0, errBroken
	}
	return s.Shared.Join(ctx, ttl)
}

func (*lostOwner) Renew(context.Context, store.Owner, time.Duration) error { return store.ErrLease }

// As long as a process lives its executions are its own: an answer or a Stop that comes
// to another one is left for it, and a waiter in any process sees the end.
func TestProcessesShareTheirExecutions(t *testing.T) {
	s := memory.NewShared(nil)
	tokens := make(chan string, 1)
	resolver := interpreter.Resolvers{interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		tokens <- task.Token()
		return nil, nil
	})}, answers(nil)}
	config := interpreter.Config{Store: s, Lease: time.Minute, Resolver: resolver}
	a, b := open(t, config), another(t, config)
	require.True(t, soon(func() bool { return interpreter.Owns(a) && interpreter.Owns(b) }))
	ask := compile(t, askQueue)

	for name, answer := range map[string]func(other *interpreter.Execution, token string) error{
		"answer": func(_ *interpreter.Execution, token string) error {
			return b.SendTaskSuccess(background, token, "yes")
		},
		"stop": func(other *interpreter.Execution, _ string) error { return other.Stop(background, "", "") },
	} {
		for _, loaded := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", in memory of the other: ", loaded), func(t *testing.T) {
				e, err := a.Start(background, ask, nil, interpreter.StartOptions{KeepHistory: loaded})
				require.NoError(t, err)
				token := <-tokens
				require.True(t, soon(func() bool { return len(a.Executions()) == 0 || loaded }))
				other, err := b.Execution(background, e.ID())
				require.NoError(t, err)
				require.Equal(t, e.Name(), other.Name())
				require.NoError(t, answer(other, token))
				if name == "answer" {
					require.NoError(t, e.Wait(background))
					require.NoError(t, other.Wait(background))
				} else {
					var failed *interpreter.ExecutionError
					require.ErrorAs(t, e.Wait(background), &failed)
					require.ErrorAs(t, other.Wait(background), &failed)
				}
				require.ErrorIs(t, b.SendTaskSuccess(background, token, "no"), interpreter.ErrTaskTimedOut)
			})
		}
	}
	require.ErrorIs(t, a.SendTaskSuccess(background, "AAAA", 1), interpreter.ErrInvalidToken)
}

// Of two processes that start the same name one gets it.
func TestProcessesStartANameOnce(t *testing.T) {
	s := memory.NewShared(nil)
	config := interpreter.Config{Store: s}
	a, b := open(t, config), another(t, config)
	p := compile(t, oneDay)
	var ids sync.Map
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() {
			in := []*interpreter.Interpreter{a, b}[i%2]
			e, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{Name: "n"})
			if err != nil {
				t.Error(err)
				return
			}
			ids.Store(e.ID(), true)
		})
	}
	group.Wait()
	n := 0
	ids.Range(func(_, _ any) bool { n++; return true })
	require.Equal(t, 1, n)
}

// Three processes run executions while one after the other ends and comes back: all
// outputs are right.
func TestProcessesComeAndGo(t *testing.T) {
	s := memory.NewShared(nil)
	p := compile(t, chain)
	var calls atomic.Int64
	config := interpreter.Config{Store: s, Lease: shortLease, Resolver: answers(func(string) { calls.Add(1) })}
	const executions = 120
	var ids []store.ID
	processes := []*interpreter.Interpreter{interpreter.New(config), interpreter.New(config), interpreter.New(config)}
	for i := range executions {
		in := processes[i%3]
		e, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{})
		require.NoError(t, err)
		ids = append(ids, e.ID())
		if i%10 == 9 {
			crash(t, in)
			processes[i%3] = interpreter.New(config)
		}
	}
	for _, id := range ids {
		require.True(t, soon(func() bool { return status(t, s, id) == interpreter.Succeeded }))
		d, err := processes[0].Describe(background, id)
		require.NoError(t, err)
		require.Equal(t, `{"a":"a","b":"b","c":"c"}`, value.String(d.Output))
	}
	require.GreaterOrEqual(t, calls.Load(), int64(3*executions))
	for _, in := range processes {
		require.NoError(t, in.Shutdown(background))
	}
}
