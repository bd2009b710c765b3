package jsonata

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
