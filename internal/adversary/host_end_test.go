package adversary

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// An OnEnd that goes wrong harms neither its execution nor others, and is not called
// again.
func TestAnOnEndThatGoesWrong(t *testing.T) {
	p := compile(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`)
	failing := compile(t, `{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"E"}}}`)
	for name, wrong := range map[string]func(in *interpreter.Interpreter, e *interpreter.Execution){
		"panics":       func(*interpreter.Interpreter, *interpreter.Execution) { boom() },
		"panics oddly": func(*interpreter.Interpreter, *interpreter.Execution) { panic(hostileValue{boom}) },
		"calls Goexit": func(*interpreter.Interpreter, *interpreter.Execution) { runtime.Goexit() },
		"calls Shutdown": func(in *interpreter.Interpreter, _ *interpreter.Execution) {
			if err := in.Shutdown(background); err == nil {
				panic("it waited for itself")
			}
		},
		"waits and stops": func(_ *interpreter.Interpreter, e *interpreter.Execution) {
			_ = e.Wait(background)
			_ = e.Stop(background, "", "")
		},
		"starts": func(in *interpreter.Interpreter, e *interpreter.Execution) {
			again, err := in.Start(background, failing, nil, interpreter.StartOptions{Name: "again" + e.Name()})
			if err == nil {
				_ = again.Wait(background)
			}
		},
		"redrives": func(_ *interpreter.Interpreter, e *interpreter.Execution) {
			_, _ = e.Redrive(background, interpreter.RedriveOptions{})
		},
		"deletes": func(in *interpreter.Interpreter, e *interpreter.Execution) { _ = in.Delete(background, e.ID()) },
	} {
		for _, s := range []store.Store{nil, memory.New()} {
			t.Run(name, func(t *testing.T) {
				var calls atomic.Int32
				var in *interpreter.Interpreter
				ready := make(chan struct{})
				in = interpreter.New(interpreter.Config{Store: s, OnEnd: func(_ context.Context, e *interpreter.Execution) {
					<-ready
					if calls.Add(1) <= 8 {
						wrong(in, e)
					}
				}})
				close(ready)
				for i := range 4 {
					e, err := in.Start(background, []*interpreter.Program{p, failing}[i%2], nil, interpreter.StartOptions{})
					require.NoError(t, err)
					_ = e.Wait(background)
				}
				require.NoError(t, in.Shutdown(background))
				require.GreaterOrEqual(t, calls.Load(), int32(4))
				if s == nil {
					return
				}
				all, err := s.List(background, store.Query{})
				require.NoError(t, err)
				for _, l := range all {
					require.NotEqual(t, interpreter.Running, l.Status)
					require.Greater(t, l.Due, int64(1000), "it stays due") // 1000 ns after 1970
				}
			})
		}
	}
}

// An OnEnd that blocks holds up other calls of OnEnd, but no execution and not Close.
func TestAnOnEndThatBlocks(t *testing.T) {
	p := compile(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`)
	for _, s := range []store.Store{nil, memory.New()} {
		release := make(chan struct{})
		in := interpreter.New(interpreter.Config{Store: s, OnEnd: func(context.Context, *interpreter.Execution) { <-release }})
		for range 100 {
			e, err := in.Start(background, p, nil, interpreter.StartOptions{})
			require.NoError(t, err)
			require.NoError(t, e.Wait(background))
		}
		ctx, cancel := context.WithCancel(background)
		cancel()
		require.ErrorIs(t, in.Shutdown(ctx), context.Canceled)
		require.NoError(t, in.Close())
		close(release)
	}
}
