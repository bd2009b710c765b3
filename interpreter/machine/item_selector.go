package machine

// selectItem evaluates the ItemSelector for an iteration.
func (s *step) selectItem(child, slot int32, c *children) (any, *failure) {
	st := &s.p.states[s.x.scopes[slot].state]
	input, failed := st.iterate.selector.evaluate(s, child, c.input)
	if failed == nil && s.exceedsPayload(input) {
		failed = sizeFailure(st.name)
	}
	return input, failed
}
