package jsonata

// callSteps is the cost of calling a lambda, without its body.
const callSteps = 2

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

// invokeFunction calls fn with the arguments on the stack above base, which it
// removes, and then makes the tail calls. It throws if fn is not a function.
func (st *state) invokeFunction(fn, context any, base int) any {
	v := st.enterFunction(fn, context, base)
	if isTail(v) {
		v = st.finishTailCalls(v, context, base)
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
