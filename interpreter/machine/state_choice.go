package machine

import "github.com/gostates/gostates/asl"

// choice is a compiled Choice state.
type choice struct {
	rules    []rule
	fallback int32 // Default, or none
	known    int   // Variables that several rules read
}

// runChoice continues with the Next of the first rule that is true, or with
// Default.
func (s *step) runChoice(slot int32, sc *scope, st *state) {
	if st.query != nil {
		s.runQueryChoice(slot, sc, st)
		return
	}
	input, failed := s.inputPath(slot, sc, st)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	next, assign, failed := s.chooseRule(slot, sc, st, input)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	output, assigned, failed := s.passThrough(slot, sc, st, assign, input)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	s.exitState(slot, output, assigned, next)
}

// runQueryChoice is runChoice for a JSONata state.
func (s *step) runQueryChoice(slot int32, sc *scope, st *state) {
	v := s.viewOf(slot, sc.input)
	s.forgetKnown(st.choice)
	next, q, chosen := st.choice.fallback, st.query, none
	rules := st.choice.rules
	for i := 0; i < len(rules); i++ {
		r := &rules[i]
		if r.jump != nil {
			if next, ok := s.jumpConditions(i, r, v.input); ok && next > i {
				i = next - 1
				continue
			}
		}
		is, failed := v.evalCondition(r)
		if failed != nil {
			s.failState(slot, failed)
			return
		}
		if is {
			next, q, chosen = r.next, r.query, i
			break
		}
	}
	if next < 0 {
		s.failState(slot, s.noNextState(sc))
		return
	}
	if chosen >= 0 {
		s.recordDecision(ChoseRule, sc, chosen)
	} else {
		s.recordDecision(ChoseDefault, sc, none)
	}
	output, assigned, failed := v.evalExit(q.assign, q.output, sc.input)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	s.exitState(slot, output, assigned, next)
}

func (s *step) noNextState(sc *scope) *failure {
	return s.runtimeFailure(sc, "Failed to transition out of the state. The state does not point to a next state.")
}

// chooseRule returns the next state and the Assign of the rule that is true, or
// Default and the Assign of the state.
func (s *step) chooseRule(slot int32, sc *scope, st *state, input any) (int32, *asl.TemplateNode, *failure) {
	e := s.envOf(slot, input)
	s.forgetKnown(st.choice)
	rules := st.choice.rules
	for i := 0; i < len(rules); i++ {
		if rules[i].jump != nil {
			if next, ok := s.jumpFrom(&rules[i], input); ok && next > i {
				i = next - 1
				continue
			}
		}
		r := &rules[i]
		ok, failed := s.ruleHolds(r, e)
		if failed != nil {
			return 0, nil, failed
		}
		if ok {
			s.recordDecision(ChoseRule, sc, i)
			return r.next, r.assign, nil
		}
	}
	if st.choice.fallback < 0 {
		return 0, nil, s.noNextState(sc)
	}
	s.recordDecision(ChoseDefault, sc, none)
	return st.choice.fallback, st.assign, nil
}
