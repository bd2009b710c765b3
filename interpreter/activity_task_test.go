package interpreter_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
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
)

const (
	packing = "arn:aws:states:us-east-1:000000000000:activity:pack"
	packOne = `{"StartAt": "Pack", "States": {"Pack": {"Type": "Task", "Resource": "` + packing + `", "End": true}}}`
)

// recorder is a sink that keeps the events of executions by their names.
type recorder struct {
	mu     sync.Mutex
	events map[string][]history.Event
	see    func(history.Event) // nil: not called
}

func (r *recorder) Record(execution string, events []history.Event) error {
	r.mu.Lock()
	if r.events == nil {
		r.events = make(map[string][]history.Event)
	}
	r.events[execution] = append(r.events[execution], events...)
	see := r.see
	r.mu.Unlock()
	for _, ev := range events {
		if see != nil {
			see(ev)
		}
	}
	return nil
}

func (r *recorder) types(execution string) (all []history.Type) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, ev := range r.events[execution] {
		all = append(all, ev.Type)
	}
	return all
}

// workers returns the names in the ActivityStarted events.
func (r *recorder) workers(execution string) (all []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, ev := range r.events[execution] {
		if ev.Type == history.ActivityStarted {
			all = append(all, ev.Name)
		}
	}
	return all
}

// polled runs a test without and with a store.
func polled(t *testing.T, f func(t *testing.T, c interpreter.Config, r *recorder)) {
	for _, stored := range []bool{false, true} {
		t.Run(map[bool]string{false: "in memory", true: "stored"}[stored], func(t *testing.T) {
			r := new(recorder)
			c := interpreter.Config{Activities: []string{packing}, History: r}
			if stored {
				c.Store = memory.New()
			}
			f(t, c, r)
		})
	}
}

func start(t testing.TB, in *interpreter.Interpreter, p *interpreter.Program, name string) *interpreter.Execution {
	t.Helper()
	e, err := in.Start(background, p, map[string]string{"order": name}, interpreter.StartOptions{Name: name})
	require.NoError(t, err)
	return e
}

func poll(t testing.TB, in *interpreter.Interpreter, worker string) *interpreter.ActivityTask {
	t.Helper()
	task, err := in.GetActivityTask(background, packing, worker)
	require.NoError(t, err)
	return task
}

func queued(in *interpreter.Interpreter) int {
	tasks, _ := interpreter.Queued(in)
	return tasks
}

func polling(in *interpreter.Interpreter) int {
	_, workers := interpreter.Queued(in)
	return workers
}

func TestWorkersPollTheTasksOfActivities(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		c.Resolver = interpreter.Mux{"*": interpreter.Plain(func(any) (any, error) { panic("Config.Activities wins") })}
		in := open(t, c)
		e := start(t, in, compile(t, packOne), "one")
		scheduled := []history.Type{history.ExecutionStarted, history.TaskStateEntered, history.ActivityScheduled}
		require.Equal(t, scheduled, r.types("one"))

		task := poll(t, in, "joe")
		require.Equal(t, append(scheduled, history.ActivityStarted), r.types("one"))
		require.Equal(t, []string{"joe"}, r.workers("one"))
		require.Equal(t, interpreter.ActivityTask{Token: task.Token, Activity: packing, State: "Pack",
			ExecutionArn: e.Arn(), Input: task.Input, Item: -1}, *task)
		require.Equal(t, `{"order":"one"}`, string(task.InputJSON()))

		require.NoError(t, in.SendTaskHeartbeat(background, task.Token))
		require.NoError(t, in.SendTaskSuccess(background, task.Token, "packed"))
		require.NoError(t, e.Wait(background))
		output, err := e.Output()
		require.NoError(t, err)
		require.Equal(t, "packed", output)
		require.Equal(t, slices.Concat(scheduled, []history.Type{history.ActivityStarted, history.ActivitySucceeded,
			history.TaskStateExited, history.ExecutionSucceeded}), r.types("one"))

		e = start(t, in, compile(t, packOne), "two")
		require.NoError(t, in.SendTaskFailure(background, poll(t, in, "").Token, "Broken", "no box"))
		require.ErrorIs(t, e.Wait(background), &asl.Error{Name: "Broken"})
		require.Equal(t, []string{""}, r.workers("two"))
	})
}

