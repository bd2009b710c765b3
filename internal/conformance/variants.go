package conformance

import (
	"strings"
	"time"

	"github.com/gostates/gostates/value"
)

// The following variants are accepted because AWS changed. They depend only on
// the date of the recording.

// recordedBefore reports whether the recording is known to be older than t.
func (m *matcher) recordedBefore(t time.Time) bool {
	return !m.recorded.IsZero() && m.recorded.Before(t)
}

// causes are the cases in which AWS changed previousEventId.
var causes = []struct {
	eventType string
	before    time.Time
	// accept receives the recorded id and the event to which the actual one
	// points.
	accept func(h *comparison, want any, cause *value.Object) bool
}{
	{"EvaluationFailed", dateOf(2024, 12), pastStateEntered},
	{"MapStateExited", dateOf(2024, 11), toMapRunSucceeded},
}

func dateOf(year int, month time.Month) time.Time {
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}

// pastStateEntered accepts the event to which its StateEntered points.
func pastStateEntered(_ *comparison, want any, cause *value.Object) bool {
	return strings.HasSuffix(textOf(cause, "type"), "StateEntered") && value.Identical(memberOf(cause, "previousEventId"), want)
}

// toMapRunSucceeded accepts MapRunSucceeded instead of MapRunStarted.
func toMapRunSucceeded(h *comparison, want any, cause *value.Object) bool {
	return textOf(cause, "type") == "MapRunStarted" && textOf(h.actualByID(want), "type") == "MapRunSucceeded"
}

// olderCause reports whether AWS pointed to another event at the time of the
// recording.
func (h *comparison) olderCause(want any, got *value.Object) bool {
	for _, v := range causes {
		if v.eventType == textOf(got, "type") && h.recordedBefore(v.before) {
			return v.accept(h, want, h.actualByID(memberOf(got, "previousEventId")))
		}
	}
	return false
}

// redrive is the time from which AWS can redrive executions. Before, the
// Execution in the context object had no RedriveCount.
var redrive = time.Date(2023, 11, 15, 0, 0, 0, 0, time.UTC)

// withoutRedrive returns the context object's Execution as AWS wrote it at the
// time of the recording, and any other object unchanged.
func (m *matcher) withoutRedrive(at string, want, got *value.Object) *value.Object {
	const added = "RedriveCount"
	if !m.recordedBefore(redrive) || !strings.HasSuffix(at, ".Execution") || want.Has(added) {
		return got
	}
	if !got.Has("StartTime") || memberOf(got, added) != int64(0) {
		return got
	}
	return got.Without(added)
}
