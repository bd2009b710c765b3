package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonata"
)

const expressions = `{"QueryLanguage": "JSONata", "StartAt": "C", "States": {
	"C": {"Type": "Choice", "Choices": [{"Condition": "{% 1 = 1 %}", "Output": ["{% 1 %}", "{% 2 %}"], "Next": "F"}], "Default": "F"},
	"F": {"Type": "Fail", "Error": "{% 'E' & $string($states.input) %}", "Cause": "c"}}}`

// runExpressions runs the machine of expressions after a change of its tree.
func runExpressions(t *testing.T, change func(c *asl.ChoiceState, f *asl.FailState), want string) {
	m, err := asl.Parse([]byte(expressions))
	require.NoError(t, err)
	change(m.States.Get("C").(*asl.ChoiceState), m.States.Get("F").(*asl.FailState))
	p, err := machine.Compile(m, machine.Options{})
	require.NoError(t, err)
	h := newHost(t, p, parse(t, `0`))
	require.NotNil(t, h.run())
	h.requireOutcome(want)
}

// Compile takes the expressions that Parse has compiled.
func TestCompileTakesParsedExpressions(t *testing.T) {
	runExpressions(t, func(*asl.ChoiceState, *asl.FailState) {}, `!E[1,2]: c`)
	compiled := func(source string) *jsonata.Expr {
		e, err := jsonata.Compile(source, intrinsics.Dialect)
		require.NoError(t, err)
		return e
	}
	runExpressions(t, func(c *asl.ChoiceState, f *asl.FailState) {
		c.Choices[0].Output.Value.Expressions[1].Parsed = compiled("3")
		f.Error.Value.Expression.Parsed = compiled("'F' & $string($states.input)")
	}, `!F[1,3]: c`)
	runExpressions(t, func(c *asl.ChoiceState, f *asl.FailState) {
		c.Choices[0].Condition.Value.Expression.Parsed = compiled("false")
	}, `!E0: c`)
}

// A host may change a tree, or build one, without compiling its expressions.
func TestCompileCompilesOtherExpressions(t *testing.T) {
	runExpressions(t, func(c *asl.ChoiceState, f *asl.FailState) {
		c.Choices[0].Output.Value.Source = []any{"{% 4 %}", "{% 2 %}"}
		f.Error.Value.Expression.Parsed = nil
	}, `!E[4,2]: c`)
	runExpressions(t, func(c *asl.ChoiceState, f *asl.FailState) {
		c.Choices[0].Output.Value = asl.Template{Source: "{% 5 %}"}
		f.Error.Value.Expression = &asl.Expression{Text: "{% 'G' %}"}
	}, `!G: c`)
}
