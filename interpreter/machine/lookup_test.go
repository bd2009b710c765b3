package machine_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
)

// A lookup gives what an evaluation gives. The parentheses of the twin keep it from being
// looked up.
func TestLookupsGiveWhatEvaluationsGive(t *testing.T) {
	race.OneGoroutine(t)
	for _, expression := range []string{
		`$states`, `$states.input`, `$states.input.a`, `$states.input.a.b`, `$states.result`, `$states.result.a`, `$states.errorOutput`, `$states.other`,
		`$states.context.State.Name`, `$states.context.Map`, `$states.context.Map.Item.Value`, `$states.context.Map.Item.Index`,
		`$states.context.Map.Item.Value.a`, `$states.context.Map.Item.Other`, `$v`, `$v.a`, `$v.a.b`, `$none`, `$none.a`, `$sum`, `$states.input.*`,
	} {
		for _, input := range []string{
			`{"a": {"b": 1}}`, `{"a": {"b": null}}`, `{"a": {"b": "text"}}`, `{"a": {"b": [1, 2]}}`, `{"a": [{"b": 1}, {"b": 2}]}`, `{"a": [{"b": 1}]}`, `{"a": []}`,
			`{"a": {"b": {}}}`, `{"a": {"b": 123456789012345678901234567890}}`, `{"a": {"b": 1.5}}`, `{"a": 1}`, `{"a": null}`, `{}`, `[]`, `[{"a": {"b": true}}]`, `7`, `"x"`, `null`,
		} {
			run := func(around string) []any {
				e := fmt.Sprintf("%q", "{% "+fmt.Sprintf(around, expression)+" %}")
				h := newHost(t, compile(t, `{"QueryLanguage": "JSONata", "StartAt": "V", "States": {
					"V": {"Type": "Pass", "Assign": {"v": "{% $states.input %}"}, "Next": "P"},
					"P": {"Type": "Parallel", "Next": "M", "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": {"is": `+e+`}, "End": true}}}],
						"Catch": [{"ErrorEquals": ["States.ALL"], "Output": "failed", "Next": "M"}]},
					"M": {"Type": "Map", "Items": ["{% $v %}"], "ItemSelector": {"of": "{% $states.input %}", "is": `+e+`}, "End": true,
						"ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "Output": [`+e+`, "{% $states.input %}"], "End": true}}}}}}`,
					machine.Options{}), parse(t, input))
				out := h.run()
				return []any{out.Output, out.Error}
			}
			require.Equal(t, run(`(%s)`), run(`%s`), "%s of %s", expression, input)
		}
	}
}