// A worker that comes first waits for the task.
func TestWorkersWaitForTasks(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		in := open(t, c)
		tasks := make(chan *interpreter.ActivityTask)
		for range 3 {
			go func() {
				task, err := in.GetActivityTask(background, packing, "joe")
				if err == nil {
					err = in.SendTaskSuccess(background, task.Token, task.Input)
				}
				if err != nil {
					task = nil
				}
				tasks <- task
			}()
		}
		require.True(t, soon(func() bool { return polling(in) == 3 }))
		p := compile(t, packOne)
		for i := range 3 {
			e := start(t, in, p, fmt.Sprint(i))
			require.NotNil(t, <-tasks)
			require.NoError(t, e.Wait(background))
			require.Equal(t, []string{"joe"}, r.workers(fmt.Sprint(i)))
		}
	})
}

func TestPolledTasksNeedNoGoroutineAndNoWorker(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, _ *recorder) {
		c.Workers = 1
		c.Resolver = answers(nil)
		in := open(t, c)
		p := compile(t, packOne)
		before := runtime.NumGoroutine()
		for i := range 100 {
			start(t, in, p, fmt.Sprint(i))
		}
		require.True(t, soon(func() bool { return runtime.NumGoroutine() <= before }))
		_, err := interpreter.Run[string](background, in, compile(t, oneTask), nil)
		require.NoError(t, err)
		for i := range 100 {
			require.Equal(t, fmt.Sprintf(`{"order":"%d"}`, i), string(poll(t, in, "joe").InputJSON()), "not the order of scheduling")
		}
		require.Zero(t, queued(in))
	})
}

// Workers come and go; no task is lost or given twice, and each starts once.
func TestEachPolledTaskIsGivenOnce(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		in := open(t, c)
		p := compile(t, packOne)
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		var workers sync.WaitGroup
		var mu sync.Mutex
		given := make(map[string]int)
		for w := range 100 {
			workers.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					one, leave := context.WithCancel(ctx)
					if (n+w)%3 > 0 {
						go func() {
							for range (n + w) % 7 {
								runtime.Gosched()
							}
							leave()
						}()
					}
					task, err := in.GetActivityTask(one, packing, fmt.Sprint("worker ", w))
					leave()
					if err != nil {
						continue
					}
					mu.Lock()
					given[string(task.InputJSON())]++
					mu.Unlock()
					_ = in.SendTaskSuccess(background, task.Token, nil)
				}
			})
		}
		var all []*interpreter.Execution
		for i := range 300 {
			all = append(all, start(t, in, p, fmt.Sprint(i)))
		}
		for _, e := range all {
			limit, stop := context.WithTimeout(background, time.Minute)
			require.NoError(t, e.Wait(limit), e.Name())
			stop()
			require.Len(t, r.workers(e.Name()), 1)
		}
		cancel()
		workers.Wait()
		require.Len(t, given, len(all))
		for input, n := range given {
			require.Equal(t, 1, n, input)
		}
	})
}

// A worker whose context ends while the start of its task is recorded does not get
// it: the next one does, before all other tasks and without another ActivityStarted.
func TestTaskOfAWorkerThatLeftIsGivenToTheNext(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		in := open(t, c)
		p := compile(t, packOne)
		first := start(t, in, p, "first")
		start(t, in, p, "second")
		abandonPoll(t, in, r)
		require.True(t, soon(func() bool { return queued(in) == 2 }))
		task := poll(t, in, "jane")
		require.Equal(t, `{"order":"first"}`, string(task.InputJSON()))
		require.Equal(t, []string{"joe"}, r.workers("first"))
		require.NoError(t, in.SendTaskSuccess(background, task.Token, 1))
		require.NoError(t, first.Wait(background))
	})
}

