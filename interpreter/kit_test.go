package interpreter_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

var (
	began      = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	background = context.Background()
	errBroken  = errors.New("broken")
)

func compile(t testing.TB, definition string, o ...interpreter.Options) *interpreter.Program {
	t.Helper()
	p, err := interpreter.Compile([]byte(definition), append(o, interpreter.Options{})[0])
	require.NoError(t, err)
	return p
}

// open returns an interpreter that is closed at the end of the test, which
// fails if goroutines stay behind.
func open(t testing.TB, c interpreter.Config) *interpreter.Interpreter {
	t.Helper()
	if c.Logger == nil {
		c.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	before := runtime.NumGoroutine()
	in := interpreter.New(c)
	t.Cleanup(func() {
		require.NoError(t, in.Close())
		require.True(t, soon(func() bool { return runtime.NumGoroutine() <= before }), "goroutines stay behind")
	})
	return in
}

// soon waits until something is so, and on no machine for ever. What lasts leaves the
// processor to others.
func soon(is func() bool) bool {
	for i, end := 0, time.Now().Add(2*time.Minute); time.Now().Before(end); i++ {
		if is() {
			return true
		}
		if i < 1000 {
			runtime.Gosched()
		} else {
			time.Sleep(time.Millisecond)
		}
	}
	return is()
}

func cancellable(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(background)
	t.Cleanup(cancel)
	return ctx
}

func task(handler any) interpreter.Config {
	h, ok := handler.(interpreter.Handler)
	if !ok {
		h = interpreter.HandlerFunc(handler.(func(context.Context, *interpreter.Task) (any, error)))
	}
	return interpreter.Config{Resolver: interpreter.Mux{"*": h}}
}

const oneTask = `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "End": true}}}`
