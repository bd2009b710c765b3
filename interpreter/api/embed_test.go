package api_test

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/interpreter/registry"
)

func TestStartFromGo(t *testing.T) {
	srv := open(t, api.Config{})
	arn := create(t, srv, "m", passes)
	e, err := srv.Start(t.Context(), arn, "e", []byte(`{"a": 1}`))
	require.NoError(t, err)
	require.Equal(t, prefix+"execution:m:e", e.Arn())
	for input, want := range map[string]string{"{": "InvalidExecutionInput", "{}": "ExecutionAlreadyExists"} {
		_, err = srv.Start(t.Context(), arn, "e", []byte(input))
		var refused *api.Error
		require.ErrorAs(t, err, &refused)
		require.Equal(t, want, refused.Type)
	}
	id, err := srv.Find(t.Context(), e.Arn())
	require.NoError(t, err)
	require.Equal(t, e.ID(), id)
	for arn, want := range map[string]string{prefix + "execution:m:f": "ExecutionDoesNotExist", prefix + "express:m:e:u": "ExecutionDoesNotExist", arn: "InvalidArn", "e": "InvalidArn"} {
		_, err = srv.Find(t.Context(), arn)
		require.ErrorContains(t, err, want)
	}
	require.Len(t, srv.Records().Machines(), 1)
	require.True(t, srv.AllowsHost("localhost:1"))
	require.False(t, srv.AllowsHost("evil.test"))
}

func TestCreateOptions(t *testing.T) {
	srv := open(t, api.Config{})
	for _, kind := range []string{"", registry.Standard, registry.Express} {
		arn, err := srv.Create("m"+kind, []byte(passes), api.CreateOptions{Type: kind})
		require.NoError(t, err)
		m := ask(t, srv, "DescribeStateMachine", object{"stateMachineArn": arn})
		require.Equal(t, cmp.Or(kind, registry.Standard), m["type"])
	}
	out := ask(t, srv, "StartSyncExecution", object{"stateMachineArn": prefix + "stateMachine:m" + registry.Express})
	require.Equal(t, "SUCCEEDED", out["status"])
	var refused *api.Error
	_, err := srv.Create("m"+registry.Express, []byte(passes))
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "StateMachineAlreadyExists", refused.Type, "its type differs")
	_, err = srv.Create("n", []byte(passes), api.CreateOptions{Type: "FAST"})
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "ValidationException", refused.Type)
	_, err = srv.Create("n", []byte(`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true}}}`),
		api.CreateOptions{Type: registry.Express})
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "InvalidDefinition", refused.Type, "an EXPRESS machine waits for no token")
}

func TestUpdateFromGo(t *testing.T) {
	srv := open(t, api.Config{})
	arn := create(t, srv, "m", passes)
	updated, err := srv.Update("m", []byte(waits))
	require.NoError(t, err)
	require.Equal(t, arn, updated)
	m := ask(t, srv, "DescribeStateMachine", object{"stateMachineArn": arn})
	require.Equal(t, waits, m["definition"])
	require.Equal(t, role, m["roleArn"], "only the definition has changed")
	for want, call := range map[string]func() (string, error){
		"StateMachineDoesNotExist": func() (string, error) { return srv.Update("n", []byte(waits)) },
		"InvalidDefinition":        func() (string, error) { return srv.Update("m", []byte("{}")) },
		"ValidationException":      func() (string, error) { return srv.Update("m", nil) },
	} {
		_, err := call()
		var refused *api.Error
		require.ErrorAs(t, err, &refused)
		require.Equal(t, want, refused.Type)
	}
}

