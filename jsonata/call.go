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

// callSteps is the cost of calling a lambda, without its body.
const callSteps = 2

type placeholderType struct{}

var placeholder any = placeholderType{}

// tailCall is the result of a function body that ends with a call. The call is
// in state.tail.
type tailCallType struct{}

var tailCall any = tailCallType{}

func isTail(v any) bool {
	_, ok := v.(tailCallType)
	return ok
}

// A callSite is a call in the source.
type callSite struct {
	pos   int
	name  any // of the function as written; nil if it has none
	scope *scope
}

func (c *compiler) newCallSite(n *node) *callSite {
	site := &callSite{pos: n.pos, scope: c.scope, name: n.procedure.calledAs()}
	if p := n.procedure; p.kind == kindVariable && p.name == "eval" {
		c.holdFrames() // the string that it evaluates may contain closures
	}
	return site
}

// calledAs returns how errors name the function n: its name, else the token of
// the expression.
func (n *node) calledAs() any {
	switch n.kind {
	case kindPath:
		return n.steps[0].calledAs()
	case kindName, kindVariable, kindBinary, kindBind:
		return n.name
	case kindLiteral:
		return n.literal
	case kindNegate:
		return "-"
	case kindArray:
		return "["
	case kindObject:
		return "{"
	case kindCall, kindPartial:
		return "("
	case kindWildcard:
		return "*"
	case kindDescendant:
		return "**"
	case kindApply:
		return "~>"
	}
	return nil
}

// compileCall compiles a call. first is the left side of ~>, which is passed
// before the arguments, or nil.
func (c *compiler) compileCall(n *node, first evalFn, end ending) evalFn {
	depth := c.depth
	procedure, arguments := c.compileCallee(n), c.compileNodes(n.arguments)
	site := c.newCallSite(n)
	general := c.compileAnyCall(site, depth, procedure, first, arguments, end)
	if p := n.procedure; c.generalOnly || p.kind != kindVariable || first != nil {
		return general
	}
	switch n.procedure.name {
	case "sum":
		if t := c.compileTotal(n); t != nil {
			return func(st *state, fr *frame, in any) any {
				if procedure(st, fr, in) == standardSum {
					if v, ok := t.addUp(st, fr, in); ok {
						return v
					}
				}
				return general(st, fr, in)
			}
		}
	case "reduce":
		if f := c.compileFold(n); f != nil {
			return f.compileFoldCall(procedure, arguments, general, site, depth, end)
		}
	}
	return general
}

// compileAnyCall compiles a call of any function.
func (c *compiler) compileAnyCall(site *callSite, depth int, procedure, first evalFn, arguments []evalFn, end ending) evalFn {
	return func(st *state, fr *frame, in any) any {
		base := len(st.stack)
		if first != nil {
			st.stack = append(st.stack, first(st, fr, in))
		}
		fn := procedure(st, fr, in)
		for _, eval := range arguments {
			v := eval(st, fr, in)
			st.stack = append(st.stack, v)
		}
		st.sites = append(st.sites, running{site, fr})
		room := st.room
		st.room -= depth
		v := st.invokeFunction(fn, in, base)
		st.room = room
		st.sites = st.sites[:len(st.sites)-1]
		return end.applyTo(v)
	}
}

// An ending says how a call returns a result that is a sequence.
type ending uint8

const (
	endUnwrap ending = iota // as after any expression
	endKeep                 // [] was written
	endRaw                  // predicates or a grouping follow
)

func (e ending) applyTo(v any) any {
	switch e {
	case endUnwrap:
		return unwrap(v)
	case endKeep:
		return keepSequence(v)
	}
	return v
}

func endingOf(n *node) ending {
	switch {
	case len(n.predicate) > 0 || n.group != nil:
		return endRaw
	case n.keepArray:
		return endKeep
	}
	return endUnwrap
}

func (c *compiler) compileNodes(list []*node) []evalFn {
	evals := make([]evalFn, len(list))
	for i, n := range list {
		evals[i] = c.compileNode(n)
	}
	return evals
}

// compileCallee compiles the function of a call. If a bare name is undefined
// but a function with $ before it exists, calling it is an error of its own.
func (c *compiler) compileCallee(n *node) evalFn {
	eval := c.compileNode(n.procedure)
	p := n.procedure
	if p.kind != kindPath || p.steps[0].kind != kindName {
		return eval
	}
	code := "T1005"
	if n.kind == kindPartial {
		code = "T1007"
	}
	name := p.steps[0].name
	meant := c.compileVariable(name, 0)
	return func(st *state, fr *frame, in any) any {
		v := eval(st, fr, in)
		if isUndefined(v) && isJSTruthy(meant(st, fr, in)) {
			panic(failAt(code, n.pos, name))
		}
		return v
	}
}

// callFunction calls a function value for another function.
func (st *state) callFunction(f *Lambda, context any, args ...any) any {
	base := len(st.stack)
	st.stack = append(st.stack, args...)
	return st.invokeFunction(f, context, base)
}

// A repeat calls one function value repeatedly. It reuses the frame of a lambda
// unless a closure may keep it.
type repeat struct {
	st *state
	f  *Lambda
	fr *frame
}

func (r *repeat) callAgain(args ...any) any {
	st, f := r.st, r.f
	if f.lambda == nil || f.sig != nil || f.lambda.layout.held {
		return st.callFunction(f, nil, args...)
	}
	l := f.lambda
	st.step(l.steps)
	if r.fr == nil {
		r.fr = st.newFrame(f.fr, l.layout.size, 0, false)
	} else {
		r.fr.resetVars(l.params)
	}
	l.bindParameters(r.fr, args)
	v := l.body(st, r.fr, f.in)
	if isTail(v) {
		v = st.finishTailCalls(v, nil, len(st.stack))
	}
	return v
}

