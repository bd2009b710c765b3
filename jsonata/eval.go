package jsonata

var evalFunction = builtin{"eval", "<sx?:x>", 2, evalSource}

// evalSource is $eval: it compiles a string in the scope of the call and
// evaluates it.
func evalSource(c *call, args []any) any {
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
	c.step(len(src))
	c.keep(100 * len(src))
	ast, err := parse(src)
	if err != nil {
		panic(failValue("D3120", err.finish().Message))
	}
	st := c.state
	around := st.sites[len(st.sites)-1]
	e := &Expr{source: src, ast: ast, functions: st.expr.functions, without: st.expr.without, text: st.expr.text}
	e.compile(st.expr, around.site.scope)
	// What this expression leaves behind may read its variables later on: it
	// takes the place of the one around it, whose variables it has, too.
	st.expr = e
	for len(st.globals) < len(e.globals) {
		st.globals = append(st.globals, unset)
	}
	logical := st.logical
	st.logical = nil
	defer func(depth, room, stack, natives int) {
		inner := st.logical
		st.logical = logical
		r := recover()
		if r == nil {
			return
		}
		err, ok := r.(*Error)
		if !ok || err.Code == "U1001" || err.Code == "" {
			panic(r)
		}
		st.logical = inner
		message := st.thrown(err).(*Error).Message
		st.logical = logical
		clear(st.stack[stack:])
		st.sites, st.stack = st.sites[:depth], st.stack[:stack]
		st.room, st.natives = room, natives
		panic(failValue("D3121", message))
	}(len(st.sites), st.room, len(st.stack), st.natives)
	return e.eval(st, st.frame(around.fr, e.layout.size, 0, true), in)
}
