package temporal

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

var record = flag.Bool("record", false, "write the histories that testdata does not have yet, of a server")

// recording is an execution whose histories, one for each run, are in testdata. No file
// there is ever written again: the histories of executions that run somewhere do not
// change either. What is recorded under another name is new.
type recording struct {
	name, definition, input string
	options                 ClientOptions
	byHand                  bool // started without a Client
	during                  func(*testing.T, *play)
	want                    string // the output, or else the error's name
}

// play is an execution on a server, while it runs.
type play struct {
	context.Context
	*Execution
	tokens <-chan string // of callback
}

// task is a Task state of a chain. It is an example of what states say in Temporal.
func task(name, resource, fields string) string {
	return fmt.Sprintf(`%q: {"Type": "Task", "Resource": %q%s`, name, resource, fields)
}

// chain is a machine whose states follow each other.
func chainOf(states ...string) string {
	var b strings.Builder
	var first string
	for i, s := range states {
		name := func(s string) string { return s[:strings.IndexByte(s, ':')] }
		if i == 0 {
			first = name(s)
		} else {
			b.WriteString(`, "Next": ` + name(s) + `}, `)
		}
		b.WriteString(s)
	}
	return `{"StartAt": ` + first + `, "States": {` + b.String() + `, "End": true}}}`
}

// fourTasks is a chain of four tasks. The name of a state that starts with Local is that
// of a local activity.
func fourTasks(prefix, fields string) string {
	var states []string
	for _, n := range []string{"A", "B", "C", "D"} {
		states = append(states, task(prefix+n, "echo", fields))
	}
	return chainOf(states...)
}

const callback = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"

var (
	asksOnce = chainOf(task("Ask", callback, `, "Parameters": {"Token.$": "$$.Task.Token"}`))
	fifty    = `[` + strings.Repeat(`0,`, 49) + `0]`
)

