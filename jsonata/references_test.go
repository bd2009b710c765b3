package jsonata

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReferences(t *testing.T) {
	for _, c := range []struct {
		expr string
		want []Reference
	}{
		{`$states.input.a[0].b + $x`, []Reference{
			{Name: "states", Path: []string{"input", "a"}, Pos: 7, TopLevel: true}, {Name: "x", Pos: 25, TopLevel: true}}},
		{`phone.x`, []Reference{{Bare: true, Path: []string{"phone", "x"}, Pos: 5, TopLevel: true}}},
		{`$`, []Reference{{Pos: 1, TopLevel: true}}},
		{`$$.a`, []Reference{{Name: "$", Path: []string{"a"}, Pos: 2, TopLevel: true}}},
		{`$a[b > $.c]`, []Reference{{Name: "a", Pos: 2, TopLevel: true}, {Bare: true, Path: []string{"b"}, Pos: 4}, {Pos: 8, Path: []string{"c"}}}},
		{`$a.(b; $c)`, []Reference{{Name: "a", Pos: 2, TopLevel: true}, {Bare: true, Path: []string{"b"}, Pos: 5}, {Name: "c", Pos: 9}}},
		{`($x := 1; $x + $y)`, []Reference{{Name: "y", Pos: 17, TopLevel: true}}},
		{`function($x){ $x & z }`, []Reference{{Bare: true, Path: []string{"z"}, Pos: 20, TopLevel: true}}},
		{`$a@$b#$i.c[$i = $b]`, []Reference{{Name: "a", Pos: 2, TopLevel: true}}},
		{`$sum(phone)`, []Reference{{Name: "sum", Pos: 4, TopLevel: true, Call: true}, {Bare: true, Path: []string{"phone"}, Pos: 10, TopLevel: true}}},
		{`{"k": phone}`, []Reference{{Bare: true, Path: []string{"phone"}, Pos: 11, TopLevel: true}}},
		{`$a{b: c}`, []Reference{{Name: "a", Pos: 2, TopLevel: true}, {Bare: true, Path: []string{"b"}, Pos: 4}, {Bare: true, Path: []string{"c"}, Pos: 7}}},
		{`$a^(>d)`, []Reference{{Name: "a", Pos: 2, TopLevel: true}, {Bare: true, Path: []string{"d"}, Pos: 6}}},
		{`$a ~> |b|{"c": d}|`, []Reference{{Name: "a", Pos: 2, TopLevel: true}, {Bare: true, Path: []string{"b"}, Pos: 8}, {Bare: true, Path: []string{"d"}, Pos: 16}}},
		{`(phone).x`, []Reference{{Bare: true, Path: []string{"phone"}, Pos: 6, TopLevel: true}}},
		{`**.x`, nil},
		{`$exists($a.b)`, []Reference{{Name: "exists", Pos: 7, TopLevel: true, Call: true}, {Name: "a", Path: []string{"b"}, Pos: 10, TopLevel: true, Tested: true}}},
		{`$exists($a & $b)`, []Reference{{Name: "exists", Pos: 7, TopLevel: true, Call: true}, {Name: "a", Pos: 10, TopLevel: true}, {Name: "b", Pos: 15, TopLevel: true}}},
		{`($exists := 1; $exists($a))`, []Reference{{Name: "a", Pos: 25, TopLevel: true}}},
	} {
		require.Equal(t, c.want, MustCompile(c.expr).References(), c.expr)
	}
}

func TestHas(t *testing.T) {
	e, err := Compile(`1`, Options{Functions: map[string]*Function{"extra": MustFunction("<:n>", nil)}, Without: []string{"eval"}})
	require.NoError(t, err)
	for name, want := range map[string]bool{"sum": true, "extra": true, "eval": false, "nope": false} {
		require.Equal(t, want, e.Has(name), name)
	}
}
