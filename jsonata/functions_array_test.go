package jsonata

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/value"
)

var arrayTests = []wanted{
	{`$count($nothing)`, `0`},
	{`$count([])`, `0`},
	{`$count("x")`, `1`},
	{`$count([[1,2],[3]])`, `2`},
	{`$append([1],[2,3])`, `[1,2,3]`},
	{`$append(1,2)`, `[1,2]`},
	{`$append([],[])`, `[]`},
	{`$append($nothing,7)`, `7`},
	{`$append(7,$nothing)`, `7`},
	{`$append([1,2].($),[])`, `[1,2]`},
	{`$append(null,[null])`, `[null,null]`},
	{`$append("a",[["b"]])`, `["a",["b"]]`},
	{`$append([1..3][$ > 2],$nothing)`, `3`},
	{`$reverse([1,2,3])`, `[3,2,1]`},
	{`$reverse(["only"])`, `["only"]`},
	{`$reverse($nothing)`, `undefined`},
	{`$reverse([[1,2],[3]])`, `[[3],[1,2]]`},
	{`$sort([3,1.5,2,-1])`, `[-1,1.5,2,3]`},
	{`$sort(["é","z","Z","a","😀","～"])`, `["Z","a","z","é","😀","～"]`},
	{`$sort([1,"a"])`, `D3070: The single argument form of the sort function can only be applied to an array of strings or an array of numbers.  Use the second argument to specify a comparison function`},
	{`$sort(["a",1/0])`, `D1001: Number out of range: null`},
	{`$sort([true,false])`, `D3070: The single argument form of the sort function can only be applied to an array of strings or an array of numbers.  Use the second argument to specify a comparison function`},
	{`$sort([true])`, `[true]`},
	{`$sort([])`, `[]`},
	{`$sort($nothing)`, `undefined`},
	{`$sort("x")`, `["x"]`},
	{`$sort([{"k":1,"v":"a"},{"k":0,"v":"b"},{"k":1,"v":"c"},{"k":0,"v":"d"}], function($a,$b){$a.k > $b.k}).v`, `["b","d","a","c"]`},
	{`$sort([3,1,2,5,4], function($a,$b){$a - $b})`, `[4,5,2,1,3]`},
	{`$sort([3,1,2,5,4], function($a,$b){[]})`, `[4,5,2,1,3]`},
	{`$sort([3,1,2,5,4], function($a,$b){null})`, `[3,1,2,5,4]`},
	{`$sort([3,1,2,5,4], function($a,$b){$a % 2 = 0})`, `[3,1,5,4,2]`},
	{`$sort([2,1], $string)`, `T0410: Argument 2 of function "sort" does not match function signature`},
	{`$sort([2,1], $append)`, `[1,2]`},
	{`$sort([5,3], function($a){$a > 4})`, `[3,5]`},
	{`$shuffle([9])`, `[9]`},
	{`$shuffle($nothing)`, `undefined`},
	{`$distinct([1,2,1,3,2])`, `[1,2,3]`},
	{`$distinct(["a","A","a"])`, `["a","A"]`},
	{`$distinct([1,"1",true,null,1,"1",true,null])`, `[1,"1",true,null]`},
	{`$distinct([{"a":1,"b":[2]},{"b":[2],"a":1},{"a":1}])`, `[{"a":1,"b":[2]},{"a":1}]`},
	{`$distinct([[1,[2]],[1,[2]],[1,[3]]])`, `[[1,[2]],[1,[3]]]`},
	{`$distinct([0,-0,0.5,0.5])`, `[0,0.5]`},
	{`$distinct([7,7])`, `[7]`},
	{`$distinct([1..2].(5))`, `5`},
	{`$distinct({"a":1})`, `{"a":1}`},
	{`$distinct([])`, `[]`},
	{`$distinct($nothing)`, `undefined`},
	{`$distinct([[],{},[],{}])`, `[[],{}]`},
	{`$distinct([[[[[1]]]],[[[[1]]]],[[[[2]]]]])`, `[[[[[1]]]],[[[[2]]]]]`},
	{`$zip([1,2,3],["a","b"])`, `[[1,"a"],[2,"b"]]`},
	{`$zip([1],[])`, `[]`},
	{`$zip(1,2)`, `[[1,2]]`},
	{`$zip([1,2])`, `[[1],[2]]`},
	{`$zip([1],$nothing)`, `[]`},
	{`$zip([[1]],[[2]])`, `[[[1],[2]]]`},
	{`$zip()`, `T0410: Argument 1 of function "zip" does not match function signature`},
	{`[1,[2,{"a":3}]] = [1,[2,{"a":3}]]`, `true`},
	{`{"a":1,"b":2} = {"b":2,"a":1}`, `true`},
	{`{"a":1} = {"b":1}`, `false`},
	{`{"a":1} = {"a":1,"b":2}`, `false`},
	{`[1,2] = [2,1]`, `false`},
	{`[1] = 1`, `false`},
	{`$append([1,2].[$],3)`, `[[1],[2],3]`},
	{`$reverse([1,2].[$])`, `[[2],[1]]`},
	{`$distinct([1,1].[$])`, `[1]`},
	{`$zip([1,2].[$],[3,4])`, `[[[1],3],[[2],4]]`},
	{`$sort([2,1].[$], function($a,$b){$a[0] > $b[0]})`, `[[1],[2]]`},
	{`$map([1,2].[$], function($v){$v})`, `[[1],[2]]`},
	{`$filter([1,2].[$], function($v){$v})`, `[[1],[2]]`},
	{`$spread([1,2].[{"a":[$]}])`, `[{"a":[1]},{"a":[2]}]`},
}

