package interpreter_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
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
)

const day = 24 * time.Hour

// listless is a store in which nobody lists executions.
type listless struct {
	*memory.Store
	lists atomic.Int32
}

func (s *listless) List(ctx context.Context, q store.Query) ([]store.Listed, error) {
	s.lists.Add(1)
	return s.Store.List(ctx, q)
}

func requireNotRedrivable(t testing.TB, err error, reason string) {
	t.Helper()
	var no *machine.NotRedrivableError
	require.ErrorAs(t, err, &no)
	require.Equal(t, "ExecutionNotRedrivable", no.Code)
	require.Equal(t, reason, no.Reason)
	require.True(t, strings.HasSuffix(no.Message, " invalid for redrive as: "+reason), no.Message)
}

func load(t testing.TB, s store.Store, id store.ID) *store.State {
	t.Helper()
	st, err := s.Load(background, id)
	require.NoError(t, err)
	return st
}

// After the window an execution cannot be redriven, and its snapshot shrinks by
// itself: in the process that ran it, in a later one, and while the program holds it.
func TestRedriveWindow(t *testing.T) {
	input := `{"large": "` + strings.Repeat("x", 4000) + `"}`
	broken := interpreter.Mux{"*": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return nil, errBroken })}
	for name, c := range map[string]struct {
		window, lasts time.Duration
		reopen, held  bool
	}{
		"default":                 {0, 14 * day, false, false},
		"another one":             {3 * time.Hour, 3 * time.Hour, false, false},
		"in a later process":      {5 * time.Hour, 5 * time.Hour, true, false},
		"that the program holds":  {5 * time.Hour, 5 * time.Hour, false, true},
		"none":                    {-1, 0, false, false},
		"longer than time counts": {math.MaxInt64, day, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &listless{Store: memory.New()}
			config := interpreter.Config{Store: s, RedriveWindow: c.window, Resolver: broken}
			inBubble(t, config, func(t *testing.T, in *interpreter.Interpreter) {
				const twoBranches = `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
					{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "a", "End": true}}},
					{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": true}}}]}}}`
				e, err := in.Start(background, compile(t, twoBranches), []byte(input), interpreter.StartOptions{Name: "n"})
				require.NoError(t, err)
				id := e.ID()
				require.Error(t, e.Wait(background))
				large := load(t, s, id)
				if !c.held {
					e = nil
				}
				if c.reopen {
					require.NoError(t, in.Close())
				}
				if c.lasts > 0 {
					time.Sleep(c.lasts - time.Minute)
					synctest.Wait()
					require.Equal(t, large, load(t, s, id))
				}
				if c.reopen {
					time.Sleep(day)
					in = interpreter.New(config)
					defer in.Close()
				} else if c.lasts > 0 && c.window != math.MaxInt64 {
					if !c.held {
						require.NoError(t, redriveStored(in, id)) // the window begins again with the next end
						synctest.Wait()
						require.Equal(t, interpreter.Failed, load(t, s, id).Head.Status)
						time.Sleep(c.lasts - time.Minute)
					}
					time.Sleep(2 * time.Minute)
				}
				synctest.Wait()
				if c.window == math.MaxInt64 {
					require.NoError(t, redriveStored(in, id))
					return
				}
				small := load(t, s, id)
				require.Equal(t, store.Never, small.Head.Due)
				require.Equal(t, small.Version, small.Since)
				if c.lasts > 0 {
					require.Less(t, len(small.Snapshot), len(large.Snapshot))
				}
				requireNotRedrivable(t, redriveStored(in, id), machine.PeriodExceeded)
				d, err := in.Describe(background, id)
				require.NoError(t, err)
				require.Nil(t, d.Problem)
				require.Equal(t, interpreter.Failed, d.Status)
				require.Equal(t, "A", d.Failure.State)
				require.False(t, d.Ended.IsZero())
				require.Equal(t, small, load(t, s, id), "nothing has changed")
				require.Zero(t, s.lists.Load())
				runtime.KeepAlive(e)
			})
		})
	}
}

// Without a store the handle cannot be redriven after the window either.
func TestRedriveWindowInMemory(t *testing.T) {
	config := interpreter.Config{Resolver: interpreter.Mux{"*": interpreter.Func(func(context.Context, any) (any, error) { return nil, errBroken })}}
	inBubble(t, config, func(t *testing.T, in *interpreter.Interpreter) {
		e, err := in.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{})
		require.NoError(t, err)
		require.Error(t, e.Wait(background))
		time.Sleep(14*day - 1)
		require.NoError(t, redrive(e))
		require.Error(t, e.Wait(background))
		time.Sleep(14 * day)
		requireNotRedrivable(t, redrive(e), machine.PeriodExceeded)
	})
}

