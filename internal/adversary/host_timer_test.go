package adversary

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
)

// A hook that blocks when a timer fires, or ends the goroutine, does not hold up
// other timers.
func TestHookDoesNotHoldUpTimers(t *testing.T) {
	for name, c := range map[string]struct {
		workers, hostile, first int // how long the first of the others wait, in seconds
		late                    bool
	}{
		"others at the same time": {0, 1, 1, false},
		"others later":            {0, 1, 2, false},
		"one place is left":       {3, 2, 1, false},
		"no place is left":        {2, 2, 1, true}, // drivers are bounded
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in := interpreter.New(interpreter.Config{Workers: c.workers})
				defer in.Close()
				p := compile(t, oneWait)
				g := newGate(history.WaitStateExited)
				var blocked []*interpreter.Execution
				for range c.hostile {
					e, err := in.Start(background, p, []byte(`{"seconds": 1}`), interpreter.StartOptions{History: g})
					require.NoError(t, err)
					blocked = append(blocked, e)
				}
				var others []*interpreter.Execution
				for i := range 4 {
					e, err := in.Start(background, p, []byte(fmt.Sprintf(`{"seconds": %d}`, c.first+i/2)), interpreter.StartOptions{})
					require.NoError(t, err)
					others = append(others, e)
				}
				time.Sleep(3 * time.Second)
				synctest.Wait()
				require.Equal(t, int32(c.hostile), g.entered.Load())
				for _, e := range others {
					require.Equal(t, c.late, e.Status() == interpreter.Running)
				}
				close(g.open)
				for _, e := range append(blocked, others...) {
					require.NoError(t, e.Wait(background))
				}
			})
		})
	}
}

// A hook that ends the goroutine of a timer ends one execution, and no timer is
// lost.
func TestHookThatEndsTheGoroutineOfATimer(t *testing.T) {
	for name, clock := range map[string]func() interpreter.Clock{
		"system":  func() interpreter.Clock { return nil },
		"virtual": func() interpreter.Clock { return interpreter.NewVirtualClock(began) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in := interpreter.New(interpreter.Config{Workers: 1, Clock: clock()})
				defer in.Close()
				p := compile(t, oneWait)
				ends := history.SinkFunc(func(_ string, events []history.Event) error {
					if events[0].Type == history.WaitStateExited {
						runtime.Goexit()
					}
					return nil
				})
				var hostile, others []*interpreter.Execution
				for range 3 {
					e, err := in.Start(background, p, []byte(`{"seconds": 1}`), interpreter.StartOptions{History: ends})
					require.NoError(t, err)
					hostile = append(hostile, e)
					e, err = in.Start(background, p, []byte(`{"seconds": 1}`), interpreter.StartOptions{})
					require.NoError(t, err)
					others = append(others, e)
				}
				for i := range hostile { // under a virtual clock, those who wait move it
					waitFor(hostile[i])
					waitFor(others[i])
				}
				for i := range hostile {
					var failed *interpreter.HookError
					require.ErrorAs(t, hostile[i].Wait(background), &failed)
					require.NoError(t, others[i].Wait(background))
				}
			})
		})
	}
}

// waitFor waits on a goroutine that may be ended.
func waitFor(e *interpreter.Execution) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = e.Wait(background)
	}()
	<-ended
}

// Executions that compute do not hold up others that do, though a hook blocks
// them.
func TestHookDoesNotHoldUpExecutionsThatCompute(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	synctest.Test(t, func(t *testing.T) {
		in := interpreter.New(interpreter.Config{})
		p := compile(t, counting(`"Type": "Succeed"`), smallSteps)
		g := newGate(history.SucceedStateEntered)
		var all []*interpreter.Execution
		for i := range 4 {
			o := interpreter.StartOptions{}
			if i < 2 {
				o.History = g
			}
			e, err := in.Start(background, p, []byte(`{"n": 0}`), o)
			require.NoError(t, err)
			all = append(all, e)
		}
		synctest.Wait()
		require.Equal(t, int32(2), g.entered.Load())
		require.Equal(t, interpreter.Succeeded, all[2].Status())
		require.Equal(t, interpreter.Succeeded, all[3].Status())
		close(g.open)
		require.NoError(t, all[0].Wait(background))
		require.NoError(t, all[1].Wait(background))
		require.NoError(t, in.Shutdown(background))
	})
}
