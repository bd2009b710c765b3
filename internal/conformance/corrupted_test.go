package conformance_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/conformance"
)

var own = filepath.Join("testdata", "corpus")

// TestOwnCases runs the project's own cases, of which there are several of each kind.
func TestOwnCases(t *testing.T) {
	skips := map[string]string{
		"express/refused.json": "needs StartSyncExecution of a STANDARD machine, which the API refuses before anything runs",
		"http/data_only.json":  "data only: no answer of a server was recorded",
	}
	for _, kind := range conformance.Kinds() {
		files, err := conformance.Files(own, kind)
		require.NoError(t, err)
		runnable := 0
		for _, name := range files {
			t.Run(kind+"/"+name, func(t *testing.T) {
				c, err := conformance.Load(own, kind, name)
				require.NoError(t, err)
				require.Equal(t, skips[kind+"/"+name], c.Skip())
				if c.Skip() == "" {
					require.Empty(t, c.Check())
					runnable++
				}
			})
		}
		if !t.Failed() && flag.Lookup("test.run").Value.String() == "" {
			require.GreaterOrEqual(t, runnable, 2, "cases of kind %s that are run", kind)
		}
	}
}

// TestCorruptedExpectationFails changes one place of a case that passes: the
// runner must say what differs.
func TestCorruptedExpectationFails(t *testing.T) {
	const (
		entered = `{"id": 2, "previousEventId": 0, "stateEnteredEventDetails": {"name": "Stop", "input": {}, "inputDetails": {"truncated": false}}, "timestamp": "timestamp", "type": "FailStateEntered"},`
		leftR   = `{"id": [0], "previousEventId": 0, "stateExitedEventDetails": {"name": "R", "output": "\"R\"", "outputDetails": {"truncated": false}}, "timestamp": "timestamp", "type": "PassStateExited"},`
	)
	tests := []struct {
		name, file, old, new string
		problem              string // is in the report
	}{
		{"another diagnostic", "validation/validate.json", `Reference to 'name'`, `Reference to 'names'`,
			`Reference to 'names' at the top level is not supported.`},
		{"another location", "validation/validate.json", `"/States/A/Output"`, `"/States/A"`,
			`/States/A`},
		{"another exception", "validation/create.json", `target: B at`, `target: C at`,
			`Missing 'Next' target: C`},
		{"no diagnostics", "validation/validate.json", `"diagnostics": [`, `"diagnostics": [], "others": [`,
			"top level"},
		{"wrong count of a Map Run", "native/pending.json", `"itemCounts": {"pending": 3`, `"itemCounts": {"pending": 2`,
			`itemCounts.pending: expected 2, got 3`},
		{"another child", "native/pairs.json", `"itemCount": 1`, `"itemCount": 2`,
			`children[1].itemCount: expected 2, got 1`},
		{"another result file", "native/pending.json", `\"Error\":\"Odd\"`, `\"Error\":\"Even\"`,
			`resultFiles.FAILED_0.json`},
		{"a file that is missing", "native/pending.json", `"PENDING_0.json": `, `"PENDING_1.json": `,
			`"PENDING_1.json"`},
		{"wrong id", "history/pass.json", `"id": 3,`, `"id": 4,`,
			"id: expected 4, got 3"},
		{"wrong previousEventId", "history/pass.json", `"id": 3, "previousEventId": 2`, `"id": 3, "previousEventId": 1`,
			"previousEventId: expected 1, got 2"},
		{"another first event", "history/pass.json", `"id": 2, "previousEventId": 0`, `"id": 2, "previousEventId": 1`,
			"previousEventId: expected 1, got 0"},
		{"wrong type", "history/fail.json", `"type": "FailStateEntered"`, `"type": "PassStateEntered"`,
			`type: expected "PassStateEntered", got "FailStateEntered"`},
		{"wrong name", "history/fail.json", `"name": "Stop"`, `"name": "stop"`,
			`name: expected "stop", got "Stop"`},
		{"missing detail", "history/fail.json", `{"input": {}, "roleArn": "role_arn",`, `{"input": {},`,
			`roleArn: expected nothing, got "role_arn"`},
		{"missing outputDetails", "history/pass.json", `"name": "Make", "output": {"b": 1.0, "a": "x", "at": "date", "z": 3}, "outputDetails": {"truncated": false}`, `"name": "Make", "output": {"b": 1.0, "a": "x", "at": "date", "z": 3}`,
			"outputDetails: expected nothing, got"},
		{"extra detail", "history/activity.json", `{"error": "Tired"}, "id": 5`, `{"error": "Tired", "cause": "late"}, "id": 5`,
			`cause: expected "late", got nothing`},
		{"no details object", "history/fail.json", `"executionFailedEventDetails": {"error": "Disk", "cause": "no room left on /dev/sda"}, "id": 3`, `"id": 3`,
			"executionFailedEventDetails: expected nothing, got"},
		{"1 for 1.0", "history/pass.json", `"name": "Make", "output": {"b": 1.0`, `"name": "Make", "output": {"b": 1`,
			"output.b: expected 1, got 1.0"},
		{"1 for 1.0 in a text", "history/timeout_retry.json", `"name": "Call", "output": "1.0"`, `"name": "Call", "output": "1"`,
			"output: expected 1, got 1.0"},
		{"another number", "history/pass.json", `"name": "Make", "input": {"n": 3`, `"name": "Make", "input": {"n": 4`,
			"input.n: expected 4, got 3"},
		{"another number in an array's text", "history/array.json", `"output": "[1,2.5,`, `"output": "[1,2.51,`,
			"output[1]: expected 2.51, got 2.5"},
		{"another timeout", "history/timeout_retry.json", `{"id": 3, "lambdaFunctionScheduledEventDetails": {"input": {"id": 7}, "timeoutInSeconds": 3`, `{"id": 3, "lambdaFunctionScheduledEventDetails": {"input": {"id": 7}, "timeoutInSeconds": 4`,
			"timeoutInSeconds: expected 4, got 3"},
		{"an array that is too long", "history/array.json", `"output": "[1,2.5,`, `"output": "[1,2.5,3,`,
			"output: expected 4 elements, got 3"},
		{"a missing event", "history/fail.json", entered, ``,
			"an event too many"},
		{"an extra event", "history/fail.json", entered, entered + entered,
			"an event is missing"},
		{"changed key order", "history/pass.json", `"name": "Make", "output": {"b": 1.0, "a": "x",`, `"name": "Make", "output": {"a": "x", "b": 1.0,`,
			`expected the keys in the order ["a" "b" "at" "z"], got ["b" "a" "at" "z"]`},
		{"changed key order in an array's text", "history/array.json", `"output": "[1,2.5,{\"b\":1,\"a\":\"[3, 4]\"}]"`, `"output": "[1,2.5,{\"a\":\"[3, 4]\",\"b\":1}]"`,
			"output[2]: expected the keys in the order"},
		{"changed key order of a cause", "history/fail_cause_json.json", `"result": {"status": "FAILED", "cause": {"b": 1, "a": 2}}`, `"result": {"status": "FAILED", "cause": {"a": 2, "b": 1}}`,
			"result.cause: expected the keys in the order"},
		{"changed text in a text", "history/array.json", `\"a\": \"[3,4]\"`, `\"a\": \"[4,3]\"`,
			"input[2].a[0]: expected 4, got 3"},
		{"changed variable", "history/array.json", `"assignedVariables": {"list": "[1,`, `"assignedVariables": {"list": "[0,`,
			"assignedVariables.list[0]: expected 0, got 1"},
		{"another variable", "history/array.json", `"assignedVariables": {"list"`, `"assignedVariables": {"lists"`,
			"assignedVariables.list: expected nothing, got"},
		{"changed cause", "history/fail.json", `"cause": "no room left on /dev/sda"}, "id": 3`, `"cause": "no room left on /dev/sdb"}, "id": 3`,
			`cause: expected "no room left on /dev/sdb", got "no room left on /dev/sda"`},
		{"changed cause around a placeholder", "history/fail_input_quoted.json", `in the input '<json-input:1>'"}, "id"`, `in the output '<json-input:1>'"}, "id"`,
			"cause: expected"},
		{"changed result", "history/fail.json", `"result": {"status": "FAILED", "error": "Disk"`, `"result": {"status": "FAILED", "error": "Disc"`,
			`result.error: expected "Disc", got "Disk"`},
		{"changed status", "history/fail.json", `"result": {"status": "FAILED"`, `"result": {"status": "TIMED_OUT"`,
			`result.status: expected "TIMED_OUT", got "FAILED"`},
		{"changed description", "history/fail.json", "\n ]},", "\n ], \"describeExecution\": {\"status\": \"FAILED\", \"error\": \"Disc\", \"cause\": \"no room left on /dev/sda\"}},",
			`describeExecution.error: expected "Disc", got "Disk"`},
		{"no date", "history/pass.json", `"name": "Make", "input": {"n": 3, "at": "date"}`, `"name": "Make", "input": {"n": 3, "at": "the date"}`,
			`input.at: expected "the date", got "date"`},
		{"placeholder bound inconsistently", "history/tokens.json", `"Again": "token <task_token:2>!"`, `"Again": "token <task_token:1>!"`,
			`Again: expected "token <task_token:1>!", got "token `},
		{"placeholder in the place of a number", "history/timeout_retry.json", `"id": 10,`, `"id": "<id>",`,
			`id: expected "<id>", got 10`},
		{"sorted events: one changed", "history/parallel_sorted.json", leftR, strings.Replace(leftR, `\"R\"`, `\"L\"`, 1),
			"an event is missing"},
		{"sorted events: one missing", "history/parallel_sorted.json", leftR, ``,
			"an event too many"},
		{"sorted events: one twice", "history/parallel_sorted.json", leftR, leftR + leftR,
			"an event is missing"},
		{"sorted events: their end missing", "history/parallel_sorted.json", `{"id": 9, "previousEventId": 7, "stateExitedEventDetails": {"name": "Both", "output": "[\"L\",\"R\"]", "outputDetails": {"truncated": false}}, "timestamp": "timestamp", "type": "ParallelStateExited"},`, ``,
			"an event too many"},
		{"sorted events: wrong id behind them", "history/parallel_sorted.json", `"id": 9, "previousEventId": 7`, `"id": 9, "previousEventId": 8`,
			"previousEventId: expected 8, got 7"},
		{"any order: another branch's cause", "history/parallel_any_order.json", `"id": 7, "previousEventId": 4`, `"id": 7, "previousEventId": 5`,
			"event 4 PassStateEntered"},
		{"any order: ids with a gap", "history/parallel_any_order.json", `"id": 10,`, `"id": 11,`,
			"id: expected 11, got 10"},
		{"still running: changed", "history/running.json", `"name": "Later", "input": {"a": 1}`, `"name": "Later", "input": {"a": 2}`,
			"input.a: expected 2, got 1"},
		{"context object after redrive came", "history/before_redrive.json", `"14-11-2023, 23:59:59"`, `"15-11-2023, 00:00:00"`,
			"output.Execution.RedriveCount: expected nothing, got 0"},
		{"changed answer", "history/timeout_retry.json", `"kind": "succeeded", "output": "1.0"`, `"kind": "succeeded", "output": "2.0"`,
			"output: expected 1.0, got 2.0"},
		{"a task that is not answered", "history/timeout_retry.json", `"kind": "succeeded"`, `"kind": "none"`,
			"LambdaFunctionSucceeded"},
		{"changed mock", "history/mocked.json", `"Return": {"Payload": {"sum": 3}}`, `"Return": {"Payload": {"sum": 4}}`,
			"local mocking: event 5 TaskSucceeded"},
		{"unknown mock", "history/mocked.json", `"testCase": "Easy"`, `"testCase": "Hard"`,
			"local mocking: mock: "},
		{"changed output", "outputs/choice.json", `"expectedOutput": {"big": true, "limit": 5}`, `"expectedOutput": {"limit": 5, "big": true}`,
			"cases[0]: output: expected the keys in the order"},
		{"changed input", "outputs/choice.json", `"recordedInput": {"n": 5}`, `"recordedInput": {"n": 6}`,
			"cases[1]: input.n: expected 6, got 5"},
		{"express: changed output", "express/caught.json", `"Error": "Tired", "Cause": "{\"a\": 1}"`, `"Error": "Tired"`,
			`event.details.output.Cause: expected nothing, got`},
		{"express: another id", "express/caught.json", `"id": "12"`, `"id": "9"`,
			`event.id: expected "9", got "12"`},
		{"express: a number for a text", "express/caught.json", `"previous_event_id": "11"`, `"previous_event_id": 11`,
			`event.previous_event_id: expected 11, got "11"`},
		{"express: another event", "express/fail.json", `"type": "ExecutionFailed"`, `"type": "ExecutionSucceeded"`,
			`event.type: expected "ExecutionSucceeded", got "ExecutionFailed"`},
		{"express: missing detail", "express/fail.json", `{"error": "Disk"},`, `{"error": "Disk", "cause": "full"},`,
			`event.details.cause: expected "full", got nothing`},
		{"express: another ARN", "express/fail.json", `"execution_arn": "arn:aws:states:us-east-1:111111111111:express:<machine>:<name>:<uuid>"`, `"execution_arn": "arn:aws:states:us-east-1:111111111111:execution:<machine>:<name>"`,
			`event.execution_arn: expected "arn:aws:states:us-east-1:111111111111:execution:`},
		{"express: changed name", "express/sync.json", `"name": "<name>"`, `"name": "name"`,
			`response.name: expected "name", got "<name>"`},
		{"express: changed key order", "express/sync.json", `"RoleArn": "role_arn", "StartTime": "date"`, `"StartTime": "date", "RoleArn": "role_arn"`,
			"response.output: expected the keys in the order"},
		{"express: changed input", "express/sync.json", `"input": {"n": 1.0}`, `"input": {"n": 1}`,
			"response.input.n: expected 1, got 1.0"},
		{"express: another status", "express/slow.json", `"status": "TIMED_OUT"`, `"status": "SUCCEEDED"`,
			`response.status: expected "SUCCEEDED", got "TIMED_OUT"`},
		{"stopped: another cause", "history/stopped.json", `"executionAbortedEventDetails": {"error": "Enough", "cause": "by hand"}`, `"executionAbortedEventDetails": {"error": "Enough", "cause": "by night"}`,
			`cause: expected "by night", got "by hand"`},
		{"stopped: an error", "history/stopped.json", `"status": "ABORTED", "error": "Enough"`, `"status": "ABORTED"`,
			`error: expected "Enough", got nothing`},
		{"reversed: not reversed", "history/stopped.json", `"reverseOrder": true`, `"reverseOrder": false`,
			`type: expected "ExecutionAborted", got "ExecutionStarted"`},
		{"exact texts: a blank less", "history/stopped.json", `"3.stateExitedEventDetails.output": "{ `, `"3.stateExitedEventDetails.output": "{`,
			`exact text of 3.stateExitedEventDetails.output: expected "{\"a\":`},
		{"exact texts: another event", "history/stopped.json", `"3.stateExitedEventDetails.output"`, `"4.stateExitedEventDetails.output"`,
			`exact text of 4.stateExitedEventDetails.output`},
		{"description: changed error", "describe/failed.json", `"error": "Disk"`, `"error": "Disc"`,
			`describeExecution.error: expected "Disc", got "Disk"`},
		{"description: changed cause", "describe/failed.json", `"cause": {"b": 1, "a": 2}`, `"cause": {"b": 1, "a": 3}`,
			"describeExecution.cause.a: expected 3, got 2"},
		{"description: no cause", "describe/failed.json", `"cause": {"b": 1, "a": 2}, `, ``,
			"describeExecution.cause: expected nothing, got"},
		{"description: changed output", "describe/succeeded.json", `"output": {"a": [1.0]}`, `"output": {"a": [1]}`,
			"describeExecution.output.a[0]: expected 1, got 1.0"},
		{"variables: another order", "describe/variables.json", `["p", "a", "b"]`, `["a", "b", "p"]`,
			`variableReferences.One[0]: expected "a", got "p"`},
		{"variables: a state too many", "describe/variables.json", `{"Each": ["b"], "One"`, `{"One"`,
			`variableReferences.Each: expected nothing, got ["b"]`},
		{"variables: a state is missing", "describe/variables.json", `{"Each": ["b"],`, `{"Set": ["b"], "Each": ["b"],`,
			`variableReferences.Set: expected ["b"], got nothing`},
		{"changed status", "teststate/info.json", `"status": "SUCCEEDED"`, `"status": "FAILED"`,
			`response.status: expected "FAILED", got "SUCCEEDED"`},
		{"changed next state", "teststate/info.json", `"nextState": "Small"`, `"nextState": "Big"`,
			`response.nextState: expected "Big", got "Small"`},
		{"missing inspection data", "teststate/pass.json", `"afterParameters": {"n": 1}, `, ``,
			"response.inspectionData.afterParameters: expected nothing"},
		{"changed inspection data", "teststate/map_tolerates.json", `"maxConcurrency": 3`, `"maxConcurrency": 4`,
			"response.inspectionData.maxConcurrency: expected 4, got 3"},
		{"wrong spelling of a number", "teststate/map_tolerates.json", `"toleratedFailurePercentage": 50.0`, `"toleratedFailurePercentage": 50`,
			"response.inspectionData.toleratedFailurePercentage: expected 50, got 50.0"},
		{"changed delay", "teststate/retriable.json", `"retryBackoffIntervalSeconds": 18`, `"retryBackoffIntervalSeconds": 6`,
			"retryBackoffIntervalSeconds: expected 6, got 18"},
		{"http: another query", "http/put.json", `v=2%203`, `v=2+3`,
			`request.rawQuery: expected "tag=a%20b&tag=c&v=2+3", got "tag=a%20b&tag=c&v=2%203"`},
		{"http: another method", "http/put.json", `{"method": "PUT"`, `{"method": "POST"`,
			`request.method: expected "POST", got "PUT"`},
		{"http: another header", "http/put.json", `"x-tenant": "theirs"`, `"x-tenant": "mine"`,
			`request.headers.x-tenant: expected "mine", got "theirs"`},
		{"http: a header more", "http/put.json", `"x-tenant": "theirs"`, `"x-tenants": "theirs"`,
			`request.headers.x-tenants: expected "theirs", got null`},
		{"http: another body", "http/put.json", `"body": "{\"n\":1.5`, `"body": "{\"n\":1.50`,
			`request.body: expected`},
		{"http: no request", "http/refused.json", `"request": null`, `"request": {}`,
			`request: expected 1 request, got 0`},
		{"http: another order", "http/put.json", `"StatusCode": 202, "StatusText": "Accepted"`, `"StatusText": "Accepted", "StatusCode": 202`,
			`output: expected the keys in the order`},
		{"http: a member more", "http/nothing.json", `"StatusCode": 204`, `"ResponseBody": null, "StatusCode": 204`,
			`output.ResponseBody: expected null, got nothing`},
		{"http: a member that must be absent", "http/nothing.json", `"absent": ["ResponseBody"]`, `"absent": ["StatusText"]`,
			`output.StatusText: expected nothing`},
		{"http: another header of the answer", "http/put.json", `"x-id": ["7"]`, `"x-id": ["8"]`,
			`output.Headers.x-id[0]: expected "8", got "7"`},
		{"http: another cause", "http/refused.json", `values: [host]`, `values: [Host]`,
			`response.cause: expected`},
		{"http: another status", "http/refused.json", `"status": "FAILED"`, `"status": "TIMED_OUT"`,
			`response.status: expected "TIMED_OUT", got "FAILED"`},
		{"changed message", "teststate/no_such_state.json", `State not found`, `No state found`,
			"response.exception_value: expected"},
		{"redrive: another count", "redrive/map.json", `"redriveCount": 1`, `"redriveCount": 2`,
			"redriveCount: expected 2, got 1"},
		{"redrive: another previousEventId", "redrive/map.json", `[21, 12, "ActivityScheduled"`, `[21, 20, "ActivityScheduled"`,
			"previousEventId: expected 20, got 12"},
		{"redrive: entered again", "redrive/map.json", `[21, 12, "ActivityScheduled", {`, `[21, 20, "TaskStateEntered", {}], [22, 21, "ActivityScheduled", {`,
			`type: expected "TaskStateEntered"`},
		{"redrive: another RetryCount", "redrive/map.json", `"RetryCount": 0`, `"RetryCount": 1`,
			"context.RetryCount: expected 1, got 0"},
		{"redrive: a time that changed", "redrive/map.json", `"RedriveTime": "date"`, `"RedriveTime": "unchanged"`,
			"context.RedriveTime: there is no event to compare with"},
		{"redrive: another output", "redrive/map.json", `"ExecutionSucceeded", {"output": "[1,2,3]"}`, `"ExecutionSucceeded", {"output": "[1,2,4]"}`,
			"output[2]: expected 4, got 3"},
		{"redrive: an unknown detail", "redrive/wait.json", `"secondsAfterRedrive"`, `"seconds"`,
			"seconds: expected 7.03, got null"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Contains(t, strings.Join(checkChanged(t, tt.file, tt.old, tt.new), "\n"), tt.problem)
		})
	}
}

