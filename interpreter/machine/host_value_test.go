package machine_test

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/internal/probe"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// foreign makes Go values that are not values of package value. The last ones
// are values, but for a part or for how they nest.
func foreign() []any {
	list := []any{nil, nil}
	list[0], list[1] = list, list
	object := value.NewObject(1)
	object.Set("a", object)
	var deep any = "x"
	for range value.MaxDepth + 1 {
		deep = []any{deep}
	}
	return []any{5, uint64(5), float32(1), json.Number("5"), map[string]any{}, []string{"a"}, []int(nil), (*int)(nil), time.Time{},
		math.NaN(), math.Inf(1), (*big.Int)(nil), big.NewInt(5), "\xff",
		list, object, deep, []any{"a", 5}, value.ObjectOf(value.Member{Key: "a", Value: []any{float32(2)}}), value.ObjectOf(value.Member{Key: "\xff"})}
}

const oneTask = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": true}}}`

// A refused value leaves the execution as it was, and the same event with a good
// one goes on.
func TestStepRefusesOutputsOutsideTheModel(t *testing.T) {
	p := compile(t, oneTask, machine.Options{})
	for _, kind := range []machine.EventKind{machine.TaskSucceeded, machine.TaskSubmitted} {
		x := p.New(machine.Start{ID: "x"})
		var r machine.Result
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
		task := r.Commands[0].Task
		before := marshal(t, p, x)
		for _, v := range foreign() {
			err := p.Step(x, machine.Event{Kind: kind, Task: task, Output: v}, began.Add(time.Hour), &r)
			require.ErrorIs(t, err, machine.ErrValue, "%T", v)
			require.ErrorContains(t, err, "machine: invalid value: Event.Output")
			require.Empty(t, r.Commands)
			require.Empty(t, r.Events)
			require.Equal(t, before, marshal(t, p, x))
		}
		require.EqualError(t, p.Step(x, machine.Event{Kind: kind, Task: task, Output: []any{value.ObjectOf(value.Member{Key: "n", Value: 5})}}, began, &r),
			"machine: invalid value: Event.Output[0].n: int is not a value of package value; convert it with value.From")
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.TaskSucceeded, Task: task, Output: int64(5)}, began, &r))
		require.Equal(t, int64(5), x.Outcome.Output)
	}
}

func TestStartedRefusesWhatIsOutsideTheModel(t *testing.T) {
	p := compile(t, oneTask, machine.Options{})
	var r machine.Result
	for _, v := range foreign() {
		for place, start := range map[string]machine.Start{
			"Start.Input":       {Input: v},
			"Start.Variables.v": {Variables: value.ObjectOf(value.Member{Key: "u", Value: "good"}, value.Member{Key: "v", Value: v})},
		} {
			x := p.New(start)
			err := p.Step(x, machine.Event{Kind: machine.Started}, began, &r)
			require.ErrorIs(t, err, machine.ErrValue, "%T", v)
			require.ErrorContains(t, err, "machine: invalid value: "+place)
			require.Empty(t, r.Commands)
			require.Zero(t, x.Seq)
			require.Zero(t, x.Now)
			_, err = p.Marshal(x)
			require.ErrorIs(t, err, machine.ErrValue, "no snapshot holds it")
			require.ErrorContains(t, err, "machine: invalid value: "+place)
		}
	}
	x := p.New(machine.Start{Input: value.ObjectOf(value.Member{Key: "a", Value: []any{nil, nil, nil, 7}})})
	require.EqualError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r),
		"machine: invalid value: Start.Input.a[3]: int is not a value of package value; convert it with value.From")
}

// The sizes of the first variables count, whatever happened before.
func TestFirstVariablesCount(t *testing.T) {
	p := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"w": "123456"}, "End": true}}}`,
		machine.Options{Limits: machine.Limits{VariablesSize: 16}})
	for _, first := range []string{"1234", "12345678901"} {
		x := p.New(machine.Start{Variables: value.ObjectOf(value.Member{Key: "v", Value: first})})
		var r machine.Result
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
		require.Equal(t, len(first)+8+2 > 16, x.Status == machine.Failed)
	}
}

// An empty object has two forms in memory, and one in a snapshot and as text.
func TestNilObjectIsAnEmptyOne(t *testing.T) {
	p := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "f", "Next": "B"}, "B": {"Type": "Wait", "Seconds": 1, "End": true}}}`, machine.Options{})
	for _, v := range []any{(*value.Object)(nil), []any{(*value.Object)(nil)}} {
		x := p.New(machine.Start{Input: v})
		r := machine.Result{History: true}
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.TaskSucceeded, Task: r.Commands[0].Task, Output: v}, began, &r))
		x, err := p.Restore(marshal(t, p, x))
		require.NoError(t, err)
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Tick}, began.Add(time.Second), &r))
		require.Equal(t, value.String(v), value.String(x.Outcome.Output))
		require.Equal(t, value.String(v), value.String(x.Input))
	}
}

