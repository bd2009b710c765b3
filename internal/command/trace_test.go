package command

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
)

// Attempts are counted for each entry of a state: the items of a Map are in the same state
// at a time.
func TestTraceCountsAttemptsOfEachEntry(t *testing.T) {
	var out bytes.Buffer
	tracer := newTrace(&out, new(asl.StateMachine))
	for i, e := range []history.Event{
		{Type: history.TaskStateEntered, Name: "Pick"},
		{Type: history.TaskStateEntered, Name: "Pick"},
		{Type: history.TaskScheduled, Previous: 1},
		{Type: history.TaskScheduled, Previous: 2},
		{Type: history.TaskScheduled, Previous: 4},
		{Type: history.TaskScheduled, Previous: 3},
	} {
		e.ID = uint32(i + 1)
		require.NoError(t, tracer.Record("x", []history.Event{e}))
	}
	require.Equal(t, strings.Repeat("    0s  Pick                          ↻ attempt 2\n", 2), out.String())
}

// Lines of branches and iterations have their indexes, and those of the states around them
// come back to where they were.
func TestTraceShowsBranchesAndItems(t *testing.T) {
	const definition = `{"StartAt": "P", "States": {
		"P": {"Type": "Parallel", "ResultPath": null, "Next": "M", "Branches": [
			{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "Next": "A2"}, "A2": {"Type": "Pass", "End": true}}},
			{"StartAt": "N", "States": {"N": {"Type": "Map", "ItemsPath": "$.one", "End": true, "ItemProcessor": {
				"StartAt": "I0", "States": {"I0": {"Type": "Pass", "End": true}}}}}}]},
		"M": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "Next": "Empty", "Catch": [{"ErrorEquals": ["E"], "Next": "Empty", "ResultPath": null}],
			"ItemProcessor": {"StartAt": "I", "States": {
				"I": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 3, "Next": "F"}], "Default": "Inner"},
				"Inner": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "X", "States": {"X": {"Type": "Pass", "End": true}}}]},
				"F": {"Type": "Fail", "Error": "E", "Cause": "broken"}}}},
		"Empty": {"Type": "Map", "ItemsPath": "$.none", "End": true, "ItemProcessor": {"StartAt": "Y", "States": {"Y": {"Type": "Pass", "End": true}}}}}}`
	const start = `    0s  P                             ▶ 2 branches
    0s  │ 1 N                         ▶ 1 item
`
	const first = `    0s  │ 1 │ [0] I0                  ✓
`
	const middle = `    0s  │ 1 N                         ✓ 1 item
    1s  │ 0 A                         ✓
    1s  │ 0 A2                        ✓
    1s  P                             ✓
    1s  M                             ▶ 3 items
`
	const items = `    1s  │ [0] I                       ✓ → Inner
    1s  │ [1] I                       ✓ → Inner
    1s  │ [0] Inner                   ▶ 1 branch
    1s  │ [1] Inner                   ▶ 1 branch
    1s  │ [0] │ 0 X                   ✓
    1s  │ [0] Inner                   ✓
    1s  │ [1] │ 0 X                   ✓
    1s  │ [1] Inner                   ✓
    1s  │ [2] I                       ✓ → F
`
	const end = `    1s  │ [2] F                       ✕ E: broken
    1s  M                             ! E → Empty
    1s  Empty                         ▶ no items
    1s  Empty                         ✓ no items
SUCCEEDED after 1s
`
	const want = start + middle + end
	writeFiles(t, map[string]string{"m.json": definition})
	args := func(more ...string) []string {
		return append(append([]string{"run", "-clock", "virtual", "-input", `{"one": [1], "items": [1, 2, 3], "none": []}`}, more...), "m.json")
	}
	code, out, err := invokeHere("", args("-trace")...)
	require.Zero(t, code, err)
	require.Equal(t, "[]\n", out)
	require.Equal(t, want, err)

	_, out, err = invokeHere("", args()...)
	require.Equal(t, "[]\n", out)
	require.Empty(t, err)

	_, _, err = invokeHere("", args("-trace=all")...)
	require.Equal(t, start+first+middle+items+end, err)

	// On a terminal the trace is there without asking, wherever the output goes.
	for option, wanted := range map[string]string{"-trace": want, "-trace=auto": want, "-trace=off": "", "-quiet": "", "-quiet=false": want} {
		for _, terminal := range []bool{false, true} {
			var out, errs bytes.Buffer
			t.Setenv("NO_COLOR", "1")
			require.Zero(t, runCommand(args(option), streams{in: strings.NewReader(""), out: &out, err: &errs, terminal: terminal, errTerminal: true}))
			require.Equal(t, "[]\n", out.String(), option)
			require.Equal(t, wanted, withoutProgress(errs.String()), option)
		}
	}
	for _, option := range []string{"-trace", "-trace=on", "-trace=all"} {
		code, _, err = invokeHere("", args(option, "-quiet")...)
		require.Equal(t, exitUsage, code)
		require.Contains(t, err, "-trace and -quiet do not go together")
	}
	code, _, err = invokeHere("", args("-trace=most")...)
	require.Equal(t, exitUsage, code)
	require.Contains(t, err, `asl run: invalid value "most" for -trace: must be auto, on, off or all`)
}