func TestArrayFunctions(t *testing.T) {
	for _, test := range arrayTests {
		t.Run(test.expr, test.check)
	}
}

// dealt is a source of given random numbers.
type dealt struct {
	Vars
	next []float64
}

func (d *dealt) Now() time.Time { return time.Time{} }

func (d *dealt) Random() float64 {
	f := d.next[0]
	d.next = d.next[1:]
	return f
}

func TestShuffleDrawsOneNumberForEachItem(t *testing.T) {
	e := MustCompile(`$shuffle(["a", "b", "c", "d"])`)
	got, err := e.Eval(Undefined, &dealt{next: []float64{0.9, 0.1, 0.5, 0.99}}, nil)
	require.NoError(t, err)
	require.Equal(t, []any{"b", "c", "a", "d"}, got)
	got, err = e.Eval(Undefined, &dealt{next: []float64{0, 0, 0, 0}}, nil)
	require.NoError(t, err)
	require.Equal(t, []any{"d", "a", "b", "c"}, got)
}

func TestSortKeepsEqualItemsInOrder(t *testing.T) {
	var list []any
	for i := range 1000 {
		list = append(list, value.ObjectOf(value.Member{Key: "k", Value: int64(i * 7919 % 10)}, value.Member{Key: "n", Value: int64(i)}))
	}
	got, err := MustCompile(`$sort($, function($a, $b) {$a.k > $b.k})`).Eval(list, nil, nil)
	require.NoError(t, err)
	sorted := got.([]any)
	require.Len(t, sorted, len(list))
	number := func(v any, key string) int64 {
		n, _ := v.(*value.Object).Get(key)
		return n.(int64)
	}
	for i := 1; i < len(sorted); i++ {
		a, b := sorted[i-1], sorted[i]
		require.True(t, number(a, "k") < number(b, "k") || number(a, "k") == number(b, "k") && number(a, "n") < number(b, "n"))
	}
}

func TestArrayFunctionsDoNotChangeTheirArguments(t *testing.T) {
	input := []any{int64(3), int64(1), int64(2), int64(1)}
	before := append([]any(nil), input...)
	for _, expr := range []string{
		`$sort($)`, `$reverse($)`, `$distinct($)`, `$append($, 5)`, `$append($, $)`, `$zip($, $)`, `$shuffle($)`,
		`[$append($, 5), $append($, 6)]`, `$map($, function($v) {$v})`, `$filter($, function($v) {$v > 1})`,
	} {
		_, err := MustCompile(expr).Eval(input, &dealt{next: make([]float64, 9)}, nil)
		require.NoError(t, err, expr)
		require.Equal(t, before, input, expr)
	}
}

