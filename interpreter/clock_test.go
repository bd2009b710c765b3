package interpreter_test

import (
	"context"
	"log/slog"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
)

func waitFor(seconds string) string {
	return `"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": ` + seconds + `, "End": true}}}`
}

// pending is a resolver of tasks that wait for an answer by their tokens, which
// it sends.
func pending(tokens chan string) interpreter.Resolver {
	return interpreter.Mux{"*": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		tokens <- task.Token()
		return nil, interpreter.ErrResultPending
	})}
}

const (
	year      = 365 * 24 * time.Hour
	oneRetry  = `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 99999999}], "End": true}}}`
	heldTask  = `{"Type": "Task", "Resource": "t", "End": true}`
	timedTask = `{"Type": "Task", "Resource": "t", "TimeoutSeconds": 400, "End": true}`
)

func TestDurationLimitIsADeadlineOfVirtualAndManualClocks(t *testing.T) {
	express := interpreter.Options{Express: true}
	for name, c := range map[string]struct {
		definition string
		options    interpreter.Options
		at         time.Duration
	}{
		"EXPRESS":                         {`{` + waitFor("600"), express, 5 * time.Minute},
		"EXPRESS, a timeout of the limit": {`{"TimeoutSeconds": 300, ` + waitFor("600"), express, 5 * time.Minute},
		"EXPRESS, a timeout over it":      {`{"TimeoutSeconds": 301, ` + waitFor("600"), express, 5 * time.Minute},
		"EXPRESS, a timeout under it":     {`{"TimeoutSeconds": 299, ` + waitFor("600"), express, 299 * time.Second},
		"STANDARD":                        {`{` + waitFor("63072000"), interpreter.Options{}, year},
		"STANDARD, a timeout of a year":   {`{"TimeoutSeconds": 31536000, ` + waitFor("63072000"), interpreter.Options{}, year},
		"a Retry":                         {oneRetry, interpreter.Options{}, year},
		"Limits.Duration":                 {`{` + waitFor("20"), interpreter.Options{Limits: interpreter.Limits{Duration: 10 * time.Second}}, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, c.definition, c.options)
			config := task(interpreter.Func(func(context.Context, any) (any, error) { return nil, errBroken }))
			for _, ctx := range []context.Context{background, cancellable(t)} {
				clock := interpreter.NewVirtualClock(began)
				config.Clock = clock
				_, err := interpreter.Run[any](ctx, open(t, config), p, nil)
				require.ErrorIs(t, err, &asl.Error{Name: asl.StatesTimeout})
				require.Equal(t, began.Add(c.at), clock.Now())
			}
			clock := interpreter.NewManualClock(began)
			config.Clock = clock
			e, err := open(t, config).Start(background, p, nil, interpreter.StartOptions{})
			require.NoError(t, err)
			clock.Settle()
			clock.Advance(c.at - 1)
			require.Equal(t, interpreter.Running, e.Status())
			clock.Advance(1)
			require.Equal(t, interpreter.TimedOut, e.Status())
		})
	}
}

func TestClockDoesNotJumpToTheDurationLimitOfWhatAwaitsAnAnswer(t *testing.T) {
	for name, o := range map[string]interpreter.Options{
		"STANDARD":        {},
		"EXPRESS":         {Express: true},
		"Limits.Duration": {Limits: interpreter.Limits{Duration: time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, oneTask, o)
			tokens, answered := make(chan string), make(chan error)
			clock := interpreter.NewVirtualClock(began)
			in := open(t, interpreter.Config{Clock: clock, Resolver: pending(tokens)})
			go func() {
				_, err := interpreter.Run[any](background, in, p, nil)
				answered <- err
			}()
			token := <-tokens
			_, err := interpreter.Run[any](background, in, compile(t, `{`+waitFor("1")), nil) // all jumps go on
			require.NoError(t, err)
			require.NoError(t, in.SendTaskSuccess(background, token, "yes"))
			require.NoError(t, <-answered)
			require.Equal(t, began.Add(time.Second), clock.Now())
		})
	}
}

