package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/conversation"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store/memory"
)

const (
	passes = `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"n": 1}, "End": true}}}`
	waits  = `{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 60, "End": true}}}`
	role   = "arn:aws:iam::123456789012:role/r"
	prefix = "arn:aws:states:us-east-1:123456789012:"
)

type object = map[string]any

func open(t *testing.T, c api.Config) *api.Server {
	t.Helper()
	if c.Interpreter.Logger == nil {
		c.Interpreter.Logger = slog.New(slog.DiscardHandler)
	}
	srv, err := api.New(c)
	require.NoError(t, err)
	t.Cleanup(func() { _ = srv.Close() })
	return srv
}

// ask makes a call that succeeds.
func ask(t *testing.T, srv http.Handler, op string, request object) object {
	t.Helper()
	status, body, text := conversation.Call(srv, op, request)
	require.Equal(t, 200, status, "%s: %s", op, text)
	o, _ := body.(object)
	return o
}

// refuse makes a call that fails, and returns type and message.
func refuse(t *testing.T, srv http.Handler, op string, request object) string {
	t.Helper()
	status, body, text := conversation.Call(srv, op, request)
	require.Equal(t, 400, status, "%s: %s", op, text)
	o, _ := body.(object)
	return o["__type"].(string) + ": " + o["message"].(string)
}

func create(t *testing.T, srv http.Handler, name, definition string) string {
	t.Helper()
	return ask(t, srv, "CreateStateMachine", object{"name": name, "definition": definition, "roleArn": role})["stateMachineArn"].(string)
}

// request makes a request as a browser or a client does.
func request(method, host, target string, body io.Reader, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "http://"+host+"/", body)
	r.Header.Set("X-Amz-Target", target)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestHosts(t *testing.T) {
	srv := open(t, api.Config{Hosts: []string{"states.test"}})
	for host, want := range map[string]int{
		"127.0.0.1:8083": 200, "localhost": 200, "[::1]:80": 200, "127.9.9.9": 200, "LOCALHOST:1": 200, "x.localhost": 200,
		"sync-localhost:8083": 200, "sync-127.0.0.1:8083": 200, "sync-x.localhost": 200, "states.test:80": 200, "sync-states.test": 200,
		"evil.test": 403, "localhost.evil.test": 403, "127.0.0.1.evil.test": 403, "sync-evil.test": 403, "10.0.0.1": 403, "sync-sync-localhost": 403,
	} {
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, request("POST", host, "AWSStepFunctions.ListStateMachines", strings.NewReader("{}")))
		require.Equal(t, want, w.Code, host)
	}
}

func TestOtherSites(t *testing.T) {
	srv := open(t, api.Config{})
	for _, headers := range [][]string{{"Origin", "http://evil.test"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, request("POST", "localhost:8083", "AWSStepFunctions.ListStateMachines", strings.NewReader("{}"), headers...))
		require.Equal(t, 403, w.Code, headers)
		require.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
	}
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, request("POST", "localhost:8083", "AWSStepFunctions.ListStateMachines", strings.NewReader("{}"), "Origin", "http://localhost:8083"))
	require.Equal(t, 200, w.Code)
	for _, method := range []string{"GET", "OPTIONS", "PUT"} {
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, request(method, "localhost", "AWSStepFunctions.ListStateMachines", nil))
		require.Equal(t, 405, w.Code)
	}
}

func TestHeaders(t *testing.T) {
	srv := open(t, api.Config{})
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, request("POST", "localhost", "AWSStepFunctions.DescribeStateMachine", strings.NewReader(`{"stateMachineArn": "x"}`)))
	require.Equal(t, "application/x-amz-json-1.0", w.Header().Get("Content-Type"))
	require.Equal(t, "InvalidArn", w.Header().Get("X-Amzn-ErrorType"))
	require.Len(t, w.Header().Get("X-Amzn-RequestId"), 36)
	require.JSONEq(t, `{"__type": "InvalidArn", "message": "Invalid Arn: 'Invalid ARN prefix: x'"}`, w.Body.String())
}

