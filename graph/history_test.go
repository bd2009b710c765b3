package graph

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/value"
)

// nested has a Task in a Map in a Parallel.
const nested = `{"StartAt": "First", "States": {
	"First": {"Type": "Pass", "Next": "Both"},
	"Both": {"Type": "Parallel", "Next": "Last", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Handle"}], "Branches": [
		{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
			"ItemProcessor": {"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "r", "End": true}}}}}},
		{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 60, "End": true}}}]},
	"Last": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "Done"}]},
	"Done": {"Type": "Succeed"},
	"Handle": {"Type": "Pass", "End": true}}}`

// events reads a history from lines: an event's type, the event before, and a
// name of a state or an error. The ids are the numbers of the lines, which are a
// second apart.
func events(t *testing.T, text string) []history.Event {
	t.Helper()
	var list []history.Event
	for line := range strings.Lines(strings.TrimSpace(text)) {
		parts := append(strings.Fields(line), "", "")
		typ, ok := history.ParseType(parts[0])
		require.True(t, ok, line)
		previous, _ := value.ParseString(parts[1])
		id := len(list) + 1
		e := history.Event{ID: uint32(id), Previous: uint32(previous.(int64)), Type: typ, Nanos: int64(time.Duration(id) * time.Second)}
		switch {
		case typ == history.EvaluationFailed:
			failed := "States.QueryEvaluationError"
			e.Name, e.Detail = parts[2], &history.Failure{Error: &failed}
		case strings.HasSuffix(parts[0], "Failed") && parts[0] != "MapIterationFailed" && parts[2] != "":
			e.Detail = &history.Failure{Error: &parts[2]}
		default:
			e.Name = parts[2]
		}
		list = append(list, e)
	}
	return list
}

// outcomes says what became of the states that were reached.
func outcomes(g *Graph) map[string]string {
	out := make(map[string]string)
	for name, n := range g.states {
		if n.Run != nil {
			out[name] = n.Run.statusLine()
		}
	}
	return out
}

func TestOutcomes(t *testing.T) {
	const begun = `
		ExecutionStarted 0
		PassStateEntered 0 First
		PassStateExited 2 First
		ParallelStateEntered 3 Both
		ParallelStateStarted 4
		MapStateEntered 5 Each
		MapStateStarted 6
		MapIterationStarted 7 Each
		TaskStateEntered 8 Work
		TaskScheduled 9
		WaitStateEntered 5 Rest`
	for name, c := range map[string]struct {
		events string
		want   map[string]string
	}{
		"running": {begun, map[string]string{
			"First": "succeeded, 1 s", "Both": "running", "Each": "running", "Work": "running", "Rest": "running"}},
		"waiting for a retry": {begun + `
			TaskFailed 10 Busy`, map[string]string{
			"First": "succeeded, 1 s", "Both": "running", "Each": "running", "Work": "running: Busy", "Rest": "running"}},
		"a second attempt": {begun + `
			TaskFailed 10 Busy
			TaskScheduled 12
			TaskSucceeded 13
			TaskStateExited 14 Work`, map[string]string{
			"First": "succeeded, 1 s", "Both": "running", "Each": "running", "Work": "succeeded, 2 attempts, 6 s", "Rest": "running"}},
		"failed": {begun + `
			TaskFailed 10 Busy
			MapIterationFailed 12 Each
			MapStateFailed 12
			ParallelStateFailed 14
			ExecutionFailed 15 Busy`, map[string]string{
			"First": "succeeded, 1 s", "Both": "failed: Busy", "Each": "failed: Busy", "Work": "failed: Busy", "Rest": "aborted"}},
		"two items are aborted after the same event": {begun + `
			MapIterationStarted 7 Each
			TaskStateEntered 12 Work
			TaskScheduled 13
			TaskFailed 14 Busy
			TaskStateAborted 15
			TaskStateAborted 15
			MapIterationFailed 15 Each
			MapStateFailed 18
			ParallelStateFailed 19
			ExecutionFailed 20 Busy`, map[string]string{
			"First": "succeeded, 1 s", "Both": "failed: Busy", "Each": "failed: Busy", "Work": "1 of 2 failed: Busy, 3 s to 8 s", "Rest": "aborted"}},
		"caught by what is around": {begun + `
			TaskFailed 10 Busy
			TaskStateAborted 12
			MapIterationFailed 12 Each
			MapStateFailed 12
			WaitStateAborted 11
			ParallelStateFailed 15
			ParallelStateExited 17 Both
			PassStateEntered 18 Handle`, map[string]string{
			"First": "succeeded, 1 s", "Both": "caught: Busy, 14 s", "Each": "failed: Busy", "Work": "failed: Busy, 4 s",
			"Rest": "aborted, 5 s", "Handle": "running"}},
		"what is around begins anew": {begun + `
			TaskFailed 10 Busy
			MapIterationFailed 12 Each
			MapStateFailed 12
			MapStateStarted 14
			MapIterationStarted 15 Each
			TaskStateEntered 16 Work
			TaskScheduled 17
			TaskSucceeded 18
			TaskStateExited 19 Work`, map[string]string{
			"First": "succeeded, 1 s", "Both": "running", "Each": "running: Busy, 2 attempts", "Work": "succeeded, entered 2 times, 3 s", "Rest": "running"}},
		"stopped": {begun + `
			ExecutionAborted 0`, map[string]string{
			"First": "succeeded, 1 s", "Both": "aborted", "Each": "aborted", "Work": "aborted", "Rest": "aborted"}},
		"no Choice rule": {`
			ExecutionStarted 0
			PassStateEntered 0 First
			PassStateExited 2 First
			ChoiceStateEntered 3 Last
			ExecutionFailed 4 States.Runtime`, map[string]string{
			"First": "succeeded, 1 s", "Last": "failed: States.Runtime"}},
		"redriven": {begun + `
			TaskFailed 10 Busy
			ExecutionFailed 12 Busy
			ExecutionRedriven 13
			TaskScheduled 14
			TaskSucceeded 15
			TaskStateExited 16 Work`, map[string]string{
			"First": "succeeded, 1 s", "Both": "running: Busy", "Each": "running: Busy", "Work": "succeeded, 2 attempts, 8 s", "Rest": "running"}},
		"redriven, as AWS writes it": {begun + `
			TaskFailed 10 Busy
			MapIterationFailed 12 Each
			TaskStateAborted 12
			MapStateFailed 12
			WaitStateAborted 11
			ParallelStateFailed 15
			ExecutionFailed 17 Busy
			ExecutionRedriven 18
			TaskScheduled 9
			TaskSucceeded 20
			TaskStateExited 21 Work
			MapIterationSucceeded 22 Each
			MapStateSucceeded 23
			MapStateExited 22 Each
			WaitStateExited 11 Rest
			ParallelStateSucceeded 26
			ParallelStateExited 26 Both`, map[string]string{
			"First": "succeeded, 1 s", "Both": "succeeded, 24 s", "Each": "succeeded, 19 s", "Work": "succeeded, 2 attempts, 13 s", "Rest": "succeeded, 15 s"}},
		"of another machine": {`
			ExecutionStarted 0
			PassStateEntered 0 Nobody
			PassStateExited 2 Nobody
			EvaluationFailed 2 Nobody
			ExecutionSucceeded 3`, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			g := parse(t, nested)
			g.AddHistory(slices.Values(events(t, c.events)))
			require.Equal(t, c.want, outcomes(g))
			requireSound(t, g)
			requireXML(t, g.SVG())
		})
	}
}

