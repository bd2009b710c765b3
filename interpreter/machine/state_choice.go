package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// choice is a Choice state, compiled.
type choice struct {
	rules    []rule
	fallback int32 // Default; none: there is none
}

// runChoice goes where the first rule that is true says, or to Default.
func (s *step) runChoice(slot int32, sc *scope, st *state) {
	if st.query != nil {
		s.queryChoice(slot, sc, st)
		return
	}
	input, failure := s.inputPath(slot, sc, st)
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

// queryChoice is runChoice for a JSONata state.
func (s *step) queryChoice(slot int32, sc *scope, st *state) {
	v := s.see(slot, sc.input)
	next, q, chosen := st.choice.fallback, st.query, none
	for i := range st.choice.rules {
		r := &st.choice.rules[i]
		is, failure := v.holds(r.condition)
		if failure != nil {
			s.fail(slot, failure)
			return
		}
		if is {
			next, q, chosen = r.next, r.query, i
			break
		}
	}
	if next < 0 {
		s.fail(slot, s.noNextState(sc))
		return
	}
	if chosen >= 0 {
		s.decide(ChoseRule, sc, chosen)
	} else {
		s.decide(ChoseDefault, sc, none)
	}
	output, assigned, failure := v.leaving(q.assign, q.output, sc.input)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	s.leave(slot, output, assigned, next)
}

// holds evaluates a Condition: a boolean, or an expression that gives one.
func (v *view) holds(condition *data) (bool, *failure) {
	if condition.expr == nil {
		return condition.literal == true, nil
	}
	is, failure := v.eval(condition.expr, "boolean")
	return is == true, failure
}

func (s *step) noNextState(sc *scope) *failure {
	return s.runtime(sc, "Failed to transition out of the state. The state does not point to a next state.")
}

// choose returns the next state and the Assign that goes with it: the rule's,
// or the state's own for Default.
func (s *step) choose(slot int32, sc *scope, st *state, input any) (int32, *asl.TemplateNode, *failure) {
	e := s.at(slot, input)
	for i := range st.choice.rules {
		r := &st.choice.rules[i]
		ok, failure := s.holds(r, e)
		if failure != nil {
			return 0, nil, failure
		}
		if ok {
			s.decide(ChoseRule, sc, i)
			return r.next, r.assign, nil
		}
	}
	if st.choice.fallback < 0 {
		return 0, nil, s.noNextState(sc)
	}
	s.decide(ChoseDefault, sc, none)
	return st.choice.fallback, st.assign, nil
}