// Appending twice to one array must not let the second end up in the first.
func TestAppendedArraysAreApart(t *testing.T) {
	got, err := MustCompile(`($a := $append([1], 2); $b := $append($a, 3); $c := $append($a, 4); [[$b], [$c]])`).Eval(Undefined, nil, nil)
	require.NoError(t, err)
	require.Equal(t, []any{[]any{int64(1), int64(2), int64(3)}, []any{int64(1), int64(2), int64(4)}}, got)
}

func TestDistinctOfManyIsFast(t *testing.T) {
	for name, expr := range map[string]string{
		"numbers": `$count($distinct($map([1..100000], function($i) {$i % 50000})))`,
		"strings": `$count($distinct($map([1..100000], function($i) {"s" & $i % 50000})))`,
		"objects": `$count($distinct($map([1..100000], function($i) {{"a": $i % 50000, "b": [$i % 7]}})[b[0] < 9]))`,
	} {
		got, err := MustCompile(expr).Eval(Undefined, nil, &Limits{TotalBytes: 1 << 30})
		require.NoError(t, err, name)
		if name != "objects" {
			require.Equal(t, int64(50000), got, name)
		}
	}
}

func TestDeepEqual(t *testing.T) {
	shared := []any{int64(1)}
	object := func(members ...value.Member) any { return value.ObjectOf(members...) }
	a, b := value.Member{Key: "a", Value: int64(1)}, value.Member{Key: "b", Value: nil}
	for _, test := range []struct {
		a, b any
		want bool
	}{
		{int64(1), 1.0, true},
		{int64(1 << 53), int64(1<<53 + 1), false},
		{0.0, math.Copysign(0, -1), true},
		{math.NaN(), math.NaN(), false},
		{int64(1), true, false},
		{int64(0), "", false},
		{nil, nil, true},
		{nil, Undefined, false},
		{Undefined, Undefined, true},
		{"a", "a", true},
		{shared, shared, true},
		{shared, newSequence(shared...), true},
		{shared, int64(1), false},
		{[]any{}, nil, false},
		{[]any{}, []any{}, true},
		{object(a, b), object(b, a), true},
		{object(a), object(b), false},
		{object(a), object(a, b), false},
		{object(), []any{}, false},
		{&Lambda{}, &Lambda{}, false},
	} {
		name := fmt.Sprintf("%v %v", test.a, test.b)
		require.Equal(t, test.want, deepEqual(test.a, test.b), name)
		require.Equal(t, test.want, deepEqual(test.b, test.a), name)
		if test.want {
			st := new(state)
			st.fuel = 1 << 20
			require.Equal(t, st.hashValue(test.a, 0), st.hashValue(test.b, 0), name)
		}
	}
}

// Small values that share their parts over and over are endless as trees.
func TestWalksOfSharedPartsEnd(t *testing.T) {
	race.OneGoroutine(t)
	const twice = `($f := function($x, $n) {$n = 0 ? $x : $f([[$x], [$x]], $n - 1)}; $x := $f([0], 60); $y := $f([0], 60); %s)`
	for _, last := range []string{`$x = $y`, `$distinct([[$x], [$y]])`, `$x ? 1 : 2`, `$filter([1, 2], function() {$x})`, `$keys($x)`, `$lookup($x, "a")`, `$spread($x)`, `$clone($x)`} {
		_, err := MustCompile(fmt.Sprintf(twice, last)).Eval(Undefined, nil, &Limits{Steps: 2_000_000})
		var e *Error
		require.ErrorAs(t, err, &e, last)
		require.Equal(t, "U1001", e.Code, last)
	}
}

func TestWalksOfDeepValuesEnd(t *testing.T) {
	const deep = `($f := function($x, $n) {$n = 0 ? $x : $f([[$x]], $n - 1)}; $x := $f([0], 20000); $y := $f([0], 20000); %s)`
	for _, last := range []string{`$x = $y`, `$x ? 1 : 2`, `$keys($x)`, `$lookup($x, "a")`, `$spread($x)`, `$clone($x)`} {
		_, err := MustCompile(fmt.Sprintf(deep, last)).Eval(Undefined, nil, &Limits{TotalBytes: 1 << 30})
		var e *Error
		require.ErrorAs(t, err, &e, last)
		require.Equal(t, "U1001", e.Code, last)
	}
}
