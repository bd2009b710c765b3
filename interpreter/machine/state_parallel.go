package machine

import "github.com/gostates/gostates/history"

// runParallel starts all branches on the same input.
func (s *step) runParallel(slot int32, sc *scope, st *state) {
	input, failure := s.effectiveInput(slot, sc, st)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	if (st.parameters != nil || st.query != nil && st.query.arguments != nil) && s.tooLarge(input) {
		s.fail(slot, tooLong(st.name))
		return
	}
	if s.r.Probe != nil {
		s.answered(slot)
		return
	}
	sc.prev = s.event(history.Event{Type: history.ParallelStateStarted, Previous: sc.prev})
	sc.childID = sc.prev
	sc.phase = phaseChildren
	sc.needWork().children = &children{
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
		child := s.x.spawn(phaseEnter, first, slot, int32(i), started, input)
		s.goOn(child, phaseEnter)
	}
}

// childSucceeded takes the output of a branch or iteration that has ended, and
// ends the container with the last one.
func (s *step) childSucceeded(slot int32, child *scope) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	c := sc.work.children
	c.results[child.index] = child.input
	c.ended++
	if st.kind == kindMap {
		s.iterationSucceeded(slot, child)
	} else {
		sc.childID = max(sc.childID, child.prev)
	}
	if int(c.ended) == len(c.results) {
		s.containerSucceeded(slot)
	}
}

// containerSucceeded ends a Parallel or Map with the results of its children.
// StateExited points to the same event as *Succeeded does, not to it
// (recorded), but the failure of ResultSelector or a path points to *Succeeded.
func (s *step) containerSucceeded(slot int32) {
	s.revisit()
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	succeeded := history.ParallelStateSucceeded
	if st.kind == kindMap {
		succeeded = history.MapStateSucceeded
	}
	result := sc.work.children.results
	sc.phase, sc.work.children = phaseFree, nil
	sc.prev = s.event(history.Event{Type: succeeded, Previous: sc.childID})
	output, assigned, failure := s.stateOutput(slot, any(result))
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	sc.prev = sc.childID
	s.leave(slot, output, assigned, st.next)
}
