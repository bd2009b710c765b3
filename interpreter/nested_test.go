package interpreter_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/value"
	"github.com/gostates/gostates/interpreter"
)

const childArn = "arn:aws:states:us-east-1:111111111111:stateMachine:child"

// parent starts the child with a pattern.
func parent(pattern, more string) string {
	return `{"StartAt": "Call", "States": {"Call": {"Type": "Task",
		"Resource": "arn:aws:states:::states:startExecution` + pattern + `",
		"Parameters": {"StateMachineArn": "` + childArn + `", "Input": {"n": 1}, "Name": "kid"` + more + `, "End": true}}}`
}

// nest runs a parent whose child is a machine, under a virtual clock.
func nest(t *testing.T, pattern, child string, more ...string) (*interpreter.Interpreter, *interpreter.Execution) {
	t.Helper()
	machines := &interpreter.Machines{Programs: map[string]*interpreter.Program{
		childArn: compile(t, child, interpreter.Options{StateMachineArn: childArn}),
	}}
	in := open(t, interpreter.Config{
		Clock: interpreter.NewVirtualClock(began),
		Resolver: interpreter.Resolvers{machines, interpreter.Mux{
			"hang": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
				return nil, interpreter.ErrResultPending
			})}},
	})
	e, err := in.Start(background, compile(t, parent(pattern, "}"+strings.Join(more, ""))), nil, interpreter.StartOptions{KeepHistory: true})
	require.NoError(t, err)
	return in, e
}

const (
	passChild = `{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 5, "Next": "P"}, "P": {"Type": "Pass", "Result": {"a": 1}, "End": true}}}`
	failChild = `{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "SomeFailure", "Cause": "why"}}}`
	slowChild = `{"StartAt": "W", "TimeoutSeconds": 3, "States": {"W": {"Type": "Wait", "Seconds": 5, "End": true}}}`
	hungChild = `{"StartAt": "H", "States": {"H": {"Type": "Task", "Resource": "hang", "End": true}}}`
	kid       = `"ExecutionArn":"arn:aws:states:us-east-1:111111111111:execution:child:kid"`
)

func TestNestedExecutionWithoutWaitingAnswersAtOnce(t *testing.T) {
	in, e := nest(t, "", passChild)
	require.NoError(t, e.Wait(background))
	out, err := e.Output()
	require.NoError(t, err)
	text := value.String(out)
	require.Contains(t, text, `{`+kid+`,"SdkHttpMetadata":{"AllHttpHeaders":{},"HttpHeaders":{},"HttpStatusCode":200},"SdkResponseMetadata":{"RequestId":"`)
	require.Contains(t, text, `"StartDate":1704164645000}`)
	require.NoError(t, in.Close())
}

func TestNestedExecutionThatSucceeds(t *testing.T) {
	for pattern, want := range map[string]string{
		".sync":   `"Input":"{\"n\":1}","InputDetails":{"Included":true},"Name":"kid","Output":"{\"a\":1}"`,
		".sync:2": `"Input":{"n":1},"InputDetails":{"Included":true},"Name":"kid","Output":{"a":1}`,
	} {
		t.Run(pattern, func(t *testing.T) {
			_, e := nest(t, pattern, passChild)
			require.NoError(t, e.Wait(background))
			out, err := e.Output()
			require.NoError(t, err)
			require.Equal(t, `{`+kid+`,`+want+`,"OutputDetails":{"Included":true},"RedriveCount":0,"RedriveStatus":"NOT_REDRIVABLE",`+
				`"RedriveStatusReason":"Execution is SUCCEEDED and cannot be redriven","StartDate":1704164645000,"StateMachineArn":"`+
				childArn+`","Status":"SUCCEEDED","StopDate":1704164650000}`, value.String(out))
			var types []string
			for ev := range e.Events() {
				types = append(types, ev.Type.String())
			}
			require.Equal(t, []string{"ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
				"TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"}, types)
		})
	}
}

func TestNestedExecutionThatFailsIsATaskThatFailed(t *testing.T) {
	for name, c := range map[string]struct{ child, want string }{
		"failed":    {failChild, `{"Cause":"why","Error":"SomeFailure",` + kid + `,"Input":"{\"n\":1}","InputDetails":{"Included":true},"Name":"kid","RedriveCount":0,"RedriveStatus":"REDRIVABLE","StartDate":`},
		"timed out": {slowChild, `{` + kid + `,"Input":"{\"n\":1}","InputDetails":{"Included":true},"Name":"kid","RedriveCount":0,"RedriveStatus":"REDRIVABLE","StartDate":`},
	} {
		t.Run(name, func(t *testing.T) {
			_, e := nest(t, ".sync", c.child)
			err := e.Wait(background)
			var failed *interpreter.ExecutionError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, asl.ErrTaskFailed, failed.Name)
			require.True(t, strings.HasPrefix(failed.Cause, c.want), failed.Cause)
		})
	}
}

