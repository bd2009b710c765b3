package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	// An order is priced by a Lambda function, waits, is told to somebody by an execution of
	// its own, and is packed by a worker.
	orders = `{"StartAt": "Price", "States": {
		"Price": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "price", "Payload.$": "$"},
			"OutputPath": "$.Payload", "Next": "Cool"},
		"Cool": {"Type": "Wait", "Seconds": 100, "Next": "Tell"},
		"Tell": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Parameters": {
			"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:tell", "Input.$": "$"}, "ResultPath": null, "Next": "Pack"},
		"Pack": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:pack", "End": true}}}`
	tells = `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
		"Parameters": {"FunctionName": "tell", "Payload": {"token.$": "$$.Task.Token", "order.$": "$"}}, "End": true}}}`
)

// functions are Lambda functions.
type functions struct {
	mu     sync.Mutex
	hangs  bool        // the next call of price hangs until the server is killed
	called chan string // the functions that were called, each in its time
	tokens chan string // those that tell was given
}

// ServeHTTP implements [http.Handler].
func (f *functions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		return // the server was killed
	}
	if strings.Contains(r.URL.Path, "/tell/") {
		var asked struct{ Token string }
		if json.Unmarshal(payload, &asked) == nil {
			f.tokens <- asked.Token
		}
		fmt.Fprint(w, `{}`)
		return
	}
	f.mu.Lock()
	hangs := f.hangs
	f.hangs = false
	f.mu.Unlock()
	if hangs {
		f.called <- "price"
		<-r.Context().Done()
		return
	}
	w.Write(payload)
}

// starts are executions that are started at the same time as others.
type starts struct {
	mu       sync.Mutex
	accepted map[string]bool // what StartExecution has acknowledged, by name
	refused  []string
}