func TestUnknownTargets(t *testing.T) {
	srv := open(t, api.Config{})
	for _, target := range []string{"", "AWSStepFunctions", "AWSStepFunctions.", "AWSStepFunctions.Nothing", "DynamoDB_20120810.ListTables"} {
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, request("POST", "localhost", target, strings.NewReader("{}")))
		require.Equal(t, 400, w.Code)
		require.Contains(t, w.Body.String(), "UnknownOperationException", target)
	}
}

// endless is a body that has no end.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

func TestHugeBody(t *testing.T) {
	srv := open(t, api.Config{})
	w := httptest.NewRecorder()
	body := &endless{}
	srv.ServeHTTP(w, request("POST", "localhost", "AWSStepFunctions.ListStateMachines", body))
	require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	require.Contains(t, w.Body.String(), "ValidationException")
	require.Less(t, body.read, 17<<20)
}

func TestBodiesThatAreNoRequests(t *testing.T) {
	srv := open(t, api.Config{})
	for _, body := range []string{"[]", "null", "1", `{"maxResults": "1"}`, `{"maxResults": 1.5}`, "{", "{} {}", strings.Repeat(`{"a":`, 20_000), "\xff"} {
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, request("POST", "localhost", "AWSStepFunctions.ListStateMachines", strings.NewReader(body)))
		require.Equal(t, 400, w.Code)
		require.Contains(t, w.Body.String(), "SerializationException", body)
	}
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, request("POST", "localhost", "AWSStepFunctions.ListStateMachines", strings.NewReader("")))
	require.Equal(t, 200, w.Code, "an empty body is {}")
}

// panicky is a store of records that panics or fails when it writes.
type panicky struct {
	registry.Store
	fail atomic.Value // func()
}

func (p *panicky) Write(ctx context.Context, changes []registry.Change) error {
	if f, ok := p.fail.Load().(func() error); ok {
		if err := f(); err != nil {
			return err
		}
	}
	return p.Store.Write(ctx, changes)
}

// A fault of the host is an error that clients do not retry, and leaves the server as it
// was.
func TestFaultsOfTheStore(t *testing.T) {
	records := &panicky{Store: registry.NewMemory()}
	srv := open(t, api.Config{Records: records})
	for _, f := range []func() error{func() error { panic("x") }, func() error { return errors.New("the disk is full") }} {
		records.fail.Store(f)
		require.Equal(t, "InternalFailure: The request failed for an unknown reason",
			refuse(t, srv, "CreateStateMachine", object{"name": "m", "definition": passes, "roleArn": role}))
		require.Empty(t, ask(t, srv, "ListStateMachines", nil)["stateMachines"])
	}
	records.fail.Store(func() error { return nil })
	create(t, srv, "m", passes)
	require.Len(t, ask(t, srv, "ListStateMachines", nil)["stateMachines"], 1)
}

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// clock is a clock whose Now panics when it is told to.
type clock struct{ broken atomic.Bool }

func (c *clock) Now() time.Time {
	if c.broken.Load() {
		panic("the clock is broken")
	}
	return time.Now()
}

func (c *clock) AfterFunc(d time.Duration, f func()) interpreter.Timer { return time.AfterFunc(d, f) }

func TestPanicOfAnOperation(t *testing.T) {
	c := &clock{}
	var logged lockedBuffer
	srv := open(t, api.Config{Interpreter: interpreter.Config{Clock: c, Logger: slog.New(slog.NewTextHandler(&logged, nil))}})
	c.broken.Store(true)
	require.Equal(t, "InternalFailure: The request failed for an unknown reason", refuse(t, srv, "CreateActivity", object{"name": "a"}))
	require.Contains(t, logged.String(), "an operation panicked")
	require.NotContains(t, logged.String(), "the clock is broken", "a panic may have data")
	c.broken.Store(false)
	ask(t, srv, "CreateActivity", object{"name": "a"})
}

