package adversary

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
)

// Executions that are started, answered, stopped and interrupted in any order by many
// goroutines end as undisturbed ones do.
func TestRandomCallsAndRestarts(t *testing.T) {
	for name, failing := range map[string]bool{"memory": false, "a store that fails": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { callAndRestart(t, failing) })
		})
	}
}

// callAndRestart has a store that fails one call in ten, but for the last life.
func callAndRestart(t *testing.T, failing bool) {
	const executions, lives = 60, 25
	s := newHostileStore()
	w := newWorld(t, s)
	if failing {
		s.goWrong(func(string) fault {
			if rand.N(10) == 0 {
				return failsBefore + rand.N(blocks-failsBefore)
			}
			return worksFine
		})
	}
	var stopped sync.Map // those whose Stop has returned nil
	var accepted sync.Map
	answer := func(in *interpreter.Interpreter, token, state string) {
		err := in.SendTaskSuccess(background, token, state)
		switch {
		case err == nil:
			_, twice := accepted.LoadOrStore(token, true)
			if twice {
				t.Errorf("two answers to a token of %s were accepted", state)
			}
		case errors.Is(err, interpreter.ErrTaskTimedOut), errors.Is(err, interpreter.ErrClosed), errors.Is(err, interpreter.ErrLeaseLost):
		case failing && isBroken(err):
		default:
			t.Errorf("SendTaskSuccess: %v", err)
		}
	}
	var group sync.WaitGroup // of all lives
	for life := range lives {
		last := life == lives-1
		if last {
			s.goWrong(nil)
		}
		in := w.open(func(in *interpreter.Interpreter, token, state string) {
			if n := rand.N(6); n < 3 || last {
				for range max(1, n) {
					group.Go(func() {
						time.Sleep(rand.N(2 * time.Second))
						answer(in, token, state)
					})
				}
			} else if n == 3 {
				answer(in, token, state)
			}
		})
		for token, state := range w.allTokens() {
			if rand.N(3) == 0 || last {
				group.Go(func() {
					time.Sleep(rand.N(2 * time.Second))
					answer(in, token, state)
				})
			}
		}
		for n := range executions * (life + 1) / lives {
			if rand.N(3) > 0 && !last {
				continue
			}
			for range 1 + rand.N(2) {
				group.Go(func() {
					e := startJourney(t, w, in, n)
					if e == nil {
						return
					}
					if n%10 == 7 && rand.N(4) == 0 || last && n%10 == 7 {
						time.Sleep(rand.N(3 * time.Second))
						if e.Stop(background, "", "") == nil {
							stopped.Store(n, true)
						}
					}
				})
			}
		}
		switch {
		case last:
			group.Wait()
			for n := range executions {
				e := startJourney(t, w, in, n)
				if _, is := stopped.Load(n); is {
					require.Error(t, e.Wait(background))
					require.Equal(t, interpreter.Aborted, e.Status())
					continue
				}
				checkOutput(t, e, n)
				w.check(t, s.Store, n, false)
			}
			require.NoError(t, in.Close())
		case rand.N(3) == 0:
			time.Sleep(rand.N(4 * time.Second))
			if err := in.Shutdown(background); !failing || !isBroken(err) {
				require.NoError(t, err)
			}
		default:
			time.Sleep(rand.N(4 * time.Second))
			require.NoError(t, in.Close())
		}
	}
	group.Wait()
	running, err := s.List(background, store.Query{Status: []interpreter.Status{interpreter.Running}})
	require.NoError(t, err)
	for _, l := range running { // children of those that were stopped
		require.NotEqual(t, store.ID{}, l.Parent, "%s runs for ever", l.Name)
	}
}

// startJourney starts an execution or finds it. It returns nil if the interpreter is
// closed or the store has failed.
func startJourney(t testing.TB, w *world, in *interpreter.Interpreter, n int) *interpreter.Execution {
	e, err := in.Start(background, w.parent, journeyInput(n), interpreter.StartOptions{Name: journeyName(n)})
	var exists *interpreter.ExecutionExistsError
	switch {
	case errors.As(err, &exists):
		return exists.Execution
	case errors.Is(err, interpreter.ErrClosed), errors.Is(err, interpreter.ErrLeaseLost), isBroken(err):
		return nil
	case err != nil:
		t.Errorf("Start: %v", err)
	}
	return e
}
