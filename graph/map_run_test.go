package graph

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

const distributed = `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
	"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
		"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "r", "End": true}}}}}}`

// The counts of Map Runs are shown on their state, in every format, whether or not there
// is a history. Histories of children colour the states of the processor.
func TestCountsOfMapRuns(t *testing.T) {
	m, err := asl.Parse([]byte(distributed))
	require.NoError(t, err)
	g := New(m)
	g.AddMapRun("Each", MapRunCounts{Total: 4, Succeeded: 1, Failed: 1, Aborted: 1, Pending: 1, ResultsWritten: 4})
	g.AddMapRun("Other", MapRunCounts{Total: 9})
	require.Equal(t, map[string]string{"Each": "1 of 4 items, 1 failed, 1 aborted, 1 pending"}, outcomes(g))
	g.AddMapRun("Each", MapRunCounts{Total: 4, Succeeded: 3, TimedOut: 1, ResultsWritten: 4})
	g.AddHistory(slices.Values(events(t, `
		ExecutionStarted 0
		MapStateEntered 0 Each
		MapStateStarted 2
		MapRunStarted 3
		MapRunFailed 4 Lost
		MapStateFailed 5
		ExecutionFailed 6 Lost`)))
	child := events(t, `
		ExecutionStarted 0
		TaskStateEntered 0 Work
		TaskScheduled 2
		TaskStarted 3
		TaskSucceeded 4
		TaskStateExited 5 Work
		ExecutionSucceeded 6`)
	for range 2 {
		g.AddHistory(slices.Values(child))
	}
	const counts = "4 of 8 items, 1 failed, 1 timed out, 1 aborted, 1 pending"
	require.Equal(t, map[string]string{"Each": "failed: Lost, " + counts, "Work": "succeeded, entered 2 times, 4 s"}, outcomes(g))
	require.False(t, g.Node("Each").Run.Began.IsZero())
	require.Contains(t, string(g.Mermaid()), counts)
	require.Contains(t, string(g.DOT()), counts)
	require.Regexp(t, `(?s)>4 of 8|4 of 8 items`, string(g.SVG()))
	require.Contains(t, string(g.SVG()), "aborted")
}
