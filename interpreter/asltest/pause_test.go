package asltest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/asltest"
)

// fakeStore stands for a database: each call is a place where other handlers may run.
type fakeStore map[string]int

func (s fakeStore) get(ctx context.Context, key string) int {
	asltest.Pause(ctx)
	return s[key]
}

func (s fakeStore) set(ctx context.Context, key string, n int) {
	asltest.Pause(ctx)
	s[key] = n
}

// putNew is false if the key is there.
func (s fakeStore) putNew(ctx context.Context, key string) bool {
	asltest.Pause(ctx)
	if _, ok := s[key]; ok {
		return false
	}
	s[key] = 1
	return true
}

// twoTasks runs the handlers a and b beside each other.
func twoTasks(t testing.TB) *asltest.Program {
	task := func(name string) string {
		return fmt.Sprintf(`{"StartAt": %q, "States": {%q: {"Type": "Task", "Resource": %q, "End": true}}}`, name, name, strings.ToLower(name))
	}
	return asltest.Compile(t, beside(task("A"), task("B")))
}

func handler(f func(ctx context.Context) error) interpreter.Handler {
	return interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) { return nil, f(ctx) })
}

// Races within two handlers of a Parallel, each with an invariant that it breaks.
var plantedRaces = map[string]func(t testing.TB, p *asltest.Program, schedule asltest.Option){
	"lost update": func(t testing.TB, p *asltest.Program, schedule asltest.Option) {
		store := fakeStore{"stock": 10}
		take := handler(func(ctx context.Context) error {
			store.set(ctx, "stock", store.get(ctx, "stock")-1)
			return nil
		})
		asltest.Run(t, p, nil, schedule, asltest.Resolver(interpreter.Mux{"a": take, "b": take})).WantSucceeded()
		if store["stock"] != 8 {
			t.Errorf("the stock is %d", store["stock"])
		}
	},
	"double spend": func(t testing.TB, p *asltest.Program, schedule asltest.Option) {
		store := fakeStore{"balance": 100}
		spend := handler(func(ctx context.Context) error {
			if store.get(ctx, "balance") >= 80 {
				asltest.Pause(ctx) // the call of the bank
				store["balance"] -= 80
			}
			return nil
		})
		asltest.Run(t, p, nil, schedule, asltest.Resolver(interpreter.Mux{"*": spend})).WantSucceeded()
		if store["balance"] < 0 {
			t.Errorf("the balance is %d", store["balance"])
		}
	},
	"check-then-act": func(t testing.TB, p *asltest.Program, schedule asltest.Option) {
		store := fakeStore{}
		create := handler(func(ctx context.Context) error {
			if store.get(ctx, "bucket") == 0 && !store.putNew(ctx, "bucket") {
				return asl.Errorf("BucketAlreadyExists", "")
			}
			return nil
		})
		asltest.Run(t, p, nil, schedule, asltest.Resolver(interpreter.Mux{"*": create})).WantSucceeded()
	},
}

func TestExploreFindsRacesWithinHandlers(t *testing.T) {
	p := twoTasks(t)
	for name, race := range plantedRaces {
		t.Run(name, func(t *testing.T) {
			for range 1000 {
				race(t, p, nil) // fails the test if a plain run finds it
			}
			report := asltest.Try(func(t testing.TB) {
				asltest.Explore(t, 20, func(t testing.TB, schedule asltest.Option) { race(t, p, schedule) })
			})
			require.Contains(t, report, "of 20 fails: run it alone with asltest.Seed(")
			require.Contains(t, report, "\nthe order:\n  at 0s\n    branch ")
			require.Contains(t, report, "paused")
			var seed uint64
			_, after, _ := strings.Cut(report, "asltest.Seed(")
			_, err := fmt.Sscanf(after, "%d)", &seed)
			require.NoError(t, err)
			require.NotEmpty(t, asltest.Try(func(t testing.TB) { race(t, p, asltest.Seed(seed)) }))
		})
	}
}

