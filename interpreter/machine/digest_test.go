package machine_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

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
	others := map[string]machine.Options{"ARN": {StateMachineArn: "arn:aws:states:eu-west-1:000000000000:stateMachine:StateMachine"}}
	for i := range reflect.TypeFor[machine.Options]().NumField() {
		var o machine.Options
		switch field := reflect.ValueOf(&o).Elem().Field(i); field.Interface().(type) {
		case string:
			field.SetString("other")
		case bool:
			field.SetBool(true)
		case float64:
			field.SetFloat(2)
		case []string:
			field.Set(reflect.ValueOf([]string{"f"}))
		case machine.Limits:
			continue
		default:
			t.Fatalf("is %s part of the digest?", field.Type())
		}
		others[reflect.TypeOf(o).Field(i).Name] = o
	}
	for i := range reflect.TypeFor[machine.Limits]().NumField() {
		for _, n := range []int64{-1, 9} {
			var o machine.Options
			reflect.ValueOf(&o.Limits).Elem().Field(i).SetInt(n)
			others[fmt.Sprint(reflect.TypeOf(o.Limits).Field(i).Name, n)] = o
		}
	}
	delete(others, "EveryResource") // it only decides what is compiled
	for name, o := range others {
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
