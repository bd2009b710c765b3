package machine

// runSucceed ends the scope.
func (s *step) runSucceed(slot int32, sc *scope, st *state) {
	input, failed := s.inputPath(slot, sc, st)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	output, _, failed := s.passThrough(slot, sc, st, nil, input)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	s.exitState(slot, output, nil, none)
}