func (r *repeat) releaseFrame() {
	if r.fr != nil {
		r.st.dropFrame(r.fr)
	}
}

// invokeFunction calls fn with the arguments on the stack above base, which it
// removes, and then makes the tail calls. It throws if fn is not a function.
func (st *state) invokeFunction(fn, context any, base int) any {
	v := st.enterFunction(fn, context, base)
	if isTail(v) {
		v = st.finishTailCalls(v, context, base)
	}
	return v
}

// finishTailCalls makes the calls that function bodies end with.
func (st *state) finishTailCalls(v, context any, base int) any {
	last := len(st.sites) - 1
	var around running
	if last >= 0 {
		around = st.sites[last]
	}
	for isTail(v) {
		t := &st.tail
		st.stack = append(st.stack, t.args...)
		if last >= 0 {
			st.sites[last] = t.running
		}
		v = st.enterFunction(t.fn, context, base)
	}
	if last >= 0 {
		st.sites[last] = around
	}
	return v
}

func (st *state) enterFunction(fn, context any, base int) any {
	st.step(1)
	f, _ := fn.(*Lambda)
	if f == nil {
		panic(failWith("T1006"))
	}
	args := st.stack[base:]
	if f.sig != nil {
		args = f.sig.validateArgs(args, context)
		// The call owns arguments that were added in place.
		if n := base + len(args); n > len(st.stack) && n <= cap(st.stack) && &args[0] == &st.stack[:n][base] {
			st.stack = st.stack[:n]
		}
	}
	st.high = max(st.high, len(st.stack))
	if f.lambda != nil {
		return st.runLambda(f, args, base)
	}
	v := st.runOther(f, context, args)
	st.stack = st.stack[:base]
	return v
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

func (st *state) runOther(f *Lambda, context any, args []any) any {
	switch {
	case f.native != nil:
		// Callbacks in tail position nest calls without nesting expressions, so
		// calls of native functions are also bounded.
		if st.natives++; st.natives > st.limits.Depth {
			st.throwOverflow()
		}
		st.step(1)
		c := st.borrowCall(context)
		v := f.native(c, args)
		st.calls = append(st.calls, c)
		st.natives--
		return v
	case f.regexp != nil:
		return st.matchOnce(f, args)
	}
	// The arguments of a partial application replace its placeholders. The
	// signature is not checked again.
	st.keepBytes(16 * len(f.args))
	whole := append([]any(nil), f.args...)
	for i, arg := range whole {
		if arg != placeholder {
			continue
		}
		whole[i] = Undefined
		if len(args) > 0 {
			whole[i], args = args[0], args[1:]
		}
	}
	if f.whole.lambda != nil {
		base := len(st.stack)
		return st.runLambda(f.whole, whole, base)
	}
	return st.runOther(f.whole, Undefined, whole)
}

func (st *state) borrowCall(context any) *call {
	var c *call
	if n := len(st.calls); n > 0 {
		c = st.calls[n-1]
		st.calls = st.calls[:n-1]
	} else {
		c = &call{state: st}
	}
	c.context = context
	return c
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

// compileThunk compiles a call in tail position. It evaluates the function and
// the arguments; the caller of the body makes the call.
func (c *compiler) compileThunk(n *node) evalFn {
	depth := c.depth
	c.depth = 0
	procedure, arguments := c.compileCallee(n.body), c.compileNodes(n.body.arguments)
	c.depth = depth
	site := c.newCallSite(n.body)
	return func(st *state, fr *frame, in any) any {
		st.checkDepth(depth)
		fn := procedure(st, fr, in)
		base := len(st.stack)
		for _, eval := range arguments {
			v := eval(st, fr, in)
			st.stack = append(st.stack, v)
		}
		t := &st.tail
		t.site, t.fr, t.fn = site, fr, fn
		t.args = append(t.args[:0], st.stack[base:]...)
		st.stack = st.stack[:base]
		return tailCall
	}
}

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

// compilePartial compiles a call with placeholders: f(?, 1).
func (c *compiler) compilePartial(n *node) evalFn {
	arguments := make([]evalFn, len(n.arguments))
	for i, a := range n.arguments {
		if a.kind != kindPlaceholder {
			arguments[i] = c.compileNode(a)
		}
	}
	procedure := c.compileCallee(n)
	site := c.newCallSite(n)
	return func(st *state, fr *frame, in any) any {
		args := make([]any, len(arguments))
		for i, eval := range arguments {
			if eval == nil {
				args[i] = placeholder
			} else {
				args[i] = eval(st, fr, in)
			}
		}
		f, ok := procedure(st, fr, in).(*Lambda)
		if !ok {
			panic(failAt("T1008", n.pos, site.name))
		}
		st.keepBytes(160 + 16*len(args))
		return bindArguments(f, args)
	}
}

// bindArguments returns f with some arguments fixed. Arguments beyond its
// parameters are dropped, and missing ones are Undefined.
func bindArguments(f *Lambda, args []any) *Lambda {
	n := f.params
	if f.sig != nil && f.lambda == nil {
		n = max(n, len(f.sig.params)) // counting optional parameters
	}
	whole := make([]any, n)
	p := &Lambda{whole: f, args: whole}
	for i := range whole {
		whole[i] = Undefined
		if i < len(args) {
			whole[i] = args[i]
		}
		if whole[i] == placeholder {
			p.params++
		}
	}
	return p
}
