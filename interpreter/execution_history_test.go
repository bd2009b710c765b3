package interpreter_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// page returns up to n events.
func page(t testing.TB, e *interpreter.Execution, n int, o interpreter.HistoryOptions) (all []history.Event) {
	t.Helper()
	for ev, err := range e.History(background, o) {
		require.NoError(t, err)
		if len(all) == n {
			break
		}
		all = append(all, *ev)
	}
	return all
}

// Pages of any size, in both directions, with and without data, are the history of an
// execution, in memory and stored, while it runs and after its end.
func TestHistoryInPages(t *testing.T) {
	for name, s := range map[string]store.Store{"in memory": nil, "stored": memory.New(), "shared": memory.NewShared(nil)} {
		t.Run(name, func(t *testing.T) {
			var log history.Log
			in := open(t, interpreter.Config{Store: s, Resolver: answers(nil), History: &log, Activities: []string{packing}})
			e, err := in.Start(background, compile(t, `{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.items","Next":"Pack",
				"ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"work","End":true}}}},
				"Pack":{"Type":"Task","Resource":"`+packing+`","End":true}}}`),
				[]byte(`{"items":[1,2,3,4,5,6,7,8,9]}`), interpreter.StartOptions{Name: "one", KeepHistory: true})
			require.NoError(t, err)
			_, err = in.Start(background, compile(t, chain), nil, interpreter.StartOptions{Name: "another", KeepHistory: true})
			require.NoError(t, err)
			task := poll(t, in, "joe")
			check := func() {
				t.Helper()
				want := page(t, e, 1_000, interpreter.HistoryOptions{})
				require.Greater(t, len(want), 50)
				for _, bare := range []bool{false, true} {
					whole := slices.Clone(want)
					for i := range whole {
						if bare {
							whole[i] = whole[i].WithoutData()
						}
					}
					backward := slices.Clone(whole)
					slices.Reverse(backward)
					for _, size := range []int{1, 7, 100} {
						for _, reverse := range []bool{false, true} {
							var got []history.Event
							for o := (interpreter.HistoryOptions{Reverse: reverse, WithoutData: bare}); ; {
								next := page(t, e, size, o)
								if got = append(got, next...); len(next) < size {
									break
								}
								o.After = next[size-1].ID
							}
							sameJSON(t, map[bool][]history.Event{false: whole, true: backward}[reverse], got)
						}
					}
				}
				require.Empty(t, page(t, e, 1, interpreter.HistoryOptions{After: 10_000}))
				require.Empty(t, page(t, e, 1, interpreter.HistoryOptions{After: 1, Reverse: true}))
				sameJSON(t, want[len(want)-1:], page(t, e, 1, interpreter.HistoryOptions{After: 10_000, Reverse: true}))
			}
			check()
			require.NoError(t, in.SendTaskSuccess(background, task.Token, 1))
			require.NoError(t, e.Wait(background))
			check()
			var seen []history.Event
			for ev := range log.Of("one") {
				seen = append(seen, *ev)
			}
			sameJSON(t, seen, page(t, e, 1_000, interpreter.HistoryOptions{}))
		})
	}
}

func TestHistoryThatIsNotKept(t *testing.T) {
	in := open(t, interpreter.Config{Resolver: answers(nil)})
	e, err := in.Start(background, compile(t, chain), nil, interpreter.StartOptions{Name: "one"})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	calls := 0
	for ev, err := range e.History(background, interpreter.HistoryOptions{}) {
		calls++
		require.Nil(t, ev)
		require.EqualError(t, err, "interpreter: execution one: its history is not kept: neither Config.Store nor StartOptions.KeepHistory was set")
	}
	require.Equal(t, 1, calls)

	e, err = in.Start(background, compile(t, chain), nil, interpreter.StartOptions{KeepHistory: true})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(background)
	cancel()
	for ev, err := range e.History(ctx, interpreter.HistoryOptions{}) {
		require.Nil(t, ev)
		require.ErrorIs(t, err, context.Canceled)
	}
}

// The log of a restored execution begins behind its snapshot.
func TestHistoryOfARestoredExecution(t *testing.T) {
	p := compile(t, packOne)
	in := open(t, interpreter.Config{Activities: []string{packing}})
	e := start(t, in, p, "one")
	require.NoError(t, in.Close())
	snapshot, err := e.Snapshot()
	require.NoError(t, err)
	in = open(t, interpreter.Config{Activities: []string{packing}})
	e, err = in.Restore(p, snapshot, interpreter.StartOptions{KeepHistory: true})
	require.NoError(t, err)
	require.NoError(t, in.SendTaskSuccess(background, poll(t, in, "joe").Token, 1))
	require.NoError(t, e.Wait(background))
	all := page(t, e, 100, interpreter.HistoryOptions{})
	require.EqualValues(t, 4, all[0].ID, "ActivityStarted")
	sameJSON(t, all[2:], page(t, e, 100, interpreter.HistoryOptions{After: 5}))
	sameJSON(t, all, page(t, e, 100, interpreter.HistoryOptions{After: 2}))
	sameJSON(t, all[:1], page(t, e, 100, interpreter.HistoryOptions{After: 5, Reverse: true}))
	require.Empty(t, page(t, e, 100, interpreter.HistoryOptions{After: 3, Reverse: true}))
}
