package api_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/conversation"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/value"
)

const group = "arn:aws:logs:us-east-1:123456789012:log-group:g:*"

func logging(level string, data bool) object {
	return object{"level": level, "includeExecutionData": data, "destinations": []any{object{"cloudWatchLogsLogGroup": object{"logGroupArn": group}}}}
}

// Each level has its events, and the members of a message have AWS's order.
func TestLogLevels(t *testing.T) {
	const fails = `{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "c"}}}`
	head := func(details, id, kind, previous string) string {
		return fmt.Sprintf(`{"details":%s,"redrive_count":"0","id":"%s","type":"%s","previous_event_id":"%s","event_timestamp":"946684800000","execution_arn":"%sexecution:m:x"}`,
			details, id, kind, previous, prefix)
	}
	started, entered, failed := `{"roleArn":"`+role+`"}`, `{"name":"F"}`, `{"cause":"c","error":"E"}`
	for _, c := range []struct {
		level string
		data  bool
		want  []string
	}{
		{"ALL", false, []string{head(started, "1", "ExecutionStarted", "0"), head(entered, "2", "FailStateEntered", "0"), head(failed, "3", "ExecutionFailed", "2")}},
		{"ALL", true, []string{
			head(`{"input":"{}","inputDetails":{"truncated":false},"roleArn":"`+role+`"}`, "1", "ExecutionStarted", "0"),
			head(`{"input":"{}","inputDetails":{"truncated":false},"name":"F"}`, "2", "FailStateEntered", "0"), head(failed, "3", "ExecutionFailed", "2"),
		}},
		{"ERROR", false, []string{head(entered, "2", "FailStateEntered", "0"), head(failed, "3", "ExecutionFailed", "2")}},
		{"FATAL", false, []string{head(failed, "3", "ExecutionFailed", "2")}},
		{"OFF", true, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			var got conversation.Kept[string]
			srv := open(t, api.Config{Logs: func(arn string, message []byte) {
				require.Equal(t, group, arn)
				got.Add(string(message))
			}})
			defer srv.Close()
			arn := ask(t, srv, "CreateStateMachine", object{
				"name": "m", "definition": fails, "roleArn": role, "loggingConfiguration": logging(c.level, c.data),
			})["stateMachineArn"]
			ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "name": "x"})
			synctest.Wait()
			require.Equal(t, c.want, got.All())
		})
	}
}

// What is logged was decided at the start of the execution, as its definition.
func TestLoggingOfTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var messages conversation.Kept[string]
		srv := open(t, api.Config{Logs: func(_ string, message []byte) { messages.Add(string(message)) }})
		defer srv.Close()
		arn := ask(t, srv, "CreateStateMachine", object{
			"name": "m", "definition": waits, "roleArn": role, "loggingConfiguration": logging("ALL", true),
		})["stateMachineArn"]
		ask(t, srv, "StartExecution", object{"stateMachineArn": arn})
		ask(t, srv, "UpdateStateMachine", object{"stateMachineArn": arn, "loggingConfiguration": object{"level": "OFF"}})
		ask(t, srv, "StartExecution", object{"stateMachineArn": arn})
		time.Sleep(time.Hour)
		require.Len(t, messages.All(), 4)
	})
}

// TestRecordedLogs compares messages with recorded ones, member by member.
func TestRecordedLogs(t *testing.T) {
	found := 0
	for _, dir := range conversation.Corpora(root) {
		files, _ := filepath.Glob(filepath.Join(filepath.Dir(dir)+"-2026", "logs", "*.json"))
		more, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "logs", "*.json"))
		for _, file := range append(files, more...) {
			found++
			t.Run(filepath.Base(file), func(t *testing.T) {
				text, err := os.ReadFile(file)
				require.NoError(t, err)
				synctest.Test(t, func(t *testing.T) { checkLogs(t, text) })
			})
		}
	}
	if found == 0 {
		t.Skip("the recorded messages are not there: ASL_CORPUS lists the folders of the corpus")
	}
	fmt.Printf("logs: %d checked\n", found)
}

var (
	logTime = regexp.MustCompile(`"event_timestamp":"\d+"`)
	logID   = regexp.MustCompile(`(:express:[^"]*:)([0-9a-f-]{36}|<[^>]*>)"`)
)