func TestEventsInAnyOrder(t *testing.T) {
	list := readHistory(t, "trip-sad")
	g := read(t, "trip")
	g.AddHistory(slices.Values(list))
	slices.Reverse(list)
	reversed := read(t, "trip")
	reversed.AddHistory(slices.Values(list))
	require.Equal(t, string(g.SVG()), string(reversed.SVG()))
}

// Events that make no sense are followed as far as they do.
func TestEventsWithoutSense(t *testing.T) {
	race.OneGoroutine(t)
	list := readHistory(t, "trip-happy")
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		broken := slices.Clone(list)
		for range 1 + r.IntN(20) {
			a, b := r.IntN(len(list)), r.IntN(len(list))
			switch r.IntN(4) {
			case 0:
				broken[a].Previous = uint32(r.IntN(2 * len(list)))
			case 1:
				broken[a].Type, broken[b].Type = broken[b].Type, broken[a].Type
			case 2:
				broken[a].ID = broken[b].ID
			case 3:
				broken[a].Name = broken[b].Name
			}
		}
		g := read(t, "trip")
		g.AddHistory(slices.Values(broken[:r.IntN(len(list)+1)]))
		requireDrawn(t, g)
	}
}

func TestTakenEdges(t *testing.T) {
	taken := func(name string) map[string]int {
		g := read(t, "trip")
		g.AddHistory(slices.Values(readHistory(t, name)))
		out := make(map[string]int)
		for n := range g.states {
			for _, e := range g.Node(n).In.Edges {
				if e.Taken > 0 {
					out[e.From.ID+">"+e.To.ID] = e.Taken
				}
			}
		}
		return out
	}
	require.Equal(t, map[string]int{"start>s1": 1, "s1>s2": 1, "s2>s4": 1, "s6>s7": 1, "s4>s8": 1, "s9>s10": 1, "s8>finish": 1}, taken("trip-happy"))
	require.Equal(t, map[string]int{"start>s1": 1, "s1>s2": 1, "s2>s4": 1, "s6>s7": 1, "s4>s11": 1, "s11>s13": 1, "s13>finish": 1}, taken("trip-sad"))
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                 "0 ms",
		999 * time.Millisecond:            "999 ms",
		1500 * time.Millisecond:           "1.5 s",
		61 * time.Second:                  "1 min 1 s",
		2 * time.Hour:                     "2 h",
		30*24*time.Hour + 5*time.Hour + 1: "30 d 5 h",
		-time.Second:                      "-1000 ms",
	} {
		require.Equal(t, want, describeDuration(d))
	}
}
