package machine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Rows of equalities choose the rule that they would choose one by one. The And around
// each rule of the twin hides the rows.
func TestManyEqualitiesOfAVariable(t *testing.T) {
	integers := func(from, to int) (rules []string) {
		for i := from; i < to; i++ {
			rules = append(rules, fmt.Sprintf(`"Variable": "$.v", "NumericEquals": %d`, i))
		}
		return rules
	}
	texts := func(names string) (rules []string) {
		for name := range strings.FieldsSeq(names) {
			rules = append(rules, `"Variable": "$.v", "StringEquals": "`+name+`"`)
		}
		return rules
	}
	long := strings.Repeat("x", 300)
	other := []string{`"Variable": "$.w", "IsPresent": true`}
	for name, rules := range map[string][]string{
		"integers":           integers(0, 10),
		"texts":              texts("a b c d e f g h i " + long),
		"a row of each":      append(integers(0, 8), texts("a b c d e f g h i")...),
		"each literal twice": append(integers(0, 8), integers(0, 8)...),
		"a gap":              append(append(integers(0, 8), `"Variable": "$.v", "NumericEquals": 2.5`), integers(10, 20)...),
		"after a test":       append(append(other, `"Variable": "$.v", "IsPresent": false`), integers(0, 10)...),
		"before another":     append(integers(0, 10), other...),
		"two variables":      append(append(integers(0, 8), `"Variable": "$.w", "NumericEquals": 3`), integers(8, 16)...),
		"of an operand":      append(append(integers(0, 8), `"Variable": "$.v", "NumericEqualsPath": "$.w"`), integers(8, 16)...),
		"less":               append(append(integers(0, 8), `"Variable": "$.v", "NumericLessThan": 100`), integers(8, 16)...),
	} {
		for _, input := range []string{
			`{"v": 0}`, `{"v": 3}`, `{"v": 7}`, `{"v": 8}`, `{"v": 15}`, `{"v": 99}`, `{"v": 3.0}`, `{"v": 2.5}`, `{"v": 1e30}`,
			`{"v": "a"}`, `{"v": "i"}`, `{"v": "3"}`, `{"v": ""}`, `{"v": "` + long + `"}`, `{"v": "` + long + `y"}`,
			`{"v": null}`, `{"v": true}`, `{"v": []}`, `{"v": {}}`, `{}`, `{"w": 3}`, `{"v": 50, "w": 3}`, `{"v": 50, "w": 50}`, `[]`, `null`,
		} {
			choose := func(around string) []any {
				var b strings.Builder
				for i, rule := range rules {
					fmt.Fprintf(&b, `{%s, "Next": "N%d"},`, fmt.Sprintf(around, rule), i)
				}
				states := &strings.Builder{}
				for i := range rules {
					fmt.Fprintf(states, `, "N%d": {"Type": "Pass", "Result": %d, "End": true}`, i, i)
				}
				h := newHost(t, compile(t, `{"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [`+strings.TrimSuffix(b.String(), ",")+
					`], "Default": "D"}, "D": {"Type": "Pass", "Result": "default", "End": true}`+states.String()+`}}`, machine.Options{}), parse(t, input))
				out := h.run()
				return []any{out.Output, out.Cause, h.r.Work}
			}
			require.Equal(t, choose(`"And": [{%s}]`), choose(`%s`), "%s: %s", name, input)
		}
	}
}

// Rows of Conditions choose the rule that they would choose one by one, and take as many
// steps. The parentheses of the twin make the Conditions another form; a rule in between
// that reads another part of the input ends a row.
func TestManyConditionsOfAPart(t *testing.T) {
	race.OneGoroutine(t)
	var integers, texts []string
	for i := range 10 {
		integers = append(integers, fmt.Sprintf(`$states.input.v = %d`, i))
		texts = append(texts, fmt.Sprintf(`$states.input.v = '%c'`, 'a'+i))
	}
	long := fmt.Sprintf(`$states.input.v = '%s'`, strings.Repeat("x", 300))
	for name, conditions := range map[string][]string{
		"integers":           integers,
		"texts":              append([]string{long}, texts...),
		"a row of each":      slices.Concat(integers, texts),
		"each literal twice": slices.Concat(integers, integers),
		"a gap":              slices.Concat(integers, []string{`$states.input.v = 2.5`}, texts),
		"a boolean":          slices.Concat(integers, []string{`$states.input.v = true`}, texts),
		"two parts":          slices.Concat(integers, []string{`$states.input.w = 3`}, integers[:8]),
		"of another order":   slices.Concat(texts, []string{`$states.input.v < 100`}, integers),
	} {
		for _, input := range []string{
			`{"v": 0}`, `{"v": 3}`, `{"v": 9}`, `{"v": 99}`, `{"v": 3.0}`, `{"v": 2.5}`, `{"v": 1e30}`,
			`{"v": "a"}`, `{"v": "j"}`, `{"v": "3"}`, `{"v": ""}`, `{"v": "` + strings.Repeat("x", 300) + `"}`, `{"v": "` + strings.Repeat("x", 301) + `"}`,
			`{"v": null}`, `{"v": true}`, `{"v": []}`, `{"v": [3]}`, `{"v": {}}`, `{}`, `{"w": 3}`, `{"v": 50, "w": 3}`, `[{"v": 3}]`, `7`, `null`,
		} {
			choose := func(around, between string) (output any, failed bool, work int) {
				var rules, states []string
				for i, c := range conditions {
					rules = append(rules, fmt.Sprintf(`{"Condition": %q, "Next": "N%d"}`, "{% "+fmt.Sprintf(around, c)+" %}", i))
					if between != "" {
						rules = append(rules, between)
					}
					states = append(states, fmt.Sprintf(`"N%d": {"Type": "Pass", "Output": %d, "End": true}`, i, i))
				}
				h := newHost(t, compile(t, `{"QueryLanguage": "JSONata", "StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [`+strings.Join(rules, ",")+
					`], "Default": "D"}, "D": {"Type": "Pass", "Output": "default", "End": true}, `+strings.Join(states, ",")+`}}`, machine.Options{}), parse(t, input))
				out := h.run()
				return out.Output, out.Cause != nil, h.r.Work
			}
			output, failed, work := choose(`%s`, "")
			wantOutput, wantFailed, _ := choose(`(%s)`, "")
			require.Equal(t, wantOutput, output, "%s: %s", name, input)
			require.Equal(t, wantFailed, failed, "%s: %s", name, input)
			_, _, wantWork := choose(`%s`, `{"Condition": false, "Next": "D"}`)
			require.Equal(t, wantWork, work, "%s: %s", name, input)
		}
	}
}

// Conditions share what they find only if they read the same part of the input, whatever
// characters the names have.
func TestConditionsOfLikeNames(t *testing.T) {
	for _, name := range []string{"a\x00b", `a" "b`, "a b", "a.b"} {
		quoted := value.String("{% $states.input.`" + name + "` = 2 %}")
		h := newHost(t, compile(t, `{"QueryLanguage": "JSONata", "StartAt": "C", "States": {
			"C": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.a.b = 1 %}", "Next": "D"}, {"Condition": `+quoted+`, "Next": "E"}], "Default": "F"},
			"D": {"Type": "Pass", "Output": "first", "End": true}, "E": {"Type": "Pass", "Output": "second", "End": true}, "F": {"Type": "Pass", "Output": "none", "End": true}}}`,
			machine.Options{}), parse(t, `{"a": {"b": 2}, `+value.String(name)+`: 3}`))
		require.Equal(t, "none", h.run().Output, "%q", name)
	}
}
