package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

// eventsOf returns the stored history of an execution, an event a line.
func eventsOf(t testing.TB, in *interpreter.Interpreter, id store.ID) (events []string) {
	t.Helper()
	for ev, err := range in.History(background, id, interpreter.HistoryOptions{}) {
		require.NoError(t, err)
		events = append(events, string(ev.AppendJSON(nil)))
	}
	return events
}

// firstOf returns the ID of the first event of a type.
func firstOf(t testing.TB, in *interpreter.Interpreter, id store.ID, kind history.Type) uint32 {
	t.Helper()
	for ev, err := range in.History(background, id, interpreter.HistoryOptions{}) {
		require.NoError(t, err)
		if ev.Type == kind {
			return ev.ID
		}
	}
	require.Fail(t, "no such event")
	return 0
}

func outputOf(t testing.TB, e *interpreter.Execution) string {
	t.Helper()
	require.NoError(t, e.Wait(background))
	output, err := e.Output()
	require.NoError(t, err)
	return value.String(output)
}

// A fork goes on from any event of an execution, also in a later process, and leaves the
// old one alone.
func TestForkFromEveryEvent(t *testing.T) {
	for name, s := range map[string]store.Store{"stored": memory.New(), "shared": memory.NewShared(nil)} {
		t.Run(name, func(t *testing.T) {
			in := open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
			old, err := in.Start(background, compile(t, chain), []byte(`{}`), interpreter.StartOptions{Name: "old", Tags: map[string]string{"k": "v"}})
			require.NoError(t, err)
			want := outputOf(t, old)
			before, events := load(t, s, old.ID()), eventsOf(t, in, old.ID())
			ended := 0
			for n := 1; n <= len(events); n++ {
				e, err := in.Fork(background, old.ID(), interpreter.AtEvent(uint32(n)), interpreter.ForkOptions{Name: fmt.Sprint("fork-", n)})
				if errors.Is(err, machine.ErrFork) {
					ended++
					continue
				}
				require.NoError(t, err)
				require.Equal(t, want, outputOf(t, e))
				require.Equal(t, events[:n], eventsOf(t, in, e.ID())[:n])
				st := load(t, s, e.ID())
				require.Equal(t, map[string]string{"k": "v"}, st.Head.Tags)
				require.Equal(t, fmt.Sprint("fork-", n), st.Head.Name)
				require.Zero(t, st.Head.Parent)
			}
			require.Equal(t, 3, ended, "the events of the last Step")
			require.Equal(t, before, load(t, s, old.ID()))
			_, err = in.Fork(background, old.ID(), interpreter.AtEvent(1), interpreter.ForkOptions{Name: "old"})
			var exists *interpreter.ExecutionExistsError
			require.ErrorAs(t, err, &exists)
			require.Equal(t, old.ID(), exists.Execution.ID())
		})
	}
}

func TestForkChangesAResultOrTheInput(t *testing.T) {
	s := memory.New()
	var h breaks
	in := open(t, interpreter.Config{Store: s, Resolver: h.mux()})
	old, err := in.Start(background, compile(t, redriven), []byte(`"in"`), interpreter.StartOptions{})
	require.NoError(t, err)
	require.Error(t, old.Wait(background))
	fork := func(n uint32, o interpreter.ForkOptions) *interpreter.Execution {
		t.Helper()
		e, err := in.Fork(background, old.ID(), interpreter.AtEvent(n), o)
		require.NoError(t, err)
		return e
	}
	failed := firstOf(t, in, old.ID(), history.LambdaFunctionFailed)
	e := fork(failed, interpreter.ForkOptions{Result: &interpreter.TaskResult{Output: "mended"}})
	require.Equal(t, `"mended"`, outputOf(t, e), "the change has ended it")
	requireNotRedrivable(t, redrive(e), "Execution is SUCCEEDED and cannot be redriven")
	e = fork(failed, interpreter.ForkOptions{Result: &interpreter.TaskResult{Error: "Odd", Cause: "c"}})
	var no *interpreter.ExecutionError
	require.ErrorAs(t, e.Wait(background), &no)
	require.Equal(t, "Odd", no.Name)
	h.mended.Store(true)
	require.NoError(t, redrive(e))
	require.Equal(t, `"after 1"`, outputOf(t, e))
	e = fork(firstOf(t, in, old.ID(), history.LambdaFunctionSucceeded), interpreter.ForkOptions{Result: &interpreter.TaskResult{Output: 7}})
	require.Equal(t, `"after 7"`, outputOf(t, e))
	require.EqualValues(t, 1, h.a.Load(), "A is not called again")
	e = fork(1, interpreter.ForkOptions{Input: []byte(`"other"`)})
	require.Equal(t, `"after 2"`, outputOf(t, e))
	d, err := in.Describe(background, e.ID())
	require.NoError(t, err)
	require.Equal(t, "other", d.Input)
	require.NotEqual(t, old.Name(), e.Name())
}