func checkLogs(t *testing.T, text []byte) {
	var c struct {
		Definition   json.RawMessage
		Type, Input  string
		Context      struct{ ExecutionName, StateMachineName, RoleArn, ExecutionArn string }
		Result       *struct{ Status, Error, Cause string }
		CreateParams struct{ LoggingConfiguration object }
	}
	require.NoError(t, json.Unmarshal(text, &c))
	parsed, err := value.Parse(text)
	require.NoError(t, err)
	expected, _ := parsed.(*value.Object).Get("expected")
	messages, _ := expected.(*value.Object).Get("messages")
	plain := func(message []byte) string {
		return logID.ReplaceAllString(logTime.ReplaceAllString(string(message), `"event_timestamp":"timestamp"`), `$1"`)
	}
	var want []string
	var got conversation.Kept[string]
	for _, m := range messages.([]any) {
		want = append(want, plain(value.Append(nil, m)))
	}
	srv := open(t, api.Config{Account: "111111111111", Region: "us-west-2", Logs: func(_ string, message []byte) { got.Add(plain(message)) }})
	defer srv.Close()
	l := c.CreateParams.LoggingConfiguration
	arn := ask(t, srv, "CreateStateMachine", object{
		"name": c.Context.StateMachineName, "type": c.Type, "definition": string(c.Definition), "roleArn": c.Context.RoleArn,
		"loggingConfiguration": logging(l["level"].(string), l["includeExecutionData"].(bool)),
	})["stateMachineArn"]
	execution := ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "name": c.Context.ExecutionName, "input": c.Input})["executionArn"]
	if c.Result != nil && c.Result.Status == "ABORTED" {
		ask(t, srv, "StopExecution", object{"executionArn": execution, "error": c.Result.Error, "cause": c.Result.Cause})
	}
	time.Sleep(time.Minute)
	require.Equal(t, want, got.All())
}

func BenchmarkStartExecution(b *testing.B) {
	web, arn := serveMachine(b)
	body := `{"stateMachineArn": "` + arn + `"}`
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			web.post(b, "StartExecution", body)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "starts/s")
}

// serveMachine serves a machine of a Pass state over HTTP.
func serveMachine(b *testing.B) (w web, arn string) {
	srv, err := api.New(api.Config{})
	require.NoError(b, err)
	w = newWeb(srv)
	b.Cleanup(func() {
		w.Close()
		srv.Close()
	})
	arn, err = srv.Create("m", []byte(passes))
	require.NoError(b, err)
	return w, arn
}

// BenchmarkDescribeWhileStarting describes an execution while others are started, 5,000
// a second, and reports the 99th percentile and how many were started.
func BenchmarkDescribeWhileStarting(b *testing.B) {
	const starters, each = 10, 500
	web, arn := serveMachine(b)
	body := `{"stateMachineArn": "` + arn + `"}`
	var started struct{ ExecutionArn string }
	require.NoError(b, json.Unmarshal(web.post(b, "StartExecution", body), &started))
	ended := make(chan struct{})
	var starting sync.WaitGroup
	var starts atomic.Int64
	for range starters {
		starting.Go(func() {
			ticker := time.NewTicker(time.Second / each)
			defer ticker.Stop()
			for {
				select {
				case <-ended:
					return
				case <-ticker.C:
					web.post(b, "StartExecution", body)
					starts.Add(1)
				}
			}
		})
	}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		web.post(b, "DescribeExecution", `{"executionArn": "`+started.ExecutionArn+`"}`)
		took = append(took, time.Since(began))
	}
	close(ended)
	starting.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(starts.Load())/b.Elapsed().Seconds(), "starts/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

func BenchmarkDescribeExecution(b *testing.B) {
	web, arn := serveMachine(b)
	var started struct{ ExecutionArn string }
	require.NoError(b, json.Unmarshal(web.post(b, "StartExecution", `{"stateMachineArn": "`+arn+`"}`), &started))
	for b.Loop() {
		web.post(b, "DescribeExecution", `{"executionArn": "`+started.ExecutionArn+`"}`)
	}
}
