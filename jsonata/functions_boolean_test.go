package jsonata

import "testing"

var booleanTests = []wanted{
	{`$boolean($uppercase)`, `false`},
	{`$not($uppercase)`, `true`},
	{`$exists($uppercase)`, `true`},
	{`$boolean(function($x){$x})`, `false`},
	{`$boolean([function($x){$x}])`, `true`},
	{`$boolean([$nothing])`, `false`},
	{`$not([$nothing])`, `true`},
	{`$not($nothing)`, `undefined`},
	{`$boolean($nothing)`, `undefined`},
	{`$exists($nothing)`, `false`},
	{`$exists(null)`, `true`},
	{`$boolean("\u0391\u03a3")`, `true`},
	{`$boolean("\ud83d\ude00\ud83d\ude00")`, `true`},
	{`$boolean("\ufeffx")`, `true`},
	{`$boolean(-1e+21)`, `true`},
	{`$boolean(-8.5)`, `true`},
	{`$boolean(4294967295)`, `true`},
	{`$boolean([3, 2.5, -7])`, `true`},
	{`$boolean([[], []])`, `false`},
	{`$not("%")`, `false`},
	{`$not("Stra\u00dfe")`, `false`},
	{`$not("\u00e9")`, `false`},
	{`$not("\u0391\u0301\u03a3.")`, `false`},
	{`$not("\u0391\u03a3")`, `false`},
	{`$not("\u0391\u03a3'")`, `false`},
	{`$not(0.1)`, `false`},
	{`$not(1e+21)`, `false`},
	{`$not([[], [0, ""]])`, `true`},
	{`$exists("\u00a0x\u00a0")`, `true`},
	{`$exists("\u0130I")`, `true`},
	{`$exists("\u0391\u03a3'")`, `true`},
	{`$exists("\u03a3")`, `true`},
	{`$exists("a")`, `true`},
	{`$exists("a\ud83d\ude00b")`, `true`},
	{`$exists([0, 0])`, `true`},
	{`$exists([{}])`, `true`},
	{`$exists({"a": 1})`, `true`},
}

func TestBooleanFunctions(t *testing.T) {
	for _, w := range booleanTests {
		w.check(t)
	}
}
