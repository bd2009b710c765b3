package machine

// runSucceed ends its scope with the input, after InputPath and OutputPath.
func (s *step) runSucceed(slot int32, sc *scope, st *state) {
	var output any
	var failure *failure
	if st.query != nil {
		output, _, failure = s.queryOutput(slot, sc, st, sc.input)
	} else {
		output, failure = s.passThrough(slot, sc, st)
	}
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	s.leave(slot, output, nil, none)
}

// passThrough is the output of a state that has no result of its own: Choice,
// Wait and Succeed.
func (s *step) passThrough(slot int32, sc *scope, st *state) (any, *failure) {
	input, failure := s.inputPath(slot, sc, st)
	if failure != nil {
		return nil, failure
	}
	return s.selectPath(slot, &st.outputPath, input)
}
