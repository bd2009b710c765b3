package query_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/command/internal/query"
	"github.com/gostates/gostates/value"
)

const output = `{"b": {"x": 1.0}, "a": [{"id": 1, "n": "one"}, {"id": 2, "n": "two"}], "z": null}`

func TestSelect(t *testing.T) {
	v, err := value.ParseString(output)
	require.NoError(t, err)
	for expression, want := range map[string]string{
		"$.b.x":               `[1.0]`,
		"b":                   `[{"x":1.0}]`,
		"$.a[*].id":           `[1,2]`,
		"$.a[?(@.id == 2)].n": `["two"]`,
		"$.no":                `[]`,
		"$.a":                 `[[{"id":1,"n":"one"},{"id":2,"n":"two"}]]`,
		"$.z":                 `[null]`,
	} {
		e, err := query.Parse(expression)
		require.NoError(t, err, expression)
		got, err := e.Select(v)
		require.NoError(t, err, expression)
		if got == nil {
			got = []any{}
		}
		require.Equal(t, want, value.String(got), expression)
	}
	require.JSONEq(t, output, value.String(v), "the value is left as it was")
}

func TestBadExpressionsAreErrors(t *testing.T) {
	for _, expression := range []string{"$[", "$.a[?(", "]"} {
		_, err := query.Parse(expression)
		require.ErrorContains(t, err, "query: ", expression)
	}
}
