package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
)

// computing is at work for ever.
const computing = `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {
	"A": {"Type": "Choice", "Choices": [{"Condition": "{% $sum([1..200]) < 0 %}", "Next": "Z"}], "Default": "A"}, "Z": {"Type": "Succeed"}}}`

// stateByState are options with which each Step runs one state that computes.
var stateByState = func() interpreter.Options {
	l := interpreter.NoLimits
	l.StepExpressions = 1
	return interpreter.Options{Limits: l}
}()

// sinkOf is a history sink that is told of each event.
type sinkOf func(*history.Event)

func (s sinkOf) Record(_ string, events []history.Event) error {
	for i := range events {
		s(&events[i])
	}
	return nil
}

func requireStopped(t *testing.T, e *interpreter.Execution, name string) {
	t.Helper()
	require.Equal(t, interpreter.Aborted, e.Status())
	var stopped *interpreter.ExecutionError
	require.ErrorAs(t, e.Wait(background), &stopped)
	require.Equal(t, name, stopped.Name)
	require.NoError(t, e.Stop(background, "Again", ""), "it is stopped")
}

// An execution that computes is stopped when Stop has returned nil.
func TestStopEndsAStateThatComputes(t *testing.T) {
	p := compile(t, computing, stateByState)
	for name, c := range map[string]interpreter.Config{
		"no hooks":      {},
		"with hooks":    {History: sinkOf(func(*history.Event) {})},
		"virtual clock": {Clock: interpreter.NewVirtualClock(began)},
	} {
		t.Run(name, func(t *testing.T) {
			in := open(t, c)
			for range 20 {
				e, err := in.Start(background, p, nil, interpreter.StartOptions{})
				require.NoError(t, err)
				var wg sync.WaitGroup
				for range 3 {
					wg.Go(func() {
						require.NoError(t, e.Stop(background, "Enough", ""))
						require.Equal(t, interpreter.Aborted, e.Status())
					})
				}
				wg.Wait()
				requireStopped(t, e, "Enough")
			}
		})
	}
}

// What Stop returns says how the execution ended, also if both come at once.
func TestStopAfterTheEndReturnsErrEnded(t *testing.T) {
	states := ""
	for i := range 10 {
		states += fmt.Sprintf(`"S%d": {"Type": "Pass", "Output": "{%% $sum([1..200]) %%}", "Next": "S%d"}, `, i, i+1)
	}
	p := compile(t, `{"QueryLanguage": "JSONata", "StartAt": "S0", "States": {`+states+`"S10": {"Type": "Succeed"}}}`, stateByState)
	in := open(t, interpreter.Config{})
	for range 300 {
		e, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		switch err := e.Stop(background, "Enough", ""); {
		case err == nil:
			requireStopped(t, e, "Enough")
		default:
			require.ErrorIs(t, err, interpreter.ErrEnded)
			require.ErrorContains(t, err, e.Name())
			require.ErrorContains(t, err, "SUCCEEDED")
			require.Equal(t, interpreter.Succeeded, e.Status())
			require.NoError(t, e.Wait(background))
		}
	}
}

// Stop waits for a Step whose events are being recorded, and says that it was the
// last one.
func TestStopWhileTheLastEventIsRecorded(t *testing.T) {
	recording, record := make(chan bool), make(chan bool)
	in := open(t, interpreter.Config{History: sinkOf(func(e *history.Event) {
		if e.Type == history.ExecutionSucceeded {
			recording <- true
			<-record
		}
	})})
	go func() {
		_, err := in.Start(background, compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`), nil, interpreter.StartOptions{Name: "ends"})
		require.NoError(t, err)
	}()
	<-recording
	e := interpreter.Named(in, "ends")
	stopped := make(chan error)
	go func() { stopped <- e.Stop(background, "", "") }()
	for interpreter.Mailed(e) == 0 {
		runtime.Gosched()
	}
	close(record)
	require.ErrorIs(t, <-stopped, interpreter.ErrEnded)
	require.Equal(t, interpreter.Succeeded, e.Status())
}

// Inside a hook Stop returns at once, and comes before the next state.
func TestStopInsideASink(t *testing.T) {
	for _, options := range []interpreter.Options{stateByState, {Limits: interpreter.NoLimits}} {
		p := compile(t, computing, options)
		var e *interpreter.Execution
		entered, stopped := 0, false
		var in *interpreter.Interpreter
		in = open(t, interpreter.Config{History: sinkOf(func(ev *history.Event) {
			switch {
			case ev.Type == history.ExecutionAborted:
				require.NoError(t, e.Stop(background, "Again", ""))
			case stopped && ev.Type == history.ChoiceStateEntered:
				entered++
			case ev.ID > 1000:
				e = interpreter.Named(in, "loop")
				require.NoError(t, e.Stop(background, "Enough", ""))
				stopped = true
			}
		})})
		x, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "loop"})
		require.NoError(t, err)
		require.Error(t, x.Wait(background))
		requireStopped(t, x, "Enough")
		require.LessOrEqual(t, entered, 10_000, "those of the Step whose events were being recorded")
		if options.Limits.StepExpressions == 1 {
			require.Zero(t, entered)
		}
	}
	// At the last event it is too late.
	var late error
	var in *interpreter.Interpreter
	in = open(t, interpreter.Config{History: sinkOf(func(ev *history.Event) {
		if ev.Type == history.ExecutionSucceeded {
			late = interpreter.Named(in, "ends").Stop(background, "", "")
		}
	})})
	_, err := in.Start(background, compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`), nil, interpreter.StartOptions{Name: "ends"})
	require.NoError(t, err)
	require.ErrorIs(t, late, interpreter.ErrEnded)
}