// leaving is a context that has ended, and calls meanwhile before it says why.
type leaving struct {
	context.Context
	done      chan struct{}
	meanwhile func()
}

func (c *leaving) Done() <-chan struct{} { return c.done }

func (c *leaving) Err() error {
	select {
	case <-c.done:
		c.meanwhile()
		return context.Canceled
	default:
		return nil
	}
}

func TestTaskThatComesWhenTheWorkerLeavesIsGivenToTheNext(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		in := open(t, c)
		p := compile(t, packOne)
		ctx := &leaving{background, make(chan struct{}), sync.OnceFunc(func() {
			_, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "one"})
			assert.NoError(t, err)
		})}
		left := make(chan error)
		go func() {
			_, err := in.GetActivityTask(ctx, packing, "joe")
			left <- err
		}()
		require.True(t, soon(func() bool { return polling(in) == 1 }))
		close(ctx.done)
		require.ErrorIs(t, <-left, context.Canceled)
		require.Equal(t, 1, queued(in), "lost")
		poll(t, in, "jane")
		require.Equal(t, []string{"jane"}, r.workers("one"))
	})
}

// abandonPoll polls as joe, with a context that ends when ActivityStarted is recorded.
func abandonPoll(t *testing.T, in *interpreter.Interpreter, r *recorder) {
	t.Helper()
	ctx, cancel := context.WithCancel(background)
	r.mu.Lock()
	r.see = func(ev history.Event) {
		if ev.Type == history.ActivityStarted {
			cancel()
		}
	}
	r.mu.Unlock()
	_, err := in.GetActivityTask(ctx, packing, "joe")
	require.ErrorIs(t, err, context.Canceled)
	r.mu.Lock()
	r.see = nil
	r.mu.Unlock()
}

func TestPolledTaskThatEndsLeavesTheQueue(t *testing.T) {
	for name, test := range map[string]struct {
		definition string
		end        func(*interpreter.Execution, *interpreter.VirtualClock) error
	}{
		"stopped": {packOne, func(e *interpreter.Execution, _ *interpreter.VirtualClock) error { return e.Stop(background, "", "") }},
		"the execution times out": {`{"TimeoutSeconds": 60, ` + packOne[1:], func(_ *interpreter.Execution, c *interpreter.VirtualClock) error {
			c.Advance(time.Minute)
			return nil
		}},
		"a sibling fails": {`{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [` + packOne + `,
			{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "Next": "F"}, "F": {"Type": "Fail"}}}]}}}`,
			func(_ *interpreter.Execution, c *interpreter.VirtualClock) error {
				c.Advance(time.Minute)
				return nil
			}},
	} {
		t.Run(name, func(t *testing.T) {
			polled(t, func(t *testing.T, c interpreter.Config, _ *recorder) {
				clock := interpreter.NewManualClock(began)
				c.Clock = clock
				in := open(t, c)
				e := start(t, in, compile(t, test.definition), "ends")
				start(t, in, compile(t, packOne), "other")
				require.Equal(t, 2, queued(in))
				require.NoError(t, test.end(e, clock))
				require.Error(t, e.Wait(background))
				require.Equal(t, 1, queued(in))
				require.Equal(t, `{"order":"other"}`, string(poll(t, in, "joe").InputJSON()))
			})
		})
	}
}

const packSoon = `{"StartAt": "Pack", "States": {"Pack": {"Type": "Task", "Resource": "` + packing + `",
	"TimeoutSeconds": 60, "HeartbeatSeconds": 20, "End": true}}}`

