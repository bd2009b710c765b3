package machine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// detach makes a host run its Map Runs as executions of their own, which are stored
// after every Step. set prepares the hosts of those.
func (h *mapHost) detach(set func(*mapHost)) {
	p := h.p
	h.p = p.DetachingMapRuns()
	h.host.afterStep = func(*host) {
		restored(h.host)
		for _, c := range h.r.Commands {
			switch c.Kind {
			case machine.DetachMapRun:
				x, err := h.p.DetachMapRun(h.x, c.Task, 3)
				require.NoError(h.t, err)
				alone := newMapHost(h.t, p.DetachedMapRun(), `null`)
				alone.x, alone.queue, alone.now = x, nil, h.now
				alone.host.afterStep = func(a *host) {
					if a.x.Status == machine.Running {
						restored(a)
					}
					alone.carryOutMapRuns()
				}
				set(alone)
				require.NoError(h.t, alone.p.Pending(alone.x, &alone.r))
				alone.afterStep(alone.host)
				alone.carryOut()
				o := alone.run()
				require.Len(h.t, alone.ended, 1)
				require.LessOrEqual(h.t, alone.most, 3)
				require.Empty(h.t, alone.history)
				h.started = append(h.started, alone.started...)
				h.pending = append(h.pending, alone.pending...)
				h.queue = append(h.queue, machine.Event{Kind: machine.MapRunEnded, Task: c.Task, Output: o.Output, Error: o.Error, Cause: o.Cause,
					MapRun: &machine.MapRunEvent{Status: alone.ended[0].Status}})
			case machine.EndMapRun:
				h.ended = append(h.ended, c.MapRun.Run)
			default:
				require.Nil(h.t, c.MapRun, c.Kind)
			}
		}
	}
}

// An execution whose Map Runs are detached has the history and the outcome of one that
// runs them itself, and its children are the same.
func TestDetachedMapRuns(t *testing.T) {
	const catches = `"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]`
	big := fmt.Sprintf(`["%s"]`, strings.Repeat("x", 200_000))
	for name, c := range map[string]struct {
		fields, input string
		set           func(*mapHost)
	}{
		"items of the input":      {`"MaxConcurrency": 2`, `[1, 2, {"a": 1.0}]`, nil},
		"no items":                {`"MaxConcurrency": 2`, `[]`, nil},
		"an object":               {`"ItemsPath": "$.o"`, `{"o": {"a": 1, "b": 2}}`, nil},
		"ItemSelector":            {`"ItemsPath": "$.i", "ItemSelector": {"v.$": "$$.Map.Item.Value", "n.$": "$$.Map.Item.Index", "x.$": "$.x", "e.$": "$$.Execution.Id", "s.$": "$$.State"}`, `{"i": [1, 2, 3], "x": 7}`, nil},
		"ItemSelector fails":      {`"ItemSelector": {"v.$": "$.none"}`, `[1]`, nil},
		"ItemBatcher":             {`"ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"a": 1}}`, `[1, 2, 3]`, nil},
		"a child fails":           {`"MaxConcurrency": 1`, `[1, 2, 3]`, func(h *mapHost) { h.end = failing(1) }},
		"caught":                  {`"MaxConcurrency": 1, ` + catches, `[1, 2, 3]`, func(h *mapHost) { h.end = failing(1) }},
		"retried":                 {`"MaxConcurrency": 1, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]`, `[1, 2, 3]`, func(h *mapHost) { h.end = failing(1) }},
		"tolerated":               {`"ToleratedFailurePercentage": 40`, `[1, 2, 3]`, func(h *mapHost) { h.end = failing(1) }},
		"the result is too large": {`"Comment": "c"`, big[:len(big)-1] + "," + big[1:], nil},
		"too large, caught":       {catches, big[:len(big)-1] + "," + big[1:], nil},
		"a reader":                {`"ItemReader": {"Resource": "r", "ReaderConfig": {"MaxItems": 4}}`, `{}`, func(h *mapHost) { h.items = []any{"a", "b", "c", "d", "e"} }},
		"a reader with keys":      {`"ItemReader": {"Resource": "r"}`, `{}`, func(h *mapHost) { h.items, h.keys = []any{"a", "b"}, []string{"k", "l"} }},
		"a reader that fails":     {`"ItemReader": {"Resource": "r"}`, `{}`, func(h *mapHost) { h.broken = "no such file" }},
		"a negative MaxItems":     {`"ItemReader": {"Resource": "r", "ReaderConfig": {"MaxItemsPath": "$.n"}}, "ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}}`, `{"n": -1}`, nil},
		"a writer":                {`"ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}}`, `[1, 2, 3]`, nil},
		"a writer, failed":        {`"ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}}, "MaxConcurrency": 1`, `[1, 2, 3]`, func(h *mapHost) { h.end = failing(1) }},
		"a writer that fails":     {`"ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}}`, `[1, 2, 3]`, func(h *mapHost) { h.unwritable = "no such bucket" }},
		"records":                 {`"ResultWriter": {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSON"}}`, `[[1, 2], 3]`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			set := c.set
			if set == nil {
				set = func(*mapHost) {}
			}
			p := compile(t, distributed(c.fields), machine.Options{StateMachineArn: stateMachineArn})
			want := newMapHost(t, p, c.input)
			set(want)
			want.run()
			h := newMapHost(t, p, c.input)
			h.detach(set)
			h.run()
			require.Equal(t, lines(want.history), lines(h.history))
			require.Equal(t, want.x.Status, h.x.Status)
			require.Equal(t, outcomeLine(want.x.Outcome), outcomeLine(h.x.Outcome))
			require.Equal(t, inputs(want.started), inputs(h.started))
			require.Equal(t, inputs(want.pending), inputs(h.pending))
			require.Len(t, h.ended, len(want.ended))
			for i, run := range h.ended {
				require.Equal(t, want.ended[i].Status, run.Status)
			}
		})
	}
}

