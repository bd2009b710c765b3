package jsonata

import (
	"math"
	"math/big"
	"strconv"

	"github.com/gostates/gostates/value"
)

// compileBinary compiles an operator with two sides.
func (c *compiler) compileBinary(n *node) evalFn {
	if isArithmetic(n.name) {
		return c.boxResult(c.compileArithmetic(n))
	}
	switch n.name {
	case "and", "or", "=", "!=", "in":
		f := c.compileBoolean(n)
		return func(st *state, fr *frame, in any) any { return f(st, fr, in) }
	case "&":
		return c.compileConcat(n)
	case "..":
		return c.compileRange(n)
	}
	l, r, pos, op := c.compileNode(n.lhs), c.compileNode(n.rhs), n.pos, n.name
	return func(st *state, fr *frame, in any) any {
		result, ok := st.compareOrdered(l(st, fr, in), r(st, fr, in), op, pos)
		if !ok {
			return Undefined
		}
		return result
	}
}

type boolFn func(st *state, fr *frame, in any) bool

// compileTruth compiles a node as a condition.
func (c *compiler) compileTruth(n *node) boolFn {
	if n.kind == kindBinary && !c.generalOnly && len(n.predicate) == 0 && n.group == nil && !n.keepArray && c.depth < maxNesting {
		switch n.name {
		case "and", "or", "=", "!=", "in", "<", "<=", ">", ">=":
			c.depth++
			f := c.compileBoolean(n)
			c.depth--
			return f
		}
	}
	eval := c.compileNode(n)
	return func(st *state, fr *frame, in any) bool { return st.isTruthy(eval(st, fr, in)) }
}

func (c *compiler) compileBoolean(n *node) boolFn {
	op, pos := n.name, n.pos
	switch op {
	case "and", "or":
		l := c.compileLogicalSide(n.lhs, n)
		var r boolFn
		steps := c.weighNodes(func() { r = c.compileLogicalSide(n.rhs, n) })
		decided := op == "or" // by the left side alone
		return func(st *state, fr *frame, in any) bool {
			if l(st, fr, in) == decided {
				return decided
			}
			// jsonata-js reports an error on the right side as one of the
			// operator: the outermost one if they are nested.
			st.step(steps)
			outer := st.logical
			if outer == nil {
				st.logical = n
			}
			is := r(st, fr, in)
			st.logical = outer
			return is
		}
	}
	l, r := c.compileNode(n.lhs), c.compileNode(n.rhs)
	switch op {
	case "=", "!=":
		wanted := op == "="
		return func(st *state, fr *frame, in any) bool {
			a, b := l(st, fr, in), r(st, fr, in)
			if isUndefined(a) || isUndefined(b) {
				return false
			}
			return st.equalValues(a, b) == wanted
		}
	case "in":
		return func(st *state, fr *frame, in any) bool {
			return st.isMember(r, l(st, fr, in), fr, in)
		}
	}
	return func(st *state, fr *frame, in any) bool {
		result, ok := st.compareOrdered(l(st, fr, in), r(st, fr, in), op, pos)
		return result && ok
	}
}

// compileLogicalSide compiles one side of and, or.
func (c *compiler) compileLogicalSide(side, n *node) boolFn {
	if side.kind == kindBinary {
		return c.compileTruth(side)
	}
	eval, pos, op := c.compileNode(side), n.pos, n.name
	return func(st *state, fr *frame, in any) bool {
		v := eval(st, fr, in)
		if b, ok := v.(bool); ok {
			return b
		}
		if f, ok := v.(float64); ok && math.IsInf(f, 0) {
			e := failValue("D1001", v)
			e.Pos, e.token = pos, op
			panic(e)
		}
		return st.isTruthy(v)
	}
}

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

// compileConcat compiles a chain of & into one string.
func (c *compiler) compileConcat(n *node) evalFn {
	var parts []evalFn
	var chain []*node // from the outermost, along the left sides
	depth := c.depth
	for {
		chain = append(chain, n)
		l := n.lhs
		if c.generalOnly || l.kind != kindBinary || l.name != "&" || len(l.predicate) > 0 || l.group != nil || l.keepArray || c.depth >= maxNesting {
			break
		}
		n = l
		c.depth++
	}
	parts = append(parts, c.compileNode(n.lhs))
	positions := []int{n.pos} // of the operator that each part belongs to
	for i := len(chain) - 1; i >= 0; i-- {
		c.depth = depth + i
		parts = append(parts, c.compileNode(chain[i].rhs))
		positions = append(positions, chain[i].pos)
	}
	c.depth = depth
	return func(st *state, fr *frame, in any) any {
		// The buffer is taken, so that a nested call uses its own.
		text := st.text[:0]
		st.text = nil
		for i, eval := range parts {
			switch v := eval(st, fr, in).(type) {
			case string:
				if len(text)+len(v) > st.limits.ValueBytes {
					panic(outOfMemory())
				}
				text = appendText(text, v)
			case int64:
				text = strconv.AppendInt(text, v, 10)
			case undefinedType:
			default:
				if f, ok := v.(float64); ok && (math.IsInf(f, 0) || math.IsNaN(f)) {
					e := failValue("D3001", v)
					e.Pos, e.token = positions[i], "&"
					panic(e)
				}
				text = appendText(text, st.stringOf(v))
			}
		}
		st.step(1 + len(text)/16)
		st.charge(len(text))
		s := string(text)
		st.text = text
		return s
	}
}

// compileRange compiles a range: a..b.
func (c *compiler) compileRange(n *node) evalFn {
	l, r, pos := c.compileNode(n.lhs), c.compileNode(n.rhs), n.pos
	return func(st *state, fr *frame, in any) any {
		a, b := l(st, fr, in), r(st, fr, in)
		from, fromOK := wholeNumber(a)
		to, toOK := wholeNumber(b)
		throw := func(code string, v any) {
			e := failValue(code, v)
			e.Pos, e.token = pos, ".."
			panic(e)
		}
		if !fromOK && !isUndefined(a) {
			throw("T2003", a)
		}
		if !toOK && !isUndefined(b) {
			throw("T2004", b)
		}
		if !fromOK || !toOK || from > to || toFloat(a) > toFloat(b) {
			return Undefined
		}
		n := uint64(to) - uint64(from) + 1
		if size := toFloat(b) - toFloat(a) + 1; n > 1e7 || n == 0 || size > 1e7 {
			throw("D2014", numberOf(size))
		}
		if f, ok := a.(float64); ok && n == 1 {
			return numberOf(f) // may exceed int64
		}
		list := st.makeList(int(n))
		st.keepBytes(16 * int(n)) // for the numbers themselves
		st.step(int(n))
		for i := from; ; i++ {
			list = append(list, i)
			if i == to {
				break
			}
		}
		return unwrap(&array{items: list, sequence: true})
	}
}

// wholeNumber returns an integer. For a double beyond int64 it returns the
// nearest int64.
func wholeNumber(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case float64:
		switch {
		case v != math.Trunc(v) || math.IsInf(v, 0):
		case v >= 1<<63:
			return math.MaxInt64, true
		default:
			return int64(max(v, math.MinInt64)), true
		}
	}
	return 0, false
}
