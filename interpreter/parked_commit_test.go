package interpreter_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// gated is a store whose Commit of an execution with a name waits.
type gated struct {
	store.Store
	entered, release chan struct{}
}

func (s *gated) Commit(ctx context.Context, changes []store.Change) error {
	for _, c := range changes {
		if c.Head != nil && c.Head.Name == "gate" && c.Version == 1 {
			close(s.entered)
			<-s.release
		}
	}
	return s.Store.Commit(ctx, changes)
}

// An execution is parked, and continues because of a call before that is stored: a
// Commit has one of the two changes.
func TestAParkedExecutionContinuesBeforeThatIsStored(t *testing.T) {
	s := &gated{memory.New(), make(chan struct{}), make(chan struct{})}
	tokens := make(chan string, 2)
	var fails atomic.Bool
	var in *interpreter.Interpreter
	p := compile(t, pass)
	var starts sync.WaitGroup
	in = open(t, interpreter.Config{
		Store: s,
		Resolver: interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return map[string]any{"MessageId": "1"}, nil
		})},
		History: history.SinkFunc(func(string, []history.Event) error {
			if !fails.CompareAndSwap(true, false) {
				return nil
			}
			starts.Go(func() { _, _ = in.Start(background, p, nil, interpreter.StartOptions{Name: "gate"}) })
			<-s.entered // what comes now is stored together
			return errBroken
		}),
	})
	e := startNamed(t, in, compile(t, `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[`+askQueue+`,`+strings.ReplaceAll(askQueue, `"Ask"`, `"Again"`)+`]}}}`), "e", `{}`)
	first, second := <-tokens, <-tokens
	require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
	fails.Store(true)
	_ = in.SendTaskSuccess(background, first, []byte(`1`))
	require.True(t, soon(func() bool { return interpreter.Parked(in) == 1 }))
	answered := make(chan error, 1)
	go func() { answered <- in.SendTaskSuccess(background, second, []byte(`2`)) }()
	require.True(t, soon(func() bool { return interpreter.GroupsToCommit(in) >= 2 }))
	close(s.release)
	require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Succeeded }))
	require.NoError(t, <-answered)
	starts.Wait()
	require.Empty(t, describe(t, in, e.ID()).Parked)
}
