package adversary

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
)

// answerSoon answers a token until the answer is accepted. With maybe, another answer may
// have been. The bubble ends after those who answer have found that the interpreter is
// closed.
func answerSoon(t testing.TB, maybe bool) func(in *interpreter.Interpreter, token, state string) {
	t.Cleanup(func() { time.Sleep(time.Minute) })
	return func(in *interpreter.Interpreter, token, state string) {
		go func() {
			for tries := 0; ; tries++ {
				time.Sleep(time.Second)
				err := in.SendTaskSuccess(background, token, state)
				if err == nil || errors.Is(err, interpreter.ErrClosed) {
					return
				}
				timedOut := errors.Is(err, interpreter.ErrTaskTimedOut)
				if timedOut && maybe {
					return
				}
				if timedOut || tries == 1000 {
					t.Errorf("SendTaskSuccess of %s: %v", state, err)
					return
				}
			}
		}()
	}
}

// runJourneys runs executions over a store that goes wrong. Nothing may be lost and
// nothing doubled, without a restart.
func runJourneys(t *testing.T, s *hostileStore, executions int) {
	w := newWorld(t, s)
	in := w.open(answerSoon(t, false))
	var group sync.WaitGroup
	for n := range executions {
		group.Go(func() {
			for {
				e, err := in.Start(background, w.parent, journeyInput(n), interpreter.StartOptions{Name: journeyName(n)})
				var exists *interpreter.ExecutionExistsError
				if errors.As(err, &exists) {
					e, err = exists.Execution, nil
				}
				if err != nil {
					time.Sleep(time.Second)
					continue
				}
				checkOutput(t, e, n)
				return
			}
		})
	}
	group.Wait()
	for n := range executions {
		w.check(t, s.Store, n, true)
	}
	require.NoError(t, in.Shutdown(background))
}

func TestAStoreThatFailsOneCallInTen(t *testing.T) {
	for f := failsBefore; f < blocks; f++ {
		t.Run(f.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newHostileStore()
				s.goWrong(func(string) fault {
					if rand.N(10) == 0 {
						return f
					}
					return worksFine
				})
				runJourneys(t, s, 30)
			})
		})
	}
}

// A store that is down for a minute at each new version.
func TestAStoreThatIsDownAtEachCommit(t *testing.T) {
	for _, f := range []fault{failsBefore, failsAfter, panics, exits} {
		t.Run(f.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newHostileStore()
				var calls sync.Map
				var definition strings.Builder
				for i := range 20 {
					next := fmt.Sprintf(`"Next":"S%d"`, i+1)
					if i == 19 {
						next = `"End":true`
					}
					fmt.Fprintf(&definition, `%s"S%d":{"Type":"Task","Resource":"work",%s}`, strings.Repeat(",", min(i, 1)), i, next)
				}
				p := compile(t, `{"StartAt":"S0","States":{`+definition.String()+`}}`)
				in := interpreter.New(interpreter.Config{Store: s, Logger: discard, Resolver: handlers(func(_ context.Context, task *interpreter.Task) (any, error) {
					if _, twice := calls.LoadOrStore(task.State, true); twice {
						t.Errorf("%s is called twice", task.State)
					}
					return task.Input, nil
				})})
				began, up := time.Now(), time.Now()
				s.goWrong(func(call string) fault {
					switch {
					case call != "Commit":
					case time.Now().Before(up):
						return f
					default:
						up = time.Now().Add(time.Minute)
					}
					return worksFine
				})
				up = up.Add(time.Minute)
				ctx, cancel := context.WithTimeout(background, time.Second)
				defer cancel()
				_, err := in.Start(ctx, p, []byte(`{"x":1}`), interpreter.StartOptions{Name: "one"})
				require.ErrorIs(t, err, context.DeadlineExceeded)
				if f <= panics {
					require.ErrorIs(t, err, errBroken)
				}
				e, err := in.Start(background, p, []byte(`{"x":1}`), interpreter.StartOptions{Name: "one"})
				require.NoError(t, err)
				require.NoError(t, e.Wait(background))
				require.Greater(t, time.Since(began), 20*time.Minute)
				in2, out := storedHistory(t, s.Store, e.ID())
				require.Len(t, in2, 20)
				require.Equal(t, in2, out)
				require.NoError(t, in.Shutdown(background))
			})
		})
	}
}

