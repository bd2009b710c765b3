package temporal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/value"
)

// feature is an execution on a server.
type feature struct {
	name, definition, input string
	options                 ClientOptions
	during                  func(*testing.T, *featureRun)
	output                  string // wanted
	err                     string // wanted instead: the status, the name of the error, and its cause
	events                  int    // wanted of Temporal; 0: they vary
	most                    int    // events, where they vary
	runs                    int    // wanted at least; 0: 1
}

// featureRun is a feature that runs.
type featureRun struct {
	server    *server
	worker    *workerProcess
	client    *Client
	execution *Execution
}

// token waits for the token of a task.
func (r *featureRun) token(t *testing.T) string {
	t.Helper()
	calls := r.worker.callsOf(t, r.execution.Name(), 1)
	return calls[len(calls)-1].Token
}

// chain is a sequence of tasks T0, T1 and so on.
func chain(n int, fields string) string {
	var states []string
	for i := range n {
		next := fmt.Sprintf(`"Next": "T%d"`, i+1)
		if i == n-1 {
			next = `"End": true`
		}
		states = append(states, fmt.Sprintf(`"T%d": {"Type": "Task", %s, %s}`, i, strings.ReplaceAll(fields, "#", fmt.Sprint(i)), next))
	}
	return `{"StartAt": "T0", "States": {` + strings.Join(states, ",") + `}}`
}

// alone is a machine of one state T, whose errors are caught by C.
func alone(fields string) string {
	return `{"StartAt": "T", "States": {"T": {` + fields + `, "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}]},
		"C": {"Type": "Pass", "OutputPath": "$.Error", "End": true}}}`
}

// parallel has n branches.
func parallel(n int, branch string) string {
	var branches []string
	for i := range n {
		branches = append(branches, strings.ReplaceAll(branch, "#", fmt.Sprint(i)))
	}
	return `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [` + strings.Join(branches, ",") + `]}}}`
}

func mapOf(fields, resource string) string {
	return `{"StartAt": "M", "States": {"M": {"Type": "Map", ` + fields + `"End": true, "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "` + resource + `", "End": true}}}}}}`
}

func startsMachine(pattern, name, input, selects string) string {
	return `{"StartAt": "N", "States": {"N": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution` + pattern + `",
		"Parameters": {"StateMachineArn": "` + name + `", "Input": ` + input + `}` + selects + `, "End": true,
		"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}]}, "C": {"Type": "Pass", "OutputPath": "$.Error", "End": true}}}`
}

func numbers(n int) string {
	text, _ := json.Marshal(make([]int, n))
	return string(text)
}

// asksForToken is a task that waits for its token.
const asksForToken = `"Type": "Task", "Resource": "` + askForToken + `", "Parameters": {"Token.$": "$$.Task.Token"}`

