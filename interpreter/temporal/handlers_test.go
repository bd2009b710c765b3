package temporal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/httptask"
	"github.com/gostates/gostates/interpreter/lambdatask"
	"github.com/gostates/gostates/interpreter/machine"
)

type sum struct{ A, B int }

const function = "arn:aws:lambda:us-east-1:123456789012:function:f"

// handlersFor returns handlers of all kinds, with middleware that counts calls.
func handlersFor(t *testing.T, calls *atomic.Int32) (_ interpreter.Resolver, endpoint string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"z": 1.0, "a": 2}`)
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	web, err := httptask.New(httptask.Config{
		Allow:        func(*url.URL) bool { return true },
		AllowAddress: netip.Addr.IsLoopback, PlainHTTP: true, Ports: []int{int(netip.MustParseAddrPort(u.Host).Port())},
		Connection: func(context.Context, string) (*httptask.Connection, error) {
			return &httptask.Connection{APIKey: &httptask.APIKey{Name: "X-Api-Key", Value: "secret"}}, nil
		},
	})
	require.NoError(t, err)
	t.Cleanup(web.Close)
	handle := func(f interpreter.HandlerFunc) interpreter.Handler { return f }
	all := interpreter.Resolvers{web,
		lambdatask.New(lambdatask.InvokerFunc(func(_ context.Context, r *lambdatask.Request) (*lambdatask.Response, error) {
			return &lambdatask.Response{Payload: r.Payload}, nil
		})),
		interpreter.Services{"sqs:sendMessage": interpreter.ServiceFunc(func(_ context.Context, c *interpreter.Call) (any, error) {
			return map[string]any{"Action": c.Action, "Region": c.Region}, nil
		})},
		resolverFunc(func(state, _ string) (interpreter.Handler, bool) {
			return interpreter.Plain(func(s sum) (int, error) { return s.A * s.B, nil }), state == "ByState"
		}),
		interpreter.Mux{
			"echo": handle(func(_ context.Context, task *interpreter.Task) (any, error) { return task.Input, nil }),
			"add":  interpreter.Func(func(_ context.Context, s sum) (int, error) { return s.A + s.B, nil }),
			"busy": handle(func(_ context.Context, task *interpreter.Task) (any, error) {
				if task.Attempt < 2 {
					return nil, asl.Errorf("Busy", "attempt %d", task.Attempt)
				}
				return task.Attempt, nil
			}),
			"panic": handle(func(context.Context, *interpreter.Task) (any, error) { panic("in the handler") }),
			"error": handle(func(context.Context, *interpreter.Task) (any, error) { return nil, errors.New("plain") }),
			"empty": handle(func(context.Context, *interpreter.Task) (any, error) { return nil, &asl.Error{Name: "Empty"} }),
			"chan":  handle(func(context.Context, *interpreter.Task) (any, error) { return make(chan int), nil }),
			"null":  handle(func(context.Context, *interpreter.Task) (any, error) { return nil, nil }),
			"beats": handle(func(_ context.Context, task *interpreter.Task) (any, error) {
				task.Heartbeat()
				return "beaten", nil
			}),
			"pending": handle(func(context.Context, *interpreter.Task) (any, error) { return nil, interpreter.ErrResultPending }),
			"arn:aws:states:::ecs:runTask.sync": handle(func(_ context.Context, task *interpreter.Task) (any, error) {
				return "ran", task.Submitted(map[string]any{"Tasks": []any{}})
			}),
		}}
	return interpreter.WithMiddleware(all, func(h interpreter.Handler) interpreter.Handler {
		return handle(func(ctx context.Context, task *interpreter.Task) (any, error) {
			calls.Add(1)
			return h.Handle(ctx, task)
		})
	}), server.URL
}

// The same Resolver serves an Interpreter and a worker, and the histories are the same.
func TestHandlersMakeTheSameHistories(t *testing.T) {
	var calls atomic.Int32
	resolver, endpoint := handlersFor(t, &calls)
	caught := `, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}], "End": true`
	for name, tt := range map[string]struct{ task, input string }{
		"echo":               {`"Resource": "echo"`, `{"b": 1.0, "a": 123456789012345678901}`},
		"null input":         {`"Resource": "echo"`, `null`},
		"string input":       {`"Resource": "echo"`, `"\ud800 \u0000"`},
		"Func":               {`"Resource": "add"`, `{"A": 1, "B": 2}`},
		"Func, wrong input":  {`"Resource": "add"`, `{"A": "x"}`},
		"Plain by state":     {`"Resource": "anything"`, `{"A": 3, "B": 2}`},
		"Lambda":             {`"Resource": "` + function + `"`, `{"b": 1.0, "a": 2}`},
		"lambda:invoke":      {`"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f", "Payload.$": "$"}, "ResultSelector": {"p.$": "$.Payload"}`, `{"b": 1.0}`},
		"Services":           {`"Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {}`, `{}`},
		"httptask":           {`"Resource": "arn:aws:states:::http:invoke", "Parameters": {"ApiEndpoint": "` + endpoint + `/", "Method": "GET", "Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:123456789012:connection/c/1"}}, "ResultSelector": {"body.$": "$.ResponseBody"}`, `{}`},
		"retry":              {`"Resource": "busy", "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 5, "IntervalSeconds": 9}]`, `{}`},
		"retries exhausted":  {`"Resource": "busy", "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}]`, `{}`},
		"panic":              {`"Resource": "panic"`, `{}`},
		"error":              {`"Resource": "error"`, `{}`},
		"no cause":           {`"Resource": "empty"`, `{}`},
		"invalid output":     {`"Resource": "chan"`, `{}`},
		"null":               {`"Resource": "null"`, `{}`},
		"Heartbeat":          {`"Resource": "beats", "HeartbeatSeconds": 5`, `{}`},
		"Submitted":          {`"Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": {}`, `{}`},
		"pending, timeout":   {`"Resource": "pending", "TimeoutSeconds": 60`, `{}`},
		"pending, heartbeat": {`"Resource": "pending", "TimeoutSeconds": 60, "HeartbeatSeconds": 7`, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			state := "T"
			if name == "Plain by state" {
				state = "ByState"
			}
			definition := fmt.Sprintf(`{"StartAt": %q, "States": {%q: {"Type": "Task", %s%s}, "C": {"Type": "Pass", "End": true}}}`, state, state, tt.task, caught)
			calls.Store(0)
			s := try(t, Config{Resolver: resolver}, definition, tt.input)
			once := calls.Swap(0)
			require.Equal(t, inProcess(t, resolver, definition, tt.input), bare(s.events))
			require.Equal(t, once, calls.Load())
			require.Positive(t, once)
		})
	}
}

