package interpreter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// A task that waits for an execution finds it in the store after a restart, running or
// ended, although StartExecution.Programs has its program no longer. A task that has
// started none fails.
func TestTasksFindChildrenWhoseProgramIsGone(t *testing.T) {
	const (
		child = `{"StartAt":"Ask","States":{
			"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
				"Parameters":{"QueueUrl":"q","MessageBody":{"token.$":"$$.Task.Token"}},"End":true}}}`
		call = `{"StartAt":"P","States":{"P":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
			"Parameters":{"StateMachineArn":"` + nestedArn + `","Input":{}},"OutputPath":"$.Output","End":true}}}`
	)
	for name, ends := range map[string]bool{"running": false, "ended": true} {
		t.Run(name, func(t *testing.T) {
			s := memory.New()
			tokens := make(chan string, 8)
			queue := interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
				tokens <- task.Token()
				return map[string]any{"MessageId": "1"}, nil
			})}
			config := func(programs map[string]*interpreter.Program) interpreter.Config {
				return interpreter.Config{Store: s, Resolver: interpreter.Resolvers{queue, &interpreter.StartExecution{Programs: programs}}}
			}
			in := interpreter.New(config(map[string]*interpreter.Program{"nested": compile(t, child, interpreter.Options{StateMachineArn: nestedArn})}))
			e := startNamed(t, in, compile(t, call), "parent", `{}`)
			token := <-tokens
			require.True(t, soon(func() bool { return interpreter.HaveReturned(in, e.ID()) }))
			crash(t, in)
			if ends {
				in = open(t, interpreter.Config{Store: memoryWithout{s, e.ID()}, Resolver: queue})
				require.NoError(t, in.SendTaskSuccess(background, token, []byte(`"yes"`)))
				crash(t, in)
			}
			in = open(t, config(nil))
			e, err := in.Execution(background, e.ID())
			require.NoError(t, err)
			if !ends {
				require.NoError(t, in.SendTaskSuccess(background, token, []byte(`"yes"`)))
			}
			require.NoError(t, e.Wait(background))
			output, err := e.Output()
			require.NoError(t, err)
			require.Equal(t, "yes", output)

			late := startNamed(t, in, compile(t, call), "late", `{}`)
			require.ErrorContains(t, late.Wait(background), "State Machine Does Not Exist")
		})
	}
}

// memoryWithout is a store in which an execution is not due.
type memoryWithout struct {
	store.Store
	id store.ID
}

func (s memoryWithout) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	page, err := s.Store.Due(ctx, after, until, limit)
	var left []store.State
	for _, st := range page {
		if st.ID != s.id {
			left = append(left, st)
		}
	}
	return left, err
}
