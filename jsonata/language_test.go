package jsonata

import "testing"

// languageTests are expressions of each kind. The official suite has many more,
// but a clone may not have it.
var languageTests = []wanted{
	// Function application and composition.
	{`("ab" ~> $uppercase ~> $length)`, `2`},
	{`($f := $uppercase ~> $length; $f("ab"))`, `2`},
	{`($f := $trim ~> $uppercase; [" a ", "b"] ~> $map($f))`, `["A","B"]`},
	{`($f := $uppercase ~> $length; $map([1], function(){ $f() }))`, `undefined`},
	{`1 ~> 2`, `T2006: The right side of the function application operator ~> must be a function`},
	{`$split("a b", " ")[]`, `["a","b"]`},
	{`(function($x){ function(){ $x := $x + 1 } })(1)()`, `2`},

	// $eval.
	{`$eval("1 + 2")`, `3`},
	{`$eval($nothing)`, `undefined`},
	{`$eval("1 +")`, `D3120: Syntax error in expression passed to function eval: "Unexpected end of expression"`},
	{`$eval("1 + 'a'")`, `D3121: Dynamic error evaluating the expression passed to function eval: "The right side of the \"+\" operator must evaluate to a number"`},
	{`$eval("$error('no')")`, `D3121: Dynamic error evaluating the expression passed to function eval: "no"`},
	{`$eval("a + $x", {"a": 1})`, `undefined`},
	{`($x := 2; $eval("a + $x", {"a": 1}))`, `3`},
	{`($f := $eval("function($n){ $n * $nope2 }"); $f(2))`, `undefined`},

	// Grouping.
	{`[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "b": "x"}]{b: $sum(a)}`, `{"x":4,"y":2}`},
	{`[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}].{b: a}`, `[{"x":1},{"y":2}]`},
	{`{"l": [{"a": 1, "b": ["x", "y"]}, {"a": 2, "b": ["x"]}]}.l@$e.$e.b@$n{$n: $e.a}`, `{"x":[1,2],"y":1}`},
	{`{"l": [{"a": [1, 2], "b": "x"}, {"a": [3], "b": "x"}]}.l{b: a}`, `{"x":[1,2,3]}`},
	{`{"l": [{"b": "x"}, {"a": 3, "b": "x"}, {"a": 4, "b": "x"}]}.l{b: a}`, `{"x":[3,4]}`},
	{`[{"a": 1}]{a: 1}`, `T1003: Key in object structure must evaluate to a string; got: 1`},
	{`[{"k": "x"}]{k: 1, "x": 2}`, `D1009: Multiple key definitions evaluate to same key: "x"`},

	// Order and positions.
	{`{"l": [{"a": 2}, {"a": 1}]}.l#$i^(a).{"a": a, "i": $i}`, `[{"a":1,"i":1},{"a":2,"i":0}]`},
	{`{"l": [{"a": 2}, {"a": 1}]}.l^(a)#$i.{"a": a, "i": $i}`, `[{"a":1,"i":0},{"a":2,"i":1}]`},
	{`{"l": [{"a": 2}, {"a": 1}, {}]}.l^(a)`, `[{"a":1},{"a":2},{}]`},
	{`{"l": [{"a": 2}, {}, {"a": 1}]}.l^(>a)`, `[{"a":2},{"a":1},{}]`},
	{`{"l": [{"a": 2}, {"a": "x"}]}.l^(a)`, `T2007: Type mismatch when comparing values 2 and "x" in order-by clause`},
	{`{"l": [{"a": 2}, {"a": true}]}.l^(a)`, `T2008: The expressions within an order-by clause must evaluate to numeric or string values`},
	{`{"l": [{"a": false}, {"a": 1}]}.l^(a)`, `T2008: The expressions within an order-by clause must evaluate to numeric or string values`},
	{`{"l": [{"a": 1, "b": 2}, {"a": 1, "b": 1}]}.l^(a, b).b`, `[1,2]`},

	// Paths: wildcards, parents, bindings, array constructors.
	{`{"a": {"b": 1}, "c": {"b": 2}}.*.b`, `[1,2]`},
	{`{"a": {"b": [{"c": 1}, {"c": 2}]}}.a.b.c.%.%.b.c`, `[1,2,1,2]`},
	{`{"l": [{"a": [{"b": 1}, {"b": 2}], "n": 7}]}.l.a.(%.n + b)`, `[8,9]`},
	{`[[1, 2], [3]].($)`, `[1,2,3]`},
	{`[[1, 2], [3]][]`, `[[1,2],[3]]`},
	{`["ab", "c"].[$]`, `[["ab"],["c"]]`},
	{`[].a`, `[]`},
	{`([1, 2])[].x`, `undefined`},
	{`{"a": 1}.[a]`, `[1]`},
	{`{"a": [1]}.a[]`, `[1]`},

	// Predicates.
	{`[1..3][[0, 2]]`, `[1,3]`},
	{`[1..3][-1]`, `3`},
	{`[1..3][1.9]`, `2`},
	{`"x"[0]`, `"x"`},
	{`"x"[1]`, `undefined`},
	{`[1, 2, 3]^($)[1]`, `2`},

	// Transforms.
	{`{"a": 1} ~> |$|{"b": 2}, "a"|`, `{"b":2}`},
	{`{"a": 1} ~> |$|5|`, `T2011: The insert/update clause of the transform expression must evaluate to an object: 5`},
	{`{"a": 1} ~> |$|{}, 5|`, `T2012: The delete clause of the transform expression must evaluate to a string or array of strings: 5`},
	{`{"a": {"b": 1}} ~> |a|nothing|`, `{"a":{"b":1}}`},
	{`($clone := 5; {"a": 1} ~> |$|{"b": 2}|)`, `T2013: The transform expression clones the input object using the $clone() function.  This has been overridden in the current scope by a non-function.`},
	{`$nothing ~> |a|{}|`, `undefined`},

	// Calls of other values.
	{`1(2)`, `T1006: Attempted to invoke a non-function`},
	{`"s"(2)`, `T1006: Attempted to invoke a non-function`},
	{`(-1)(2)`, `T1006: Attempted to invoke a non-function`},
	{`[1](2)`, `T1006: Attempted to invoke a non-function`},
	{`{}(2)`, `T1006: Attempted to invoke a non-function`},
	{`*(2)`, `T1006: Attempted to invoke a non-function`},
	{`**(2)`, `T1006: Attempted to invoke a non-function`},
	{`1(?)`, `T1008: Attempted to partially apply a non-function`},
	{`$nope(?)`, `T1008: Attempted to partially apply a non-function`},
	{`sum(?)`, `T1007: Attempted to partially apply a non-function. Did you mean $sum?`},

	// Operators.
	{`1/0 and true`, `D1001: Number out of range: null`},
	{`true and 1/0`, `D1001: Number out of range: null`},
	{`[{"a": [1, {"b": 2}]}] = [{"a": [1, {"b": 2}]}]`, `true`},
	{`[1, 2] = [1]`, `false`},
	{`{"a": 1} = {"a": 2}`, `false`},
	{`$sum = $sum`, `true`},
	{`$sum in [$max, $sum]`, `true`},
	{`[1] in [[1]]`, `false`},
	{`"a" & [1, 2] & {"b": null}`, `"a[1,2]{\"b\":null}"`},
	{`0.5 * 2`, `1`},
}

func TestLanguage(t *testing.T) {
	for _, w := range languageTests {
		w.check(t)
	}
}
