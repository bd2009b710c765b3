package asl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

func TestTemplateWithoutAnythingToEvaluate(t *testing.T) {
	s := state[*asl.PassState](t, `{"Type": "Pass", "Parameters": {"a": ["$.b", {"c": "States.UUID()"}]}, "End": true}`)
	require.Nil(t, s.Parameters.Value.Root)
	require.Equal(t, `{"a":["$.b",{"c":"States.UUID()"}]}`, value.String(s.Parameters.Value.Source))

	s = state[*asl.PassState](t, `{"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"a.$": "$.b"}, "End": true}`)
	require.Nil(t, s.Output.Value.Root, "no templates in JSONata states")
}

func TestTemplateParts(t *testing.T) {
	s := state[*asl.PassState](t, `{"Type": "Pass", "End": true, "Parameters":
		{"list": [1, {"x.$": "$.x"}], "plain": {"y": 1}, "call.$": "States.UUID()"}}`)
	root := s.Parameters.Value.Root
	require.Len(t, root.Fields, 3)
	list, plain, call := root.Fields[0], root.Fields[1], root.Fields[2]
	require.Equal(t, "list", list.Key)
	require.Equal(t, int64(1), list.Node.Items[0].Literal)
	x := list.Node.Items[1].Fields[0]
	require.Equal(t, "x", x.Key)
	require.Equal(t, "x.$", x.Node.Field)
	require.Equal(t, "$.x", x.Node.Path.String())
	require.Equal(t, `{"y":1}`, value.String(plain.Node.Literal))
	require.Equal(t, "call", call.Key)
	require.Equal(t, "States.UUID", call.Node.Call.Function())
}

// Literal keys come first, in their order; then those with .$, as a HashMap
// holds their names.
func TestTemplateOrder(t *testing.T) {
	s := state[*asl.PassState](t, `{"Type": "Pass", "End": true, "Parameters":
		{"b.$": "$.b", "z": 1, "a.$": "$.a", "p.$": "$.p", "c": 1, "BB.$": "$", "Aa.$": "$"}}`)
	var keys []string
	for _, f := range s.Parameters.Value.Root.Fields {
		keys = append(keys, f.Key)
	}
	require.Equal(t, []string{"z", "c", "p", "BB", "Aa", "a", "b"}, keys)
}
