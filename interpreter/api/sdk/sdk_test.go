package sdk_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/api"
)

// anybody has the credentials of nobody.
type anybody struct{}

func (anybody) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
}

// plainHost has the client call all operations at the same host.
func plainHost(s *middleware.Stack) error {
	return s.Initialize.Add(middleware.InitializeMiddlewareFunc("plainHost",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
}

// tester calls operations and counts them.
type tester struct {
	*testing.T
	*sfn.Client

	mu     sync.Mutex
	called map[string]bool
	ended  chan struct{} // an execution has ended
}

func start(t *testing.T) *tester {
	x := &tester{T: t, called: map[string]bool{}, ended: make(chan struct{}, 100)}
	srv, err := api.New(api.Config{Poll: time.Millisecond, Events: func(event json.RawMessage) {
		if !strings.Contains(string(event), `"status":"RUNNING"`) {
			x.ended <- struct{}{}
		}
	}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = srv.Close() })
	web := httptest.NewServer(srv)
	t.Cleanup(web.Close)
	x.Client = sfn.New(sfn.Options{
		BaseEndpoint: aws.String(web.URL), Region: "us-east-1", Credentials: anybody{},
		APIOptions: []func(*middleware.Stack) error{plainHost},
	})
	return x
}

// do calls an operation that must succeed.
func do[In, Out any](x *tester, f func(context.Context, *In, ...func(*sfn.Options)) (*Out, error), in In) *Out {
	x.Helper()
	out, err := f(x.Context(), &in)
	name := strings.TrimSuffix(reflect.TypeFor[In]().Name(), "Input")
	require.NoError(x.T, err, name)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.called[name] = true
	return out
}

// Every operation of the client is called, and each answer is decoded.
func TestEveryOperation(t *testing.T) {
	x := start(t)
	const definition = `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"x": "{% $states.input.a %}"}, "Next": "B"},
		"B": {"Type": "Pass", "Output": "{% $x %}", "End": true}}}`
	role := aws.String("arn:aws:iam::123456789012:role/r")
	m := do(x, x.CreateStateMachine, sfn.CreateStateMachineInput{
		Name: aws.String("m"), Definition: aws.String(definition), RoleArn: role, Publish: true,
		Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	})
	arn := m.StateMachineArn
	d := do(x, x.DescribeStateMachine, sfn.DescribeStateMachineInput{StateMachineArn: arn})
	require.Equal(t, definition, *d.Definition)
	require.Equal(t, *m.CreationDate, *d.CreationDate)
	require.Equal(t, map[string][]string{"B": {"x"}}, d.VariableReferences)
	u := do(x, x.UpdateStateMachine, sfn.UpdateStateMachineInput{StateMachineArn: arn, RoleArn: aws.String(*role + "2"), Publish: true})
	v := do(x, x.PublishStateMachineVersion, sfn.PublishStateMachineVersionInput{StateMachineArn: arn, RevisionId: u.RevisionId})
	require.Equal(t, *u.StateMachineVersionArn, *v.StateMachineVersionArn)
	a := do(x, x.CreateStateMachineAlias, sfn.CreateStateMachineAliasInput{
		Name:                 aws.String("live"),
		RoutingConfiguration: []types.RoutingConfigurationListItem{{StateMachineVersionArn: m.StateMachineVersionArn, Weight: 100}},
	})
	do(x, x.UpdateStateMachineAlias, sfn.UpdateStateMachineAliasInput{StateMachineAliasArn: a.StateMachineAliasArn, Description: aws.String("d")})
	require.Equal(t, int32(100), do(x, x.DescribeStateMachineAlias, sfn.DescribeStateMachineAliasInput{StateMachineAliasArn: a.StateMachineAliasArn}).RoutingConfiguration[0].Weight)
	require.Len(t, do(x, x.ListStateMachineAliases, sfn.ListStateMachineAliasesInput{StateMachineArn: arn}).StateMachineAliases, 1)
	require.Len(t, do(x, x.ListStateMachineVersions, sfn.ListStateMachineVersionsInput{StateMachineArn: arn}).StateMachineVersions, 2)
	require.Len(t, do(x, x.ListStateMachines, sfn.ListStateMachinesInput{}).StateMachines, 1)
	do(x, x.TagResource, sfn.TagResourceInput{ResourceArn: arn, Tags: []types.Tag{{Key: aws.String("k2"), Value: aws.String("v")}}})
	do(x, x.UntagResource, sfn.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"k2"}})
	require.Len(t, do(x, x.ListTagsForResource, sfn.ListTagsForResourceInput{ResourceArn: arn}).Tags, 1)

	e := do(x, x.StartExecution, sfn.StartExecutionInput{StateMachineArn: a.StateMachineAliasArn, Input: aws.String(`{"a": 1}`)})
	<-x.ended
	got := do(x, x.DescribeExecution, sfn.DescribeExecutionInput{ExecutionArn: e.ExecutionArn})
	require.Equal(t, types.ExecutionStatusSucceeded, got.Status)
	require.Equal(t, "1", *got.Output)
	require.Equal(t, *a.StateMachineAliasArn, *got.StateMachineAliasArn)
	require.Equal(t, *e.StartDate, *got.StartDate)
	require.Equal(t, definition, *do(x, x.DescribeStateMachineForExecution, sfn.DescribeStateMachineForExecutionInput{ExecutionArn: e.ExecutionArn}).Definition)
	h := do(x, x.GetExecutionHistory, sfn.GetExecutionHistoryInput{ExecutionArn: e.ExecutionArn})
	require.Equal(t, types.HistoryEventTypeExecutionStarted, h.Events[0].Type)
	require.Equal(t, "1", h.Events[2].StateExitedEventDetails.AssignedVariables["x"])
	pages := 0
	for p := sfn.NewGetExecutionHistoryPaginator(x, &sfn.GetExecutionHistoryInput{ExecutionArn: e.ExecutionArn, MaxResults: 4}); p.HasMorePages(); pages++ {
		_, err := p.NextPage(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, 2, pages)
	require.Len(t, do(x, x.ListExecutions, sfn.ListExecutionsInput{StateMachineArn: arn}).Executions, 1)
	do(x, x.StopExecution, sfn.StopExecutionInput{ExecutionArn: e.ExecutionArn})
	var refused *types.ExecutionNotRedrivable
	_, err := x.RedriveExecution(t.Context(), &sfn.RedriveExecutionInput{ExecutionArn: e.ExecutionArn})
	require.ErrorAs(t, err, &refused)

	x.activities(role)
	x.mapRuns(role)
	express := do(x, x.CreateStateMachine, sfn.CreateStateMachineInput{
		Name: aws.String("express"), Type: types.StateMachineTypeExpress, RoleArn: role,
		Definition: aws.String(`{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`),
	})
	s := do(x, x.StartSyncExecution, sfn.StartSyncExecutionInput{StateMachineArn: express.StateMachineArn, Input: aws.String("7")})
	require.Equal(t, "7", *s.Output)
	require.Equal(t, int64(64), s.BillingDetails.BilledMemoryUsedInMB)
	tested := do(x, x.TestState, sfn.TestStateInput{Definition: aws.String(`{"Type": "Pass", "End": true}`), InspectionLevel: types.InspectionLevelDebug})
	require.Equal(t, "{}", *tested.InspectionData.Input)
	valid := do(x, x.ValidateStateMachineDefinition, sfn.ValidateStateMachineDefinitionInput{Definition: aws.String("{}")})
	require.Equal(t, types.ValidateStateMachineDefinitionResultCodeFail, valid.Result)

	do(x, x.DeleteStateMachineAlias, sfn.DeleteStateMachineAliasInput{StateMachineAliasArn: a.StateMachineAliasArn})
	do(x, x.DeleteStateMachineVersion, sfn.DeleteStateMachineVersionInput{StateMachineVersionArn: m.StateMachineVersionArn})
	do(x, x.DeleteStateMachine, sfn.DeleteStateMachineInput{StateMachineArn: arn})
	var gone *types.StateMachineDoesNotExist
	_, err = x.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: arn})
	require.ErrorAs(t, err, &gone)

	client := reflect.TypeOf(x.Client)
	for i := range client.NumMethod() {
		if name := client.Method(i).Name; name != "Options" {
			require.True(t, x.called[name], "%s was not called", name)
		}
	}
}

