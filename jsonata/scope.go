package jsonata

import "slices"

// A scope binds names at compile time: a function body, a block with bindings,
// the tuples of a path, or the whole expression.
type scope struct {
	outer  *scope
	layout *layout
	slots  map[string]int
	binds  bool // it or one around it has names
}

// A layout describes the frames of a scope at run time. Blocks that are
// evaluated once share the frame around them.
type layout struct {
	outer *layout
	size  int
	held  bool // a closure may keep the frame
}

// A place is the position of a variable: up frames outwards, at index slot.
type place struct{ up, slot int }

func (c *compiler) pushScope(names []string, own bool) *scope {
	s := &scope{outer: c.scope, layout: c.layout}
	if len(names) > 0 {
		s.slots = make(map[string]int, len(names))
	}
	s.binds = len(names) > 0 || c.scope != nil && c.scope.binds
	if own {
		s.layout = &layout{outer: c.layout, held: c.generalOnly}
	}
	for _, name := range names {
		if _, ok := s.slots[name]; !ok {
			s.slots[name] = s.layout.size
			s.layout.size++
		}
	}
	c.scope, c.layout = s, s.layout
	return s
}

func (c *compiler) popScope() {
	c.scope = c.scope.outer
	c.layout = nil
	if c.scope != nil {
		c.layout = c.scope.layout
	}
}

// holdFrames marks all frames around the current place as kept by a closure.
func (c *compiler) holdFrames() {
	for l := c.layout; l != nil && !l.held; l = l.outer { // the layouts around a held one are held
		l.held = true
	}
}

// maxPlaces bounds the number of scopes searched for the variables of an
// expression.
const maxPlaces = 1 << 20

// placesOf returns the possible places of a variable, innermost first. The
// result is cached for each scope.
func (c *compiler) placesOf(name string) []place {
	if !c.scope.binds {
		return nil
	}
	known := c.found[c.scope]
	if places, ok := known[name]; ok {
		return places
	}
	places := c.searchPlaces(name)
	if known == nil {
		known = map[string][]place{}
		if c.found == nil {
			c.found = map[*scope]map[string][]place{}
		}
		c.found[c.scope] = known
	}
	known[name] = places
	return places
}

func (c *compiler) searchPlaces(name string) []place {
	var places []place
	up, at := 0, c.layout
	for s := c.scope; s != nil; s = s.outer {
		if c.searched++; c.searched > maxPlaces {
			return nil
		}
		for at != s.layout {
			up++
			at = at.outer
		}
		if slot, ok := s.slots[name]; ok {
			places = append(places, place{up, slot})
		}
	}
	return places
}

// globalIndex returns the index of a variable that the bindings provide.
func (c *compiler) globalIndex(name string) int {
	if c.indexes == nil {
		if i := slices.Index(c.globals, name); i >= 0 {
			return i
		}
	} else if i, ok := c.indexes[name]; ok {
		return i
	}
	i := len(c.globals)
	c.globals = append(c.globals, name)
	switch {
	case c.indexes != nil:
		c.indexes[name] = i
	case i == fewGlobals:
		c.indexes = make(map[string]int, 2*fewGlobals)
		for i, name := range c.globals {
			c.indexes[name] = i
		}
	}
	return i
}

// fewGlobals is how many globals are searched without a map.
const fewGlobals = 8

// compileVariable compiles reading a variable. depth is the static depth.
func (c *compiler) compileVariable(name string, depth int) evalFn {
	switch name {
	case "":
		return func(st *state, fr *frame, in any) any {
			st.checkDepth(depth)
			return contextOf(in)
		}
	case "$":
		return func(st *state, fr *frame, in any) any {
			st.checkDepth(depth)
			return st.root
		}
	}
	if a := c.accumulator; a != nil && name == a.name {
		a.boxed = true
	}
	places := c.placesOf(name)
	global := c.globalIndex(name)
	if c.searched > maxPlaces {
		return func(*state, *frame, any) any { panic(outOfMemory()) }
	}
	if len(places) == 0 {
		return func(st *state, fr *frame, in any) any {
			st.checkDepth(depth)
			if v := st.globals[global]; !isUnset(v) {
				return v
			}
			return st.lookUpGlobal(global)
		}
	}
	if first := places[0]; first.up == 0 {
		slot := first.slot
		return func(st *state, fr *frame, in any) any {
			st.checkDepth(depth)
			if v := fr.vars[slot]; !isUnset(v) {
				return v
			}
			return st.findVariable(places[1:], global, fr)
		}
	}
	return func(st *state, fr *frame, in any) any {
		st.checkDepth(depth)
		return st.findVariable(places, global, fr)
	}
}

// findVariable returns the value of the first place that is set, else of the
// bindings.
func (st *state) findVariable(places []place, global int, fr *frame) any {
	up := 0
	for _, p := range places {
		for ; up < p.up; up++ {
			fr = fr.up
		}
		if v := fr.vars[p.slot]; !isUnset(v) {
			return v
		}
	}
	if v := st.globals[global]; !isUnset(v) {
		return v
	}
	return st.lookUpGlobal(global)
}

// lookUpGlobal looks up a variable in the bindings, then in the functions.
func (st *state) lookUpGlobal(global int) any {
	v := st.expr.meant[global]
	if st.bindings != nil {
		if bound, ok := st.bindings.Get(st.expr.globals[global]); ok {
			v = bound
			if _, ok := v.([]any); !ok || st.paths == nil {
				v = st.importValue(v)
			}
		}
	}
	st.globals[global] = v
	return v
}

// functionNamed returns the function that a variable without a binding means, or
// Undefined.
func (e *Expr) functionNamed(name string) any {
	if f := e.functions[name]; f != nil {
		return f.f
	}
	if f, ok := standard[name]; ok && !e.without[name] {
		return f
	}
	return Undefined
}

// contextOf returns the value of $. It removes the wrapper around an input
// array.
func contextOf(in any) any {
	if a, ok := in.(*array); ok {
		if a.outer {
			return a.items[0]
		}
		return unwrap(a)
	}
	return in
}

// boundNames returns the names that n binds in its scope, without those of
// nested blocks and functions.
func boundNames(n *node, depth int, names []string) []string {
	if n == nil || depth > maxNesting {
		return names
	}
	switch n.kind {
	case kindLambda:
		return names
	case kindBlock:
		// Only the bindings after the block belong to this scope.
	case kindBind:
		names = append(names, n.name)
	}
	n.visitChildren(func(child *node, role role) {
		if n.kind != kindBlock || role != roleExpression {
			names = boundNames(child, depth+1, names)
		}
	})
	return names
}

// collectLabels collects the names bound in the tuples of a path: focus and
// index variables, and the labels of %.
func (c *compiler) collectLabels(n *node, depth int) {
	if n == nil || depth > maxNesting {
		return
	}
	if n.detail != &noDetail {
		c.addLabel(n.focus)
		c.addLabel(n.index)
		if n.ancestor != nil {
			c.addLabel(n.ancestor.label)
		}
		if n.slot != nil {
			c.addLabel(n.slot.label)
		}
		for _, s := range n.stages {
			c.addLabel(s.index)
		}
		for _, s := range n.predicate {
			c.addLabel(s.index)
		}
	}
	n.visitChildren(func(child *node, _ role) { c.collectLabels(child, depth+1) })
}

func (c *compiler) addLabel(name string) {
	if _, ok := c.labels[name]; name == "" || ok {
		return
	}
	if c.labels == nil {
		c.labels = map[string]int{}
	}
	c.labels[name] = 1 + len(c.labels) // slot 0 is the context
}
