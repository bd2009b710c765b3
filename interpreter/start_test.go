package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter"
)

const oneDay = `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86400, "End": true}}}`

func TestVirtualClock(t *testing.T) {
	p := compile(t, oneDay)
	t.Run("jumps", func(t *testing.T) {
		clock := interpreter.NewVirtualClock(began)
		in := open(t, interpreter.Config{Clock: clock})
		_, err := interpreter.Run[any](background, in, p, nil)
		require.NoError(t, err)
		require.Equal(t, began.Add(24*time.Hour), clock.Now())
	})
	t.Run("advances", func(t *testing.T) {
		clock := interpreter.NewManualClock(began)
		in := open(t, interpreter.Config{Clock: clock})
		e, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		clock.Advance(23 * time.Hour)
		require.Equal(t, interpreter.Running, e.Status())
		_, err = e.Output()
		require.ErrorIs(t, err, interpreter.ErrRunning)
		require.True(t, clock.AdvanceToNext())
		require.Equal(t, interpreter.Succeeded, e.Status())
		require.False(t, clock.AdvanceToNext())
	})
}

// Memory of executions that wait, and no goroutine for any of them.
func TestManyWaitingExecutions(t *testing.T) {
	n := uint64(100_000)
	if race.Enabled {
		n = 10_000
	}
	p := compile(t, oneDay)
	for _, c := range []struct {
		name  string
		input []byte
		limit uint64
	}{
		{"without data", nil, 384},
		{"with 5 keys", []byte(`{"id":"order-4711","customer":"Jane Doe","total":1234.5,"paid":true,"address":"1 Main Street, Springfield"}`), 768},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := interpreter.NewVirtualClock(began)
			in := open(t, interpreter.Config{Clock: clock})
			goroutines := runtime.NumGoroutine()
			before := heap()
			var last *interpreter.Execution
			for range n {
				var err error
				last, err = in.Start(background, p, c.input, interpreter.StartOptions{})
				if err != nil {
					t.Fatal(err)
				}
			}
			each := (heap() - before) / n
			t.Logf("%d executions, %d bytes each, %d more goroutines", n, each, runtime.NumGoroutine()-goroutines)
			require.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
			if !race.Enabled {
				require.LessOrEqual(t, each, c.limit)
			}
			require.NoError(t, last.Wait(background))
			require.False(t, clock.AdvanceToNext(), "all have ended")
			runtime.KeepAlive(in)
		})
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestNamedExecutions(t *testing.T) {
	p := compile(t, oneDay)
	clock := interpreter.NewManualClock(began)
	in := open(t, interpreter.Config{Clock: clock})
	first, err := in.Start(background, p, map[string]int{"a": 1}, interpreter.StartOptions{Name: "order-1"})
	require.NoError(t, err)
	require.Equal(t, "order-1", first.Name())
	same, err := in.Start(background, p, map[string]int{"a": 1}, interpreter.StartOptions{Name: "order-1"})
	require.NoError(t, err)
	require.Same(t, first, same)
	_, err = in.Start(background, p, nil, interpreter.StartOptions{Name: "order-1"})
	require.ErrorIs(t, err, interpreter.ErrExecutionAlreadyExists)
	require.ErrorContains(t, err, "order-1")
	clock.Advance(24 * time.Hour)
	_, err = in.Start(background, p, nil, interpreter.StartOptions{Name: "order-1"})
	require.NoError(t, err)
}

