package interpreter_test

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/value"
)

// endlessly is one expression that never ends by itself.
const endlessly = `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Output": "{% ($f := function($x) { $f($x + 1) }; $f(0)) %}", "End": true}}}`

var lasting = func() interpreter.Options {
	l := interpreter.NoLimits
	l.ExpressionSteps = -1
	return interpreter.Options{Limits: l}
}()

// tickingClock is later by a millisecond each time that it is looked at.
type tickingClock struct {
	*interpreter.VirtualClock
	looks atomic.Int64
	asked func(times int64) // may be nil
}

func (c *tickingClock) Now() time.Time {
	n := c.looks.Add(1)
	if c.asked != nil {
		c.asked(n)
	}
	return c.VirtualClock.Now().Add(time.Duration(n) * time.Millisecond)
}

// A single expression does not outlast the timeout of its execution: whoever drives
// it looks at the clock every few thousand steps.
func TestTimeoutEndsAnExpression(t *testing.T) {
	p := compile(t, strings.Replace(endlessly, "{", `{"TimeoutSeconds": 1, `, 1), lasting)
	clock := &tickingClock{VirtualClock: interpreter.NewManualClock(began)}
	in := open(t, interpreter.Config{Clock: clock})
	e, err := in.Start(background, p, nil, interpreter.StartOptions{KeepHistory: true})
	require.NoError(t, err)
	var timedOut *interpreter.ExecutionError
	require.ErrorAs(t, e.Wait(background), &timedOut)
	require.Equal(t, interpreter.TimedOut, timedOut.Status)
	require.InDelta(t, 1000, clock.looks.Load(), 20)
	var types []history.Type
	for ev := range e.Events() {
		types = append(types, ev.Type)
	}
	require.Equal(t, []history.Type{history.ExecutionStarted, history.PassStateEntered, history.ExecutionTimedOut}, types)
}

// Stop does not wait for an expression.
func TestStopEndsAnExpression(t *testing.T) {
	p := compile(t, endlessly, lasting)
	for name, c := range map[string]interpreter.Config{
		"no hooks":      {},
		"with hooks":    {History: sinkOf(func(*history.Event) {})},
		"virtual clock": {Clock: interpreter.NewVirtualClock(began)},
		"foreign clock": {Clock: &tickingClock{VirtualClock: interpreter.NewManualClock(began)}},
	} {
		t.Run(name, func(t *testing.T) {
			in := open(t, c)
			returned := make(chan *interpreter.Execution)
			go func() {
				e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "endless"})
				require.NoError(t, err)
				returned <- e
			}()
			for interpreter.Named(in, "endless") == nil {
				runtime.Gosched()
			}
			e := interpreter.Named(in, "endless")
			require.NoError(t, e.Stop(background, "Enough", ""))
			requireStopped(t, e, "Enough")
			require.Same(t, e, <-returned)
		})
	}
}

// countedContext ends when it was asked for its error so many times.
type countedContext struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func (c *countedContext) Err() error {
	if c.left.Add(-1) == 0 {
		c.cancel()
	}
	return c.Context.Err()
}

// Run returns when its context has ended, also while an expression computes on its
// goroutine.
func TestContextOfRunEndsAnExpression(t *testing.T) {
	in := open(t, interpreter.Config{})
	for _, looks := range []int64{2, 3, 10} {
		ctx := &countedContext{}
		ctx.Context, ctx.cancel = context.WithCancel(background)
		ctx.left.Store(looks)
		_, err := interpreter.Run[any](ctx, in, compile(t, endlessly, lasting), nil)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "run of execution")
		require.Less(t, -ctx.left.Load(), int64(20))
	}
}

