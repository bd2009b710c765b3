package jsonata

import (
	"math"
	"math/big"
	"strconv"
)

type undefinedType struct{}

// String returns "undefined".
func (undefinedType) String() string { return "undefined" }

// Undefined is the result of an expression that selects nothing. It is not
// null, which is nil. Compare it with ==.
var Undefined any = undefinedType{}

// An array is an array made by the evaluation. Arrays of the input are plain
// []any. Both are immutable once they are passed on.
type array struct {
	items []any
	// sequence is set for the result of a path, a filter or a range. An empty
	// sequence is undefined, and a sequence of one item is that item.
	sequence bool
	// keep is set if a sequence of one item stays an array, because [] was
	// written.
	keep bool
	// cons is set for an array constructor at the end of a path, which does not
	// flatten.
	cons bool
	// outer is set for the wrapper around an input array.
	outer bool
	// tuples is set if the items are tuples.
	tuples bool
}

func newSequence(items ...any) *array { return &array{items: items, sequence: true} }

func isUndefined(v any) bool {
	_, ok := v.(undefinedType)
	return ok
}

// items returns the elements of an array of either kind.
func items(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case *array:
		return v.items, true
	}
	return nil, false
}

func isArray(v any) bool {
	_, ok := items(v)
	return ok
}

// listOf returns the elements of an array, the value as the only element, or
// nil for undefined.
func listOf(v any) []any {
	if list, ok := items(v); ok {
		return list
	}
	if v == Undefined {
		return nil
	}
	return []any{v}
}

// unwrap converts an empty sequence to undefined, a sequence of one item to the
// item, and an integer beyond int64 to a double.
func unwrap(v any) any {
	switch v.(type) {
	case *array, *big.Int:
		return unwrapRare(v)
	}
	return v
}

// unwrapRare is unwrap for the types that it may change.
func unwrapRare(v any) any {
	switch v := v.(type) {
	case *array:
		switch {
		case !v.sequence || v.tuples:
		case len(v.items) == 0:
			return Undefined
		case len(v.items) == 1 && !v.keep:
			return asDouble(v.items[0])
		}
	case *big.Int:
		return toFloat(v)
	}
	return v
}

// asDouble converts an integer beyond int64 to a double.
func asDouble(v any) any {
	if n, ok := v.(*big.Int); ok {
		return toFloat(n)
	}
	return v
}

func isFunction(v any) bool {
	_, ok := v.(*Lambda)
	return ok
}

func isNumber(v any) bool {
	switch v.(type) {
	case int64, float64, *big.Int:
		return true
	}
	return false
}

// toFloat returns a number as a double.
func toFloat(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f
	}
	return math.NaN()
}

// numberOf returns the value for a double: an int64 for a whole number up to
// 2^53, else the double.
func numberOf(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
		return int64(f)
	}
	return f
}

// isFinite reports whether v is a number. It throws D1001 if v is infinite, as
// every use of a number does.
func isFinite(v any) bool {
	switch v := v.(type) {
	case int64, *big.Int:
		return true
	case float64:
		if math.IsInf(v, 0) {
			panic(failValue("D1001", v))
		}
		return !math.IsNaN(v)
	}
	return false
}

// appendNumber writes a number as JavaScript's Number.prototype.toString does,
// but an int64 in full.
func appendNumber(dst []byte, v any) []byte {
	switch v := v.(type) {
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case *big.Int:
		if v.IsInt64() {
			return strconv.AppendInt(dst, v.Int64(), 10)
		}
		return appendFloat(dst, toFloat(v))
	case float64:
		return appendFloat(dst, v)
	}
	return append(dst, "NaN"...)
}

// appendFloat writes a double as ECMAScript's Number::toString: the shortest
// digits, without an exponent from 1e-6 to below 1e21.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case f == 0:
		return append(dst, '0')
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// Go writes at least two digits of an exponent, JavaScript does not.
	for i := start; i < len(dst); i++ {
		if dst[i] == 'e' && i+2 < len(dst) && dst[i+2] == '0' {
			return append(dst[:i+2], dst[i+3:]...)
		}
	}
	return dst
}