var features = []feature{
	{name: "Pass", definition: `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`,
		input: `{"b":1.0,"a":12345678901234567890123,"c":"\uD800"}`, output: `{"b":1.0,"a":12345678901234567890123,"c":"\uD800"}`, events: 5},
	{name: "an input of null", definition: `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`, input: `null`, output: `null`, events: 5},
	{name: "10 tasks", definition: chain(10, `"Resource": "echo"`), input: `{"b":1.0}`, output: `{"b":1.0}`, events: 6 + 10*6},
	{name: "10 tasks, TimeoutSeconds", definition: chain(10, `"Resource": "echo", "TimeoutSeconds": 60`), input: `1`, output: `1`, events: 6 + 10*6},
	{name: "10 local tasks", definition: chain(10, `"Resource": "local"`), input: `1`, output: `1`, events: 6 + 10},
	{name: "a task on another queue", definition: chain(1, `"Resource": "other"`), input: `1`, output: `1`, events: 12},
	{name: "an activity's worker", definition: chain(1, `"Resource": "arn:aws:states:us-east-1:123456789012:activity:a"`), input: `1`, output: `1`, events: 12},
	{name: "Choice, Assign, intrinsics", definition: `{"StartAt": "A", "States": {
		"A": {"Type": "Pass", "Assign": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "B"},
		"B": {"Type": "Choice", "Choices": [{"Variable": "$n", "NumericGreaterThan": 2, "Next": "C"}], "Default": "A"},
		"C": {"Type": "Pass", "Parameters": {"id.$": "States.Format('{}', $n)"}, "End": true}}}`, input: `{"n":2}`, output: `{"id":"3"}`, events: 5},
	{name: "JSONata", definition: `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {
		"A": {"Type": "Task", "Resource": "echo", "Arguments": "{% {'n': $sum($states.input), 'u': $length($uuid()), 'r': $random() < 1} %}", "Assign": {"n": "{% $states.result.n %}"}, "Next": "B"},
		"B": {"Type": "Choice", "Choices": [{"Condition": "{% $n = 6 %}", "Next": "C"}], "Default": "A"},
		"C": {"Type": "Succeed", "Output": "{% $states.input.u %}"}}}`, input: `[1,2,3]`, output: `36`, events: 12},
	{name: "Wait 1 s", definition: `{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "End": true}}}`, input: `1`, output: `1`, events: 10},
	{name: "Wait until a time", definition: `{"StartAt": "A", "States": {"A": {"Type": "Wait", "Timestamp": "2020-01-01T00:00:00Z", "End": true}}}`, input: `1`, output: `1`, most: 10},
	{name: "Retry, twice", definition: alone(`"Type": "Task", "Resource": "busy", "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "BackoffRate": 1}]`), input: `{}`, output: `2`, events: 5 + 1 + 3*6 + 2*5},
	{name: "Retry, Catch", definition: alone(`"Type": "Task", "Resource": "fail", "Retry": [{"ErrorEquals": ["Bad"], "IntervalSeconds": 1, "MaxAttempts": 1}]`), input: `{}`, output: `"Bad"`, events: 5 + 1 + 2*6 + 5},
	{name: "a handler that panics", definition: alone(`"Type": "Task", "Resource": "panic"`), input: `{}`, output: `"States.TaskFailed"`, events: 12},
	{name: "a task fails", definition: chain(1, `"Resource": "fail"`), input: `{}`, err: "FAILED Bad: it is", events: 12},
	{name: "Fail", definition: `{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "No", "Cause": "way"}}}`, input: `{}`, err: "FAILED No: way", events: 5},
	{name: "TimeoutSeconds of a task", definition: alone(`"Type": "Task", "Resource": "silent", "TimeoutSeconds": 1`), input: `{}`, output: `"States.Timeout"`, events: 12},
	{name: "HeartbeatSeconds, silent", definition: strings.Replace(alone(`"Type": "Task", "Resource": "silent", "HeartbeatSeconds": 1`), "States.ALL", "States.HeartbeatTimeout", 1), input: `{}`, output: `"States.Timeout"`, events: 12},
	{name: "HeartbeatSeconds, beats", definition: alone(`"Type": "Task", "Resource": "beats", "HeartbeatSeconds": 1`), input: `{}`, output: `"beaten"`, events: 12},
	{name: "TimeoutSeconds of the machine", definition: `{"TimeoutSeconds": 1, ` + chain(1, `"Resource": "silent"`)[1:], input: `{}`, err: "TIMED_OUT", most: 14},
	{name: "Parallel of 10", definition: parallel(10, `{"StartAt": "T#", "States": {"T#": {"Type": "Task", "Resource": "echo", "End": true}}}`), input: `0`, output: numbers(10), most: 6 + 10*6},
	{name: "Map of 50", definition: mapOf("", "echo"), input: numbers(50), output: numbers(50), most: 6 + 50*6},
	{name: "Map of 50, 5 at a time", definition: mapOf(`"MaxConcurrency": 5, `, "echo"), input: numbers(50), output: numbers(50), most: 6 + 50*6},
	{name: "callback by update", definition: alone(asksForToken), input: `{}`, output: `null`, most: 6 + 6 + 5, during: func(t *testing.T, r *featureRun) {
		token, ctx := r.token(t), context.Background()
		require.ErrorIs(t, r.client.SendTaskSuccess(ctx, "B"+token[1:], 1), interpreter.ErrInvalidToken)
		require.NoError(t, r.client.SendTaskSuccess(ctx, token, nil))
		require.ErrorIs(t, r.client.SendTaskSuccess(ctx, token, nil), interpreter.ErrTaskTimedOut)
	}},
	{name: "callback by signal", definition: alone(asksForToken), input: `{}`, output: `{"b":1.0,"a":null}`, most: 6 + 6 + 4, during: func(t *testing.T, r *featureRun) {
		s := signal{answer: answer{Token: r.token(t), Kind: "success"}, Output: json.RawMessage(`{"b":1.0,"a":null}`)}
		require.NoError(t, r.server.client.SignalWorkflow(context.Background(), r.execution.Name(), "", answerName, s))
	}},
	{name: "callback, heartbeats", definition: alone(asksForToken + `, "HeartbeatSeconds": 2`), input: `{}`, output: `"States.Timeout"`, during: func(t *testing.T, r *featureRun) {
		require.NoError(t, r.client.SendTaskHeartbeat(context.Background(), r.token(t)))
	}},
	{name: "ErrResultPending, SendTaskFailure", definition: alone(`"Type": "Task", "Resource": "pending"`), input: `{}`, output: `"No"`, most: 6 + 6 + 5, during: func(t *testing.T, r *featureRun) {
		require.NoError(t, r.client.SendTaskFailure(context.Background(), r.token(t), "No", "way"))
	}},
	{name: "startExecution", definition: startsMachine("", "child", `{}`, `, "ResultPath": "$.r", "OutputPath": "$.in"`), input: `{"in":1}`, output: `1`, most: 6 + 6},
	{name: "startExecution.sync", definition: startsMachine(".sync", "child", `{}`, `, "ResultSelector": {"o.$": "$.Output"}`), input: `{}`, output: `{"o":"\"paid\""}`, events: 6 + 9},
	{name: "startExecution.sync:2", definition: startsMachine(".sync:2", "child", `{}`, `, "ResultSelector": {"o.$": "$.Output"}`), input: `{}`, output: `{"o":"paid"}`, events: 6 + 9},
	{name: ".sync of one that fails", definition: startsMachine(".sync", "broken", `{}`, ""), input: `{}`, output: `"States.TaskFailed"`, events: 6 + 9},
	{name: "startExecution.waitForTaskToken", definition: startsMachine(".waitForTaskToken", "answers", `{"Token.$": "$$.Task.Token"}`, ""), input: `{}`, output: `"by the child"`, most: 6 + 6 + 5},
	{name: "Stop", definition: `{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 100, "End": true}}}`, input: `{}`, err: "ABORTED Enough: is enough", during: func(t *testing.T, r *featureRun) {
		ctx := context.Background()
		where, err := r.execution.Where(ctx)
		require.NoError(t, err)
		require.Equal(t, []string{"A"}, where)
		require.NoError(t, r.execution.Stop(ctx, "Enough", "is enough"))
		require.NoError(t, r.execution.Stop(ctx, "", "")) // it was stopped before
	}},
	{name: "Stop, a nested execution waits", definition: startsMachine(".sync", "waits", `{}`, ""), input: `{}`, err: "ABORTED Enough: is enough", during: func(t *testing.T, r *featureRun) {
		require.Eventually(t, func() bool {
			where, err := r.execution.Where(context.Background())
			return err == nil && len(where) == 1
		}, 10*time.Second, 10*time.Millisecond)
		require.NoError(t, r.execution.Stop(context.Background(), "Enough", "is enough"))
	}},
	{name: "CancelWorkflow in a task", definition: chain(1, `"Resource": "silent"`), input: `{}`, err: "ABORTED", during: func(t *testing.T, r *featureRun) {
		r.token(t)
		require.NoError(t, r.server.client.CancelWorkflow(context.Background(), r.execution.Name(), ""))
	}},
	{name: "SearchState", options: ClientOptions{SearchState: true}, definition: alone(asksForToken), input: `{}`, output: `1`, most: 6 + 6 + 5 + 3, during: func(t *testing.T, r *featureRun) {
		token, ctx := r.token(t), context.Background()
		require.Eventually(t, func() bool {
			list, err := r.server.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: `AslState = "T" AND WorkflowId = "` + r.execution.Name() + `"`})
			return err == nil && len(list.GetExecutions()) == 1
		}, 20*time.Second, 50*time.Millisecond)
		require.NoError(t, r.client.SendTaskSuccess(ctx, token, 1))
	}},
	{name: "20 tasks, ContinueAfter 12", options: ClientOptions{ContinueAfter: 12}, definition: chain(20, `"Resource": "echo"`), input: `{"b":1.0}`, output: `{"b":1.0}`, runs: 5},
	{name: "Map of 50, ContinueAfter 60", options: ClientOptions{ContinueAfter: 60}, definition: mapOf(`"MaxConcurrency": 5, `, "echo"), input: numbers(50), output: numbers(50), runs: 2},
	{name: "callback over continuations", options: ClientOptions{ContinueAfter: 12}, definition: `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [` +
		alone(asksForToken) + `,` + chain(10, `"Resource": "echo"`) + `]}}}`, input: `{}`, output: `[7,{}]`, runs: 3, during: func(t *testing.T, r *featureRun) {
		r.worker.callsOf(t, r.execution.Name(), 11)
		var token string
		for _, c := range r.worker.callsOf(t, r.execution.Name(), 11) {
			if c.State == "T" {
				token = c.Token
			}
		}
		require.NoError(t, r.client.SendTaskSuccess(context.Background(), token, 7))
	}},
}