// withoutProgress returns what stays on a terminal whose last line is overwritten.
func withoutProgress(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = line[strings.LastIndex(line, clearLine)+1:]
		lines[i] = strings.TrimPrefix(lines[i], clearLine[1:])
	}
	return strings.Join(lines, "\n")
}

// runTraced returns the trace of a run on a terminal of a width, 0 for none.
func runTraced(t *testing.T, width int, more ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	runCommand(append(append([]string{"run", "-clock", "virtual", "-trace"}, more...), "m.json"),
		streams{in: strings.NewReader(""), out: &out, err: &errs, errTerminal: width > 0, errWidth: width})
	return withoutProgress(errs.String())
}

const retried = `{"StartAt": "Both", "States": {
	"Both": {"Type": "Parallel", "Next": "Ship", "Retry": [{"ErrorEquals": ["Jam"], "MaxAttempts": 1}],
		"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Ship"}], "Branches": [
			{"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "Resource": "charge", "End": true}}},
			{"StartAt": "Reserve", "States": {"Reserve": {"Type": "Wait", "Seconds": 60, "End": true}}}]},
	"Ship": {"Type": "Task", "Resource": "ship", "Retry": [{"ErrorEquals": ["OutOfStock"], "MaxAttempts": 1}], "End": true}}}`

const retriedMocks = `{"StateMachines": {"M": {"TestCases": {"C": {"Charge": "Jam", "Ship": "Out"}}}}, "MockedResponses": {
	"Jam": {"0-9": {"Throw": {"Error": "Jam", "Cause": "paper"}}},
	"Out": {"0-9": {"Throw": {"Error": "OutOfStock", "Cause": "none of these are in the store, and more come on Monday"}}}}}`

// A retry names the error before it, a caught error where the execution goes on, and the
// last line the state that failed. States that a failure aborts are not left out.
func TestTraceShowsRetriesAndWhatIsCaught(t *testing.T) {
	writeFiles(t, map[string]string{"m.json": retried, "mocks.json": retriedMocks})
	require.Equal(t, `    0s  Both                          ▶ 2 branches
    1s  │ 0 Charge                    ✕ Jam: paper
    1s  │ 1 Reserve                   ■ aborted
    1s  Both                          ↻ attempt 2: Jam
    1s  │ 0 Charge                    ✕ Jam: paper
    1s  │ 1 Reserve                   ■ aborted
    1s  Both                          ! Jam (2 attempts) → Ship
    2s  Ship                          ↻ attempt 2 after 1s: OutOfStock: none of these are in the store, and more come on Monday
    2s  Ship                          ✕ OutOfStock (2 attempts): none of these are in the store, and more come on Monday
FAILED in Ship after 2s
OutOfStock in state Ship
none of these are in the store, and more come on Monday
`, runTraced(t, 0, "-mock", "mocks.json", "-case", "M/C"))
}

// On a narrow terminal lines are cut, and the text after the trace is wrapped: the
// terminal breaks no word.
func TestTraceFitsTheTerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	writeFiles(t, map[string]string{"m.json": retried, "mocks.json": retriedMocks})
	require.Equal(t, `    0s  Both             ▶ 2 branches
    1s  │ 0 Charge       ✕ Jam: paper
    1s  │ 1 Reserve      ■ aborted
    1s  Both             ↻ attempt 2: J…
    1s  │ 0 Charge       ✕ Jam: paper
    1s  │ 1 Reserve      ■ aborted
    1s  Both             ! Jam (… → Ship
    2s  Ship             ↻ attempt 2 af…
    2s  Ship             ✕ OutOfStock (…
FAILED in Ship after 2s
OutOfStock in state Ship
none of these are in the store, and more
come on Monday
`, runTraced(t, 40, "-mock", "mocks.json", "-case", "M/C"))
}

