package jsonata

import (
	"math"

	"github.com/gostates/gostates/value"
)

var aggregateFunctions = []builtin{
	{"sum", "<a<n>:n>", 1, fnSum},
	{"max", "<a<n>:n>", 1, fnMax},
	{"min", "<a<n>:n>", 1, fnMin},
	{"average", "<a<n>:n>", 1, fnAverage},
}

func fnSum(c *call, args []any) any {
	if args[0] == Undefined {
		return Undefined
	}
	list := listOf(args[0])
	c.step(len(list))
	return sumNumbers(list)
}

// sumNumbers adds as int64 while all numbers and the total are int64, then as
// doubles.
func sumNumbers(list []any) any {
	total := int64(0)
	for i, v := range list {
		n, ok := v.(int64)
		next := total + n
		if !ok || (next > total) != (n > 0) && n != 0 {
			return sumDoubles(float64(total), list[i:])
		}
		total = next
	}
	return total
}

func sumDoubles(total float64, list []any) any {
	for _, v := range list {
		total += toFloat(v)
	}
	return numberOf(total)
}

func fnAverage(c *call, args []any) any {
	list := listOf(args[0])
	if len(list) == 0 {
		return Undefined
	}
	c.step(len(list))
	total := sumNumbers(list)
	count := int64(len(list))
	if n, ok := total.(int64); ok && n%count == 0 {
		return n / count
	}
	return numberOf(toFloat(total) / float64(count))
}

func fnMax(c *call, args []any) any { return findExtreme(c, args[0], 1) }

func fnMin(c *call, args []any) any { return findExtreme(c, args[0], -1) }

// findExtreme returns the largest number of a list, or the smallest if sign is
// -1. It returns NaN if any number is NaN.
func findExtreme(c *call, v any, sign int) any {
	list := listOf(v)
	if len(list) == 0 {
		return Undefined
	}
	c.step(len(list))
	best := list[0]
	for _, v := range list {
		a, aInt := best.(int64)
		b, bInt := v.(int64)
		if aInt && bInt {
			if (b > a) == (sign > 0) {
				best = v
			}
			continue
		}
		order, _ := value.CompareNumbers(v, best)
		if order == sign || math.IsNaN(toFloat(v)) {
			best = v
		}
		if math.IsNaN(toFloat(best)) {
			return math.NaN()
		}
	}
	return best
}