// inProcess returns the history by an Interpreter.
func inProcess(t *testing.T, r interpreter.Resolver, definition, input string) []string {
	t.Helper()
	in := interpreter.New(interpreter.Config{Resolver: r, Clock: interpreter.NewVirtualClock(began)})
	defer in.Close()
	e, err := in.Start(context.Background(), compile(t, definition), []byte(input), interpreter.StartOptions{Name: "x", Seed: [2]uint64{1, 2}, KeepHistory: true})
	require.NoError(t, err)
	_ = e.Wait(context.Background()) // the history has the error
	var events [][]byte
	for ev := range e.Events() {
		events = append(events, ev.AppendJSON(nil))
	}
	return bare(events)
}

var times = regexp.MustCompile(`"timestamp":[^,]*,|in [^ ]*_test\.go:\d+|20\d\d-\d\d-\d\dT[0-9:.]*Z`)

// bare returns events without times.
func bare(events [][]byte) []string {
	var texts []string
	for _, e := range events {
		texts = append(texts, times.ReplaceAllString(string(e), ""))
	}
	return texts
}

// A local activity does the same at less events.
func TestLocalActivities(t *testing.T) {
	var calls atomic.Int32
	resolver, _ := handlersFor(t, &calls)
	c := Config{Resolver: resolver, Local: func(string, string) bool { return true }}
	for _, task := range []string{`"Resource": "echo"`, `"Resource": "panic"`, `"Resource": "busy", "Retry": [{"ErrorEquals": ["Busy"]}]`,
		`"Resource": "beats"`, `"Resource": "pending", "TimeoutSeconds": 60`} {
		definition := `{"StartAt": "T", "States": {"T": {"Type": "Task", ` + task + `, "End": true}}}`
		s := try(t, c, definition, `{"b": 1.0, "a": null}`)
		require.Equal(t, inProcess(t, resolver, definition, `{"b": 1.0, "a": null}`), bare(s.events), task)
	}
}

// A handler that ends with its context has timed out: the SDK leaves that to a local activity.
func TestTimeoutsOfHandlers(t *testing.T) {
	e := newEngine(Config{Resolver: interpreter.Mux{"pay": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})}})
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	perform := func(ctx context.Context) (string, error) {
		ctx, cancel := context.WithDeadline(ctx, time.Unix(1, 0))
		defer cancel()
		_, err := e.performTask(ctx, taskArguments{State: "T", Resource: "pay"}, rawValue(nil), rawValue(nil))
		var timeout *temporal.TimeoutError
		require.ErrorAs(t, err, &timeout)
		return timeout.TimeoutType().String(), nil
	}
	env.RegisterActivity(perform)
	v, err := env.ExecuteActivity(perform)
	require.NoError(t, err)
	var kind string
	require.NoError(t, v.Get(&kind))
	require.Equal(t, "StartToClose", kind)
}

// A task that no worker of the queue has a handler for waits for one that has.
func TestMissingHandlersAreWaitedFor(t *testing.T) {
	var tries atomic.Int32
	later := resolverFunc(func(string, string) (interpreter.Handler, bool) {
		return interpreter.Plain(func(any) (string, error) { return "here", nil }), tries.Add(1) > 3
	})
	s := try(t, Config{Resolver: later}, pays, `{}`)
	s.requireOutput(t, `"here"`)
	require.Equal(t, int32(4), tries.Load())
}

type resolverFunc func(state, resource string) (interpreter.Handler, bool)

func (f resolverFunc) Resolve(state, resource string) (interpreter.Handler, bool) {
	return f(state, resource)
}

// A resolver that panics fails the task.
func TestHostileResolver(t *testing.T) {
	s := try(t, Config{Resolver: resolverFunc(func(string, string) (interpreter.Handler, bool) { panic("in the resolver") })}, pays, `{}`)
	s.requireError(t, machine.Failed, "States.TaskFailed", "in the resolver")
}

// The end of a task by its execution ends the context of its handler, with the next beat.
func TestCancellationReachesHandlers(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	resolver := interpreter.Mux{
		"context": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
			close(began)
			defer close(ended)
			<-ctx.Done()
			return nil, ctx.Err()
		}),
		"error": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { <-began; return nil, errors.New("plain") }),
	}
	s := try(t, Config{Resolver: resolver, Liveness: 3 * time.Millisecond}, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "context", "End": true}}},
		{"StartAt": "E", "States": {"E": {"Type": "Task", "Resource": "error", "End": true}}}]}}}`, `{}`)
	s.requireError(t, machine.Failed, "States.TaskFailed", "plain")
	require.True(t, slices.ContainsFunc(s.events, func(e []byte) bool { return regexp.MustCompile("ParallelStateFailed").Match(e) }))
	<-ended
}
