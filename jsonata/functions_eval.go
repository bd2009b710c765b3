package jsonata

var evalFunction = builtin{"eval", "<sx?:x>", 2, fnEval}

// evalSteps is the cost of compiling the shortest source.
const evalSteps = 16

// fnEval is $eval. It compiles a string in the scope of the call and evaluates
// it.
func fnEval(c *call, args []any) any {
	src, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	in := c.context
	if len(args) > 1 && !isUndefined(args[1]) {
		in = args[1]
		if a, ok := in.(*array); isArray(in) && (!ok || !a.sequence) {
			in = &array{items: []any{in}, sequence: true, outer: true}
		}
	}
	c.step(evalSteps + 4*len(src))
	c.keepBytes(100 * len(src))
	ast, err := parseSource(src)
	if err != nil {
		panic(failValue("D3120", err.fillMessage().Message))
	}
	st := c.state
	around := st.sites[len(st.sites)-1]
	e := &Expr{source: src, functions: st.expr.functions, without: st.expr.without, text: st.expr.text, generalOnly: st.expr.generalOnly}
	e.compileIn(ast, st.expr, around.site.scope)
	// Functions that this expression returns may read its variables later. So
	// it replaces the expression around it, whose variables it shares.
	st.expr = e
	for len(st.globals) < len(e.globals) {
		st.globals = append(st.globals, unset)
	}
	before := st.markCalls()
	st.logical = nil
	defer func() {
		r := recover()
		if r == nil {
			st.logical = before.logical
			return
		}
		err, ok := r.(*Error)
		if !ok || err.Code == "U1001" || err.Code == "" {
			panic(r)
		}
		message := st.errorOf(err).(*Error).Message
		st.returnTo(before)
		panic(failValue("D3121", message))
	}()
	return e.eval(st, st.newFrame(around.fr, e.layout.size, 0, true), in)
}
