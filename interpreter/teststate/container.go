package teststate

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/internal/probe"
	"github.com/gostates/gostates/value"
)

// exceededCause is AWS's cause of States.ExceedToleratedFailureThreshold.
const exceededCause = "The specified tolerated failure threshold was exceeded"

// answerContainer answers a Map or Parallel state with its mock.
func (t *test) answerContainer() probe.Answer {
	if m, ok := t.state.(*asl.MapState); ok {
		if t.unread != nil {
			return unreadAnswer(t.unread)
		}
		if failed := t.applyItemBatcher(m); failed != nil {
			return *failed
		}
		t.showThresholds(m)
		if n := t.request.failureCount(); n > len(t.probe.Items) && (!t.probe.Read || t.probe.Items != nil) {
			t.refused = errTooManyFailures
		}
		if t.request.Mock.ErrorOutput == nil && t.exceedsThreshold() {
			name, cause := asl.StatesExceedToleratedFailureThreshold, exceededCause
			return probe.Answer{Failed: true, Error: &name, Cause: &cause}
		}
		if results, ok := t.result.([]any); ok && m.ResultWriter == nil && len(results) != t.iterations {
			t.refused = errIterations
		}
	}
	return t.mockAnswer()
}

// showThresholds adds literal failure thresholds to the inspection data. Evaluated
// ones are there already.
func (t *test) showThresholds(m *asl.MapState) {
	if n := m.ToleratedFailureCount; n.IsSet() && n.Value.Expression == nil {
		t.probe.Data.Set("toleratedFailureCount", n.Value.Value)
	}
	if n := m.ToleratedFailurePercentage; n.IsSet() && n.Value.Expression == nil {
		t.probe.Data.Set("toleratedFailurePercentage", n.Value.Value)
	}
}

// exceedsThreshold reports whether more iterations failed than are tolerated.
// Without a threshold, any number is tolerated.
func (t *test) exceedsThreshold() bool {
	n := int64(t.request.failureCount())
	if count, ok := t.probe.Data.Get("toleratedFailureCount"); ok {
		if c, ok := value.CompareNumbers(n, count); ok && c > 0 {
			return true
		}
	}
	percent, ok := t.probe.Data.Get("toleratedFailurePercentage")
	if !ok || len(t.probe.Items) == 0 {
		return false
	}
	c, ok := value.CompareNumbers(float64(n)*100/float64(len(t.probe.Items)), percent)
	return ok && c > 0
}
