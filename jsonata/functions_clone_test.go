package jsonata

import "testing"

var cloneTests = []wanted{
	{`$clone({"f":$sum,"n":0.1234567890123456,"l":[1,null,$sum]})`, `{"f":"","n":0.123456789012346,"l":[1,null,""]}`},
	{`$clone([1000000000000.125,0.5])`, `[1000000000000.13,0.5]`},
	{`$clone("x")`, `T0410: Argument 1 of function "clone" does not match function signature`},
	{`$clone($nothing)`, `undefined`},
	{`$clone({"x":1/0})`, `D1001: Number out of range: null`},
	{`$clone({"x":[0/0]})`, `{"x":[null]}`},
}

func TestCloneFunction(t *testing.T) {
	for _, w := range cloneTests {
		w.check(t)
	}
}
