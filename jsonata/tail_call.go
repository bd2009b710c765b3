package jsonata

// tailCall is the result of a function body that ends with a call. The call is
// in state.tail.
type tailCallType struct{}

var tailCall any = tailCallType{}

func isTail(v any) bool {
	_, ok := v.(tailCallType)
	return ok
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

// A tail is a call in tail position. It is made after the function body that
// ends with it has returned.
type tail struct {
	running
	fn   any
	args []any
}
