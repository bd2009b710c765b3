package asl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

// The tree holds the expressions of a JSONata state compiled, in the order of the
// definition. One that does not parse has its text only: Validate reports it.
func TestParseCompilesExpressions(t *testing.T) {
	const text = `{"Type": "Pass", "QueryLanguage": "JSONata", "End": true,
		"Output": {"b": ["{% 1 %}", "plain"], "a": {"c": "{% ( %}"}, "d": "{% 2 %}"}, "Assign": {"x": "x"}}`
	s := state[*asl.PassState](t, text)
	list := s.Output.Value.Expressions
	require.Len(t, list, 3)
	require.Equal(t, " 1 ", list[0].Parsed.String())
	require.Equal(t, asl.Expression{Text: "{% ( %}"}, *list[1])
	require.Equal(t, " 2 ", list[2].Parsed.String())
	require.Nil(t, s.Output.Value.Root)
	require.Empty(t, s.Assign.Value.Expressions)
}

func TestExpressions(t *testing.T) {
	for text, want := range map[string]string{"{% 1 %}": " 1 ", "{%%}": "", "{%{%1%}%}": "{%1%}"} {
		source, ok := asl.ExpressionSource(text)
		require.True(t, ok, "%q", text)
		require.Equal(t, want, source)
	}
	for _, text := range []string{"{%}", "", " {% 1 %}", "{% 1 %} ", "{% 1", "1 %}"} {
		source, ok := asl.ExpressionSource(text)
		require.False(t, ok, "%q", text)
		require.Empty(t, source)
	}
}