func TestStopOfAParentStopsTheChildThatItWaitsFor(t *testing.T) {
	var child *interpreter.Execution
	for name, stop := range map[string]func(e *interpreter.Execution){
		"stopped":   func(e *interpreter.Execution) { require.NoError(t, e.Stop("", "")) },
		"timed out": func(*interpreter.Execution) {}, // the clock moves while the test waits
	} {
		t.Run(name, func(t *testing.T) {
			in, e := nest(t, ".sync", hungChild, `, "TimeoutSeconds": 60`)
			program := e.Program()
			require.NotNil(t, program)
			child = running(t, in)
			stop(e)
			require.Error(t, e.Wait(background))
			require.Error(t, child.Wait(background))
			require.Equal(t, interpreter.Aborted, child.Status())
		})
	}
}

// running returns the execution of the name kid, once it runs.
func running(t *testing.T, in *interpreter.Interpreter) *interpreter.Execution {
	var e *interpreter.Execution
	require.True(t, soon(func() bool { e = interpreter.Named(in, "kid"); return e != nil }))
	return e
}

func TestNestedExecutionErrors(t *testing.T) {
	call := func(parameters string) string {
		return `{"StartAt": "Call", "States": {"Call": {"Type": "Task",
			"Resource": "arn:aws:states:::states:startExecution.sync", "Parameters": ` + parameters + `, "End": true}}}`
	}
	again := compile(t, call(`{"StateMachineArn": "again"}`))
	hung := compile(t, hungChild)
	machines := &interpreter.Machines{Programs: map[string]*interpreter.Program{"again": again, "hung": hung}, MaxDepth: 3}
	in := open(t, interpreter.Config{Resolver: interpreter.Resolvers{machines, interpreter.Mux{
		"hang": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			return nil, interpreter.ErrResultPending
		})}}})
	_, err := in.Start(background, hung, []byte(`{"other": 1}`), interpreter.StartOptions{Name: "taken"})
	require.NoError(t, err)
	for name, c := range map[string]struct{ parameters, want, cause string }{
		"no such machine": {`{"StateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:no"}`, interpreter.ErrStateMachineDoesNotExistException, "State Machine Does Not Exist"},
		"no machine":      {`{}`, interpreter.ErrStateMachineDoesNotExistException, ""},
		"name taken":      {`{"StateMachineArn": "hung", "Name": "taken"}`, interpreter.ErrExecutionAlreadyExistsException, "Execution Already Exists"},
		"input":           {`{"StateMachineArn": "hung", "Input": "{"}`, interpreter.ErrInvalidExecutionInputException, "Invalid State Machine Execution Input"},
		"recursion":       {`{"StateMachineArn": "again"}`, asl.ErrTaskFailed, "Executions start each other more than 3 deep."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := interpreter.Run[any](background, in, compile(t, call(c.parameters)), nil)
			require.ErrorIs(t, err, &asl.Error{Name: c.want})
			require.ErrorContains(t, err, c.cause)
		})
	}
}

func TestNestedExecutionIsFoundAgainAfterARestart(t *testing.T) {
	child := compile(t, hungChild)
	machines := &interpreter.Machines{Programs: map[string]*interpreter.Program{"child": child}}
	names, again := make(chan string, 2), make(chan struct{})
	var restarted atomic.Bool
	config := interpreter.Config{Resolver: interpreter.Resolvers{machines, interpreter.Mux{
		"hang": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			names <- task.Execution()
			if restarted.Load() {
				<-again
				return nil, nil
			}
			return nil, interpreter.ErrResultPending
		})}}}
	p := compile(t, `{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
		"Parameters": {"StateMachineArn": "child"}, "OutputPath": "$.Name", "End": true}}}`)
	before := open(t, config)
	e, err := before.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	name := <-names
	snapshot, err := e.Snapshot()
	require.NoError(t, err)
	kid, err := interpreter.Named(before, name).Snapshot()
	require.NoError(t, err)
	require.NoError(t, before.Close())

	restarted.Store(true)
	after := open(t, config)
	_, err = after.Restore(child, kid, interpreter.StartOptions{})
	require.NoError(t, err)
	e, err = after.Restore(p, snapshot, interpreter.StartOptions{})
	require.NoError(t, err)
	require.True(t, soon(func() bool { return interpreter.Awaited(after, name) }))
	close(again)
	require.NoError(t, e.Wait(background))
	out, err := e.Output()
	require.NoError(t, err)
	require.Equal(t, name, out)
	require.Equal(t, name, <-names)
}