// An execution begins in any state, in memory or stored, and so does a fork.
func TestFromState(t *testing.T) {
	for name, s := range map[string]store.Store{"in memory": nil, "stored": memory.New()} {
		t.Run(name, func(t *testing.T) {
			var h breaks
			h.mended.Store(true)
			in := open(t, interpreter.Config{Store: s, Resolver: h.mux()})
			p := compile(t, redriven)
			e, err := in.Start(background, p, []byte(`{"all": 1}`), interpreter.StartOptions{From: interpreter.FromState("B", "here")})
			require.NoError(t, err)
			require.Equal(t, `"after here"`, outputOf(t, e))
			require.Zero(t, h.a.Load())
			for _, name := range []string{"", "C"} {
				_, err = in.Start(background, p, nil, interpreter.StartOptions{From: interpreter.FromState(name, nil)})
				require.ErrorIs(t, err, machine.ErrState)
			}
			_, err = in.Start(background, p, nil, interpreter.StartOptions{From: interpreter.AtEvent(1)})
			require.ErrorIs(t, err, machine.ErrFork)
			_, err = in.Start(background, p, nil, interpreter.StartOptions{From: interpreter.FromState("B", func() {})})
			require.ErrorContains(t, err, "input")
			if s == nil {
				return
			}
			fork, err := in.Fork(background, e.ID(), interpreter.FromState("B", "there"), interpreter.ForkOptions{})
			require.NoError(t, err)
			require.Equal(t, `"after there"`, outputOf(t, fork))
			d, err := in.Describe(background, fork.ID())
			require.NoError(t, err)
			require.Equal(t, `{"all":1}`, value.String(d.Input))
		})
	}
}

func TestForkRefusals(t *testing.T) {
	s := memory.New()
	in := open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	old, err := in.Start(background, compile(t, chain), []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, old.Wait(background))
	ended, cancel := context.WithCancel(background)
	cancel()
	result := &interpreter.TaskResult{Output: 1}
	for name, c := range map[string]struct {
		ctx context.Context
		id  store.ID
		at  interpreter.Point
		o   interpreter.ForkOptions
		is  error
	}{
		"unknown":             {background, store.ID{9}, interpreter.AtEvent(1), interpreter.ForkOptions{}, store.ErrNotFound},
		"the context":         {ended, old.ID(), interpreter.AtEvent(1), interpreter.ForkOptions{}, context.Canceled},
		"no point":            {background, old.ID(), interpreter.Point{}, interpreter.ForkOptions{}, machine.ErrFork},
		"no event":            {background, old.ID(), interpreter.AtEvent(1000), interpreter.ForkOptions{}, machine.ErrFork},
		"not a result":        {background, old.ID(), interpreter.AtEvent(1), interpreter.ForkOptions{Result: result}, machine.ErrFork},
		"a result of a state": {background, old.ID(), interpreter.FromState("A", nil), interpreter.ForkOptions{Result: result}, machine.ErrFork},
		"no state":            {background, old.ID(), interpreter.FromState("no", nil), interpreter.ForkOptions{}, machine.ErrState},
		"the name":            {background, old.ID(), interpreter.AtEvent(1), interpreter.ForkOptions{Name: "a b"}, interpreter.ErrInvalidName},
		"the output":          {background, old.ID(), interpreter.AtEvent(4), interpreter.ForkOptions{Result: &interpreter.TaskResult{Output: func() {}}}, interpreter.ErrInvalidOutput},
		"the input":           {background, old.ID(), interpreter.AtEvent(20), interpreter.ForkOptions{Input: 1}, machine.ErrFork},
	} {
		_, err := in.Fork(c.ctx, c.id, c.at, c.o)
		require.ErrorIs(t, err, c.is, name)
	}
	require.Len(t, storedNames(t, s), 1)
	without := open(t, interpreter.Config{})
	_, err = without.Fork(background, old.ID(), interpreter.AtEvent(1), interpreter.ForkOptions{})
	require.Error(t, err)
}

