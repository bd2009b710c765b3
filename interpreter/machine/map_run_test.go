package machine_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// distributed returns a machine of one distributed Map with the given fields, in
// whose children nothing happens: the tests say how they end.
func distributed(fields string) string {
	return distributedOf("STANDARD", fields)
}

func distributedOf(kind, fields string) string {
	return fmt.Sprintf(`{"StartAt": "M", "States": {"M": {"Type": "Map", "Label": "L", "End": true, %s, "ItemProcessor": {
		"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "%s"},
		"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}},
		"Caught": {"Type": "Pass", "End": true}}}`, strings.TrimPrefix(fields, ","), kind)
}

// mapHost is a host for the Map Runs of one execution. It does not run children: end
// says how they end.
type mapHost struct {
	*host
	items      []any // of the source
	keys       []string
	chunk      int    // the most items of an answer; 0: all
	lateEnd    bool   // the end is told without items
	broken     string // the cause of ItemsFailed; empty: none
	read       int    // items
	end        func(c *machine.Child) machine.Event
	hold       bool // children do not end by themselves
	open       map[int64]*machine.Child
	started    []machine.Child
	redriven   []machine.Child
	stopped    []int64
	pending    []machine.Child
	commands   []string
	ended      []*machine.MapRun
	kept       []bool
	unfinished []*machine.UnfinishedResults
	unwritable string // the cause of ResultsFailed; empty: none
	most       int    // children at the same time
}

func newMapHost(t testing.TB, p *machine.Program, input string) *mapHost {
	h := &mapHost{host: newHost(t, p, parse(t, input)), open: map[int64]*machine.Child{}}
	h.end = func(c *machine.Child) machine.Event { return machine.Event{Output: c.Input} }
	h.host.afterStep = func(*host) { h.carryOutMapRuns() }
	return h
}

func (h *mapHost) tell(kind machine.EventKind, c machine.Command, m *machine.MapRunEvent) {
	h.queue = append(h.queue, machine.Event{Kind: kind, Task: c.Task, MapRun: m})
}

func (h *mapHost) carryOutMapRuns() {
	for _, c := range h.r.Commands {
		if c.MapRun == nil {
			continue
		}
		h.commands = append(h.commands, c.Kind.String())
		switch c.Kind {
		case machine.OpenResults:
			h.unfinished = append(h.unfinished, c.MapRun.Unfinished)
			if h.unwritable != "" {
				h.queue = append(h.queue, machine.Event{Kind: machine.ResultsFailed, Task: c.Task, Cause: &h.unwritable})
				continue
			}
			h.tell(machine.ResultsOpened, c, nil)
		case machine.ReadItems:
			if h.broken != "" {
				h.queue = append(h.queue, machine.Event{Kind: machine.ItemsFailed, Task: c.Task, Cause: &h.broken})
				continue
			}
			require.LessOrEqual(h.t, c.MapRun.First, int64(len(h.items)))
			n := min(c.MapRun.MaxItems, len(h.items)-int(c.MapRun.First))
			if h.chunk > 0 {
				n = min(n, h.chunk)
			}
			first := int(c.MapRun.First)
			m := &machine.MapRunEvent{Index: c.MapRun.First, Items: h.items[first:][:n], Source: "s3://b/k", Cursor: fmt.Append(nil, first+n), End: first+n == len(h.items) && (n == 0 || !h.lateEnd)}
			if h.keys != nil {
				m.Keys = h.keys[first:][:n]
			}
			h.read += n
			h.tell(machine.ItemsRead, c, m)
		case machine.StartChild, machine.RedriveChild:
			if c.Kind == machine.RedriveChild {
				h.redriven = append(h.redriven, *c.Child)
			} else {
				h.started = append(h.started, *c.Child)
			}
			h.open[c.Child.Index] = c.Child
			h.most = max(h.most, len(h.open))
			if !h.hold {
				h.endChild(c.Task, c.Child)
			}
		case machine.StopChild:
			h.stopped = append(h.stopped, c.Child.Index)
			if h.open[c.Child.Index] != nil && h.hold {
				delete(h.open, c.Child.Index)
				h.queue = append(h.queue, machine.Event{Kind: machine.ChildEnded, Task: c.Task, Cause: &c.Cause,
					MapRun: &machine.MapRunEvent{Index: c.Child.Index, Status: machine.Aborted}})
			}
		case machine.WritePending:
			h.pending = append(h.pending, c.MapRun.Pending...)
			h.tell(machine.PendingWritten, c, &machine.MapRunEvent{Receipt: fmt.Append(nil, "pending ", len(h.pending))})
		case machine.WriteResults:
			h.queue = append(h.queue, machine.Event{Kind: machine.ResultsWritten, Task: c.Task, Output: parse(h.t, `{"written": true}`)})
		case machine.EndMapRun:
			h.ended, h.kept = append(h.ended, c.MapRun.Run), append(h.kept, c.MapRun.Kept)
		}
	}
}

// settle goes on as long as no time passes.
func (h *mapHost) settle() {
	h.t.Helper()
	for h.x.Status == machine.Running && len(h.queue) > 0 {
		ev := h.queue[0]
		h.queue = h.queue[1:]
		h.step(ev)
	}
}

// endChild tells that a child has ended.
func (h *mapHost) endChild(task machine.TaskID, c *machine.Child) {
	delete(h.open, c.Index)
	ev := h.end(c)
	ev.Kind, ev.Task = machine.ChildEnded, task
	if ev.MapRun == nil {
		ev.MapRun = &machine.MapRunEvent{Status: machine.Succeeded}
		if ev.Error != nil {
			ev.MapRun.Status = machine.Failed
		}
	}
	ev.MapRun.Receipt = fmt.Append(nil, "ended ", c.Index)
	ev.MapRun.Index, ev.MapRun.StartedAt, ev.MapRun.StoppedAt = c.Index, h.now, h.now
	h.queue = append(h.queue, ev)
}

// failing returns how children end of which some fail.
func failing(indexes ...int64) func(*machine.Child) machine.Event {
	return func(c *machine.Child) machine.Event {
		for _, i := range indexes {
			if i == c.Index {
				name, cause := "Odd", "on purpose"
				return machine.Event{Error: &name, Cause: &cause}
			}
		}
		return machine.Event{Output: c.Input}
	}
}

// mapTask returns the task of the Map Run that runs.
func (h *mapHost) mapTask() machine.TaskID {
	runs := h.p.MapRuns(h.x)
	require.Len(h.t, runs, 1)
	return runs[0].Task
}

func (h *mapHost) output() string {
	h.t.Helper()
	require.Equal(h.t, machine.Succeeded, h.x.Status, "%v", h.x.Outcome)
	return value.String(h.x.Outcome.Output)
}

