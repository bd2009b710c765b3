package machine

// selectItem evaluates the ItemSelector for an iteration.
func (s *step) selectItem(child, slot int32, c *children) (any, *failure) {
	st := &s.p.states[s.x.scopes[slot].state]
	var input any
	var failed *failure
	if st.query != nil {
		input, failed = s.viewOf(child, c.input).evalField(st.query.selector)
	} else {
		input, failed = s.evaluateTemplate(child, st.iterate.selector, c.input)
	}
	if failed == nil && s.exceedsPayload(input) {
		failed = sizeFailure(st.name)
	}
	return input, failed
}