// Stop comes before the answers that wait to be taken in.
func TestStopComesBeforeOtherMail(t *testing.T) {
	const n = 50
	recording, record := make(chan bool), make(chan bool)
	succeeded := 0
	tokens := make([]string, n)
	var pending sync.WaitGroup
	pending.Add(n)
	in := open(t, interpreter.Config{
		Resolver: interpreter.Mux{"work": interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) {
			tokens[t.Item] = t.Token()
			pending.Done()
			return nil, interpreter.ErrResultPending
		})},
		History: sinkOf(func(e *history.Event) {
			if e.Type == history.LambdaFunctionSucceeded {
				if succeeded++; succeeded == 1 {
					recording <- true
					<-record
				}
			}
		}),
	})
	p := compile(t, `{"StartAt": "M", "States": {"M": {"Type": "Map", "MaxConcurrency": 50, "End": true, "ItemProcessor": {
		"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "work", "End": true}}}}}}`, wide)
	e, err := in.Start(background, p, make([]int, n), interpreter.StartOptions{})
	require.NoError(t, err)
	pending.Wait()
	go func() { require.NoError(t, in.SendTaskSuccess(background, tokens[0], nil)) }()
	<-recording
	answered := make(chan error, n)
	for _, token := range tokens[1:] {
		go func() { answered <- in.SendTaskSuccess(background, token, nil) }()
	}
	stopped := make(chan error)
	go func() { stopped <- e.Stop(background, "Enough", "") }()
	for interpreter.Mailed(e) < n {
		runtime.Gosched()
	}
	close(record)
	require.NoError(t, <-stopped)
	requireStopped(t, e, "Enough")
	require.Equal(t, 1, succeeded)
	for range tokens[1:] {
		require.ErrorIs(t, <-answered, interpreter.ErrTaskTimedOut, "an answer that is not taken is not acknowledged")
	}
}

var wide = interpreter.Options{Limits: interpreter.Limits{MapConcurrency: 1000}}

// An execution that could go on and waits for its turn is stopped, and its Snapshot
// taken, though its turn does not come.
func TestStopDoesNotWaitForATurn(t *testing.T) {
	stuck, release := make(chan bool), make(chan bool)
	calls := 0
	blocks := sinkOf(func(e *history.Event) {
		if e.Type == history.ChoiceStateEntered {
			if calls++; calls == 2 { // in the pool, whose only goroutine for such executions it blocks
				stuck <- true
				<-release
			}
		}
	})
	in := open(t, interpreter.Config{Clock: interpreter.NewVirtualClock(began)})
	p := compile(t, computing, stateByState)
	blocked, err := in.Start(background, p, nil, interpreter.StartOptions{History: blocks})
	require.NoError(t, err)
	<-stuck
	var all []*interpreter.Execution
	for range 5 {
		e, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		snapshot, err := e.Snapshot()
		require.NoError(t, err)
		require.NotEmpty(t, snapshot)
		require.Equal(t, interpreter.Running, e.Status())
		all = append(all, e)
	}
	for _, e := range all[1:] {
		require.NoError(t, e.Stop(background, "Enough", ""))
		requireStopped(t, e, "Enough")
	}
	close(release)
	before, err := all[0].Snapshot()
	require.NoError(t, err)
	for after := before; string(after) == string(before); { // its turn comes, also after Snapshots
		after, err = all[0].Snapshot()
		require.NoError(t, err)
	}
	for _, e := range []*interpreter.Execution{all[0], blocked} {
		require.NoError(t, e.Stop(background, "Enough", ""))
		requireStopped(t, e, "Enough")
	}
}