func inputs(children []machine.Child) string {
	var b strings.Builder
	for _, c := range children {
		fmt.Fprintf(&b, "%s\n", value.String(c.Input))
	}
	return b.String()
}

// eventTypes returns the types of a history, with the id before each and the previous
// one, from the first event of the Map state.
func (h *mapHost) eventTypes() string {
	var b strings.Builder
	for i := range h.history {
		if e := &h.history[i]; e.Type != history.ExecutionStarted {
			fmt.Fprintf(&b, "%d<%d %s ", e.ID, e.Previous, e.Type)
		}
	}
	return strings.TrimSpace(b.String())
}

const stateMachineArn = "arn:aws:states:eu-west-1:123456789012:stateMachine:m"

// A child's program has the Map's label in its ARN, a digest of its own, and the
// definition of the processor.
func TestChildProgram(t *testing.T) {
	const definition = `{"StartAt": "M", "QueryLanguage": "JSONata", "States": {"M": {"Type": "Map", %s "End": true, "ItemProcessor": {
		"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "%s"},
		"StartAt": "In", "States": {"In": {"Type": "Map", "End": true, "ItemProcessor": {
			"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
			"StartAt": "P", "States": {"P": {"Type": "Pass", "Output": "{%% 1 %%}", "End": true}}}}}}}}}`
	o := machine.Options{StateMachineArn: stateMachineArn}
	p := compile(t, fmt.Sprintf(definition, `"Label": "L",`, "STANDARD"), o)
	child := p.Child("M")
	require.Equal(t, []*machine.Program{child}, p.Children())
	require.Nil(t, p.Child("In"), "it is a child of the child")
	require.Equal(t, stateMachineArn+"/L", child.Options().StateMachineArn)
	require.Equal(t, "m", child.Options().StateMachineName)
	require.Equal(t, p.Options().RoleArn, child.Options().RoleArn)
	require.Equal(t, "arn:aws:states:eu-west-1:123456789012:execution:m/L:x", child.ExecutionArn("x"))
	require.NotEqual(t, p.Digest(), child.Digest())
	text, err := asl.Marshal(child.Machine())
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), `{"StartAt":"In","States":{`), string(text))

	grandchild := child.Child("In")
	require.True(t, grandchild.Options().Express)
	require.Equal(t, 5*time.Minute, grandchild.Limits().Duration)
	require.NotEqual(t, child.Digest(), grandchild.Digest())
	require.Equal(t, asl.JSONata, grandchild.Machine().Language)

	again := compile(t, fmt.Sprintf(definition, `"Label": "L",`, "STANDARD"), o)
	require.Equal(t, child.Digest(), again.Child("M").Digest())
	unlabelled := compile(t, fmt.Sprintf(definition, "", "STANDARD"), o).Child("M").Options().StateMachineArn
	require.Regexp(t, "/[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", unlabelled)
	require.Equal(t, unlabelled, compile(t, fmt.Sprintf(definition, "", "STANDARD"), o).Child("M").Options().StateMachineArn)
}

// A child's context object is its own: it has no Map, and ARNs with the label.
func TestChildSeesItsOwnContext(t *testing.T) {
	p := compile(t, `{"StartAt": "M", "States": {"M": {"Type": "Map", "Label": "L", "End": true, "ItemProcessor": {
		"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
		"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"c.$": "$$"}, "End": true}}}}}}`,
		machine.Options{StateMachineArn: stateMachineArn})
	h := newMapHost(t, p, `[7]`)
	h.run()
	id := h.started[0].ID
	require.Regexp(t, `^arn:aws:states:eu-west-1:123456789012:express:m/L:[0-9a-f-]{36}:[0-9a-f-]{36}$`, id)
	k := newHost(t, p.Child("M"), h.started[0].Input)
	k.x = p.Child("M").New(machine.Start{ID: id, Input: h.started[0].Input})
	k.run()
	c, _ := k.x.Outcome.Output.(*value.Object).Get("c")
	context := c.(*value.Object)
	require.False(t, context.Has("Map"))
	execution, _ := context.Get("Execution")
	got, _ := execution.(*value.Object).Get("Id")
	require.Equal(t, id, got)
	of, _ := context.Get("StateMachine")
	require.Equal(t, `{"Id":"`+stateMachineArn+`/L","Name":"m"}`, value.String(of))
}

// Items are batched by their number, by the bytes of the child's input, or by both.
func TestBatches(t *testing.T) {
	for _, c := range []struct{ name, fields, input, want, counts string }{
		{"count", `"ItemsPath": "$.i", "ItemBatcher": {"MaxItemsPerBatch": 2}`, `{"i": [1, 2, 3]}`,
			`{"Items":[1,2]}` + "\n" + `{"Items":[3]}`, "2 1"},
		{"BatchInput", `"ItemsPath": "$.i", "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"x.$": "$.x", "s.$": "$$.State.Name"}}`, `{"i": [1, 2, 3], "x": 7}`,
			`{"BatchInput":{"s":"M","x":7},"Items":[1,2]}` + "\n" + `{"BatchInput":{"s":"M","x":7},"Items":[3]}`, "2 1"},
		{"bytes", `"ItemBatcher": {"MaxInputBytesPerBatch": 20}`, `["aa", "b", "c", "dddddddddd", "e"]`,
			`{"Items":["aa","b"]}` + "\n" + `{"Items":["c"]}` + "\n" + `{"Items":["dddddddddd"]}` + "\n" + `{"Items":["e"]}`, "2 1 1 1"},
		{"bytes of BatchInput", `"ItemBatcher": {"MaxInputBytesPerBatch": 36, "BatchInput": 1234567}`, `[1, 2, 3]`,
			`{"BatchInput":1234567,"Items":[1,2]}` + "\n" + `{"BatchInput":1234567,"Items":[3]}`, "2 1"},
		{"both", `"ItemBatcher": {"MaxItemsPerBatch": 2, "MaxInputBytesPerBatch": 16}`, `[1, 2, 3, 44444]`,
			`{"Items":[1,2]}` + "\n" + `{"Items":[3]}` + "\n" + `{"Items":[44444]}`, "2 1 1"},
		{"paths, numbers as strings", `"ItemsPath": "$.i", "ItemBatcher": {"MaxItemsPerBatchPath": "$.n", "MaxInputBytesPerBatchPath": "$.b"}`, `{"i": [1, 2, 3], "n": "2", "b": "100"}`,
			`{"Items":[1,2]}` + "\n" + `{"Items":[3]}`, "2 1"},
		{"after ItemSelector", `"ItemSelector": {"v.$": "$$.Map.Item.Value"}, "ItemBatcher": {"MaxItemsPerBatch": 2}`, `[1, 2, 3]`,
			`{"Items":[{"v":1},{"v":2}]}` + "\n" + `{"Items":[{"v":3}]}`, "2 1"},
	} {
		for _, width := range []int{1, 2, 10} {
			t.Run(fmt.Sprintf("%s, %d at a time", c.name, width), func(t *testing.T) {
				h := newMapHost(t, compile(t, distributed(fmt.Sprintf(`%s, "MaxConcurrency": %d`, c.fields, width)), machine.Options{}), c.input)
				h.run()
				require.Equal(t, machine.Succeeded, h.x.Status, "%v", h.x.Outcome)
				require.Equal(t, c.want+"\n", inputs(h.started))
				var counts []string
				for _, k := range h.started {
					counts = append(counts, fmt.Sprint(k.Items))
				}
				require.Equal(t, c.counts, strings.Join(counts, " "))
				require.LessOrEqual(t, h.most, width)
				run := h.ended[0]
				require.Equal(t, run.Items.Total, run.Items.Succeeded)
				require.Equal(t, int64(len(h.started)), run.Executions.Succeeded)
			})
		}
	}
}

