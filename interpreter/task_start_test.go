package interpreter_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
)

// shutdown begins to shut an interpreter down, and returns what waits for the end.
func shutdown(t *testing.T, in *interpreter.Interpreter) (wait func()) {
	t.Helper()
	ended := make(chan error)
	go func() { ended <- in.Shutdown(background) }()
	require.True(t, soon(func() bool { return interpreter.ShutsDown(in) }))
	return func() { require.NoError(t, <-ended) }
}

// A task that no handler saw has not started: no timeout runs, and after a restart
// it is a new one.
func TestShutdownStartsNoTask(t *testing.T) {
	const definition = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "a", "Next": "P"},
		"P": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "b", "TimeoutSeconds": 1, "End": true}}},
			{"StartAt": "H", "States": {"H": {"Type": "Task", "Resource": "b", "HeartbeatSeconds": 1, "End": true}}},
			{"StartAt": "C", "States": {"C": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:000000000000:activity:c", "TimeoutSeconds": 1, "End": true}}}]}}}`
	p := compile(t, definition)
	for _, recorded := range []bool{false, true} {
		for clockName, newClock := range map[string]func() *interpreter.VirtualClock{
			"manual":  func() *interpreter.VirtualClock { return interpreter.NewManualClock(began) },
			"virtual": func() *interpreter.VirtualClock { return interpreter.NewVirtualClock(began) },
			"system":  func() *interpreter.VirtualClock { return nil },
		} {
			t.Run(fmt.Sprint(clockName, ", recorded: ", recorded), func(t *testing.T) {
				at, finish := make(chan bool), make(chan bool)
				var others atomic.Int32
				config := interpreter.Config{Resolver: interpreter.Mux{
					"a": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { close(at); <-finish; return nil, nil }),
					"*": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { others.Add(1); return nil, nil }),
				}}
				if clock := newClock(); clock != nil {
					config.Clock = clock
				}
				in := open(t, config)
				e, err := in.Start(background, p, nil, interpreter.StartOptions{KeepHistory: recorded})
				require.NoError(t, err)
				<-at
				wait := shutdown(t, in)
				close(finish)
				wait()
				require.Zero(t, others.Load())
				for ev := range e.Events() {
					require.NotContains(t, []history.Type{history.LambdaFunctionTimedOut, history.ActivityStarted}, ev.Type)
				}
				snapshot, err := e.Snapshot()
				require.NoError(t, err)

				later := began.Add(time.Hour)
				if clockName == "system" {
					later = time.Now().Add(time.Hour)
				}
				var resumed []string
				again := open(t, interpreter.Config{Workers: 1, Clock: interpreter.NewVirtualClock(later), Resolver: interpreter.Mux{
					"*": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
						if task.Resumed {
							resumed = append(resumed, task.State)
						}
						others.Add(1)
						return nil, nil
					})}})
				r, err := again.Restore(p, snapshot, interpreter.StartOptions{})
				require.NoError(t, err)
				require.NoError(t, r.Wait(background))
				require.Equal(t, int32(3), others.Load())
				require.Empty(t, resumed)
			})
		}
	}
}

// Shutdown runs the handlers of tasks that were told to have started.
func TestShutdownRunsAnnouncedTasks(t *testing.T) {
	p := compile(t, wideMap)
	at, finish := make(chan bool, 10), make(chan bool)
	var calls atomic.Int32
	in := open(t, interpreter.Config{Workers: 1, Clock: interpreter.NewVirtualClock(began), Resolver: interpreter.Mux{
		"*": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			calls.Add(1)
			at <- true
			<-finish
			return nil, nil
		})}})
	e, err := in.Start(background, p, []int{1, 2, 3}, interpreter.StartOptions{KeepHistory: true})
	require.NoError(t, err)
	<-at
	wait := shutdown(t, in)
	close(finish)
	wait()
	started := 0
	for ev := range e.Events() {
		if ev.Type == history.LambdaFunctionStarted {
			started++
		}
	}
	require.Equal(t, int32(started), calls.Load())
}

// However many executions start at once, no more tasks start than there are
// workers.
func TestNoMoreTasksStartThanThereAreWorkers(t *testing.T) {
	const workers, executions = 2, 40
	p := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "TimeoutSeconds": 60, "End": true}}}`)
	var started, most, running atomic.Int32
	finish := make(chan bool)
	in := open(t, interpreter.Config{Workers: workers,
		History: history.SinkFunc(func(_ string, events []history.Event) error {
			for i := range events {
				switch events[i].Type {
				case history.LambdaFunctionStarted:
					now := started.Add(1)
					for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
					}
				case history.LambdaFunctionSucceeded:
					started.Add(-1)
				}
			}
			return nil
		}),
		Resolver: interpreter.Mux{"*": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			running.Add(1)
			<-finish
			return nil, nil
		})}})
	all := make(chan *interpreter.Execution, executions)
	var starts sync.WaitGroup
	for range executions {
		starts.Add(1)
		go func() {
			defer starts.Done()
			e, err := in.Start(background, p, nil, interpreter.StartOptions{})
			if err == nil {
				all <- e
			}
		}()
	}
	starts.Wait()
	require.Len(t, all, executions)
	require.LessOrEqual(t, most.Load(), int32(workers))
	close(finish)
	for range executions {
		require.NoError(t, (<-all).Wait(background))
	}
	require.Equal(t, int32(executions), running.Load())
}

// Resumed is true of exactly the tasks that a handler had begun.
func TestResumedIfAHandlerHadStarted(t *testing.T) {
	timed := `{"StartAt": "T", "States": {"T": ` + timedTask + `}}`
	activity := `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:000000000000:activity:a", "End": true}}}`
	call := `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": {"t.$": "$$.Task.Token"}, "End": true}}}`
	for name, definition := range map[string]string{"a function": oneTask, "with a timeout": timed, "an activity": activity, "a call": call} {
		p := compile(t, definition)
		for _, recorded := range []bool{false, true} {
			for when, reach := range map[string]func(t *testing.T) []byte{
				"the handler runs": func(t *testing.T) []byte { return snapshotDuring(t, p, recorded, false) },
				"it has returned":  func(t *testing.T) []byte { return snapshotDuring(t, p, recorded, true) },
			} {
				t.Run(fmt.Sprint(name, ", ", when, ", recorded: ", recorded), func(t *testing.T) {
					require.True(t, resumed(t, p, reach(t)))
				})
			}
			t.Run(fmt.Sprint(name, ", it waits for a worker, recorded: ", recorded), func(t *testing.T) {
				require.False(t, resumed(t, p, snapshotInQueue(t, p, recorded)))
			})
		}
	}
}

