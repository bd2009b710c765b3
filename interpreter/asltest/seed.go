package asltest

import (
	"flag"
	"fmt"
	"strings"
	"testing"
)

var seedFlag = flag.Uint64("asl.seed", 0, "run asltest's executions with this seed, where a test gives none")

func seedOf(n uint64) uint64 {
	if n == 0 {
		return *seedFlag
	}
	return n
}

// Explore calls a test n times, each time with another [Seed] to give to [Run]:
// what may happen in any order happens in another one. It reports the first that
// fails, with its seed. The first time is without a seed, as the test would run
// alone.
//
//	asltest.Explore(t, 100, func(t testing.TB, schedule asltest.Option) {
//		x := asltest.Run(t, program, input, schedule, scripts)
//		x.WantOutput(`["a", "b"]`)
//	})
func Explore(t testing.TB, n int, test func(t testing.TB, schedule Option)) {
	t.Helper()
	for seed := range uint64(n) {
		r := &recorder{TB: t}
		if outer, ok := t.(*recorder); ok {
			r.bare = outer.bare
		}
		r.run(func() { test(r, Seed(seed)) })
		if r.failed {
			t.Fatalf("asltest: schedule %d of %d fails: run it alone with asltest.Seed(%d)\n%s",
				seed+1, n, seed, indent(strings.Join(r.log, "\n")))
		}
		if r.skipped {
			return
		}
	}
}

// recorder is a test that keeps what it reports.
type recorder struct {
	testing.TB
	failed, skipped bool
	bare            bool // without places in files
	log             []string
	cleanups        []func()
}

// Try runs a test outside of go test, in an example or a program, and returns
// what it reports: nothing if it passes. The places in files are left out.
func Try(test func(t testing.TB)) string {
	r := &recorder{bare: true}
	r.run(func() { test(r) })
	return strings.Join(r.log, "\n")
}

// ended is what ends a test of a recorder's.
type ended struct{ *recorder }

// run runs a test, and then what it left to be done at its end.
func (r *recorder) run(test func()) {
	r.guard(test)
	for len(r.cleanups) > 0 {
		last := r.cleanups[len(r.cleanups)-1]
		r.cleanups = r.cleanups[:len(r.cleanups)-1]
		r.guard(last)
	}
}

func (r *recorder) guard(test func()) {
	defer func() {
		p := recover()
		if e, ok := p.(ended); p != nil && (!ok || e.recorder != r) {
			panic(p)
		}
	}()
	test()
}

func (r *recorder) note(text string) {
	if at := caller(); at != "" && !r.bare {
		text = at + ": " + text
	}
	r.log = append(r.log, strings.TrimRight(text, "\n"))
}

func (r *recorder) Helper() {}

func (r *recorder) Name() string {
	if r.TB == nil {
		return "Try"
	}
	return r.TB.Name()
}

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Failed() bool      { return r.failed }
func (r *recorder) Skipped() bool     { return r.skipped }
func (r *recorder) Fail()             { r.failed = true }
func (r *recorder) Log(args ...any)   { r.note(fmt.Sprintln(args...)) }
func (r *recorder) Error(args ...any) { r.note(fmt.Sprintln(args...)); r.Fail() }
func (r *recorder) Fatal(args ...any) { r.note(fmt.Sprintln(args...)); r.FailNow() }
func (r *recorder) Logf(format string, args ...any) {
	r.note(fmt.Sprintf(format, args...))
}

func (r *recorder) Errorf(format string, args ...any) {
	r.note(fmt.Sprintf(format, args...))
	r.Fail()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.note(fmt.Sprintf(format, args...))
	r.FailNow()
}

func (r *recorder) FailNow() {
	r.failed = true
	panic(ended{r})
}

func (r *recorder) SkipNow() {
	r.skipped = true
	panic(ended{r})
}

func (r *recorder) Skip(args ...any) {
	r.note(fmt.Sprintln(args...))
	r.SkipNow()
}

func (r *recorder) Skipf(format string, args ...any) {
	r.note(fmt.Sprintf(format, args...))
	r.SkipNow()
}