var recordings = []recording{
	{name: "pass", definition: chainOf(`"A": {"Type": "Pass"`), input: `{"b": 1.0, "a": 12345678901234567890123}`, want: `{"b":1.0,"a":12345678901234567890123}`},
	{name: "task", definition: chainOf(task("A", "echo", "")), input: `{"b": 1.0}`, want: `{"b":1.0}`},
	{name: "tasks", definition: fourTasks("", ""), input: `{"b": 1.0}`, want: `{"b":1.0}`},
	{name: "timeouts", definition: fourTasks("", `, "TimeoutSeconds": 90, "HeartbeatSeconds": 30`), input: `{}`, want: `{}`},
	{name: "local", definition: fourTasks("Local", ""), input: `{}`, want: `{}`},
	{name: "queue", definition: chainOf(task("A", "echo", ""), task("QueueB", "echo", "")), input: `{}`, want: `{}`},
	{name: "by-hand", definition: chainOf(task("A", "echo", "")), input: `{}`, byHand: true, want: `{}`},
	{name: "search-state", definition: fourTasks("", ""), input: `{}`, options: ClientOptions{SearchState: true}, want: `{}`},
	{name: "wait", definition: chainOf(`"W": {"Type": "Wait", "Seconds": 1`), input: `null`, want: `null`},
	{name: "retry-and-catch", definition: `{"StartAt": "T", "States": {` +
		task("T", "fail", `, "Retry": [{"ErrorEquals": ["Bad"], "IntervalSeconds": 1, "MaxAttempts": 1, "JitterStrategy": "FULL"}],
			"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}], "End": true}`) +
		`, "C": {"Type": "Pass", "Parameters": {"id.$": "States.Format('{}', $.Cause)"}, "End": true}}}`, input: `{}`, want: `{"id":"it is"}`},
	{name: "timeout", definition: chainOf(task("T", "slow", `, "TimeoutSeconds": 1`)), input: `{}`, want: asl.StatesTimeout},
	{name: "map", definition: `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": ` + chainOf(task("T", "together", "")) + `}}}`,
		input: fifty, want: fifty},
	{name: "parallel", definition: `{"QueryLanguage": "JSONata", "StartAt": "P", "States": {"P": {"Type": "Parallel", "Assign": {"n": "{% $count($states.result) %}"}, "Next": "S", "Branches": [` +
		chainOf(task("A", "echo", `, "Arguments": {"n": "{% $states.input.n + 1 %}"}`), `"W": {"Type": "Wait", "Seconds": 1`) + `,` + chainOf(task("B", "echo", "")) + `]},
		"S": {"Type": "Choice", "Choices": [{"Condition": "{% $n = 2 %}", "Next": "U"}]}, "U": {"Type": "Succeed", "Output": "{% [$states.input.n, $length($uuid())] %}"}}}`,
		input: `{"n": 1}`, want: `[2,1,36]`},
	{name: "callback-by-update", definition: asksOnce, input: `{}`, want: `{"a":null}`, during: func(t *testing.T, p *play) {
		require.NoError(t, p.client.SendTaskSuccess(p, p.await(t), []byte(`{"a": null}`)))
	}},
	{name: "callback-by-signal", definition: asksOnce, input: `{}`, want: `{"a":null}`, during: func(t *testing.T, p *play) {
		require.NoError(t, p.client.temporal.SignalWorkflow(p, p.name, "", answerName,
			signal{answer: answer{Token: p.await(t), Kind: "success"}, Output: json.RawMessage(`{"a":null}`)}))
	}},
	{name: "callback-refused", definition: asksOnce, input: `{}`, want: "No", during: func(t *testing.T, p *play) {
		token := p.await(t)
		require.ErrorIs(t, p.client.SendTaskSuccess(p, "B"+token[1:], 1), interpreter.ErrInvalidToken)
		require.NoError(t, p.client.SendTaskFailure(p, token, "No", "way"))
		require.ErrorIs(t, p.client.SendTaskFailure(p, token, "No", "way"), interpreter.ErrTaskTimedOut)
	}},
	{name: "nested-sync", definition: starting(".sync:2"), input: `{}`, want: `{"o":"paid"}`},
	{name: "nested", definition: starting(""), input: `{}`, want: `{"o":true}`},
	{name: "stop", definition: chainOf(`"W": {"Type": "Wait", "Seconds": 100`), input: `{}`, want: "Enough", during: func(t *testing.T, p *play) {
		p.awaitState(t, "W")
		require.NoError(t, p.Stop(p, "Enough", "is enough"))
	}},
	{name: "cancel", definition: chainOf(`"W": {"Type": "Wait", "Seconds": 100`), input: `{}`, want: "", during: func(t *testing.T, p *play) {
		p.awaitState(t, "W")
		require.NoError(t, p.client.temporal.CancelWorkflow(p, p.name, ""))
	}},
	{name: "continued", definition: fourTasks("", `, "Assign": {"v.$": "$"}`), input: `{"b": 1.0}`, options: ClientOptions{ContinueAfter: 10}, want: `{"b":1.0}`},
}

func starting(pattern string) string {
	selector := `{"o.$": "$.Output"}`
	if pattern == "" {
		selector = `{"o": true}`
	}
	return chainOf(task("N", "arn:aws:states:::states:startExecution"+pattern, `, "Parameters": {"StateMachineArn": "child"}, "ResultSelector": `+selector))
}

// otherQueue is that of tasks whose states have names that start with Queue.
const otherQueue = "golden-tasks"

// recordingConfig is that of the workers that made the histories.
func recordingConfig(t *testing.T, tokens chan<- string) Config {
	var running atomic.Int32
	together := make(chan struct{}) // closed when a Map has as many at once as it may
	handle := func(f interpreter.HandlerFunc) interpreter.Handler { return f }
	return Config{
		Machines: map[string]*machine.Program{"child": compile(t, pays)},
		Local:    func(state, _ string) bool { return strings.HasPrefix(state, "Local") },
		Queue: func(state, _ string) string {
			if strings.HasPrefix(state, "Queue") {
				return otherQueue
			}
			return ""
		},
		Resolver: interpreter.Mux{
			"echo": handle(func(_ context.Context, task *interpreter.Task) (any, error) { return task.Input, nil }),
			"together": handle(func(ctx context.Context, task *interpreter.Task) (any, error) {
				if running.Add(1) == 40 {
					close(together)
				}
				select {
				case <-together:
				case <-ctx.Done():
				}
				return task.Input, nil
			}),
			"pay":  handle(func(context.Context, *interpreter.Task) (any, error) { return "paid", nil }),
			"fail": handle(func(context.Context, *interpreter.Task) (any, error) { return nil, asl.Errorf("Bad", "it is") }),
			"slow": handle(func(ctx context.Context, _ *interpreter.Task) (any, error) { <-ctx.Done(); return nil, ctx.Err() }),
			callback: handle(func(_ context.Context, task *interpreter.Task) (any, error) {
				tokens <- task.Token()
				return nil, nil
			}),
		},
	}
}

