package adversary

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
)

// victim is the name of the execution whose hooks are hostile.
const victim = "victim"

// trap is what a hook of the victim does, once it is set: one time.
type trap struct {
	mu sync.Mutex
	do func() error
}

func (s *trap) set(do func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.do = do
}

func (s *trap) spring() error {
	s.mu.Lock()
	do := s.do
	s.do = nil
	s.mu.Unlock()
	if do == nil {
		return nil
	}
	return do()
}

// hostileHook puts a trap where an execution calls a hook.
type hostileHook struct {
	name    string // as HookError has it
	torn    bool   // what it was called for is not in the history
	errs    bool   // it can return an error
	install func(c *interpreter.Config, o *interpreter.StartOptions, s *trap)
}

// answered is a sink that springs when the victim's task has answered.
func answered(s *trap) history.Sink {
	return history.SinkFunc(func(name string, events []history.Event) error {
		if name == victim && events[0].Type == history.LambdaFunctionSucceeded {
			return s.spring()
		}
		return nil
	})
}

type (
	hostileResolver struct {
		interpreter.Resolver
		s *trap
	}
	hostileLog struct {
		slog.Handler
		s *trap
	}
	hostileClock struct{ s *trap }
	honestTimer  struct{ *time.Timer }
)

func (r hostileResolver) Resolve(state, resource string) (interpreter.Handler, bool) {
	if resource == "last" {
		_ = r.s.spring()
	}
	return r.Resolver.Resolve(state, resource)
}

func (l hostileLog) Enabled(context.Context, slog.Level) bool { return true }

func (l hostileLog) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "TaskSucceeded" {
		return l.s.spring()
	}
	return nil
}

func (c hostileClock) Now() time.Time {
	_ = c.s.spring()
	return time.Now()
}

func (hostileClock) AfterFunc(d time.Duration, f func()) interpreter.Timer {
	return honestTimer{time.AfterFunc(d, f)}
}

var hostileHooks = map[string]hostileHook{
	"Config.History": {"Config.History", true, true, func(c *interpreter.Config, _ *interpreter.StartOptions, s *trap) {
		c.History = answered(s)
	}},
	"Config.History in a Tee": {"Config.History", true, true, func(c *interpreter.Config, _ *interpreter.StartOptions, s *trap) {
		c.History = history.Tee(new(history.Log), answered(s))
	}},
	"StartOptions.History": {"StartOptions.History", true, true, func(_ *interpreter.Config, o *interpreter.StartOptions, s *trap) {
		o.History = answered(s)
	}},
	"Config.Logger": {"Config.Logger", false, false, func(c *interpreter.Config, _ *interpreter.StartOptions, s *trap) {
		c.LogEvents, c.Logger = true, slog.New(hostileLog{s: s})
	}},
	"Config.Resolver": {"Config.Resolver", false, false, func(c *interpreter.Config, _ *interpreter.StartOptions, s *trap) {
		c.Resolver = hostileResolver{c.Resolver, s}
	}},
	"Config.Resolver among others": {"Config.Resolver", false, false, func(c *interpreter.Config, _ *interpreter.StartOptions, s *trap) {
		c.Resolver = interpreter.Resolvers{interpreter.Mux{}, hostileResolver{c.Resolver, s}}
	}},
	"StartOptions.Resolver": {"StartOptions.Resolver", false, false, func(_ *interpreter.Config, o *interpreter.StartOptions, s *trap) {
		o.Resolver = hostileResolver{interpreter.Mux{}, s}
	}},
	"middleware as it is made": {"Config.Resolver", false, false, func(c *interpreter.Config, _ *interpreter.StartOptions, s *trap) {
		c.Resolver = interpreter.WithMiddleware(interpreter.Resolvers{c.Resolver}, func(next interpreter.Handler) interpreter.Handler {
			_ = s.spring()
			return next
		})
	}},
	"Config.Clock": {"Config.Clock", false, false, func(c *interpreter.Config, _ *interpreter.StartOptions, s *trap) {
		c.Clock = hostileClock{s}
	}},
}

// twoTasks is the victim's machine: the hooks spring when the first task has
// answered, after which the second one starts.
const twoTasks = `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "Next": "Last"},
	"Last": {"Type": "Task", "Resource": "last", "End": true}}}`

// scene is a victim among hostile hooks.
type scene struct {
	*trap
	in      *interpreter.Interpreter
	e       *interpreter.Execution
	work    chan struct{} // lets the victim's first task answer
	program *interpreter.Program
}

