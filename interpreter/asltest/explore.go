package asltest

import (
	"flag"
	"fmt"
	"strings"
	"testing"
)

// Seed chooses one of many orders for events that are due at the same virtual time:
// the starts and ends of tasks, timers, and calls of the functions of
// [Script.Call]. It also seeds jitter and States.UUID. A run is determined by its
// seed. Seed 0, the default, keeps the order in which the events were caused.
func Seed(n uint64) Option { return option(func(c *config) { c.seed = n }) }

var seedFlag = flag.Uint64("asl.seed", 0, "run asltest's executions with this seed, where a test gives none")

func seedOrFlag(n uint64) uint64 {
	if n == 0 {
		return *seedFlag
	}
	return n
}

// Explore calls test n times, each time with another [Seed] to pass to [Run], and
// stops at the first that fails or panics. It reports that failure with its seed, and with what the
// tasks did in which order. The first call has seed 0, the order of a test without
// Explore.
//
// The orders are n random ones: of all that is due, any may be next, with the same
// probability. The functions of tasks are called, and go on where they call [Pause], in
// any order too. An order that needs many choices to go one way is found rarely: that
// Explore finds nothing is no proof.
//
//	asltest.Explore(t, 100, func(t testing.TB, schedule asltest.Option) {
//		x := asltest.Run(t, program, input, schedule, scripts)
//		x.WantOutput(`["a", "b"]`)
//	})
func Explore(t testing.TB, n int, test func(t testing.TB, schedule Option)) {
	t.Helper()
	if n < 1 {
		t.Fatalf("asltest: Explore(%d): the number of schedules must be at least 1", n)
	}
	for seed := range uint64(n) {
		r := newRecorder(t)
		taken := false
		r.runTest(func() {
			test(r, option(func(c *config) { c.seed, taken = seed, true }))
		})
		if r.failed {
			t.Fatalf("asltest: schedule %d of %d fails: run it alone with asltest.Seed(%d)\n%s%s",
				seed+1, n, seed, indentLines(strings.Join(r.log, "\n")), r.interleavings())
		}
		switch {
		case r.skipped:
			return
		case !taken:
			t.Fatal("asltest: Explore: the test did not pass its schedule to Run, so that all orders are the same")
		}
	}
}

// interleavings describes in which order the tasks of each run did what they did.
func (r *recorder) interleavings() string {
	all := ""
	for i, x := range r.runs {
		if tree := x.interleaving(); tree != "" {
			which := ""
			if len(r.runs) > 1 {
				which = fmt.Sprintf(" of run %d", i+1)
			}
			all += fmt.Sprintf("\nthe order%s:\n%s", which, indentLines(tree))
		}
	}
	return all
}
