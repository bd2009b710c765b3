package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/lambdatask"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// CheckResolvers runs a history in package interpreter with its real resolvers.
// A server on loopback answers functions and services as recorded, and nested
// executions are executions. It returns the number of tasks and the problems. A
// case without tasks tests nothing.
func (c *Case) CheckResolvers() (tasks int, problems []string) {
	if c.Kind != "history" || len(c.scenarios[0].tasks) == 0 {
		return 0, nil
	}
	s := c.scenarios[0]
	if s.stop != nil {
		return 0, nil // a resolver could not give these answers
	}
	got, err := newPeer(s).runTasks()
	if err != nil {
		return len(s.tasks), []string{"resolvers: " + err.Error()}
	}
	m, l := c.newPrunedMatcher()
	h := comparison{matcher: m, want: l.pruneEvents(s.events), got: l.pruneEvents(got)}
	for _, p := range h.compareEvents(s) {
		problems = append(problems, "resolvers: "+p)
	}
	return len(s.tasks), problems
}

// redriveShown is the time from which the result of startExecution.sync had
// members about redrive: AWS changed it.
var redriveShown = time.Date(2024, 12, 1, 0, 0, 0, 0, time.UTC)

// peer is the other side of the tasks of one run.
type peer struct {
	scenario *scenario
	server   *httptest.Server
	client   *http.Client
	in       *interpreter.Interpreter

	mu   sync.Mutex
	used map[*answer]bool
	now  atomic.Pointer[answer] // of the running handler; there is one at a time, but for those of a crashed process
}

func newPeer(s *scenario) *peer { return &peer{scenario: s, used: make(map[*answer]bool)} }

func (p *peer) runTasks() ([]*value.Object, error) {
	p.server = httptest.NewServer(p)
	defer p.server.Close()
	p.client = p.server.Client()
	program, err := p.scenario.compileScenario()
	if err != nil {
		return nil, err
	}
	var t trace
	p.in = interpreter.New(interpreter.Config{
		Resolver: p,
		Clock:    interpreter.NewVirtualClock(p.scenario.clock),
		Workers:  1,
		History: history.SinkFunc(func(id string, events []history.Event) error {
			if id != p.scenario.context.executionArn {
				return nil // a nested one
			}
			for i := range events {
				t.lines = append(t.lines, events[i].AppendJSON(nil))
			}
			return nil
		}),
	})
	defer p.in.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	e, err := p.in.Start(ctx, program, p.scenario.input, interpreter.StartOptions{Name: p.scenario.context.executionArn})
	if err != nil {
		return nil, err
	}
	if p.unfinished() {
		// It was recorded while it ran, so it is stopped when nothing happens.
		p.in.Close()
		return t.events()
	}
	if err := e.Wait(ctx); e.Status() == interpreter.Running {
		return nil, fmt.Errorf("the execution did not end: %w", err)
	}
	return t.events()
}

func (p *peer) unfinished() bool { return textOf(p.scenario.result, "status") == "UNKNOWN" }

// Resolve returns the real handler of a resource, with the next answer of its
// state.
func (p *peer) Resolve(state, resource string) (interpreter.Handler, bool) {
	a := p.nextResult(state)
	if a == nil && p.scenario.refusal != "" {
		return nil, false
	}
	h, ok := p.handler(a, resource)
	h = interpreter.HandlerFunc(h.Handle)
	return p.handleWith(a, h), ok
}

func (p *peer) nextResult(state string) *answer {
	a := p.peekResult(state)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used[a] = true
	return a
}

// peekResult returns the first unused answer of a state, or nil.
func (p *peer) peekResult(state string) *answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.scenario.tasks {
		if !p.used[a] && (a.state == state || a.state == "") {
			return a
		}
	}
	return nil
}

// handleWith runs a handler for an answer.
func (p *peer) handleWith(a *answer, h interpreter.Handler) interpreter.Handler {
	set := interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
		p.now.Store(a)
		if a == nil || a.result == nil && a.submitted == nil {
			return nil, interpreter.ErrResultPending // a peer that hangs would stop the virtual clock
		}
		out, err := h.Handle(ctx, task)
		if task.Resource.Pattern == machine.Sync && a.result != nil && asObject(a.result.Output) == nil &&
			a.result.Kind == machine.TaskSucceeded && errors.Is(err, interpreter.ErrResultPending) {
			_ = p.in.SendTaskSuccess(ctx, task.Token(), a.result.Output) // too late if the call has done so
		}
		return out, err
	})
	if a != nil && a.worker != "" {
		return interpreter.Worker(a.worker, set)
	}
	return set
}