// activities polls tasks and answers them.
func (x *tester) activities(role *string) {
	t := x.T
	a := do(x, x.CreateActivity, sfn.CreateActivityInput{Name: aws.String("work")}).ActivityArn
	require.Equal(t, "work", *do(x, x.DescribeActivity, sfn.DescribeActivityInput{ActivityArn: a}).Name)
	require.Len(t, do(x, x.ListActivities, sfn.ListActivitiesInput{}).Activities, 1)
	require.Nil(t, do(x, x.GetActivityTask, sfn.GetActivityTaskInput{ActivityArn: a}).TaskToken, "nothing to do")
	m := do(x, x.CreateStateMachine, sfn.CreateStateMachineInput{
		Name: aws.String("works"), RoleArn: role,
		Definition: aws.String(`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "` + *a + `", "End": true}}}`),
	}).StateMachineArn
	e := do(x, x.StartExecution, sfn.StartExecutionInput{StateMachineArn: m, Input: aws.String("7")}).ExecutionArn
	poll := func() *sfn.GetActivityTaskOutput {
		for {
			if task := do(x, x.GetActivityTask, sfn.GetActivityTaskInput{ActivityArn: a, WorkerName: aws.String("w")}); task.TaskToken != nil {
				return task
			}
		}
	}
	task := poll()
	require.Equal(t, "7", *task.Input)
	do(x, x.SendTaskHeartbeat, sfn.SendTaskHeartbeatInput{TaskToken: task.TaskToken})
	do(x, x.SendTaskFailure, sfn.SendTaskFailureInput{TaskToken: task.TaskToken, Error: aws.String("E"), Cause: aws.String("c")})
	<-x.ended
	require.Equal(t, "E", *do(x, x.DescribeExecution, sfn.DescribeExecutionInput{ExecutionArn: e}).Error)
	require.False(t, do(x, x.RedriveExecution, sfn.RedriveExecutionInput{ExecutionArn: e}).RedriveDate.IsZero())
	do(x, x.SendTaskSuccess, sfn.SendTaskSuccessInput{TaskToken: poll().TaskToken, Output: aws.String("8")})
	<-x.ended
	require.Equal(t, "8", *do(x, x.DescribeExecution, sfn.DescribeExecutionInput{ExecutionArn: e}).Output)
	var timedOut *types.TaskTimedOut
	_, err := x.SendTaskFailure(t.Context(), &sfn.SendTaskFailureInput{TaskToken: task.TaskToken})
	require.ErrorAs(t, err, &timedOut)
	do(x, x.DeleteActivity, sfn.DeleteActivityInput{ActivityArn: a})
}

