package graph

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The events that abort or fail a Parallel or Map have no names. Each is about the right
// state, also if states of the same type are around it.
func TestAbortedAndFailedContainers(t *testing.T) {
	const mapInMap = `{"StartAt": "Outer", "States": {"Outer": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "Which", "States": {
		"Which": {"Type": "Choice", "Choices": [{"Variable": "$.bad", "IsPresent": true, "Next": "Bad"}], "Default": "Inner"},
		"Bad": {"Type": "Fail", "Error": "Boom"},
		"Inner": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 9, "End": true}}}}}}}}}`
	const parallelInMap = `{"StartAt": "Outer", "States": {"Outer": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "Both", "States": {
		"Both": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "Bad", "States": {"Bad": {"Type": "Fail", "Error": "Boom"}}},
			{"StartAt": "Inner", "States": {"Inner": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 9, "End": true}}}}}}]}}}}}}`
	const twoTasks = `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "Poll", "States": {"Poll": {"Type": "Task", "Resource": "r", "End": true}}},
		{"StartAt": "Pay", "States": {"Pay": {"Type": "Task", "Resource": "r", "End": true}}}]}}}`
	for name, c := range map[string]struct {
		definition, events string
		want               map[string]string
	}{
		"a Map in a Map": {mapInMap, `
			ExecutionStarted 0
			MapStateEntered 0 Outer
			MapStateStarted 2
			MapIterationStarted 3 Outer
			MapIterationStarted 3 Outer
			MapStateEntered 5 Inner
			MapStateStarted 6
			MapIterationStarted 7 Inner
			WaitStateEntered 8 Rest
			FailStateEntered 4 Bad
			MapIterationFailed 10 Outer
			MapIterationAborted 10 Outer
			MapIterationAborted 10 Inner
			WaitStateAborted 10
			MapStateAborted 10
			MapStateFailed 10
			ExecutionFailed 16 Boom`,
			map[string]string{"Outer": "failed: Boom", "Bad": "failed: Boom", "Inner": "aborted, 9 s", "Rest": "aborted, 5 s"}},
		"a Map that cannot begin in a Map": {mapInMap, `
			ExecutionStarted 0
			MapStateEntered 0 Outer
			MapStateStarted 2
			MapIterationStarted 3 Outer
			MapStateEntered 4 Inner
			EvaluationFailed 5 Inner
			MapStateFailed 6
			MapIterationFailed 7 Outer
			MapStateFailed 7
			MapStateExited 9 Outer`,
			map[string]string{"Outer": "caught: States.QueryEvaluationError, 8 s", "Inner": "failed: States.QueryEvaluationError"}},
		"a Map in a Parallel in a Map": {parallelInMap, `
			ExecutionStarted 0
			MapStateEntered 0 Outer
			MapStateStarted 2
			MapIterationStarted 3 Outer
			MapIterationStarted 3 Outer
			ParallelStateEntered 4 Both
			ParallelStateStarted 6
			ParallelStateEntered 5 Both
			ParallelStateStarted 8
			MapStateEntered 7 Inner
			MapStateStarted 10
			MapIterationStarted 11 Inner
			MapStateEntered 9 Inner
			MapStateStarted 13
			MapIterationStarted 14 Inner
			WaitStateEntered 12 Rest
			WaitStateEntered 15 Rest
			FailStateEntered 7 Bad
			MapIterationAborted 18 Inner
			WaitStateAborted 18
			MapStateAborted 18
			ParallelStateFailed 18
			MapIterationFailed 22 Outer
			MapIterationAborted 22 Outer
			MapIterationAborted 22 Inner
			WaitStateAborted 22
			MapStateAborted 22
			ParallelStateAborted 22
			MapStateFailed 22
			ExecutionFailed 29 Boom`,
			map[string]string{"Outer": "failed: Boom", "Both": "1 of 2 failed: Boom, 20 s", "Bad": "failed: Boom",
				"Inner": "aborted, entered 2 times, 11 s to 14 s", "Rest": "aborted, entered 2 times, 4 s to 9 s"}},
		"waiting for a Retrier": {twoTasks, `
			ExecutionStarted 0
			ParallelStateEntered 0 Both
			ParallelStateStarted 2
			TaskStateEntered 3 Poll
			TaskStateEntered 3 Pay
			TaskScheduled 4
			TaskFailed 6 Busy
			TaskScheduled 5
			TaskFailed 8 Declined
			TaskStateAborted 9
			TaskStateAborted 9
			ParallelStateFailed 9
			ExecutionFailed 12 Declined`,
			map[string]string{"Both": "failed: Declined", "Poll": "aborted, 7 s", "Pay": "failed: Declined, 5 s"}},
		"waiting for a Retrier when the execution is stopped": {twoTasks, `
			ExecutionStarted 0
			ParallelStateEntered 0 Both
			ParallelStateStarted 2
			TaskStateEntered 3 Poll
			TaskScheduled 4
			TaskFailed 5 Busy
			ExecutionAborted 0`,
			map[string]string{"Both": "aborted", "Poll": "aborted"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := parse(t, c.definition)
			g.AddHistory(slices.Values(events(t, c.events)))
			require.Equal(t, c.want, outcomes(g))
		})
	}
}

