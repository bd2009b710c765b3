package temporal

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// envClient is a client of Temporal whose only workflow is that of a test environment.
// Its calls block until the environment has answered, so they belong on the goroutines of
// activities.
type envClient struct {
	client.Client
	env *testsuite.TestWorkflowEnvironment
}

func (c envClient) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	if c.env.IsWorkflowCompleted() {
		return nil, serviceerror.NewNotFound("workflow execution already completed")
	}
	done := make(chan error, 1)
	c.env.RegisterDelayedCallback(func() {
		c.env.UpdateWorkflow(o.UpdateName, "", &testsuite.TestUpdateCallback{
			OnAccept: func() {}, OnReject: func(err error) { done <- err }, OnComplete: func(_ any, err error) { done <- err },
		}, o.Args...)
	}, 0)
	return updated{err: <-done}, nil
}

func (c envClient) DescribeWorkflowExecution(_ context.Context, id, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	if id != "x" {
		return nil, serviceerror.NewNotFound("no such workflow")
	}
	status := enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	if c.env.IsWorkflowCompleted() {
		status = enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
		if temporal.IsCanceledError(c.env.GetWorkflowError()) {
			status = enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED
		}
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Status: status}}, nil
}

type updated struct {
	client.WorkflowUpdateHandle
	err error
}

// What is sent is no larger than Temporal can give to a worker.
func TestLargeAnswers(t *testing.T) {
	s := tryAnswers(t, func(_ *testsuite.TestWorkflowEnvironment, c *Client, token string) error {
		if err := wantErr(interpreter.ErrInvalidOutput, c.SendTaskSuccess(context.Background(), token, strings.Repeat("x", 2_000_000))); err != nil {
			return err
		}
		return c.SendTaskFailure(context.Background(), token, strings.Repeat("\u00e9", 3_000_000), strings.Repeat("c\xff", 3_000_000))
	})
	want := func(text string, n int) string { return strings.Repeat(text, n/utf8.RuneCountInString(text)) }
	s.requireOutput(t, `[{"Error":"`+want("\u00e9", machine.MaxError)+`","Cause":"`+want("c\uFFFD", machine.MaxCause)+`"},{}]`)
	require.Equal(t, want("c\xff", machine.MaxCause), *sentText(strings.Repeat("c\xff", 3_000_000), machine.MaxCause))
	require.Nil(t, sentText("", 1))
}

func (u updated) Get(context.Context, any) error { return u.err }

// queriedClient answers queries by those of a test environment, as a server does.
type queriedClient struct {
	takenClient
	env *testsuite.TestWorkflowEnvironment
}

func (c queriedClient) QueryWorkflow(_ context.Context, _, _, name string, args ...any) (converter.EncodedValue, error) {
	v, err := c.env.QueryWorkflow(name, args...)
	if err != nil {
		return nil, serviceerror.NewQueryFailed(err.Error())
	}
	return v, nil
}

func TestEventsThatAreNotKept(t *testing.T) {
	events := func(t *testing.T, change func(*trial)) (n int, err error) {
		var env *testsuite.TestWorkflowEnvironment
		try(t, Config{}, pass, `{}`, change, func(x *trial) {
			x.register = func(e *testsuite.TestWorkflowEnvironment) {
				env = e
				Register(registry{e}, Config{})
			}
		})
		h := taskHistory(t, pass)
		c := queriedClient{takenClient{runs: []*historypb.History{h}, info: &workflowpb.WorkflowExecutionInfo{
			Execution: &commonpb.WorkflowExecution{WorkflowId: "x", RunId: startedOf(h).GetOriginalExecutionRunId()},
		}}, env}
		for _, e := range NewClient(c, ClientOptions{}).Execution("x").Events(context.Background(), EventsOptions{}) {
			if err != nil {
				t.Fatal("more after an error")
			}
			if err = e; err == nil {
				n++
			}
		}
		return n, err
	}
	n, err := events(t, func(*trial) {})
	require.NoError(t, err)
	require.Equal(t, 4, n)
	n, err = events(t, func(x *trial) { x.noHistory = true })
	require.EqualError(t, err, "temporal: execution x: its history is not kept: ClientOptions.KeepHistory was not set")
	require.Zero(t, n)
}

func TestMapRunsHaveNoEvents(t *testing.T) {
	c := Config{Resolver: works()}
	x := mapRunOf(t, c, distributedMap("EXPRESS", `"MaxConcurrency": 1`), `[1]`)
	register := x.register
	var env *testsuite.TestWorkflowEnvironment
	x.register = func(e *testsuite.TestWorkflowEnvironment) { env = e; register(e) }
	_, err := x.run()
	require.NoError(t, err)
	_, err = env.QueryWorkflow(historyName, pageRequest{From: 1})
	require.ErrorContains(t, err, "it is a Map Run, which has no history")
}
