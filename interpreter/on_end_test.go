package interpreter_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// OnEnd is called once for each execution, however it ends, and with a store after the
// end is there.
func TestOnEndIsCalledForEachExecution(t *testing.T) {
	for _, s := range []store.Store{nil, memory.New(), memory.NewShared(nil)} {
		var mu sync.Mutex
		calls := map[string]interpreter.Status{}
		in := interpreter.New(interpreter.Config{Store: s, Resolver: interpreter.Mux{"*": interpreter.HandlerFunc(
			func(_ context.Context, task *interpreter.Task) (any, error) {
				if task.Resource.Name == "bad" {
					return nil, errBroken
				}
				return nil, nil
			})},
			OnEnd: func(_ context.Context, e *interpreter.Execution) {
				mu.Lock()
				defer mu.Unlock()
				if _, twice := calls[e.Name()]; twice {
					t.Errorf("%s ended twice", e.Name())
				}
				calls[e.Name()] = e.Status()
				if s != nil && status(t, s, e.ID()) != e.Status() {
					t.Errorf("%s is %s in the store", e.Name(), status(t, s, e.ID()))
				}
			}})
		good := compile(t, `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"good","End":true}}}`)
		bad := compile(t, `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"bad","End":true}}}`)
		for name, p := range map[string]*interpreter.Program{"good": good, "bad": bad, "stopped": compile(t, oneDay)} {
			e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: name})
			require.NoError(t, err)
			if name == "stopped" {
				require.NoError(t, e.Stop(background, "", ""))
			}
			_ = e.Wait(background)
		}
		require.NoError(t, in.Shutdown(background)) // waits for the calls
		require.Equal(t, map[string]interpreter.Status{"good": interpreter.Succeeded, "bad": interpreter.Failed, "stopped": interpreter.Aborted}, calls)
		if s != nil {
			all, err := s.List(background, store.Query{})
			require.NoError(t, err)
			require.Len(t, all, 3)
			for _, l := range all {
				require.Greater(t, l.Due, int64(1000), "it stays due") // 1000 ns after 1970
			}
		}
	}
}

// A process that ends before OnEnd has returned leaves the call to the next one, which
// may not have an OnEnd.
func TestOnEndIsCalledAgainAfterACrash(t *testing.T) {
	kept := memory.New()
	p := compile(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`)
	began, release := make(chan struct{}, 1), make(chan struct{})
	in := interpreter.New(interpreter.Config{Store: kept, OnEnd: func(context.Context, *interpreter.Execution) { began <- struct{}{}; <-release }})
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	<-began
	crash(t, in)
	defer close(release)
	require.Equal(t, interpreter.Succeeded, head(t, kept, e.ID()).Status)
	require.NotEqual(t, store.Never, head(t, kept, e.ID()).Due)

	var calls atomic.Int32
	for range 3 {
		in = interpreter.New(interpreter.Config{Store: kept, OnEnd: func(_ context.Context, again *interpreter.Execution) {
			if again.ID() == e.ID() && again.Status() == interpreter.Succeeded {
				calls.Add(1)
			}
		}})
		require.True(t, soon(func() bool { return head(t, kept, e.ID()).Due == store.Never }))
		require.NoError(t, in.Shutdown(background))
	}
	require.EqualValues(t, 1, calls.Load())
}

// An interpreter without OnEnd clears what an earlier one has left.
func TestWithoutOnEndNothingStaysDue(t *testing.T) {
	kept := memory.New()
	began, release := make(chan struct{}, 1), make(chan struct{})
	defer close(release)
	in := interpreter.New(interpreter.Config{Store: kept, OnEnd: func(context.Context, *interpreter.Execution) { began <- struct{}{}; <-release }})
	e, err := in.Start(background, compile(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	crash(t, in)
	open(t, interpreter.Config{Store: kept})
	require.True(t, soon(func() bool { return head(t, kept, e.ID()).Due == store.Never }))
}

// Of several processes one calls OnEnd, while it runs too.
func TestOnEndOfSeveralProcesses(t *testing.T) {
	kept := memory.NewShared(noTime)
	var calls atomic.Int32
	release := make(chan struct{})
	config := interpreter.Config{Store: kept, Lease: shortLease, OnEnd: func(context.Context, *interpreter.Execution) { calls.Add(1); <-release }}
	a, b := open(t, config), another(t, config)
	require.True(t, soon(func() bool { return interpreter.Owns(a) && interpreter.Owns(b) }))
	e, err := a.Start(background, compile(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	_, err = b.Execution(background, e.ID()) // only looks at it
	require.NoError(t, err)
	require.True(t, soon(func() bool { return calls.Load() == 1 }))
	close(release)
	require.True(t, soon(func() bool { return head(t, kept, e.ID()).Due == store.Never }))
	require.EqualValues(t, 1, calls.Load())
}

// Retention does not delete an execution before OnEnd has returned, in a process that was
// started after a crash.
func TestRetentionWaitsForOnEnd(t *testing.T) {
	kept := memory.New()
	config := interpreter.Config{Store: kept, Retention: []interpreter.Retention{{After: time.Hour}}}
	config.OnEnd = func(ctx context.Context, _ *interpreter.Execution) { <-ctx.Done() }
	inBubble(t, config, func(t *testing.T, in *interpreter.Interpreter) {
		e, err := in.Start(background, compile(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`), nil, interpreter.StartOptions{})
		require.NoError(t, err)
		id := e.ID()
		synctest.Wait()
		require.NoError(t, in.Close())
		time.Sleep(10 * time.Hour)

		release := make(chan struct{})
		config.OnEnd = func(context.Context, *interpreter.Execution) { <-release }
		in = interpreter.New(config)
		defer in.Close()
		time.Sleep(10 * time.Hour)
		synctest.Wait()
		require.Equal(t, interpreter.Succeeded, status(t, kept, id))
		close(release)
		time.Sleep(10 * time.Hour)
		synctest.Wait()
		_, err = kept.Load(background, id)
		require.ErrorIs(t, err, store.ErrNotFound)
	})
}

// Each end of an execution that is redriven is announced, also if the redrive comes while
// OnEnd runs, and the redrive window begins though it has not returned.
func TestOnEndAndRedrives(t *testing.T) {
	for _, s := range []store.Store{memory.New(), memory.NewShared(nil)} {
		var h breaks
		began, release := make(chan interpreter.Status), make(chan struct{})
		config := interpreter.Config{Store: s, Resolver: h.mux(), RedriveWindow: time.Hour, Lease: time.Minute,
			OnEnd: func(_ context.Context, e *interpreter.Execution) { began <- e.Status(); <-release }}
		in := open(t, config)
		e, err := in.Start(background, compile(t, redriven), nil, interpreter.StartOptions{Name: "n"})
		require.NoError(t, err)
		require.Equal(t, interpreter.Failed, <-began)
		require.NoError(t, redrive(e)) // the first call has not returned
		require.Equal(t, interpreter.Failed, <-began)
		h.mended.Store(true)
		require.Equal(t, interpreter.Redrivable, redrivesOf(t, in, e).RedriveStatus)
		require.NoError(t, redrive(e))
		require.Equal(t, interpreter.Succeeded, <-began)
		close(release)
		require.True(t, soon(func() bool { return head(t, s, e.ID()).Due == store.Never }))
		require.Equal(t, 2, redrivesOf(t, in, e).RedriveCount)
	}
}