// await returns the token of a task that waits for its answer.
func (p *play) await(t *testing.T) string {
	select {
	case token := <-p.tokens:
		// The workflow has seen the end of the activity, so that the counts of events are
		// always the same.
		p.awaitEvent(t, func(types []enumspb.EventType) bool {
			return count(types, enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED) == 2
		})
		return token
	case <-p.Done():
		require.NoError(t, p.Err())
	}
	return ""
}

func (p *play) awaitState(t *testing.T, state string) {
	p.awaitEvent(t, func(types []enumspb.EventType) bool { return count(types, enumspb.EVENT_TYPE_TIMER_STARTED) == 1 })
	where, err := p.Where(p)
	require.NoError(t, err)
	require.Equal(t, []string{state}, where)
}

// awaitEvent waits until the types of the events so far fulfil a condition.
func (p *play) awaitEvent(t *testing.T, is func([]enumspb.EventType) bool) {
	var types []enumspb.EventType
	for it := p.client.temporal.GetWorkflowHistory(p, p.name, "", true, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		ev, err := it.Next()
		require.NoError(t, err)
		if types = append(types, ev.GetEventType()); is(types) {
			return
		}
	}
	require.Fail(t, "the execution has ended", "%v", types)
}

func count(types []enumspb.EventType, kind enumspb.EventType) int {
	n := 0
	for _, k := range types {
		if k == kind {
			n++
		}
	}
	return n
}

// playRecording runs an execution on a server, and returns the histories of its runs.
func (f *recording) playRecording(t *testing.T, ctx context.Context, c client.Client, queue string, tokens <-chan string) []*historypb.History {
	k := NewClient(c, ClientOptions{TaskQueue: queue, ContinueAfter: f.options.ContinueAfter, SearchState: f.options.SearchState})
	name := f.name + time.Now().UTC().Format("-150405.000")
	e := k.Execution(name)
	p := compile(t, f.definition)
	if f.byHand {
		options, definition, err := splitDefinition(p)
		require.NoError(t, err)
		in, err := value.ParseString(f.input)
		require.NoError(t, err)
		_, err = c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: name, TaskQueue: queue}, WorkflowType,
			arguments{Options: options}, converter.NewRawValue(definition), rawValue(in))
		require.NoError(t, err)
	} else {
		_, err := k.Start(ctx, p, []byte(f.input), StartOptions{Name: name})
		require.NoError(t, err)
	}
	if f.during != nil {
		f.during(t, &play{ctx, e, tokens})
	}
	output, err := e.output(ctx)
	if failed, is := err.(*interpreter.ExecutionError); is {
		require.Equal(t, f.want, failed.Name)
	} else {
		require.NoError(t, err)
		require.Equal(t, f.want, value.String(output))
	}
	return downloadHistories(t, ctx, e)
}

// downloadHistories returns the histories of all runs of an execution.
func downloadHistories(t *testing.T, ctx context.Context, e *Execution) (histories []*historypb.History) {
	runs, err := e.runs(ctx)
	require.NoError(t, err)
	for _, run := range runs {
		h := new(historypb.History)
		for it := e.client.temporal.GetWorkflowHistory(ctx, e.name, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
			ev, err := it.Next()
			require.NoError(t, err)
			h.Events = append(h.Events, ev)
		}
		histories = append(histories, h)
	}
	return histories
}

