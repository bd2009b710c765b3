package jsonata

import (
	"testing"

	"github.com/gostates/gostates/value"
	"github.com/stretchr/testify/require"
)

// An object that is put into itself is copied, so that results are trees.
func TestTransformMakesNoCycle(t *testing.T) {
	for expr, want := range map[string]string{
		`$ ~> |a|{"b": $}|`:          `{"a":{"b":{"b":1}}}`,
		`$ ~> |a|{"b": [{"c": $}]}|`: `{"a":{"b":[{"c":{"b":1}}]}}`,
		`$ ~> |$|{"b": $}|`:          `{"a":{"b":1},"b":{"a":{"b":1}}}`,
	} {
		v, err := MustCompile(expr).Eval(parsed(t, `{"a": {"b": 1}}`), nil, nil)
		require.NoError(t, err)
		require.Equal(t, want, value.String(v), expr)
	}
}