func outcomeLine(o *machine.Outcome) string {
	text := func(s *string) string {
		if s == nil {
			return "none"
		}
		return *s
	}
	return fmt.Sprint(value.String(o.Output), " ", text(o.Error), " ", text(o.Cause), " ", o.State)
}

// A Map Run within a branch and an iteration sees the variables and the context of the
// states around it, and nothing of those beside it.
func TestDetachedMapRunWithinOthers(t *testing.T) {
	inner := strings.Replace(distributed(`"ItemSelector": {"i.$": "$$.Map.Item.Value", "v.$": "$v"}`), `"Caught": {"Type": "Pass", "End": true}`, `"Caught": {"Type": "Fail"}`, 1)
	definition := `{"StartAt": "V", "States": {"V": {"Type": "Pass", "Assign": {"v": 5}, "Next": "Q"}, "Q": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100, "End": true}}},
		{"StartAt": "I", "States": {"I": {"Type": "Map", "End": true, "ItemProcessor": ` + inner + `}}}]}}}`
	p := compile(t, definition, machine.Options{})
	want := newMapHost(t, p, `[[1, 2], [3]]`)
	want.run()
	h := newMapHost(t, p, `[[1, 2], [3]]`)
	h.detach(func(a *mapHost) {
		_, timed := a.p.Wake(a.x)
		require.False(t, timed)
		require.Equal(t, []string{"M"}, a.p.Where(a.x))
	})
	h.run()
	require.Equal(t, want.output(), h.output())
	require.Equal(t, inputs(want.started), inputs(h.started))
	require.Equal(t, `[[[1,2],[3]],[[{"v":5,"i":1},{"v":5,"i":2}],[{"v":5,"i":3}]]]`, h.output())
	require.Len(t, h.history, len(want.history))
}

// The Map Run is aborted with its execution: each of them says so.
func TestDetachedMapRunIsAborted(t *testing.T) {
	p := compile(t, distributed(`"MaxConcurrency": 5`), machine.Options{})
	d := p.DetachingMapRuns()
	x, r := d.New(machine.Start{ID: "x", Input: []any{int64(1)}}), machine.Result{}
	require.NoError(t, d.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	require.Len(t, r.Commands, 1)
	task := r.Commands[0].Task
	_, err := d.DetachMapRun(x, task+1, 1)
	require.ErrorIs(t, err, machine.ErrNoDetachedMapRun)
	alone, err := d.DetachMapRun(x, task, 1)
	require.NoError(t, err)
	require.Equal(t, x.Token(task), alone.Token(task))
	require.NotEqual(t, x.Rand, alone.Rand)

	require.NoError(t, d.Pending(x, &r))
	require.Equal(t, machine.DetachMapRun, r.Commands[0].Kind)
	width := int64(5)
	require.NoError(t, d.Step(x, machine.Event{Kind: machine.MapRunUpdated, Task: task, MapRun: &machine.MapRunEvent{MaxConcurrency: &width}}, began, &r))
	require.True(t, r.Late)
	require.Error(t, d.Step(x, machine.Event{Kind: machine.MapRunEnded, Task: task}, began, &r))
	require.NoError(t, d.Step(x, machine.Event{Kind: machine.Stopped}, began.Add(time.Second), &r))
	require.Equal(t, machine.EndMapRun, r.Commands[0].Kind)
	require.Equal(t, machine.Aborted, r.Commands[0].MapRun.Run.Status)
	require.NoError(t, d.Step(x, machine.Event{Kind: machine.Redriven}, began.Add(time.Minute), &r))
	require.Equal(t, machine.DetachMapRun, r.Commands[0].Kind, "a new Map Run")

	q := p.DetachedMapRun()
	require.NoError(t, q.Step(alone, machine.Event{Kind: machine.Tick}, began, &r))
	require.Equal(t, machine.StartChild, r.Commands[0].Kind)
	require.NoError(t, q.Step(alone, machine.Event{Kind: machine.MapRunEnded, Task: task, MapRun: &machine.MapRunEvent{Status: machine.Succeeded}}, began, &r))
	require.True(t, r.Late, "it was not detached again")
	require.NoError(t, q.Step(alone, machine.Event{Kind: machine.Stopped}, began.Add(time.Hour), &r))
	require.Equal(t, machine.EndMapRun, r.Commands[0].Kind)
	require.Len(t, r.Commands[0].MapRun.Open, 1)
	require.Equal(t, machine.Aborted, alone.Status)
	require.Equal(t, value.String(parse(t, `1`)), value.String(r.Commands[0].MapRun.Open[0].Input))
}
