package interpreter_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

// shortLease has a process look at the store often.
const shortLease = 300 * time.Millisecond

// noTime is the clock of a store whose leases do not end, however slow a process is.
func noTime() time.Time { return began }

// A process that ends without a word is replaced by another when its lease has
// expired.
func TestAnotherProcessTakesOver(t *testing.T) {
	s := newLostOwner()
	p := compile(t, chain)
	began := make(chan struct{}, 1)
	hung := interpreter.Mux{"*": interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
		began <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})}
	first := open(t, interpreter.Config{Store: s, Lease: shortLease, Resolver: hung})
	require.True(t, soon(func() bool { return interpreter.Owns(first) }))
	e, err := first.Start(background, p, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	s.expire()
	second := another(t, interpreter.Config{Store: s.Shared, Lease: shortLease, Resolver: answers(nil)})
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

// So does a process that forks one.
func TestAForkWaitsForTheOwner(t *testing.T) {
	s := &slowJoin{Shared: memory.NewShared(noTime), joining: make(chan struct{}), join: make(chan struct{}), owners: make(chan store.Owner, 9)}
	first := interpreter.New(interpreter.Config{Store: s.Shared, Resolver: answers(nil)})
	old, err := first.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, old.Wait(background))
	require.NoError(t, first.Shutdown(background))

	in := open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	<-s.joining
	forked := make(chan error, 1)
	go func() {
		_, err := in.Fork(background, old.ID(), interpreter.AtEvent(1), interpreter.ForkOptions{Input: 1})
		forked <- err
	}()
	select {
	case <-s.owners: // of a Commit without an owner
		t.Error("the fork does not wait")
	case <-time.After(10 * time.Millisecond):
	}
	close(s.join)
	require.NoError(t, <-forked)
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

// Who waits for an execution holds it no longer when the list of stored executions is
// locked: the goroutine that loads it or has it leave memory locks both the other way
// round, and the two would wait for each other for ever.
func TestWaitingLocksInOrder(t *testing.T) {
	in := open(t, interpreter.Config{Store: memory.NewShared(nil)})
	e, err := in.Start(background, compile(t, oneDay), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	ctx := cancellable(t)
	release := interpreter.HoldStored(in)
	go func() { _ = e.Wait(ctx) }()
	awaited := soon(func() bool { return interpreter.IsAwaited(e) })
	release()
	require.True(t, awaited)
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
	now    atomic.Int64 // the store's time, in hours
}

func newLostOwner() *lostOwner {
	s := new(lostOwner)
	s.Shared = memory.NewShared(func() time.Time { return began.Add(time.Duration(s.now.Load()) * time.Hour) })
	return s
}

// expire ends all leases.
func (s *lostOwner) expire() { s.now.Add(1) }

func (s *lostOwner) Join(ctx context.Context, ttl time.Duration) (store.Owner, error) {
	if s.joined.Swap(true) {
		return 0, errBroken
	}
	return s.Shared.Join(ctx, ttl)
}

// As long as a process lives its executions are its own: an answer or a Stop that comes
// to another one is left for it, and a waiter in any process sees the end.
func TestProcessesShareTheirExecutions(t *testing.T) {
	ask := compile(t, askQueue)
	for _, stopped := range []bool{false, true} {
		for _, loaded := range []bool{false, true} {
			t.Run(fmt.Sprintf("stopped: %t, in memory of the other: %t", stopped, loaded), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					tokens := make(chan string, 1)
					resolver := interpreter.Resolvers{interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
						tokens <- task.Token()
						return nil, nil
					})}, answers(nil)}
					config := interpreter.Config{Store: memory.NewShared(nil), Lease: time.Minute, Resolver: resolver}
					a, b := open(t, config), another(t, config)
					require.True(t, soon(func() bool { return interpreter.Owns(a) && interpreter.Owns(b) }))
					e, err := a.Start(background, ask, nil, interpreter.StartOptions{KeepHistory: loaded})
					require.NoError(t, err)
					token := <-tokens
					require.True(t, soon(func() bool { return len(a.Executions()) == 0 || loaded }))
					other, err := b.Execution(background, e.ID())
					require.NoError(t, err)
					require.Equal(t, e.Name(), other.Name())
					if stopped {
						require.NoError(t, other.Stop(background, "", ""))
						var failed *interpreter.ExecutionError
						require.ErrorAs(t, e.Wait(background), &failed)
						require.ErrorAs(t, other.Wait(background), &failed)
					} else {
						require.NoError(t, b.SendTaskSuccess(background, token, "yes"))
						require.NoError(t, e.Wait(background))
						require.NoError(t, other.Wait(background))
					}
					require.ErrorIs(t, b.SendTaskSuccess(background, token, "no"), interpreter.ErrTaskTimedOut)
					require.ErrorIs(t, a.SendTaskSuccess(background, "AAAA", 1), interpreter.ErrInvalidToken)
				})
			})
		}
	}
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
	s := memory.NewShared(noTime)
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

// slowRenew is a store whose Renew takes until its context ends.
type slowRenew struct {
	*memory.Shared
	left atomic.Bool
}

func (*slowRenew) Renew(ctx context.Context, _ store.Owner, _ time.Duration) error {
	<-ctx.Done()
	return ctx.Err()
}

func (s *slowRenew) Leave(ctx context.Context, o store.Owner) error {
	s.left.Store(true)
	return s.Shared.Leave(ctx, o)
}

// A process that is closed while it renews its lease, and is late, gives back what it has
// too.
func TestAProcessThatIsLateLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowRenew{Shared: memory.NewShared(nil)}
		in := interpreter.New(interpreter.Config{Store: s, Lease: time.Second})
		time.Sleep(time.Minute)
		require.NoError(t, in.Close())
		synctest.Wait()
		require.True(t, s.left.Load())
	})
}