// A call that blocks for ever holds up those that need it, until their contexts end.
// Close and Shutdown return, and the store's answer comes too late to matter.
func TestAStoreThatBlocks(t *testing.T) {
	for _, call := range []string{"Commit", "Load", "Find", "PutDefinition", "Due"} {
		for _, end := range []string{"Close", "Shutdown", "released"} {
			t.Run(call+", "+end, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newHostileStore()
					w := newWorld(t, s)
					in := w.open(func(*interpreter.Interpreter, string, string) {})
					e, err := in.Start(background, w.parent, journeyInput(0), interpreter.StartOptions{Name: journeyName(0)})
					require.NoError(t, err)
					time.Sleep(10 * time.Second) // all is at rest
					require.Empty(t, in.Executions())
					s.goWrong(always(call, blocks))
					limited := func(f func(ctx context.Context) error) {
						ctx, cancel := context.WithTimeout(background, time.Second)
						defer cancel()
						if err := f(ctx); err != nil {
							require.ErrorIs(t, err, context.DeadlineExceeded)
						}
					}
					for token, state := range w.allTokens() {
						limited(func(ctx context.Context) error { return in.SendTaskSuccess(ctx, token, state) })
					}
					limited(func(ctx context.Context) error {
						_, err := in.Start(ctx, w.parent, journeyInput(1), interpreter.StartOptions{Name: journeyName(1)})
						return err
					})
					limited(func(ctx context.Context) error {
						_, err := in.Start(ctx, w.child, journeyInput(1), interpreter.StartOptions{Name: journeyName(0)})
						return err
					})
					limited(func(ctx context.Context) error {
						_, err := in.Execution(ctx, e.ID())
						return err
					})
					limited(func(ctx context.Context) error { return e.Wait(ctx) })
					time.Sleep(time.Minute)
					switch end {
					case "released":
						s.goWrong(nil)
						close(s.released)
						time.Sleep(time.Minute)
						for token, state := range w.allTokens() {
							if state == "Reply" {
								err := in.SendTaskSuccess(background, token, state)
								if !errors.Is(err, interpreter.ErrTaskTimedOut) {
									require.NoError(t, err)
								}
							}
						}
						checkOutput(t, e, 0)
						w.check(t, s.Store, 0, true)
						require.NoError(t, in.Shutdown(background))
					case "Shutdown":
						ctx, cancel := context.WithTimeout(background, time.Second)
						defer cancel()
						if err := in.Shutdown(ctx); err != nil {
							require.ErrorIs(t, err, context.DeadlineExceeded)
						}
						close(s.released)
					case "Close":
						require.NoError(t, in.Close())
						close(s.released)
					}
					s.goWrong(nil)
					time.Sleep(time.Minute)

					// The next process continues.
					in = w.open(answerSoon(t, true)) // the loop below answers too
					for token, state := range w.allTokens() {
						_ = in.SendTaskSuccess(background, token, state)
					}
					e, err = in.Execution(background, e.ID())
					require.NoError(t, err)
					checkOutput(t, e, 0)
					require.NoError(t, in.Close())
				})
			})
		}
	}
}

