package asltest

import (
	"regexp"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// literal is a string or a number in a JSONata expression.
var literal = regexp.MustCompile(`'([^'\\]*)'|"([^"\\]*)"|\b\d+(?:\.\d+)?\b`)

// constantsOf returns what the rules of the Choice states of a machine compare with, and
// numbers beside those that they compare with.
func constantsOf(m *asl.StateMachine) []any {
	var all []any
	add := func(v any) {
		all = append(all, v)
		if n, ok := v.(int64); ok {
			all = append(all, n-1, n+1)
		}
	}
	var addRule func(r *asl.ChoiceRule)
	addRule = func(r *asl.ChoiceRule) {
		if r.Operand != nil {
			add(r.Operand)
		}
		for _, inner := range [][]asl.ChoiceRule{r.And, r.Or} {
			for i := range inner {
				addRule(&inner[i])
			}
		}
		if r.Not != nil {
			addRule(r.Not)
		}
		if r.Condition.Value.Expression == nil {
			return
		}
		for _, found := range literal.FindAllStringSubmatch(r.Condition.Value.Expression.Text, -1) {
			switch {
			case found[1] != "":
				add(found[1])
			case found[2] != "":
				add(found[2])
			default:
				if n, err := value.ParseString(found[0]); err == nil {
					add(n)
				}
			}
		}
	}
	for st := range m.All() {
		if choice, ok := st.(*asl.ChoiceState); ok {
			for i := range choice.Choices {
				addRule(&choice.Choices[i])
			}
		}
	}
	return all
}