// Executions of EXPRESS machines share names: a UUID in the ARN tells them apart.
func TestNamedExpressExecutions(t *testing.T) {
	p := compile(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}}`,
		interpreter.Options{Express: true, StateMachineArn: "arn:aws:states:eu-west-1:123456789012:stateMachine:m"})
	in := open(t, interpreter.Config{Clock: interpreter.NewManualClock(began)})
	first, err := in.Start(background, p, 1, interpreter.StartOptions{Name: "a"})
	require.NoError(t, err)
	second, err := in.Start(background, p, 2, interpreter.StartOptions{Name: "a"})
	require.NoError(t, err)
	unnamed, err := in.Start(background, p, 3, interpreter.StartOptions{})
	require.NoError(t, err)
	for _, e := range []*interpreter.Execution{first, second} {
		require.Equal(t, "a", e.Name())
		require.Regexp(t, `^arn:aws:states:eu-west-1:123456789012:express:m:a:[0-9a-f-]{36}$`, e.Arn())
	}
	require.NotEqual(t, first.Arn(), second.Arn())
	require.Regexp(t, `:express:m:[0-9a-f-]{36}:[0-9a-f-]{36}$`, unnamed.Arn())
	data, err := first.Snapshot()
	require.NoError(t, err)
	_, err = in.Restore(p, data, interpreter.StartOptions{})
	require.ErrorIs(t, err, interpreter.ErrExecutionAlreadyExists)
}

func TestSnapshotAndRestore(t *testing.T) {
	p := compile(t, oneDay)
	clock := interpreter.NewManualClock(began)
	in := open(t, interpreter.Config{Clock: clock})
	e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "a"})
	require.NoError(t, err)
	data, err := e.Snapshot()
	require.NoError(t, err)
	_, err = in.Restore(p, data, interpreter.StartOptions{})
	require.ErrorIs(t, err, interpreter.ErrExecutionAlreadyExists)
	require.NotContains(t, err.Error(), "input", "the input does not matter here")

	other := open(t, interpreter.Config{Clock: clock})
	r, err := other.Restore(p, data, interpreter.StartOptions{})
	require.NoError(t, err)
	clock.Advance(24 * time.Hour)
	require.NoError(t, r.Wait(background))
	require.Equal(t, "a", r.Name())
}

// A call that was made is not the work that is left: without a handler nobody does
// that.
func TestRestoreWithoutAHandlerRefusesSubmittedTasks(t *testing.T) {
	p := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": true}}}`)
	called := make(chan bool)
	in := open(t, interpreter.Config{Resolver: interpreter.Mux{"*": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		defer close(called)
		if err := task.Submitted("job"); err != nil {
			return nil, err
		}
		return nil, interpreter.ErrResultPending
	})}})
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-called
	require.NoError(t, in.Shutdown(background))
	data, err := e.Snapshot()
	require.NoError(t, err)
	r, err := open(t, interpreter.Config{}).Restore(p, data, interpreter.StartOptions{})
	require.NoError(t, err)
	require.ErrorContains(t, r.Wait(background), "No resolver has a handler for the resource arn:aws:states:::ecs:runTask.sync.")
}

const callback = `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "End": true,
	"Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 60, "HeartbeatSeconds": 20,
	"Parameters": {"Token.$": "$$.Task.Token"}}}}`