// furious is a handler of a logger that panics.
type furious struct{ slog.Handler }

func (furious) Enabled(context.Context, slog.Level) bool  { return true }
func (furious) Handle(context.Context, slog.Record) error { panic("the logger is broken") }
func (f furious) WithAttrs([]slog.Attr) slog.Handler      { return f }
func (f furious) WithGroup(string) slog.Handler           { return f }

// A logger that panics changes no answer, and halts no execution.
func TestPanicOfTheLogger(t *testing.T) {
	c := &clock{}
	srv := open(t, api.Config{Events: func(json.RawMessage) { panic("x") }, Interpreter: interpreter.Config{Clock: c, Logger: slog.New(furious{slog.DiscardHandler})}})
	arn := create(t, srv, "m", passes)
	e, err := srv.Start(t.Context(), arn, "", nil)
	require.NoError(t, err)
	require.NoError(t, e.Wait(t.Context()))
	c.broken.Store(true)
	require.Contains(t, refuse(t, srv, "CreateActivity", object{"name": "a"}), "InternalFailure: ")
	c.broken.Store(false)
}

func TestClosedServer(t *testing.T) {
	srv := open(t, api.Config{})
	arn := create(t, srv, "m", passes)
	require.NoError(t, srv.Close())
	status, _, text := conversation.Call(srv, "StartExecution", object{"stateMachineArn": arn})
	require.Equal(t, 503, status)
	require.Contains(t, text, "ServiceUnavailableException")
}

// The program and its clients see the same machines.
func TestCreateFromGo(t *testing.T) {
	srv := open(t, api.Config{})
	arn, err := srv.Create("order", []byte(passes))
	require.NoError(t, err)
	require.Equal(t, prefix+"stateMachine:order", arn)
	again, err := srv.Create("order", []byte(passes))
	require.NoError(t, err)
	require.Equal(t, arn, again)
	require.Equal(t, passes, ask(t, srv, "DescribeStateMachine", object{"stateMachineArn": arn})["definition"])
	_, err = srv.Create("order", []byte(waits))
	var refused *api.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "StateMachineAlreadyExists", refused.Type)
	_, err = srv.Create("", []byte(passes))
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "ValidationException", refused.Type)
	_, err = srv.Create("a b", []byte(passes))
	require.EqualError(t, err, "InvalidName: Invalid Name: 'a b'")
}

// other returns a token that differs in its first character.
func other(token string) string {
	if token[0] == 'x' {
		return "y" + token[1:]
	}
	return "x" + token[1:]
}

// Pages stay right while executions start, and a token belongs to its arguments.
func TestPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := open(t, api.Config{})
		defer srv.Close()
		arn := create(t, srv, "m", waits)
		start := func(name string) {
			ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "name": name})
			time.Sleep(time.Millisecond)
		}
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			start(name)
		}
		names := func(page object) (all []string) {
			for _, e := range page["executions"].([]any) {
				all = append(all, e.(object)["name"].(string))
			}
			return all
		}
		first := ask(t, srv, "ListExecutions", object{"stateMachineArn": arn, "maxResults": 2})
		require.Equal(t, []string{"e", "d"}, names(first))
		start("f")
		token := first["nextToken"].(string)
		second := ask(t, srv, "ListExecutions", object{"stateMachineArn": arn, "maxResults": 2, "nextToken": token})
		require.Equal(t, []string{"c", "b"}, names(second))
		third := ask(t, srv, "ListExecutions", object{"stateMachineArn": arn, "nextToken": second["nextToken"]})
		require.Equal(t, []string{"a"}, names(third))
		require.NotContains(t, third, "nextToken")
		const invalid = "InvalidToken: Invalid Token: 'Invalid token'"
		require.Equal(t, invalid, refuse(t, srv, "ListExecutions", object{"stateMachineArn": arn, "statusFilter": "RUNNING", "nextToken": token}))
		require.Equal(t, invalid, refuse(t, srv, "ListStateMachines", object{"nextToken": token}))
		require.Equal(t, invalid, refuse(t, srv, "ListExecutions", object{"stateMachineArn": arn, "nextToken": other(token)}))
		require.Equal(t, invalid, refuse(t, srv, "ListExecutions", object{"stateMachineArn": arn, "nextToken": token[:8]}))
		time.Sleep(25 * time.Hour)
		require.Equal(t, invalid, refuse(t, srv, "ListExecutions", object{"stateMachineArn": arn, "nextToken": token}))
	})
}

