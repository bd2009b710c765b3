package jsonata

// compileBlock compiles ( ...; ... ). A block has its own frame only if it
// binds variables and runs several times. Otherwise its variables are in the
// frame around it, in their own slots.
func (c *compiler) compileBlock(n *node) evalFn {
	depth := c.depth
	if len(n.expressions) == 0 {
		return func(st *state, fr *frame, in any) any {
			st.checkDepth(depth)
			return Undefined
		}
	}
	var names []string
	for _, e := range n.expressions {
		names = boundNames(e, c.depth, names)
	}
	own := len(names) > 0 && (c.iterated || c.generalOnly)
	var s *scope
	if len(names) > 0 {
		s = c.pushScope(names, own)
	}
	iterated := c.iterated
	if own {
		c.iterated = false
	}
	list := make([]evalFn, len(n.expressions))
	for i, e := range n.expressions {
		list[i] = c.compileNode(e)
	}
	c.iterated = iterated
	if s != nil {
		c.popScope()
	}
	if own {
		layout := s.layout
		return func(st *state, fr *frame, in any) any {
			f := st.newFrame(fr, layout.size, 0, layout.held)
			var v any
			for _, eval := range list {
				v = eval(st, f, in)
			}
			if !layout.held {
				st.dropFrame(f)
			}
			return v
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	return func(st *state, fr *frame, in any) any {
		var v any
		for _, eval := range list {
			v = eval(st, fr, in)
		}
		return v
	}
}

func (c *compiler) compileBind(n *node) evalFn {
	rhs := c.compileNode(n.rhs)
	for _, p := range c.placesOf(n.name) {
		return func(st *state, fr *frame, in any) any {
			v := rhs(st, fr, in)
			f := fr
			for range p.up {
				f = f.up
			}
			f.vars[p.slot] = v
			return v
		}
	}
	if c.searched > maxPlaces {
		return func(*state, *frame, any) any { panic(outOfMemory()) }
	}
	panic("jsonata: bound name without a scope: " + n.name)
}
