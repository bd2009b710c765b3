package jsonata

import "testing"

var errorTests = []wanted{
	{`$error("went wrong")`, `D3137: went wrong`},
	{`$error("")`, `D3137: $error() function evaluated`},
	{`$error()`, `D3137: $error() function evaluated`},
	{`$error(5)`, `T0410: Argument 1 of function "error" does not match function signature`},
	{`$assert(1 = 1, "no")`, `undefined`},
	{`$assert(1 = 2, "not equal")`, `D3141: not equal`},
	{`$assert(1 = 2)`, `D3141: $assert() statement failed`},
	{`$assert($nothing, "missing")`, `D3141: missing`},
	{`$assert(1)`, `T0410: Argument 1 of function "assert" does not match function signature`},
}

func TestErrorFunctions(t *testing.T) {
	for _, w := range errorTests {
		w.check(t)
	}
}
