package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// says answers all tasks with one word.
func says(word string) interpreter.Handler {
	return interpreter.Plain(func(any) (string, error) { return word, nil })
}

// ofState resolves by the names of states, as package mock does.
type ofState map[string]interpreter.Handler

func (all ofState) Resolve(state, _ string) (interpreter.Handler, bool) {
	h, ok := all[state]
	return h, ok
}

const packThenShip = `{"StartAt": "Pack", "States": {
	"Pack": {"Type": "Task", "Resource": "` + packing + `", "ResultPath": "$.pack", "Next": "Ship"},
	"Ship": {"Type": "Task", "Resource": "ship", "ResultPath": "$.ship", "End": true}}}`

func outputAfter(t testing.TB, e *interpreter.Execution) any {
	t.Helper()
	limit, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	require.NoError(t, e.Wait(limit))
	var output any
	require.NoError(t, e.Decode(&output))
	return output
}

// Each execution has its own resolver, and those of the Config for the rest.
func TestResolverOfAnExecution(t *testing.T) {
	in := open(t, interpreter.Config{Activities: []string{packing}, Resolver: interpreter.Mux{"ship": says("config")}})
	p := compile(t, packThenShip)
	both, one := ofState{"Pack": says("mocked"), "Ship": says("mocked")}, ofState{"Pack": says("mocked")}
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			word := fmt.Sprint(i)
			e, err := in.Start(background, p, nil, interpreter.StartOptions{Resolver: ofState{"Pack": says(word), "Ship": says(word)}})
			if assert.NoError(t, err) && assert.NoError(t, e.Wait(background)) {
				var output any
				assert.NoError(t, e.Decode(&output))
				assert.Equal(t, map[string]any{"pack": word, "ship": word}, output)
			}
		})
	}
	all.Wait()
	e, err := in.Start(background, p, nil, interpreter.StartOptions{Resolver: one})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"pack": "mocked", "ship": "config"}, outputAfter(t, e))
	require.Zero(t, queued(in), "a task of the execution's own resolver is not for workers")

	e, err = in.Start(background, p, nil, interpreter.StartOptions{Resolver: ofState{"Ship": says("mocked")}})
	require.NoError(t, err)
	require.NoError(t, in.SendTaskSuccess(background, poll(t, in, "joe").Token, "joe"))
	require.Equal(t, map[string]any{"pack": "joe", "ship": "mocked"}, outputAfter(t, e))

	e, err = in.Start(background, p, nil, interpreter.StartOptions{Resolver: interpreter.Resolvers{nil, both}})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"pack": "mocked", "ship": "mocked"}, outputAfter(t, e))
}

// A redrive asks the same resolver.
func TestResolverOfAnExecutionThatIsRedriven(t *testing.T) {
	in := open(t, interpreter.Config{})
	calls := 0
	e, err := in.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{Resolver: ofState{
		"Work": interpreter.Plain(func(any) (int, error) {
			if calls++; calls == 1 {
				return 0, errBroken
			}
			return calls, nil
		})}})
	require.NoError(t, err)
	require.Error(t, e.Wait(background))
	_, err = e.Redrive(background, interpreter.RedriveOptions{})
	require.NoError(t, err)
	require.EqualValues(t, 2, outputAfter(t, e))
}

// Restore needs the resolver again.
func TestResolverIsGivenToRestoreAgain(t *testing.T) {
	p := compile(t, oneTask)
	in := open(t, interpreter.Config{})
	e, err := in.Start(background, p, nil, interpreter.StartOptions{Resolver: ofState{"Work": interpreter.HandlerFunc(
		func(ctx context.Context, _ *interpreter.Task) (any, error) { <-ctx.Done(); return nil, ctx.Err() })}})
	require.NoError(t, err)
	require.NoError(t, in.Close())
	snapshot, err := e.Snapshot()
	require.NoError(t, err)

	in = open(t, interpreter.Config{})
	e, err = in.Restore(p, snapshot, interpreter.StartOptions{Resolver: ofState{"Work": says("again")}})
	require.NoError(t, err)
	require.Equal(t, "again", outputAfter(t, e))
	in = open(t, interpreter.Config{})
	e, err = in.Restore(p, snapshot, interpreter.StartOptions{})
	require.NoError(t, err)
	require.ErrorContains(t, e.Wait(background), "No resolver has a handler for the resource work.")
}

// Children of a Map Run are of the same machine, and have its resolver. An execution that
// a task starts is not.
func TestResolverOfChildren(t *testing.T) {
	p := compile(t, `{"StartAt":"Map","States":{"Map":{"Type":"Map","End":true,
		"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"Work","States":{
			"Work":{"Type":"Task","Resource":"work","End":true}}}}}}`)
	in := open(t, interpreter.Config{})
	failing := true
	var mu sync.Mutex
	e, err := in.Start(background, p, []any{1, 2, 3}, interpreter.StartOptions{Resolver: ofState{"Work": interpreter.Plain(func(v any) (any, error) {
		mu.Lock()
		defer mu.Unlock()
		if failing {
			return nil, errBroken
		}
		return v, nil
	})}})
	require.NoError(t, err)
	require.Error(t, e.Wait(background))
	mu.Lock()
	failing = false
	mu.Unlock()
	_, err = e.Redrive(background, interpreter.RedriveOptions{})
	require.NoError(t, err)
	require.Equal(t, []any{1.0, 2.0, 3.0}, outputAfter(t, e))

	const arn = "arn:aws:states:us-east-1:123456789012:stateMachine:child"
	nested := interpreter.StartExecution{Programs: map[string]*interpreter.Program{"child": compile(t, oneTask)}}
	in = open(t, interpreter.Config{Resolver: interpreter.Resolvers{&nested, interpreter.Mux{"work": says("config")}}})
	e, err = in.Start(background, compile(t, `{"StartAt":"Start","States":{"Start":{"Type":"Task","End":true,"OutputPath":"$.Output",
		"Resource":"arn:aws:states:::states:startExecution.sync:2","Parameters":{"StateMachineArn":"`+arn+`"}}}}`), nil,
		interpreter.StartOptions{Resolver: ofState{"Work": says("mocked")}})
	require.NoError(t, err)
	require.Equal(t, "config", outputAfter(t, e))
}

// The next process would not know the resolver of a stored execution.
func TestResolverOfAStoredExecutionIsRefused(t *testing.T) {
	for name, s := range map[string]store.Store{"stored": memory.New(), "shared": memory.NewShared(nil)} {
		t.Run(name, func(t *testing.T) {
			in, p := open(t, interpreter.Config{Store: s}), compile(t, oneTask)
			o := interpreter.StartOptions{Name: "one", Resolver: ofState{"Work": says("mocked")}}
			_, err := in.Start(background, p, nil, o)
			require.EqualError(t, err, "interpreter: StartOptions.Resolver is for executions without Config.Store; see Config.ResolverOf")
			_, err = in.Prepare(p, nil, o)
			require.EqualError(t, err, "interpreter: StartOptions.Resolver is for executions without Config.Store; see Config.ResolverOf")
			for _, err := range in.ListAll(background, store.Query{}) {
				require.NoError(t, errors.Join(err, errors.New("it was started")))
			}
		})
	}
}