// An execution that succeeds, or whose definition is lost, is not due after its end.
func TestRedriveWindowGivesUpWhatCannotBeLoaded(t *testing.T) {
	s := memory.New()
	inBubble(t, interpreter.Config{Store: s, RedriveWindow: hour}, func(t *testing.T, in *interpreter.Interpreter) {
		done := startEnded(t, in, compile(t, pass), "done")
		require.Equal(t, store.Never, load(t, s, done.ID()).Head.Due)
		id := startEnded(t, in, compile(t, refuse), "failed").ID()
		require.Equal(t, load(t, s, id).Head.Ended.Add(hour).UnixNano(), load(t, s, id).Head.Due)
		require.NoError(t, in.Close())
		later := interpreter.New(interpreter.Config{Store: undefined{s}})
		defer later.Close()
		time.Sleep(2 * hour)
		synctest.Wait()
		st := load(t, s, id)
		require.Equal(t, store.Never, st.Head.Due)
		require.Empty(t, st.Head.Parked)
		require.Equal(t, interpreter.Failed, st.Head.Status)
	})
}

// undefined is a store that has lost its definitions.
type undefined struct{ *memory.Store }

func (undefined) Definition(context.Context, string) ([]byte, error) { return nil, store.ErrNotFound }

// A request with a client token is made once in the life of an execution.
func TestRedriveWithAClientToken(t *testing.T) {
	for name, s := range map[string]store.Store{"in memory": nil, "stored": memory.New(), "shared": memory.NewShared(nil)} {
		t.Run(name, func(t *testing.T) {
			var h breaks
			in := open(t, interpreter.Config{Resolver: h.mux(), Store: s})
			e, err := in.Start(background, compile(t, redriven), nil, interpreter.StartOptions{Name: "n"})
			require.NoError(t, err)
			require.Error(t, e.Wait(background))
			request := func(token string) (time.Time, error) {
				return e.Redrive(background, interpreter.RedriveOptions{ClientToken: token})
			}
			for _, token := range []string{strings.Repeat("x", 65), "a b", "é", "\x7f"} {
				_, err := request(token)
				require.ErrorIs(t, err, interpreter.ErrInvalidClientToken)
			}
			first, err := request("one")
			require.NoError(t, err)
			require.Error(t, e.Wait(background))
			requireOnce := func() {
				calls := h.b.Load()
				again, err := request("one")
				require.NoError(t, err)
				require.Equal(t, first, again)
				require.Equal(t, calls, h.b.Load())
			}
			requireOnce()
			require.Equal(t, interpreter.Failed, e.Status())
			h.mended.Store(true)
			_, err = request("two")
			require.NoError(t, err)
			require.NoError(t, e.Wait(background))
			requireOnce()
			_, err = request("three")
			requireNotRedrivable(t, err, "Execution is SUCCEEDED and cannot be redriven")
			_, err = request("three")
			requireNotRedrivable(t, err, "Execution is SUCCEEDED and cannot be redriven")
			require.Equal(t, interpreter.Succeeded, e.Status())
			require.EqualValues(t, 1, h.a.Load())
			require.EqualValues(t, 3, h.b.Load())
			if s == nil {
				return
			}
			require.NoError(t, in.Close())
			later := another(t, interpreter.Config{Store: s})
			again, err := later.Redrive(background, e.ID(), interpreter.RedriveOptions{ClientToken: "one"})
			require.NoError(t, err)
			require.Equal(t, first, again)
			require.NoError(t, later.Delete(background, e.ID()))
			_, err = later.Redrive(background, e.ID(), interpreter.RedriveOptions{ClientToken: "one"})
			require.ErrorIs(t, err, store.ErrNotFound)
		})
	}
}

func TestRedriveOfADeletedExecution(t *testing.T) {
	for name, s := range map[string]store.Store{"stored": memory.New(), "shared": memory.NewShared(nil)} {
		t.Run(name, func(t *testing.T) {
			in := open(t, interpreter.Config{Store: s})
			e := startEnded(t, in, compile(t, refuse), "n")
			require.NoError(t, in.Delete(background, e.ID()))
			require.ErrorIs(t, redrive(e), store.ErrNotFound)
			require.Equal(t, interpreter.Failed, e.Status())
		})
	}
}

