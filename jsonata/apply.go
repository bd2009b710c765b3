package jsonata

// compileApply compiles ~>.
func (c *compiler) compileApply(n *node) evalFn {
	depth := c.depth
	lhs, end := c.compileNode(n.lhs), endingOf(n)
	if n.rhs.kind == kindCall {
		return c.compileCall(n.rhs, lhs, end)
	}
	rhs := c.compileNode(n.rhs)
	site := &callSite{pos: n.pos, scope: c.scope}
	return func(st *state, fr *frame, in any) any {
		v := lhs(st, fr, in)
		fn := rhs(st, fr, in)
		f, ok := fn.(*Lambda)
		if !ok {
			e := failValue("T2006", fn)
			e.Pos = n.pos
			panic(e)
		}
		if first, ok := v.(*Lambda); ok {
			st.keepBytes(128)
			return chainFunctions(first, f)
		}
		base := len(st.stack)
		st.stack = append(st.stack, v)
		st.sites = append(st.sites, running{site, fr})
		room := st.room
		st.room -= depth
		v = st.invokeFunction(f, nil, base)
		st.room = room
		st.sites = st.sites[:len(st.sites)-1]
		return end.applyTo(v)
	}
}

// chainFunctions returns a function that applies f, then g.
func chainFunctions(f, g *Lambda) *Lambda {
	return &Lambda{params: 1, native: func(c *call, args []any) any {
		x := Undefined
		if len(args) > 0 {
			x = args[0]
		}
		room := c.room
		c.room -= 2
		y := unwrap(c.callFunction(f, nil, x))
		c.room = room - 1
		v := unwrap(c.callFunction(g, nil, y))
		c.room = room
		return v
	}}
}