// Limits of batches must be positive integers.
func TestBatchLimitsAreChecked(t *testing.T) {
	for input, want := range map[string]string{
		`{"n": 0}`:   "MaxItemsPerBatch must be positive.",
		`{"n": 1.5}`: `The MaxItemsPerBatchPath field refers to value "1.5" which is not a valid integer: $.n`,
	} {
		h := newMapHost(t, compile(t, distributed(`"ItemReader": {"Resource": "r"}, "ItemBatcher": {"MaxItemsPerBatchPath": "$.n"}`), machine.Options{}), input)
		h.run()
		require.Equal(t, "An error occurred while executing the state 'M' (entered at the event id #2). "+want, *h.x.Outcome.Cause)
		require.Equal(t, "2<0 MapStateEntered 3<2 MapStateStarted 4<3 ExecutionFailed", h.eventTypes())
	}
}

// A Map Run fails at once when more items have failed than are tolerated. If all are
// read, the percentage counts too.
func TestThreshold(t *testing.T) {
	for _, c := range []struct {
		name, fields string
		fails        []int64
		want         string // status of the run, and the number of children that were started
	}{
		{"none", ``, []int64{1}, "FAILED 2"},
		{"count reached", `, "ToleratedFailureCount": 2`, []int64{0, 2}, "SUCCEEDED 4"},
		{"count exceeded", `, "ToleratedFailureCount": 1`, []int64{0, 2}, "FAILED 3"},
		{"percentage reached", `, "ToleratedFailurePercentage": 50`, []int64{0, 2}, "SUCCEEDED 4"},
		{"percentage exceeded", `, "ToleratedFailurePercentage": 49.9`, []int64{0, 2}, "FAILED 3"},
		{"percentage only", `, "ToleratedFailurePercentage": 100`, []int64{0, 1, 2, 3}, "SUCCEEDED 4"},
		{"one of both", `, "ToleratedFailureCount": 4, "ToleratedFailurePercentage": 20`, []int64{1}, "FAILED 2"},
		{"the other", `, "ToleratedFailureCount": 0, "ToleratedFailurePercentage": 100`, []int64{1}, "FAILED 2"},
		{"a batch counts its items", `, "ToleratedFailureCount": 1, "ItemBatcher": {"MaxItemsPerBatch": 2}`, []int64{0}, "FAILED 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newMapHost(t, compile(t, distributed(`"MaxConcurrency": 1`+c.fields), machine.Options{}), `[1, 2, 3, 4]`)
			h.end = failing(c.fails...)
			h.run()
			require.Equal(t, c.want, fmt.Sprintf("%s %d", h.ended[0].Status, len(h.started)))
			if h.ended[0].Status == machine.Failed {
				require.Equal(t, "States.ExceedToleratedFailureThreshold", *h.x.Outcome.Error)
				require.Equal(t, "The specified tolerated failure threshold was exceeded", *h.x.Outcome.Cause)
				require.Equal(t, "2<0 MapStateEntered 3<2 MapStateStarted 4<3 MapRunStarted 5<4 MapRunFailed 6<5 MapStateFailed 7<6 ExecutionFailed", h.eventTypes())
			}
		})
	}
}

// The percentage counts as soon as all items are read, even if all children have ended
// by then.
func TestThresholdAtTheEndOfTheSource(t *testing.T) {
	h := newMapHost(t, compile(t, distributed(`"ToleratedFailurePercentage": 50, "ItemReader": {"Resource": "r"}`), machine.Options{}), `{}`)
	h.items, h.chunk, h.lateEnd = []any{int64(1), int64(2), int64(3)}, 1, true
	h.end = failing(0, 1)
	h.run()
	require.Len(t, h.started, 3)
	require.Equal(t, "States.ExceedToleratedFailureThreshold", *h.x.Outcome.Error)
}

// A Map Run ends with its execution wherever the history is full.
func TestMapRunWithAFullHistory(t *testing.T) {
	for most := 3; most < 12; most++ {
		for _, fails := range [][]int64{nil, {1}} {
			p := compile(t, distributed(`"MaxConcurrency": 1, "ItemReader": {"Resource": "r"}, "ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}}`),
				machine.Options{Limits: machine.Limits{HistoryEvents: most}})
			h := newMapHost(t, p, `{}`)
			h.items = []any{int64(1), int64(2), int64(3)}
			h.end = failing(fails...)
			h.run()
			require.NotEqual(t, machine.Running, h.x.Status)
			require.LessOrEqual(t, int(h.x.Seq), most)
			if most >= 5 {
				require.Len(t, h.ended, 1)
			}
			marshal(t, p, h.x)
		}
	}
}

