package jsonata

type placeholderType struct{}

var placeholder any = placeholderType{}

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