// TimeoutSeconds and HeartbeatSeconds count from ActivityStarted.
func TestTimeoutsOfActivitiesCountFromTheirStarts(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		clock := interpreter.NewManualClock(began)
		c.Clock = clock
		in := open(t, c)
		e := start(t, in, compile(t, packSoon), "one")
		clock.Advance(time.Hour)
		require.Equal(t, interpreter.Running, e.Status())
		task := poll(t, in, "joe")
		require.Equal(t, []time.Duration{time.Minute, 20 * time.Second}, []time.Duration{task.Timeout, task.HeartbeatTimeout})
		for range 3 {
			clock.Advance(19 * time.Second)
			require.NoError(t, in.SendTaskHeartbeat(background, task.Token))
		}
		clock.Advance(3*time.Second - 1)
		require.Equal(t, interpreter.Running, e.Status())
		clock.Advance(1)
		require.ErrorIs(t, e.Wait(background), &asl.Error{Name: asl.StatesTimeout})
		require.ErrorIs(t, in.SendTaskSuccess(background, task.Token, nil), interpreter.ErrTaskTimedOut)

		e = start(t, in, compile(t, packSoon), "two")
		poll(t, in, "joe")
		clock.Advance(20 * time.Second)
		require.ErrorIs(t, e.Wait(background), &asl.Error{Name: asl.StatesTimeout})

		e = start(t, in, compile(t, packSoon), "three")
		abandonPoll(t, in, r)
		require.True(t, soon(func() bool { return queued(in) == 1 }))
		clock.Advance(20 * time.Second)
		require.ErrorIs(t, e.Wait(background), &asl.Error{Name: asl.StatesTimeout})
		require.Zero(t, queued(in))
	})
}

func TestOnlyActivitiesOfTheConfigArePolled(t *testing.T) {
	in := open(t, interpreter.Config{})
	_, err := in.GetActivityTask(background, packing, "joe")
	require.ErrorIs(t, err, interpreter.ErrActivityDoesNotExist)

	const plain = `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "End": true}}}`
	in = open(t, interpreter.Config{Activities: []string{"arn:*:activity:pack", "work"}})
	_, err = in.GetActivityTask(background, packing+"s", "joe")
	require.ErrorIs(t, err, interpreter.ErrActivityDoesNotExist)
	require.ErrorContains(t, err, `"`+packing+`s" is not in Config.Activities`)

	require.NoError(t, in.Check(compile(t, packOne)))
	require.Error(t, interpreter.Check(compile(t, packOne), nil))
	start(t, in, compile(t, packOne), "pattern")
	poll(t, in, "joe")

	p := compile(t, plain)
	require.ErrorContains(t, in.Check(p), `no handler for the resource "work"`)
	_, err = interpreter.Run[any](background, in, p, nil)
	require.ErrorContains(t, err, "No resolver has a handler for the resource work.")
	p = compile(t, plain, interpreter.Options{Activities: []string{"work"}})
	require.NoError(t, in.Check(p))
	start(t, in, p, "name")
	_, err = in.GetActivityTask(background, "work", "joe")
	require.NoError(t, err)

	in = open(t, interpreter.Config{Activities: []string{packing + "s"}})
	_, err = interpreter.Run[any](background, in, compile(t, packOne), nil)
	require.ErrorContains(t, err, "The activity "+packing+" does not exist.")
}

// gate is a store whose Commit can be blocked.
type gate struct {
	store.Store
	mu      sync.Mutex
	blocked atomic.Int32
}

func (g *gate) Commit(ctx context.Context, changes []store.Change) error {
	g.blocked.Add(1)
	defer g.blocked.Add(-1)
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.Store.Commit(ctx, changes)
}

