package machine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// endless are expressions that do not end, or not soon, by what they spend their
// time on. They see b, which is large, and a string s.
var endless = map[string]string{
	"calls":       `($f := function($x) { $f($x + 1) }; $f(0))`,
	"maps":        `$map($states.input.b, function() { $map($states.input.b, function($v, $i, $a) { $a.* ~> $count }) ~> $count }) ~> $count`,
	"reductions":  `$reduce([1..100000], function($a, $i) { $sum($states.input.b) }, 0)`,
	"comparisons": `$sort([1..100000], function($a, $b) { $sum($states.input.b) > 0 }) ~> $count`,
	"patterns":    `$map([1..10000], function() { $contains($states.input.text, /(x+)*y/) }) ~> $count`,
	"replaces":    `$replace($states.input.text, /x/, function() { $sum($states.input.b) ? "" : "" })`,
	"strings":     `$map([1..100000], function() { $length($states.input.text) }) ~> $count`,
}

// interruptible is a host whose Meanwhile is called by a Step, and says that the
// event has come, or that the time has passed, when it is called the n-th time.
type interruptible struct {
	*host
	calls, over int
}

func newInterruptible(h *host, n int, at time.Time, stopped *machine.Event) *interruptible {
	i := &interruptible{host: h}
	h.r.Meanwhile = func() (time.Time, *machine.Event) {
		if i.calls++; i.calls < n {
			return h.now, nil
		}
		i.over++
		return at, stopped
	}
	return i
}

// Whatever computes, in whichever field, ends with the execution: nothing that it
// does after the deadline or the stop is seen.
func TestInterruptEndsWhatComputes(t *testing.T) {
	race.OneGoroutine(t)
	input := largeInput(t).(*value.Object).With("text", strings.Repeat("x", 50_000))
	why := "Enough"
	for _, end := range []struct {
		name    string
		at      time.Time
		stopped *machine.Event
		status  machine.Status
	}{
		{"timeout", began.Add(10 * time.Second), nil, machine.TimedOut},
		{"stop", began.Add(2 * time.Second), &machine.Event{Kind: machine.Stopped, Cause: &why}, machine.Aborted},
		{"both", began.Add(11 * time.Second), &machine.Event{Kind: machine.Stopped}, machine.TimedOut},
	} {
		check := func(t *testing.T, definition string, o machine.Options) {
			h := newHost(t, compile(t, definition, o), input)
			h.answer = func(c machine.Command) []machine.Event {
				if c.Resource.Name == "fails" {
					return failWith("Boom", "")
				}
				return succeed(nil)
			}
			h.afterStep = restored
			i := newInterruptible(h, 3, end.at, end.stopped)
			require.NotNil(t, h.run())
			require.Equal(t, end.status, h.x.Status)
			require.Equal(t, 1, i.over)
			require.Equal(t, end.at, h.x.Time())
			last := h.history[len(h.history)-1]
			require.Equal(t, end.at.UnixNano(), last.Nanos)
			require.Equal(t, int(last.ID), len(h.history))
			for _, e := range h.history {
				require.NotEqual(t, history.EvaluationFailed, e.Type)
			}
			require.Equal(t, machine.Complete, h.r.Commands[len(h.r.Commands)-1].Kind)
		}
		lasting := machine.Options{Limits: machine.Limits{ExpressionSteps: -1, PayloadBytes: 1 << 20}}
		const head = `{"QueryLanguage": %q, "TimeoutSeconds": 10, "StartAt": "S", "States": {"S": %s, "Z": {"Type": "Succeed"}}}`
		for name, expression := range endless {
			t.Run(end.name+"/"+name, func(t *testing.T) {
				check(t, fmt.Sprintf(head, "JSONata", `{"Type": "Pass", "Output": `+string(value.Append(nil, "{% "+expression+" %}"))+`, "End": true}`), lasting)
			})
		}
		for name, state := range statesWithTwo {
			state = strings.ReplaceAll(state, "PASS", `{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`)
			t.Run(end.name+"/"+name, func(t *testing.T) {
				check(t, fmt.Sprintf(head, "JSONata", strings.ReplaceAll(state, "#", `($f := function($x) { $f($x + 1) }; $f(0))`)), lasting)
			})
		}
		for name, state := range pathWork {
			if name == "a large pattern" {
				continue // it is refused at once
			}
			t.Run(end.name+"/"+name, func(t *testing.T) {
				check(t, fmt.Sprintf(head, "JSONPath", state), machine.Options{Limits: machine.Limits{PayloadBytes: 1 << 20}})
			})
		}
	}
}