func (p *peer) handler(a *answer, resource string) (interpreter.Handler, bool) {
	if a != nil && a.result != nil {
		if h, ok := lambdatask.New(lambdatask.InvokerFunc(p.invokeFunction)).Resolve("", resource); ok {
			return h, true
		}
		if m := p.nestedMachine(a); m != nil {
			if h, ok := m.Resolve("", resource); ok {
				return h, true
			}
		}
	}
	services := interpreter.Services{"*": interpreter.ServiceFunc(p.callService)}
	if h, ok := services.Resolve("", resource); ok {
		return h, true
	}
	return interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
		return p.askPeer(ctx, "/activity", nil)
	}), true
}

// nestedMachine starts a machine with the recorded outcome of a nested
// execution, if that was recorded.
func (p *peer) nestedMachine(a *answer) *interpreter.StartExecution {
	told := asObject(a.result.Output)
	if a.result.Cause != nil {
		v, _ := value.ParseString(*a.result.Cause)
		told = asObject(v)
	}
	arn := textOf(told, "StateMachineArn")
	if arn == "" && a.submitted == nil {
		arn = machineOf(textOf(told, "ExecutionArn"))
	}
	state := value.ObjectOf(value.Member{Key: "Type", Value: "Pass"}, value.Member{Key: "End", Value: true})
	if out, ok := told.Get("Output"); ok {
		state.Set("Result", dataOf(out))
	}
	if a.result.Kind == machine.TaskFailed {
		state = value.ObjectOf(value.Member{Key: "Type", Value: "Fail"})
		for _, key := range []string{"Error", "Cause"} {
			if s := textOf(told, key); s != "" {
				state.Set(key, s)
			}
		}
	}
	if a.submitted != nil && told == nil {
		// It was answered by its token, and not by its end.
		arn = machineOf(textOf(asObject(a.submitted.Output), "ExecutionArn"))
		state = value.ObjectOf(value.Member{Key: "Type", Value: "Wait"}, value.Member{Key: "Seconds", Value: int64(1)},
			value.Member{Key: "End", Value: true})
	}
	if !strings.HasPrefix(arn, "arn:") {
		return nil // a placeholder is not the name of an execution
	}
	child, err := interpreter.Compile(value.Append(nil, value.ObjectOf(
		value.Member{Key: "StartAt", Value: "End"},
		value.Member{Key: "States", Value: value.ObjectOf(value.Member{Key: "End", Value: state})})),
		interpreter.Options{StateMachineArn: arn})
	if err != nil {
		return nil
	}
	return &interpreter.StartExecution{Programs: map[string]*interpreter.Program{arn: child}}
}

// machineOf returns the ARN of the machine of an execution. A placeholder in
// the name may contain a colon.
func machineOf(execution string) string {
	last := strings.LastIndexByte(execution, ':')
	if strings.HasSuffix(execution, ">") {
		last = strings.LastIndex(execution, ":<")
	}
	return strings.Replace(execution[:max(last, 0)], ":execution:", ":stateMachine:", 1)
}

func asObject(v any) *value.Object {
	o, _ := v.(*value.Object)
	return o
}

// callService answers a service: the response, and later the result by its
// token.
func (p *peer) callService(ctx context.Context, c *interpreter.Call) (any, error) {
	path := "/service/" + c.Service + "/" + c.Action
	if c.Pattern == machine.RequestResponse {
		return p.askPeer(ctx, path, c.Input)
	}
	a := p.now.Load()
	if a.submitted != nil {
		submitted, err := p.askPeer(ctx, path+"?submitted", c.Input)
		if err != nil {
			return nil, err
		}
		if err := c.Task.Submitted(submitted); err != nil {
			return nil, err
		}
	}
	if a.result != nil {
		if err := p.giveAnswer(ctx, owedAnswer{c.Task.Token(), a.result}); err != nil {
			return nil, err
		}
	}
	return nil, interpreter.ErrResultPending
}