// Two handlers read the stock before either writes it.
func ExamplePause() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		program := twoTasks(t)
		asltest.Explore(t, 100, func(t testing.TB, schedule asltest.Option) {
			stock := 10
			take := interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
				was := stock
				asltest.Pause(ctx) // where the real handler calls its database
				stock = was - 1
				return stock, nil
			})
			asltest.Run(t, program, nil, schedule, asltest.Resolver(interpreter.Mux{"*": take}))
			if stock != 8 {
				t.Errorf("the stock is %d", stock)
			}
		})
	}))
	// Output:
	// asltest: schedule 3 of 100 fails: run it alone with asltest.Seed(2)
	//   the stock is 9
	// the order:
	//   at 0s
	//     branch 1 of "Fork"
	//       B started
	//     branch 0 of "Fork"
	//       A started
	//       A called with null, paused
	//     branch 1 of "Fork"
	//       B called with null, paused
	//       B goes on, returned 9
	//     branch 0 of "Fork"
	//       A goes on, returned 9
	//       A answered 9
	//     branch 1 of "Fork"
	//       B answered 9
}

// A function may pause in all kinds of tasks: it goes on, its context ends with its task,
// and it has returned when the run has.
func TestPausedFunctionsEnd(t *testing.T) {
	p := asltest.Compile(t, beside(
		`{"StartAt": "Slow", "States": {"Slow": {"Type": "Task", "Resource": "slow", "End": true}}}`,
		`{"StartAt": "Bad", "States": {"Bad": {"Type": "Task", "Resource": "bad", "End": true}}}`))
	ends := map[string]int{}
	asltest.Explore(t, 100, func(t testing.TB, schedule asltest.Option) {
		end := "not called"
		x := asltest.Run(t, p, nil, schedule, asltest.AllowUnused(),
			asltest.On("Slow").Call(func(ctx context.Context) {
				end = "begun"
				asltest.Pause(ctx)
				asltest.Pause(ctx)
				end = fmt.Sprint("returned, ", context.Cause(ctx))
			}),
			asltest.On("Bad").Throw("Bad", ""))
		x.WantFailed("Bad")
		ends[end]++
	})
	require.NotZero(t, ends["returned, <nil>"])
	require.NotZero(t, ends["returned, "+interpreter.ErrStopped.Error()])
	require.NotZero(t, ends["not called"])
	require.Zero(t, ends["begun"], "a function that was called returns")
}

// Pause does nothing outside of a run with a seed, and in what a function leaves behind.
func TestPauseElsewhere(t *testing.T) {
	asltest.Pause(context.Background())
	p := asltest.Compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "End": true}}}`)
	for _, seed := range []uint64{0, 1} {
		var kept context.Context
		x := asltest.Run(t, p, nil, asltest.Seed(seed), asltest.On("T").After(time.Second).Call(func(ctx context.Context) int {
			kept = ctx
			asltest.Pause(ctx)
			return 1
		}))
		x.WantOutput(1)
		x.WantElapsed(time.Second)
		asltest.Pause(kept)
	}
}

// CrashEverywhere and Map Runs go with functions that pause.
func TestPausesInCrashesAndChildren(t *testing.T) {
	p := asltest.Compile(t, `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "MaxConcurrency": 3,
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
			"StartAt": "Double", "States": {"Double": {"Type": "Task", "Resource": "double", "End": true}}}}}}`)
	for _, fault := range []asltest.Option{nil, asltest.CrashEverywhere()} {
		asltest.Explore(t, 20, func(t testing.TB, schedule asltest.Option) {
			calls := 0
			double := interpreter.Func(func(ctx context.Context, n int) (int, error) {
				calls++
				asltest.Pause(ctx)
				return 2 * n, nil
			})
			asltest.Run(t, p, []int{1, 2, 3}, fault, schedule, asltest.Resolver(interpreter.Mux{"double": double})).WantOutput(`[2, 4, 6]`)
			if calls != 3 {
				t.Errorf("%d calls", calls)
			}
		})
	}
}
