package interpreter_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// casesOf resolves by the tag "case" of executions.
func casesOf(cases map[string]interpreter.Resolver) func(string, map[string]string) (interpreter.Resolver, error) {
	return func(_ string, tags map[string]string) (interpreter.Resolver, error) { return cases[tags["case"]], nil }
}

func startCase(t testing.TB, in *interpreter.Interpreter, p *interpreter.Program, name string) *interpreter.Execution {
	t.Helper()
	e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: name, Tags: map[string]string{"case": name}})
	require.NoError(t, err)
	return e
}

func eachStore(t *testing.T, f func(t *testing.T, s store.Store)) {
	for name, s := range map[string]store.Store{"stored": memory.New(), "shared": memory.NewShared(nil)} {
		t.Run(name, func(t *testing.T) { f(t, s) })
	}
}

// Stored executions find their resolvers by their tags, before all others.
func TestResolverOfTags(t *testing.T) {
	eachStore(t, func(t *testing.T, s store.Store) {
		in := open(t, interpreter.Config{Store: s, Activities: []string{packing}, Resolver: interpreter.Mux{"ship": says("config")},
			ResolverOf: casesOf(map[string]interpreter.Resolver{
				"both": ofState{"Pack": says("1"), "Ship": says("2")}, "pack": ofState{"Pack": says("3")}, "ship": ofState{"Ship": says("4")}})})
		p := compile(t, packThenShip)
		require.Equal(t, map[string]any{"pack": "1", "ship": "2"}, outputAfter(t, startCase(t, in, p, "both")))
		require.Equal(t, map[string]any{"pack": "3", "ship": "config"}, outputAfter(t, startCase(t, in, p, "pack")))
		require.Zero(t, queued(in))
		for name, ship := range map[string]string{"ship": "4", "none": "config"} {
			e := startCase(t, in, p, name)
			require.NoError(t, in.SendTaskSuccess(background, poll(t, in, "joe").Token, "joe"))
			require.Equal(t, map[string]any{"pack": "joe", "ship": ship}, outputAfter(t, e))
		}
	})
}

// The next process asks again, for tasks that are outstanding and those that come.
func TestResolverOfTagsAfterARestart(t *testing.T) {
	eachStore(t, func(t *testing.T, s store.Store) {
		began := make(chan bool, 1)
		hung := interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
			began <- true
			<-ctx.Done()
			return nil, ctx.Err()
		})
		in := open(t, interpreter.Config{Store: s, ResolverOf: casesOf(map[string]interpreter.Resolver{"one": ofState{"Pack": hung}})})
		e := startCase(t, in, compile(t, packThenShip), "one")
		<-began
		require.NoError(t, in.Close())
		in = open(t, interpreter.Config{Store: s, ResolverOf: casesOf(map[string]interpreter.Resolver{"one": ofState{"Pack": says("1"), "Ship": says("2")}})})
		e, err := in.Execution(background, e.ID())
		require.NoError(t, err)
		require.Equal(t, map[string]any{"pack": "1", "ship": "2"}, outputAfter(t, e))
	})
}

// Without a store it is asked by ARN, after StartOptions.Resolver. So it is for the
// children of a Map Run.
func TestResolverOfArn(t *testing.T) {
	var asked atomic.Int32
	c := interpreter.Config{ResolverOf: func(arn string, tags map[string]string) (interpreter.Resolver, error) {
		asked.Add(1)
		if tags != nil {
			return nil, errors.New("tags")
		}
		if strings.Contains(arn, "/") {
			return ofState{"Work": says("child")}, nil
		}
		return ofState{"Work": says(arn)}, nil
	}}
	in := open(t, c)
	p := compile(t, oneTask)
	e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "one"})
	require.NoError(t, err)
	require.Equal(t, e.Arn(), outputAfter(t, e))
	require.EqualValues(t, 1, asked.Load())
	e, err = in.Start(background, p, nil, interpreter.StartOptions{Resolver: ofState{"Work": says("own")}})
	require.NoError(t, err)
	require.Equal(t, "own", outputAfter(t, e))
	require.EqualValues(t, 1, asked.Load())
	for _, s := range []store.Store{nil, memory.New()} {
		c.Store = s
		e, err = open(t, c).Start(background, compile(t, `{"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,"ItemProcessor":{
			"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"Work","States":{
				"Work":{"Type":"Task","Resource":"work","End":true}}}}}}`), []any{1, 2}, interpreter.StartOptions{})
		require.NoError(t, err)
		require.Equal(t, []any{"child", "child"}, outputAfter(t, e))
	}
}

// A failing Config.ResolverOf halts its execution and nothing else. A stored one is parked,
// and goes on when it is tried again.
func TestHostileResolverOf(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error":     func() error { return errBroken },
		"panics":    func() error { panic(errBroken) },
		"goroutine": func() error { runtime.Goexit(); return nil },
	} {
		for kind, s := range map[string]store.Store{"in memory": nil, "stored": memory.New(), "shared": memory.NewShared(nil)} {
			t.Run(name+" "+kind, func(t *testing.T) {
				var fails atomic.Bool
				in := open(t, interpreter.Config{Store: s, ResolverOf: func(string, map[string]string) (interpreter.Resolver, error) {
					if fails.Load() {
						return nil, fail()
					}
					return ofState{"Work": says("done")}, nil
				}})
				p := compile(t, oneTask)
				fails.Store(true)
				started := make(chan *interpreter.Execution, 1)
				go func() {
					var e *interpreter.Execution
					defer func() { started <- e }()
					e, _ = in.Start(background, p, nil, interpreter.StartOptions{Name: "one"})
				}()
				e := <-started
				if e != nil {
					err := e.Wait(background)
					require.Error(t, err)
					if name != "goroutine" {
						require.ErrorIs(t, err, errBroken)
					}
					if name != "error" {
						require.ErrorContains(t, err, "Config.ResolverOf")
					}
				}
				fails.Store(false)
				next, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "two"})
				require.NoError(t, err)
				require.Equal(t, "done", outputAfter(t, next))
				if s == nil {
					return
				}
				for l, err := range in.ListAll(background, store.Query{}) {
					require.NoError(t, err)
					if l.Parked == "" {
						continue
					}
					require.Contains(t, l.Parked, "resolving work")
					require.NoError(t, in.RetryParked(background, l.ID))
					e, err = in.Execution(background, l.ID)
					require.NoError(t, err)
					require.Equal(t, "done", outputAfter(t, e))
				}
			})
		}
	}
}