// Names and causes come from anywhere, such as the message of an error: they are
// made UTF-8.
func TestErrorsOfAHostAreMadeUTF8(t *testing.T) {
	p := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "f", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "End": true},
		"B": {"Type": "Pass", "Parameters": {"e.$": "$", "id.$": "$$.Execution.Name", "m.$": "$$.StateMachine.Name"}, "End": true}}}`, machine.Options{StateMachineName: "m\xff"})
	name, cause := "E\xff", "c\xff\xed\xa0\x80"
	x := p.New(machine.Start{ID: "id\xff"})
	var r machine.Result
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.TaskFailed, Task: r.Commands[0].Task, Error: &name, Cause: &cause}, began, &r))
	require.Equal(t, machine.Succeeded, x.Status)
	require.Equal(t, `{"e":{"Error":"E�","Cause":"c�\uD800"},"id":"id�","m":"m�"}`, value.String(x.Outcome.Output))
	require.Equal(t, "E\xff", name, "that of the host is its own")

	x = p.New(machine.Start{})
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.Stopped, Error: &name, Cause: &cause}, began, &r))
	require.Equal(t, "E�", *x.Outcome.Error)
}

// No snapshot holds what a value became after it was given to an execution.
func TestMarshalRefusesWhatWasChangedAfterwards(t *testing.T) {
	p := compile(t, waitForever, machine.Options{})
	for _, v := range []any{5, []string{"a"}, math.NaN(), (*big.Int)(nil), big.NewInt(5)} {
		input := value.NewObject(1)
		x := p.New(machine.Start{Input: input})
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &machine.Result{}))
		input.Set("a", []any{v})
		data, err := p.AppendMarshal([]byte("before"), x)
		require.ErrorIs(t, err, machine.ErrValue, "%T", v)
		require.ErrorContains(t, err, "machine: invalid value in the execution: ")
		require.Equal(t, "before", string(data))
	}
}

func TestProbeRefusesWhatIsOutsideTheModel(t *testing.T) {
	const branch = `"ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Fail"}}}`
	program := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Map", `+branch+`, "End": true}}}`, machine.Options{})
	good := func() probe.Answer { return probe.Answer{Output: "x"} }
	for _, v := range foreign() {
		for place, p := range map[string]*probe.Probe{
			"Probe.Context.v":      {Answer: good, Context: value.ObjectOf(value.Member{Key: "v", Value: v})},
			"Probe.Items[1]":       {Answer: good, Read: true, Items: []any{"a", v}},
			"Probe.Answer: Output": {Answer: func() probe.Answer { return probe.Answer{Output: v} }},
		} {
			p.Data = value.NewObject(0)
			x := program.New(machine.Start{Input: []any{"a"}})
			err := program.Step(x, machine.Event{Kind: machine.Started}, began, &machine.Result{Probe: p})
			require.ErrorIs(t, err, machine.ErrValue, "%s %T", place, v)
			require.ErrorContains(t, err, "machine: invalid value: "+place)
			require.Equal(t, strings.HasPrefix(place, "Probe.Answer"), x.Seq > 0)
		}
	}
}

// A value of the model that is too large is not misuse: it fails the state machine.
func TestTooLargeIsNotRefused(t *testing.T) {
	p := compile(t, oneTask, machine.Options{})
	large := strings.Repeat("x", 256<<10)
	var shared any = large
	for range 40 {
		shared = []any{shared, shared}
	}
	for _, v := range []any{large, []any{large}, shared} {
		x := p.New(machine.Start{Input: v})
		r := machine.Result{History: true}
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
		require.Equal(t, "States.DataLimitExceeded", *x.Outcome.Error)

		x = p.New(machine.Start{})
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
		task := r.Commands[0].Task
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.TaskSucceeded, Task: task, Output: v}, began, &r))
		require.Equal(t, "States.DataLimitExceeded", *x.Outcome.Error)
		require.Equal(t, history.ExecutionFailed, r.Events[len(r.Events)-1].Type)
	}
	x := p.New(machine.Start{Input: []any{shared, 5}})
	require.ErrorIs(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &machine.Result{}), machine.ErrValue)
}

func marshal(t testing.TB, p *machine.Program, x *machine.Execution) []byte {
	t.Helper()
	data, err := p.Marshal(x)
	require.NoError(t, err)
	return data
}