// The worker does not get the task before its start is stored. When it goes, the next
// one gets the task as soon as that is.
func TestStartIsStoredBeforeTheTaskIsGiven(t *testing.T) {
	s, r := &gate{Store: memory.New()}, new(recorder)
	in := open(t, interpreter.Config{Store: s, Activities: []string{packing}, History: r})
	start(t, in, compile(t, packOne), "one")
	s.mu.Lock()
	ctx, cancel := context.WithCancel(background)
	polls := make(chan error)
	go func() {
		_, err := in.GetActivityTask(ctx, packing, "joe")
		polls <- err
	}()
	require.True(t, soon(func() bool { return s.blocked.Load() == 1 }))
	cancel()
	require.ErrorIs(t, <-polls, context.Canceled)
	go func() {
		_, err := in.GetActivityTask(background, packing, "jane")
		polls <- err
	}()
	require.True(t, soon(func() bool { return polling(in) == 1 }))
	s.mu.Unlock()
	require.NoError(t, <-polls)
	require.Equal(t, []string{"joe"}, r.workers("one"))

	start(t, in, compile(t, packOne), "two")
	s.mu.Lock()
	go func() {
		_, err := in.GetActivityTask(background, packing, "joe")
		polls <- err
	}()
	require.True(t, soon(func() bool { return s.blocked.Load() == 1 }))
	require.NoError(t, in.Close())
	require.ErrorIs(t, <-polls, interpreter.ErrClosed)
	s.mu.Unlock()
}

// A worker may have the task of an activity that has a handler after the restart.
func TestTaskOfAWorkerIsNotGivenToAHandler(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, _ *recorder) {
		p := compile(t, packOne)
		in := open(t, c)
		e := start(t, in, p, "one")
		task := poll(t, in, "joe")
		require.NoError(t, in.Shutdown(background))
		c.Activities = nil
		c.Resolver = interpreter.Mux{"*": interpreter.Plain(func(any) (string, error) { return "handled", nil })}
		again := open(t, c)
		if c.Store == nil {
			data, err := e.Snapshot()
			require.NoError(t, err)
			e, err = again.Restore(p, data, interpreter.StartOptions{})
			require.NoError(t, err)
		} else {
			var err error
			e, err = again.Execution(background, e.ID())
			require.NoError(t, err)
		}
		require.NoError(t, again.SendTaskSuccess(background, task.Token, "packed"))
		require.NoError(t, e.Wait(background))
		output, err := e.Output()
		require.NoError(t, err)
		require.Equal(t, "packed", output)
	})
}

func TestContextOfAPollLimitsIt(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, _ *recorder) {
		in := open(t, c)
		ctx, cancel := context.WithCancelCause(background)
		polls := make(chan error)
		go func() {
			_, err := in.GetActivityTask(ctx, packing, "joe")
			polls <- err
		}()
		require.True(t, soon(func() bool { return polling(in) == 1 }))
		cancel(errBroken)
		err := <-polls
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, errBroken)
		require.Zero(t, polling(in))
		start(t, in, compile(t, packOne), "one")
		_, err = in.GetActivityTask(ctx, packing, "joe")
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 1, queued(in), "the context had ended before")
	})
}

func TestHookDoesNotWaitForATask(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		errs := make(chan error, 1)
		var in *interpreter.Interpreter
		r.see = func(ev history.Event) {
			if ev.Type == history.ExecutionStarted {
				_, err := in.GetActivityTask(background, packing, "joe")
				errs <- err
			}
		}
		in = open(t, c)
		start(t, in, compile(t, packOne), "one")
		require.ErrorIs(t, <-errs, interpreter.ErrReentry)
	})
}

func TestCloseAndShutdownWakeWorkers(t *testing.T) {
	for name, end := range map[string]func(*interpreter.Interpreter) error{
		"Close":    (*interpreter.Interpreter).Close,
		"Shutdown": func(in *interpreter.Interpreter) error { return in.Shutdown(background) },
	} {
		t.Run(name, func(t *testing.T) {
			polled(t, func(t *testing.T, c interpreter.Config, _ *recorder) {
				in := open(t, c)
				polls := make(chan error)
				for range 10 {
					go func() {
						_, err := in.GetActivityTask(background, packing, "joe")
						polls <- err
					}()
				}
				require.True(t, soon(func() bool { return polling(in) == 10 }))
				require.NoError(t, end(in))
				for range 10 {
					require.ErrorIs(t, <-polls, interpreter.ErrClosed)
				}
				_, err := in.GetActivityTask(background, packing, "joe")
				require.ErrorIs(t, err, interpreter.ErrClosed)
			})
		})
	}
}