func play(t *testing.T, h hostileHook) *scene {
	t.Helper()
	s := &scene{trap: new(trap), work: make(chan struct{}), program: compile(t, twoTasks)}
	c, o := interpreter.Config{Resolver: honestTasks(s.work)}, interpreter.StartOptions{Name: victim, KeepHistory: true}
	h.install(&c, &o, s.trap)
	s.in = open(t, c)
	e, err := s.in.Start(background, s.program, nil, o)
	require.NoError(t, err)
	s.e = e
	return s
}

// honestTasks are the victim's, of which the first waits to be let go.
func honestTasks(work chan struct{}) interpreter.Mux {
	return handlers(func(ctx context.Context, _ *interpreter.Task) (any, error) {
		select {
		case <-work:
			return "worked", nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
}

// Every hook that panics or ends its goroutine ends the one execution that called
// it, with an error that says so.
func TestHookThatFailsEndsItsExecution(t *testing.T) {
	for name, h := range hostileHooks {
		for doing, fail := range map[string]func() error{
			"panics":                                func() error { boom(); return nil },
			"panics with nil":                       func() error { panicNil(); return nil },
			"panics with error":                     func() error { panic(errBroken) },
			"panics with value whose String panics": func() error { panic(hostileValue{boom}) },
			"ends its goroutine":                    func() error { runtime.Goexit(); return nil },
		} {
			t.Run(name+" "+doing, func(t *testing.T) {
				s := play(t, h)
				s.set(fail)
				close(s.work)
				err := s.e.Wait(background)
				var failed *interpreter.HookError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, h.name, failed.Hook)
				require.ErrorContains(t, err, victim)
				require.ErrorContains(t, err, h.name)
				require.Contains(t, string(failed.Stack), "host_hook_test.go")
				if doing == "panics with error" {
					require.ErrorIs(t, err, errBroken)
				}
				requireEnded(t, s, h, err)
			})
		}
	}
}

// requireEnded checks that a victim is out of the way.
func requireEnded(t *testing.T, s *scene, h hostileHook, err error) {
	t.Helper()
	neighbour(t, s.in)
	_, got := s.e.Output()
	require.Equal(t, err, got)
	require.Equal(t, interpreter.Running, s.e.Status()) // its end is not in the history
	require.Equal(t, err, s.e.Stop(background, "", ""))
	require.Equal(t, err, s.e.Wait(background))
	snapshot, noSnapshot := s.e.Snapshot()
	again, problem := s.in.Start(background, s.program, "another input", interpreter.StartOptions{Name: victim})
	require.NoError(t, problem) // the name is free
	require.NoError(t, again.Wait(background))
	if h.torn {
		require.ErrorIs(t, noSnapshot, errors.Unwrap(err))
		return
	}
	require.NoError(t, noSnapshot)
	restored, problem := s.in.Restore(s.program, snapshot, interpreter.StartOptions{})
	require.NoError(t, problem)
	require.NoError(t, restored.Wait(background))
}

// A sink's error ends the execution likewise, whatever it is.
func TestSinkErrorEndsItsExecution(t *testing.T) {
	for name, h := range hostileHooks {
		if !h.errs {
			continue
		}
		for kind, c := range map[string]struct {
			err  func() error
			text string
		}{
			"error":                         {func() error { return errBroken }, "recording its history: broken"},
			"nil error":                     {func() error { var e *nilError; return e }, "recording its history: a nil *adversary.nilError as an error"},
			"error that panics":             {func() error { return &hostileError{text: func() string { boom(); return "" }} }, "whose Error method panicked: boom"},
			"error that ends its goroutine": {func() error { return &hostileError{text: func() string { runtime.Goexit(); return "" }} }, "called runtime.Goexit"},
			"error without end":             {selfWrapped, "recording its history: hostile"},
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				s := play(t, h)
				s.set(c.err)
				close(s.work)
				err := s.e.Wait(background)
				require.ErrorContains(t, err, c.text)
				requireEnded(t, s, h, err)
			})
		}
	}
}