// In a shared store any process can redrive, one continues, and the handles of all
// follow it.
func TestProcessesRedriveEachOthersExecutions(t *testing.T) {
	s := memory.NewShared(nil)
	var broken atomic.Bool
	var calls atomic.Int32
	entered, release := make(chan struct{}, 10), make(chan struct{})
	config := interpreter.Config{Store: s, Lease: time.Minute, Resolver: interpreter.Mux{
		"a": interpreter.Func(func(context.Context, any) (int, error) { return 1, nil }),
		"b": interpreter.Func(func(context.Context, any) (int32, error) {
			n := calls.Add(1)
			if broken.Load() {
				return 0, errBroken
			}
			entered <- struct{}{}
			<-release
			return n, nil
		}),
	}}
	a, b := open(t, config), another(t, config)
	require.True(t, soon(func() bool { return interpreter.Owns(a) && interpreter.Owns(b) }))
	broken.Store(true)
	e, err := a.Start(background, compile(t, redriven), nil, interpreter.StartOptions{Name: "n"})
	require.NoError(t, err)
	require.Error(t, e.Wait(background))
	for n, in := range []*interpreter.Interpreter{b, a, b} {
		require.NoError(t, redriveStored(in, e.ID()))
		require.True(t, soon(func() bool {
			return status(t, s, e.ID()) == interpreter.Failed && countEvents(t, in, e.ID(), history.ExecutionRedriven) == n+1
		}))
	}
	broken.Store(false)
	require.NoError(t, redrive(e))
	<-entered
	for _, in := range []*interpreter.Interpreter{a, b} {
		requireNotRedrivable(t, redriveStored(in, e.ID()), "Execution is RUNNING and cannot be redriven")
		handle, err := in.Execution(background, e.ID())
		require.NoError(t, err)
		require.Equal(t, interpreter.Running, handle.Status())
		defer func() {
			require.NoError(t, handle.Wait(background))
			require.Equal(t, outputOf(t, e), outputOf(t, handle))
		}()
	}
	close(release)
	require.NoError(t, e.Wait(background))
	require.Equal(t, 4, countEvents(t, a, e.ID(), history.ExecutionRedriven))
	require.Equal(t, 1+5, countEvents(t, b, e.ID(), history.LambdaFunctionScheduled))
}

// countEvents returns how many events of a type the stored history has.
func countEvents(t testing.TB, in *interpreter.Interpreter, id store.ID, kind history.Type) (n int) {
	t.Helper()
	for ev, err := range in.History(background, id, interpreter.HistoryOptions{}) {
		require.NoError(t, err)
		if ev.Type == kind {
			n++
		}
	}
	return n
}

// Many who redrive at the same time redrive once.
func TestProcessesRedriveAtTheSameTime(t *testing.T) {
	s := memory.NewShared(nil)
	var h breaks
	config := interpreter.Config{Store: s, Resolver: h.mux()}
	a, b := open(t, config), another(t, config)
	e, err := a.Start(background, compile(t, redriven), nil, interpreter.StartOptions{Name: "n"})
	require.NoError(t, err)
	require.Error(t, e.Wait(background))
	h.mended.Store(true)
	results := make(chan error, 20)
	for n := range cap(results) {
		in := []*interpreter.Interpreter{a, b}[n%2]
		go func() { results <- redriveStored(in, e.ID()) }()
	}
	for range cap(results) {
		if err := <-results; err != nil {
			var no *machine.NotRedrivableError
			require.True(t, errors.As(err, &no), err)
		}
	}
	require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Succeeded }))
	require.Equal(t, 1, countEvents(t, a, e.ID(), history.ExecutionRedriven))
	require.Equal(t, 3, countEvents(t, b, e.ID(), history.LambdaFunctionScheduled))
}

// A process that has seen an execution end continues it when another has redriven it and
// hangs.
func TestAProcessContinuesWhatAnotherHasRedriven(t *testing.T) {
	var clock atomic.Int64
	s := memory.NewShared(func() time.Time { return time.Unix(clock.Load(), 0) })
	var mended atomic.Bool
	entered := make(chan struct{}, 1)
	handlers := func(hangs bool) interpreter.Mux {
		return interpreter.Mux{"*": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
			switch {
			case !mended.Load():
				return nil, errBroken
			case hangs:
				entered <- struct{}{}
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return 1, nil
		})}
	}
	paused := &pausedClaims{Shared: s}
	first := open(t, interpreter.Config{Store: paused, Lease: shortLease, Resolver: handlers(false)})
	e, err := first.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{Name: "n"})
	require.NoError(t, err)
	require.Error(t, e.Wait(background))
	mended.Store(true)
	paused.setPaused(true)
	second := another(t, interpreter.Config{Store: s, Lease: time.Hour, Resolver: handlers(true)})
	require.NoError(t, redriveStored(second, e.ID()))
	<-entered
	require.Equal(t, interpreter.Failed, e.Status(), "nobody has told the first process")
	clock.Add(2 * 3600)
	paused.setPaused(false)
	require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Succeeded }))
	require.NoError(t, e.Wait(background))
	require.Equal(t, interpreter.Succeeded, e.Status())
}

// pausedClaims is a store that returns nothing to claim, and no posts, for a while.
type pausedClaims struct {
	*memory.Shared
	mu     sync.RWMutex
	paused bool
}

func (s *pausedClaims) setPaused(paused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = paused
}

func (s *pausedClaims) Claim(ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.paused {
		return nil, nil
	}
	return s.Shared.Claim(ctx, o, until, limit)
}

func (s *pausedClaims) Posted(ctx context.Context, o store.Owner, after uint64, limit int) ([]store.Post, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.paused {
		return nil, nil
	}
	return s.Shared.Posted(ctx, o, after, limit)
}
