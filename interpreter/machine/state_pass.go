package machine

import (
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// runPass passes the input on, or the fixed Result. A Result of null counts as
// none.
func (s *step) runPass(slot int32, sc *scope, st *state) {
	if st.plain && s.r.Probe == nil {
		s.passOn(slot, sc, st)
		return
	}
	result, failure := s.passResult(slot, sc, st)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	s.finish(slot, result)
}

// passOn is leave for a state that changes nothing, which has no work either.
func (s *step) passOn(slot int32, sc *scope, st *state) {
	sc.prev = s.event(history.Event{Type: st.exited, Previous: sc.prev, Name: st.name, Value: sc.input})
	if st.next < 0 {
		s.scopeSucceeded(slot)
		return
	}
	sc.state = st.next
	s.goOn(slot, phaseEnter)
}

func (s *step) passResult(slot int32, sc *scope, st *state) (any, *failure) {
	if st.pass.Result.Value != nil {
		if st.query == nil {
			s.show("result", st.pass.Result.Value)
		}
		return st.pass.Result.Value, nil
	}
	return s.effectiveInput(slot, sc, st)
}

// effectiveInput is the input after InputPath and Parameters.
func (s *step) effectiveInput(slot int32, sc *scope, st *state) (any, *failure) {
	if q := st.query; q != nil {
		if q.arguments == nil {
			return sc.input, nil
		}
		return s.see(slot, sc.input).data(q.arguments)
	}
	input, failure := s.selectPath(slot, &st.inputPath, sc.input)
	if failure != nil {
		return nil, failure
	}
	shown := st.kind == kindPass // and not of a Parallel (recorded of TestState)
	if shown {
		s.show("afterInputPath", input)
	}
	if st.parameters != nil {
		if input, failure = s.evaluate(slot, st.parameters, input); failure != nil {
			return nil, failure
		}
	}
	if shown {
		s.show("afterParameters", input)
	}
	return input, nil
}

// finish leaves a state that has its result: ResultSelector, ResultPath,
// OutputPath and Assign.
func (s *step) finish(slot int32, result any) {
	output, assigned, failure := s.stateOutput(slot, result)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	s.leave(slot, output, assigned, s.p.states[s.x.scopes[slot].state].next)
}

func (s *step) stateOutput(slot int32, result any) (any, *value.Object, *failure) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	if st.query != nil {
		return s.queryOutput(slot, sc, st, result)
	}
	assigned, failure := s.evalAssign(slot, st.assign, result)
	if failure != nil {
		return nil, nil, failure
	}
	output := result
	if st.resultSelector != nil {
		if output, failure = s.evaluate(slot, st.resultSelector, result); failure != nil {
			return nil, nil, failure
		}
	}
	s.show("afterResultSelector", output)
	if output, failure = s.applyResultPath(sc, &st.resultPath, output); failure != nil {
		return nil, nil, failure
	}
	s.show("afterResultPath", output)
	if output, failure = s.selectPath(slot, &st.outputPath, output); failure != nil {
		return nil, nil, failure
	}
	if s.tooLarge(output) {
		return nil, nil, tooLong(st.name)
	}
	return output, assigned, nil
}