// A stop during ItemSelector leaves nothing behind for the next Step of the Result.
func TestItemSelectorIsInterrupted(t *testing.T) {
	p := compile(t, distributed(`"QueryLanguage": "JSONata", "ItemSelector": "{% $sum([1..100000]) %}"`), machine.Options{})
	h := newMapHost(t, p, `[1]`)
	calls := 0
	h.r.Meanwhile = func() (time.Time, *machine.Event) {
		calls++
		return h.now, &machine.Event{Kind: machine.Stopped}
	}
	h.run()
	require.Equal(t, machine.Aborted, h.x.Status)
	require.Equal(t, machine.Aborted, h.ended[0].Status)
	h.r.Meanwhile = nil
	q := compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"c.$": "$$"}, "End": true}}}`, machine.Options{})
	x := q.New(machine.Start{})
	require.NoError(t, q.Step(x, machine.Event{Kind: machine.Started}, began, &h.r))
	require.NotContains(t, value.String(x.Outcome.Output), `"Map"`)
}

// STANDARD children of a failed Map Run are stopped, EXPRESS ones are waited for.
func TestChildrenOfAFailedRun(t *testing.T) {
	for kind, want := range map[string][]int64{"STANDARD": {0, 2}, "EXPRESS": nil} {
		h := newMapHost(t, compile(t, distributedOf(kind, `"ToleratedFailureCount": 0`), machine.Options{}), `[1, 2, 3]`)
		h.hold = true
		h.settle()
		h.end = failing(1)
		h.endChild(h.mapTask(), h.open[1])
		h.settle()
		require.Equal(t, want, h.stopped)
		if kind == "EXPRESS" {
			require.Equal(t, machine.Running, h.x.Status)
			h.endChild(h.mapTask(), h.open[0])
			h.endChild(h.mapTask(), h.open[2])
			h.settle()
			require.Equal(t, int64(2), h.ended[0].Executions.Succeeded)
		} else {
			require.Equal(t, int64(2), h.ended[0].Executions.Aborted)
		}
		require.Equal(t, machine.Failed, h.x.Status)
	}
}

// The members of an object are items with a key.
func TestMapRunOverAnObject(t *testing.T) {
	for _, c := range []struct{ fields, want string }{
		{`"MaxConcurrency": 1`, `[{"Key":"a","Value":1},{"Key":"b","Value":2}]`},
		{`"ItemSelector": {"k.$": "$$.Map.Item.Key", "v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "s.$": "$$.Map.Item.Source"}`,
			`[{"s":"STATE_DATA","v":1,"i":0,"k":"a"},{"s":"STATE_DATA","v":2,"i":1,"k":"b"}]`},
		{`"QueryLanguage": "JSONata", "ItemSelector": "{% $states.context.Map.Item.Key %}"`, `["a","b"]`},
	} {
		h := newMapHost(t, compile(t, distributed(c.fields), machine.Options{}), `{"a": 1, "b": 2}`)
		h.run()
		require.JSONEq(t, c.want, h.output())
	}
	h := newMapHost(t, compile(t, distributed(`"ItemReader": {"Resource": "r"}`), machine.Options{}), `{}`)
	h.items, h.keys = []any{int64(1), int64(2)}, []string{"x", "y"}
	h.run()
	require.Equal(t, `[{"Key":"x","Value":1},{"Key":"y","Value":2}]`, h.output())
}

// ItemsPath and Items are ignored with an ItemReader, and MaxItems bounds what is read.
func TestItemReader(t *testing.T) {
	for _, c := range []struct {
		fields, input string
		want          int
	}{
		{`"ItemsPath": "$.nothing", "ItemReader": {"Resource": "r"}`, `{}`, 5},
		{`"ItemReader": {"Resource": "r", "ReaderConfig": {"InputType": "JSON", "MaxItems": 3}}`, `{}`, 3},
		{`"ItemReader": {"Resource": "r", "ReaderConfig": {"InputType": "JSON", "MaxItems": 0}}`, `{}`, 5},
		{`"ItemReader": {"Resource": "r", "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$.n"}}`, `{"n": "2"}`, 2},
		{`"ItemReader": {"Resource": "r", "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$.n"}}`, `{"n": 100000001}`, 5},
		{`"QueryLanguage": "JSONata", "Items": "{% [1] %}", "ItemReader": {"Resource": "r", "ReaderConfig": {"InputType": "JSON", "MaxItems": "{% 4 %}"}}`, `{}`, 4},
	} {
		for _, chunk := range []int{1, 2, 1000} {
			for _, width := range []int{1, 3, 100} {
				h := newMapHost(t, compile(t, distributed(fmt.Sprintf(`%s, "MaxConcurrency": %d`, c.fields, width)), machine.Options{}), c.input)
				h.chunk = chunk
				for i := range 5 {
					h.items = append(h.items, int64(i))
				}
				h.run()
				require.Equal(t, fmt.Sprint([]int{0, 1, 2, 3, 4}[:c.want]), strings.ReplaceAll(h.output(), ",", " "))
				require.Equal(t, c.want, h.read, "no more is read than started")
			}
		}
	}
}

// Reader and writer are given their evaluated parameters, and the configuration.
func TestReaderAndWriterFields(t *testing.T) {
	for _, fields := range []string{
		`"ItemReader": {"Resource": "r", "Parameters": {"Key.$": "$.k"}, "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"], "CSVDelimiter": "TAB", "MaxItems": 9}},
			"ResultWriter": {"Resource": "w", "Parameters": {"Bucket.$": "$.b"}}`,
		`"QueryLanguage": "JSONata", "ItemReader": {"Resource": "r", "Arguments": {"Key": "{% $states.input.k %}"}, "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"], "CSVDelimiter": "TAB", "MaxItems": "{% 9 %}"}},
			"ResultWriter": {"Resource": "w", "Arguments": {"Bucket": "{% $states.input.b %}"}}`,
	} {
		p := compile(t, distributed(fields), machine.Options{})
		h := newMapHost(t, p, `{"k": "key", "b": "bucket"}`)
		h.items = []any{int64(1)}
		var source *machine.ItemSource
		var destination *machine.ResultDestination
		h.beforeCarryOut = func(machine.Event) {
			for _, c := range h.r.Commands {
				if c.Kind == machine.ReadItems {
					source = c.MapRun.Source
				}
				if c.MapRun != nil && c.Kind != machine.EndMapRun {
					destination = c.MapRun.Destination
				}
			}
		}
		h.run()
		require.Equal(t, &machine.ItemSource{Resource: "r", Parameters: parse(t, `{"Key": "key"}`), Config: machine.ReaderConfig{
			InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: []string{"a"}, CSVDelimiter: "TAB", MaxItems: 9}}, source)
		require.Equal(t, &machine.ResultDestination{Resource: "w", Parameters: parse(t, `{"Bucket": "bucket"}`),
			Config: machine.WriterConfig{Transformation: "NONE", OutputType: "JSON"}}, destination)
		require.Equal(t, `{"written":true}`, h.output())
		require.Equal(t, "OpenResults ReadItems StartChild WriteResults EndMapRun", strings.Join(h.commands, " "))
	}
}