// Many small expressions are looked at like a large one.
func TestInterruptBetweenSmallExpressions(t *testing.T) {
	fields := repeated(5000, `"a%d": "{%% $sum([1..100]) %%}"`)
	h := newHost(t, compile(t, `{"QueryLanguage": "JSONata", "StartAt": "S", "States": {"S": {"Type": "Pass", "Output": `+fields+`, "End": true}}}`, machine.Options{}), nil)
	newInterruptible(h, 3, began, &machine.Event{Kind: machine.Stopped})
	h.run()
	require.Equal(t, machine.Aborted, h.x.Status)
	require.Less(t, h.r.Work, 4*8192)
}

// An expression that ends after the deadline has not ended in time, whether it
// succeeds or fails.
func TestTimeoutComesBeforeTheOutcome(t *testing.T) {
	for _, outcome := range []string{`1`, `$error('too late')`} {
		for _, work := range []int{100, 6000} {
			text := fmt.Sprintf(`{"QueryLanguage": "JSONata", "TimeoutSeconds": 10, "StartAt": "S", "States": {"S": {"Type": "Pass", "Output": "{%% [$sum([1..%d]), %s] %%}", "End": true}}}`, work, outcome)
			h := newHost(t, compile(t, text, machine.Options{}), nil)
			i := newInterruptible(h, 1, began, nil)
			h.run()
			require.NotEqual(t, machine.TimedOut, h.x.Status)
			looks := i.calls

			h = newHost(t, h.p, nil)
			newInterruptible(h, looks, began.Add(10*time.Second), nil)
			h.run()
			if work == 100 {
				require.Zero(t, looks, "it takes no time")
				require.NotEqual(t, machine.TimedOut, h.x.Status)
				continue
			}
			require.Positive(t, looks)
			require.Equal(t, machine.TimedOut, h.x.Status)
		}
	}
}

// Without an interrupt nothing depends on whether anybody looks, and the work that
// is seen never decreases.
func TestLooksChangeNothing(t *testing.T) {
	race.OneGoroutine(t)
	check := func(t *testing.T, language, state string, o machine.Options, input any) {
		state = strings.ReplaceAll(state, "PASS", `{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`)
		definition := fmt.Sprintf(`{"QueryLanguage": %q, "StartAt": "S", "States": {"S": %s, "Z": {"Type": "Succeed"}}}`, language, state)
		p := compile(t, definition, o)
		run := func(looks bool) ([]history.Event, int) {
			h := newHost(t, p, input)
			h.answer = func(c machine.Command) []machine.Event {
				if c.Resource.Name == "fails" {
					return failWith("Boom", "")
				}
				return succeed(nil)
			}
			calls, seen, work := 0, 0, 0
			if looks {
				h.r.Meanwhile = func() (time.Time, *machine.Event) {
					calls++
					require.GreaterOrEqual(t, h.r.Work, seen)
					seen = h.r.Work
					return h.now, nil
				}
			}
			h.afterStep = func(h *host) {
				require.GreaterOrEqual(t, h.r.Work, seen)
				seen = 0
				work += h.r.Work
			}
			h.run()
			require.True(t, !looks || calls > 0 || work < 2*4096)
			return h.history, work
		}
		want, work := run(false)
		got, same := run(true)
		require.Equal(t, want, got)
		require.Equal(t, work, same)
	}
	for name, state := range statesWithTwo {
		t.Run(name, func(t *testing.T) {
			check(t, "JSONata", strings.ReplaceAll(state, "#", heavy), machine.Options{}, nil)
		})
	}
	input := largeInput(t).(*value.Object).With("text", strings.Repeat("x", 50_000))
	for name, state := range pathWork {
		for _, limit := range []int{200_000, 1_234_567} {
			t.Run(fmt.Sprint(name, " ", limit), func(t *testing.T) {
				check(t, "JSONPath", state, machine.Options{Limits: machine.Limits{ExpressionSteps: limit, PayloadBytes: 1 << 20}}, input)
			})
		}
	}
}

