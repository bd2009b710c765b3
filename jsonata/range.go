package jsonata

import "math"

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
