package temporal

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/converter"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// taskHistory is the history of an execution with one task, as a server writes it.
func taskHistory(t *testing.T, definition string) *historypb.History {
	t.Helper()
	options, text, err := splitDefinition(compile(t, definition))
	require.NoError(t, err)
	args := arguments{Options: options, Rules: machine.RulesVersion, Seed: [2]uint64{1, 2}, TokenKey: make([]byte, 16)}
	input, err := converter.GetDefaultDataConverter().ToPayloads(args, converter.NewRawValue(text), rawValue(1.0), []byte(nil))
	require.NoError(t, err)
	queue := &taskqueuepb.TaskQueue{Name: "q"}
	h := new(historypb.History)
	add := func(kind enumspb.EventType, e *historypb.HistoryEvent) {
		e.EventId, e.EventType = int64(len(h.Events)+1), kind
		h.Events = append(h.Events, e)
	}
	workflowTask := func() {
		add(enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowTaskScheduledEventAttributes{
			WorkflowTaskScheduledEventAttributes: &historypb.WorkflowTaskScheduledEventAttributes{TaskQueue: queue}}})
		n := int64(len(h.Events))
		add(enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowTaskStartedEventAttributes{
			WorkflowTaskStartedEventAttributes: &historypb.WorkflowTaskStartedEventAttributes{ScheduledEventId: n}}})
		add(enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowTaskCompletedEventAttributes{
			WorkflowTaskCompletedEventAttributes: &historypb.WorkflowTaskCompletedEventAttributes{ScheduledEventId: n, StartedEventId: n + 1}}})
	}
	add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
		WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{
			WorkflowType: &commonpb.WorkflowType{Name: WorkflowType}, TaskQueue: queue, Input: input, WorkflowId: "x", OriginalExecutionRunId: "r"}}})
	workflowTask()
	// The state's name is in the ID of the activity, so that it decides on the command.
	add(enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{
		ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{
			ActivityId: "T-" + firstTask(t), ActivityType: &commonpb.ActivityType{Name: ActivityType}, TaskQueue: queue, WorkflowTaskCompletedEventId: 4}}})
	add(enumspb.EVENT_TYPE_TIMER_STARTED, &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_TimerStartedEventAttributes{ // an execution lasts a year at most
		TimerStartedEventAttributes: &historypb.TimerStartedEventAttributes{TimerId: "6", WorkflowTaskCompletedEventId: 4}}})
	add(enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED, &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_ActivityTaskStartedEventAttributes{
		ActivityTaskStartedEventAttributes: &historypb.ActivityTaskStartedEventAttributes{ScheduledEventId: 5}}})
	add(enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{
		ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{
			ScheduledEventId: 5, StartedEventId: 7, Result: &commonpb.Payloads{Payloads: []*commonpb.Payload{payloadOf("paid")}}}}})
	workflowTask()
	add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes{
		WorkflowExecutionCompletedEventAttributes: &historypb.WorkflowExecutionCompletedEventAttributes{
			WorkflowTaskCompletedEventId: 11, Result: &commonpb.Payloads{Payloads: []*commonpb.Payload{payloadOf("paid")}}}}})
	return h
}

// firstTask is the ID of the first task, as part of that of its activity.
func firstTask(t *testing.T) string {
	p := compile(t, pays)
	var r machine.Result
	require.NoError(t, p.Step(p.New(machine.Start{}), machine.Event{Kind: machine.Started}, began, &r))
	return strconv.FormatUint(uint64(r.Commands[0].Task), 36)
}

func TestReplay(t *testing.T) {
	h := taskHistory(t, pays)
	require.NoError(t, Replay(h, Config{}))
	require.ErrorContains(t, Replay(h, Config{Local: func(string, string) bool { return true }}), "TMPRL1100")
	require.ErrorContains(t, Replay(taskHistory(t, `{"StartAt": "T", "States": {"T": {"Type": "Pass", "End": true}}}`), Config{}), "TMPRL1100")
	require.ErrorContains(t, Replay(h, Config{Local: func(string, string) bool { return true }}), "temporal: this Config makes other commands than the history has: ")
	require.Error(t, Replay(nil, Config{}))
	// Not for lack of a handler, but of a state machine.
	require.NoError(t, Replay(h, Config{Resolver: interpreter.Mux{}}))
	err := Replay(taskHistory(t, starts), Config{Machines: map[string]*machine.Program{}})
	require.ErrorContains(t, err, "temporal: replaying the history: ")
	require.ErrorContains(t, err, "it needs a worker that has")
}
