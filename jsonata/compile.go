package jsonata

// An evalFn is a compiled node. It evaluates in a frame, with a context.
type evalFn func(st *state, fr *frame, in any) any

type compiler struct {
	generalOnly bool // compile without the short cuts of fast_*.go

	scope   *scope
	layout  *layout
	labels  map[string]int // the slots of a tuple by name
	indexes map[string]int // of the globals
	globals []string

	found    map[*scope]map[string][]place
	searched int // scopes, for places

	// depth is the number of open calls of jsonata-js's evaluate() around the
	// node, within the body of its function.
	depth int
	// iterated is set if the code may run more than once for a frame of the
	// layout.
	iterated bool
	// accumulator is the number that a fold carries; nil outside of a fold.
	accumulator *accumulator
	// weight is the number of nodes compiled so far that run as often as the
	// current node.
	weight int
}

// nodesOfStep is the number of nodes that count as one step if they are
// evaluated repeatedly.
const nodesOfStep = 8

// weighNodes compiles code that runs more or less often than the code around
// it. It returns the number of steps that each run must count for the nodes.
func (c *compiler) weighNodes(compile func()) (steps int) {
	around := c.weight
	c.weight = 0
	compile()
	steps = c.weight / nodesOfStep
	c.weight = around
	return steps
}

// compileBranch compiles code that may not run. The code that runs it counts
// its steps.
func (c *compiler) compileBranch(n *node) (eval evalFn, steps int) {
	steps = c.weighNodes(func() { eval = c.compileNode(n) })
	return eval, steps
}

// compileNode compiles n, one level deeper.
func (c *compiler) compileNode(n *node) evalFn {
	c.depth++
	if c.depth > maxNesting {
		c.depth--
		return func(*state, *frame, any) any { panic(stackOverflow()) }
	}
	c.weight++
	eval := c.compileBare(n)
	if len(n.predicate) > 0 {
		eval = c.compilePredicates(n, eval)
	}
	if n.group != nil && n.kind != kindPath {
		eval = c.compileGrouped(n, eval)
	}
	if n.keepArray && n.kind != kindPath {
		inner := eval
		eval = func(st *state, fr *frame, in any) any { return keepSequence(inner(st, fr, in)) }
	} else if len(n.predicate) > 0 {
		inner := eval
		eval = func(st *state, fr *frame, in any) any { return unwrap(inner(st, fr, in)) }
	}
	c.depth--
	return eval
}

// keepSequence marks a sequence so that it stays an array even with one item.
func keepSequence(v any) any {
	if a, ok := v.(*array); ok && a.sequence && !a.keep && !a.tuples {
		k := *a
		k.keep = true
		v = &k
	}
	return unwrap(v)
}

// compileBare compiles n without its predicates and its grouping.
func (c *compiler) compileBare(n *node) evalFn {
	depth := c.depth
	switch n.kind {
	case kindPath:
		return c.compilePath(n)
	case kindBinary:
		return c.compileBinary(n)
	case kindNegate:
		return c.boxResult(c.compileNegation(n))
	case kindArray:
		return c.compileArray(n)
	case kindObject:
		return c.compileObject(n)
	case kindName:
		name := n.name
		return func(st *state, fr *frame, in any) any {
			st.checkDepth(depth)
			return unwrap(st.fieldOf(in, name))
		}
	case kindLiteral:
		v := n.literal
		return func(st *state, fr *frame, in any) any {
			st.checkDepth(depth)
			return v
		}
	case kindWildcard:
		return func(st *state, fr *frame, in any) any {
			st.checkDepth(depth)
			return st.evalWildcard(in)
		}
	case kindDescendant:
		return func(st *state, fr *frame, in any) any {
			st.checkDepth(depth)
			return st.evalDescendants(in)
		}
	case kindParent:
		return c.compileVariable(n.slot.label, depth)
	case kindVariable:
		return c.compileVariable(n.name, depth)
	case kindCondition:
		return c.compileCondition(n)
	case kindBlock:
		return c.compileBlock(n)
	case kindBind:
		return c.compileBind(n)
	case kindRegexp:
		f := &Lambda{regexp: n.regexp, pos: n.pos, params: 2}
		return func(st *state, fr *frame, in any) any {
			st.checkDepth(depth)
			return f
		}
	case kindCall:
		return c.compileCall(n, nil, endingOf(n))
	case kindPartial:
		return c.compilePartial(n)
	case kindLambda:
		return c.compileLambda(n)
	case kindThunk:
		return c.compileThunk(n)
	case kindApply:
		return c.compileApply(n)
	case kindTransform:
		return c.compileTransform(n)
	}
	// A sort occurs only in paths, a placeholder only in partial applications.
	panic(&Error{Code: "S0206", Pos: n.pos, token: n.name})
}

// compileIterated compiles code that runs for several contexts of the same frame.
func (c *compiler) compileIterated(compile func()) {
	iterated := c.iterated
	c.iterated = true
	compile()
	c.iterated = iterated
}

// compileInTuple compiles code that runs in the frame of a tuple.
func (c *compiler) compileInTuple(compile func()) {
	s := &scope{outer: c.scope, slots: c.labels, binds: true, layout: &layout{outer: c.layout, size: 1 + len(c.labels), held: c.generalOnly}}
	c.scope, c.layout = s, s.layout
	c.compileIterated(compile)
	c.popScope()
}