func TestDurationLimitFiresWhenTimePassesIt(t *testing.T) {
	express := interpreter.Options{Express: true}
	parallel := `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "T", "States": {"T": ` + heldTask + `}}, {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": true}}}]}}}`
	for name, definition := range map[string]string{
		"a Wait beside the task":     parallel,
		"a timeout of the task":      `{"StartAt": "T", "States": {"T": ` + timedTask + `}}`,
		"a timeout of the execution": `{"TimeoutSeconds": 300, "StartAt": "T", "States": {"T": ` + heldTask + `}}`,
	} {
		t.Run(name, func(t *testing.T) {
			clock := interpreter.NewVirtualClock(began)
			in := open(t, interpreter.Config{Clock: clock, Resolver: pending(make(chan string, 1))})
			_, err := interpreter.Run[any](background, in, compile(t, definition, express), nil)
			require.ErrorIs(t, err, &asl.Error{Name: asl.StatesTimeout})
			require.Equal(t, began.Add(5*time.Minute), clock.Now())
		})
	}
	t.Run("a Wait of another execution", func(t *testing.T) {
		clock := interpreter.NewVirtualClock(began)
		in := open(t, interpreter.Config{Clock: clock, Resolver: pending(make(chan string, 1))})
		held, err := in.Start(background, compile(t, oneTask, express), nil, interpreter.StartOptions{KeepHistory: true})
		require.NoError(t, err)
		_, err = interpreter.Run[any](background, in, compile(t, `{`+waitFor("600")), nil)
		require.NoError(t, err)
		require.Equal(t, interpreter.TimedOut, held.Status())
		var last *history.Event
		for ev := range held.Events() {
			last = ev
		}
		require.Equal(t, began.Add(5*time.Minute), last.Time())
	})
	t.Run("Advance", func(t *testing.T) {
		clock := interpreter.NewManualClock(began)
		in := open(t, interpreter.Config{Clock: clock, Resolver: pending(make(chan string, 1))})
		held, err := in.Start(background, compile(t, oneTask, express), nil, interpreter.StartOptions{})
		require.NoError(t, err)
		clock.Settle()
		require.True(t, clock.AdvanceToNext())
		require.Equal(t, interpreter.TimedOut, held.Status())
		require.Equal(t, began.Add(5*time.Minute), clock.Now())
	})
}

// A handler that ran on the goroutine of Run leaves a timer behind.
func TestRunArmsTheTimerOfATaskThatStaysPending(t *testing.T) {
	const twoDays = `{"TimeoutSeconds": 172800, "StartAt": "T", "States": {"T": ` + heldTask + `}}`
	clock := interpreter.NewVirtualClock(began)
	in := open(t, interpreter.Config{Clock: clock, Resolver: pending(make(chan string, 1))})
	_, err := interpreter.Run[any](background, in, compile(t, twoDays), nil)
	require.ErrorIs(t, err, &asl.Error{Name: asl.StatesTimeout})
	require.Equal(t, began.Add(48*time.Hour), clock.Now())
}

// endless waits a second again and again.
const endless = `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "Next": "C"}, "End": {"Type": "Succeed"},
	"C": {"Type": "Choice", "Choices": [{"Variable": "$.end", "IsPresent": true, "Next": "End"}], "Default": "W"}}}`

var noLimits = interpreter.Options{Limits: interpreter.NoLimits}

// after returns a sink that calls f after so many records, on a goroutine of its
// own.
func after(n int32, f func()) history.Sink {
	var records atomic.Int32
	return history.SinkFunc(func(string, []history.Event) error {
		if records.Add(1) == n {
			go f()
		}
		return nil
	})
}

