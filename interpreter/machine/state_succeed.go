package machine

// runSucceed ends the scope.
func (s *step) runSucceed(slot int32, sc *scope, st *state) {
	var output any
	var failed *failure
	if st.query != nil {
		output, _, failed = s.evalStateOutput(slot, sc, st, sc.input)
	} else {
		output, failed = s.passThrough(slot, sc, st)
	}
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	s.exitState(slot, output, nil, none)
}