// While a hook blocks, nothing else does; neither Close nor Shutdown waits longer
// than they say.
func TestHookThatBlocksHoldsUpItsExecutionOnly(t *testing.T) {
	for name, h := range hostileHooks {
		for end, f := range map[string]func(t *testing.T, s *scene){
			"Close": func(t *testing.T, s *scene) {
				require.NoError(t, s.in.Close())
				require.ErrorIs(t, s.e.Wait(background), interpreter.ErrClosed)
			},
			"Shutdown": func(t *testing.T, s *scene) {
				ctx, cancel := context.WithCancel(background)
				cancel()
				require.ErrorIs(t, s.in.Shutdown(ctx), context.Canceled)
				require.ErrorIs(t, s.e.Wait(background), interpreter.ErrClosed)
			},
			"release": nil,
		} {
			t.Run(name+" until "+end, func(t *testing.T) {
				s := play(t, h)
				blocked, release := make(chan struct{}), make(chan struct{})
				s.set(func() error { close(blocked); <-release; return nil })
				close(s.work)
				<-blocked
				neighbour(t, s.in)
				require.Equal(t, interpreter.Running, s.e.Status())
				ctx, cancel := context.WithCancel(background)
				cancel()
				require.ErrorIs(t, s.e.Wait(ctx), context.Canceled)
				snapshot := make(chan error, 1)
				go func() { _, err := s.e.Snapshot(); snapshot <- err }()
				if f != nil {
					f(t, s)
				}
				close(release)
				require.NoError(t, <-snapshot)
				if f == nil {
					require.NoError(t, s.e.Wait(background))
				}
			})
		}
	}
}

// A hook may call anything: what would wait for the hook says so at once.
func TestHookMayCallBack(t *testing.T) {
	other := compile(t, `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "honest", "End": true}}}`)
	for name, h := range hostileHooks {
		for call, c := range map[string]struct {
			do  func(t *testing.T, s *scene) error
			end error // nil: the victim succeeds
		}{
			"Start": {do: func(t *testing.T, s *scene) error {
				e, err := s.in.Start(background, other, nil, interpreter.StartOptions{Name: "other"})
				t.Cleanup(func() { require.NoError(t, e.Wait(background)) })
				return err
			}},
			"Start with its own name": {do: func(t *testing.T, s *scene) error {
				e, err := s.in.Start(background, s.program, nil, interpreter.StartOptions{Name: victim})
				require.Same(t, s.e, e)
				return err
			}},
			"Restore": {do: func(t *testing.T, s *scene) error {
				snapshot, err := s.e.Snapshot()
				require.NoError(t, err)
				_, err = s.in.Restore(s.program, snapshot, interpreter.StartOptions{})
				require.ErrorIs(t, err, interpreter.ErrExecutionAlreadyExists)
				return nil
			}},
			"Snapshot": {do: func(t *testing.T, s *scene) error {
				snapshot, err := s.e.Snapshot()
				require.NoError(t, err)
				in := open(t, interpreter.Config{Resolver: honestTasks(s.work)})
				e, err := in.Restore(s.program, snapshot, interpreter.StartOptions{})
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, e.Wait(background)) })
				return nil
			}},
			"Snapshot of another": {do: func(t *testing.T, s *scene) error {
				e, err := s.in.Start(background, other, nil, interpreter.StartOptions{Name: "other"})
				require.NoError(t, err)
				_, err = e.Snapshot()
				return err
			}},
			"Run": {do: func(t *testing.T, s *scene) error {
				_, err := interpreter.Run[any](background, s.in, other, nil)
				require.ErrorIs(t, err, interpreter.ErrReentry)
				return nil
			}},
			"Wait": {do: func(t *testing.T, s *scene) error {
				require.ErrorIs(t, s.e.Wait(background), interpreter.ErrReentry)
				return nil
			}},
			"Wait behind a deep stack": {do: func(t *testing.T, s *scene) error {
				require.ErrorIs(t, deep(1000, func() error { return s.e.Wait(background) }), interpreter.ErrReentry)
				return nil
			}},
			"Shutdown": {do: func(t *testing.T, s *scene) error {
				require.ErrorIs(t, s.in.Shutdown(background), interpreter.ErrReentry)
				return nil
			}},
			"Stop": {do: func(t *testing.T, s *scene) error { return s.e.Stop(background, "Enough", "") },
				end: &interpreter.ExecutionError{Name: "Enough", Status: interpreter.Aborted}},
			"Close": {do: func(t *testing.T, s *scene) error { return s.in.Close() }, end: interpreter.ErrClosed},
			"all that only looks": {do: func(t *testing.T, s *scene) error {
				require.Equal(t, interpreter.Running, s.e.Status())
				_, err := s.e.Output()
				require.ErrorIs(t, err, interpreter.ErrRunning)
				require.ErrorIs(t, s.e.Decode(new(any)), interpreter.ErrRunning)
				events := 0
				for range s.e.Events() {
					events++
				}
				require.GreaterOrEqual(t, events, 4)
				require.Equal(t, victim, s.e.Name())
				require.NotEmpty(t, s.e.Arn())
				require.Same(t, s.program, s.e.Program())
				return nil
			}},
			"SendTask": {do: func(t *testing.T, s *scene) error {
				require.ErrorIs(t, s.in.SendTaskSuccess(background, "", nil), interpreter.ErrInvalidToken)
				return nil
			}},
		} {
			t.Run(name+" "+call, func(t *testing.T) {
				s := play(t, h)
				s.set(func() error { return c.do(t, s) })
				close(s.work)
				err := s.e.Wait(background)
				if c.end == nil {
					require.NoError(t, err)
				} else if failed := (*interpreter.ExecutionError)(nil); errors.As(c.end, &failed) {
					require.Equal(t, c.end, err)
				} else {
					require.ErrorIs(t, err, c.end)
				}
				if !errors.Is(c.end, interpreter.ErrClosed) {
					neighbour(t, s.in)
				}
			})
		}
	}
}