// Colours are for terminals that have them.
func TestTraceHasColorsOnATerminal(t *testing.T) {
	writeFiles(t, map[string]string{"m.json": `{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`})
	for _, c := range []struct {
		width            int
		noColor, dumb    string
		wanted, unwanted string
	}{
		{80, "", "xterm", "\x1b[32m  ✓\x1b[0m", "\x1b[31m"},
		{80, "1", "xterm", "  ✓", "\x1b[32m"},
		{80, "", "dumb", "  ✓", "\x1b[32m"},
		{0, "", "xterm", "  ✓", "\x1b[32m"},
	} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("TERM", c.dumb)
		text := runTraced(t, c.width)
		require.Contains(t, text, c.wanted)
		require.NotContains(t, text, c.unwanted)
	}
}

// Times are short: they have a column of their own.
func TestTraceRoundsTimes(t *testing.T) {
	for nanos, want := range map[time.Duration]string{
		0: "0s", 1_499_999: "1ms", 12_345_678_901: "12.35s", 61_001_500_000: "1m1s", 100 * time.Hour: "100h0m0s",
	} {
		require.Equal(t, want, shortDuration(nanos))
	}
}

// A log tells what a state that runs for long is, more and more seldom.
func TestTraceTellsWhatRunsForLong(t *testing.T) {
	m, err := asl.Parse([]byte(`{"StartAt": "P", "States": {
		"P": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": true}}},
			{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {
				"StartAt": "I", "States": {"I": {"Type": "Wait", "Seconds": 60, "End": true}}}}}}]}}}`))
	require.NoError(t, err)
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	const (
		wait = `│ 0 Wait                      ▶ running for `
		each = `│ 1 M                         ▶ running for `
		item = `│ 1 │ [0] I                   ▶ running for `
	)
	for all, want := range map[bool]string{
		false: "   10s  " + wait + "10s\n   10s  " + each + "10s\n   20s  " + wait + "20s\n   20s  " + each + "20s\n" +
			"   45s  " + wait + "45s\n   45s  " + each + "45s\n 1m20s  " + wait + "1m20s\n 1m20s  " + each + "1m20s\n",
		true: "   10s  " + wait + "10s\n   10s  " + item + "10s\n   20s  " + wait + "20s\n   20s  " + item + "20s\n" +
			"   45s  " + wait + "45s\n   45s  " + item + "45s\n 1m20s  " + wait + "1m20s\n 1m20s  " + item + "1m20s\n",
	} {
		var out bytes.Buffer
		tracer := newTrace(&out, m)
		tracer.all = all
		for i, e := range []history.Event{
			{Type: history.ExecutionStarted},
			{Type: history.ParallelStateEntered, Name: "P"},
			{Type: history.ParallelStateStarted},
			{Type: history.WaitStateEntered, Name: "Wait"},
			{Type: history.MapStateEntered, Name: "M", Previous: 3},
			{Type: history.MapStateStarted, Index: 1},
			{Type: history.MapIterationStarted, Name: "M"},
			{Type: history.WaitStateEntered, Name: "I"},
		} {
			e.ID, e.Nanos = uint32(i+1), began.UnixNano()
			if e.Previous == 0 {
				e.Previous = uint32(i)
			}
			require.NoError(t, tracer.Record("x", []history.Event{e}))
		}
		out.Reset()
		ticks := make(chan time.Time)
		stop := tracer.watchTicks(ticks)
		for _, seconds := range []int{9, 10, 11, 19, 20, 39, 45, 80} {
			ticks <- began.Add(time.Duration(seconds) * time.Second)
		}
		stop()
		require.Equal(t, want, out.String())
	}
}

// An execution that fails names the state, and the items and branches around it with the
// numbers of the trace, whether there is a trace or not.
func TestRunSaysWhereItFailed(t *testing.T) {
	const pay = `{"StartAt": "Pay", "States": {
		"Pay": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 5, "Next": "Bad"}], "Default": "Ok"},
		"Ok": {"Type": "Pass", "End": true}, "Bad": {"Type": "Fail", "Error": "Declined", "Cause": "no money"}}}`
	const both = `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 9, "End": true}}},
		{"StartAt": "Inner", "States": {"Inner": {"Type": "Map", "End": true, "ItemProcessor": ` + pay + `}}}]}}}`
	writeFiles(t, map[string]string{
		"nested.json": `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": ` + both + `}}}`,
		"retried.json": `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Retry": [{"ErrorEquals": ["Declined"], "MaxAttempts": 1}], "Branches": [` + pay + `],
			"Catch": [{"ErrorEquals": ["Declined"], "Next": "Choose"}], "Next": "Choose"},
			"Choose": {"Type": "Choice", "Choices": [{"Variable": "$.x", "NumericEquals": 1, "Next": "End"}]}, "End": {"Type": "Succeed"}}}`,
		"late.json": `{"StartAt": "Both", "TimeoutSeconds": 5, "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 9, "End": true}}}, {"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 9, "End": true}}}]}}}`,
	})
	for _, c := range []struct{ input, file, want string }{
		{`[[1, 2], [3, 4, 5]]`, "nested.json", "Declined in state Bad, item 2 of Inner, branch 1 of Both, item 1 of Each\nno money\n"},
		{`5`, "retried.json", "States.Runtime in state Choose\n"},
		{`5`, "late.json", "States.Timeout while running A and 1 more\n"},
	} {
		for _, option := range []string{"-trace", "-quiet"} {
			code, _, err := invokeHere("", "run", "-clock", "virtual", "-input", c.input, option, c.file)
			require.Equal(t, exitFailed, code)
			require.Contains(t, err, c.want)
			if option == "-quiet" {
				require.True(t, strings.HasPrefix(err, c.want), err)
			}
		}
	}
}

