package machine

import "github.com/gostates/gostates/asl"

// runFail fails its scope with the state's Error and Cause, each of which may
// be missing.
func (s *step) runFail(slot int32, sc *scope, st *state) {
	q := st.query
	if q == nil {
		q = new(query)
		s.show("afterInputPath", sc.input)
	}
	err, failure := s.failText(slot, "ErrorPath", q.err, st.fail.Error, st.fail.ErrorPath, sc.input)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	cause, failure := s.failText(slot, "CausePath", q.cause, st.fail.Cause, st.fail.CausePath, sc.input)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	s.fail(slot, failed(err, cause))
}

func (s *step) failText(slot int32, name string, e *expression, literal asl.Opt[asl.String], path asl.Opt[asl.Path], input any) (*string, *failure) {
	switch {
	case e != nil:
		return s.see(slot, input).text(e)
	case literal.IsSet():
		return &literal.Value.Value, nil
	case path.IsSet():
		return s.textOf(slot, name, path.Value, input)
	}
	return nil, nil
}
