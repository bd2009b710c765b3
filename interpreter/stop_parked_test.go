package interpreter_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// parkedByItsHandler starts an execution and returns an interpreter without its
// handler, in which it is parked.
func parkedByItsHandler(t *testing.T, config interpreter.Config, definition string, without ...interpreter.Resolver) (*interpreter.Interpreter, *interpreter.Execution) {
	t.Helper()
	config.Store = memory.New()
	began := make(chan struct{}, 1)
	config.Resolver = interpreter.Mux{"a": interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
		began <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})}
	in := interpreter.New(config)
	e, err := in.Start(background, compile(t, definition), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	require.NoError(t, in.Close())
	config.Resolver = interpreter.Resolvers(without)
	in = open(t, config)
	e, err = in.Execution(background, e.ID())
	require.NoError(t, err)
	return in, e
}

// An execution whose handler is gone for ever can be stopped.
func TestAParkedExecutionCanBeStopped(t *testing.T) {
	in, e := parkedByItsHandler(t, interpreter.Config{}, chain)
	d, err := in.Describe(background, e.ID())
	require.NoError(t, err)
	require.True(t, soon(func() bool {
		d, err = in.Describe(background, e.ID())
		return err == nil && d.Parked != ""
	}))
	require.ErrorContains(t, e.Wait(background), "no handler") // this handle continues nothing
	require.NoError(t, e.Stop(background, "Gone", "the handler was removed"))
	d, err = in.Describe(background, e.ID())
	require.NoError(t, err)
	require.Equal(t, interpreter.Aborted, d.Status)
	require.Empty(t, d.Parked)
	require.Equal(t, "Gone", d.Failure.Name)
	var last history.Type
	for ev, err := range in.History(background, e.ID(), interpreter.HistoryOptions{}) {
		require.NoError(t, err)
		last = ev.Type
	}
	require.Equal(t, history.ExecutionAborted, last)
	require.NoError(t, in.Delete(background, e.ID()))
}

// lateRefusal has no handler. Once slow, it says so when it may.
type lateRefusal struct {
	slow          atomic.Bool
	asked, refuse chan struct{}
}

func (r *lateRefusal) Resolve(string, string) (interpreter.Handler, bool) {
	if r.slow.CompareAndSwap(true, false) {
		close(r.asked)
		<-r.refuse
	}
	return nil, false
}

// A Stop also ends an execution that is parked while it is on its way.
func TestAStopThatIsOnItsWayWhileAnExecutionIsParked(t *testing.T) {
	resolver := &lateRefusal{asked: make(chan struct{}), refuse: make(chan struct{})}
	in, e := parkedByItsHandler(t, interpreter.Config{}, chain, resolver)
	require.True(t, soon(func() bool { return describe(t, in, e.ID()).Parked != "" }))
	resolver.slow.Store(true)
	retried, stopped := make(chan error, 1), make(chan error, 1)
	go func() { retried <- in.RetryParked(background, e.ID()) }()
	<-resolver.asked
	e = interpreter.Handle(in, e.ID())
	before := interpreter.Mailed(e)
	go func() { stopped <- e.Stop(background, "Gone", "") }()
	require.True(t, soon(func() bool { return interpreter.Mailed(e) > before }))
	close(resolver.refuse)
	require.NoError(t, <-stopped)
	<-retried
	require.Equal(t, interpreter.Aborted, describe(t, in, e.ID()).Status)
}

// The timeout of an execution ends it also if its handler is gone.
func TestAParkedExecutionTimesOut(t *testing.T) {
	clock := interpreter.NewManualClock(time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC))
	in, e := parkedByItsHandler(t, interpreter.Config{Clock: clock}, `{"StartAt":"A","TimeoutSeconds":60,"States":{
		"A":{"Type":"Task","Resource":"a","End":true}}}`)
	require.True(t, soon(func() bool { return describe(t, in, e.ID()).Parked != "" }))
	clock.Advance(time.Minute)
	_ = in.RetryParked(background, e.ID())
	require.True(t, soon(func() bool {
		d, err := in.Describe(background, e.ID())
		return err == nil && d.Status == interpreter.TimedOut && d.Parked == ""
	}))
}
