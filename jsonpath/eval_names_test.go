package jsonpath

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// The short way through the names at the end of a path gives the same results, errors
// and counted work as the general form, whatever the limits.
func TestNamesAtTheEnd(t *testing.T) {
	for _, path := range []string{
		"$[*]", "$[*].a", "$[*].a.b", "$[*][*].b", "$[1:3].a", "$[-2:].a.b", "$[0,2].a", "$[7,1]", "$[*].no", "$[*].a.no",
		"$[?(@.n > 1)]", "$[?(@.n >= 2)].a", "$[?(@.n != 3)].no", "$[?(@.n == 2 || @.a)].a.b", "$[?(@.n < '3')].n", "$[*][?(@.b == 5)].b",
		"$[?(@.n > 000000000000000002)].n", "$[?(@.n > 2.5)].n", "$[?(@.n > $[0].n)].n", "$[?('3' > @.n)].n", "$..b", "$..a[*].b", "$.*.a", "$.x.a[*]", "$.x.a.b[1:]", "$.x.l[*].a", "$.x.l[0:2].a", "$.x.l[?(@.a > 1)].a", "$.y.l[*].a",
	} {
		for _, text := range []string{
			`[{"n": 1, "a": {"b": 2}}, {"n": 2, "a": {"b": [3]}}, {"n": 3, "a": null}, {"n": 2.5}, {"a": "text"}, {"n": "2", "a": [{"b": 5}]}, 7, null]`,
			`[[{"b": 4}, {"b": 5}], [], {"a": [{"b": 5}]}]`,
			`{"x": {"a": 1, "l": [{"a": 1}, {"a": 2}, {"b": 3}]}, "y": {"a": 2}}`,
			`[]`,
		} {
			short, err := Parse(path)
			require.NoError(t, err)
			general, err := Parse(path)
			require.NoError(t, err)
			general.head, general.tail = 0, len(general.steps)+1
			v, err := value.ParseString(text)
			require.NoError(t, err)
			evaluate := func(p *Path, m *value.Meter) []any {
				v, err := p.GetWithin(v, 0, m)
				if err == nil {
					return []any{value.String(v), m}
				}
				return []any{err.Error(), m}
			}
			for n := range 120 {
				for _, m := range []value.Meter{{Steps: n, Bytes: 1 << 20}, {Steps: 1 << 20, Bytes: n}} {
					a, b := m, m
					require.Equal(t, evaluate(general, &b), evaluate(short, &a), "%s of %s with %+v", path, text, m)
				}
			}
		}
	}
}