// After a restart the tasks are queued that no worker has got, and the others wait for
// their answers. What a worker has left does not start again.
func TestRestartGivesWaitingTasksAgainAndNoOthers(t *testing.T) {
	for name, end := range map[string]func(*interpreter.Interpreter) error{
		"Close":    (*interpreter.Interpreter).Close,
		"Shutdown": func(in *interpreter.Interpreter) error { return in.Shutdown(background) },
	} {
		t.Run(name, func(t *testing.T) {
			polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
				p := compile(t, packOne)
				in := open(t, c)
				names := []string{"left", "given", "waiting"}
				all := make(map[string]*interpreter.Execution)
				all["left"] = start(t, in, p, "left")
				abandonPoll(t, in, r)
				require.True(t, soon(func() bool { return queued(in) == 1 }))
				left := poll(t, in, "jack") // takes what joe has left
				require.Equal(t, `{"order":"left"}`, string(left.InputJSON()))
				require.NoError(t, in.SendTaskSuccess(background, left.Token, "1"))
				require.NoError(t, all["left"].Wait(background))

				all["given"] = start(t, in, p, "given")
				given := poll(t, in, "joe")
				require.True(t, soon(func() bool { return c.Store == nil || len(in.Executions()) == 0 }), "stays in memory")
				all["left"] = start(t, in, p, "left-2")
				abandonPoll(t, in, r)
				require.True(t, soon(func() bool { return queued(in) == 1 }))
				all["waiting"] = start(t, in, p, "waiting")
				require.NoError(t, end(in))

				snapshots := make(map[string][]byte)
				if c.Store == nil {
					for _, name := range names {
						data, err := all[name].Snapshot()
						require.NoError(t, err)
						snapshots[name] = data
					}
				}
				in = open(t, c)
				for _, name := range names {
					var err error
					if c.Store == nil {
						all[name], err = in.Restore(p, snapshots[name], interpreter.StartOptions{})
					} else {
						all[name], err = in.Execution(background, all[name].ID())
					}
					require.NoError(t, err)
				}
				require.True(t, soon(func() bool { return queued(in) == 2 }))
				var inputs []string
				for range 2 {
					task := poll(t, in, "jane")
					inputs = append(inputs, string(task.InputJSON()))
					require.NoError(t, in.SendTaskSuccess(background, task.Token, "1"))
				}
				require.ElementsMatch(t, []string{`{"order":"left-2"}`, `{"order":"waiting"}`}, inputs)
				require.NoError(t, in.SendTaskSuccess(background, given.Token, "1"))
				for _, name := range names {
					require.NoError(t, all[name].Wait(background))
				}
				require.Equal(t, []string{"joe"}, r.workers("left-2"), "started again")
				require.Equal(t, []string{"joe"}, r.workers("given"))
				require.Equal(t, []string{"jane"}, r.workers("waiting"))
				for _, name := range []string{"left-2", "given", "waiting"} {
					scheduled := 0
					for _, typ := range r.types(name) {
						if typ == history.ActivityScheduled {
							scheduled++
						}
					}
					require.Equal(t, 1, scheduled)
				}
			})
		})
	}
}