// mapRuns looks at a Map Run whose children wait for a worker.
func (x *tester) mapRuns(role *string) {
	t := x.T
	a := do(x, x.CreateActivity, sfn.CreateActivityInput{Name: aws.String("items")}).ActivityArn
	m := do(x, x.CreateStateMachine, sfn.CreateStateMachineInput{
		Name: aws.String("maps"), RoleArn: role,
		Definition: aws.String(`{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {
			"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "W", "States": {"W": {"Type": "Task", "Resource": "` + *a + `", "End": true}}}}}}`),
	}).StateMachineArn
	e := do(x, x.StartExecution, sfn.StartExecutionInput{StateMachineArn: m, Input: aws.String("[1]")}).ExecutionArn
	var token *string
	for token == nil {
		token = do(x, x.GetActivityTask, sfn.GetActivityTaskInput{ActivityArn: a}).TaskToken
	}
	runs := do(x, x.ListMapRuns, sfn.ListMapRunsInput{ExecutionArn: e}).MapRuns
	require.Len(t, runs, 1)
	run := runs[0].MapRunArn
	do(x, x.UpdateMapRun, sfn.UpdateMapRunInput{MapRunArn: run, MaxConcurrency: aws.Int32(3), ToleratedFailurePercentage: aws.Float32(12.5)})
	d := do(x, x.DescribeMapRun, sfn.DescribeMapRunInput{MapRunArn: run})
	require.Equal(t, []any{types.MapRunStatusRunning, int32(3), float32(12.5), int64(1)}, []any{d.Status, d.MaxConcurrency, d.ToleratedFailurePercentage, d.ItemCounts.Running})
	children := do(x, x.ListExecutions, sfn.ListExecutionsInput{MapRunArn: run}).Executions
	require.Len(t, children, 1)
	child := do(x, x.DescribeExecution, sfn.DescribeExecutionInput{ExecutionArn: children[0].ExecutionArn})
	require.Equal(t, *run, *child.MapRunArn)
	do(x, x.SendTaskSuccess, sfn.SendTaskSuccessInput{TaskToken: token, Output: aws.String("1")})
	<-x.ended
}