func deep(n int, f func() error) error {
	if n == 0 {
		return f()
	}
	return deep(n-1, f)
}

// A hook may answer the task that its own execution waits for.
func TestHookMayAnswerByToken(t *testing.T) {
	var in *interpreter.Interpreter
	token := make(chan string, 1)
	in = open(t, interpreter.Config{
		Resolver: handlers(func(_ context.Context, task *interpreter.Task) (any, error) {
			token <- task.Token()
			return nil, interpreter.ErrResultPending
		}),
		History: history.SinkFunc(func(_ string, events []history.Event) error {
			if events[len(events)-1].Type != history.PassStateExited {
				return nil
			}
			key := <-token
			require.NoError(t, in.SendTaskHeartbeat(background, key))
			require.NoError(t, in.SendTaskSuccess(background, key, "by token"))
			require.ErrorIs(t, in.SendTaskFailure(background, key, "", ""), interpreter.ErrTaskTimedOut)
			return nil
		}),
	})
	e, err := in.Start(background, compile(t, `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "End": true}}},
		{"StartAt": "First", "States": {"First": {"Type": "Task", "Resource": "honest", "Next": "Then"}, "Then": {"Type": "Pass", "End": true}}}]}}}`),
		nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	var got []string
	require.NoError(t, e.Decode(&got))
	require.Equal(t, []string{"by token", "done"}, got)
}

// On the goroutine of whoever drives an execution, a hook may end that goroutine:
// it is the caller's loss, and the execution ends with an error.
func TestHookMayEndTheGoroutineOfACaller(t *testing.T) {
	fails := history.SinkFunc(func(string, []history.Event) error { runtime.Goexit(); return nil })
	p := compile(t, onePass)
	for name, start := range map[string]func(*interpreter.Interpreter){
		"Start": func(in *interpreter.Interpreter) {
			_, _ = in.Start(background, p, nil, interpreter.StartOptions{Name: victim, History: fails})
		},
		"Restore": func(in *interpreter.Interpreter) {
			manual := interpreter.New(interpreter.Config{Clock: interpreter.NewManualClock(began)})
			defer manual.Close()
			e, err := manual.Start(background, compile(t, oneWait), []byte(`{"seconds": 1}`), interpreter.StartOptions{Name: victim})
			require.NoError(t, err)
			snapshot, err := e.Snapshot()
			require.NoError(t, err)
			e, err = in.Restore(compile(t, oneWait), snapshot, interpreter.StartOptions{History: fails})
			require.NoError(t, err)
			_ = e.Stop(background, "", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := open(t, interpreter.Config{})
			exited := make(chan bool)
			go func() {
				returned := false
				defer func() { exited <- !returned }()
				start(in)
				returned = true
			}()
			require.True(t, <-exited)
			neighbourPass(t, in)
			require.NoError(t, in.Shutdown(background))
		})
	}
}

func neighbourPass(t *testing.T, in *interpreter.Interpreter) {
	t.Helper()
	_, err := interpreter.Run[any](background, in, compile(t, onePass), nil)
	require.NoError(t, err)
}

// A parent that waits for an execution whose hook failed ends with that error.
func TestHookThatFailsInAChildEndsTheParent(t *testing.T) {
	child := compile(t, oneTask)
	for doing, fail := range map[string]func(){"panics": boom, "ends its goroutine": runtime.Goexit} {
		t.Run(doing, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				work := make(chan struct{})
				in := interpreter.New(interpreter.Config{
					Resolver: interpreter.Resolvers{&interpreter.StartExecution{Programs: map[string]*interpreter.Program{"child": child}}, honestTasks(work)},
					History: history.SinkFunc(func(name string, events []history.Event) error {
						if name == "kid" && events[0].Type == history.LambdaFunctionSucceeded {
							fail()
						}
						return nil
					}),
				})
				e, err := in.Start(background, compile(t, `{"StartAt": "Call", "States": {"Call": {"Type": "Task",
					"Resource": "arn:aws:states:::states:startExecution.sync:2",
					"Parameters": {"StateMachineArn": "child", "Name": "kid"}, "End": true}}}`), nil, interpreter.StartOptions{})
				require.NoError(t, err)
				synctest.Wait()
				close(work)
				var failed *interpreter.HookError
				require.ErrorAs(t, e.Wait(background), &failed)
				require.Equal(t, "Config.History", failed.Hook)
				_, err = e.Snapshot()
				require.NoError(t, err)
				neighbour(t, in)
				require.NoError(t, in.Shutdown(background))
			})
		})
	}
}