// History comes in pages, in both directions, and without data.
func TestHistoryPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := open(t, api.Config{})
		defer srv.Close()
		arn := create(t, srv, "m", passes)
		execution := ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "input": `{"x": 1}`})["executionArn"]
		synctest.Wait()
		read := func(more object) (ids []json.Number, events []object) {
			request := object{"executionArn": execution, "maxResults": 3}
			for k, v := range more {
				request[k] = v
			}
			for {
				page := ask(t, srv, "GetExecutionHistory", request)
				for _, e := range page["events"].([]any) {
					ids = append(ids, e.(object)["id"].(json.Number))
					events = append(events, e.(object))
				}
				if page["nextToken"] == nil {
					return ids, events
				}
				request["nextToken"] = page["nextToken"]
			}
		}
		ids, events := read(nil)
		require.Equal(t, []json.Number{"1", "2", "3", "4"}, ids)
		require.Equal(t, `{"x": 1}`, events[0]["executionStartedEventDetails"].(object)["input"])
		ids, _ = read(object{"reverseOrder": true})
		require.Equal(t, []json.Number{"4", "3", "2", "1"}, ids)
		_, events = read(object{"includeExecutionData": false})
		require.NotContains(t, events[0]["executionStartedEventDetails"], "input")
	})
}

// A poll that finds nothing is answered after a while, and a task waits for the next.
func TestPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := open(t, api.Config{})
		defer srv.Close()
		activity := ask(t, srv, "CreateActivity", object{"name": "work"})["activityArn"].(string)
		begun := time.Now()
		require.Empty(t, ask(t, srv, "GetActivityTask", object{"activityArn": activity}))
		require.Equal(t, 55*time.Second, time.Since(begun))

		ctx, gone := context.WithCancel(t.Context())
		answered := make(chan string)
		go func() {
			w := httptest.NewRecorder()
			srv.ServeHTTP(w, request("POST", "localhost", "AWSStepFunctions.GetActivityTask", strings.NewReader(`{"activityArn": "`+activity+`"}`)).WithContext(ctx))
			answered <- w.Body.String()
		}()
		synctest.Wait()
		gone()
		require.Equal(t, "{}", <-answered)

		machine := create(t, srv, "m", `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "`+activity+`", "End": true}}}`)
		execution := ask(t, srv, "StartExecution", object{"stateMachineArn": machine, "input": `{"n":7}`})["executionArn"]
		task := ask(t, srv, "GetActivityTask", object{"activityArn": activity, "workerName": "w"})
		require.Equal(t, `{"n":7}`, task["input"])
		token := task["taskToken"]
		require.Equal(t, "InvalidOutput: Invalid Output: 'not-json' is not valid JSON.", refuse(t, srv, "SendTaskSuccess", object{"taskToken": token, "output": "not-json"}))
		ask(t, srv, "SendTaskHeartbeat", object{"taskToken": token})
		ask(t, srv, "SendTaskSuccess", object{"taskToken": token, "output": `{"ok": true}`})
		require.Contains(t, refuse(t, srv, "SendTaskSuccess", object{"taskToken": token, "output": "1"}), "TaskTimedOut: ")
		require.Equal(t, "InvalidToken: Invalid Token: 'Invalid token'", refuse(t, srv, "SendTaskFailure", object{"taskToken": "nobody's"}))
		synctest.Wait()
		require.Equal(t, `{"ok":true}`, ask(t, srv, "DescribeExecution", object{"executionArn": execution})["output"])
	})
}