func TestTokens(t *testing.T) {
	p := compile(t, callback)
	clock := interpreter.NewManualClock(began)
	var token string
	calls := 0
	c := task(interpreter.Func(func(_ context.Context, in struct{ Token string }) (string, error) {
		token = in.Token
		calls++
		return "sent", nil
	}))
	c.Clock = clock
	start := func(t *testing.T) (*interpreter.Interpreter, *interpreter.Execution) {
		in := open(t, c)
		e, err := in.Start(background, p, nil, interpreter.StartOptions{KeepHistory: true})
		require.NoError(t, err)
		clock.Settle()
		return in, e
	}
	t.Run("success", func(t *testing.T) {
		in, e := start(t)
		require.NoError(t, in.SendTaskSuccess(background, token, map[string]int{"n": 1}))
		require.NoError(t, e.Wait(background))
		var got struct{ N int }
		require.NoError(t, e.Decode(&got))
		require.Equal(t, 1, got.N)
		require.ErrorIs(t, in.SendTaskSuccess(background, token, nil), interpreter.ErrTaskTimedOut)
		require.ErrorIs(t, in.SendTaskSuccess(background, "x", nil), interpreter.ErrInvalidToken)
		require.Equal(t, []history.Type{history.ExecutionStarted, history.TaskStateEntered, history.TaskScheduled,
			history.TaskStarted, history.TaskSubmitted, history.TaskSucceeded, history.TaskStateExited,
			history.ExecutionSucceeded}, types(e))
	})
	t.Run("failure", func(t *testing.T) {
		in, e := start(t)
		require.NoError(t, in.SendTaskFailure(background, token, "No", "way"))
		require.ErrorIs(t, e.Wait(background), &asl.Error{Name: "No", Cause: "way"})
	})
	t.Run("heartbeat", func(t *testing.T) {
		in, e := start(t)
		clock.Advance(15 * time.Second)
		require.NoError(t, in.SendTaskHeartbeat(background, token))
		clock.Advance(15 * time.Second)
		require.Equal(t, interpreter.Running, e.Status())
		clock.Advance(15 * time.Second)
		require.ErrorIs(t, e.Wait(background), &asl.Error{Name: asl.StatesTimeout})
		require.ErrorIs(t, in.SendTaskHeartbeat(background, token), interpreter.ErrTaskTimedOut)
	})
	t.Run("after a restart", func(t *testing.T) {
		_, e := start(t)
		data, err := e.Snapshot()
		require.NoError(t, err)
		before := calls
		other := open(t, c)
		r, err := other.Restore(p, data, interpreter.StartOptions{})
		require.NoError(t, err)
		require.NoError(t, other.SendTaskSuccess(background, token, "yes"))
		require.NoError(t, r.Wait(background))
		require.Equal(t, before, calls, "the call was made before")
	})
}

func types(e *interpreter.Execution) (all []history.Type) {
	for ev := range e.Events() {
		all = append(all, ev.Type)
	}
	return all
}

func TestActivities(t *testing.T) {
	const arn = "arn:aws:states:us-east-1:000000000000:activity:pack"
	p := compile(t, `{"StartAt": "Pack", "States": {"Pack": {"Type": "Task", "Resource": "`+arn+`", "End": true}}}`)
	in := open(t, interpreter.Config{})
	require.ErrorContains(t, in.Check(p), `no handler for the resource "`+arn+`" of the state "Pack"`)
	_, err := interpreter.Run[any](background, in, p, nil)
	require.ErrorIs(t, err, &asl.Error{Name: asl.StatesRuntime})
	require.ErrorContains(t, err, "The activity "+arn+" does not exist.")

	h := interpreter.Func(func(context.Context, struct{}) (string, error) { return "packed", nil })
	in = open(t, interpreter.Config{Resolver: interpreter.Mux{arn: interpreter.Worker("joe", h)}})
	require.NoError(t, in.Check(p))
	e, err := in.Start(background, p, nil, interpreter.StartOptions{KeepHistory: true})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	require.Equal(t, []history.Type{history.ExecutionStarted, history.TaskStateEntered, history.ActivityScheduled,
		history.ActivityStarted, history.ActivitySucceeded, history.TaskStateExited, history.ExecutionSucceeded}, types(e))
	for ev := range e.Events() {
		if ev.Type == history.ActivityStarted {
			require.Equal(t, "joe", ev.Name)
		}
	}
}

func TestSinkErrorHaltsTheExecution(t *testing.T) {
	p := compile(t, oneTask)
	c := task(interpreter.Func(func(context.Context, any) (any, error) { return nil, nil }))
	recorded := 0
	c.History = history.SinkFunc(func(_ string, events []history.Event) error {
		if recorded += len(events); recorded > 3 {
			return errBroken
		}
		return nil
	})
	_, err := interpreter.Run[any](cancellable(t), open(t, c), p, nil)
	require.ErrorIs(t, err, errBroken)
}

const wideMap = `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "T", "States": {
	"T": {"Type": "Task", "Resource": "t", "End": true}}}}}}`

func TestMapUsesTheWorkers(t *testing.T) {
	p := compile(t, wideMap)
	for _, workers := range []int{1, 3, 0} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			c := task(interpreter.Func(func(_ context.Context, n int) (int, error) { return n + 1, nil }))
			c.Workers = workers
			in := open(t, c)
			input := make([]int, 1000)
			for _, ctx := range []context.Context{background, cancellable(t)} {
				got, err := interpreter.Run[[]int](ctx, in, p, input)
				require.NoError(t, err)
				require.Len(t, got, 1000)
				require.Equal(t, 1, got[999])
			}
		})
	}
}

