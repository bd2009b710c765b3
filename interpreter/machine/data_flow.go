package machine

import (
	"errors"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// inputPath applies InputPath.
func (s *step) inputPath(slot int32, sc *scope, st *state) (any, *failure) {
	input, failed := s.selectPath(slot, &st.inputPath, sc.input)
	if failed == nil && st.query == nil {
		s.showProbe("afterInputPath", input)
	}
	return input, failed
}

// effectiveInput applies InputPath and Parameters, or Arguments.
func (s *step) effectiveInput(slot int32, sc *scope, st *state) (any, *failure) {
	input, failed := s.selectPath(slot, &st.inputPath, sc.input)
	if failed != nil {
		return nil, failed
	}
	shown := st.kind == kindPass && st.query == nil // AWS does not show them for a Parallel state
	if shown {
		s.showProbe("afterInputPath", input)
	}
	if st.parameters != nil {
		if input, failed = st.parameters.evaluate(s, slot, input); failed != nil {
			return nil, failed
		}
	}
	if shown {
		s.showProbe("afterParameters", input)
	}
	return input, nil
}

// finishState leaves a state with the output of its result.
func (s *step) finishState(slot int32, result any) {
	output, assigned, failed := s.stateOutput(slot, result)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	s.exitState(slot, output, assigned, s.p.states[s.x.scopes[slot].state].next)
}

// stateOutput applies Assign, ResultSelector, ResultPath and OutputPath, or Assign and
// Output, to the result of a state. It returns the output and the assigned variables.
func (s *step) stateOutput(slot int32, result any) (any, *value.Object, *failure) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	if st.query != nil {
		return s.evalStateOutput(slot, sc, st, result)
	}
	assigned, failed := s.evaluateAssign(slot, st.assign, result)
	if failed != nil {
		return nil, nil, failed
	}
	output := result
	if st.resultSelector != nil {
		if output, failed = s.evaluateTemplate(slot, st.resultSelector, result); failed != nil {
			return nil, nil, failed
		}
	}
	s.showProbe("afterResultSelector", output)
	if output, failed = s.applyResultPath(sc, &st.resultPath, output); failed != nil {
		return nil, nil, failed
	}
	s.showProbe("afterResultPath", output)
	if output, failed = s.selectPath(slot, &st.outputPath, output); failed != nil {
		return nil, nil, failed
	}
	if s.exceedsPayload(output) {
		return nil, nil, sizeFailure(st.name)
	}
	return output, assigned, nil
}

// passThrough applies Assign and OutputPath, or Assign and Output, to the input of a
// Choice, Wait or Succeed state. assign is that of a JSONPath state.
func (s *step) passThrough(slot int32, sc *scope, st *state, assign *asl.TemplateNode, input any) (any, *value.Object, *failure) {
	if st.query != nil {
		return s.evalStateOutput(slot, sc, st, input)
	}
	assigned, failed := s.evaluateAssign(slot, assign, input)
	if failed != nil {
		return nil, nil, failed
	}
	output, failed := s.selectPath(slot, &st.outputPath, input)
	return output, assigned, failed
}

// selectPath applies InputPath, OutputPath or another path field.
func (s *step) selectPath(slot int32, f *field, input any) (any, *failure) {
	if f.path == nil {
		if f.null {
			return value.NewObject(0), nil
		}
		return input, nil
	}
	v, err := s.envOf(slot, input).Get(f.path)
	if err != nil {
		if errors.Is(err, errNullDocument) {
			return nil, s.runtimeFailure(&s.x.scopes[slot], nullDocument)
		}
		if failed := s.limitFailure(slot, err); failed != nil {
			return nil, failed
		}
		return nil, s.runtimeFailure(&s.x.scopes[slot], "Invalid path '%s' : %s", f.path, err)
	}
	// A definite path into the input selects a part of a value that was measured
	// before.
	if (!f.path.Definite() || f.path.Root() == jsonpath.Context) && s.exceedsPayload(v) {
		return nil, sizeFailure(s.p.states[s.x.scopes[slot].state].name)
	}
	return value.Compact(v), nil
}

// evalStateOutput is stateOutput for a JSONata state. $states.result is only
// defined in Task, Parallel and Map states.
func (s *step) evalStateOutput(slot int32, sc *scope, st *state, result any) (any, *value.Object, *failure) {
	v := s.viewOf(slot, sc.input)
	switch st.kind {
	case kindTask, kindParallel, kindMap:
		v.result = result
	}
	output, assigned, failed := v.evalExit(st.query.assign, st.query.output, result)
	if failed == nil && st.query.output == nil && s.exceedsPayload(output) {
		failed = sizeFailure(st.name)
	}
	return output, assigned, failed
}

// evalExit evaluates Assign and Output. Without an Output, the output is otherwise.
func (v *view) evalExit(assign, output *data, otherwise any) (any, *value.Object, *failure) {
	assigned, failed := v.evalAssign(assign)
	if failed != nil {
		return nil, nil, failed
	}
	if output == nil {
		return otherwise, assigned, nil
	}
	made, failed := v.evalField(output)
	if failed != nil {
		return nil, nil, failed
	}
	if v.s.exceedsPayload(made) {
		return nil, nil, sizeFailure(v.s.p.states[v.s.x.scopes[v.slot].state].name)
	}
	return made, assigned, nil
}

func (st *state) compileDataFlow(f *asl.DataFlow, t *asl.Transition, assign asl.Opt[asl.Template], names *stateIndexes) {
	st.inputPath, st.outputPath = compilePath(f.InputPath), compilePath(f.OutputPath)
	st.assign = compileTemplate(assign)
	if !t.End.Value {
		st.next = names.resolveTarget(t.Next)
	}
}

// keepsResult reports whether the output of a state is its unchanged result, and
// nothing is assigned.
func (st *state) keepsResult() bool {
	if q := st.query; q != nil {
		return q.output == nil && q.assign == nil
	}
	return st.assign == nil && st.resultSelector == nil && st.resultPath.isAbsent() && st.outputPath.isAbsent()
}
