package api_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/interpreter/store"
)

const calls = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "Next": "B"}, "B": {"Type": "Pass", "End": true}}}`

func forkMocks(t *testing.T) *mock.File {
	t.Helper()
	mocks, err := mock.ParseFile([]byte(`{
		"StateMachines": {"m": {"TestCases": {"Case": {"A": "Answer"}}}},
		"MockedResponses": {"Answer": {"0": {"Return": "by the case"}}}}`))
	require.NoError(t, err)
	return mocks
}

// endedExecution returns an execution of calls under the test case, with its output.
func endedExecution(t *testing.T, srv *api.Server, arn string) *interpreter.Execution {
	t.Helper()
	e, err := srv.Start(t.Context(), arn+"#Case", "old", nil)
	require.NoError(t, err)
	require.NoError(t, e.Wait(t.Context()))
	return e
}

// A fork is an execution like others: it is listed under its name, has the tags and the
// test case of the old one, and its start and end are announced.
func TestFork(t *testing.T) {
	var mu sync.Mutex
	events := map[string]int{}
	ended := make(chan struct{}, 3)
	srv := open(t, api.Config{
		Mocks:       forkMocks(t),
		Interpreter: interpreter.Config{OnEnd: func(context.Context, *interpreter.Execution) { ended <- struct{}{} }},
		Events: func(e json.RawMessage) {
			var event struct {
				Time   string
				Detail struct{ Name, Status string }
			}
			if err := json.Unmarshal(e, &event); err != nil || strings.HasPrefix(event.Time, "0001-") {
				t.Errorf("%v: %s", err, e)
			}
			mu.Lock()
			defer mu.Unlock()
			events[event.Detail.Name+" "+event.Detail.Status]++
		},
	})
	arn := create(t, srv, "m", calls)
	old := endedExecution(t, srv, arn)
	<-ended
	again, err := srv.Fork(t.Context(), old.ID(), interpreter.AtEvent(1), interpreter.ForkOptions{Name: "again", Tags: map[string]string{"k": "v"}})
	require.NoError(t, err)
	require.Equal(t, prefix+"execution:m:again", again.Arn())
	require.NoError(t, again.Wait(t.Context()))
	<-ended
	changed, err := srv.Fork(t.Context(), old.ID(), interpreter.AtEvent(5), interpreter.ForkOptions{Result: &interpreter.TaskResult{Output: json.RawMessage(`"mine"`)}})
	require.NoError(t, err)
	require.NoError(t, changed.Wait(t.Context()))
	<-ended
	require.Equal(t, `"by the case"`, ask(t, srv, "DescribeExecution", object{"executionArn": again.Arn()})["output"])
	require.Equal(t, `"mine"`, ask(t, srv, "DescribeExecution", object{"executionArn": changed.Arn()})["output"])
	require.Len(t, ask(t, srv, "ListExecutions", object{"stateMachineArn": arn})["executions"], 3)
	tagged, err := srv.Interpreter().List(t.Context(), store.Query{Tags: map[string]string{"k": "v"}})
	require.NoError(t, err)
	require.Len(t, tagged, 1)
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, map[string]int{
		"old RUNNING": 1, "old SUCCEEDED": 1, "again RUNNING": 1, "again SUCCEEDED": 1, changed.Name() + " RUNNING": 1, changed.Name() + " SUCCEEDED": 1,
	}, events)
}

func TestForkOfExpress(t *testing.T) {
	srv := open(t, api.Config{})
	arn := ask(t, srv, "CreateStateMachine", object{"name": "x", "definition": waits, "roleArn": role, "type": "EXPRESS"})["stateMachineArn"].(string)
	old, err := srv.Start(t.Context(), arn, "old", nil)
	require.NoError(t, err)
	e, err := srv.Fork(t.Context(), old.ID(), interpreter.AtEvent(1), interpreter.ForkOptions{Name: "new"})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(e.Arn(), prefix+"express:x:new:"), e.Arn())
	require.Equal(t, interpreter.Running, e.Status())
}

func TestForkRefusals(t *testing.T) { synctest.Test(t, testForkRefusals) }

func testForkRefusals(t *testing.T) {
	srv := open(t, api.Config{Mocks: forkMocks(t)})
	defer srv.Close()
	arn := create(t, srv, "m", calls)
	old := endedExecution(t, srv, arn)
	fork := func(id store.ID, at uint32, name string) error {
		_, err := srv.Fork(t.Context(), id, interpreter.AtEvent(at), interpreter.ForkOptions{Name: name})
		return err
	}
	require.ErrorIs(t, fork(store.ID{9}, 1, ""), store.ErrNotFound)
	require.ErrorIs(t, fork(old.ID(), 1000, ""), machine.ErrFork)
	requireType := func(want string, err error) {
		t.Helper()
		var refused *api.Error
		require.ErrorAs(t, err, &refused)
		require.Equal(t, want, refused.Type)
	}
	requireType("ExecutionAlreadyExists", fork(old.ID(), 1, "old"))
	requireType("InvalidName", fork(old.ID(), 1, "a b"))
	requireType("ValidationException", fork(old.ID(), 1, strings.Repeat("n", 81)))
	require.Len(t, ask(t, srv, "ListExecutions", object{"stateMachineArn": arn})["executions"], 1)

	each := create(t, srv, "each", `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$", "End": true, "Label": "L",
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3600, "End": true}}}}}}`)
	parent, err := srv.Start(t.Context(), each, "", []byte(`[1]`))
	require.NoError(t, err)
	synctest.Wait()
	children, err := srv.Interpreter().List(t.Context(), store.Query{Parent: parent.ID()})
	require.NoError(t, err)
	require.Len(t, children, 1)
	requireType("ValidationException", fork(children[0].ID, 1, ""))

	ask(t, srv, "DeleteStateMachine", object{"stateMachineArn": each})
	synctest.Wait()
	require.ErrorIs(t, fork(parent.ID(), 1, ""), store.ErrNotFound)
}
