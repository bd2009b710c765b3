package jsonata

import (
	"math/big"

	"github.com/gostates/gostates/value"
)

// isMember is the operator in: it reports whether the right side holds a value
// identical to v.
func (st *state) isMember(list evalFn, v any, fr *frame, in any) bool {
	members := list(st, fr, in)
	if isUndefined(v) || isUndefined(members) {
		return false
	}
	all, ok := items(members)
	if !ok {
		return isIdentical(members, v)
	}
	st.step(len(all) / 4)
	for _, m := range all {
		if isIdentical(m, v) {
			return true
		}
	}
	return false
}

// compareOrdered compares with <, <=, > or >=. It returns false for ok if a
// side is undefined.
func (st *state) compareOrdered(a, b any, op string, pos int) (result, ok bool) {
	if i, isInt := a.(int64); isInt {
		if j, isInt := b.(int64); isInt {
			switch op {
			case "<":
				return i < j, true
			case "<=":
				return i <= j, true
			case ">":
				return i > j, true
			}
			return i >= j, true
		}
	}
	ka, kb := orderOf(a), orderOf(b)
	if ka == orderNone || kb == orderNone {
		e := failValue("T2010", a)
		if ka == orderNumber || ka == orderString {
			e.Value = b
		}
		e.hasVal = !isUndefined(e.Value)
		e.Pos, e.token = pos, op
		panic(e)
	}
	if ka == orderUndefined || kb == orderUndefined {
		return false, false
	}
	if ka != kb {
		e := failValue("T2009", a)
		e.value2, e.Pos, e.token = b, pos, op
		panic(e)
	}
	var cmp int
	if ka == orderString {
		cmp = st.compareStrings(a.(string), b.(string))
	} else if c, comparable := value.CompareNumbers(a, b); comparable {
		cmp = c
	} else {
		return false, true // NaN
	}
	switch op {
	case "<":
		return cmp < 0, true
	case "<=":
		return cmp <= 0, true
	case ">":
		return cmp > 0, true
	}
	return cmp >= 0, true
}

type orderKind uint8

const (
	orderNone orderKind = iota // cannot be compared
	orderUndefined
	orderNumber
	orderString
)

func orderOf(v any) orderKind {
	switch v.(type) {
	case string:
		return orderString
	case int64, float64, *big.Int:
		return orderNumber
	case undefinedType:
		return orderUndefined
	}
	return orderNone
}
