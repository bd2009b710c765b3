package temporal

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
)

// The search attributes name the state machine from the start, and each state in which
// the execution stands, up to none.
func TestSearchState(t *testing.T) {
	h := goldenHistories(t)["search-state"][0]
	var machine string
	dc := converter.GetDefaultDataConverter()
	require.NoError(t, dc.FromPayload(startedOf(h).GetSearchAttributes().GetIndexedFields()["AslStateMachine"], &machine))
	require.Equal(t, "StateMachine", machine)
	var states []string
	for _, e := range h.GetEvents() {
		if a := e.GetUpsertWorkflowSearchAttributesEventAttributes(); a != nil {
			var state string
			require.NoError(t, dc.FromPayload(a.GetSearchAttributes().GetIndexedFields()["AslState"], &state))
			states = append(states, state)
		}
	}
	require.Equal(t, []string{"A", "B", "C", "D", ""}, states)
	require.Empty(t, startedOf(goldenHistories(t)["tasks"][0]).GetSearchAttributes().GetIndexedFields(), "by option only")
}

// Config.Queue says on which task queue a task waits. Without an answer it is that of the
// workflow.
func TestQueue(t *testing.T) {
	var queues []string
	for _, e := range goldenHistories(t)["queue"][0].GetEvents() {
		if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
			queues = append(queues, a.GetTaskQueue().GetName())
		}
	}
	require.Equal(t, []string{"golden", otherQueue}, queues)
}