func TestWaitLooksAtItsContextBeforeEachJump(t *testing.T) {
	p := compile(t, endless, noLimits)
	t.Run("Wait", func(t *testing.T) {
		ctx, cancel := context.WithCancel(background)
		in := open(t, interpreter.Config{Clock: interpreter.NewVirtualClock(began), History: after(100, cancel)})
		e, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		require.ErrorIs(t, e.Wait(ctx), context.Canceled)
		require.Equal(t, interpreter.Running, e.Status())
	})
	t.Run("Run", func(t *testing.T) {
		ctx, cancel := context.WithCancel(background)
		in := open(t, interpreter.Config{Clock: interpreter.NewVirtualClock(began), History: after(100, cancel)})
		_, err := interpreter.Run[any](ctx, in, p, nil)
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("Close", func(t *testing.T) {
		var in *interpreter.Interpreter
		in = open(t, interpreter.Config{Clock: interpreter.NewVirtualClock(began), History: after(100, func() { _ = in.Close() })})
		_, err := interpreter.Run[any](background, in, p, nil)
		require.ErrorIs(t, err, interpreter.ErrClosed)
	})
}

// Who waits moves the clock for all who wait, and for no longer than it waits
// itself.
func TestWhoWaitsLeavesTheClockToOthers(t *testing.T) {
	loop, hour := compile(t, endless, noLimits), compile(t, `{`+waitFor("3600"))
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	in := open(t, interpreter.Config{Clock: interpreter.NewVirtualClock(began)})
	goesOn, err := in.Start(background, loop, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- goesOn.Wait(ctx) }()
	go func() { second <- goesOn.Wait(background) }()
	for range 10 { // calls return while others have the clock jump
		_, err = interpreter.Run[any](background, in, hour, nil)
		require.NoError(t, err)
	}
	cancel()
	require.ErrorIs(t, <-first, context.Canceled)
	_, err = interpreter.Run[any](background, in, hour, nil)
	require.NoError(t, err)
	e, err := in.Start(background, hour, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.True(t, soon(func() bool { return e.Status() == interpreter.Succeeded }), "the other one moves the clock")
	require.NoError(t, goesOn.Stop(background, "", ""))
	require.Error(t, <-second)
}

func TestClockAtATimeThatNanosecondsCannotCount(t *testing.T) {
	p := compile(t, `{`+waitFor("10"))
	in := open(t, interpreter.Config{Clock: interpreter.NewManualClock(began)})
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	snapshot, err := e.Snapshot()
	require.NoError(t, err)
	for _, at := range []time.Time{{}, time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Unix(math.MaxInt64, 0), time.Unix(math.MinInt64, 0)} {
		in := open(t, interpreter.Config{Clock: interpreter.NewVirtualClock(at)})
		_, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.ErrorContains(t, err, "Config.Clock stands at ")
		_, err = interpreter.Run[any](background, in, p, nil)
		require.ErrorContains(t, err, "Config.Clock stands at ")
		_, err = in.Restore(p, snapshot, interpreter.StartOptions{})
		require.ErrorContains(t, err, "Config.Clock stands at ")
	}
}

func TestClockThatLeavesTimeStandsAtItsEnd(t *testing.T) {
	clock := interpreter.NewManualClock(time.Date(2262, 4, 1, 0, 0, 0, 0, time.UTC))
	in := open(t, interpreter.Config{Clock: clock})
	e, err := in.Start(background, compile(t, `{`+waitFor("10")), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	clock.Advance(math.MaxInt64)
	require.NoError(t, e.Wait(background))
}

// lastTime is the latest that nanoseconds can count to whole seconds.
var lastTime = time.Unix(math.MaxInt64/int64(time.Second)-1, int64(time.Second)-1)

func TestDeadlinesAroundTheEdgesOfTime(t *testing.T) {
	for name, c := range map[string]struct {
		at         time.Time
		definition string
		ends       time.Time
	}{
		"before 1970":    {time.Unix(-10, 0), `{` + waitFor("5"), time.Unix(-5, 0)},
		"until 1970":     {time.Unix(-10, 0), `{` + waitFor("10"), time.Unix(0, 0)},
		"in 1970":        {time.Unix(0, 0), `{` + waitFor("10"), time.Unix(10, 0)},
		"in 2262":        {time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC), `{` + waitFor("10"), time.Date(2262, 1, 1, 0, 0, 10, 0, time.UTC)},
		"after time":     {time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC), `{` + waitFor("99999999"), lastTime},
		"endless delays": {began, strings.Replace(oneRetry, `99999999`, `99999999, "BackoffRate": 10, "MaxAttempts": 20`, 1), lastTime},
	} {
		t.Run(name, func(t *testing.T) {
			clock := interpreter.NewVirtualClock(c.at)
			config := task(interpreter.Func(func(context.Context, any) (any, error) { return nil, errBroken }))
			config.Clock = clock
			_, err := interpreter.Run[any](background, open(t, config), compile(t, c.definition, noLimits), nil)
			if err != nil {
				require.ErrorIs(t, err, &asl.Error{Name: asl.StatesTaskFailed})
			}
			require.Equal(t, c.ends.UTC(), clock.Now().UTC())
		})
	}
}

// Whoever moves a clock while nobody can jump leaves it to those who wait.
func TestWaitGoesOnAfterAdvance(t *testing.T) {
	firing, recorded, handled := make(chan bool), make(chan bool), make(chan bool)
	clock := interpreter.NewVirtualClock(began)
	in := open(t, interpreter.Config{Clock: clock, Resolver: interpreter.Mux{
		"*": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			handled <- true
			<-firing
			return nil, nil
		})}})
	_, err := in.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-handled
	_, err = in.Start(background, compile(t, `{`+waitFor("1")), nil, interpreter.StartOptions{
		History: history.SinkFunc(func(_ string, events []history.Event) error {
			if events[0].Type == history.WaitStateExited {
				close(firing) // the handler returns while the timer fires
				<-recorded
			}
			return nil
		})})
	require.NoError(t, err)
	e, err := in.Start(background, compile(t, `{`+waitFor("60")), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	done := make(chan error)
	go func() { done <- e.Wait(background) }()
	moved := make(chan bool)
	go func() { clock.Advance(time.Second); close(moved) }()
	<-firing
	require.True(t, soon(func() bool { return interpreter.Handling(clock) == 0 }))
	close(recorded)
	<-moved
	require.NoError(t, <-done)
}

// hostileClock has the system's time, and may do anything else.
type hostileClock struct {
	ahead atomic.Int64
	after func(d time.Duration, f func()) interpreter.Timer
	now   func()
	asked atomic.Int64
	far   atomic.Int64 // the longest that it was asked to wait
}

func (c *hostileClock) Now() time.Time {
	if c.now != nil {
		c.now()
	}
	return time.Now().Add(time.Duration(c.ahead.Load()))
}

func (c *hostileClock) AfterFunc(d time.Duration, f func()) interpreter.Timer {
	c.asked.Add(1)
	for far := c.far.Load(); int64(d) > far && !c.far.CompareAndSwap(far, int64(d)); far = c.far.Load() {
	}
	return c.after(d, f)
}

var quiet = slog.New(slog.DiscardHandler)

func systemTimer(d time.Duration, f func()) interpreter.Timer { return time.AfterFunc(d, f) }

// A clock may do what it wants: what waits for it happens, once, in time, and
// without asking it over and over.
func TestHostileClocks(t *testing.T) {
	for name, after := range map[string]func(d time.Duration, f func()) interpreter.Timer{
		"calls twice": func(d time.Duration, f func()) interpreter.Timer {
			time.AfterFunc(d, f)
			return time.AfterFunc(d, f)
		},
		"calls at once": func(_ time.Duration, f func()) interpreter.Timer {
			f()
			return nil
		},
		"calls at once and in time": func(d time.Duration, f func()) interpreter.Timer {
			f()
			return time.AfterFunc(d, f)
		},
		"calls early": func(d time.Duration, f func()) interpreter.Timer { return time.AfterFunc(d/2, f) },
		"calls from many goroutines": func(d time.Duration, f func()) interpreter.Timer {
			for range 10 {
				time.AfterFunc(d, f)
			}
			return nil
		},
		"cannot be stopped": func(d time.Duration, f func()) interpreter.Timer {
			time.AfterFunc(d, f)
			return panicking{}
		},
		"panics every other time": func() func(time.Duration, func()) interpreter.Timer {
			var calls atomic.Int32
			return func(d time.Duration, f func()) interpreter.Timer {
				if calls.Add(1)%2 == 1 {
					panic("no")
				}
				return time.AfterFunc(d, f)
			}
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock := &hostileClock{after: after}
				in := interpreter.New(interpreter.Config{Clock: clock, Logger: quiet})
				start := time.Now()
				var all []*interpreter.Execution
				for _, seconds := range []string{"30", "1", "60", "10"} { // earlier ones take back calls for later ones
					e, err := in.Start(background, compile(t, `{`+waitFor(seconds)), nil, interpreter.StartOptions{KeepHistory: true})
					require.NoError(t, err)
					all = append(all, e)
				}
				for i, want := range []time.Duration{30, 1, 60, 10} {
					require.NoError(t, all[i].Wait(background))
					var last *history.Event
					n := 0
					for ev := range all[i].Events() {
						last = ev
						n++
					}
					require.Equal(t, 4, n)
					late := last.Time().Sub(start) - want*time.Second
					require.GreaterOrEqual(t, late, time.Duration(0))
					require.Less(t, late, time.Second)
				}
				require.Less(t, clock.asked.Load(), int64(1000))
				require.NoError(t, in.Close())
				synctest.Wait()
			})
		})
	}
}

