package jsonata

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

var objectTests = []wanted{
	{`$keys({"b":1,"10":2,"a":3,"9":4})`, `["9","10","b","a"]`},
	{`$keys([{"b":1},[{"z":1,"5":1}],7,{"a":1,"3":1}])`, `["3","5","b","z","a"]`},
	{`$keys({"a":1})`, `"a"`},
	{`$keys({})`, `undefined`},
	{`$keys("x")`, `undefined`},
	{`$keys($nothing)`, `undefined`},
	{`$keys(null)`, `undefined`},
	{`$keys($sum)`, `undefined`},
	{`$lookup({"a":[1,2]},"a")`, `[1,2]`},
	{`$lookup([{"a":1},{"b":2},[{"a":[3,[4]]}],5],"a")`, `[1,3,[4]]`},
	{`$lookup([{"a":1}],"a")`, `1`},
	{`$lookup({"a":1},"b")`, `undefined`},
	{`$lookup("text","length")`, `undefined`},
	{`$lookup({"a":1},$nothing)`, `undefined`},
	{`$lookup([{"a":null}],"a")`, `null`},
	{`$merge([{"b":1,"2":3},{"1":1,"b":2}])`, `{"1":1,"2":3,"b":2}`},
	{`$string($merge([{"b":1,"2":3},{"1":1,"b":2}]))`, `"{\"1\":1,\"2\":3,\"b\":2}"`},
	{`$merge({"a":1})`, `{"a":1}`},
	{`$merge([])`, `{}`},
	{`$merge($nothing)`, `undefined`},
	{`$merge([{"a":1},"x"])`, `T0412: Argument 1 of function "merge" must be an array of "objects"`},
	{`$spread({"b":1,"1":2})`, `[{"1":2},{"b":1}]`},
	{`$spread({"a":1})`, `{"a":1}`},
	{`$spread([{"a":1}])`, `[{"a":1}]`},
	{`$spread([{"a":1,"b":2},3,null,[[{"c":4}]]])`, `[{"a":1},{"b":2},3,null,{"c":4}]`},
	{`$spread([])`, `undefined`},
	{`$spread({})`, `undefined`},
	{`$spread([{}])`, `[]`},
	{`$spread("x")`, `"x"`},
	{`$spread($nothing)`, `undefined`},
	{`$type(1)`, `"number"`},
	{`$type(null)`, `"null"`},
	{`$type([])`, `"array"`},
	{`$type({})`, `"object"`},
	{`$type("")`, `"string"`},
	{`$type(false)`, `"boolean"`},
	{`$type($type)`, `"function"`},
	{`$type(/a/)`, `"function"`},
	{`$type(0/0)`, `"object"`},
	{`$type(1/0)`, `D1001: Number out of range: null`},
	{`$type($nothing)`, `undefined`},
	{`$string($clone({"b":1,"1":{"y":1,"0":1}}))`, `"{\"1\":{\"0\":1,\"y\":1},\"b\":1}"`},
}

func TestObjectFunctions(t *testing.T) {
	for _, test := range objectTests {
		t.Run(test.expr, test.check)
	}
}

// An object of the input has its keys as they were read; the functions see them
// in JavaScript's order.
func TestKeysComeInJavaScriptsOrder(t *testing.T) {
	input, err := value.ParseString(`{"b": 1, "10": 2, "01": 3, "9": 4, "4294967295": 5, "4294967294": 6, "-1": 7}`)
	require.NoError(t, err)
	for expr, want := range map[string]string{
		`$keys($)`:                                 `["9","10","4294967294","b","01","4294967295","-1"]`,
		`$each($, function($v) {$v})`:              `[4,2,6,1,3,5,7]`,
		`$spread($).*`:                             `[4,2,6,1,3,5,7]`,
		`$string($merge([{"x": 0}, $]))`:           `"{\"9\":4,\"10\":2,\"4294967294\":6,\"x\":0,\"b\":1,\"01\":3,\"4294967295\":5,\"-1\":7}"`,
		`$string($sift($, function($v) {$v < 5}))`: `"{\"9\":4,\"10\":2,\"b\":1,\"01\":3}"`,
		`$string($clone($))`:                       `"{\"9\":4,\"10\":2,\"4294967294\":6,\"b\":1,\"01\":3,\"4294967295\":5,\"-1\":7}"`,
	} {
		got, err := MustCompile(expr).Eval(input, nil, nil)
		require.NoError(t, err, expr)
		require.Equal(t, want, value.String(got), expr)
	}
}
