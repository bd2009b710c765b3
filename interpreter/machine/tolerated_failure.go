package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// evalTolerance evaluates ToleratedFailureCount and ToleratedFailurePercentage. A Map
// state in INLINE mode does not use their values.
func (s *step) evalTolerance(slot int32, m *mapState, input any) (t tolerance, failed *failure) {
	t = m.tolerance
	sc := &s.x.scopes[slot]
	if q := s.p.states[sc.state].query; q != nil {
		failed = s.evalTolerated(slot, q, input, &t)
		return t, failed
	}
	if m.countPath.path != nil {
		v, failed := s.selectPath(slot, &m.countPath, input)
		if failed != nil {
			return t, failed
		}
		n, ok := parseLong(v)
		if !ok {
			return t, s.notInteger(slot, "ToleratedFailureCountPath", v, &m.countPath)
		}
		if n < 0 {
			return t, s.runtimeFailure(sc, "ToleratedFailureCount cannot be negative.")
		}
		s.showProbe("toleratedFailureCount", n)
		t.count, t.hasCount = n, true
	}
	if m.percentPath.path == nil {
		return t, nil
	}
	v, failed := s.selectPath(slot, &m.percentPath, input)
	if failed != nil {
		return t, failed
	}
	n, ok := parseNumber(v)
	if !ok {
		return t, s.runtimeFailure(sc, "The ToleratedFailurePercentagePath field refers to value \"%s\" which is not a valid float: %s",
			plainText(v), m.percentPath.path)
	}
	if !t.setPercent(n) {
		return t, s.runtimeFailure(sc, "ToleratedFailurePercentage must be between 0 and 100.")
	}
	s.showProbe("toleratedFailurePercentage", n)
	return t, nil
}

// evalTolerated is evalTolerance for a JSONata state
// (docs/evidence.md#tolerated-jsonata).
func (s *step) evalTolerated(slot int32, q *query, input any, t *tolerance) *failure {
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
		t.count, t.hasCount = n, true
	}
	if q.percent == nil {
		return nil
	}
	n, failed := v.evalExpression(q.percent, "number")
	if failed != nil {
		return failed
	}
	if !t.setPercent(n) {
		return s.evaluationFailed(slot, q.percent.location, "ToleratedFailurePercentage must be between 0 and 100.")
	}
	s.showProbe("toleratedFailurePercentage", n)
	return nil
}

// setPercent sets the percentage to a number, which must be from 0 to 100.
func (t *tolerance) setPercent(n any) bool {
	low, _ := value.CompareNumbers(n, int64(0))
	if high, _ := value.CompareNumbers(n, int64(100)); low < 0 || high > 0 {
		return false
	}
	t.hasPercent = true
	switch n := n.(type) {
	case int64:
		t.percent = float64(n)
	case float64:
		t.percent = n
	}
	return true
}

// compileTolerance returns the values of the fields that hold numbers.
func compileTolerance(source *asl.MapState) (t tolerance) {
	if c := source.ToleratedFailureCount; c.IsSet() && c.Value.Expression == nil {
		t.count, t.hasCount = c.Value.Value, true
	}
	if p := source.ToleratedFailurePercentage; p.IsSet() && p.Value.Expression == nil {
		t.setPercent(p.Value.Value)
	}
	return t
}