type panicking struct{}

func (panicking) Stop() bool { panic("Stop") }

func TestClockWhoseNowPanicsEndsTheExecution(t *testing.T) {
	var broken atomic.Bool
	clock := &hostileClock{after: systemTimer, now: func() {
		if broken.Load() {
			panic("no time")
		}
	}}
	tokens := make(chan string, 1)
	in := open(t, interpreter.Config{Clock: clock, Resolver: pending(tokens)})
	e, err := in.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	token := <-tokens
	broken.Store(true)
	_, err = in.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{})
	require.ErrorContains(t, err, "Config.Clock panicked: no time")
	require.ErrorContains(t, in.SendTaskSuccess(background, token, 1), "Config.Clock panicked: no time", "it is not applied")
	require.ErrorContains(t, e.Wait(background), "Config.Clock panicked: no time")
}

// Timers stand still while a machine is suspended, and do not see that the clock
// is set.
func TestClockIsLookedAtEvery30Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := &hostileClock{after: systemTimer}
		in := interpreter.New(interpreter.Config{Clock: clock})
		e, err := in.Start(background, compile(t, oneDay), nil, interpreter.StartOptions{})
		require.NoError(t, err)
		start := time.Now()
		time.Sleep(90 * time.Second)
		clock.ahead.Store(int64(24 * time.Hour))
		require.NoError(t, e.Wait(background))
		require.LessOrEqual(t, time.Since(start), 2*time.Minute)
		require.Equal(t, int64(30*time.Second), clock.far.Load())
		require.NoError(t, in.Close())
		synctest.Wait()
	})
}

func TestClockThatGoesBackwardDelaysWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := &hostileClock{after: systemTimer}
		in := interpreter.New(interpreter.Config{Clock: clock})
		e, err := in.Start(background, compile(t, `{`+waitFor("10")), nil, interpreter.StartOptions{})
		require.NoError(t, err)
		start := time.Now()
		time.Sleep(5 * time.Second)
		clock.ahead.Store(-int64(time.Hour))
		require.NoError(t, e.Wait(background))
		require.GreaterOrEqual(t, time.Since(start), time.Hour+10*time.Second)
		require.Less(t, time.Since(start), time.Hour+12*time.Second)
		require.NoError(t, in.Close())
		synctest.Wait()
	})
}

// The clock of others is never called under a lock that others need.
func TestClockThatBlocksHoldsUpNobodyElse(t *testing.T) {
	var once sync.Once
	blocked, release := make(chan struct{}), make(chan struct{})
	clock := &hostileClock{after: func(d time.Duration, f func()) interpreter.Timer {
		once.Do(func() {
			close(blocked)
			<-release
		})
		return time.AfterFunc(d, f)
	}}
	in := open(t, interpreter.Config{Clock: clock, Resolver: pending(make(chan string, 1))})
	started := make(chan error)
	go func() {
		_, err := in.Start(background, compile(t, oneDay), nil, interpreter.StartOptions{})
		started <- err
	}()
	<-blocked
	_, err := in.Start(background, compile(t, oneDay), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	close(release)
	require.NoError(t, <-started)
}
