package machine

import "github.com/gostates/gostates/history"

// runPass passes on its input or its Result. A Result of null counts as missing.
func (s *step) runPass(slot int32, sc *scope, st *state) {
	if st.plain && s.r.Probe == nil {
		s.passInput(slot, sc, st)
		return
	}
	result, failed := s.passResult(slot, sc, st)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	s.finishState(slot, result)
}

// passInput leaves a Pass state whose output is its input. Such a scope has no work
// to reset.
func (s *step) passInput(slot int32, sc *scope, st *state) {
	sc.prev = s.addEvent(history.Event{Type: st.exited, Previous: sc.prev, Name: st.name, Value: sc.input})
	if st.next < 0 {
		s.scopeSucceeded(slot)
		return
	}
	sc.state = st.next
	s.continueScope(slot, phaseEnter)
}

func (s *step) passResult(slot int32, sc *scope, st *state) (any, *failure) {
	if st.pass.Result.Value != nil {
		if st.query == nil {
			s.showProbe("result", st.pass.Result.Value)
		}
		return st.pass.Result.Value, nil
	}
	return s.effectiveInput(slot, sc, st)
}
