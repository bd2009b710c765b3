package page

import (
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/graph"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/store"
)

// Failures that were caught or retried are counted up to the event that is shown, and lead
// to the first of them. One that ends the execution is neither.
func TestRecoveries(t *testing.T) {
	m, _ := asl.Parse([]byte(`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "a", "Next": "P"}, "P": {"Type": "Parallel", "Next": "B", "Branches": []},
		"B": {"Type": "Task", "Resource": "b", "End": true}}}`))
	var all []*history.Event
	for i, e := range []history.Event{
		{Type: history.ExecutionStarted},
		{Type: history.TaskStateEntered, Name: "A"},
		{Type: history.TaskScheduled},
		{Type: history.TaskFailed},
		{Type: history.TaskScheduled},
		{Type: history.TaskTimedOut},
		{Type: history.TaskScheduled},
		{Type: history.TaskFailed},
		{Type: history.TaskStateExited, Name: "A"},
		{Type: history.ParallelStateEntered, Name: "P"},
		{Type: history.ParallelStateStarted},
		{Type: history.ParallelStateFailed},
		{Type: history.ParallelStateStarted},
		{Type: history.ParallelStateSucceeded},
		{Type: history.ParallelStateExited, Name: "P"},
		{Type: history.TaskStateEntered, Name: "B"},
		{Type: history.TaskScheduled},
		{Type: history.TaskFailed},
		{Type: history.ExecutionFailed},
	} {
		e.ID, e.Previous = uint32(i+1), uint32(i)
		all = append(all, &e)
	}
	var events iter.Seq2[*history.Event, error] = func(yield func(*history.Event, error) bool) {
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
	}
	for at, want := range map[uint32][2]recovery{
		0: {{1, 8}, {3, 4}},
		9: {{1, 8}, {2, 4}},
		8: {{}, {2, 4}},
		4: {},
	} {
		v, err := readOverview(newReader("/x", store.ID{}, false, graph.New(m)), events, at, 0, "")
		require.NoError(t, err)
		require.Equal(t, want, [2]recovery{v.Caught, v.Retried}, "as of event %d", at)
	}
}

// An event without a name of its own is in the rows of the state that it is about.
func TestRowsOfAState(t *testing.T) {
	m, _ := asl.Parse([]byte(`{"StartAt": "Orders", "States": {"Orders": {"Type": "Map", "End": true, "ItemProcessor": {
		"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "Resource": "a", "End": true}}}}}}`))
	all := []history.Event{
		{Type: history.ExecutionStarted},
		{Type: history.MapStateEntered, Name: "Orders"},
		{Type: history.MapStateStarted, Previous: 2},
		{Type: history.MapIterationStarted, Name: "Orders", Previous: 3},
		{Type: history.TaskStateEntered, Name: "Charge", Previous: 4},
		{Type: history.TaskScheduled, Previous: 5},
		{Type: history.TaskFailed, Detail: &history.Failure{}, Previous: 6},
		{Type: history.MapIterationFailed, Name: "Orders", Previous: 7},
		{Type: history.TaskStateAborted, Previous: 7},
		{Type: history.MapStateFailed, Previous: 7},
		{Type: history.ExecutionFailed, Detail: &history.Failure{}, Previous: 10},
	}
	var events iter.Seq2[*history.Event, error] = func(yield func(*history.Event, error) bool) {
		for i := range all {
			all[i].ID = uint32(i + 1)
			if !yield(&all[i], nil) {
				return
			}
		}
	}
	for state, want := range map[string][]string{
		"Orders": {"MapStateFailed", "MapIterationFailed", "MapIterationStarted", "MapStateStarted", "MapStateEntered"},
		"Charge": {"TaskStateAborted", "TaskFailed", "TaskScheduled", "TaskStateEntered"},
	} {
		v, err := readOverview(newReader("/x", store.ID{}, false, graph.New(m)), events, 0, 0, state)
		require.NoError(t, err)
		var types []string
		for _, row := range v.Rows {
			if !isOfExecution(all[row.ID-1].Type) {
				require.Equal(t, state, row.State)
				types = append(types, row.Type)
			}
		}
		require.Equal(t, want, types)
	}
}
