package adversary

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
)

// trapClock springs traps in its methods, and else is the system's clock.
type trapClock struct{ now, after, stop *trap }

type trapTimer struct {
	*time.Timer
	stop *trap
}

func (c *trapClock) Now() time.Time {
	_ = c.now.spring()
	return time.Now()
}

func (c *trapClock) AfterFunc(d time.Duration, f func()) interpreter.Timer {
	_ = c.after.spring()
	return trapTimer{time.AfterFunc(d, f), c.stop}
}

func (t trapTimer) Stop() bool {
	_ = t.stop.spring()
	return t.Timer.Stop()
}

// A clock may panic, end the goroutine or call back in each of its methods, whoever
// asks it: at most the execution that is driven then ends, with an error that says
// so. All others go on in time.
func TestClockIsAHookLikeOthers(t *testing.T) {
	wait := compile(t, oneWait)
	for doing, hostile := range map[string]func(t *testing.T, in *interpreter.Interpreter, e *interpreter.Execution) error{
		"panics": func(*testing.T, *interpreter.Interpreter, *interpreter.Execution) error { boom(); return nil },
		"ends its goroutine": func(*testing.T, *interpreter.Interpreter, *interpreter.Execution) error {
			runtime.Goexit()
			return nil
		},
		"starts and looks": func(t *testing.T, in *interpreter.Interpreter, e *interpreter.Execution) error {
			if _, err := in.Start(background, wait, []byte(`{"seconds": 5}`), interpreter.StartOptions{}); err != nil {
				t.Error(err)
			}
			if _, err := e.Snapshot(); err != nil {
				t.Error(err)
			}
			_ = e.Status()
			return nil
		},
		"waits": func(t *testing.T, in *interpreter.Interpreter, e *interpreter.Execution) error {
			if e.Status() == interpreter.Running {
				require.ErrorIs(t, e.Wait(background), interpreter.ErrReentry)
			}
			require.ErrorIs(t, in.Shutdown(background), interpreter.ErrReentry)
			return nil
		},
	} {
		for method, at := range map[string]func(c *trapClock) *trap{
			"Now":       func(c *trapClock) *trap { return c.now },
			"AfterFunc": func(c *trapClock) *trap { return c.after },
			"Stop":      func(c *trapClock) *trap { return c.stop },
		} {
			for when, drive := range map[string]func(in *interpreter.Interpreter){
				"timer": func(*interpreter.Interpreter) { time.Sleep(time.Second) },
				"Start": func(in *interpreter.Interpreter) { // an earlier deadline: the timer is set anew
					ended := make(chan struct{})
					go func() {
						defer close(ended)
						_, _ = in.Start(background, wait, []byte(`{"seconds": 0}`), interpreter.StartOptions{})
					}()
					<-ended
				},
			} {
				t.Run(method+" "+doing+" at a "+when, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						c := &trapClock{new(trap), new(trap), new(trap)}
						in := interpreter.New(interpreter.Config{Clock: c, Logger: discard})
						var all []*interpreter.Execution
						for _, seconds := range []string{"3", "2", "1", "4"} {
							e, err := in.Start(background, wait, []byte(`{"seconds": `+seconds+`}`), interpreter.StartOptions{})
							require.NoError(t, err)
							all = append(all, e)
						}
						begun := time.Now()
						at(c).set(func() error { return hostile(t, in, all[0]) })
						drive(in)
						for i, e := range all {
							err := e.Wait(background)
							if failed := new(interpreter.HookError); err != nil && i == 2 && when == "timer" {
								require.ErrorAs(t, err, &failed)
								require.Equal(t, "Config.Clock", failed.Hook)
								continue
							}
							require.NoError(t, err)
						}
						require.Less(t, time.Since(begun), 5*time.Second)
						require.NoError(t, in.Shutdown(background))
					})
				})
			}
		}
	}
}

// A virtual clock waits for hooks: one that moves it ends its execution instead.
func TestHookCannotMoveAVirtualClock(t *testing.T) {
	for name, move := range map[string]func(c *interpreter.VirtualClock){
		"Advance":       func(c *interpreter.VirtualClock) { c.Advance(time.Second) },
		"AdvanceToNext": func(c *interpreter.VirtualClock) { c.AdvanceToNext() },
		"Settle":        func(c *interpreter.VirtualClock) { c.Settle() },
	} {
		t.Run(name, func(t *testing.T) {
			c := interpreter.NewVirtualClock(began)
			var once sync.Once
			in := open(t, interpreter.Config{Clock: c, Resolver: handlers(nil),
				History: history.SinkFunc(func(string, []history.Event) error {
					once.Do(func() { move(c) })
					return nil
				})})
			_, err := interpreter.Run[any](background, in, compile(t, onePass), nil)
			var failed *interpreter.HookError
			require.ErrorAs(t, err, &failed)
			require.Contains(t, failed.Error(), "VirtualClock")
			neighbour(t, in)
			c.Advance(time.Second)
			c.Settle()
		})
	}
}

// A handler may move the clock, and not wait for itself.
func TestHandlerMovesAVirtualClock(t *testing.T) {
	c := interpreter.NewVirtualClock(began)
	for name, move := range map[string]func(){"Advance": func() { c.Advance(time.Second) }, "Settle": c.Settle} {
		in := open(t, interpreter.Config{Clock: c, Resolver: handlers(func(context.Context, *interpreter.Task) (any, error) {
			move()
			return nil, nil
		})})
		for _, ctx := range []context.Context{background, cancellable(t)} {
			_, err := interpreter.Run[any](ctx, in, compile(t, oneTask), nil)
			if name == "Advance" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, "VirtualClock.Settle would wait for the hook or handler that calls it")
			}
		}
		neighbour(t, in)
	}
}

// A hook that ends the goroutine of someone in Wait, on which a virtual clock moves,
// leaves nobody waiting: the clock stands.
func TestVirtualClockForgetsAWaiterWhoseGoroutineEnded(t *testing.T) {
	c := interpreter.NewVirtualClock(began)
	in := open(t, interpreter.Config{Clock: c})
	p := compile(t, oneWait)
	hostile, err := in.Start(background, p, []byte(`{"seconds": 1}`), interpreter.StartOptions{
		History: history.SinkFunc(func(_ string, events []history.Event) error {
			if events[0].Type == history.WaitStateExited {
				runtime.Goexit()
			}
			return nil
		})})
	require.NoError(t, err)
	later, err := in.Start(background, p, []byte(`{"seconds": 9}`), interpreter.StartOptions{})
	require.NoError(t, err)
	waitFor(later)
	c.Settle()
	require.Equal(t, interpreter.Running, later.Status())
	require.Equal(t, began.Add(time.Second), c.Now())
	require.Error(t, hostile.Wait(background))
	require.NoError(t, later.Wait(background))
}