// A clock that is asked while a state computes may do what any hook may, but for
// looking into executions, which are changing.
func TestClockIsAskedWhileAStateComputes(t *testing.T) {
	wait := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "End": true}}}`)
	for doing, hostile := range map[string]func(in *interpreter.Interpreter, e *interpreter.Execution){
		"panics":             func(*interpreter.Interpreter, *interpreter.Execution) { panic("boom") },
		"ends its goroutine": func(*interpreter.Interpreter, *interpreter.Execution) { runtime.Goexit() },
		"calls back": func(in *interpreter.Interpreter, e *interpreter.Execution) {
			_, err := e.Snapshot()
			require.ErrorIs(t, err, interpreter.ErrReentry)
			require.ErrorIs(t, e.Stop(background, "", ""), interpreter.ErrReentry)
			for range 100 { // among them one that shares the lock
				_, err = in.Start(background, wait, nil, interpreter.StartOptions{})
				require.NoError(t, err)
			}
		},
	} {
		t.Run(doing, func(t *testing.T) {
			clock := &tickingClock{VirtualClock: interpreter.NewManualClock(began)}
			in := open(t, interpreter.Config{Clock: clock})
			var once atomic.Bool
			clock.asked = func(times int64) {
				if times > 20 && once.CompareAndSwap(false, true) {
					hostile(in, interpreter.Named(in, "endless"))
				}
			}
			returned := make(chan struct{})
			go func() {
				defer close(returned)
				_, _ = in.Start(background, compile(t, endlessly, lasting), nil, interpreter.StartOptions{Name: "endless"})
			}()
			for !once.Load() {
				runtime.Gosched()
			}
			if e := interpreter.Named(in, "endless"); e != nil {
				if err := e.Stop(background, "Enough", ""); err == nil {
					requireStopped(t, e, "Enough")
				} else {
					require.ErrorContains(t, err, "Config.Clock")
					_, err := e.Snapshot()
					require.ErrorContains(t, err, "no snapshot")
				}
			}
			<-returned
		})
	}
}

// Close and the context of Start do not end a state that computes: Close returns, it
// goes on to its end, and its execution can go on elsewhere.
func TestCloseWhileAStateComputes(t *testing.T) {
	p := compile(t, `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {
		"A": {"Type": "Pass", "Output": "{% $count($map([1..100000], function($x) { $x })) %}", "Next": "B"}, "B": {"Type": "Wait", "Seconds": 1, "End": true}}}`)
	clock := &tickingClock{VirtualClock: interpreter.NewManualClock(began)}
	computes, release := make(chan struct{}), make(chan struct{})
	clock.asked = func(times int64) {
		if times == 20 {
			close(computes)
			<-release
		}
	}
	in := open(t, interpreter.Config{Clock: clock})
	ctx, cancel := context.WithCancel(background)
	started := make(chan *interpreter.Execution)
	go func() {
		e, err := in.Start(ctx, p, nil, interpreter.StartOptions{Name: "busy"})
		require.NoError(t, err)
		started <- e
	}()
	<-computes
	e := interpreter.Named(in, "busy")
	cancel()
	require.NoError(t, in.Close())
	require.ErrorIs(t, e.Wait(background), interpreter.ErrClosed)
	snapshots := make(chan []byte)
	go func() {
		snapshot, err := e.Snapshot()
		require.NoError(t, err)
		snapshots <- snapshot
	}()
	close(release)
	snapshot := <-snapshots
	require.Same(t, e, <-started)
	require.Equal(t, interpreter.Running, e.Status())

	again := open(t, interpreter.Config{Clock: interpreter.NewVirtualClock(began)})
	restored, err := again.Restore(p, snapshot, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, restored.Wait(background))
	output, err := restored.Output()
	require.NoError(t, err)
	require.Equal(t, int64(100_000), output)
}

// A parent and a child that computes are saved and go on elsewhere, in any order.
func TestNestedExecutionsAreSavedWhileTheChildComputes(t *testing.T) {
	for _, childFirst := range []bool{false, true} {
		child := compile(t, `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {
			"A": {"Type": "Pass", "Output": "{% $count($map([1..100000], function($x) { $x })) %}", "Next": "B"}, "B": {"Type": "Wait", "Seconds": 1, "End": true}}}`,
			interpreter.Options{StateMachineArn: childArn})
		p := compile(t, parent(".sync:2", "}"))
		machines := func() *interpreter.StartExecution {
			return &interpreter.StartExecution{Programs: map[string]*interpreter.Program{childArn: child}}
		}
		clock := &tickingClock{VirtualClock: interpreter.NewManualClock(began)}
		computes, release := make(chan struct{}), make(chan struct{})
		clock.asked = func(times int64) {
			if times == 20 {
				close(computes)
				<-release
			}
		}
		in := open(t, interpreter.Config{Clock: clock, Resolver: machines()})
		outer, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		<-computes
		inner := interpreter.Named(in, "kid")
		require.NotNil(t, inner)
		ofOuter, err := outer.Snapshot()
		require.NoError(t, err)
		require.NoError(t, in.Close())
		close(release)
		ofInner, err := inner.Snapshot()
		require.NoError(t, err)

		again := open(t, interpreter.Config{Clock: interpreter.NewVirtualClock(began), Resolver: machines()})
		restore := func(p *interpreter.Program, snapshot []byte) *interpreter.Execution {
			e, err := again.Restore(p, snapshot, interpreter.StartOptions{})
			require.NoError(t, err)
			return e
		}
		if childFirst {
			restore(child, ofInner)
			outer = restore(p, ofOuter)
		} else {
			outer = restore(p, ofOuter)
			restore(child, ofInner)
		}
		again.AllRestored()
		require.NoError(t, outer.Wait(background))
		output, err := outer.Output()
		require.NoError(t, err)
		require.Contains(t, value.String(output), `"Output":100000`)
	}
}
