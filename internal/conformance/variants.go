package conformance

import (
	"strings"
	"time"

	"github.com/gostates/gostates/value"
)

// What follows is accepted besides equality because AWS changed: by the date of
// the recording and nothing else.

// recordedBefore reports whether the recording is known to be older.
func (m *matcher) recordedBefore(t time.Time) bool {
	return !m.recorded.IsZero() && m.recorded.Before(t)
}

// causes are where AWS changed what previousEventId points to.
var causes = []struct {
	eventType string
	before    time.Time
	// accept gets what the recording points to, and the event that the actual
	// one points to.
	accept func(h *comparison, want any, cause *value.Object) bool
}{
	{"EvaluationFailed", dateOf(2024, 12), pastStateEntered},
	{"MapStateExited", dateOf(2024, 11), toMapRunSucceeded},
}

func dateOf(year int, month time.Month) time.Time {
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}

// pastStateEntered: it pointed to what its StateEntered points to.
func pastStateEntered(_ *comparison, want any, cause *value.Object) bool {
	return strings.HasSuffix(textOf(cause, "type"), "StateEntered") && value.Identical(memberOf(cause, "previousEventId"), want)
}

// toMapRunSucceeded: it pointed to MapRunSucceeded in the place of
// MapRunStarted.
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

// redrive is when AWS began to redrive executions. Before, the Execution in the
// context object had no RedriveCount.
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
