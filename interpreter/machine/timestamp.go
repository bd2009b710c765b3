package machine

import (
	"time"

	"github.com/gostates/gostates/asl"
)

// evalWaitDeadline returns the end of a wait for Seconds or Timestamp in a JSONata
// state.
func (s *step) evalWaitDeadline(slot int32, sc *scope, q *query) (int64, *failure) {
	v := s.viewOf(slot, sc.input)
	if q.seconds != nil {
		n, failed := v.evalSeconds(q.seconds)
		if failed != nil {
			return 0, failed
		}
		return s.waitAfter(sc, n)
	}
	text, failed := v.evalString(q.timestamp)
	if failed != nil {
		return 0, failed
	}
	t, ok := asl.ParseTimestamp(*text)
	if !ok {
		return 0, s.evaluationFailed(slot, q.timestamp.location,
			"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: "+*text)
	}
	return s.waitUntilTime(sc, t)
}

// waitUntilTime returns the end of a wait for a timestamp, truncated to a second
// (docs/evidence.md#wait-timestamp).
func (s *step) waitUntilTime(sc *scope, t time.Time) (int64, *failure) {
	now := time.Unix(0, s.now)
	if t.Unix()-now.Unix() > maxWait {
		return 0, s.runtimeFailure(sc, "Wait state delay is too long.")
	}
	return addDuration(s.now, max(0, time.Unix(t.Unix(), 0).Sub(now))), nil
}
