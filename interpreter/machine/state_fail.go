package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// runFail fails the scope with the state's Error and Cause, which may both be
// missing.
func (s *step) runFail(slot int32, sc *scope, st *state) {
	q := st.query
	if q == nil {
		q = new(query)
		s.showProbe("afterInputPath", sc.input)
	}
	err, failed := s.failField(slot, "ErrorPath", q.err, st.fail.Error, st.fail.ErrorPath, sc.input)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	cause, failed := s.failField(slot, "CausePath", q.cause, st.fail.Cause, st.fail.CausePath, sc.input)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	s.failState(slot, failureOf(err, cause))
}

func (s *step) failField(slot int32, name string, e *expression, literal asl.Opt[asl.String], path asl.Opt[asl.Path], input any) (*string, *failure) {
	switch {
	case e != nil:
		return s.viewOf(slot, input).evalString(e)
	case literal.IsSet():
		return &literal.Value.Value, nil
	case path.IsSet():
		return s.stringAtPath(slot, name, path.Value, input)
	}
	return nil, nil
}

// stringAtPath evaluates ErrorPath or CausePath, which may be an intrinsic function
// call.
func (s *step) stringAtPath(slot int32, name string, p asl.Path, input any) (*string, *failure) {
	node := asl.TemplateNode{Path: p.Parsed, Call: p.Call, Field: name}
	v, failed := s.evaluateTemplate(slot, &node, input)
	if failed != nil {
		return nil, failed
	}
	text, ok := v.(string)
	if !ok {
		return nil, s.runtimeFailure(&s.x.scopes[slot], "The %s field refers to value \"%s\" which is not a string: %s",
			name, value.String(v), p.Text)
	}
	return &text, nil
}