// Equal seeds, a virtual clock and one worker make equal runs.
func TestRunsAreReproducible(t *testing.T) {
	p := compile(t, wideMap)
	var first string
	for range 20 {
		var log history.Log
		c := task(interpreter.Func(func(_ context.Context, n int) (int, error) { return n + 1, nil }))
		c.Workers, c.Clock, c.History = 1, interpreter.NewVirtualClock(began), &log
		c.Rand = rand.NewChaCha8([32]byte{1})
		_, err := interpreter.Run[any](background, open(t, c), p, []int{1, 2, 3})
		require.NoError(t, err)
		text, err := log.MarshalJSON()
		require.NoError(t, err)
		if first == "" {
			first = string(text)
		}
		require.Equal(t, first, string(text))
	}
}

func TestShutdownLetsHandlersFinish(t *testing.T) {
	p := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "a", "Next": "B"},
		"B": {"Type": "Task", "Resource": "b", "End": true}}}`)
	began, finish := make(chan struct{}), make(chan struct{})
	in := open(t, task(func(_ context.Context, t *interpreter.Task) (any, error) {
		close(began)
		<-finish
		return t.State, nil
	}))
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	ended := make(chan error)
	go func() { ended <- in.Shutdown(background) }()
	require.True(t, soon(func() bool { return errors.Is(in.SendTaskHeartbeat(background, e.Name()[:32]), interpreter.ErrClosed) }))
	close(finish)
	require.NoError(t, <-ended)
	data, err := e.Snapshot()
	require.NoError(t, err)

	again := open(t, task(func(_ context.Context, t *interpreter.Task) (any, error) { return t.State, nil }))
	r, err := again.Restore(p, data, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, r.Wait(background))
	out, err := r.Output()
	require.NoError(t, err)
	require.Equal(t, "B", out)
}

// A clock that jumps leaves a callback alone that somebody is about to answer.
func TestVirtualClockWaitsForAnswers(t *testing.T) {
	clock := interpreter.NewVirtualClock(began)
	tokens := make(chan string, 1)
	in := interpreter.New(interpreter.Config{Clock: clock, Resolver: interpreter.Mux{"*": interpreter.HandlerFunc(
		func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return "sent", nil
		})}})
	defer in.Close()
	p, err := interpreter.Compile([]byte(`{"StartAt": "Ask", "States": {
		"Ask": {"Type": "Task", "Resource": "arn:aws:states:::mail:send.waitForTaskToken", "Next": "Rest"},
		"Rest": {"Type": "Wait", "Seconds": 60, "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	e, err := in.Start(context.Background(), p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	done := make(chan error)
	go func() { done <- e.Wait(context.Background()) }()
	require.NoError(t, in.SendTaskSuccess(background, <-tokens, "yes"))
	require.NoError(t, <-done)
	require.Equal(t, began.Add(time.Minute), clock.Now())
}

// A Program that is nil, as Compile returns it with an error, is an error of
// every call that takes one.
func TestNilProgramIsAnError(t *testing.T) {
	in := open(t, interpreter.Config{})
	_, err := in.Start(background, nil, nil, interpreter.StartOptions{})
	require.ErrorIs(t, err, interpreter.ErrNoProgram)
	_, err = interpreter.Run[any](background, in, nil, nil)
	require.ErrorIs(t, err, interpreter.ErrNoProgram)
	_, err = in.Restore(nil, []byte("snapshot"), interpreter.StartOptions{})
	require.ErrorIs(t, err, interpreter.ErrNoProgram)
	require.ErrorIs(t, in.Check(nil), interpreter.ErrNoProgram)
	require.ErrorIs(t, interpreter.Check(nil, nil), interpreter.ErrNoProgram)
	require.Nil(t, in.Find(nil, "a"))
}
