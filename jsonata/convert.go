package jsonata

import (
	"math"
	"math/big"

	"github.com/gostates/gostates/value"
)

// importValue converts a host's value to the engine's.
func (st *state) importValue(v any) any {
	switch v := v.(type) {
	case nil, bool, string, int64, float64, undefinedType, *value.Object, *Lambda:
		return v
	case *big.Int:
		return toFloat(v)
	case *Function:
		if v == nil {
			return nil
		}
		return v.f
	case []any:
		if st.isModelled(v, 0) {
			return v
		}
	}
	m, err := value.From(v)
	if err != nil {
		panic(&Error{Message: err.Error()})
	}
	return m
}

// isModelled reports whether a list holds only the engine's values. The host's
// list, which json.Unmarshal may have made, can hold others.
func (st *state) isModelled(list []any, depth int) bool {
	st.step(len(list) / 16)
	for _, item := range list {
		switch item := item.(type) {
		case nil, bool, string, int64, float64, *big.Int, undefinedType, *value.Object, *Lambda:
		case []any:
			if depth == value.MaxDepth || !st.isModelled(item, depth+1) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// isOwn reports whether a value is one that only the engine has: a sequence, a function
// or undefined. Comparing with one type after the other is less than a switch.
func isOwn(v any) bool {
	if _, ok := v.(*array); ok {
		return true
	}
	if _, ok := v.(*Lambda); ok {
		return true
	}
	return isUndefined(v)
}

// exportValue converts one of the engine's values to one of package value.
func exportValue(st *state, v any) any {
	switch v := v.(type) {
	case *array:
		list := v.items
		if v.tuples {
			list = tupleContexts(st, list)
		}
		for i, item := range list {
			if isOwn(item) {
				return st.settleItems(append(st.newCopy(len(list)), list...), i, 0)
			}
		}
		if list == nil {
			list = []any{}
		}
		if st.mixed || st.built > value.MaxDepth || st.infinite {
			return st.settleValue(list, 0)
		}
		return list
	case float64:
		return st.settleValue(v, 0)
	case *big.Int:
		return toFloat(v)
	case []any, *value.Object:
		if st.mixed || st.built > value.MaxDepth || st.infinite {
			return st.settleValue(v, 0)
		}
	}
	return v
}

// newCopy makes an empty list with room for a copy of n elements.
func (st *state) newCopy(n int) []any {
	st.step(n)
	st.keepBytes(64)
	return st.makeList(n)
}

// settleItems settles the elements of a fresh list, from i on.
func (st *state) settleItems(list []any, i, depth int) []any {
	for ; i < len(list); i++ {
		list[i] = st.settleValue(list[i], depth)
	}
	return list
}

// settleValue replaces sequences, functions and undefined within a value. It
// copies only containers that change.
func (st *state) settleValue(v any, depth int) any {
	if depth > value.MaxDepth {
		panic(stackOverflow())
	}
	switch v := v.(type) {
	case *array:
		return st.settleItems(append(st.newCopy(len(v.items)), v.items...), 0, depth+1)
	case *Lambda, undefinedType:
		return nil
	case float64:
		if st.expr.text && (math.IsInf(v, 0) || math.IsNaN(v)) {
			return string(appendFloat(nil, v))
		}
	case []any:
		st.step(len(v))
		for i, item := range v {
			if s := st.settleValue(item, depth+1); !isSettled(s, item) {
				list := append(st.newCopy(len(v)), v...)
				list[i] = s
				return st.settleItems(list, i+1, depth+1)
			}
		}
	case *value.Object:
		st.step(v.Len())
		for i := range v.Len() {
			m := v.At(i)
			if s := st.settleValue(m.Value, depth+1); !isSettled(s, m.Value) {
				return st.settleObject(v, depth)
			}
		}
	}
	return v
}

// settleObject omits functions, as JSON.stringify does.
func (st *state) settleObject(o *value.Object, depth int) *value.Object {
	copied := st.newObject(o.Len())
	for key, v := range o.All() {
		if !isFunction(v) {
			copied.Set(key, st.settleValue(v, depth+1))
		}
	}
	return copied
}

// isSettled reports whether settling changed nothing.
func isSettled(a, b any) bool {
	switch b := b.(type) {
	case *array, *Lambda, undefinedType:
		return false
	case float64:
		_, number := a.(float64)
		return number
	case []any:
		x, _ := a.([]any)
		return len(x) == len(b) && (len(x) == 0 || &x[0] == &b[0])
	case *value.Object:
		return a == any(b)
	}
	return true
}