// A name has the room that the text of its line leaves. Where outer bars would leave too
// little of it, they go first.
func TestTraceKeepsNamesOnNarrowTerminals(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	const inner = `{"StartAt": "Pay", "States": {"Pay": {"Type": "Pass", "Next": "ConfirmThePaymentOfTheOrder"}, "ConfirmThePaymentOfTheOrder": {"Type": "Pass", "Next": "RefuseThePayment"},
		"RefuseThePayment": {"Type": "Fail", "Error": "Declined", "Cause": "the card has no money"}}}`
	writeFiles(t, map[string]string{"m.json": `{"StartAt": "ValidateTheCustomersOrder", "States": {"ValidateTheCustomersOrder": {"Type": "Pass", "Next": "Each"},
		"Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "Inner", "States": {"Inner": {"Type": "Map", "End": true, "ItemProcessor": ` + inner + `}}}]}}}}}}`})
	require.Equal(t, `    0s  ValidateTheCustomersOrder  ✓
    0s  Each             ▶ 1 item
    0s  │ [0] Both       ▶ 1 branch
    0s  │ [0] │ 0 Inner  ▶ 1 item
    0s  │ [0] │ 0 │ [0] Pay  ✓
    0s  │ [0] │ 0 │ [0] ConfirmThePa…  ✓
    0s  … │ [0] RefuseThe…  ✕ Declined:…
    0s  │ [0] │ 0 Inner  ✕ Declined
    0s  │ [0] Both       ✕ Declined
    0s  Each             ✕ Declined
FAILED in RefuseThePayment after 0s
Declined in state RefuseThePayment, item
0 of Inner, branch 0 of Both, item 0 of
Each
the card has no money
`, runTraced(t, 40, "-trace=all", "-input", "[[1]]"))
}

// A Parallel or Map that fails after its branches or iterations have succeeded is the state
// that failed, and not the last one inside.
func TestTraceOfAFailureAfterTheBranches(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	const pass = `{"StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}`
	for name, c := range map[string]struct{ state, input, last string }{
		"Parallel": {`"Parallel", "Branches": [` + pass + `]`, "{}", "│ 0 In                        ✓\n"},
		"Map":      {`"Map", "ItemProcessor": ` + pass, "[1]", "│ [0] In                      ✓\n"},
		"no items": {`"Map", "ItemProcessor": ` + pass, "[]", "Out                           ▶ no items\n"},
	} {
		writeFiles(t, map[string]string{"m.json": `{"StartAt": "Out", "States": {"Out": {"Type": ` + c.state +
			`, "ResultSelector": {"x.$": "$[7].x"}, "End": true}}}`})
		require.Contains(t, runTraced(t, 0, "-trace=all", "-input", c.input), c.last+`    0s  Out                           ✕ States.Runtime
FAILED in Out after 0s
States.Runtime in state Out
`, name)
	}
}