// A failing reader fails the Map Run, with an error that can be caught and retried.
func TestReaderFails(t *testing.T) {
	h := newMapHost(t, compile(t, distributed(`"ItemReader": {"Resource": "r"}`), machine.Options{}), `{}`)
	h.broken = "gone"
	h.run()
	require.Equal(t, "States.ItemReaderFailed gone", *h.x.Outcome.Error+" "+*h.x.Outcome.Cause)
	require.Equal(t, "2<0 MapStateEntered 3<2 MapStateStarted 4<3 MapRunStarted 5<4 MapRunFailed 6<5 MapStateFailed 7<6 ExecutionFailed", h.eventTypes())

	h = newMapHost(t, compile(t, distributed(`"ItemReader": {"Resource": "r"}, "Catch": [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Caught"}]`), machine.Options{}), `{}`)
	h.broken = "gone"
	h.run()
	require.Equal(t, `{"Error":"States.ItemReaderFailed","Cause":"gone"}`, h.output())
	require.Contains(t, h.eventTypes(), "5<4 MapRunFailed 6<5 MapStateFailed 7<6 MapStateExited")

	h = newMapHost(t, compile(t, distributed(`"ItemReader": {"Resource": "r"}, "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 1}]`), machine.Options{}), `{}`)
	h.broken = "gone"
	h.beforeCarryOut = func(machine.Event) {
		if len(h.ended) == 1 {
			h.broken, h.items = "", []any{int64(1)}
		}
	}
	h.run()
	require.Equal(t, `[1]`, h.output())
	require.Len(t, h.ended, 2)
	require.NotEqual(t, h.ended[0].Arn, h.ended[1].Arn, "a retry is another Map Run")
	require.Contains(t, h.eventTypes(), "4<3 MapRunStarted 5<4 MapRunFailed 6<5 MapStateStarted 7<6 MapRunStarted 8<7 MapRunSucceeded 9<8 MapStateSucceeded 10<7 MapStateExited")

	h = newMapHost(t, compile(t, distributed(`"ItemReader": {"Resource": "r", "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$.n"}}`), machine.Options{}), `{"n": -1}`)
	h.run()
	require.Equal(t, "States.ItemReaderFailed field MaxItems must be positive", *h.x.Outcome.Error+" "+*h.x.Outcome.Cause)
}

// A negative MaxItems reads nothing, also if there are results to write.
func TestNegativeMaxItemsReadNothing(t *testing.T) {
	h := newMapHost(t, compile(t, distributed(`"ItemReader": {"Resource": "r", "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$.n"}},
		"ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}}`), machine.Options{}), `{"n": -1}`)
	h.items = []any{int64(1), int64(2)}
	h.run()
	require.Equal(t, "States.ItemReaderFailed", *h.x.Outcome.Error)
	require.Equal(t, []string{"WriteResults", "EndMapRun"}, h.commands)
	require.Empty(t, h.pending)
	require.Zero(t, h.ended[0].Items)
}

// Without a destination the outputs are the result, in the order of the items.
func TestResultsWithoutADestination(t *testing.T) {
	for _, c := range []struct{ fields, want string }{
		{`"MaxConcurrency": 0`, `[[1,2],3]`},
		{`"ResultWriter": {"WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"}}`, `[[1,2],3]`},
		{`"ResultWriter": {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSON"}}`, `[1,2,3]`},
		{`"MaxConcurrency": 0, "ResultSelector": {"n.$": "$[1]"}, "ResultPath": "$[0]"`, `[{"n":3},3]`},
	} {
		h := newMapHost(t, compile(t, distributed(c.fields), machine.Options{}), `[[1, 2], 3]`)
		h.hold = true
		h.settle()
		h.endChild(h.mapTask(), h.open[1])
		h.endChild(h.mapTask(), h.open[0])
		h.settle()
		require.Equal(t, c.want, h.output())
	}
	h := newMapHost(t, compile(t, distributed(`"ResultWriter": {"WriterConfig": {"Transformation": "NONE", "OutputType": "JSON"}}`), machine.Options{}), `[1]`)
	h.run()
	require.Contains(t, h.output(), `"Input":"1"`)
	require.Contains(t, h.output(), `"Status":"SUCCEEDED"`)

	h = newMapHost(t, compile(t, distributed(`"ToleratedFailureCount": 1`), machine.Options{}), `[1, 2]`)
	h.end = failing(0)
	h.run()
	require.Regexp(t, `^\[\{"Cause":"on purpose","Error":"Odd",.*"Status":"FAILED",.*\},2\]$`, h.output())

	h = newMapHost(t, compile(t, distributed(`"MaxConcurrency": 0`), machine.Options{}), `[]`)
	h.run()
	require.Equal(t, `[]`, h.output())
	require.Equal(t, "2<0 MapStateEntered 3<2 MapStateStarted 4<3 MapRunStarted 5<4 MapRunSucceeded 6<5 MapStateSucceeded 7<4 MapStateExited 8<7 ExecutionSucceeded", h.eventTypes())
}

// All children run even if their outputs together are too large for the state.
func TestResultsAreTooLarge(t *testing.T) {
	h := newMapHost(t, compile(t, distributed(`"MaxConcurrency": 1`), machine.Options{}), `[1, 2, 3, 4]`)
	large := strings.Repeat("x", 100<<10)
	h.end = func(*machine.Child) machine.Event { return machine.Event{Output: large} }
	h.run()
	require.Equal(t, "States.DataLimitExceeded", *h.x.Outcome.Error)
	require.Len(t, h.started, 4)
	require.Equal(t, machine.Succeeded, h.ended[0].Status)
}

// An item whose ItemSelector fails makes the Map Run fail.
func TestItemSelectorFails(t *testing.T) {
	h := newMapHost(t, compile(t, distributed(`"MaxConcurrency": 1, "ItemSelector": {"v.$": "$$.Map.Item.Value.v"}`), machine.Options{}), `[{"v": 1}, {}]`)
	h.run()
	require.Equal(t, "States.Runtime", *h.x.Outcome.Error)
	require.Contains(t, h.eventTypes(), "5<4 MapRunFailed 6<5 MapStateFailed 7<6 ExecutionFailed")

	h = newMapHost(t, compile(t, distributed(`"QueryLanguage": "JSONata", "ItemSelector": "{% $states.context.Map.Item.Value.v %}",
		"Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught", "Output": "caught"}]`), machine.Options{}), `[{"v": 1}, {}]`)
	h.hold = true
	h.settle()
	require.Equal(t, []int64{0}, h.stopped)
	require.Equal(t, `"caught"`, h.output())
	require.Contains(t, h.eventTypes(), "5<4 EvaluationFailed 6<5 MapRunFailed 7<6 MapStateFailed 8<7 MapStateExited")
}