// A store that lies gets clear errors from the interpreter, which parks what it cannot
// use. It neither spins nor hangs, and goes on when the store is honest again.
func TestAStoreThatLies(t *testing.T) {
	var other store.ID
	for name, lie := range map[string]func(s *hostileStore){
		"nil states": func(s *hostileStore) { s.telling.lieLoad = func(*store.State) *store.State { return nil } },
		"states without content": func(s *hostileStore) {
			s.telling.lieLoad = func(st *store.State) *store.State { return &store.State{ID: st.ID} }
			s.telling.lieDue = func(page []store.State) []store.State {
				for i := range page {
					page[i] = store.State{ID: page[i].ID}
				}
				return page
			}
		},
		"wrong IDs": func(s *hostileStore) {
			s.telling.lieLoad = func(st *store.State) *store.State { st.ID[3]++; return st }
			s.telling.lieDue = func(page []store.State) []store.State {
				for i := range page {
					page[i].ID[3]++
				}
				return page
			}
		},
		"zero IDs": func(s *hostileStore) {
			s.telling.lieLoad = func(st *store.State) *store.State { st.ID = store.ID{}; return st }
			s.telling.lieFind = func(store.ID) store.ID { return store.ID{} }
		},
		"another execution's state": func(s *hostileStore) {
			s.telling.lieLoad = func(st *store.State) *store.State {
				if st.ID == other {
					return st
				}
				st, _ = s.Store.Load(background, other)
				return st
			}
			s.telling.lieDue = func(page []store.State) []store.State {
				for i := range page {
					st, _ := s.Store.Load(background, other)
					st.ID = page[i].ID
					page[i] = *st
				}
				return page
			}
		},
		"another execution's snapshot": func(s *hostileStore) {
			swap := func(st *store.State) *store.State {
				if st.ID != other {
					wrong, _ := s.Store.Load(background, other)
					st.Snapshot = wrong.Snapshot
				}
				return st
			}
			s.telling.lieLoad = swap
			s.telling.lieDue = func(page []store.State) []store.State {
				for i := range page {
					swap(&page[i])
				}
				return page
			}
		},
		"an earlier version": func(s *hostileStore) {
			s.telling.lieLoad = func(st *store.State) *store.State { st.Version--; return st }
		},
		"a later version": func(s *hostileStore) {
			s.telling.lieLoad = func(st *store.State) *store.State { st.Version += 5; return st }
		},
		"the same page for ever": func(s *hostileStore) {
			s.telling.lieDue = func([]store.State) []store.State {
				st, _ := s.Store.Load(background, other)
				page := make([]store.State, 1000)
				for i := range page {
					page[i] = *st
				}
				return page
			}
		},
		"too long pages": func(s *hostileStore) {
			s.telling.lieDue = func([]store.State) []store.State {
				st, _ := s.Store.Load(background, other)
				page := make([]store.State, 1500)
				for i := range page {
					page[i] = *st
					page[i].Head.Due = int64(len(page) - i)
				}
				return page
			}
		},
		"everything is due": func(s *hostileStore) {
			s.telling.lieDue = func([]store.State) []store.State {
				st, _ := s.Store.Load(background, other)
				st.Head.Due = 1
				return []store.State{*st}
			}
		},
		"wrong finds": func(s *hostileStore) { s.telling.lieFind = func(store.ID) store.ID { return store.ID{1} } },
		"conflicts of nobody": func(s *hostileStore) {
			s.telling.lieCommit = func(context.Context, []store.Change) error { return &store.ConflictError{} }
		},
		"conflicts of strangers": func(s *hostileStore) {
			s.telling.lieCommit = func(context.Context, []store.Change) error {
				return &store.ConflictError{Versions: []store.ID{{1}}, Names: []store.ID{{2}}}
			}
		},
		"conflicts of versions that it has stored": func(s *hostileStore) {
			s.telling.lieCommit = func(ctx context.Context, changes []store.Change) error {
				if err := s.Store.Commit(ctx, changes); err != nil {
					return err
				}
				conflict := &store.ConflictError{}
				for _, c := range changes {
					conflict.Versions = append(conflict.Versions, c.ID)
				}
				return conflict
			}
		},
		"conflicts of names that it has stored": func(s *hostileStore) {
			s.telling.lieCommit = func(ctx context.Context, changes []store.Change) error {
				if err := s.Store.Commit(ctx, changes); err != nil {
					return err
				}
				conflict := &store.ConflictError{}
				for _, c := range changes {
					conflict.Names = append(conflict.Names, c.ID)
				}
				return conflict
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newHostileStore()
				w := newWorld(t, s)
				in := w.open(func(*interpreter.Interpreter, string, string) {})
				e, err := in.Start(background, w.parent, journeyInput(0), interpreter.StartOptions{Name: journeyName(0)})
				require.NoError(t, err)
				e2, err := in.Start(background, w.parent, journeyInput(1), interpreter.StartOptions{Name: journeyName(1)})
				require.NoError(t, err)
				time.Sleep(time.Second)
				require.NoError(t, in.Shutdown(background)) // in the middle of the Wait
				other = e2.ID()
				tokens := w.allTokens()

				lie(s)
				before := s.countCalls("Due") + s.countCalls("Commit")
				in = w.open(answerSoon(t, true))
				limited := func(f func(ctx context.Context) error) error {
					ctx, cancel := context.WithTimeout(background, 5*time.Second)
					defer cancel()
					return f(ctx)
				}
				for token, state := range tokens {
					_ = limited(func(ctx context.Context) error { return in.SendTaskSuccess(ctx, token, state) })
				}
				failed := []error{
					limited(func(ctx context.Context) error {
						_, err := in.Start(ctx, w.parent, journeyInput(0), interpreter.StartOptions{Name: journeyName(0)})
						return err
					}),
					limited(func(ctx context.Context) error {
						_, err := in.Execution(ctx, e.ID())
						return err
					}),
				}
				for _, err := range failed {
					require.NotErrorIs(t, err, interpreter.ErrExecutionAlreadyExists)
				}
				time.Sleep(5 * time.Minute)
				require.Less(t, s.countCalls("Due")+s.countCalls("Commit")-before, 3000, "it spins: more than 10 calls a second")

				s.lie(lies{})
				time.Sleep(15 * time.Minute) // the longest time until a parked execution is tried again
				for token, state := range tokens {
					if err := in.SendTaskSuccess(background, token, state); err != nil {
						require.ErrorIs(t, err, interpreter.ErrTaskTimedOut)
					}
				}
				for n, id := range []store.ID{e.ID(), e2.ID()} {
					e, err := in.Execution(background, id)
					require.NoError(t, err)
					checkOutput(t, e, n)
					w.check(t, s.Store, n, false)
				}
				require.NoError(t, in.Close())
			})
		})
	}
}

