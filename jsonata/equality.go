package jsonata

import (
	"math"
	"math/big"

	"github.com/gostates/gostates/value"
)

// Equal values have the same hash. It covers only this many levels of arrays
// and objects, because a value that shares its parts can be endless as a tree.
const hashedLevels = 3

func (st *state) hashValue(v any, level int) uint64 {
	const prime = 1099511628211
	st.step(1)
	switch v := v.(type) {
	case string:
		return hashString(v)
	case bool:
		if v {
			return 2
		}
		return 1
	case int64, float64, *big.Int:
		// adding 0 turns -0 into 0
		return math.Float64bits(toFloat(v)+0) * prime
	case *value.Object:
		h := uint64(v.Len())
		if level == hashedLevels {
			return h
		}
		for key, item := range v.All() {
			h += hashString(key) * (st.hashValue(item, level+1) | 1)
		}
		return h
	}
	list, ok := items(v)
	if !ok {
		return 0
	}
	h := uint64(len(list)) + 3
	if level < hashedLevels {
		for _, item := range list {
			h = h*prime ^ st.hashValue(item, level+1)
		}
	}
	return h
}

// hashString is FNV-1a.
func hashString(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// deepEqual reports whether two values are equal by the operator =: numbers by
// value, arrays by items, objects by members in any order, and functions by
// identity. It does not count its work; evaluations must use equalValues.
func deepEqual(a, b any) bool { return equalAt(nil, a, b, 0) }

// equalValues is deepEqual, but counts its work: a small value that shares its
// parts can be endless as a tree.
func (st *state) equalValues(a, b any) bool { return equalAt(st, a, b, 0) }

func equalAt(st *state, a, b any, depth int) bool {
	if st != nil {
		st.step(1)
	}
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		if st != nil && len(x) == len(y) {
			st.step(len(x) / 16)
		}
		return ok && x == y
	case int64, float64, *big.Int:
		return isNumber(b) && equalNumbers(a, b)
	case *value.Object:
		y, ok := b.(*value.Object)
		return ok && (x == y || equalObjects(st, x, y, depth+1))
	}
	if x, ok := items(a); ok {
		y, ok := items(b)
		return ok && (sameItems(x, y) || equalLists(st, x, y, depth+1))
	}
	return !isArray(b) && a == b
}

// equalNumbers compares exactly, for any two types. NaN equals nothing.
func equalNumbers(a, b any) bool {
	cmp, ok := value.CompareNumbers(a, b)
	return ok && cmp == 0
}

func sameItems(a, b []any) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func equalLists(st *state, a, b []any, depth int) bool {
	tooDeep(depth)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equalAt(st, a[i], b[i], depth) {
			return false
		}
	}
	return true
}

func equalObjects(st *state, a, b *value.Object, depth int) bool {
	tooDeep(depth)
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		m := a.At(i)
		// usually both have their keys in the same order
		n := b.At(i)
		if n.Key != m.Key {
			at := b.Index(m.Key)
			if at < 0 {
				return false
			}
			n = b.At(at)
		}
		if !equalAt(st, m.Value, n.Value, depth) {
			return false
		}
	}
	return true
}

// isIdentical is JavaScript's ===. Objects and arrays are identical only to
// themselves.
func isIdentical(a, b any) bool {
	switch a := a.(type) {
	case string:
		s, ok := b.(string)
		return ok && a == s
	case int64, float64, *big.Int:
		return isNumber(b) && deepEqual(a, b)
	case bool:
		return a == b
	case nil:
		return b == nil
	case *value.Object:
		o, ok := b.(*value.Object)
		return ok && a == o
	case *Lambda:
		f, ok := b.(*Lambda)
		return ok && a == f
	}
	x, ok := items(a)
	y, also := items(b)
	return ok && also && len(x) == len(y) && len(x) > 0 && &x[0] == &y[0]
}