// The item whose ItemSelector fails is pending, like those after it, as it was read.
func TestItemsWhoseSelectorFailsArePending(t *testing.T) {
	const fields = `"MaxConcurrency": 1, "ItemSelector": {"v.$": "$$.Map.Item.Value.v"}, "ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}}`
	for name, c := range map[string]struct{ fields, input, want string }{
		"array":               {fields, `[{"v": 1}, {}, {"v": 3}]`, "{}\n{\"v\":3}\n"},
		"object":              {fields, `{"a": {"v": 1}, "b": {}, "c": {"v": 3}}`, "{}\n{\"v\":3}\n"},
		"reader":              {`"ItemReader": {"Resource": "r"}, ` + fields, `{}`, "{}\n{\"v\":3}\n"},
		"reader of an object": {`"ItemReader": {"Resource": "r"}, ` + fields, `{"keys": true}`, "{}\n{\"v\":3}\n"},
		"batches":             {`"ItemBatcher": {"MaxItemsPerBatch": 2}, ` + fields, `[{"v": 1}, {}, {"v": 3}]`, "{\"Items\":[{\"v\":1},{}]}\n{\"Items\":[{\"v\":3}]}\n"},
	} {
		for _, chunk := range []int{1, 2, 1000} {
			t.Run(fmt.Sprint(name, ", chunks of ", chunk), func(t *testing.T) {
				h := newMapHost(t, compile(t, distributed(c.fields), machine.Options{}), c.input)
				h.chunk = chunk
				h.items = parse(t, `[{"v": 1}, {}, {"v": 3}]`).([]any)
				if strings.Contains(c.input, "keys") {
					h.keys = []string{"a", "b", "c"}
				}
				h.run()
				require.Equal(t, "States.Runtime", *h.x.Outcome.Error)
				require.Equal(t, c.want, inputs(h.pending))
				run := h.ended[0]
				require.Equal(t, int64(3), run.Items.Total)
				require.Equal(t, run.Items.Total, run.Items.Pending+run.Items.Succeeded)
				require.Equal(t, int64(len(h.pending)+len(h.started)), run.Executions.Total)
			})
		}
	}
}

// The items of a failed Map Run that were never started are written, and the rest of
// the source is read for that.
func TestPendingItemsAreWritten(t *testing.T) {
	const writer = `, "ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}}`
	for _, chunk := range []int{1, 2, 1000} {
		h := newMapHost(t, compile(t, distributed(`"MaxConcurrency": 1, "ItemReader": {"Resource": "r"}, "ItemBatcher": {"MaxItemsPerBatch": 2}`+writer), machine.Options{}), `{}`)
		h.chunk = chunk
		for i := range 7 {
			h.items = append(h.items, int64(i))
		}
		h.end = failing(1)
		h.run()
		require.Equal(t, "{\"Items\":[4,5]}\n{\"Items\":[6]}\n", inputs(h.pending))
		require.Equal(t, []int64{2, 3}, []int64{h.pending[0].Index, h.pending[1].Index})
		run := h.ended[0]
		require.Equal(t, machine.MapRunCounts{Pending: 3, Succeeded: 2, Failed: 2, Total: 7, ResultsWritten: 7}, run.Items)
		require.Equal(t, machine.MapRunCounts{Pending: 2, Succeeded: 1, Failed: 1, Total: 4, ResultsWritten: 4}, run.Executions)
		require.Equal(t, "States.ExceedToleratedFailureThreshold", *h.x.Outcome.Error)
		require.Equal(t, "WriteResults EndMapRun", strings.Join(h.commands[len(h.commands)-2:], " "))
	}
}

// Results that cannot be written fail the Map Run. Nothing is started if that is known
// before.
func TestWriterFails(t *testing.T) {
	p := compile(t, distributed(`"MaxConcurrency": 2, "ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}}`), machine.Options{})
	for _, at := range []machine.CommandKind{machine.OpenResults, machine.StartChild, machine.WriteResults} {
		h := newMapHost(t, p, `[1, 2, 3]`)
		h.hold = at == machine.StartChild
		h.beforeCarryOut = func(machine.Event) {
			for i, c := range h.r.Commands {
				if c.Kind == at && (at != machine.StartChild || c.Child.Index == 1) {
					cause := "no room"
					h.queue = append(h.queue, machine.Event{Kind: machine.ResultsFailed, Task: c.Task, Cause: &cause})
					if at != machine.StartChild {
						h.r.Commands[i].MapRun = nil
					}
				}
			}
		}
		h.run()
		require.Equal(t, machine.Failed, h.x.Status, at)
		require.Equal(t, "States.ResultWriterFailed no room", *h.x.Outcome.Error+" "+*h.x.Outcome.Cause)
		require.Contains(t, h.eventTypes(), "5<4 MapRunFailed 6<5 MapStateFailed 7<6 ExecutionFailed")
		require.NotContains(t, h.commands, "WriteResults")
		require.Equal(t, map[machine.CommandKind]int{machine.OpenResults: 0, machine.StartChild: 2, machine.WriteResults: 3}[at], len(h.started))
	}
}

// An execution that ends, or a state that fails beside it, aborts a Map Run.
func TestMapRunIsAborted(t *testing.T) {
	machines := map[string]string{
		"stopped":   distributed(`"MaxConcurrency": 2`),
		"timed out": strings.Replace(distributed(`"MaxConcurrency": 2`), `{"StartAt"`, `{"TimeoutSeconds": 60, "StartAt"`, 1),
		"sibling": `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [` +
			distributed(`"MaxConcurrency": 2`) + `, {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "Next": "F"}, "F": {"Type": "Fail"}}}]}}}`,
	}
	for name, definition := range machines {
		t.Run(name, func(t *testing.T) {
			m, err := asl.Parse([]byte(definition))
			require.NoError(t, err)
			p, err := machine.Compile(m, machine.Options{})
			require.NoError(t, err)
			h := newMapHost(t, p, `[1, 2, 3]`)
			h.hold = true
			var cause string
			h.beforeCarryOut = func(machine.Event) {
				for _, c := range h.r.Commands {
					if c.Kind == machine.EndMapRun {
						cause = c.Cause
					}
				}
			}
			h.settle()
			if name == "stopped" {
				h.queue = append(h.queue, machine.Event{Kind: machine.Stopped})
			}
			h.run()
			require.NotEqual(t, machine.Running, h.x.Status)
			require.Len(t, h.ended, 1)
			require.Equal(t, machine.Aborted, h.ended[0].Status)
			require.Equal(t, "The map run execution ["+h.ended[0].Arn+"] which was managing this resource was aborted", cause)
			require.Empty(t, h.p.MapRuns(h.x))
		})
	}
}

