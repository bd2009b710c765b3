package machine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/internal/probe"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// probed runs the first state of a machine under a probe.
func probed(t *testing.T, definition, input string, p *probe.Probe) *machine.Execution {
	t.Helper()
	program := compile(t, definition, machine.Options{})
	p.Data = value.NewObject(0)
	x := program.New(machine.Start{Input: parse(t, input), Variables: value.ObjectOf(value.Member{Key: "v", Value: "old"})})
	require.NoError(t, program.Step(x, machine.Event{Kind: machine.Started}, began, &machine.Result{Probe: p}))
	return x
}

func TestProbeEndsWhereTheStateIsLeft(t *testing.T) {
	var p probe.Probe
	x := probed(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"v.$": "$.n"}, "Next": "A"}}}`, `{"n": 1}`, &p)
	require.Equal(t, machine.Succeeded, x.Status)
	require.True(t, p.Left)
	require.Equal(t, "A", p.Next)
	require.Equal(t, `{"n":1}`, value.String(p.Output))
	require.Equal(t, `{"v":1}`, value.String(p.Variables))
	require.Equal(t, `{"afterInputPath":{"n":1},"afterParameters":{"n":1},"afterResultSelector":{"n":1},"afterResultPath":{"n":1}}`,
		value.String(p.Data))
}

func TestProbeShowsHowFarAFailingStateCame(t *testing.T) {
	var p probe.Probe
	x := probed(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$.n", "Parameters": {"x.$": "$.x"}, "End": true}}}`, `{"n": {}}`, &p)
	require.Equal(t, machine.Failed, x.Status)
	require.False(t, p.Left)
	require.Equal(t, "The JSONPath '$.x' specified for the field 'x.$' could not be found in the input '{}'", *p.Cause)
	require.Equal(t, `{"afterInputPath":{}}`, value.String(p.Data))
}

func TestProbeAnswersContainers(t *testing.T) {
	const branch = `{"StartAt": "B", "States": {"B": {"Type": "Fail"}}}`
	p := probe.Probe{Answer: func() probe.Answer {
		return probe.Answer{Output: []any{int64(1)}}
	}}
	x := probed(t, `{"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": [`+branch+`], "ResultPath": "$.r", "End": true}}}`, `{}`, &p)
	require.Equal(t, machine.Succeeded, x.Status)
	require.Equal(t, `{"r":[1]}`, value.String(p.Output))
	require.Empty(t, p.Next)

	name, cause := "Busy", "later"
	p = probe.Probe{Retries: 1, Answer: func() probe.Answer {
		return probe.Answer{Failed: true, Error: &name, Cause: &cause}
	}}
	retried := `{"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": [` + branch + `],
		"Retry": [{"ErrorEquals": ["Other"]}, {"ErrorEquals": ["Busy"], "MaxAttempts": 2}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}], "End": true},
		"C": {"Type": "Succeed"}}}`
	x = probed(t, retried, `{}`, &p)
	require.Equal(t, machine.Running, x.Status)
	require.True(t, p.Retried)
	require.Equal(t, 2, p.Retrier)
	require.Equal(t, 2*time.Second, p.Delay)

	p = probe.Probe{Retries: 2, Answer: p.Answer}
	probed(t, retried, `{}`, &p)
	require.False(t, p.Retried)
	require.Equal(t, 2, p.Retrier)
	require.Equal(t, 1, p.Catcher)
	require.Equal(t, "C", p.Next)
	require.Equal(t, "Busy", *p.Error)
}

func TestProbeGivesTheContextObject(t *testing.T) {
	for _, definition := range []string{
		`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"all.$": "$$", "name.$": "$$.State.Name"}, "End": true}}}`,
		`{"StartAt": "A", "QueryLanguage": "JSONata", "States": {"A": {"Type": "Pass", "Output": {"all": "{% $states.context %}", "name": "{% $states.context.State.Name %}"}, "End": true}}}`,
	} {
		p := probe.Probe{Context: parse(t, `{"State": {"Name": "Z"}}`).(*value.Object)}
		probed(t, definition, `{}`, &p)
		require.ElementsMatch(t, []string{"all", "name"}, p.Output.(*value.Object).Keys())
		all, _ := p.Output.(*value.Object).Get("all")
		require.Equal(t, `{"State":{"Name":"Z"}}`, value.String(all))
		name, _ := p.Output.(*value.Object).Get("name")
		require.Equal(t, "Z", name)
	}
}