// TestServer runs all features on a server, with workflows in the worker's cache and
// without, and prints what they cost. Every history is replayed.
func TestServer(t *testing.T) {
	s := newServer(t)
	for _, size := range []int{10_000, 0} {
		name := fmt.Sprintf("cache %d", size)
		t.Run(name, func(t *testing.T) {
			w := &workerProcess{Addr: s.addr, Queue: fmt.Sprintf("q%d", size), Calls: filepath.Join(t.TempDir(), "calls"), CacheSize: size}
			w.start(t)
			defer w.kill()
			rows := table{{"feature, " + name, "outcome", "wall time", "runs", "events", "bytes"}}
			for i := range features {
				t.Run(features[i].name, func(t *testing.T) { rows = append(rows, runFeature(t, s, w, &features[i])) })
			}
			t.Logf("\n%s", rows)
		})
	}
}

// runFeature runs a feature, and returns its row of the table.
func runFeature(t *testing.T, s *server, w *workerProcess, f *feature) []string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	f.options.TaskQueue, f.options.KeepHistory = w.Queue, true
	k := NewClient(s.client, f.options)
	began := time.Now()
	e, err := k.Start(ctx, compile(t, f.definition), []byte(f.input), StartOptions{})
	require.NoError(t, err)
	if f.during != nil {
		f.during(t, &featureRun{server: s, worker: w, client: k, execution: e})
	}
	outcome, took := requireOutcome(t, e, f), time.Since(began)
	runs := s.downloadRuns(t, e, serverConfig(w.Queue, nil, nil))
	require.GreaterOrEqual(t, len(runs.histories), f.runs)
	if f.events > 0 {
		require.Equal(t, f.events, runs.events)
	}
	if f.most > 0 {
		require.LessOrEqual(t, runs.events, f.most)
	}
	next := uint32(1)
	for ev, err := range e.Events(ctx, EventsOptions{}) {
		require.NoError(t, err)
		require.Equal(t, next, ev.ID)
		next++
	}
	require.Greater(t, next, uint32(2))
	return []string{f.name, shorten(outcome), fmt.Sprintf("%.2f s", took.Seconds()), fmt.Sprint(len(runs.histories)), fmt.Sprint(runs.events), fmt.Sprint(runs.bytes)}
}