// wrongClock is the system's clock, wrong by a constant.
type wrongClock struct{ by time.Duration }

func (c wrongClock) Now() time.Time { return time.Now().Add(c.by) }

func (wrongClock) AfterFunc(d time.Duration, f func()) interpreter.Timer { return time.AfterFunc(d, f) }

// Processes whose clocks differ by an hour share executions: times of a history do not go
// back, and an execution that one has ended is redriven by the other.
func TestProcessesWhoseClocksDiffer(t *testing.T) {
	s := memory.NewShared(noTime)
	var h breaks
	config := func(by time.Duration) interpreter.Config {
		return interpreter.Config{Store: s, Lease: shortLease, Resolver: h.mux(), Clock: wrongClock{by}}
	}
	ahead := interpreter.New(config(time.Hour))
	e, err := ahead.Start(background, compile(t, redriven), nil, interpreter.StartOptions{Name: "n"})
	require.NoError(t, err)
	id := e.ID()
	require.Error(t, e.Wait(background))
	require.NoError(t, ahead.Shutdown(background))

	behind := open(t, config(-time.Hour))
	require.NoError(t, redriveStored(behind, id))
	require.True(t, soon(func() bool { return status(t, s, id) == interpreter.Failed }))
	again := another(t, config(0))
	h.mended.Store(true)
	require.NoError(t, redriveStored(again, id))
	require.True(t, soon(func() bool { return status(t, s, id) == interpreter.Succeeded }))
	last := int64(0)
	for ev, err := range again.History(background, id, interpreter.HistoryOptions{}) {
		require.NoError(t, err)
		require.GreaterOrEqual(t, ev.Nanos, last)
		last = ev.Nanos
	}
	require.Equal(t, 2, countEvents(t, again, id, history.ExecutionRedriven))
}

// Processes of three releases, whose definitions differ and which lack each other's, share
// a store: an execution ends under its own definition in whichever process is left.
func TestProcessesOfSeveralReleases(t *testing.T) {
	s := memory.NewShared(noTime)
	tokens := make(chan string, 9)
	var processes []*interpreter.Interpreter
	config := interpreter.Config{Store: s, Lease: shortLease, Resolver: interpreter.Resolvers{askingQueue(tokens), answers(nil)}}
	want := map[string]string{} // outputs by token
	for release := range 3 {
		in := interpreter.New(config)
		processes = append(processes, in)
		p := compile(t, `{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
			"Parameters":{"QueueUrl":"q","MessageBody":{"token.$":"$$.Task.Token"}},"ResultPath":"$.answer","Next":"Then"},
			"Then":{"Type":"Task","Resource":"`+fmt.Sprint("release", release)+`","ResultPath":"$.by","End":true}}}`)
		for range 3 {
			_, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{})
			require.NoError(t, err)
			token := <-tokens
			want[token] = fmt.Sprintf(`{"answer":"yes","by":"release%d"}`, release)
		}
	}
	crash(t, processes[0])
	require.NoError(t, processes[1].Shutdown(background))
	for token := range want {
		require.NoError(t, processes[2].SendTaskSuccess(background, token, "yes"))
	}
	for token, output := range want {
		key, _ := machine.TokenExecution(token)
		id := store.ID([]byte(key))
		require.True(t, soon(func() bool { return status(t, s, id) == interpreter.Succeeded }))
		require.Equal(t, output, value.String(describe(t, processes[2], id).Output))
	}
	require.NoError(t, processes[2].Close())
}

// countedCalls counts calls of a store.
type countedCalls struct {
	*memory.Shared
	claims, posted, due, renewals atomic.Int32
}

func (s *countedCalls) Claim(ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
	s.claims.Add(1)
	return s.Shared.Claim(ctx, o, until, limit)
}

func (s *countedCalls) Posted(ctx context.Context, o store.Owner, after uint64, limit int) ([]store.Post, error) {
	s.posted.Add(1)
	return s.Shared.Posted(ctx, o, after, limit)
}

func (s *countedCalls) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	s.due.Add(1)
	return s.Shared.Due(ctx, after, until, limit)
}

func (s *countedCalls) Renew(ctx context.Context, o store.Owner, ttl time.Duration) error {
	s.renewals.Add(1)
	return s.Shared.Renew(ctx, o, ttl)
}

// An owner that has nothing to do asks once a poll, and renews its lease three times in
// its length, also while its only worker is busy.
func TestAnOwnerAsksOnceAPoll(t *testing.T) {
	s := &countedCalls{Shared: memory.NewShared(nil)}
	release := make(chan struct{})
	config := interpreter.Config{Store: s, Lease: 15 * time.Second, Workers: 1, Resolver: interpreter.Mux{"*": interpreter.HandlerFunc(
		func(context.Context, *interpreter.Task) (any, error) { <-release; return nil, nil })}}
	inBubble(t, config, func(t *testing.T, in *interpreter.Interpreter) {
		release = make(chan struct{})
		countMinute := func(n *atomic.Int32) int {
			synctest.Wait()
			before := n.Load()
			time.Sleep(time.Minute)
			synctest.Wait()
			return int(n.Load() - before)
		}
		for name, n := range map[string]*atomic.Int32{"Claim": &s.claims, "Posted": &s.posted, "Due": &s.due} {
			require.InDelta(t, 60, countMinute(n), 1, name)
		}
		require.InDelta(t, 12, countMinute(&s.renewals), 1, "idle")
		e, err := in.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{})
		require.NoError(t, err)
		require.InDelta(t, 12, countMinute(&s.renewals), 1, "busy")
		require.Equal(t, interpreter.Running, e.Status())
		close(release)
		require.NoError(t, e.Wait(background))
	})
}