// snapshotDuring returns the snapshot of an execution whose handler runs, or has
// left the task pending.
func snapshotDuring(t *testing.T, p *interpreter.Program, recorded, returned bool) []byte {
	at, finish := make(chan bool, 1), make(chan bool)
	defer close(finish)
	clock := interpreter.NewManualClock(began)
	in := open(t, interpreter.Config{Clock: clock, Resolver: interpreter.Mux{
		"*": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			at <- true
			if !returned {
				<-finish
			}
			return nil, interpreter.ErrResultPending
		})}})
	e, err := in.Start(background, p, nil, interpreter.StartOptions{KeepHistory: recorded})
	require.NoError(t, err)
	<-at
	if returned {
		clock.Settle()
	}
	snapshot, err := e.Snapshot()
	require.NoError(t, err)
	return snapshot
}

// snapshotInQueue returns the snapshot of an execution whose task waits for a
// worker.
func snapshotInQueue(t *testing.T, p *interpreter.Program, recorded bool) []byte {
	at, finish := make(chan bool, 2), make(chan bool)
	defer close(finish)
	in := open(t, interpreter.Config{Workers: 1, Resolver: interpreter.Mux{
		"*": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { at <- true; <-finish; return nil, nil })}})
	_, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-at
	e, err := in.Start(background, p, nil, interpreter.StartOptions{KeepHistory: recorded})
	require.NoError(t, err)
	snapshot, err := e.Snapshot()
	require.NoError(t, err)
	require.NoError(t, in.Close())
	return snapshot
}

// resumed restores an execution and returns what its task says of itself.
func resumed(t *testing.T, p *interpreter.Program, snapshot []byte) bool {
	told := make(chan bool, 1)
	in := open(t, interpreter.Config{Clock: interpreter.NewManualClock(began), Resolver: interpreter.Mux{
		"*": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			told <- task.Resumed
			return nil, nil
		})}})
	_, err := in.Restore(p, snapshot, interpreter.StartOptions{})
	require.NoError(t, err)
	return <-told
}

// A snapshot that knows what handlers have begun leaves the execution as it is.
func TestSnapshotOfABegunTaskChangesNothing(t *testing.T) {
	run := func(snapshots int) string {
		p := compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "Next": "E", "Branches": [`+oneTask+`, {"StartAt": "T", "States": {"T": `+heldTask+`}}]},
			"E": {"Type": "Pass", "Parameters": {"x.$": "$.missing"}, "End": true}}}`)
		at, finish := make(chan bool, 2), make(chan bool)
		in := open(t, task(func(context.Context, *interpreter.Task) (any, error) { at <- true; <-finish; return nil, nil }))
		e, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		<-at
		<-at
		for range snapshots {
			_, err := e.Snapshot()
			require.NoError(t, err)
		}
		close(finish)
		return e.Wait(background).Error() // it names the id of an event
	}
	require.Equal(t, run(0), run(3))
}

// The timeout of a task begins when a worker does.
func TestTimeoutDoesNotRunInTheQueue(t *testing.T) {
	p := compile(t, `{"StartAt": "T", "States": {"T": `+timedTask+`}}`)
	at, finish := make(chan bool, 2), make(chan bool)
	clock := interpreter.NewManualClock(began)
	in := open(t, interpreter.Config{Workers: 1, Clock: clock, Resolver: interpreter.Mux{
		"*": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { at <- true; <-finish; return nil, nil })}})
	first, err := in.Start(background, p, nil, interpreter.StartOptions{KeepHistory: true})
	require.NoError(t, err)
	<-at
	second, err := in.Start(background, p, nil, interpreter.StartOptions{KeepHistory: true})
	require.NoError(t, err)
	clock.Advance(time.Hour)
	require.Equal(t, interpreter.Failed, first.Status())
	require.Equal(t, interpreter.Running, second.Status())
	close(finish)
	require.NoError(t, second.Wait(background))
}

// A handler that Run calls on its own goroutine has started too.
func TestResumedIfRunHadCalledTheHandler(t *testing.T) {
	p := compile(t, oneTask)
	var snapshot []byte
	in := open(t, task(func(_ context.Context, task *interpreter.Task) (any, error) {
		var err error
		snapshot, err = interpreter.ExecutionOf(task).Snapshot()
		return nil, err
	}))
	_, err := interpreter.Run[any](background, in, p, nil)
	require.NoError(t, err)
	require.True(t, resumed(t, p, snapshot))
}
