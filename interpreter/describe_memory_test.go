package interpreter_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

func describeExecution(t testing.TB, e *interpreter.Execution) *interpreter.Description {
	t.Helper()
	d, err := e.Describe(background)
	require.NoError(t, err)
	return d
}

// An execution in memory is described as one in a store, but for what only a store has.
func TestExecutionsInMemoryAreDescribed(t *testing.T) {
	for name, s := range map[string]store.Store{"in memory": nil, "stored": memory.New()} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, interpreter.Config{Resolver: answers(nil), Store: s}, func(t *testing.T, in *interpreter.Interpreter) {
				begun := time.Now().UTC()
				wait := compile(t, `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}`)
				begin := func(p *interpreter.Program, name string) *interpreter.Execution {
					e, err := in.Start(background, p, []byte(`{"n":1}`), interpreter.StartOptions{Name: name})
					require.NoError(t, err)
					return e
				}
				running := begin(wait, "running")
				d := describeExecution(t, running)
				require.Equal(t, wait.Options().StateMachineArn, d.Machine)
				require.Equal(t, wait.Digest(), d.Digest)
				require.Equal(t, "running", d.Name)
				require.Equal(t, running.Arn(), d.Arn)
				require.Equal(t, interpreter.Running, d.Status)
				require.Equal(t, begun, d.Started)
				require.Zero(t, d.Ended)
				require.Equal(t, `{"n":1}`, value.String(d.Input))
				require.Nil(t, d.Output)
				require.Nil(t, d.Failure)
				require.Equal(t, []string{"W"}, d.States)
				require.NoError(t, d.Problem)
				require.Equal(t, interpreter.Redrives{RedriveStatus: interpreter.NotRedrivable, RedriveStatusReason: runningReason}, d.Redrives)

				require.NoError(t, running.Wait(background))
				d = describeExecution(t, running)
				require.Equal(t, interpreter.Succeeded, d.Status)
				require.Equal(t, begun.Add(time.Minute), d.Ended)
				require.Equal(t, `{"n":1}`, value.String(d.Output))
				require.Nil(t, d.Failure)
				require.Nil(t, d.States)
				require.Equal(t, interpreter.Redrives{RedriveStatus: interpreter.NotRedrivable, RedriveStatusReason: succeededReason}, d.Redrives)

				failed := begin(compile(t, refuse), "failed")
				require.Error(t, failed.Wait(background))
				d = describeExecution(t, failed)
				require.Equal(t, &interpreter.ExecutionError{Name: "Refused", Cause: "too late", State: "F", Status: interpreter.Failed}, d.Failure)
				require.Equal(t, begun.Add(time.Minute), d.Started)
				require.Equal(t, d.Started, d.Ended)
				require.Equal(t, interpreter.Redrivable, d.RedriveStatus)

				stopped := begin(wait, "stopped")
				time.Sleep(time.Second)
				require.NoError(t, stopped.Stop(background, "Late", "night"))
				d = describeExecution(t, stopped)
				require.Equal(t, interpreter.Aborted, d.Failure.Status)
				require.Equal(t, []string{"Late", "night"}, []string{d.Failure.Name, d.Failure.Cause})
				require.Equal(t, d.Started.Add(time.Second), d.Ended)

				timed := begin(compile(t, `{"TimeoutSeconds":5,"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}`), "timed")
				require.Error(t, timed.Wait(background))
				d = describeExecution(t, timed)
				require.Equal(t, interpreter.TimedOut, d.Status)
				require.Equal(t, asl.StatesTimeout, d.Failure.Name)
				require.Equal(t, d.Started.Add(5*time.Second), d.Ended)

				at, err := stopped.Redrive(background, interpreter.RedriveOptions{})
				require.NoError(t, err)
				d = describeExecution(t, stopped)
				require.Equal(t, interpreter.Running, d.Status)
				require.Zero(t, d.Ended, "it runs again")
				require.Nil(t, d.Failure)
				require.Equal(t, 1, d.RedriveCount)
				require.Equal(t, at, d.RedriveTime)
				require.NoError(t, stopped.Wait(background))

				express := begin(compile(t, chain, interpreter.Options{Express: true}), "express")
				require.NoError(t, express.Wait(background))
				d = describeExecution(t, express)
				require.Equal(t, []string{express.Arn(), express.Arn()}, []string{d.Arn, d.Name})
				synctest.Wait()
			})
		})
	}
}

// Ended executions are described after Close, and by Config.OnEnd.
func TestEndedExecutionsInMemoryAreDescribed(t *testing.T) {
	ends := make(chan *interpreter.Description, 1)
	in := interpreter.New(interpreter.Config{OnEnd: func(ctx context.Context, e *interpreter.Execution) {
		d, err := e.Describe(ctx)
		assert.NoError(t, err)
		ends <- d
	}})
	e, err := in.Start(background, compile(t, `{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`), 1, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	require.Equal(t, int64(1), (<-ends).Output)
	require.NoError(t, in.Shutdown(background))
	for range 100 {
		require.Equal(t, int64(1), describeExecution(t, e).Output)
	}
}

// An execution that a hook has halted has not ended. What its last Step did is not shown.
func TestHaltedExecutionsInMemoryAreDescribed(t *testing.T) {
	in := open(t, interpreter.Config{History: history.SinkFunc(func(_ string, events []history.Event) error {
		if events[len(events)-1].Type == history.ExecutionSucceeded {
			return errBroken
		}
		return nil
	})})
	e, err := in.Start(background, compile(t, `{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`), nil, interpreter.StartOptions{Name: "h"})
	require.NoError(t, err)
	require.ErrorIs(t, e.Wait(background), errBroken)
	d := describeExecution(t, e)
	require.ErrorIs(t, d.Problem, errBroken)
	require.Equal(t, interpreter.Running, d.Status)
	require.Equal(t, "h", d.Name)
	require.Nil(t, d.Output)
	require.Nil(t, d.States)
	require.Zero(t, d.Ended)
	require.Empty(t, d.RedriveStatus)
}

// A hostile clock is an error of Describe.
func TestDescribeWithAHostileClock(t *testing.T) {
	var fails atomic.Bool
	in := open(t, interpreter.Config{Clock: failingClock{&fails}})
	e, err := in.Start(background, compile(t, oneDay), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	fails.Store(true)
	_, err = e.Describe(background)
	fails.Store(false)
	require.ErrorContains(t, err, "Config.Clock panicked: broken")
	require.Equal(t, interpreter.Running, describeExecution(t, e).Status)
}

type failingClock struct{ fails *atomic.Bool }

func (c failingClock) Now() time.Time {
	if c.fails.Load() {
		panic(errBroken)
	}
	return time.Now()
}

func (failingClock) AfterFunc(d time.Duration, f func()) interpreter.Timer {
	return time.AfterFunc(d, f)
}

// Describe waits for a state that computes no longer than its context.
func TestDescribeOfAnExecutionThatComputes(t *testing.T) {
	blocked, release := make(chan struct{}), make(chan struct{})
	in := open(t, interpreter.Config{History: history.SinkFunc(func(string, []history.Event) error {
		close(blocked)
		<-release
		return nil
	})})
	p := compile(t, oneDay)
	go func() {
		_, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "one"})
		assert.NoError(t, err)
	}()
	<-blocked
	var e *interpreter.Execution
	for e == nil {
		e = in.Find(p, "one")
		runtime.Gosched()
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	_, err := e.Describe(ctx)
	require.ErrorIs(t, err, context.Canceled)
	close(release)
	require.Equal(t, interpreter.Running, describeExecution(t, e).Status)
}