// An event that a Map Run does not expect changes nothing.
func TestLateEventsOfMapRuns(t *testing.T) {
	p := compile(t, distributed(`"MaxConcurrency": 2, "ItemReader": {"Resource": "r"}`), machine.Options{})
	h := newMapHost(t, p, `{}`)
	h.items, h.hold = []any{int64(1), int64(2), int64(3)}, true
	h.settle()
	task := h.mapTask()
	before := marshal(t, p, h.x)
	for _, ev := range []machine.Event{
		{Kind: machine.ItemsRead, MapRun: &machine.MapRunEvent{Index: 0, Items: []any{int64(1)}}},
		{Kind: machine.ItemsRead, MapRun: &machine.MapRunEvent{Index: 2, Items: []any{int64(1)}, Receipt: []byte("x")}},
		{Kind: machine.ItemsFailed},
		{Kind: machine.ResultsOpened},
		{Kind: machine.ResultsFailed},
		{Kind: machine.PendingWritten},
		{Kind: machine.ResultsWritten},
		{Kind: machine.ChildEnded, MapRun: &machine.MapRunEvent{Index: 2, Status: machine.Succeeded}},
		{Kind: machine.ChildEnded, MapRun: &machine.MapRunEvent{Index: -1, Status: machine.Succeeded}},
		{Kind: machine.TaskSucceeded},
		{Kind: machine.TaskStarted},
	} {
		ev.Task = task
		var r machine.Result
		require.NoError(t, p.Step(h.x, ev, h.now, &r))
		require.True(t, r.Late, ev.Kind)
		require.Equal(t, before, marshal(t, p, h.x), ev.Kind)
	}
	for _, ev := range []machine.Event{
		{Kind: machine.ItemsRead},
		{Kind: machine.ItemsRead, MapRun: &machine.MapRunEvent{Items: []any{1}}},
		{Kind: machine.ItemsRead, MapRun: &machine.MapRunEvent{Items: []any{int64(1)}, Keys: []string{}}},
		{Kind: machine.ItemsRead, MapRun: &machine.MapRunEvent{Cursor: make([]byte, machine.MaxCursor+1)}},
		{Kind: machine.ChildEnded},
		{Kind: machine.ChildEnded, MapRun: &machine.MapRunEvent{}},
		{Kind: machine.ChildEnded, Output: 1, MapRun: &machine.MapRunEvent{Status: machine.Succeeded}},
		{Kind: machine.MapRunUpdated},
	} {
		ev.Task = task
		var r machine.Result
		require.ErrorIs(t, p.Step(h.x, ev, h.now, &r), machine.ErrValue, ev.Kind)
	}
}

// MaxConcurrency and the tolerance of a Map Run can be changed while it runs.
func TestMapRunIsUpdated(t *testing.T) {
	p := compile(t, distributed(`"MaxConcurrency": 1, "ToleratedFailureCount": 2`), machine.Options{})
	h := newMapHost(t, p, `[1, 2, 3, 4, 5, 6]`)
	h.hold = true
	h.settle()
	require.Len(t, h.open, 1)
	update := func(m machine.MapRunEvent) {
		h.queue = append(h.queue, machine.Event{Kind: machine.MapRunUpdated, Task: h.mapTask(), MapRun: &m})
		h.settle()
	}
	width, count := int64(3), int64(0)
	update(machine.MapRunEvent{MaxConcurrency: &width})
	require.Len(t, h.open, 3)
	require.Equal(t, int64(3), p.MapRuns(h.x)[0].MaxConcurrency)
	h.end = failing(0)
	h.endChild(h.mapTask(), h.open[0])
	h.settle()
	require.Equal(t, machine.MapRunCounts{Pending: 2, Running: 3, Failed: 1, Total: 6, ResultsWritten: 1}, p.MapRuns(h.x)[0].Items)
	update(machine.MapRunEvent{ToleratedFailureCount: &count})
	require.Equal(t, "States.ExceedToleratedFailureThreshold", *h.x.Outcome.Error)
	require.Len(t, h.stopped, 3)
}

// With a destination, a snapshot does not grow with the items.
func TestSnapshotDoesNotGrowWithItems(t *testing.T) {
	race.OneGoroutine(t)
	size := func(items int) int {
		p := compile(t, distributed(`"MaxConcurrency": 10, "ItemReader": {"Resource": "r"}, "ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}}`), machine.Options{})
		h := newMapHost(t, p, `{}`)
		h.hold = true
		for i := range items {
			h.items = append(h.items, fmt.Sprintf("item %07d", i))
		}
		h.settle()
		for range items - 20 {
			for _, c := range h.open {
				if len(h.open) == 10 {
					h.endChild(h.mapTask(), c)
				}
			}
			h.settle()
		}
		return len(marshal(t, p, h.x))
	}
	small, large := size(1000), size(20_000)
	require.Less(t, large, small+small/10)
	require.Less(t, large, 1000)
}

// A Step starts no more children than it may enter states, and goes on after a Yield.
func TestChildrenAreStartedWithinTheBudget(t *testing.T) {
	var want string
	for _, most := range []int{0, 1, 3} {
		p := compile(t, distributed(`"ItemSelector": {"u.$": "States.UUID()"}`), machine.Options{})
		h := newMapHost(t, p, `[1, 2, 3, 4, 5, 6, 7]`)
		h.hold, h.r.MaxTransitions = true, most
		h.queue = nil
		h.step(machine.Event{Kind: machine.Started})
		if most > 0 {
			require.Len(t, h.open, most-1)
		}
		h.settle()
		require.Len(t, h.open, 7)
		if want == "" {
			want = inputs(h.started)
		}
		require.Equal(t, want, inputs(h.started))
	}
}

// The stored definition of a child's program is compiled to an equal one, at any
// depth.
func TestDefinitionOfAChild(t *testing.T) {
	p := compile(t, `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {
		"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
		"StartAt": "In", "States": {"In": {"Type": "Map", "End": true, "ItemProcessor": {
			"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
			"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}}}}`, machine.Options{StateMachineArn: stateMachineArn})
	for _, of := range []*machine.Program{p, p.Child("M"), p.Child("M").Child("In")} {
		data, err := of.MarshalDefinition()
		require.NoError(t, err)
		again, err := machine.CompileDefinition(data)
		require.NoError(t, err)
		require.Equal(t, of.Digest(), again.Digest())
		require.Equal(t, of.Options().StateMachineArn, again.Options().StateMachineArn)
		require.Equal(t, of.Limits(), again.Limits())
		second, err := again.MarshalDefinition()
		require.NoError(t, err)
		require.Equal(t, string(data), string(second))
	}
	data, err := p.Child("M").MarshalDefinition()
	require.NoError(t, err)
	_, err = machine.CompileDefinition([]byte(strings.Replace(string(data), `"Child":["M"]`, `"Child":["X"]`, 1)))
	require.ErrorIs(t, err, machine.ErrDefinition)
	_, err = machine.CompileDefinition([]byte(strings.Replace(string(data), `,"Child":["M"]`, ``, 1)))
	require.ErrorIs(t, err, machine.ErrDefinition)
}

