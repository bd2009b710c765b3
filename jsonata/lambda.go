package jsonata

import "github.com/gostates/gostates/jsonata/internal/jsregexp"

// A Lambda is a function value of any kind: a lambda, a standard function, a
// partial application, a regular expression or a function of the host. Host
// functions receive it for a function argument, and Eval returns it if the
// result is a function. It can be called with [Call.Apply], but only in the
// evaluation that it comes from.
type Lambda struct {
	name   string
	params int // number of declared parameters
	sig    *signature

	// Exactly one of these is set.
	native func(c *call, args []any) any
	lambda *lambda
	regexp *jsregexp.Regexp
	whole  *Lambda // of a partial application

	fr   *frame // of a lambda: the frame around its definition
	in   any    // of a lambda: the context of its definition
	args []any  // of a partial application, with placeholder for missing ones
	pos  int    // of a regular expression
}

// arity returns the number of arguments that a higher-order function passes at
// most.
func (f *Lambda) arity() int { return f.params }

// A lambda is the compiled body of a function definition.
type lambda struct {
	slots  []int // slot of each parameter
	params int   // number of slots of the parameters, which are the first ones
	layout *layout
	body   evalFn
	steps  int // of work for a run
}

// runLambda evaluates the body of a lambda.
func (st *state) runLambda(f *Lambda, args []any, base int) any {
	l := f.lambda
	held := l.layout.held
	st.step(l.steps)
	fr := st.newFrame(f.fr, l.layout.size, l.params, held)
	l.bindParameters(fr, args)
	st.stack = st.stack[:base]
	v := l.body(st, fr, f.in)
	if !held {
		st.dropFrame(fr)
	}
	return v
}

// bindParameters sets the parameters; missing arguments are Undefined.
func (l *lambda) bindParameters(fr *frame, args []any) {
	for i, slot := range l.slots {
		if i < len(args) {
			fr.vars[slot] = args[i]
		} else {
			fr.vars[slot] = Undefined
		}
	}
}

// compileLambda compiles a function definition.
func (c *compiler) compileLambda(n *node) evalFn {
	depth := c.depth
	c.holdFrames()
	l := c.compileFunction(n)
	params, sig := len(n.params), n.signature
	return func(st *state, fr *frame, in any) any {
		st.checkDepth(depth)
		st.keepBytes(128)
		return &Lambda{lambda: l, params: params, sig: sig, fr: fr, in: in}
	}
}

func (c *compiler) compileFunction(n *node) *lambda {
	iterated, depth := c.iterated, c.depth
	c.iterated, c.depth = false, 0
	names := append([]string(nil), n.params...)
	s := c.pushScope(boundNames(n.body, 0, names), true)
	l := &lambda{layout: s.layout, slots: make([]int, len(n.params))}
	for i, name := range n.params {
		l.slots[i] = s.slots[name]
		l.params = max(l.params, l.slots[i]+1)
	}
	l.steps = callSteps + c.weighNodes(func() { l.body = c.compileNode(n.body) })
	c.popScope()
	c.iterated, c.depth = iterated, depth
	return l
}
