package temporal

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

const workflowTask = 3 // its events: scheduled, started, completed

// requireCosts checks what the recordings cost in events of Temporal's history. How many
// tasks of a Map end within one workflow task depends on the machine, so only the
// recorded history has a bound for these.
func requireCosts(t *testing.T, all map[string][]*historypb.History, recorded bool) (rows map[string]string) {
	events := func(name string) int {
		n := 0
		for _, h := range all[name] {
			n += len(h.GetEvents())
		}
		require.Positive(t, n, name)
		return n
	}
	kinds := func(name string, kind enumspb.EventType) int {
		n := 0
		for _, h := range all[name] {
			for _, e := range h.GetEvents() {
				if e.GetEventType() == kind {
					n++
				}
			}
		}
		return n
	}
	task := (events("tasks") - events("task")) / 3
	run := events("task") - task
	withoutTimer := events("pass")
	require.Equal(t, []int{6, 6, 5}, []int{task, run, withoutTimer})
	require.Equal(t, events("tasks"), run+4*task)
	require.Equal(t, events("tasks"), events("timeouts"), "TimeoutSeconds and HeartbeatSeconds cost nothing")
	// The current details and the seed of the client cost nothing.
	require.Zero(t, kinds("tasks", enumspb.EVENT_TYPE_MARKER_RECORDED))
	require.Zero(t, kinds("tasks", enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES))
	byHand := events("by-hand") - events("task")
	require.Equal(t, 1, byHand)
	require.Equal(t, byHand, kinds("by-hand", enumspb.EVENT_TYPE_MARKER_RECORDED))
	local := (events("local") - run) / 4
	require.Equal(t, 1, local)
	require.Equal(t, events("local"), run+4*local)
	inMap := float64(events("map")-run) / 50
	t.Logf("a task in a Map of 50: %.2f events", inMap)
	require.LessOrEqual(t, inMap, float64(task))
	if recorded {
		require.LessOrEqual(t, inMap, 4.0)
	}
	changes := kinds("search-state", enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES)
	require.Equal(t, 5, changes, "to each of four states, and to none at the end")
	state := (events("search-state") - events("tasks")) / changes
	require.Equal(t, 1, state)
	require.Equal(t, events("search-state"), events("tasks")+changes)
	signal := events("callback-by-signal") - run - task - workflowTask
	update := events("callback-by-update") - run - task - workflowTask
	require.Equal(t, []int{1, 2}, []int{signal, update})
	require.Equal(t, events("callback-by-update"), events("callback-refused"), "answers that are refused cost nothing")
	sync, start := events("nested-sync")-run, events("nested")-run
	require.Equal(t, []int{9, 5}, []int{sync, start})
	timer := events("wait") - withoutTimer - workflowTask
	require.Equal(t, 2, timer)
	require.Equal(t, run+2*task+timer+workflowTask, events("retry-and-catch"), "a task, a wait, a second attempt")
	require.Equal(t, run+task, events("timeout"))
	stop, cancel := events("stop")-run-workflowTask, events("cancel")-run-workflowTask
	require.Equal(t, []int{2, 1}, []int{stop, cancel})
	runs := len(all["continued"])
	require.Greater(t, runs, 1)
	require.Equal(t, runs*run+4*task, events("continued"), "each run costs what one does")
	return map[string]string{
		"a run":                             fmt.Sprintf("%d; %d if it never waits; %d more if no `Client` has started it", run, withoutTimer, byHand),
		"Pass, Choice, Assign, expressions": "none",
		"Task":                              fmt.Sprintf("%d, and a workflow task. In a Map of 50 whose tasks end together at most 4 for both", task-workflowTask),
		"Task, with `Config.Local`":         fmt.Sprint(local),
		"Wait, `TimeoutSeconds` of the machine, Retry":    fmt.Sprintf("%d for each timer that fires, and a workflow task", timer),
		"`TimeoutSeconds`, `HeartbeatSeconds` of a Task":  "none",
		"`.waitForTaskToken`, `ErrResultPending`":         fmt.Sprintf("%d for an answer by update, %d by signal, and a workflow task; none for an update that is refused", update, signal),
		"`states:startExecution`, with `Config.Machines`": fmt.Sprintf("%d with those of its workflow tasks; with `.sync` %d", start, sync),
		"`Execution.Stop`":           fmt.Sprintf("%d, and a workflow task; %d and a workflow task to cancel the workflow", stop, cancel),
		"where the execution stands": fmt.Sprintf("none; %d for each change of AslState", state),
	}
}

// The README's table of costs is that of the recorded histories. What the code of today
// does is the same, since they replay (TestGoldenHistories).
func TestCostsInEvents(t *testing.T) {
	rows := requireCosts(t, goldenHistories(t), true)
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(readme), "| ASL | Temporal | events |\n|---|---|---|\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	shown := make(map[string]string)
	for _, row := range strings.Split(table, "\n") {
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		require.Len(t, cells, 3, row)
		shown[cells[0]] = cells[2]
	}
	for what, cost := range rows {
		require.Equal(t, cost, shown[what], what)
		delete(shown, what)
	}
	require.Empty(t, shown, "costs that no test counts")
}
