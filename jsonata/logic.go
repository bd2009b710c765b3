package jsonata

import "math"

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
	if limit, ok := n.rhs.literal.(int64); ok && n.rhs.kind == kindLiteral && isBare(n.rhs) && !c.generalOnly {
		return c.compileLimit(op, pos, l, limit)
	}
	return func(st *state, fr *frame, in any) bool {
		result, ok := st.compareOrdered(l(st, fr, in), r(st, fr, in), op, pos)
		return result && ok
	}
}

// compileLimit compiles the comparison of a value with an integer literal.
func (c *compiler) compileLimit(op string, pos int, l evalFn, limit int64) boolFn {
	depth := c.depth + 1
	less, equal, greater := op[0] == '<', len(op) == 2, op[0] == '>'
	return func(st *state, fr *frame, in any) bool {
		v := l(st, fr, in)
		if depth > st.room { // of the literal
			st.throwOverflow()
		}
		if i, ok := v.(int64); ok {
			return i < limit && less || i == limit && equal || i > limit && greater
		}
		result, ok := st.compareOrdered(v, limit, op, pos)
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
