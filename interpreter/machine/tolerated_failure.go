package machine

import "github.com/gostates/gostates/value"

// checkTolerated validates ToleratedFailureCountPath and
// ToleratedFailurePercentagePath. An inline Map state does not use their values.
func (s *step) checkTolerated(slot int32, m *mapState, input any) *failure {
	sc := &s.x.scopes[slot]
	if q := s.p.states[sc.state].query; q != nil {
		return s.evalTolerated(slot, q, input)
	}
	if m.countPath.path != nil {
		v, failed := s.selectPath(slot, &m.countPath, input)
		if failed != nil {
			return failed
		}
		n, ok := parseLong(v)
		if !ok {
			return s.notInteger(slot, "ToleratedFailureCountPath", v, &m.countPath)
		}
		if n < 0 {
			return s.runtimeFailure(sc, "ToleratedFailureCount cannot be negative.")
		}
		s.showProbe("toleratedFailureCount", n)
	}
	if m.percentPath.path == nil {
		return nil
	}
	v, failed := s.selectPath(slot, &m.percentPath, input)
	if failed != nil {
		return failed
	}
	n, ok := parseNumber(v)
	if !ok {
		return s.runtimeFailure(sc, "The ToleratedFailurePercentagePath field refers to value \"%s\" which is not a valid float: %s",
			plainText(v), m.percentPath.path)
	}
	low, _ := value.CompareNumbers(n, int64(0))
	if high, _ := value.CompareNumbers(n, int64(100)); low < 0 || high > 0 {
		return s.runtimeFailure(sc, "ToleratedFailurePercentage must be between 0 and 100.")
	}
	s.showProbe("toleratedFailurePercentage", n)
	return nil
}

// evalTolerated is checkTolerated for a JSONata state
// (docs/evidence.md#tolerated-jsonata).
func (s *step) evalTolerated(slot int32, q *query, input any) *failure {
	v := s.viewOf(slot, input)
	if q.count != nil {
		n, failed := v.evalInteger(q.count)
		if failed != nil {
			return failed
		}
		if n < 0 {
			return s.evaluationFailed(slot, q.count.location, "ToleratedFailureCount cannot be negative.")
		}
		if s.r.Probe != nil {
			s.showProbe("toleratedFailureCount", n)
		}
	}
	if q.percent == nil {
		return nil
	}
	n, failed := v.evalExpression(q.percent, "number")
	if failed != nil {
		return failed
	}
	low, _ := value.CompareNumbers(n, int64(0))
	if high, _ := value.CompareNumbers(n, int64(100)); low < 0 || high > 0 {
		return s.evaluationFailed(slot, q.percent.location, "ToleratedFailurePercentage must be between 0 and 100.")
	}
	s.showProbe("toleratedFailurePercentage", n)
	return nil
}
