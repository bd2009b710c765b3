package machine

import (
	"math"
	"time"

	"github.com/gostates/gostates/asl"
)

// maxWait is the longest delay that AWS accepts, in seconds: between 24,855 and
// 24,856 days.
const maxWait = math.MaxInt32

// wait is a compiled Wait state.
type wait struct {
	*asl.WaitState
	timestamp time.Time // the literal Timestamp, if set
}

func compileWait(source *asl.WaitState) *wait {
	w := &wait{WaitState: source}
	if source.Timestamp.Value.Expression == nil {
		w.timestamp, _ = asl.ParseTimestamp(source.Timestamp.Value.Value) // valid, or asl.Parse would have failed
	}
	return w
}

// runWait waits for a number of seconds or until a timestamp.
func (s *step) runWait(slot int32, sc *scope, st *state) {
	input, failed := s.inputPath(slot, sc, st)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	until, failed := s.waitDeadline(slot, sc, st, input)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	until = addDuration(s.now, s.p.scaleWait(time.Duration(until-s.now)))
	if until <= s.now {
		s.exitWait(slot)
		return
	}
	sc.phase, sc.deadline = phaseWait, until
	sc.work = nil // not needed during a long wait
	s.x.setTimer(slot)
}

func (s *step) exitWait(slot int32) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	input, failed := s.selectPath(slot, &st.inputPath, sc.input)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	output, assigned, failed := s.passThrough(slot, sc, st, st.assign, input)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	s.exitState(slot, output, assigned, st.next)
}

// waitDeadline returns the end of the wait.
func (s *step) waitDeadline(slot int32, sc *scope, st *state, input any) (int64, *failure) {
	w := st.wait
	if q := st.query; q != nil && (q.seconds != nil || q.timestamp != nil) {
		return s.evalWaitDeadline(slot, sc, q)
	}
	switch {
	case w.Seconds.IsSet():
		return s.waitAfter(sc, w.Seconds.Value.Value)
	case w.SecondsPath.IsSet():
		return s.waitSecondsPath(slot, sc, w.SecondsPath.Value, input)
	case w.Timestamp.IsSet():
		return s.waitUntilTime(sc, w.timestamp)
	}
	path := w.TimestampPath.Value
	v, failed := s.waitOperand(slot, "TimestampPath", path, input)
	if failed != nil {
		return 0, failed
	}
	text, isText := v.(string)
	t, ok := asl.ParseTimestamp(text)
	if !isText || !ok {
		return 0, s.runtimeFailure(sc, "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: %s == %s",
			path.Text, plainText(v))
	}
	return s.waitUntilTime(sc, t)
}

// waitSecondsPath returns the end of a wait for SecondsPath.
func (s *step) waitSecondsPath(slot int32, sc *scope, path asl.Path, input any) (int64, *failure) {
	v, failed := s.waitOperand(slot, "SecondsPath", path, input)
	if failed != nil {
		return 0, failed
	}
	n, ok := parseLong(v)
	if !ok {
		return 0, s.runtimeFailure(sc, "The SecondsPath parameter cannot be parsed as a long value: %s == %s", path.Text, plainText(v))
	}
	if n < 0 {
		return 0, s.runtimeFailure(sc, "The SecondsPath parameter references a negative value: %s == %d", path.Text, n)
	}
	return s.waitAfter(sc, n)
}

// waitOperand returns what SecondsPath or TimestampPath selects.
func (s *step) waitOperand(slot int32, name string, path asl.Path, input any) (any, *failure) {
	e := s.envOf(slot, input)
	v, ok, failed := e.lookupPath(path.Parsed)
	if ok || failed != nil {
		return v, failed
	}
	if e.lacksDocument(path.Parsed) {
		return nil, s.runtimeFailure(&s.x.scopes[slot], nullDocument)
	}
	return nil, s.runtimeFailure(&s.x.scopes[slot], "The %s parameter does not reference an input value: %s", name, path.Text)
}

func (s *step) waitAfter(sc *scope, seconds int64) (int64, *failure) {
	if seconds > maxWait {
		return 0, s.runtimeFailure(sc, "Wait state delay is too long.")
	}
	return addDuration(s.now, time.Duration(seconds)*time.Second), nil
}