// The recordings on a server. The histories replay, and cost what those in testdata cost.
// With -record, those that are not in testdata are written.
func TestRecordingsOnAServer(t *testing.T) {
	c := newServer(t).client
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	tokens := make(chan string, 1)
	config := recordingConfig(t, tokens)
	w := worker.New(c, "golden", worker.Options{})
	Register(w, config)
	require.NoError(t, w.Start())
	defer w.Stop()
	other := worker.New(c, otherQueue, worker.Options{})
	Register(other, config)
	require.NoError(t, other.Start())
	defer other.Stop()
	all := make(map[string][]*historypb.History)
	for i := range recordings {
		f := &recordings[i]
		t.Run(f.name, func(t *testing.T) {
			histories := f.playRecording(t, ctx, c, "golden", tokens)
			all[f.name] = histories
			for run, h := range histories {
				require.NoError(t, Replay(h, config))
				if *record {
					writeNew(t, fmt.Sprintf("%s-%d.json", f.name, run+1), h)
				}
			}
		})
	}
	if !t.Failed() {
		requireCosts(t, all, false)
	}
}

const golden = "testdata/histories"

// writeNew writes a history, unless there is one of its name.
func writeNew(t *testing.T, name string, h *historypb.History) {
	text, err := protojson.Marshal(h)
	require.NoError(t, err)
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v map[string]any
	require.NoError(t, d.Decode(&v))
	redact(v)
	var b bytes.Buffer // an event a line
	for i, e := range v["events"].([]any) {
		line, err := json.Marshal(e)
		require.NoError(t, err)
		b.WriteString([]string{"{\"events\":[\n", ",\n"}[min(i, 1)])
		b.Write(line)
	}
	b.WriteString("\n]}\n")
	file, err := os.OpenFile(filepath.Join(golden, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if os.IsExist(err) {
		return
	}
	require.NoError(t, err)
	_, err = file.Write(b.Bytes())
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

// secret are members of a history that say where it was made, or that only the server
// needs.
var secret = map[string]bool{
	"identity": true, "workerVersion": true, "binaryChecksum": true, "stackTrace": true, "requestId": true, "taskId": true,
}

// redact removes them.
func redact(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			redact(e)
		}
	case map[string]any:
		if v["kind"] == "TASK_QUEUE_KIND_STICKY" {
			v["name"] = "sticky" // it has the name of a host
		}
		for k, e := range v {
			if secret[k] {
				delete(v, k)
				continue
			}
			redact(e)
		}
	}
}

// goldenHistories returns the histories of testdata, by recording and run.
func goldenHistories(t *testing.T) map[string][]*historypb.History {
	all := make(map[string][]*historypb.History)
	for i := range recordings {
		name := recordings[i].name
		for run := 1; ; run++ {
			text, err := os.ReadFile(filepath.Join(golden, fmt.Sprintf("%s-%d.json", name, run)))
			if os.IsNotExist(err) && run > 1 {
				break
			}
			require.NoError(t, err)
			h, err := client.HistoryFromJSON(bytes.NewReader(text), client.HistoryJSONOptions{})
			require.NoError(t, err)
			all[name] = append(all[name], h)
		}
	}
	return all
}

// Histories that a server has written in the past replay, for ever or until the Rules of
// package machine change.
func TestGoldenHistories(t *testing.T) {
	config := recordingConfig(t, nil)
	files, err := os.ReadDir(golden)
	require.NoError(t, err)
	runs := 0
	for name, histories := range goldenHistories(t) {
		for run, h := range histories {
			require.NoError(t, Replay(h, config), "%s-%d", name, run+1)
			runs++
		}
	}
	require.Len(t, files, runs, "each file belongs to a recording")
	require.Greater(t, runs, 10)
}

// Their files name no machine.
func TestGoldenHistoriesAreRedacted(t *testing.T) {
	files, err := filepath.Glob(golden + "/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var check func(name string, v any)
	check = func(name string, v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				check(name, e)
			}
		case map[string]any:
			for k, e := range v {
				require.False(t, secret[k], "%s: %s", name, k)
				check(name, e)
			}
			require.True(t, v["kind"] != "TASK_QUEUE_KIND_STICKY" || v["name"] == "sticky", name)
		}
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		var v any
		require.NoError(t, json.Unmarshal(text, &v))
		check(name, v)
	}
}