// Run returns soon after its context has ended, whatever the execution does.
func TestRunOfAnEndlessExecutionEndsWithItsContext(t *testing.T) {
	for _, options := range []interpreter.Options{stateByState, {Limits: interpreter.NoLimits}} {
		ctx, cancel := context.WithCancelCause(background)
		in := open(t, interpreter.Config{History: sinkOf(func(e *history.Event) {
			if e.ID == 100 {
				cancel(errors.New("enough"))
			}
		})})
		_, err := interpreter.Run[any](ctx, in, compile(t, computing, options), nil)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "enough")
	}
}

// A deadline that passes while an execution computes is a timeout.
func TestTimeoutEndsAStateThatComputes(t *testing.T) {
	p := compile(t, strings.Replace(computing, "{", `{"TimeoutSeconds": 10, `, 1), stateByState)
	in := open(t, interpreter.Config{Clock: &fastClock{VirtualClock: interpreter.NewManualClock(began)}})
	_, err := interpreter.Run[any](background, in, p, nil)
	var timedOut *interpreter.ExecutionError
	require.ErrorAs(t, err, &timedOut)
	require.Equal(t, interpreter.TimedOut, timedOut.Status)
}

// fastClock is later by a second each time that it is looked at.
type fastClock struct{ *interpreter.VirtualClock }

func (c *fastClock) Now() time.Time {
	c.Advance(time.Second)
	return c.VirtualClock.Now()
}

// Start does not drive an execution on and on for others once its context has
// ended.
func TestStartStopsDrivingWithItsContext(t *testing.T) {
	const n = 30
	ctx, cancel := context.WithCancel(background)
	clock := &slowClock{VirtualClock: interpreter.NewManualClock(began)}
	here, elsewhere := 0, 0
	in := open(t, interpreter.Config{
		Clock: clock,
		Resolver: interpreter.Mux{"work": interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) {
			return t.Input, nil
		})},
		History: sinkOf(func(e *history.Event) {
			if e.Type != history.LambdaFunctionSucceeded {
				return
			}
			if calledFromHere() {
				here++
			} else {
				elsewhere++
			}
		}),
	})
	clock.once = func() { // the answers come before Start has returned
		e := interpreter.Named(in, "wide")
		for interpreter.Mailed(e) < n {
			runtime.Gosched()
		}
		cancel()
	}
	p := compile(t, `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {
		"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "work", "End": true}}}}}}`, wide)
	e, err := in.Start(ctx, p, make([]int, n), interpreter.StartOptions{Name: "wide"})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	require.LessOrEqual(t, here, 1)
	require.Equal(t, n, here+elsewhere)
}

// slowClock calls once when it is first asked for a timer.
type slowClock struct {
	*interpreter.VirtualClock
	once func()
}

func (c *slowClock) AfterFunc(d time.Duration, f func()) interpreter.Timer {
	if once := c.once; once != nil {
		c.once = nil
		once()
	}
	return c.VirtualClock.AfterFunc(d, f)
}

// calledFromHere reports whether a test of this package is on the stack.
func calledFromHere() bool {
	pcs := make([]uintptr, 100)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for {
		frame, more := frames.Next()
		if strings.Contains(frame.Function, "interpreter_test.Test") && !strings.Contains(frame.Function, ".func") {
			return true
		}
		if !more {
			return false
		}
	}
}

// An execution that is stopped before its first Step begins all the same.
func TestStopBeforeTheFirstStep(t *testing.T) {
	clock := &askedClock{VirtualClock: interpreter.NewManualClock(began)}
	in := open(t, interpreter.Config{Clock: clock})
	clock.asked = func(times int) {
		if times == 2 { // for the Step; at first Start looks at it
			require.NoError(t, interpreter.Named(in, "early").Stop(background, "Enough", ""))
		}
	}
	e, err := in.Start(background, compile(t, computing, stateByState), nil, interpreter.StartOptions{Name: "early", KeepHistory: true})
	require.NoError(t, err)
	require.Error(t, e.Wait(background))
	requireStopped(t, e, "Enough")
	for ev := range e.Events() {
		require.Equal(t, history.ExecutionStarted, ev.Type)
		break
	}
}

type askedClock struct {
	*interpreter.VirtualClock
	asked func(times int)
	times int
}

func (c *askedClock) Now() time.Time {
	if c.times++; c.asked != nil {
		c.asked(c.times)
	}
	return c.VirtualClock.Now()
}
