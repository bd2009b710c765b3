package jsonpath

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func TestSet(t *testing.T) {
	for _, c := range []struct{ rule, root, path, want string }{
		{"the root is replaced", `{"a":1}`, "$", `"new"`},
		{"a new key goes last", `{"b":1}`, "$.a", `{"b":1,"a":"new"}`},
		{"an existing key keeps its place", `{"a":1,"b":2}`, "$.a", `{"a":"new","b":2}`},
		{"null is overwritten", `{"a":null}`, "$.a", `{"a":"new"}`},
		{"missing objects are made", `{}`, "$.a.b.c", `{"a":{"b":{"c":"new"}}}`},
		{"beside what is there", `{"a":{"x":1}}`, "$.a.b.c", `{"a":{"x":1,"b":{"c":"new"}}}`},
		{"an element", `{"l":[1,2]}`, "$.l[1]", `{"l":[1,"new"]}`},
		{"within an element", `{"l":[{"a":1},2]}`, "$.l[0].b", `{"l":[{"a":1,"b":"new"},2]}`},
		{"an element of the root", `[1]`, "$[0]", `["new"]`},
		{"a quoted name", `{}`, "$['a b'].c", `{"a b":{"c":"new"}}`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			root := parseValue(t, c.root)
			before := value.String(root)
			p, err := ParseReference(c.path)
			require.NoError(t, err)
			got, err := p.Set(root, "new")
			require.NoError(t, err)
			require.Equal(t, c.want, value.String(got))
			require.Equal(t, before, value.String(root), "the root is not changed")
		})
	}
}

func TestSetErrorNamesPathAndPlace(t *testing.T) {
	for _, c := range []struct{ root, path, message string }{
		{`"text"`, "$.x", `Unable to apply ReferencePath $.x to input "text"`},
		{`[1]`, "$.x.y", `Unable to apply ReferencePath $.x.y to input [1]`},
		{`null`, "$.x", `Unable to apply ReferencePath $.x to input null`},
		{`{}`, "$[0]", `Unable to apply ReferencePath $[0] to input {}: there is an object, not an array, at $`},
		{`{"a":{"b":"s"}}`, "$.a.b.c", `Unable to apply ReferencePath $.a.b.c to input {"a":{"b":"s"}}: there is a string, not an object, at $['a']['b']`},
		{`{"a":null}`, "$.a.b", `Unable to apply ReferencePath $.a.b to input {"a":null}: there is null, not an object, at $['a']`},
		{`{"a":[1]}`, "$.a.b", `Unable to apply ReferencePath $.a.b to input {"a":[1]}: there is an array, not an object, at $['a']`},
		{`{"a":[1]}`, "$.a[1]", `Unable to apply ReferencePath $.a[1] to input {"a":[1]}: the array at $['a'] has 1 elements`},
		{`{}`, "$.a[0]", `Unable to apply ReferencePath $.a[0] to input {}: there is an object, not an array, at $['a']`},
		{`{"a":[1]}`, "$.a[*]", `Unable to apply ReferencePath $.a[*] to input {"a":[1]}: [*] does not name one place`},
		{`{}`, "$['a','b']", `Unable to apply ReferencePath $['a','b'] to input {}: ['a', 'b'] does not name one place`},
	} {
		t.Run(c.path+" in "+c.root, func(t *testing.T) {
			_, err := mustParse(t, c.path).Set(parseValue(t, c.root), "new")
			require.EqualError(t, err, c.message)
			require.Equal(t, Invalid, err.(*Error).Kind)
		})
	}
}

func TestSetSharesWhatIsNotOnThePath(t *testing.T) {
	root := parseValue(t, `{"a":{"x":1},"b":{"y":2}}`).(*value.Object)
	got, err := mustParse(t, "$.a.x").Set(root, int64(5))
	require.NoError(t, err)
	before, _ := root.Get("b")
	after, _ := got.(*value.Object).Get("b")
	require.Same(t, before, after)
}