// gone is a client whose connection is broken.
type gone struct{ http.ResponseWriter }

func (g gone) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Each task is given once, also if clients go away while it is given to them.
func TestEachTaskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const tasks, workers = 200, 40
		srv := open(t, api.Config{})
		defer srv.Close()
		activity := ask(t, srv, "CreateActivity", object{"name": "work"})["activityArn"].(string)
		machine := create(t, srv, "m", `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "`+activity+`", "End": true}}}`)
		var given sync.Map
		var all sync.WaitGroup
		for i := range workers {
			all.Go(func() {
				for n := 0; ; n++ {
					w := httptest.NewRecorder()
					r := request("POST", "localhost", "AWSStepFunctions.GetActivityTask", strings.NewReader(`{"activityArn": "`+activity+`"}`))
					if i%4 == 0 {
						srv.ServeHTTP(gone{w}, r)
						if n == 5 {
							return
						}
						continue
					}
					srv.ServeHTTP(w, r)
					var answer struct{ TaskToken, Input string }
					_ = json.Unmarshal(w.Body.Bytes(), &answer)
					if answer.TaskToken == "" {
						return
					}
					if _, twice := given.LoadOrStore(answer.Input, true); twice {
						t.Errorf("%s was given twice", answer.Input)
					}
					ask(t, srv, "SendTaskSuccess", object{"taskToken": answer.TaskToken, "output": answer.Input})
				}
			})
		}
		for i := range tasks {
			ask(t, srv, "StartExecution", object{"stateMachineArn": machine, "input": strconv.Itoa(i)})
		}
		synctest.Wait()
		page := ask(t, srv, "ListExecutions", object{"stateMachineArn": machine, "statusFilter": "SUCCEEDED", "maxResults": 1000})
		require.Len(t, page["executions"], tasks)
		require.NoError(t, srv.Close())
		all.Wait()
	})
}

// Stop, redrive and the events of both.
func TestStopAndRedrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var events conversation.Kept[string]
		srv := open(t, api.Config{Events: func(e json.RawMessage) {
			var event struct {
				Detail struct {
					Status       string
					RedriveCount int
				}
			}
			_ = json.Unmarshal(e, &event)
			events.Add(event.Detail.Status + " " + string(rune('0'+event.Detail.RedriveCount)))
		}})
		defer srv.Close()
		arn := create(t, srv, "m", waits)
		started := ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "name": "x"})
		execution := started["executionArn"]
		require.Equal(t, started, ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "name": "x"}), "the same start again")
		require.Equal(t, "ExecutionAlreadyExists: Execution Already Exists: '"+execution.(string)+"'",
			refuse(t, srv, "StartExecution", object{"stateMachineArn": arn, "name": "x", "input": "1"}))
		require.Equal(t, "ExecutionNotRedrivable: Execution "+execution.(string)+" invalid for redrive as: Execution is RUNNING and cannot be redriven",
			refuse(t, srv, "RedriveExecution", object{"executionArn": execution}))
		time.Sleep(1500 * time.Millisecond)
		stopped := ask(t, srv, "StopExecution", object{"executionArn": execution, "error": "E", "cause": "c"})
		require.Equal(t, json.Number("946684801.500"), stopped["stopDate"])
		time.Sleep(time.Second)
		require.Equal(t, stopped, ask(t, srv, "StopExecution", object{"executionArn": execution}), "nothing changes")
		d := ask(t, srv, "DescribeExecution", object{"executionArn": execution})
		require.Equal(t, []any{"ABORTED", "E", "c", "REDRIVABLE"}, []any{d["status"], d["error"], d["cause"], d["redriveStatus"]})
		ask(t, srv, "RedriveExecution", object{"executionArn": execution, "clientToken": "t"})
		time.Sleep(time.Hour)
		d = ask(t, srv, "DescribeExecution", object{"executionArn": execution})
		require.Equal(t, []any{"SUCCEEDED", json.Number("1"), nil}, []any{d["status"], d["redriveCount"], d["error"]})
		require.Equal(t, []string{"RUNNING 0", "ABORTED 0", "RUNNING 1", "SUCCEEDED 1"}, events.All())
	})
}

