package asltest_test

import (
	"context"
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/asltest"
)

const oneTask = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "a", "End": true}}}`

// The testing.TB of Explore, Inputs and Try may be used as that of package testing.
func TestRecordersAreUsedByGoroutines(t *testing.T) {
	report := asltest.Try(func(t testing.TB) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				t.Cleanup(func() {})
				t.Errorf("wrong")
				t.FailNow() // ends this goroutine alone
			})
		}
		all.Wait()
		t.Log(t.Failed(), t.Skipped())
	})
	require.Equal(t, strings.Repeat("wrong\n", 8)+"true false", report)
}

// A handler of a test may end it, on the goroutine of a function too.
func TestHandlersMayFailTheTest(t *testing.T) {
	p := asltest.Compile(t, oneTask)
	for seed := range uint64(2) {
		failing := func(t testing.TB) func(context.Context, any) (any, error) {
			return func(context.Context, any) (any, error) { t.Fatal("not this one"); return nil, nil }
		}
		report := asltest.Try(func(t testing.TB) {
			asltest.Run(t, p, nil, asltest.Seed(seed), asltest.On("A").Call(func() { _, _ = failing(t)(nil, nil) }))
		})
		require.True(t, strings.HasPrefix(report, "not this one"), report)
		require.NotContains(t, report, "panic")
		report = asltest.Try(func(t testing.TB) {
			asltest.Run(t, p, nil, asltest.Seed(seed), asltest.Resolver(interpreter.Mux{"a": interpreter.Func(failing(t))})).WantSucceeded()
		})
		require.Contains(t, report, "not this one\n")
		require.Contains(t, report, "The handler called runtime.Goexit.")
	}
}

// FailNow of the test outside ends that, and not only the one within.
func TestOuterTestEndsFromWithin(t *testing.T) {
	p := asltest.Compile(t, oneTask)
	calls := 0
	require.Equal(t, "outside", asltest.Try(func(outer testing.TB) {
		asltest.Explore(outer, 5, func(t testing.TB, schedule asltest.Option) {
			calls++
			asltest.Run(t, p, nil, schedule, asltest.On("A").Return(`1`))
			outer.Fatal("outside")
		})
		outer.Error("it went on")
	}))
	require.Equal(t, 1, calls)
}

func TestPanicsHaveTheirSeed(t *testing.T) {
	p := asltest.Compile(t, oneTask)
	cleaned := 0
	report := asltest.Try(func(t testing.TB) {
		asltest.Explore(t, 5, func(t testing.TB, schedule asltest.Option) {
			t.Cleanup(func() { cleaned++ })
			asltest.Run(t, p, nil, schedule, asltest.On("A").Return(`1`))
			if cleaned == 2 {
				panic("oh")
			}
		})
	})
	require.Equal(t, "asltest: schedule 3 of 5 fails: run it alone with asltest.Seed(2)\n  panic: oh", report)
	require.Equal(t, 3, cleaned)
	report = asltest.Try(func(t testing.TB) {
		t.Cleanup(func() { t.Log("cleaned") })
		panic("oh")
	})
	require.Equal(t, "panic: oh\ncleaned", report)
}

// Each run has a folder, environment variables and a context of its own, as a test has.
func TestRunsHaveTheirOwnFolders(t *testing.T) {
	p := asltest.Compile(t, oneTask)
	t.Setenv("ASLTEST_OUTER", "1")
	folders := map[string]bool{}
	test := func(t testing.TB) {
		_, set := os.LookupEnv("ASLTEST_INNER")
		require.False(t, set)
		t.Setenv("ASLTEST_INNER", "2")
		t.Setenv("ASLTEST_OUTER", "2")
		folder := t.TempDir()
		require.DirExists(t, folder)
		folders[folder] = true
		ended := make(chan struct{})
		context.AfterFunc(t.Context(), func() { close(ended) })
		t.Cleanup(func() { <-ended })
	}
	require.Empty(t, asltest.Try(test))
	asltest.Inputs(t, p, asltest.Examples(1), func(t testing.TB, _ json.RawMessage) { test(t) })
	require.Len(t, folders, 101)
	for folder := range folders {
		require.NoDirExists(t, folder)
	}
	require.Equal(t, "1", os.Getenv("ASLTEST_OUTER"))
}

func TestGoexitPassesOn(t *testing.T) {
	ended := make(chan bool, 1)
	go func() {
		returned := false
		defer func() { ended <- returned }()
		asltest.Try(func(testing.TB) { runtime.Goexit() })
		returned = true
	}()
	require.False(t, <-ended)
}