// A Shutdown in the midst of polls loses no task and gives none twice: a worker has got
// it, or gets it after the restart.
func TestShutdownWhileTasksAreGiven(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		p := compile(t, packOne)
		in := open(t, c)
		all := make(map[string]*interpreter.Execution)
		for i := range 60 {
			name := fmt.Sprint(i)
			all[name] = start(t, in, p, name)
		}
		var mu sync.Mutex
		tokens := make(map[string]string) // by input
		for round := range 6 {
			var workers sync.WaitGroup
			for range 8 {
				workers.Go(func() {
					for {
						task, err := in.GetActivityTask(background, packing, "joe")
						if err != nil {
							assert.ErrorIs(t, err, interpreter.ErrClosed)
							return
						}
						mu.Lock()
						assert.Empty(t, tokens[string(task.InputJSON())], "given twice")
						tokens[string(task.InputJSON())] = task.Token
						mu.Unlock()
					}
				})
			}
			require.True(t, soon(func() bool {
				mu.Lock()
				defer mu.Unlock()
				return len(tokens) >= 10*(round+1)
			}), "lost")
			require.NoError(t, in.Shutdown(background))
			workers.Wait()
			again := open(t, c)
			for name, e := range all {
				var err error
				if c.Store == nil {
					var data []byte
					data, err = e.Snapshot()
					require.NoError(t, err)
					all[name], err = again.Restore(p, data, interpreter.StartOptions{})
				} else {
					all[name], err = again.Execution(background, e.ID())
				}
				require.NoError(t, err)
			}
			in = again
		}
		require.Len(t, tokens, len(all))
		for _, token := range tokens {
			require.NoError(t, in.SendTaskSuccess(background, token, 1))
		}
		for name, e := range all {
			require.NoError(t, e.Wait(background))
			require.Len(t, r.workers(name), 1)
		}
	})
}

// A hook that ends the goroutine of a worker halts that execution only.
func TestHookEndsTheGoroutineOfAWorker(t *testing.T) {
	clock := interpreter.NewManualClock(began)
	in := open(t, interpreter.Config{Activities: []string{packing}, Clock: clock, History: history.SinkFunc(func(execution string, events []history.Event) error {
		if execution == "bad" && events[len(events)-1].Type == history.ActivityStarted {
			runtime.Goexit()
		}
		return nil
	})})
	p := compile(t, packOne)
	bad, good := start(t, in, p, "bad"), start(t, in, p, "good")
	ended := make(chan bool)
	go func() {
		defer close(ended)
		_, _ = in.GetActivityTask(background, packing, "joe")
	}()
	<-ended
	var failed *interpreter.HookError
	require.ErrorAs(t, bad.Wait(background), &failed)
	clock.Settle()
	require.NoError(t, in.SendTaskSuccess(background, poll(t, in, "joe").Token, 1))
	require.NoError(t, good.Wait(background))
	require.Zero(t, queued(in))
	require.NoError(t, in.Shutdown(background))
}

