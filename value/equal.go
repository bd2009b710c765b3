package value

import (
	"cmp"
	"math"
	"math/big"
)

// Kind returns the name of a value's JSON type, as in the messages of JSONata
// and AWS: null, boolean, number, string, array or object.
func Kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case int64, float64, *big.Int:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// Equal reports whether a and b are the same JSON value. Numbers are compared
// by value (1 equals 1.0), arrays element by element, and objects member by
// member in any order.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case bool:
		b, ok := b.(bool)
		return ok && a == b
	case string:
		b, ok := b.(string)
		return ok && a == b
	case int64, float64, *big.Int:
		c, ok := CompareNumbers(a, b)
		return ok && c == 0
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		if sameArray(a, b) {
			return true
		}
		for i := range a {
			if !Equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case *Object:
		b, ok := b.(*Object)
		if !ok || a.Len() != b.Len() {
			return false
		}
		if a == b {
			return true
		}
		for i := range a.Len() {
			w, ok := b.Get(a.members[i].Key)
			if !ok || !Equal(a.members[i].Value, w) {
				return false
			}
		}
		return true
	}
	return false
}

// sameArray reports whether two arrays of equal length share their elements.
func sameArray(a, b []any) bool { return len(a) > 0 && &a[0] == &b[0] }

// Identical reports whether a and b are written alike. In contrast to [Equal],
// the order of members matters, 1 differs from 1.0 and 0.0 from -0.0.
func Identical(a, b any) bool {
	switch a := a.(type) {
	case int64:
		b, ok := b.(int64)
		return ok && a == b
	case float64:
		b, ok := b.(float64)
		return ok && math.Float64bits(a) == math.Float64bits(b)
	case *big.Int:
		b, ok := b.(*big.Int)
		return ok && a.Cmp(b) == 0
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		if sameArray(a, b) {
			return true
		}
		for i := range a {
			if !Identical(a[i], b[i]) {
				return false
			}
		}
		return true
	case *Object:
		b, ok := b.(*Object)
		if !ok || a.Len() != b.Len() {
			return false
		}
		if a == b {
			return true
		}
		for i := range a.Len() {
			if a.members[i].Key != b.members[i].Key || !Identical(a.members[i].Value, b.members[i].Value) {
				return false
			}
		}
		return true
	}
	return Equal(a, b)
}

// CompareNumbers compares two numbers exactly, whatever their Go types. c is
// negative if a < b, zero if they are equal and positive if a > b. ok is false if
// one of them is not a number or is NaN.
func CompareNumbers(a, b any) (c int, ok bool) {
	switch a := a.(type) {
	case int64:
		switch b := b.(type) {
		case int64:
			return cmp.Compare(a, b), true
		case float64:
			return compareIntFloat(a, b), !math.IsNaN(b)
		}
	case float64:
		switch b := b.(type) {
		case int64:
			return -compareIntFloat(b, a), !math.IsNaN(a)
		case float64:
			return cmp.Compare(a, b), !math.IsNaN(a) && !math.IsNaN(b)
		}
	}
	x, ok := toBigFloat(a)
	if !ok {
		return 0, false
	}
	y, ok := toBigFloat(b)
	if !ok {
		return 0, false
	}
	return x.Cmp(y), true
}

// compareIntFloat compares the integer part of b first: a large integer would
// lose digits as a float64.
func compareIntFloat(a int64, b float64) int {
	switch {
	case b >= 1<<63:
		return -1
	case b < -1<<63:
		return 1
	}
	whole := math.Trunc(b)
	if c := cmp.Compare(a, int64(whole)); c != 0 {
		return c
	}
	return cmp.Compare(whole, b)
}

// exactBits is the precision for every int64 and float64. A big integer has its
// own.
const exactBits = 64

func toBigFloat(v any) (*big.Float, bool) {
	switch v := v.(type) {
	case int64:
		return new(big.Float).SetPrec(exactBits).SetInt64(v), true
	case float64:
		if math.IsNaN(v) {
			return nil, false
		}
		return new(big.Float).SetPrec(exactBits).SetFloat64(v), true
	case *big.Int:
		return new(big.Float).SetInt(v), true
	}
	return nil, false
}