// A state that waits for its Retrier when something else fails, or when the execution is
// stopped, is aborted. What runs comes before what waits.
func TestTraceOfAStateThatWaitsForARetry(t *testing.T) {
	m, _ := asl.Parse([]byte(`{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "Poll", "States": {"Poll": {"Type": "Task", "Resource": "r", "End": true}}},
		{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 5, "Next": "Bad"}, "Bad": {"Type": "Fail", "Error": "Boom"}}}]}}}`))
	busy, boom := "Busy", "Boom"
	begun := []history.Event{
		{Type: history.ExecutionStarted},
		{Type: history.ParallelStateEntered, Name: "Both"},
		{Type: history.ParallelStateStarted, Previous: 2},
		{Type: history.TaskStateEntered, Name: "Poll", Previous: 3},
		{Type: history.TaskScheduled, Previous: 4},
		{Type: history.WaitStateEntered, Name: "Rest", Previous: 3},
		{Type: history.TaskFailed, Previous: 5, Detail: &history.Failure{Error: &busy}},
	}
	for name, c := range map[string]struct {
		events []history.Event
		want   string
	}{
		"another one fails": {[]history.Event{
			{Type: history.WaitStateExited, Name: "Rest", Previous: 6},
			{Type: history.FailStateEntered, Name: "Bad", Previous: 8},
			{Type: history.TaskStateAborted, Previous: 9},
			{Type: history.ParallelStateFailed, Previous: 9},
			{Type: history.ExecutionFailed, Previous: 11, Detail: &history.Failure{Error: &boom}},
		}, `    0s  │ 1 Rest                      ✓
    0s  │ 0 Poll                      ■ aborted
    0s  │ 1 Bad                       ✕ Boom
    0s  Both                          ✕ Boom
FAILED in Bad after 0s
`},
		"stopped": {[]history.Event{{Type: history.ExecutionAborted}}, `    0s  │ 1 Rest                      ■ aborted
    0s  │ 0 Poll                      ■ aborted
    0s  Both                          ■ aborted
ABORTED after 0s
`},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			trace := newTrace(&out, m)
			events := append(slices.Clone(begun), c.events...)
			for i := range events {
				events[i].ID = uint32(i + 1)
			}
			require.NoError(t, trace.Record("x", events[:len(begun)]))
			require.Equal(t, "Rest and 1 more", trace.running())
			out.Reset()
			require.NoError(t, trace.Record("x", events[len(begun):]))
			require.Equal(t, c.want, out.String())
		})
	}
}

// A trace that prints nothing holds events back, without their data, until it is known
// whether the execution has failed, and then says what one that follows them says.
func TestSilentTrace(t *testing.T) {
	m, err := asl.Parse([]byte(`{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "Work", "States": {
		"Work": {"Type": "Task", "Resource": "work", "End": true}}}}}}`))
	require.NoError(t, err)
	name := "Full"
	failure := &history.Failure{Error: &name}
	events := []history.Event{
		{ID: 1, Type: history.ExecutionStarted, Value: "input", Detail: &history.Started{}},
		{ID: 2, Previous: 1, Type: history.MapStateEntered, Name: "Each", Value: "input"},
		{ID: 3, Previous: 2, Type: history.MapStateStarted, Index: 2},
		{ID: 4, Previous: 3, Type: history.MapIterationStarted, Name: "Each", Index: 0},
		{ID: 5, Previous: 4, Type: history.TaskStateEntered, Name: "Work", Value: "item"},
		{ID: 6, Previous: 3, Type: history.MapIterationStarted, Name: "Each", Index: 1},
		{ID: 7, Previous: 6, Type: history.TaskStateEntered, Name: "Work", Value: "item"},
		{ID: 8, Previous: 7, Type: history.TaskScheduled, Value: "item", Detail: &history.Scheduled{}},
		{ID: 9, Previous: 8, Type: history.TaskFailed, Detail: failure},
	}
	failed := append(slices.Clone(events), history.Event{ID: 10, Previous: 9, Type: history.MapStateFailed, Detail: failure},
		history.Event{ID: 11, Previous: 10, Type: history.ExecutionFailed, Detail: failure})
	for what, ends := range map[string]struct {
		events []history.Event
		where  string
	}{
		"fails":     {failed, " in state Work, item 1 of Each"},
		"times out": {append(slices.Clone(events[:8]), history.Event{ID: 9, Previous: 8, Type: history.ExecutionTimedOut}), " while running Work and 1 more"},
		"succeeds":  {append(slices.Clone(events[:1]), history.Event{ID: 2, Previous: 1, Type: history.ExecutionSucceeded}), " in state Work"},
	} {
		silent := newTrace(nil, m)
		for i := range ends.events { // in batches of one, whose events are not valid afterwards
			batch := []history.Event{ends.events[i]}
			require.NoError(t, silent.Record("", batch))
			clear(batch)
			for _, e := range silent.held {
				require.Nil(t, e.Value)
				require.True(t, e.Detail == nil || e.Detail == failure)
			}
		}
		require.Empty(t, silent.held, what)
		require.Equal(t, ends.where, silent.where("Work"), what)
		whole := newTrace(nil, m)
		require.NoError(t, whole.Record("", ends.events))
		require.Equal(t, ends.where, whole.where("Work"), what)
		require.Equal(t, what == "succeeds", len(whole.visits) == 0, what)
	}
}
