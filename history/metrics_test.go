package history_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
)

// counted is what a Metrics was told.
type counted []string

func (c *counted) Count(metric string, l history.Labels) {
	*c = append(*c, strings.TrimSpace(metric+" "+labels(l)))
}

func (c *counted) Time(metric string, l history.Labels, d time.Duration) {
	*c = append(*c, strings.TrimSpace(fmt.Sprintf("%s %s %s", metric, d, labels(l))))
}

// labels prints what is set.
func labels(l history.Labels) string {
	if l.Resource == "" {
		return l.Machine
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %d", l.Machine, l.State, l.Resource, l.Attempt))
}

func TestMeasure(t *testing.T) {
	arn := &history.Resource{ARN: "arn:aws:lambda:us-east-1:1:function:f"}
	sqs := &history.Resource{ResourceType: "sqs", Resource: "sendMessage.waitForTaskToken"}
	at := func(s int64) int64 { return s * int64(time.Second) }
	var got counted
	sink := history.Measure(&got)
	require.NoError(t, sink.Record("x", []history.Event{
		{ID: 1, Type: history.ExecutionStarted, Nanos: at(1)},
		{ID: 2, Type: history.TaskStateEntered, Name: "A", Nanos: at(1)},
		{ID: 3, Previous: 2, Type: history.LambdaFunctionScheduled, Nanos: at(1), Detail: &history.Scheduled{Resource: arn}},
		{ID: 4, Previous: 3, Type: history.LambdaFunctionStarted, Nanos: at(2)},
		{ID: 5, Previous: 4, Type: history.LambdaFunctionFailed, Nanos: at(4), Detail: &history.Failure{}},
		{ID: 6, Previous: 5, Type: history.TaskStateExited, Nanos: at(4)},
	}))
	require.NoError(t, sink.Record("x", []history.Event{
		{ID: 7, Previous: 6, Type: history.TaskStateEntered, Name: "B", Nanos: at(4)},
		{ID: 8, Previous: 7, Type: history.TaskScheduled, Nanos: at(4), Detail: &history.Scheduled{Resource: sqs}},
		{ID: 9, Previous: 8, Type: history.TaskStarted, Nanos: at(4), Detail: sqs},
		{ID: 10, Previous: 9, Type: history.TaskSubmitted, Nanos: at(5), Detail: sqs},
		{ID: 11, Previous: 10, Type: history.TaskTimedOut, Nanos: at(9), Detail: &history.Failure{Resource: sqs}},
		{ID: 12, Previous: 11, Type: history.ExecutionFailed, Nanos: at(9), Detail: &history.Failure{}},
	}))
	const f, s = " A arn:aws:lambda:us-east-1:1:function:f 0", " B sqs:sendMessage.waitForTaskToken 0"
	require.Equal(t, counted{"ExecutionsStarted",
		"LambdaFunctionsScheduled" + f, "LambdaFunctionsStarted" + f, "LambdaFunctionScheduleTime 1s" + f,
		"LambdaFunctionsFailed" + f, "LambdaFunctionRunTime 2s" + f, "LambdaFunctionTime 3s" + f,
		"ServiceIntegrationsScheduled" + s, "ServiceIntegrationsStarted" + s, "ServiceIntegrationScheduleTime 0s" + s,
		"ServiceIntegrationsTimedOut" + s, "ServiceIntegrationRunTime 5s" + s, "ServiceIntegrationTime 5s" + s,
		"ExecutionsFailed", "ExecutionTime 8s"}, got)
}

func TestTeeStopsAtTheFirstError(t *testing.T) {
	var got []string
	sink := func(name string, err error) history.Sink {
		return history.SinkFunc(func(string, []history.Event) error { got = append(got, name); return err })
	}
	broken := fmt.Errorf("broken")
	require.NoError(t, history.Tee(sink("a", nil), sink("b", nil)).Record("x", nil))
	require.ErrorIs(t, history.Tee(sink("c", broken), sink("d", nil)).Record("x", nil), broken)
	require.Equal(t, []string{"a", "b", "c"}, got)
}

// Executions that are moved away end elsewhere; those that go on here are
// measured all the same.
func TestMeasureForgetsExecutionsThatNeverEndHere(t *testing.T) {
	var got counted
	sink := history.Measure(&got)
	started := []history.Event{{ID: 1, Type: history.ExecutionStarted, Nanos: 1e9}}
	require.NoError(t, sink.Record("first", started))
	require.NoError(t, sink.Record("kept", started))
	for n := range 250_000 {
		require.NoError(t, sink.Record(fmt.Sprint(n), started))
		if n%50_000 == 0 {
			require.NoError(t, sink.Record("kept", []history.Event{{ID: 2, Previous: 1, Type: history.WaitStateEntered}}))
		}
	}
	got = nil
	for _, name := range []string{"kept", "first", "249999", "100"} {
		require.NoError(t, sink.Record(name, []history.Event{{ID: 3, Type: history.ExecutionAborted, Nanos: 3e9}}))
	}
	require.Equal(t, counted{"ExecutionsAborted", "ExecutionTime 2s", "ExecutionsAborted",
		"ExecutionsAborted", "ExecutionTime 2s", "ExecutionsAborted"}, got)
}
