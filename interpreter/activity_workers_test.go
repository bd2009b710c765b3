package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// A thousand workers get ten thousand tasks, each once, while a hundred of them leave
// in the middle of a poll.
func TestThousandWorkersPoll(t *testing.T) {
	for name, s := range map[string]store.Store{"in memory": nil, "stored": memory.New(), "shared": memory.NewShared(nil)} {
		t.Run(name, func(t *testing.T) {
			workers, tasks := 1_000, 10_000
			if race.Enabled {
				workers, tasks = 200, 1_000
			}
			r := new(recorder)
			in := open(t, interpreter.Config{Store: s, Activities: []string{packing}, History: r})
			p := compile(t, packOne)
			var given sync.Map // number of times by input
			var all sync.WaitGroup
			work := func(ctx context.Context, worker string) {
				for {
					task, err := in.GetActivityTask(ctx, packing, worker)
					if err != nil {
						return
					}
					n, _ := given.LoadOrStore(string(task.InputJSON()), new(atomic.Int32))
					n.(*atomic.Int32).Add(1)
					assert.NoError(t, in.SendTaskSuccess(background, task.Token, 1))
				}
			}
			stay, stop := context.WithCancel(background)
			defer stop()
			leave, leaveNow := context.WithCancel(background)
			defer leaveNow()
			for w := range workers {
				ctx := stay
				if w%10 == 0 {
					ctx = leave
				}
				all.Go(func() { work(ctx, fmt.Sprint("worker ", w)) })
			}
			require.True(t, soon(func() bool { return polling(in) == workers }))
			if !race.Enabled {
				_, err := in.GetActivityTask(background, packing, "one more")
				require.ErrorIs(t, err, interpreter.ErrActivityWorkerLimitExceeded)
			}

			executions := make([]*interpreter.Execution, tasks)
			var starts sync.WaitGroup
			for n := range 50 {
				starts.Go(func() {
					for i := n; i < tasks; i += 50 {
						executions[i] = start(t, in, p, fmt.Sprint(i))
						if i == tasks/2 {
							leaveNow()
						}
					}
				})
			}
			starts.Wait()
			limit, cancel := context.WithTimeout(background, 2*time.Minute)
			defer cancel()
			for _, e := range executions {
				require.NoError(t, e.Wait(limit), "lost")
			}
			stop()
			all.Wait()
			count := 0
			for input, n := range given.Range {
				require.EqualValues(t, 1, n.(*atomic.Int32).Load(), input)
				count++
			}
			require.Equal(t, tasks, count)
			for _, e := range executions {
				require.Len(t, r.workers(e.Name()), 1)
			}
		})
	}
}

// Workers whose connections break while they are given tasks leave these to others,
// without another ActivityStarted.
func TestTaskThatAWorkerDoesNotTakeIsGivenToTheNext(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		in := open(t, c)
		p := compile(t, packOne)
		var all []*interpreter.Execution
		for i := range 5 {
			all = append(all, start(t, in, p, fmt.Sprint(i)))
		}
		var broken sync.WaitGroup
		for i := range 100 {
			broken.Go(func() {
				took := false
				defer func() { assert.True(t, took) }()
				defer func() {
					if p := recover(); p != nil {
						assert.Equal(t, "broken", p)
					}
				}()
				err := in.GetActivityTaskFunc(background, packing, "joe", func(*interpreter.ActivityTask) error {
					took = true
					switch i % 3 {
					case 0:
						panic("broken")
					case 1:
						runtime.Goexit()
					}
					return errBroken
				})
				assert.Equal(t, errBroken, err)
			})
		}
		broken.Wait()
		require.Equal(t, 5, queued(in), "lost")
		seen := make(map[string]bool)
		for range all {
			task := poll(t, in, "jane")
			seen[string(task.InputJSON())] = true
			require.NoError(t, in.SendTaskSuccess(background, task.Token, 1))
		}
		require.Len(t, seen, len(all))
		for _, e := range all {
			require.NoError(t, e.Wait(background))
			require.Len(t, r.workers(e.Name()), 1)
		}
	})
}

