package jsonata

import "github.com/gostates/gostates/value"

// Short cut: literals, nested arithmetic and fields that are operands of
// arithmetic, n * 2 + $i.n, are evaluated without boxing numbers in interfaces.
//
//	General form: state.numOf of the value, in arithmetic.go.
//	Gain:         half the time, and no allocation for an intermediate number.
//	Shown by:     go test -run '^$' -bench ShortCuts/number ./jsonata

// compileNumField compiles a field of the context.
func (c *compiler) compileNumField(n *node) numFn {
	p := c.compilePath(n)
	name, depth := n.steps[0].name, c.depth+1
	return func(st *state, fr *frame, in any) (int64, numKind) {
		if o, ok := in.(*value.Object); ok && depth <= st.room {
			v, ok := o.Get(name)
			if i, isInt := v.(int64); isInt {
				return i, numInt
			}
			if !ok {
				return 0, numUndefined
			}
			return st.numOf(unwrap(v))
		}
		return st.numOf(p(st, fr, in))
	}
}

// compileNumMember compiles a field of a variable in the current frame.
func (c *compiler) compileNumMember(n *node) numFn {
	names, ok := fieldNames(n)
	if !ok || len(names) != 1 || !isBare(n) {
		return nil
	}
	places := c.placesOf(n.steps[0].name)
	if len(places) == 0 || places[0].up > 0 {
		return nil
	}
	slot, name, depth := places[0].slot, names[0], c.depth+1
	p := c.compilePath(n)
	return func(st *state, fr *frame, in any) (int64, numKind) {
		if o, ok := fr.vars[slot].(*value.Object); ok && depth <= st.room {
			v, _ := o.Get(name)
			if i, isInt := v.(int64); isInt {
				return i, numInt
			}
		}
		return st.numOf(p(st, fr, in))
	}
}

// compileUnboxed compiles a node that yields a number without boxing it. It
// returns nil for any other node.
func (c *compiler) compileUnboxed(n *node) (f numFn) {
	if c.generalOnly || len(n.predicate) > 0 || n.group != nil || n.keepArray || c.depth >= maxNesting {
		return nil
	}
	c.depth++
	c.weight++
	depth := c.depth
	defer func() { c.depth-- }()
	switch n.kind {
	case kindBinary:
		if isArithmetic(n.name) {
			return c.compileArithmetic(n)
		}
	case kindNegate:
		return c.compileNegation(n)
	case kindVariable:
		return c.compileAccumulator(n.name, depth)
	case kindBlock:
		if len(n.expressions) == 1 && len(boundNames(n.expressions[0], c.depth, nil)) == 0 {
			return c.compileUnboxed(n.expressions[0])
		}
	case kindLiteral:
		var st state
		x, kind := st.numOf(n.literal)
		if kind == numOther {
			return nil
		}
		return func(st *state, fr *frame, in any) (int64, numKind) {
			st.checkDepth(depth)
			return x, kind
		}
	case kindPath:
		if f := c.compileNumMember(n); f != nil {
			return f
		}
		if len(n.steps) == 1 && n.steps[0].kind == kindName && !n.tuple && !n.keepSingleton && len(n.steps[0].stages) == 0 {
			return c.compileNumField(n)
		}
	}
	return nil
}