// Work that exceeds the limit is refused, and not done.
func TestRefusedWorkIsNotDone(t *testing.T) {
	for language, state := range map[string]string{
		"JSONPath": `{"Type": "Pass", "Parameters": {"a.$": "$.one[?($.text =~ /` + strings.Repeat("x{0,900}y?", 9) + `z/)]"}, "End": true}`,
		"JSONata":  `{"Type": "Pass", "Output": "{% $states.input.b.(1` + strings.Repeat("+1", 20_000) + `) %}", "End": true}`,
	} {
		definition := fmt.Sprintf(`{"QueryLanguage": %q, "StartAt": "S", "States": {"S": %s}}`, language, state)
		h := newHost(t, compile(t, definition, machine.Options{Limits: machine.Limits{PayloadBytes: 1 << 20}}), largeInput(t).(*value.Object).With("text", strings.Repeat("x", 50_000)))
		o := h.run()
		require.NotNil(t, o.Error, language)
		require.Less(t, h.r.Work, 20_000, language)
	}
}

// A time that Step would refuse, or that is before the last, ends nothing.
func TestTimesThatMeanwhileInvents(t *testing.T) {
	p := compile(t, `{"QueryLanguage": "JSONata", "TimeoutSeconds": 10, "StartAt": "S", "States": {"S": {"Type": "Pass", "Output": "{% $sum([1..100000]) %}", "End": true}}}`, machine.Options{})
	for _, at := range []time.Time{{}, began.AddDate(-400, 0, 0), began.Add(-time.Hour), time.Unix(0, 0), time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(1<<60, 0)} {
		h := newHost(t, p, nil)
		i := newInterruptible(h, 1, at, nil)
		h.run()
		require.Equal(t, machine.Succeeded, h.x.Status, at)
		require.Greater(t, i.over, 1)
		require.Equal(t, began, h.x.Time())
	}
}

// A panic of Meanwhile is that of Step, and not an error of the state.
func TestPanicOfMeanwhileIsThatOfStep(t *testing.T) {
	input := largeInput(t)
	for language, state := range map[string]string{
		"JSONata":  `{"Type": "Pass", "Output": "{% $sum([1..100000]) %}", "End": true}`,
		"JSONPath": pathWork["filters"],
	} {
		definition := fmt.Sprintf(`{"QueryLanguage": %q, "StartAt": "S", "States": {"S": %s}}`, language, state)
		h := newHost(t, compile(t, definition, machine.Options{Limits: machine.Limits{PayloadBytes: 1 << 20}}), input)
		h.r.Meanwhile = func() (time.Time, *machine.Event) { panic("boom") }
		func() {
			defer func() { require.Contains(t, fmt.Sprint(recover()), "boom", language) }()
			h.run()
		}()
		require.Equal(t, machine.Running, h.x.Status, language)
	}
}

// The deadline of another branch's task fires once the states that compute have used
// up the Step: the outcome of the one that is at work counts, and then the task has
// timed out.
func TestDeadlineOfASiblingComesAfterTheStep(t *testing.T) {
	race.OneGoroutine(t)
	h := newHost(t, compile(t, `{"QueryLanguage": "JSONata", "StartAt": "S", "States": {"S": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "late", "TimeoutSeconds": 1, "End": true}}},
		{"StartAt": "L", "States": {"L": {"Type": "Pass", "Output": "{% $map([1..10000], function($x) { $x }) ~> $count %}", "Next": "L"}}}]}}}`, machine.Options{}), nil)
	h.answer = func(machine.Command) []machine.Event { return nil }
	total := 0
	now := func(work int) time.Time { return began.Add(time.Duration(total+work) * 100 * time.Nanosecond) }
	h.r.Meanwhile = func() (time.Time, *machine.Event) { return now(h.r.Work), nil }
	require.NoError(t, h.p.Step(h.x, machine.Event{Kind: machine.Started}, began, &h.r))
	total += h.r.Work
	require.NoError(t, h.p.Step(h.x, machine.Event{Kind: machine.TaskStarted, Task: h.r.Commands[0].Task}, now(0), &h.r))
	started := total
	for total += h.r.Work; h.x.Status == machine.Running; total += h.r.Work {
		require.Equal(t, machine.Yield, h.r.Commands[len(h.r.Commands)-1].Kind)
		require.Less(t, h.r.Work, 600_000)
		require.NoError(t, h.p.Step(h.x, machine.Event{Kind: machine.Tick}, now(0), &h.r))
	}
	require.Equal(t, "States.Timeout", *h.x.Outcome.Error)
	require.InDelta(t, 10_000_000, total-started, 600_000)
}