func TestTaskThatAWorkerDoesNotTakeIsTheFirst(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		in := open(t, c)
		p := compile(t, packOne)
		start(t, in, p, "first")
		start(t, in, p, "second")
		require.Equal(t, errBroken, in.GetActivityTaskFunc(background, packing, "joe", func(task *interpreter.ActivityTask) error {
			assert.Equal(t, `{"order":"first"}`, string(task.InputJSON()))
			assert.Equal(t, []string{"joe"}, r.workers("first"), "it is recorded before")
			return errBroken
		}))
		require.Equal(t, `{"order":"first"}`, string(poll(t, in, "jane").InputJSON()))
		require.Equal(t, `{"order":"second"}`, string(poll(t, in, "jane").InputJSON()))
	})
}

// A worker may answer before it is known that it has got the task.
func TestTaskThatEndsWhileItIsTaken(t *testing.T) {
	for name, fails := range map[string]error{"taken": nil, "not taken": errBroken} {
		t.Run(name, func(t *testing.T) {
			polled(t, func(t *testing.T, c interpreter.Config, _ *recorder) {
				in := open(t, c)
				e := start(t, in, compile(t, packOne), "one")
				require.Equal(t, fails, in.GetActivityTaskFunc(background, packing, "joe", func(task *interpreter.ActivityTask) error {
					assert.NoError(t, in.SendTaskSuccess(background, task.Token, 1))
					return fails
				}))
				require.NoError(t, e.Wait(background))
				require.Zero(t, queued(in))
			})
		})
	}
}

// A restart while a worker is being given a task has it given again.
func TestTaskThatWasNotTakenIsGivenAfterARestart(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		p := compile(t, packOne)
		in := open(t, c)
		e := start(t, in, p, "one")
		taking, goOn := make(chan struct{}), make(chan struct{})
		var taker sync.WaitGroup
		taker.Go(func() {
			assert.Equal(t, errBroken, in.GetActivityTaskFunc(background, packing, "joe", func(*interpreter.ActivityTask) error {
				close(taking)
				<-goOn
				return errBroken
			}))
		})
		<-taking
		require.NoError(t, in.Close())
		var snapshot []byte
		if c.Store == nil {
			var err error
			snapshot, err = e.Snapshot()
			require.NoError(t, err)
		}
		close(goOn)
		taker.Wait()
		in = open(t, c)
		var err error
		if c.Store == nil {
			e, err = in.Restore(p, snapshot, interpreter.StartOptions{})
		} else {
			e, err = in.Execution(background, e.ID())
		}
		require.NoError(t, err)
		require.NoError(t, in.SendTaskSuccess(background, poll(t, in, "jane").Token, 1))
		require.NoError(t, e.Wait(background))
		require.Equal(t, []string{"joe"}, r.workers("one"))
	})
}

func TestPollersAreLimited(t *testing.T) {
	in := open(t, interpreter.Config{Activities: []string{packing, packing + "-2"}, Pollers: 2})
	var workers sync.WaitGroup
	defer workers.Wait()
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	for range 2 {
		workers.Go(func() {
			_, err := in.GetActivityTask(ctx, packing, "joe")
			assert.ErrorIs(t, err, context.Canceled)
		})
	}
	require.True(t, soon(func() bool { return polling(in) == 2 }))
	_, err := in.GetActivityTask(ctx, packing, "jane")
	require.ErrorIs(t, err, interpreter.ErrActivityWorkerLimitExceeded)
	require.ErrorContains(t, err, packing)

	workers.Go(func() { // another activity has workers of its own
		_, err := in.GetActivityTask(ctx, packing+"-2", "jane")
		assert.ErrorIs(t, err, context.Canceled)
	})
	require.True(t, soon(func() bool { return polling(in) == 3 }))
	tasks, polling := in.ActivityQueue(packing)
	require.Equal(t, []int{0, 2}, []int{tasks, polling})
	cancel()
	workers.Wait()
	p := compile(t, packOne)
	for i := range 3 {
		start(t, in, p, fmt.Sprint(i))
	}
	tasks, polling = in.ActivityQueue(packing)
	require.Equal(t, []int{3, 0}, []int{tasks, polling})
	tasks, polling = open(t, interpreter.Config{}).ActivityQueue(packing)
	require.Equal(t, []int{0, 0}, []int{tasks, polling})
}