// A Map Run restored from any snapshot, and folded from its records, is the same. A
// damaged snapshot is refused, or is one that no event makes fail.
func TestMapRunSnapshots(t *testing.T) {
	race.OneGoroutine(t)
	for name, fields := range map[string]string{
		"data":    `"ToleratedFailureCount": 1, "MaxConcurrency": 2`,
		"objects": `"MaxConcurrency": 2, "ItemReader": {"Resource": "r"}, "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"a.$": "$"}}, "ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}}`,
	} {
		p := compile(t, distributed(fields), machine.Options{})
		var damaged [][]byte
		input := map[string]string{"data": `[1, 2, 3, {"a": 4}]`, "objects": `{}`}[name]
		h := newMapHost(t, p, input)
		h.items = []any{int64(1), "b", parse(t, `{"c": [1]}`), int64(4), int64(5), int64(6), int64(7)}
		h.chunk = 3
		h.end = failing(0, 2)
		var folded *machine.Execution
		h.beforeCarryOut = func(ev machine.Event) {
			var w machine.RecordWriter
			if ev.Kind == machine.Started {
				w.AddStart(p.New(machine.Start{ID: "test", Input: parse(t, input), Seed: [2]uint64{1, 2}}))
			}
			w.AddStep(ev, h.now, &h.r)
			data, err := w.AppendTo(nil)
			require.NoError(t, err)
			rec, err := machine.ReadRecord(data)
			require.NoError(t, err)
			if rec.Start != nil {
				folded, err = p.NewFromRecord(rec)
				require.NoError(t, err)
			}
			require.NoError(t, p.Fold(folded, rec))
			snapshot := marshal(t, p, h.x)
			require.Equal(t, p.MapRuns(h.x), p.MapRuns(folded))
			require.Equal(t, h.x.Seq, folded.Seq)
			require.Equal(t, snapshot, marshal(t, p, h.x.Clone()))
			damaged = append(damaged, snapshot)
			restored(h.host)
		}
		h.run()
		require.Equal(t, machine.Failed, h.x.Status)
		require.Contains(t, h.commands, map[string]string{"data": "EndMapRun", "objects": "WritePending"}[name])
		survivors := 0
		for i, data := range damaged {
			for at := range len(data) - 4 {
				survivors += surviveDamage(t, p, data, at, damagingBit(i, at))
			}
		}
		t.Logf("%s: %d damaged snapshots were restored", name, survivors)
	}
}

// damagingBit returns the bit to change in a byte of the i-th of some snapshots. It turns
// from one to the next, because most of a snapshot is also in the next one.
func damagingBit(i, at int) byte {
	return []byte{1, 2, 4, 0x40, 0x80}[(i+at)%5]
}

// surviveDamage changes a byte of a snapshot, and returns 1 if it can be restored.
func surviveDamage(t *testing.T, p *machine.Program, data []byte, at int, bit byte) int {
	wrong := append([]byte(nil), data...)
	wrong[at] ^= bit
	binary.BigEndian.PutUint32(wrong[len(wrong)-4:], crc32.Checksum(wrong[:len(wrong)-4], crc32.MakeTable(crc32.Castagnoli)))
	x, err := p.Restore(wrong)
	if err != nil {
		return 0
	}
	var r machine.Result
	if x.Status != machine.Running && p.CheckRedrive(x) == nil {
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Redriven}, x.Time(), &r))
		_, err = p.Marshal(x)
		require.NoError(t, err)
	}
	require.NoError(t, p.Pending(x, &r))
	for _, run := range p.MapRuns(x) {
		for _, ev := range []machine.Event{
			{Kind: machine.ChildEnded, MapRun: &machine.MapRunEvent{Status: machine.Failed}},
			{Kind: machine.ChildEnded, MapRun: &machine.MapRunEvent{Index: 1, Status: machine.Succeeded}},
			{Kind: machine.ItemsRead, MapRun: &machine.MapRunEvent{Index: 3, Items: []any{nil}, End: true}},
			{Kind: machine.PendingWritten},
			{Kind: machine.ResultsOpened},
			{Kind: machine.ResultsFailed},
			{Kind: machine.ResultsWritten},
			{Kind: machine.ItemsFailed},
		} {
			y := x.Clone()
			ev.Task = run.Task
			if err := p.Step(y, ev, y.Time(), &r); err == nil {
				_, err = p.Marshal(y)
				require.NoError(t, err)
			}
		}
	}
	return 1
}

const goldenMapMachine = `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
	{"StartAt": "File", "States": {"File": {"Type": "Map", "Label": "L", "MaxConcurrency": 2, "ToleratedFailurePercentage": 12.5,
		"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}, "ReaderConfig": {"InputType": "JSON", "MaxItems": 9}},
		"ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"},
		"ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"all.$": "$"}},
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}},
		"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}},
		"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "End"}], "Next": "End"}, "End": {"Type": "Pass", "End": true}}},
	{"StartAt": "Data", "States": {"Data": {"Type": "Map", "ToleratedFailureCount": 1,
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "Q", "States": {"Q": {"Type": "Pass", "End": true}}}, "End": true}}}]}}}`

// The records and snapshots of Map Runs that an earlier version wrote are read, and
// mean what they meant.
func TestGoldenMapRun(t *testing.T) {
	p := compile(t, goldenMapMachine, machine.Options{StateMachineName: "Golden"})
	h := newMapHost(t, p, `{"a": 1, "b": "two"}`)
	for i := range 9 {
		h.items = append(h.items, parse(t, fmt.Sprintf(`{"n": %d}`, i)))
	}
	h.chunk, h.end = 3, failing(1)
	var w machine.RecordWriter
	w.AddStart(h.x)
	made := ""
	h.beforeCarryOut = func(ev machine.Event) {
		w.AddStep(ev, h.now, &h.r)
		data, err := w.AppendTo(nil)
		require.NoError(t, err)
		w.Reset()
		h.now = h.now.Add(time.Second)
		made += fmt.Sprintf("%s %s\n", base64.StdEncoding.EncodeToString(data), base64.StdEncoding.EncodeToString(marshal(t, p, h.x)))
	}
	h.run()
	require.Equal(t, machine.Succeeded, h.x.Status)
	kept := string(golden(t, filepath.Join("testdata", "golden", "map_run_record3_snapshot4.txt"), []byte(made)))
	x, lines := foldGolden(t, p, kept)
	require.True(t, value.Identical(h.x.Outcome.Output, x.Outcome.Output))
	require.Greater(t, lines, 10)
}

// foldGolden checks that records and the snapshots after them mean the same, and returns
// the last execution and the number of records.
func foldGolden(t *testing.T, p *machine.Program, kept string) (x *machine.Execution, lines int) {
	for line := range strings.Lines(kept) {
		first, second, _ := strings.Cut(strings.TrimSpace(line), " ")
		record, err := base64.StdEncoding.DecodeString(first)
		require.NoError(t, err)
		snapshot, err := base64.StdEncoding.DecodeString(second)
		require.NoError(t, err)
		rec, err := machine.ReadRecord(record)
		require.NoError(t, err)
		if rec.Start != nil {
			x, err = p.NewFromRecord(rec)
			require.NoError(t, err)
		}
		require.NoError(t, p.Fold(x, rec))
		again, err := p.Restore(snapshot)
		require.NoError(t, err)
		require.Equal(t, snapshot, marshal(t, p, again))
		require.Equal(t, p.MapRuns(again), p.MapRuns(x))
		require.Equal(t, again.Seq, x.Seq)
		x, lines = again, lines+1
	}
	return x, lines
}