// An execution whose changes the store cannot take is parked. It keeps no other back.
func TestAStoreThatRefusesAnExecution(t *testing.T) {
	for _, f := range []fault{failsBefore, panics, exits} {
		for _, others := range []bool{true, false} { // at the same time, or later
			t.Run(fmt.Sprintf("%s, others %v", f, others), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newHostileStore()
					w := newWorld(t, s)
					in := w.open(answerSoon(t, true))
					start := func(n int) *interpreter.Execution {
						e, err := in.Start(background, w.parent, journeyInput(n), interpreter.StartOptions{Name: journeyName(n)})
						require.NoError(t, err)
						return e
					}
					e := start(0)
					var refused atomic.Bool
					refused.Store(true)
					s.lie(lies{lieCommit: func(ctx context.Context, changes []store.Change) error {
						if !refused.Load() || !slices.ContainsFunc(changes, func(c store.Change) bool { return c.ID == e.ID() }) {
							return s.Store.Commit(ctx, changes)
						}
						switch f {
						case panics:
							panic(errBroken)
						case exits:
							runtime.Goexit()
						}
						return errBroken
					}})
					if !others {
						time.Sleep(time.Minute)
					}
					for n := 1; n <= 10; n++ {
						checkOutput(t, start(n), n)
						w.check(t, s.Store, n, true)
					}
					refused.Store(false)
					time.Sleep(15 * time.Minute)
					e, err := in.Execution(background, e.ID())
					require.NoError(t, err)
					checkOutput(t, e, 0)
					w.check(t, s.Store, 0, false)
					require.NoError(t, in.Shutdown(background))
				})
			})
		}
	}
}

// An answer that comes after one that could not be stored is not stale: it must be sent
// again.
func TestAnAnswerAfterALostOneIsNotStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHostileStore()
		w := newWorld(t, s)
		in := w.open(func(*interpreter.Interpreter, string, string) {})
		e, err := in.Start(background, w.parent, journeyInput(0), interpreter.StartOptions{Name: journeyName(0)})
		require.NoError(t, err)
		time.Sleep(time.Second) // the Wait does not end yet
		held := make(chan struct{})
		s.lie(lies{lieCommit: func(context.Context, []store.Change) error {
			<-held
			return &store.ConflictError{Versions: []store.ID{e.ID()}}
		}})
		for range 2 {
			for token, state := range w.allTokens() {
				go func() {
					if err := in.SendTaskSuccess(background, token, state); !errors.Is(err, interpreter.ErrLeaseLost) {
						t.Errorf("SendTaskSuccess of %s: %v", state, err)
					}
				}()
			}
			synctest.Wait() // the answers are not stored yet
		}
		close(held)
		synctest.Wait()
		require.NoError(t, in.Close())
	})
}

// A store that refuses what it has just stored, as one that repeats a Commit by itself
// does, doubles nothing: the execution continues from the store.
func TestAStoreThatRefusesWhatItHasStored(t *testing.T) {
	for _, names := range []bool{false, true} {
		for every := range 4 {
			t.Run(fmt.Sprintf("names %v, every %d", names, every+1), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newHostileStore()
					w := newWorld(t, s)
					commits := 0
					s.lie(lies{lieCommit: func(ctx context.Context, changes []store.Change) error {
						err := s.Store.Commit(ctx, changes)
						if commits++; err != nil || commits%(every+1) != 0 || commits > 40 {
							return err
						}
						conflict := &store.ConflictError{}
						for _, c := range changes {
							if names && c.Version == 1 {
								conflict.Names = append(conflict.Names, c.ID)
							} else {
								conflict.Versions = append(conflict.Versions, c.ID)
							}
						}
						return conflict
					}})
					in := w.open(answerSoon(t, true))
					e, err := in.Start(background, w.parent, journeyInput(0), interpreter.StartOptions{Name: journeyName(0)})
					require.NoError(t, err)
					time.Sleep(24 * time.Hour)
					e, err = in.Execution(background, e.ID())
					require.NoError(t, err)
					checkOutput(t, e, 0)
					w.check(t, s.Store, 0, false)
					heads, err := s.Store.List(background, store.Query{Machine: w.parent.Options().StateMachineArn})
					require.NoError(t, err)
					require.Len(t, heads, 1)
					require.NoError(t, in.Close())
				})
			})
		}
	}
}
