package interpreter_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

type sinkFunc func(id string, events []history.Event) error

func (f sinkFunc) Record(id string, events []history.Event) error { return f(id, events) }

type resolverFunc func(state, resource string) (interpreter.Handler, bool)

func (f resolverFunc) Resolve(state, resource string) (interpreter.Handler, bool) {
	return f(state, resource)
}

const onePass = `{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`

// within returns a context for calls that must not wait for each other.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(background, d)
	t.Cleanup(cancel)
	return ctx
}

// However many sinks wait in Start, the starts that they wait for go on.
func TestManySinksStartStoredExecutions(t *testing.T) {
	first := runtime.GOMAXPROCS(0) + 1 // with one worker no more sinks are called at a time
	p := compile(t, onePass)
	var in *interpreter.Interpreter
	var calls atomic.Int32
	var all sync.WaitGroup
	ctx := within(t, 2*time.Minute)
	errs := make(chan error, first)
	all.Add(first)
	in = open(t, interpreter.Config{Store: memory.New(), Workers: 1, History: sinkFunc(func(string, []history.Event) error {
		if calls.Add(1) <= int32(first) {
			all.Done()
			all.Wait()
			_, err := in.Start(ctx, p, nil, interpreter.StartOptions{})
			errs <- err
		}
		return nil
	})})
	for range first {
		go func() { _, _ = in.Start(ctx, p, nil, interpreter.StartOptions{}) }()
	}
	all.Wait()
	for range first {
		require.NoError(t, <-errs)
	}
}

// A hook can look at the execution that waits for it.
func TestSinkFindsItsOwnStoredExecution(t *testing.T) {
	p := compile(t, oneTask)
	var in *interpreter.Interpreter
	ctx := within(t, 2*time.Minute)
	found := make(chan error, 3)
	var once sync.Once
	in = open(t, interpreter.Config{Store: memory.New(), Resolver: answers(nil), History: sinkFunc(func(string, []history.Event) error {
		once.Do(func() {
			again, err := in.Start(ctx, p, nil, interpreter.StartOptions{Name: "one"})
			found <- err
			if err != nil {
				return
			}
			_, err = in.Execution(ctx, again.ID())
			found <- err
			found <- in.RetryParked(ctx, again.ID())
		})
		return nil
	})})
	e, err := in.Start(ctx, p, nil, interpreter.StartOptions{Name: "one"})
	require.NoError(t, err)
	require.NoError(t, e.Wait(ctx))
	for range 3 {
		require.NoError(t, <-found)
	}
}

// A resolver that blocks for some executions holds up the recovery of no other.
func TestBlockedResolversHoldUpNoOtherRecovery(t *testing.T) {
	s := memory.New()
	in := interpreter.New(interpreter.Config{Store: s, Resolver: untilTheEnd})
	start := func(resource string) {
		p := compile(t, `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"`+resource+`","End":true}}}`)
		_, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
	}
	many := runtime.GOMAXPROCS(0) + 1 // more than are loaded at a time
	for range many {
		start("blocked")
	}
	start("free")
	require.NoError(t, in.Close())
	release, called := make(chan struct{}), make(chan string, many+1)
	in = open(t, interpreter.Config{Store: s, Resolver: resolverFunc(func(_, resource string) (interpreter.Handler, bool) {
		if resource == "blocked" {
			<-release
		}
		return answers(func(string) { called <- resource })["*"], true
	})})
	defer close(release)
	select {
	case resource := <-called:
		require.Equal(t, "free", resource)
	case <-within(t, 2*time.Minute).Done():
		require.Fail(t, "the other execution does not continue")
	}
}

// untilTheEnd resolves to handlers that run until the interpreter is closed.
var untilTheEnd = interpreter.Mux{"*": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
	<-ctx.Done()
	return nil, ctx.Err()
})}

// lateDefinitions is a store that returns no definition before it is told to.
type lateDefinitions struct {
	store.Store
	asked, release chan struct{}
}

func (s *lateDefinitions) Definition(ctx context.Context, digest string) ([]byte, error) {
	close(s.asked)
	<-s.release
	return s.Store.Definition(ctx, digest)
}

// Executions has none whose program is not known yet.
func TestExecutionsWhileTheyAreLoaded(t *testing.T) {
	s := &lateDefinitions{memory.New(), make(chan struct{}), make(chan struct{})}
	in := interpreter.New(interpreter.Config{Store: s, Resolver: untilTheEnd})
	_, err := in.Start(background, compile(t, chain), nil, interpreter.StartOptions{Name: "one"})
	require.NoError(t, err)
	require.NoError(t, in.Close())
	in = open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	<-s.asked
	for _, e := range in.Executions() {
		require.NotNil(t, e.Program())
		require.Contains(t, e.Arn(), e.Name())
	}
	close(s.release)
}
