package interpreter_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// callingStore calls back in its next Commit.
type callingStore struct {
	*memory.Store
	call atomic.Pointer[func()]
}

func (s *callingStore) Commit(ctx context.Context, changes []store.Change) error {
	if call := s.call.Swap(nil); call != nil {
		(*call)()
	}
	return s.Store.Commit(ctx, changes)
}

// All changes wait for a Commit. A call inside it that needs another one does not wait
// for itself.
func TestAStoreThatCallsBackInCommit(t *testing.T) {
	s := &callingStore{Store: memory.New()}
	tokens := make(chan string, 9)
	in := open(t, interpreter.Config{Store: s, Resolver: askingQueue(tokens)})
	p := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"}, "End": true}}}`)
	day := compile(t, oneDay)
	asks, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	token := <-tokens
	waits, err := in.Start(background, day, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	for _, name := range []string{"", "named"} {
		t.Run("Start "+name, func(t *testing.T) {
			called := make(chan error, 1)
			call := func() {
				_, err := in.Start(background, day, []byte(`{}`), interpreter.StartOptions{Name: name})
				called <- err
			}
			s.call.Store(&call)
			_, err = in.Start(background, day, []byte(`{}`), interpreter.StartOptions{})
			require.NoError(t, err)
			require.ErrorIs(t, <-called, interpreter.ErrReentry)
		})
	}
	t.Run("SendTaskSuccess", func(t *testing.T) {
		called := make(chan error, 1)
		call := func() { called <- in.SendTaskSuccess(background, token, 1) }
		s.call.Store(&call)
		_, err = in.Start(background, day, []byte(`{}`), interpreter.StartOptions{})
		require.NoError(t, err)
		require.NoError(t, <-called)
		require.NoError(t, asks.Wait(background))
	})
	t.Run("Stop", func(t *testing.T) {
		called := make(chan error, 1)
		call := func() { called <- waits.Stop(background, "", "") }
		s.call.Store(&call)
		_, err = in.Start(background, day, []byte(`{}`), interpreter.StartOptions{})
		require.NoError(t, err)
		require.NoError(t, <-called)
		require.ErrorContains(t, waits.Wait(background), "ABORTED")
	})
	t.Run("Execution", func(t *testing.T) {
		called := make(chan error, 1)
		call := func() {
			_, err := in.Execution(background, waits.ID())
			called <- err
		}
		s.call.Store(&call)
		_, err = in.Start(background, day, []byte(`{}`), interpreter.StartOptions{})
		require.NoError(t, err)
		require.ErrorIs(t, <-called, interpreter.ErrReentry)
	})
}