// Entries of a state are counted by what became of them, and the error is that of those
// that failed.
func TestEntriesAreCountedByOutcome(t *testing.T) {
	g := parse(t, `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
		"ItemProcessor": {"StartAt": "Pay", "States": {"Pay": {"Type": "Task", "Resource": "r", "End": true}}}}}}`)
	g.AddHistory(slices.Values(events(t, `
		ExecutionStarted 0
		MapStateEntered 0 Each
		MapStateStarted 2
		TaskStateEntered 3 Pay
		TaskStateEntered 3 Pay
		TaskStateEntered 3 Pay
		TaskScheduled 4
		TaskSucceeded 7
		TaskStateExited 8 Pay
		TaskScheduled 5
		TaskFailed 10 CardDeclined
		TaskScheduled 6
		TaskFailed 12 Busy
		TaskStateAborted 11
		MapIterationAborted 11 Each
		TaskStateAborted 11
		MapStateFailed 11
		ExecutionFailed 17 CardDeclined`)))
	r := g.Node("Pay").Run
	require.Equal(t, "1 of 3 failed: CardDeclined, 5 s to 10 s", r.statusLine())
	require.Equal(t, "✕ CardDeclined · 1/3", r.shortStatus(false))
	for name, text := range map[string][]byte{"Mermaid": g.Mermaid(), "DOT": g.DOT(), "SVG": g.SVG()} {
		require.Contains(t, string(text), "1 of 3 failed", name)
	}
}

// An event without a name is of the state that it is about, not of that of the event before.
func TestStatesOfEvents(t *testing.T) {
	g := parse(t, nested)
	tracer := g.Trace()
	for _, e := range events(t, `
		ExecutionStarted 0
		ParallelStateEntered 0 Both
		ParallelStateStarted 2
		MapStateEntered 3 Each
		MapStateStarted 4
		MapIterationStarted 5 Each
		TaskStateEntered 6 Work
		WaitStateEntered 3 Rest
		TaskScheduled 7
		TaskFailed 9 Busy
		TaskStateAborted 10
		MapStateFailed 10
		WaitStateAborted 12
		ParallelStateFailed 12
		ExecutionFailed 14 Busy`) {
		tracer.Add(&e)
	}
	var got []string
	for id := range uint32(14) {
		got = append(got, tracer.State(id+1))
	}
	require.Equal(t, []string{"", "Both", "Both", "Each", "Each", "Each", "Work", "Rest", "Work", "Work", "Work", "Each", "Rest", "Both"}, got)
}