// Functions of the host that panic do not halt executions.
func TestHostileHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := open(t, api.Config{Events: func(json.RawMessage) { panic("x") }, Logs: func(string, []byte) { panic("x") }})
		defer srv.Close()
		arn := ask(t, srv, "CreateStateMachine", object{"name": "m", "definition": passes, "roleArn": role, "loggingConfiguration": object{
			"level": "ALL", "destinations": []any{object{"cloudWatchLogsLogGroup": object{"logGroupArn": "arn:aws:logs:us-east-1:1:log-group:g:*"}}},
		}})["stateMachineArn"]
		execution := ask(t, srv, "StartExecution", object{"stateMachineArn": arn})["executionArn"]
		synctest.Wait()
		require.Equal(t, "SUCCEEDED", ask(t, srv, "DescribeExecution", object{"executionArn": execution})["status"])
	})
}

// An alias starts its versions by weight, and an execution shows both.
func TestWeights(t *testing.T) {
	srv := open(t, api.Config{})
	machine := ask(t, srv, "CreateStateMachine", object{"name": "m", "definition": passes, "roleArn": role, "publish": true})
	arn := machine["stateMachineArn"].(string)
	ask(t, srv, "UpdateStateMachine", object{"stateMachineArn": arn, "roleArn": role + "2", "publish": true})
	route := func(version string, weight int) object {
		return object{"stateMachineVersionArn": arn + ":" + version, "weight": weight}
	}
	alias := ask(t, srv, "CreateStateMachineAlias", object{"name": "live", "routingConfiguration": []any{route("1", 30), route("2", 70)}})["stateMachineAliasArn"]
	count := map[any]int{}
	for range 400 {
		execution := ask(t, srv, "StartExecution", object{"stateMachineArn": alias})["executionArn"]
		d := ask(t, srv, "DescribeExecution", object{"executionArn": execution})
		require.Equal(t, alias, d["stateMachineAliasArn"])
		require.Equal(t, arn, d["stateMachineArn"])
		count[d["stateMachineVersionArn"]]++
	}
	require.InDelta(t, 120, count[arn+":1"], 60)
	require.Equal(t, 400, count[arn+":1"]+count[arn+":2"])
	require.Equal(t, "ConflictException: Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [live]",
		refuse(t, srv, "DeleteStateMachineVersion", object{"stateMachineVersionArn": arn + ":1"}))
	ask(t, srv, "UpdateStateMachineAlias", object{"stateMachineAliasArn": alias, "routingConfiguration": []any{route("2", 0), route("1", 100)}})
	for range 20 {
		execution := ask(t, srv, "StartExecution", object{"stateMachineArn": alias})["executionArn"]
		require.Equal(t, arn+":1", ask(t, srv, "DescribeExecution", object{"executionArn": execution})["stateMachineVersionArn"])
	}
}

// Deleting a machine stops its executions and removes them, so that the name is free.
func TestDeleteStateMachine(t *testing.T) {
	srv := open(t, api.Config{})
	arn := create(t, srv, "m", waits)
	execution := ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "name": "x"})["executionArn"]
	ask(t, srv, "DeleteStateMachine", object{"stateMachineArn": arn})
	ask(t, srv, "DeleteStateMachine", object{"stateMachineArn": arn})
	require.Contains(t, refuse(t, srv, "DescribeStateMachine", object{"stateMachineArn": arn}), "StateMachineDoesNotExist: ")
	require.Contains(t, refuse(t, srv, "DescribeExecution", object{"executionArn": execution}), "ExecutionDoesNotExist: ")
	require.Equal(t, arn, create(t, srv, "m", passes))
	ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "name": "x"})
}

