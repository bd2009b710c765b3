package jsonata

import "testing"

var aggregateTests = []wanted{
	{`$sum([1/0])`, `null`},
	{`$sum("x")`, `T0412: Argument 1 of function "sum" must be an array of "numbers"`},
	{`$sum(["x"])`, `T0412: Argument 1 of function "sum" must be an array of "numbers"`},
	{`$sum([1,"x"])`, `T0412: Argument 1 of function "sum" must be an array of "numbers"`},
	{`$sum(5)`, `5`},
	{`$sum([])`, `0`},
	{`$sum($nothing)`, `undefined`},
	{`$average([])`, `undefined`},
	{`$average([1,2,4])`, `2.3333333333333335`},
	{`$average([1,3])`, `2`},
	{`$max(["a"])`, `T0412: Argument 1 of function "max" must be an array of "numbers"`},
	{`$sum([0.1, 0.7, 3])`, `3.8`},
	{`$sum([1, -1])`, `0`},
	{`$sum([1, 2, 3])`, `6`},
	{`$sum([1, 2])`, `3`},
	{`$sum([1])`, `1`},
	{`$sum([1e+308, 1e+308])`, `null`},
	{`$sum([2.5, 2.5])`, `5`},
	{`$max($nothing)`, `undefined`},
	{`$max([0.1, 0.7, 3])`, `3`},
	{`$max([1, -1])`, `1`},
	{`$max([1, 2, 3])`, `3`},
	{`$max([1, 2])`, `2`},
	{`$max([1])`, `1`},
	{`$max([1e+308, 1e+308])`, `1e+308`},
	{`$max([2.5, 2.5])`, `2.5`},
	{`$max([3, 2.5, -7])`, `3`},
	{`$min($nothing)`, `undefined`},
	{`$min([0.1, 0.7, 3])`, `0.1`},
	{`$min([1, -1])`, `-1`},
	{`$min([1, 2])`, `1`},
	{`$min([1])`, `1`},
	{`$min([1e+308, 1e+308])`, `1e+308`},
	{`$min([2.5, 2.5])`, `2.5`},
	{`$min([3, 2.5, -7])`, `-7`},
	{`$average($nothing)`, `undefined`},
	{`$average([0.1, 0.7, 3])`, `1.2666666666666666`},
	{`$average([1, -1])`, `0`},
	{`$average([1, 2, 3])`, `2`},
	{`$average([1])`, `1`},
	{`$average([1e+308, 1e+308])`, `null`},
	{`$average([2.5, 2.5])`, `2.5`},
	{`$average([3, 2.5, -7])`, `-0.5`},
}

func TestAggregateFunctions(t *testing.T) {
	for _, w := range aggregateTests {
		w.check(t)
	}
}