// Polled tasks make the same history as those of a handler.
func TestPolledTasksMakeTheHistoryOfHandlers(t *testing.T) {
	p := compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Map", "MaxConcurrency": 1, "End": true, "ItemProcessor": {"StartAt": "Pack", "States": {
		"Pack": {"Type": "Task", "Resource": "`+packing+`", "TimeoutSeconds": 9, "Retry": [{"ErrorEquals": ["Broken"]}], "End": true}}}}}}`)
	runs := make(map[string]*recorder)
	do := func(attempt int, input any) (any, error) {
		if attempt == 0 {
			return nil, asl.Errorf("Broken", "no box")
		}
		return input, nil
	}
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		runs[t.Name()] = r
		c.Clock = interpreter.NewManualClock(began)
		in := open(t, c)
		e, err := in.Start(background, p, []int{1, 2}, interpreter.StartOptions{Name: "one"})
		require.NoError(t, err)
		for i := range 4 {
			task := poll(t, in, "joe")
			require.Equal(t, []int{i % 2, i / 2}, []int{task.Attempt, task.Item})
			if out, err := do(task.Attempt, task.Input); err != nil {
				require.NoError(t, in.SendTaskFailure(background, task.Token, "Broken", "no box"))
				c.Clock.(*interpreter.VirtualClock).Advance(time.Second)
			} else {
				require.NoError(t, in.SendTaskSuccess(background, task.Token, out))
			}
		}
		require.NoError(t, e.Wait(background))
	})
	want := new(recorder)
	in := open(t, interpreter.Config{History: want, Clock: interpreter.NewVirtualClock(began), Resolver: interpreter.Mux{
		"*": interpreter.Worker("joe", interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) { return do(t.Attempt, t.Input) }))}})
	e, err := in.Start(background, p, []int{1, 2}, interpreter.StartOptions{Name: "one"})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	require.Len(t, want.events["one"], 26)
	for name, r := range runs {
		require.Equal(t, want.events["one"], r.events["one"], name)
	}
}

// The process that takes over an execution gives its task.
func TestAnotherProcessGivesTheTask(t *testing.T) {
	s, p := newLostOwner(), compile(t, packOne)
	first := open(t, interpreter.Config{Store: s, Lease: shortLease, Activities: []string{packing}})
	require.True(t, soon(func() bool { return interpreter.Owns(first) }))
	start(t, first, p, "one")
	require.Equal(t, 1, queued(first))
	s.expire()
	second := another(t, interpreter.Config{Store: s.Shared, Lease: shortLease, Activities: []string{packing}})
	task := poll(t, second, "joe")
	require.True(t, soon(func() bool { return queued(first) == 0 }))
	require.NoError(t, second.SendTaskSuccess(background, task.Token, 1))
}

// An execution whose task a worker has is not in memory. The answer brings it back, and
// so does the timeout.
func TestExecutionLeavesMemoryWhileAWorkerHasItsTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := open(t, interpreter.Config{Store: memory.New(), Activities: []string{packing}})
		e := start(t, in, compile(t, packOne), "one")
		require.Len(t, in.Executions(), 1)
		task := poll(t, in, "joe")
		require.True(t, soon(func() bool { return len(in.Executions()) == 0 }), "stays in memory")
		require.NoError(t, in.SendTaskHeartbeat(background, task.Token))
		require.True(t, soon(func() bool { return len(in.Executions()) == 0 }), "stays in memory")
		require.NoError(t, in.SendTaskSuccess(background, task.Token, 1))
		require.NoError(t, e.Wait(background))

		e = start(t, in, compile(t, `{"StartAt": "Pack", "States": {"Pack": {"Type": "Task", "Resource": "`+packing+`", "TimeoutSeconds": 1, "End": true}}}`), "two")
		poll(t, in, "joe")
		require.ErrorIs(t, e.Wait(background), &asl.Error{Name: asl.StatesTimeout})
	})
}

// A task that nobody has polled does not stop a clock that jumps.
func TestPolledTasksDoNotStopAVirtualClock(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		c.Clock = interpreter.NewVirtualClock(began)
		in := open(t, c)
		e := start(t, in, compile(t, `{"TimeoutSeconds": 60, `+packOne[1:]), "unpolled")
		require.ErrorIs(t, e.Wait(background), &asl.Error{Name: asl.StatesTimeout})
		require.Zero(t, queued(in))

		e = start(t, in, compile(t, packSoon), "polled")
		require.NoError(t, in.SendTaskSuccess(background, poll(t, in, "joe").Token, 1))
		require.NoError(t, e.Wait(background))

		// The clock does not jump between a worker and its task.
		late := `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "Next": "Pack"}, ` + packSoon[len(`{"StartAt": "Pack", "States": {`):]
		for i := range 20 {
			name := fmt.Sprint(i)
			got := make(chan error)
			go func() {
				_, err := in.GetActivityTask(background, packing, "joe")
				got <- err
			}()
			require.True(t, soon(func() bool { return polling(in) == 1 }))
			e = start(t, in, compile(t, `{"TimeoutSeconds": 10, `+late[1:]), name)
			require.Error(t, e.Wait(background))
			require.NoError(t, <-got)
			require.Equal(t, []string{"joe"}, r.workers(name))
		}
	})
}