// checkChanged runs an own case with one place of its text replaced.
func checkChanged(t *testing.T, file, before, after string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(own, file))
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), before), "there is one place to change")
	dir, kind := t.TempDir(), filepath.Dir(file)
	require.NoError(t, os.Mkdir(filepath.Join(dir, kind), 0o700))
	changed := strings.Replace(string(text), before, after, 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(changed), 0o600))
	c, err := conformance.Load(dir, kind, filepath.Base(file))
	require.NoError(t, err)
	require.Empty(t, c.Skip())
	return c.Check()
}

// TestUnreadableCase shows that a file which is no case is an error, not a pass.
func TestUnreadableCase(t *testing.T) {
	tests := []struct{ name, kind, text, want string }{
		{"no JSON", "history", `{`, "history/case.json: "},
		{"no object", "history", `[]`, "the file holds no object"},
		{"bad date", "history", `{"recordedDate": "2024-01-02"}`, "recordedDate: "},
		{"no clock", "history", `{}`, "clock: "},
		{"bad definition", "history", `{"clock": "2024-01-02T03:04:05Z", "definition": {"States": {}}}`, "definition: "},
		{"no events", "history", `{"clock": "2024-01-02T03:04:05Z", "definition": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}}`, "expected.events is empty"},
		{"bad input", "history", `{"clock": "2024-01-02T03:04:05Z", "input": "{"}`, "input: "},
		{"no clock of a test", "teststate", `{}`, "clock: "},
		{"no answer", "teststate", `{"clock": "2024-01-02T03:04:05Z"}`, "expected is empty"},
		{"no cases", "outputs", `{"cases": []}`, "cases is empty"},
		{"unknown kind of express", "express", `{"clock": "2024-01-02T03:04:05Z", "kind": "other", "definition": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}}`, `kind is "other"`},
		{"no event", "express", `{"clock": "2024-01-02T03:04:05Z", "kind": "express_async_end_event", "definition": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}}`, "expected.type is empty"},
		{"not for EXPRESS", "express", `{"clock": "2024-01-02T03:04:05Z", "kind": "start_sync_execution", "type": "EXPRESS", "definition": {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true}}}}`, "Express state machine does not support '.waitForTaskToken'"},
		{"unknown kind of description", "describe", `{"kind": "other"}`, `kind is "other"`},
		{"no variables", "describe", `{"kind": "describe_state_machine", "definition": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}}`, "expected.variableReferences is not an object"},
		{"bad definition described", "describe", `{"kind": "describe_state_machine", "definition": {}}`, "definition: "},
		{"no redrive", "redrive", `{"recordedDate": "24-09-2026, 02:56:00", "definition": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, "after": []}`, "after must begin with ExecutionRedriven"},
		{"no event of a redrive", "redrive", `{"recordedDate": "24-09-2026, 02:56:00", "definition": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, "after": [[1, 0]]}`, "event 0 must have an id"},
		{"nothing before", "redrive", `{"before": "history/none"}`, "before: "},
		{"unknown kind", "novel", `{}`, `"novel" is not a kind of case`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.Mkdir(filepath.Join(dir, tt.kind), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(dir, tt.kind, "case.json"), []byte(tt.text), 0o600))
			_, err := conformance.Load(dir, tt.kind, "case.json")
			require.ErrorContains(t, err, tt.want)
		})
	}
}