// With stores that outlive the process, another server gives the same answers.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := api.Config{Records: registry.NewMemory(), Interpreter: interpreter.Config{Store: memory.New()}}
		srv := open(t, c)
		var machine, alias, execution any
		restart := func() {
			require.NoError(t, srv.Shutdown(t.Context()))
			srv = open(t, c)
		}
		for _, call := range []func(){
			func() {
				machine = ask(t, srv, "CreateStateMachine", object{"name": "m", "definition": waits, "roleArn": role, "publish": true})["stateMachineArn"]
			},
			func() {
				alias = ask(t, srv, "CreateStateMachineAlias", object{"name": "live", "routingConfiguration": []any{
					object{"stateMachineVersionArn": machine.(string) + ":1", "weight": 100},
				}})["stateMachineAliasArn"]
			},
			func() { execution = ask(t, srv, "StartExecution", object{"stateMachineArn": alias})["executionArn"] },
			func() {
				ask(t, srv, "TagResource", object{"resourceArn": machine, "tags": []any{object{"key": "k", "value": "v"}}})
			},
			func() { ask(t, srv, "UpdateStateMachine", object{"stateMachineArn": machine, "definition": passes}) },
		} {
			call()
			restart()
		}
		d := ask(t, srv, "DescribeExecution", object{"executionArn": execution})
		require.Equal(t, []any{"RUNNING", alias}, []any{d["status"], d["stateMachineAliasArn"]})
		require.Equal(t, waits, ask(t, srv, "DescribeStateMachineForExecution", object{"executionArn": execution})["definition"])
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, "SUCCEEDED", ask(t, srv, "DescribeExecution", object{"executionArn": execution})["status"])
		require.Equal(t, []any{object{"key": "k", "value": "v"}}, ask(t, srv, "ListTagsForResource", object{"resourceArn": machine})["tags"])
		require.Equal(t, passes, ask(t, srv, "DescribeStateMachine", object{"stateMachineArn": machine})["definition"])
		require.NoError(t, srv.Close())
	})
}

// web is a server over loopback with a client that keeps connections.
type web struct{ *httptest.Server }

func newWeb(srv http.Handler) web {
	w := web{httptest.NewServer(srv)}
	w.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	return w
}

func (w web) post(t testing.TB, op, body string) []byte {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("X-Amz-Target", "AWSStepFunctions."+op)
	answer, err := w.Client().Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, 200, answer.StatusCode, string(text))
	return text
}

// A task is not lost if the connection of its worker breaks.
func TestBrokenConnections(t *testing.T) {
	srv := open(t, api.Config{})
	w := newWeb(srv)
	defer w.Close()
	activity := ask(t, srv, "CreateActivity", object{"name": "work"})["activityArn"].(string)
	machine := create(t, srv, "m", `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "`+activity+`", "End": true}}}`)
	for range 20 {
		ctx, gone := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, strings.NewReader(`{"activityArn": "`+activity+`"}`))
		require.NoError(t, err)
		r.Header.Set("X-Amz-Target", "AWSStepFunctions.GetActivityTask")
		left := make(chan struct{})
		go func() {
			defer close(left)
			if answer, err := w.Client().Do(r); err == nil {
				_ = answer.Body.Close()
			}
		}()
		for workers := 0; workers == 0; { // it waits
			_, workers = srv.Interpreter().ActivityQueue(activity)
			runtime.Gosched()
		}
		gone()
		<-left
		for workers := 1; workers > 0; { // the server has seen it
			_, workers = srv.Interpreter().ActivityQueue(activity)
			runtime.Gosched()
		}
		started := ask(t, srv, "StartExecution", object{"stateMachineArn": machine, "input": "7"})
		var task struct{ TaskToken string }
		require.NoError(t, json.Unmarshal(w.post(t, "GetActivityTask", `{"activityArn": "`+activity+`"}`), &task))
		ask(t, srv, "SendTaskSuccess", object{"taskToken": task.TaskToken, "output": "1"})
		require.Equal(t, "SUCCEEDED", ask(t, srv, "DescribeExecution", object{"executionArn": started["executionArn"]})["status"])
	}
}
