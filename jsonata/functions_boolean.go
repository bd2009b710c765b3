package jsonata

import (
	"math"
	"math/big"

	"github.com/gostates/gostates/value"
)

var booleanFunctions = []builtin{
	{"boolean", "<x-:b>", 1, fnBoolean},
	{"not", "<x-:b>", 1, fnNot},
	{"exists", "<x:b>", 1, fnExists},
}

func fnBoolean(c *call, args []any) any {
	switch {
	case isUndefined(args[0]):
		return Undefined
	case isFunction(args[0]):
		return false
	}
	return c.isTruthy(args[0])
}

func fnNot(c *call, args []any) any {
	if isUndefined(args[0]) {
		return Undefined
	}
	return fnBoolean(c, args) != true
}

func fnExists(_ *call, args []any) any { return args[0] != Undefined }

// isTruthy is $boolean as conditions and predicates apply it: Undefined is
// false, and functions are true except regular expressions.
func (st *state) isTruthy(v any) bool { return st.isTruthyAt(v, 0) }

func (st *state) isTruthyAt(v any, depth int) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v != ""
	case int64:
		return v != 0
	case float64:
		return isFinite(v) && v != 0
	case *big.Int:
		return v.Sign() != 0
	case *value.Object:
		return v.Len() > 0
	case *Lambda:
		return v.regexp == nil
	}
	list, _ := items(v)
	tooDeep(depth)
	st.step(len(list))
	// All items are checked, because an infinite number is an error.
	result := false
	for _, item := range list {
		if st.isTruthyAt(item, depth+1) {
			result = true
		}
	}
	return result
}

// isJSTruthy reports whether JavaScript's if takes v for true. Unlike with
// isTruthy, all arrays, objects and infinite numbers are true.
func isJSTruthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case int64:
		return v != 0
	case float64:
		return v != 0 && !math.IsNaN(v)
	}
	return !isUndefined(v)
}