// hostileReader is a Config.Rand.
type hostileReader func([]byte) (int, error)

func (r hostileReader) Read(p []byte) (int, error) { return r(p) }

func TestHostileRand(t *testing.T) {
	p := compile(t, onePass)
	var in *interpreter.Interpreter
	for name, c := range map[string]struct {
		read  hostileReader
		check func(error)
	}{
		"error":    {func([]byte) (int, error) { return 0, errBroken }, func(err error) { require.ErrorIs(t, err, errBroken) }},
		"panic":    {func([]byte) (int, error) { boom(); return 0, nil }, func(err error) { require.ErrorContains(t, err, "Config.Rand panicked: boom") }},
		"nothing":  {func([]byte) (int, error) { return 0, nil }, func(err error) { require.ErrorIs(t, err, io.ErrNoProgress) }},
		"too much": {func(p []byte) (int, error) { return len(p) + 1, nil }, func(err error) { require.NoError(t, err) }},
		"negative": {func(p []byte) (int, error) { return -1, nil }, func(err error) { require.ErrorIs(t, err, io.ErrNoProgress) }},
		"one byte": {func(p []byte) (int, error) { return 1, nil }, func(err error) { require.NoError(t, err) }},
		"calls back": {func(p []byte) (int, error) {
			_, err := in.Start(background, p0, nil, interpreter.StartOptions{})
			return 0, err
		}, func(err error) { require.ErrorIs(t, err, interpreter.ErrReentry) }},
		"waits": {func(p []byte) (int, error) { return 0, in.Shutdown(background) }, func(err error) { require.ErrorIs(t, err, interpreter.ErrReentry) }},
	} {
		t.Run(name, func(t *testing.T) {
			hostile := true
			in = open(t, interpreter.Config{Rand: hostileReader(func(p []byte) (int, error) {
				if hostile {
					return c.read(p)
				}
				return len(p), nil
			})})
			_, err := in.Start(background, p, nil, interpreter.StartOptions{Name: victim})
			c.check(err)
			hostile = false
			again, err := in.Start(background, p, "x", interpreter.StartOptions{Name: victim})
			require.NoError(t, err)
			require.NoError(t, again.Wait(background))
		})
	}
}

var p0 = func() *interpreter.Program {
	p, err := interpreter.Compile([]byte(onePass), interpreter.Options{})
	if err != nil {
		panic(err)
	}
	return p
}()

// An end that is not in the history has not happened.
func TestEndThatIsNotRecorded(t *testing.T) {
	in := open(t, interpreter.Config{})
	e, err := in.Start(background, compile(t, onePass), nil, interpreter.StartOptions{Name: victim,
		History: history.SinkFunc(func(string, []history.Event) error { return errBroken })})
	require.NoError(t, err)
	require.ErrorIs(t, e.Wait(background), errBroken)
	require.Equal(t, interpreter.Running, e.Status())
	_, err = e.Output()
	require.ErrorIs(t, err, errBroken)
	_, err = e.Snapshot()
	require.ErrorIs(t, err, errBroken)
	neighbourPass(t, in)
}

// A handler and a hook may end one goroutine after the other: the worker is free
// again all the same.
func TestHandlerAndHookEndTheirGoroutines(t *testing.T) {
	work := make(chan struct{})
	in := open(t, interpreter.Config{Workers: 1,
		Resolver: handlers(func(context.Context, *interpreter.Task) (any, error) {
			<-work
			runtime.Goexit()
			return nil, nil
		}),
		History: history.SinkFunc(func(_ string, events []history.Event) error {
			if events[0].Type == history.LambdaFunctionFailed {
				runtime.Goexit()
			}
			return nil
		})})
	e, err := in.Start(background, compile(t, oneTask), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	close(work)
	var failed *interpreter.HookError
	require.ErrorAs(t, e.Wait(background), &failed)
	neighbour(t, in)
	require.NoError(t, in.Shutdown(background))
}
