package interpreter_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// slowToPark is a store whose Commits that park an execution wait, before or after they
// are made, and then may fail.
type slowToPark struct {
	store.Store
	entered, release chan struct{}
	stores, fails    bool
	late             bool // it fails after the Commit
	parked           atomic.Bool
}

func (s *slowToPark) Commit(ctx context.Context, changes []store.Change) error {
	for _, c := range changes {
		if c.Head != nil && c.Head.Parked != "" && s.parked.CompareAndSwap(false, true) {
			if s.stores {
				if err := s.Store.Commit(ctx, changes); err != nil {
					return err
				}
			}
			close(s.entered)
			<-s.release
			if s.late {
				_ = s.Store.Commit(ctx, changes)
			}
			if s.fails {
				return errBroken
			}
		}
	}
	return s.Store.Commit(ctx, changes)
}

// An answer that comes while the store is told that the execution is parked is taken:
// nobody else has the execution.
func TestAnswersAreTakenWhileAnExecutionIsParked(t *testing.T) {
	for name, s := range map[string]*slowToPark{
		"stored later":                {},
		"stored":                      {stores: true},
		"stored, with an error":       {stores: true, fails: true},
		"stored later, with an error": {late: true, fails: true},
		"refused":                     {fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			s.Store, s.entered, s.release = memory.New(), make(chan struct{}), make(chan struct{})
			tokens := make(chan string, 2)
			var fails atomic.Bool
			in := open(t, interpreter.Config{
				Store: s,
				Codec: newCodec(1), // contents belong to a version
				Resolver: interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
					tokens <- task.Token()
					return map[string]any{"MessageId": "1"}, nil
				})},
				History: history.SinkFunc(func(string, []history.Event) error {
					if fails.CompareAndSwap(true, false) {
						return errBroken
					}
					return nil
				}),
			})
			e := startNamed(t, in, compile(t, `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[`+askQueue+`,`+strings.ReplaceAll(askQueue, `"Ask"`, `"Again"`)+`]}}}`), "e", `{}`)
			first, second := <-tokens, <-tokens
			require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
			fails.Store(true)
			_ = in.SendTaskSuccess(background, first, []byte(`1`))
			<-s.entered
			answered := make(chan error, 1)
			go func() { answered <- in.SendTaskSuccess(background, second, []byte(`2`)) }()
			require.True(t, soon(func() bool { return s.stores || interpreter.GroupsToCommit(in) == 1 }))
			close(s.release)
			require.NoError(t, <-answered)
			require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Succeeded }))
			require.Empty(t, head(t, s, e.ID()).Parked)
			d, err := in.Describe(background, e.ID())
			require.NoError(t, err)
			require.NoError(t, d.Problem)
			for _, err := range in.History(background, e.ID(), interpreter.HistoryOptions{}) {
				require.NoError(t, err)
			}
		})
	}
}
