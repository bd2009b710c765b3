package jsonata

import (
	"math"
	"math/big"

	"github.com/gostates/gostates/value"
)

// imported makes a value of the engine from one of the host's.
func (st *state) imported(v any) any {
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
		if st.modelled(v, 0) {
			return v
		}
	}
	m, err := value.From(v)
	if err != nil {
		panic(&Error{Message: err.Error()})
	}
	return m
}

// modelled reports whether a list holds values of the engine only. That of a
// host, which json.Unmarshal may have made, can hold any.
func (st *state) modelled(list []any, depth int) bool {
	st.step(len(list) / 16)
	for _, item := range list {
		switch item := item.(type) {
		case nil, bool, string, int64, float64, *big.Int, undefinedType, *value.Object, *Lambda:
		case []any:
			if depth == value.MaxDepth || !st.modelled(item, depth+1) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// export makes a value of the model from one of the engine.
func export(st *state, v any) any {
	switch v := v.(type) {
	case *array:
		list := v.items
		if v.tuples {
			list = contexts(st, list)
		}
		for i, item := range list {
			switch item.(type) {
			case *array, *Lambda, undefinedType:
				return st.settle(append(st.fresh(len(list)), list...), i, 0)
			}
		}
		if list == nil {
			list = []any{}
		}
		if st.mixed || st.built > value.MaxDepth || st.infinite {
			return st.settled(list, 0)
		}
		return list
	case float64:
		return st.settled(v, 0)
	case *big.Int:
		return toFloat(v)
	case []any, *value.Object:
		if st.mixed || st.built > value.MaxDepth || st.infinite {
			return st.settled(v, 0)
		}
	}
	return v
}

// fresh makes room for a copy of n elements.
func (st *state) fresh(n int) []any {
	st.step(n)
	st.keep(64)
	return st.list(n)
}

// settle makes the elements of a fresh list values of the model, from i on.
func (st *state) settle(list []any, i, depth int) []any {
	for ; i < len(list); i++ {
		list[i] = st.settled(list[i], depth)
	}
	return list
}

// settled makes a value of the model of one that may hold sequences, functions
// or undefined. It copies nothing that is one already.
func (st *state) settled(v any, depth int) any {
	if depth > value.MaxDepth {
		panic(stackOverflow())
	}
	switch v := v.(type) {
	case *array:
		return st.settle(append(st.fresh(len(v.items)), v.items...), 0, depth+1)
	case *Lambda, undefinedType:
		return nil
	case float64:
		if st.expr.text && (math.IsInf(v, 0) || math.IsNaN(v)) {
			return string(appendFloat(nil, v))
		}
	case []any:
		st.step(len(v))
		for i, item := range v {
			if s := st.settled(item, depth+1); !same(s, item) {
				list := append(st.fresh(len(v)), v...)
				list[i] = s
				return st.settle(list, i+1, depth+1)
			}
		}
	case *value.Object:
		st.step(v.Len())
		for i := range v.Len() {
			m := v.At(i)
			if s := st.settled(m.Value, depth+1); !same(s, m.Value) {
				return st.settledObject(v, depth)
			}
		}
	}
	return v
}

// settledObject leaves functions out, as JSON.stringify does.
func (st *state) settledObject(o *value.Object, depth int) *value.Object {
	copied := st.object(o.Len())
	for key, v := range o.All() {
		if !isFunction(v) {
			copied.Set(key, st.settled(v, depth+1))
		}
	}
	return copied
}

// same reports whether settling changed nothing.
func same(a, b any) bool {
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