func requireOutcome(t *testing.T, e *Execution, f *feature) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	output, err := e.output(ctx)
	if f.output != "" {
		require.NoError(t, err)
		require.Equal(t, f.output, value.String(output))
		return f.output
	}
	var failed *interpreter.ExecutionError
	require.True(t, errors.As(err, &failed), "%v", err)
	text := strings.TrimRight(fmt.Sprintf("%s %s: %s", failed.Status, failed.Name, failed.Cause), " :")
	require.Contains(t, text, f.err)
	return text
}

// The name of an execution is taken once.
// An update may come with the first workflow task of a run.
func TestServerStopsBeforeTheFirstTask(t *testing.T) {
	s := newServer(t)
	w := &workerProcess{Addr: s.addr, Queue: "early", Calls: filepath.Join(t.TempDir(), "calls"), CacheSize: 10}
	k := NewClient(s.client, ClientOptions{TaskQueue: w.Queue})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e, err := k.Start(ctx, compile(t, pays), nil, StartOptions{})
	require.NoError(t, err)
	stopped := make(chan error, 1)
	go func() { stopped <- e.Stop(ctx, "Enough", "is enough") }()
	require.Never(t, func() bool { return len(stopped) > 0 }, time.Second, 100*time.Millisecond) // nobody answers yet
	w.start(t)
	defer w.kill()
	require.NoError(t, <-stopped)
	requireOutcome(t, e, &feature{err: "ABORTED Enough: is enough"})
	runs := s.downloadRuns(t, e, serverConfig(w.Queue, nil, nil))
	accepted := runs.histories[0].GetEvents()[4].GetWorkflowExecutionUpdateAcceptedEventAttributes()
	require.NotNil(t, accepted, "it came with the first workflow task")
}
