package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/value"
)

// choice is a Choice state, compiled.
type choice struct {
	rules    []rule
	fallback int32 // Default; none: there is none
}

// runChoice goes where the first rule that is true says, or to Default.
func (s *step) runChoice(slot int32, sc *Scope, st *state) {
	input, failure := s.selectPath(slot, &st.inputPath, sc.Input)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	next, assign, failure := s.choose(slot, sc, st, input)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	var assigned *value.Object
	if assign != nil {
		if assigned, failure = s.evalAssign(slot, assign, input); failure != nil {
			s.fail(slot, failure)
			return
		}
	}
	output, failure := s.selectPath(slot, &st.outputPath, input)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	s.leave(slot, output, assigned, next)
}

// choose returns the next state and the Assign that goes with it: the rule's,
// or the state's own for Default.
func (s *step) choose(slot int32, sc *Scope, st *state, input any) (int32, *asl.TemplateNode, *failure) {
	e := s.at(slot, input)
	for i := range st.choice.rules {
		r := &st.choice.rules[i]
		ok, failure := s.holds(r, e)
		if failure != nil {
			return 0, nil, failure
		}
		if ok {
			return r.next, r.assign, nil
		}
	}
	if st.choice.fallback < 0 {
		return 0, nil, s.runtime(sc, "Failed to transition out of the state. The state does not point to a next state.")
	}
	return st.choice.fallback, st.assign, nil
}
