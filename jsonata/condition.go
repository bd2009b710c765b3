package jsonata

func (c *compiler) compileCondition(n *node) evalFn {
	condition := c.compileTruth(n.condition)
	then, thenSteps := c.compileBranch(n.then)
	if n.els == nil {
		return func(st *state, fr *frame, in any) any {
			if condition(st, fr, in) {
				st.step(thenSteps)
				return then(st, fr, in)
			}
			return Undefined
		}
	}
	els, elsSteps := c.compileBranch(n.els)
	return func(st *state, fr *frame, in any) any {
		if condition(st, fr, in) {
			st.step(thenSteps)
			return then(st, fr, in)
		}
		st.step(elsSteps)
		return els(st, fr, in)
	}
}
