package jsonata

// compileArray compiles [ ... ].
func (c *compiler) compileArray(n *node) evalFn {
	depth, cons := c.depth, n.cons
	evals := c.compileNodes(n.expressions)
	nested := make([]bool, len(evals)) // nested constructors stay elements, other arrays are joined
	for i, e := range n.expressions {
		nested[i] = e.kind == kindArray
	}
	return func(st *state, fr *frame, in any) any {
		st.checkDepth(depth)
		st.built++
		st.keepBytes(48)
		var list []any
		if len(evals) > 0 && (nested[0] || len(evals) > 1) {
			list = make([]any, 0, st.chargeHint(len(evals)))
		}
		for i, eval := range evals {
			v := eval(st, fr, in)
			if isUndefined(v) {
				continue
			}
			if more, ok := items(v); ok && !nested[i] {
				if list == nil && len(evals) == 1 {
					list = more // the only part is shared: it never changes
				} else {
					list = st.appendItems(list, more)
				}
				continue
			}
			st.noteMixed(v)
			list = st.appendItem(list, v)
		}
		if cons {
			return &array{items: list, cons: true}
		}
		if list == nil {
			list = []any{}
		}
		return list
	}
}

// noteMixed notes that a container holds a value that is not one of package
// value.
func (st *state) noteMixed(v any) {
	if isOwn(v) {
		st.mixed = true
	}
}

// compileObject compiles { ... } that does not follow an expression.
func (c *compiler) compileObject(n *node) evalFn {
	depth := c.depth
	g := c.compilePairs(n.pairs, n.pos, false)
	return func(st *state, fr *frame, in any) any {
		st.checkDepth(depth)
		return g.evalGroups(st, fr, in)
	}
}
