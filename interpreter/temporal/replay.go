package temporal

import (
	"errors"
	"fmt"
	"strings"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// nondeterminism is in all errors of the SDK about other commands; it exports no type.
const nondeterminism = "TMPRL1100"

// Replay replays a run of an execution. The error says that a worker with this Config could
// not continue it, such as by a change of Config.Local. Call it in tests, with histories of
// your own. No handler is called, nor looked for: that is what [Check] does.
//
// A history is what the command
//
//	temporal workflow show -w NAME -o json >NAME.json
//
// or the UI has downloaded, read by client.HistoryFromJSON of the SDK, or what a client's
// GetWorkflowHistory returns. Each run of an execution that has continued as new is a
// history of its own (option -r), and so are Map Runs, their STANDARD children, and nested
// executions.
func Replay(h *historypb.History, c Config) error {
	if len(h.GetEvents()) == 0 {
		return errors.New("temporal: the history has no events")
	}
	converts := c.DataConverter
	if converts == nil {
		converts = converter.GetDefaultDataConverter() // without one, the SDK logs that it takes this one
	}
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DataConverter: converts})
	if err != nil {
		return err
	}
	r.RegisterWorkflowWithOptions(newEngine(c).runExecution, workflow.RegisterOptions{Name: WorkflowType})
	r.RegisterWorkflowWithOptions(newEngine(c).runMapRun, workflow.RegisterOptions{Name: MapRunType})
	started := h.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes()
	err = r.ReplayWorkflowHistoryWithOptions(nil, h, worker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: started.GetWorkflowId(), RunID: started.GetOriginalExecutionRunId()},
	})
	switch {
	case err == nil:
		return nil
	case strings.Contains(err.Error(), nondeterminism):
		return fmt.Errorf("temporal: this Config makes other commands than the history has: %w", err)
	}
	return fmt.Errorf("temporal: replaying the history: %w", err)
}