// All executions that a query selects are redriven once, and each is reported.
func TestRedriveAll(t *testing.T) {
	s := memory.New()
	var calls atomic.Int32
	var mended atomic.Bool
	in := open(t, interpreter.Config{Store: s, Resolver: interpreter.Mux{"*": interpreter.Func(func(context.Context, any) (int, error) {
		calls.Add(1)
		if mended.Load() {
			return 1, nil
		}
		return 0, errBroken
	})}})
	p := compile(t, oneTask)
	const failures = 45
	for n := range failures {
		startEnded(t, in, p, fmt.Sprint("failed-", n))
	}
	mended.Store(true)
	startEnded(t, in, p, "fine")
	redriveAll := func(q store.Query, o interpreter.RedriveOptions) (redriven, refused []string) {
		for l, err := range in.RedriveAll(background, q, o) {
			require.NotZero(t, l.ID)
			if err != nil {
				requireNotRedrivable(t, err, "Execution is SUCCEEDED and cannot be redriven")
				refused = append(refused, l.Name)
				continue
			}
			redriven = append(redriven, l.Name)
		}
		return redriven, refused
	}
	mended.Store(false)
	token := interpreter.RedriveOptions{ClientToken: "outage"}
	redriven, refused := redriveAll(store.Query{Limit: 7}, token)
	require.Len(t, redriven, failures)
	require.Empty(t, refused)
	require.True(t, soon(func() bool {
		count, err := in.Count(background, store.Query{Status: []interpreter.Status{interpreter.Failed}})
		return err == nil && count[interpreter.Failed] == failures
	}))
	require.EqualValues(t, 2*failures+1, calls.Load())
	again, _ := redriveAll(store.Query{}, token)
	require.Len(t, again, failures)
	require.EqualValues(t, 2*failures+1, calls.Load(), "the token was used")
	mended.Store(true)
	redriven, refused = redriveAll(store.Query{NamePrefix: "f", Status: []interpreter.Status{interpreter.Failed, interpreter.Succeeded}}, interpreter.RedriveOptions{})
	require.Len(t, redriven, failures)
	require.Equal(t, []string{"fine"}, refused)
	require.True(t, soon(func() bool {
		count, err := in.Count(background, store.Query{})
		return err == nil && count[interpreter.Succeeded] == failures+1
	}))
	for range in.RedriveAll(background, store.Query{}, interpreter.RedriveOptions{}) {
		require.Fail(t, "nothing is left")
	}
	without := open(t, interpreter.Config{})
	for l, err := range without.RedriveAll(background, store.Query{}, interpreter.RedriveOptions{}) {
		require.Zero(t, l.ID)
		require.Error(t, err)
	}
}

// OnEnd is called for a fork that its change has ended.
func TestOnEndOfAForkThatHasEnded(t *testing.T) {
	for name, s := range map[string]store.Store{"stored": memory.New(), "shared": memory.NewShared(nil)} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			config := interpreter.Config{Store: s, Resolver: answers(nil)}
			without := open(t, config)
			old, err := without.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{})
			require.NoError(t, err)
			require.NoError(t, old.Wait(background))
			require.NoError(t, without.Shutdown(background)) // it would not call OnEnd
			config.OnEnd = func(context.Context, *interpreter.Execution) { calls.Add(1) }
			in := interpreter.New(config)
			succeeded := firstOf(t, in, old.ID(), history.LambdaFunctionSucceeded)
			e, err := in.Fork(background, old.ID(), interpreter.AtEvent(succeeded), interpreter.ForkOptions{Result: &interpreter.TaskResult{Output: 7}})
			require.NoError(t, err)
			require.Equal(t, "7", outputOf(t, e))
			require.NoError(t, in.Shutdown(background)) // waits for the calls
			require.EqualValues(t, 1, calls.Load())
			require.Equal(t, store.Never, head(t, s, e.ID()).Due)
		})
	}
}