// start starts an execution. A server that was killed has not answered.
func (st *starts) start(s *server, name string) (answered bool) {
	code, text, err := s.try("StartExecution", map[string]any{"stateMachineArn": arns + "stateMachine:order:live", "name": name, "input": fmt.Sprintf(`{"order": %q}`, name)})
	if err != nil {
		return false
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if code != 200 {
		st.refused = append(st.refused, string(text))
		return true
	}
	st.accepted[name] = true
	return true
}

// startMany starts executions, until the server has gone. The channel gets a value when the
// first one was answered; end returns those that were not.
func (st *starts) startMany(s *server, prefix string, starters, each int) (begun chan struct{}, end func() (unanswered []string)) {
	var running sync.WaitGroup
	var mu sync.Mutex
	var unanswered []string
	begun = make(chan struct{}, starters*each)
	for i := range starters {
		running.Go(func() {
			for j := range each {
				name := fmt.Sprintf("%s-%d-%d", prefix, i, j)
				if st.start(s, name) {
					begun <- struct{}{}
					continue
				}
				mu.Lock()
				unanswered = append(unanswered, name)
				mu.Unlock()
			}
		})
	}
	return begun, func() []string { running.Wait(); return unanswered }
}

// The process is killed while executions start, a function runs, executions wait for time,
// for others, for a token and for workers, and a worker has a task.
func TestServerKilledInTheMiddleOfExecutions(t *testing.T) {
	const kills, starters, each = 4, 4, 5
	const all = kills * 2 * starters * each
	called := &functions{called: make(chan string, kills), tokens: make(chan string, 1000)}
	lambda := httptest.NewServer(called)
	defer lambda.Close()
	path := filepath.Join(t.TempDir(), "states.db")
	run := func() *server { return serve(t, "-store", path, "-lambda-endpoint", lambda.URL, "-wait-scale", "0.01") }

	s := run()
	s.call("CreateActivity", map[string]any{"name": "pack", "tags": []any{map[string]any{"key": "team", "value": "hall"}}})
	s.call("CreateStateMachine", map[string]any{"name": "tell", "definition": tells, "roleArn": "arn:aws:iam::123456789012:role/r"})
	machine := s.call("CreateStateMachine", map[string]any{"name": "order", "definition": orders, "roleArn": "arn:aws:iam::123456789012:role/r", "publish": true,
		"tags": []any{map[string]any{"key": "stage", "value": "test"}}})
	s.call("CreateStateMachineAlias", map[string]any{"name": "live", "routingConfiguration": []any{
		map[string]any{"stateMachineVersionArn": machine["stateMachineVersionArn"], "weight": 100}}})

	st := &starts{accepted: map[string]bool{}}
	packed := map[string]bool{}
	var held map[string]any // the task that the worker had when the server was killed
	pack := func(task map[string]any) {
		if task != nil {
			s.call("SendTaskSuccess", map[string]any{"taskToken": task["taskToken"], "output": task["input"]})
			require.False(t, packed[task["input"].(string)], "%s is packed once", task["input"])
			packed[task["input"].(string)] = true
		}
	}
	poll := func() map[string]any {
		t.Helper()
		task := s.call("GetActivityTask", map[string]any{"activityArn": arns + "activity:pack"})
		require.NotNil(t, task["taskToken"], "no execution has come to its last state for a minute")
		return task
	}

	// somebody answers what the function tell was given, but for the first token of each
	// server. After a kill the function may have been called twice.
	answers := func(s *server, last bool) (end func()) {
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() {
			var left []string
			for ctx.Err() == nil {
				select {
				case <-ctx.Done():
				case token := <-called.tokens:
					if len(left) == 0 && !last {
						left = append(left, token)
						continue
					}
					code, text, err := s.try("SendTaskSuccess", map[string]any{"taskToken": token, "output": `"told"`})
					if err != nil {
						left = append(left, token)
					} else if code != 200 && !strings.Contains(string(text), "TaskTimedOut") {
						t.Errorf("SendTaskSuccess: %s", text)
					}
				}
			}
			for _, token := range left {
				called.tokens <- token
			}
		})
		return func() { cancel(); running.Wait() }
	}

	var unanswered []string
	cut := 0
	for round := range kills {
		if round > 0 {
			s = run()
		}
		end := answers(s, false)
		for _, name := range unanswered { // the client tries again: it is started once
			require.True(t, st.start(s, name))
		}
		called.mu.Lock()
		called.hangs = true
		called.mu.Unlock()
		unanswered = nil
		begun, endFirst := st.startMany(s, fmt.Sprintf("%d-first", round), starters, each)
		<-begun
		pack(held)
		for range 3 * round {
			pack(poll())
		}
		held = nil
		if round > 0 {
			held = poll()
		}
		<-called.called // a function runs
		begun, endSecond := st.startMany(s, fmt.Sprintf("%d-second", round), starters, each)
		<-begun // others start
		s.kill()
		unanswered = append(endFirst(), endSecond()...)
		cut += len(unanswered)
		end()
	}

	s = run()
	end := answers(s, true)
	defer end()
	for _, name := range unanswered {
		require.True(t, st.start(s, name))
	}
	pack(held)
	for len(packed) < all {
		pack(poll())
	}
	require.Empty(t, st.refused)
	require.Len(t, st.accepted, all)
	t.Logf("%d starts were not answered before a kill", cut)

	listed := s.call("ListExecutions", map[string]any{"stateMachineArn": machine["stateMachineArn"], "statusFilter": "SUCCEEDED", "maxResults": 1000})["executions"]
	require.Len(t, listed, all)
	require.Len(t, s.call("ListExecutions", map[string]any{"stateMachineArn": arns + "stateMachine:tell", "statusFilter": "SUCCEEDED", "maxResults": 1000})["executions"], all,
		"none was started twice")
	for _, one := range listed.([]any) {
		execution := one.(map[string]any)
		require.Equal(t, arns+"stateMachine:order:live", execution["stateMachineAliasArn"])
		events := s.call("GetExecutionHistory", map[string]any{"executionArn": execution["executionArn"]})["events"].([]any)
		var got []string
		for i, event := range events {
			require.EqualValues(t, i+1, event.(map[string]any)["id"])
			got = append(got, event.(map[string]any)["type"].(string))
		}
		require.Equal(t, []string{"ExecutionStarted",
			"TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "WaitStateEntered", "WaitStateExited",
			"TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded", "TaskStateExited",
			"TaskStateEntered", "ActivityScheduled", "ActivityStarted", "ActivitySucceeded", "TaskStateExited", "ExecutionSucceeded"}, got)
	}
	for arn, want := range map[string]map[string]any{
		"activity:pack":      {"key": "team", "value": "hall"},
		"stateMachine:order": {"key": "stage", "value": "test"},
	} {
		require.Equal(t, []any{want}, s.call("ListTagsForResource", map[string]any{"resourceArn": arns + arn})["tags"])
	}
}