// The task of an activity that does not exist fails at once, and one that is scheduled
// outlives its activity.
func TestTaskOfAnActivityThatDoesNotExist(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, r *recorder) {
		var exists atomic.Bool
		c.ActivityExists = func(name string) bool { return name == packing && exists.Load() }
		in := open(t, c)
		p := compile(t, packOne)
		_, err := in.GetActivityTask(background, packing, "joe")
		require.ErrorIs(t, err, interpreter.ErrActivityDoesNotExist)
		e := start(t, in, p, "unknown")
		require.ErrorContains(t, e.Wait(background), "The activity "+packing+" does not exist.")
		require.Equal(t, []history.Type{history.ExecutionStarted, history.TaskStateEntered, history.ExecutionFailed}, r.types("unknown"))

		exists.Store(true)
		e = start(t, in, p, "known")
		exists.Store(false)
		require.NoError(t, in.Close())
		var snapshot []byte
		if c.Store == nil {
			snapshot, err = e.Snapshot()
			require.NoError(t, err)
		}
		in = open(t, c)
		if c.Store == nil {
			e, err = in.Restore(p, snapshot, interpreter.StartOptions{})
		} else {
			e, err = in.Execution(background, e.ID())
		}
		require.NoError(t, err)
		require.True(t, soon(func() bool { return queued(in) == 1 }))
		exists.Store(true)
		require.NoError(t, in.SendTaskSuccess(background, poll(t, in, "joe").Token, 1))
		require.NoError(t, e.Wait(background))
	})
}

// A failing Config.ActivityExists ends what asked it, and nothing else.
func TestHostileActivityExists(t *testing.T) {
	for name, fail := range map[string]func(){
		"panics":    func() { panic(errBroken) },
		"goroutine": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			polled(t, func(t *testing.T, c interpreter.Config, _ *recorder) {
				var fails atomic.Bool
				c.ActivityExists = func(string) bool {
					if fails.Load() {
						fail()
					}
					return true
				}
				in := open(t, c)
				p := compile(t, packOne)
				fails.Store(true)
				started := make(chan error, 1)
				go func() {
					err := errors.New("the goroutine has ended")
					defer func() { started <- err }()
					var e *interpreter.Execution
					if e, err = in.Start(background, p, nil, interpreter.StartOptions{}); err == nil {
						err = e.Wait(background)
					}
				}()
				err := <-started
				var hook *interpreter.HookError
				switch {
				case errors.As(err, &hook):
					require.Equal(t, "Config.ActivityExists", hook.Hook)
				case c.Store == nil: // with a store it is parked, and Start has returned
					require.EqualError(t, err, "the goroutine has ended")
				}
				polls := make(chan error, 1)
				go func() {
					err := errors.New("the goroutine has ended")
					defer func() { polls <- err }()
					_, err = in.GetActivityTask(background, packing, "joe")
				}()
				if err := <-polls; name == "panics" {
					require.ErrorAs(t, err, &hook)
					require.ErrorIs(t, err, errBroken)
				}
				fails.Store(false)
				e := start(t, in, p, "next")
				for e.Status() == interpreter.Running { // the parked one may be tried again
					require.NoError(t, in.SendTaskSuccess(background, poll(t, in, "joe").Token, 1))
				}
			})
		})
	}
}

// A Config.ActivityExists may call back.
func TestActivityExistsMayCallBack(t *testing.T) {
	polled(t, func(t *testing.T, c interpreter.Config, _ *recorder) {
		var in *interpreter.Interpreter
		c.ActivityExists = func(name string) bool {
			_, err := in.GetActivityTask(background, name, "joe")
			assert.ErrorIs(t, err, interpreter.ErrReentry)
			in.ActivityQueue(name)
			return true
		}
		in = open(t, c)
		e := start(t, in, compile(t, packOne), "one")
		require.NoError(t, in.SendTaskSuccess(background, poll(t, in, "joe").Token, 1))
		require.NoError(t, e.Wait(background))
	})
}
