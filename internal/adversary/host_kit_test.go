package adversary

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/gostates/gostates/interpreter"
)

var (
	background = context.Background()
	errBroken  = errors.New("broken")
	discard    = slog.New(slog.DiscardHandler)
	began      = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
)

const (
	onePass = `{"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": true}}}`
	oneTask = `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "End": true}}}`
	oneWait = `{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "End": true}}}`
)

func compile(t testing.TB, definition string, o ...interpreter.Options) *interpreter.Program {
	t.Helper()
	p, err := interpreter.Compile([]byte(definition), append(o, interpreter.Options{})[0])
	require.NoError(t, err)
	return p
}

// open returns an interpreter that is closed at the end of the test. The test
// fails if a goroutine outlives that.
func open(t testing.TB, c interpreter.Config) *interpreter.Interpreter {
	t.Helper()
	if c.Logger == nil {
		c.Logger = discard
	}
	before := goleak.IgnoreCurrent()
	in := interpreter.New(c)
	t.Cleanup(func() {
		require.NoError(t, in.Close())
		require.NoError(t, leaked(before))
	})
	return in
}

// leaked returns the goroutines that are left once the others have ended, for
// which it waits as long as it takes a slow machine.
func leaked(before goleak.Option) error {
	err := goleak.Find(before)
	for end := time.Now().Add(time.Minute); err != nil && time.Now().Before(end); err = goleak.Find(before) {
		runtime.Gosched()
	}
	return err
}

// cancellable returns a context with which Run has all tasks done by the pool.
func cancellable(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(background)
	t.Cleanup(cancel)
	return ctx
}

// handlers are the tasks of the machines here.
func handlers(work func(context.Context, *interpreter.Task) (any, error)) interpreter.Mux {
	return interpreter.Mux{
		"work":   interpreter.HandlerFunc(work),
		"honest": honest,
		"last":   honest,
	}
}

// neighbour runs another execution in the same interpreter, whose worker or
// driver must be free again.
func neighbour(t testing.TB, in *interpreter.Interpreter) {
	t.Helper()
	p := compile(t, `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "honest", "End": true}}}`)
	for _, ctx := range []context.Context{background, cancellable(t)} {
		got, err := interpreter.Run[string](ctx, in, p, nil)
		require.NoError(t, err)
		require.Equal(t, "done", got)
	}
}

var honest = interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return "done", nil })
