package machine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
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
