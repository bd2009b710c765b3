package machine

import "github.com/gostates/gostates/history"

// runParallel starts all branches with the same input.
func (s *step) runParallel(slot int32, sc *scope, st *state) {
	input, failed := s.effectiveInput(slot, sc, st)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	if st.parameters != nil && s.exceedsPayload(input) {
		s.failState(slot, sizeFailure(st.name))
		return
	}
	if s.r.Probe != nil {
		s.answerContainer(slot)
		return
	}
	sc.prev = s.addEvent(history.Event{Type: history.ParallelStateStarted, Previous: sc.prev})
	sc.childID = sc.prev
	sc.phase = phaseChildren
	sc.ensureWork().children = &children{
		input:   input,
		results: make([]any, len(st.parallel)),
		started: int32(len(st.parallel)),
	}
	if s.meter.Made > 0 {
		s.holdWork(slot, input)
	}
	started := sc.prev
	s.x.reserveSlots(len(st.parallel))
	for i, first := range st.parallel {
		child := s.x.spawnChild(phaseEnter, first, slot, int32(i), started, input)
		s.continueScope(child, phaseEnter)
	}
}
