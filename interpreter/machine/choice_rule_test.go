package machine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

// chosen runs a Choice state with one rule and returns "rule" or "default", or
// the cause of its failure.
func chosen(t *testing.T, rule, input string) any {
	t.Helper()
	p := compile(t, `{"StartAt": "Assign", "States": {
		"Assign": {"Type": "Pass", "Assign": {"v": [7, null], "o": {"list": []}}, "Next": "C"},
		"C": {"Type": "Choice", "Choices": [{`+rule+`, "Next": "Rule"}], "Default": "Default"},
		"Rule": {"Type": "Pass", "Result": "rule", "End": true},
		"Default": {"Type": "Pass", "Result": "default", "End": true}}}`, machine.Options{})
	outcome := newHost(t, p, parse(t, input)).run()
	if outcome.Cause != nil {
		return *outcome.Cause
	}
	return outcome.Output
}

// An index past the end of an array leads to nothing, although a path to it
// selects null. A null that is there is present.
func TestIsPresentOfAnIndex(t *testing.T) {
	for _, c := range []struct {
		path    string
		input   string
		present bool
	}{
		{"$.a[0]", `{"a": []}`, false},
		{"$.a[0]", `{"a": [null]}`, true},
		{"$.a[2]", `{"a": [1, 2]}`, false},
		{"$.a[1]", `{"a": [1, 2]}`, true},
		{"$.a[-1]", `{"a": [1, 2]}`, false},
		{"$.a[0].b", `{"a": []}`, false},
		{"$.a[0].b", `{"a": [{"b": null}]}`, true},
		{"$.a[0][1]", `{"a": [[1]]}`, false},
		{"$.a[0][0]", `{"a": [[1]]}`, true},
		{"$.a[0]", `{"a": {}}`, false},
		{"$.a", `{"a": null}`, true},
		{"$[0]", `[]`, false},
		{"$[0]", `[0]`, true},
		{"$[(@.length-1)]", `[]`, false},
		{"$[(@.length-1)]", `[null]`, true},
		{"$$.Execution.Input.a[0]", `{"a": []}`, false},
		{"$$.Execution.Input.a[0]", `{"a": [false]}`, true},
		{"$v[1]", `{}`, true},
		{"$v[2]", `{}`, false},
		{"$o.list[0]", `{}`, false},
		{"$unset[0]", `{}`, false},
		{"$.a[*]", `{"a": []}`, true}, // a list, if an empty one
	} {
		want, otherwise := "rule", "default"
		if !c.present {
			want, otherwise = otherwise, want
		}
		variable := `"Variable": "` + c.path + `", `
		require.Equal(t, want, chosen(t, variable+`"IsPresent": true`, c.input), "%s of %s", c.path, c.input)
		require.Equal(t, otherwise, chosen(t, variable+`"IsPresent": false`, c.input), "%s of %s", c.path, c.input)
		require.Equal(t, otherwise, chosen(t, `"Not": {`+variable+`"IsPresent": true}`, c.input), "%s of %s", c.path, c.input)
	}
}

// IsPresent guards what follows it in an And.
func TestIsPresentGuardsAnIndex(t *testing.T) {
	const rule = `"And": [{"Variable": "$.a[0]", "IsPresent": true}, {"Variable": "$.a[0].type", "StringEquals": "x"}]`
	require.Equal(t, "default", chosen(t, rule, `{"a": []}`))
	require.Equal(t, "rule", chosen(t, rule, `{"a": [{"type": "x"}]}`))
}

// Everywhere else an index past the end selects null.
func TestIndexPastTheEndIsNull(t *testing.T) {
	require.Equal(t, "rule", chosen(t, `"Variable": "$.a[0]", "IsNull": true`, `{"a": []}`))
	require.Equal(t, "default", chosen(t, `"Variable": "$.a[0]", "IsString": true`, `{"a": []}`))
}

// Conditions that compare the same part of the input with literals give what each gives
// alone. The parentheses of the twin make it another form.
func TestConditionsOfTheSamePart(t *testing.T) {
	conditions := []string{
		`$states.input.v.w = 1`, `$states.input.v.w = "a"`, `$states.input.v.w = true`, `$states.input.v = 2`, `$states.input.v.w = 2.5`,
		`$states.input.v.w = 1`, `$states.input.v.w = "b"`, `$states.input.v.w = false`, `$states.input.v = "c"`, `$states.input = 7`, `$states.input = 8`,
		`$states.input.v.w = null`, `$states.context.State.Name = "C"`,
	}
	for _, input := range []string{
		`{"v": {"w": 1}}`, `{"v": {"w": "a"}}`, `{"v": {"w": "b"}}`, `{"v": {"w": true}}`, `{"v": {"w": false}}`, `{"v": {"w": 2.5}}`, `{"v": {"w": 1.0}}`,
		`{"v": {"w": null}}`, `{"v": {"w": [1]}}`, `{"v": [{"w": 1}]}`, `{"v": [{"w": 1}, {"w": "b"}]}`, `{"v": 2}`, `{"v": "c"}`, `{"v": {}}`, `{}`, `7`, `8`, `"x"`, `null`, `[{"v": {"w": "b"}}]`,
	} {
		choose := func(around string) (any, *string) {
			var rules, states []string
			for i, c := range conditions {
				rules = append(rules, fmt.Sprintf(`{"Condition": %q, "Next": "N%d"}`, "{% "+fmt.Sprintf(around, c)+" %}", i))
				states = append(states, fmt.Sprintf(`"N%d": {"Type": "Pass", "Output": %d, "End": true}`, i, i))
			}
			p := compile(t, `{"QueryLanguage": "JSONata", "StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [`+
				strings.Join(rules, ",")+`]}, `+strings.Join(states, ",")+`}}`, machine.Options{})
			out := newHost(t, p, parse(t, input)).run()
			return out.Output, out.Cause
		}
		output, cause := choose(`%s`)
		wantOutput, wantCause := choose(`(%s)`)
		require.Equal(t, wantOutput, output, input)
		require.Equal(t, wantCause, cause, input)
	}
}