// New mocks answer executions that start afterwards. Those that run keep their case, even
// if the new file does not have it.
func TestMocksAreReplaced(t *testing.T) {
	file := func(output string) *mock.File {
		f, err := mock.ParseFile([]byte(`{"StateMachines": {"m": {"TestCases": {"` + output + `": {"B": "r"}}}},
			"MockedResponses": {"r": {"0": {"Return": "` + output + `"}}}}`))
		require.NoError(t, err)
		return f
	}
	asks := make(chan struct{})
	srv := open(t, api.Config{Interpreter: interpreter.Config{Resolver: interpreter.Mux{
		"a": interpreter.Plain(func(any) (any, error) { <-asks; return nil, nil }),
		"b": interpreter.Plain(func(any) (any, error) { return "real", nil }),
	}}})
	arn := create(t, srv, "m", `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "a", "Next": "B"}, "B": {"Type": "Task", "Resource": "b", "End": true}}}`)
	start := func(qualifier string) *interpreter.Execution {
		e, err := srv.Start(t.Context(), arn+qualifier, "", nil)
		require.NoError(t, err)
		return e
	}
	refused := func(qualifier, cause string) {
		_, err := srv.Start(t.Context(), arn+qualifier, "", nil)
		require.ErrorContains(t, err, "InvalidName")
		require.ErrorContains(t, err, cause)
	}
	require.Empty(t, srv.TestCases(arn))
	refused("#one", "There is no mock configuration")
	running := []*interpreter.Execution{start("")}
	srv.SetMocks(file("one"))
	require.Equal(t, []string{"one"}, srv.TestCases(arn))
	require.Empty(t, srv.TestCases(arn+"x"))
	require.Empty(t, srv.TestCases("m"))
	running = append(running, start("#one"), start(""))
	srv.SetMocks(file("two"))
	refused("#one", "its test cases are: two")
	running = append(running, start("#two"))
	srv.SetMocks(nil)
	require.Empty(t, srv.TestCases(arn))
	refused("#two", "no state machine")
	close(asks)
	for i, want := range []string{"real", "one", "real", "two"} {
		require.NoError(t, running[i].Wait(t.Context()))
		output, err := running[i].Output()
		require.NoError(t, err)
		require.Equal(t, want, output)
	}
}

// A test case answers an activity, which need not exist, before its workers. Its other
// activities, those of children of Map Runs and executions without a case go to workers.
func TestMockedActivities(t *testing.T) {
	const activity = `"Type": "Task", "Resource": "` + prefix + `activity:`
	const each = `"Each": {"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
		"StartAt": "Send", "States": {"Send": {` + activity + `send", "End": true}}}, "End": true}`
	file, err := mock.ParseFile([]byte(`{"StateMachines": {"m": {"TestCases": {"C": {"Pack": "r", "Send": "r"}}}},
		"MockedResponses": {"r": {"0": {"Return": ["mocked"]}}}}`))
	require.NoError(t, err)
	asked := make(chan map[string]string, 100)
	other := interpreter.Mux{"own": interpreter.Plain(func(any) (any, error) { return "own", nil })}
	srv := open(t, api.Config{Mocks: file, Interpreter: interpreter.Config{
		ResolverOf: func(_ string, tags map[string]string) (interpreter.Resolver, error) { asked <- tags; return other, nil },
	}})
	arn := create(t, srv, "m", `{"StartAt": "Own", "States": {"Own": {"Type": "Task", "Resource": "own", "Next": "Pack"},
		"Pack": {`+activity+`pack", "Next": "Each"}, `+each+`}}`)
	sends := ask(t, srv, "CreateActivity", object{"name": "send"})["activityArn"]

	e, err := srv.Start(t.Context(), arn+"#C", "mocked", nil)
	require.NoError(t, err)
	task := ask(t, srv, "GetActivityTask", object{"activityArn": sends})
	require.Equal(t, `"mocked"`, task["input"], "what a worker gets is of the child")
	ask(t, srv, "SendTaskSuccess", object{"taskToken": task["taskToken"], "output": `"sent"`})
	require.NoError(t, e.Wait(t.Context()))
	require.Equal(t, `["sent"]`, ask(t, srv, "DescribeExecution", object{"executionArn": e.Arn()})["output"])
	var types []any
	for _, event := range ask(t, srv, "GetExecutionHistory", object{"executionArn": e.Arn()})["events"].([]any)[6:10] {
		types = append(types, event.(object)["type"])
	}
	require.Equal(t, []any{"TaskStateEntered", "ActivityScheduled", "ActivityStarted", "ActivitySucceeded"}, types)
	require.Equal(t, "C", (<-asked)["gostates:testCase"], "the program is asked too")

	e, err = srv.Start(t.Context(), arn, "", nil)
	require.NoError(t, err)
	require.ErrorContains(t, e.Wait(t.Context()), "activity:pack does not exist")
	described := ask(t, srv, "DescribeExecution", object{"executionArn": e.Arn()})
	require.Equal(t, "FAILED", described["status"])
}

// Watch tells of events until it is stopped, and a watcher that does not read holds
// nothing up.
func TestWatch(t *testing.T) {
	srv := open(t, api.Config{})
	arn := create(t, srv, "m", passes)
	changed, stop := srv.Watch(prefix + "execution:m:e")
	_, stopOther := srv.Watch(prefix + "execution:m:e")
	defer stopOther()
	e, err := srv.Start(t.Context(), arn, "e", nil)
	require.NoError(t, err)
	<-changed
	require.NoError(t, e.Wait(t.Context()))
	stop()
	stop()
	other, err := srv.Start(t.Context(), arn, "f", nil)
	require.NoError(t, err)
	require.NoError(t, other.Wait(t.Context()))
}
