package machine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

// A snapshot is of one definition and one set of options, whatever Comments say.
func TestDigestIsOfWhatExecutionsDependOn(t *testing.T) {
	const definition = `{"StartAt": "T", "States": {
		"T": {"Type": "Task", "Resource": "f", "Parameters": {"Comment": "data"}, "Next": "C",
			"Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}], "Catch": [{"ErrorEquals": ["E"], "Next": "P"}]},
		"C": {"Type": "Choice", "Choices": [{"And": [{"Variable": "$.a", "IsPresent": true}, {"Not": {"Variable": "$.b", "IsNull": true}}], "Next": "P"}], "Default": "M"},
		"P": {"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}], "Next": "M"},
		"M": {"Type": "Map", "ItemProcessor": {"StartAt": "Comment", "States": {"Comment": {"Type": "Succeed"}}}, "End": true}}}`
	p := compile(t, definition, machine.Options{})
	x := p.New(machine.Start{ID: "x"})
	var r machine.Result
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	data := marshal(t, p, x)

	commented := strings.NewReplacer(`{"StartAt"`, `{"Comment": "new", "StartAt"`, `"Type"`, `"Comment": "new", "Type"`,
		`{"ErrorEquals"`, `{"Comment": "new", "ErrorEquals"`, `{"And"`, `{"Comment": "new", "And"`).Replace(definition)
	require.Greater(t, strings.Count(commented, "new"), 10)
	for name, same := range map[string]*machine.Program{
		"white space":   compile(t, strings.ReplaceAll(definition, " ", "\n  "), machine.Options{}),
		"Comments":      compile(t, commented, machine.Options{}),
		"defaults":      compile(t, definition, machine.Options{StateMachineName: "StateMachine", Limits: machine.Limits{PayloadBytes: 256 << 10}}),
		"EveryResource": compile(t, definition, machine.Options{EveryResource: true}),
	} {
		require.Equal(t, p.Digest(), same.Digest(), name)
		_, err := same.Restore(data)
		require.NoError(t, err, name)
	}
	for name, o := range map[string]machine.Options{
		"type":            {Express: true},
		"name":            {StateMachineName: "other"},
		"ARN":             {StateMachineArn: "arn:aws:states:eu-west-1:000000000000:stateMachine:StateMachine"},
		"role":            {RoleArn: "arn:aws:iam::000000000000:role/other"},
		"activities":      {Activities: []string{"f"}},
		"PayloadBytes":    {Limits: machine.Limits{PayloadBytes: 10}},
		"HistoryEvents":   {Limits: machine.Limits{HistoryEvents: -1}},
		"VariableBytes":   {Limits: machine.Limits{VariableBytes: 10}},
		"VariablesSize":   {Limits: machine.Limits{VariablesSize: 10}},
		"Duration":        {Limits: machine.Limits{Duration: time.Hour}},
		"MapConcurrency":  {Limits: machine.Limits{MapConcurrency: 2}},
		"ExpressionSteps": {Limits: machine.Limits{ExpressionSteps: 9}},
		"StepTransitions": {Limits: machine.Limits{StepTransitions: 3}},
		"StepExpressions": {Limits: machine.Limits{StepExpressions: 3}},
	} {
		other := compile(t, definition, o)
		_, err := other.Restore(data)
		require.ErrorIs(t, err, machine.ErrDigest, name)
		require.ErrorIs(t, other.Step(x, machine.Event{Kind: machine.Tick}, began, &r), machine.ErrDigest, name)
	}
	for _, change := range []string{`"data"`, `"C"`, `"MaxAttempts": 1`} {
		_, err := compile(t, strings.ReplaceAll(definition, change, change[:len(change)-1]+"2"+change[len(change)-1:]), machine.Options{}).Restore(data)
		require.ErrorIs(t, err, machine.ErrDigest, change)
	}
	two := machine.Options{Activities: []string{"b", "a", "b"}, Limits: machine.Limits{Duration: -1}}
	again := machine.Options{Activities: []string{"a", "b"}, Limits: machine.Limits{Duration: -9}}
	require.Equal(t, compile(t, definition, two).Digest(), compile(t, definition, again).Digest())
}
