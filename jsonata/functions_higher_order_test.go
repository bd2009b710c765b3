package jsonata

import (
	"testing"

	"github.com/stretchr/testify/require"
)

var higherOrderTests = []wanted{
	{`$map([1,2,3], function($v){$v * 2})`, `[2,4,6]`},
	{`$map([5,6], function($v,$i){$i})`, `[0,1]`},
	{`$map([5,6], function($v,$i,$a){$count($a) + $i})`, `[2,3]`},
	{`$map([1,2], function($v){$v = 1 ? $v})`, `1`},
	{`$map([1], function($v){$v})`, `1`},
	{`$map([1,2], function($v){$nothing})`, `undefined`},
	{`$map(3, function($v,$i,$a){[$v,$i,$a]})`, `[3,0,3]`},
	{`$map($nothing, $string)`, `undefined`},
	{`$map([1,2], $string)`, `["1","2"]`},
	{`$map([[1,2],[3]], $count)`, `[2,1]`},
	{`$map([{"a":1},{"b":1,"c":2},{}], $keys)`, `[["a"],["b","c"],[]]`},
	{`$map([1,2], "x")`, `T0410: Argument 2 of function "map" does not match function signature`},
	{`$map([1,2], $substring)`, `T0410: Argument 3 of function "map" does not match function signature`},
	{`$map(["a","b"], $append)`, `[["a",0],["b",1]]`},
	{`$map(["abc","de"], $length)`, `[3,2]`},
	{`$filter([1,2,3,4], function($v){$v % 2 = 0})`, `[2,4]`},
	{`$filter(["a","b","c"], function($v,$i){$i != 1})`, `["a","c"]`},
	{`$filter([0,"",null,[],{},false,[0],[[]],"x",{"a":0},[0,1]], function($v){$v})`, `["x",{"a":0},[0,1]]`},
	{`$filter([1,2], function($v){1/0})`, `D1001: Number out of range: null`},
	{`$filter([3], $boolean)`, `3`},
	{`$filter([1,2], function($v){false})`, `undefined`},
	{`$filter($nothing, $boolean)`, `undefined`},
	{`$filter([1,2], function($v,$i,$a){$a[-1] = $v})`, `2`},
	{`$single([1,2,3], function($v){$v = 2})`, `2`},
	{`$single([1,2,2], function($v){$v = 2})`, `D3138: The $single() function expected exactly 1 matching result.  Instead it matched more.`},
	{`$single([1,2,3], function($v){$v = 4})`, `D3139: The $single() function expected exactly 1 matching result.  Instead it matched 0.`},
	{`$single([[1,2]])`, `[1,2]`},
	{`$single([1,2])`, `D3138: The $single() function expected exactly 1 matching result.  Instead it matched more.`},
	{`$single([])`, `D3139: The $single() function expected exactly 1 matching result.  Instead it matched 0.`},
	{`$single(8)`, `8`},
	{`$single($nothing)`, `undefined`},
	{`$single(["a","b"], function($v,$i){$i = 1})`, `"b"`},
	{`$reduce([1,2,3,4], function($a,$b){$a * $b})`, `24`},
	{`$reduce([1,2], function($a,$b){$a & $b}, "0")`, `"012"`},
	{`$reduce([1], function($a,$b){$a + $b})`, `1`},
	{`$reduce([], function($a,$b){$a + $b})`, `undefined`},
	{`$reduce([], function($a,$b){$a + $b}, 3)`, `3`},
	{`$reduce([1,2], function($a){$a})`, `D3050: The second argument of reduce function must be a function with at least two arguments`},
	{`$reduce($nothing, function($a){$a})`, `undefined`},
	{`$reduce([7,8,9], function($a,$b,$i){$append($a,$i)}, [])`, `[0,1,2]`},
	{`$reduce([7,8], function($a,$b,$i,$l){$append($a,$count($l))}, [])`, `[2,2]`},
	{`$reduce(["a","b","c"], $append)`, `["a","b","c"]`},
	{`$reduce([2,3,2], $power)`, `64`},
	{`$reduce([1,2], $sum)`, `D3050: The second argument of reduce function must be a function with at least two arguments`},
	{`$each({"b":1,"2":2,"a":3,"1":4}, function($v,$k){$k & $v})`, `["14","22","b1","a3"]`},
	{`$each({"a":1}, function($v,$k,$o){$keys($o)})`, `["a"]`},
	{`$each({"a":1,"b":2}, function($v){$v = 2 ? $v})`, `2`},
	{`$each({}, function($v){$v})`, `undefined`},
	{`$each($nothing, function($v){$v})`, `undefined`},
	{`$each([1], function($v){$v})`, `T0410: Argument 1 of function "each" does not match function signature`},
	{`$sift({"a":1,"b":0,"c":"x","1":true}, function($v){$v})`, `{"1":true,"a":1,"c":"x"}`},
	{`$string($sift({"b":1,"a":2,"1":3}, function($v,$k){$k != "a"}))`, `"{\"1\":3,\"b\":1}"`},
	{`$sift({"a":1}, function($v){false})`, `undefined`},
	{`$sift({}, function($v){true})`, `undefined`},
	{`$sift({"a":1,"b":2}, function($v,$k,$o){$o.a = $v})`, `{"a":1}`},
	{`$sift($nothing, function($v){true})`, `undefined`},
}

func TestHigherOrderFunctions(t *testing.T) {
	for _, test := range higherOrderTests {
		t.Run(test.expr, test.check)
	}
}

// jsonata-js fails here with an exception of JavaScript.
func TestHigherOrderFunctionsInTailPosition(t *testing.T) {
	for _, test := range []wanted{
		{`($f := function($a) {$map($a, $string)}; $f([1, 2]))`, `["1","2"]`},
		{`($f := function($a) {$sort($a, function($x, $y) {$x > $y})}; $f([3, 1, 2]))`, `[1,2,3]`},
	} {
		test.check(t)
	}
}

func TestMapCallsCheaply(t *testing.T) {
	var input []any
	for i := range 100 {
		input = append(input, int64(i%50))
	}
	e := MustCompile(`$map($, function($v) {$v > 3})`)
	allocs := testing.AllocsPerRun(50, func() {
		_, err := e.Eval(input, nil, nil)
		require.NoError(t, err)
	})
	require.Less(t, allocs, 30.0, "calls of the function should not allocate")
}

func TestTruth(t *testing.T) {
	st := new(state)
	st.fuel = 1 << 20
	for _, test := range []struct {
		v                any
		truthy, jsTruthy bool
	}{
		{Undefined, false, false},
		{nil, false, false},
		{[]any{}, false, true},
		{[]any{[]any{int64(0), "x"}}, true, true},
		{"", false, false},
		{"0", true, true},
		{0.5, true, true},
		{&Lambda{}, true, true},
	} {
		require.Equal(t, test.truthy, st.isTruthy(test.v), "%v", test.v)
		require.Equal(t, test.jsTruthy, isJSTruthy(test.v), "%v", test.v)
	}
}