func plainValue(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// askPeer sends a request to the server and returns its answer, or the error in
// it.
func (p *peer) askPeer(ctx context.Context, path string, input any) (any, error) {
	status, _, body, err := p.post(ctx, path, value.Append(nil, input))
	if err != nil {
		return nil, err
	}
	v, err := value.Parse(body)
	if err != nil {
		return nil, err
	}
	if status == http.StatusOK {
		return v, nil
	}
	o, _ := v.(*value.Object)
	return nil, &asl.Error{Name: textOf(o, "error"), Cause: textOf(o, "cause")}
}

func (p *peer) post(ctx context.Context, path string, body []byte) (int, http.Header, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.server.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header, body, err
}

// invokeFunction calls the Lambda Invoke API of the server.
func (p *peer) invokeFunction(ctx context.Context, r *lambdatask.Request) (*lambdatask.Response, error) {
	status, header, body, err := p.post(ctx, "/2015-03-31/functions/"+url.PathEscape(r.FunctionName)+"/invocations", r.Payload)
	if err != nil {
		return nil, err
	}
	id := header.Get("X-Amzn-Requestid")
	if code := header.Get("X-Amzn-Errortype"); code != "" {
		v, _ := value.Parse(body)
		o, _ := v.(*value.Object)
		return nil, asl.Errorf("Lambda."+code, "%s (Service: AWSLambda; Status Code: %d; Error Code: %s; Request ID: %s; Proxy: null)",
			textOf(o, "message"), status, code, id)
	}
	answer := &lambdatask.Response{
		FunctionError:   header.Get("X-Amz-Function-Error"),
		ExecutedVersion: header.Get("X-Amz-Executed-Version"),
		LogResult:       header.Get("X-Amz-Log-Result"),
		Payload:         body,
	}
	answer.StatusCode, answer.Headers, answer.RequestID = status, header, id
	return answer, nil
}

// ServeHTTP answers as the recorded peer did.
func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Date", p.scenario.clock.Format(http.TimeFormat)) // the same in all runs
	a := p.now.Load()
	switch {
	case strings.HasPrefix(r.URL.Path, "/2015-03-31/"):
		answerInvoke(w, a.result)
	case r.URL.RawQuery == "submitted":
		_, _ = w.Write(value.Append(nil, a.submitted.Output))
	case a.result.Kind == machine.TaskSucceeded:
		_, _ = w.Write(value.Append(nil, a.result.Output))
	default:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(value.Append(nil, value.ObjectOf(
			value.Member{Key: "error", Value: plainValue(a.result.Error)}, value.Member{Key: "cause", Value: plainValue(a.result.Cause)})))
	}
}

// serviceError matches AWS's text for an error of the Lambda service.
var serviceError = regexp.MustCompile(`^(?s:(.*)) \(Service: AWSLambda; Status Code: (\d+); Error Code: (\w+); Request ID: (.*); Proxy: null\)$`)

// answerInvoke answers the Invoke API so that the recorded result follows.
func answerInvoke(w http.ResponseWriter, result *machine.Event) {
	if result.Kind == machine.TaskSucceeded {
		payload := result.Output
		if o, ok := payload.(*value.Object); ok && o.Has("SdkHttpMetadata") {
			w.Header().Set("X-Amz-Log-Result", textOf(o, "LogResult"))
			payload = memberOf(o, "Payload")
			w.Header().Set("X-Amz-Executed-Version", textOf(o, "ExecutedVersion"))
			w.Header().Set("X-Amzn-Requestid", textOf(objectOf(o, "SdkResponseMetadata"), "RequestId"))
		}
		_, _ = w.Write(value.Append(nil, payload))
		return
	}
	cause := plainValue(result.Cause)
	if plainValue(result.Error) == asl.StatesDataLimitExceeded {
		_, _ = w.Write(value.Append(nil, strings.Repeat("x", 256<<10)))
		return
	}
	if m := serviceError.FindStringSubmatch(cause); m != nil {
		status, _ := strconv.Atoi(m[2])
		w.Header().Set("X-Amzn-Errortype", m[3])
		w.Header().Set("X-Amzn-Requestid", m[4])
		w.WriteHeader(status)
		_, _ = w.Write(value.Append(nil, value.ObjectOf(value.Member{Key: "message", Value: m[1]})))
		return
	}
	w.Header().Set("X-Amz-Function-Error", "Unhandled")
	_, _ = io.WriteString(w, cause)
}
