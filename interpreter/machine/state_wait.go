package machine

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// maxWait is the longest delay that AWS takes (recorded: 24855 days pass,
// 24856 do not).
const maxWait = math.MaxInt32 // seconds

// wait is a Wait state, compiled.
type wait struct {
	*asl.WaitState
	timestamp time.Time // the literal Timestamp, if there is one
}

func compileWait(source *asl.WaitState) *wait {
	w := &wait{WaitState: source}
	if source.Timestamp.Value.Expression == nil {
		w.timestamp, _ = asl.ParseTimestamp(source.Timestamp.Value.Value) // asl.Parse has checked it
	}
	return w
}

// runWait waits for the given time, or until it.
func (s *step) runWait(slot int32, sc *scope, st *state) {
	input, failure := s.inputPath(slot, sc, st)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	until, failure := s.waitUntil(slot, sc, st, input)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	if until <= s.now {
		s.leaveWait(slot)
		return
	}
	sc.phase, sc.deadline = phaseWait, until
	sc.work = nil // it may be long
	s.x.setTimer(slot)
}

func (s *step) leaveWait(slot int32) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	if st.query != nil {
		s.finish(slot, sc.input)
		return
	}
	input, failure := s.selectPath(slot, &st.inputPath, sc.input)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	assigned, failure := s.evalAssign(slot, st.assign, input)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	output, failure := s.selectPath(slot, &st.outputPath, input)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	s.leave(slot, output, assigned, st.next)
}

// waitUntil is the time at which the wait is over.
func (s *step) waitUntil(slot int32, sc *scope, st *state, input any) (int64, *failure) {
	w := st.wait
	if q := st.query; q != nil && (q.seconds != nil || q.timestamp != nil) {
		return s.queryUntil(slot, sc, q)
	}
	switch {
	case w.Seconds.IsSet():
		return s.after(sc, w.Seconds.Value.Value)
	case w.SecondsPath.IsSet():
		return s.secondsPath(slot, sc, w.SecondsPath.Value, input)
	case w.Timestamp.IsSet():
		return s.until(sc, w.timestamp)
	}
	path := w.TimestampPath.Value
	v, failure := s.waitOperand(slot, "TimestampPath", path, input)
	if failure != nil {
		return 0, failure
	}
	text, isText := v.(string)
	t, ok := asl.ParseTimestamp(text)
	if !isText || !ok {
		return 0, s.runtime(sc, "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: %s == %s",
			path.Text, plainText(v))
	}
	return s.until(sc, t)
}

// queryUntil is waitUntil for an expression.
func (s *step) queryUntil(slot int32, sc *scope, q *query) (int64, *failure) {
	v := s.see(slot, sc.input)
	if q.seconds != nil {
		n, failure := v.seconds(q.seconds)
		if failure != nil {
			return 0, failure
		}
		return s.after(sc, n)
	}
	text, failure := v.text(q.timestamp)
	if failure != nil {
		return 0, failure
	}
	t, ok := asl.ParseTimestamp(*text)
	if !ok {
		return 0, s.evaluationFailed(slot, q.timestamp.location,
			"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: "+*text)
	}
	return s.until(sc, t)
}

func (s *step) secondsPath(slot int32, sc *scope, path asl.Path, input any) (int64, *failure) {
	v, failure := s.waitOperand(slot, "SecondsPath", path, input)
	if failure != nil {
		return 0, failure
	}
	n, ok := parseLong(v)
	if !ok {
		return 0, s.runtime(sc, "The SecondsPath parameter cannot be parsed as a long value: %s == %s", path.Text, plainText(v))
	}
	if n < 0 {
		return 0, s.runtime(sc, "The SecondsPath parameter references a negative value: %s == %d", path.Text, n)
	}
	return s.after(sc, n)
}

// waitOperand returns what SecondsPath or TimestampPath selects.
func (s *step) waitOperand(slot int32, name string, path asl.Path, input any) (any, *failure) {
	e := s.at(slot, input)
	v, ok, failure := e.lookup(path.Parsed)
	if ok || failure != nil {
		return v, failure
	}
	if e.lacksDocument(path.Parsed) {
		return nil, s.runtime(&s.x.scopes[slot], nullDocument)
	}
	return nil, s.runtime(&s.x.scopes[slot], "The %s parameter does not reference an input value: %s", name, path.Text)
}

// parseLong reads a whole number. A string that holds one counts as the number,
// in every field whose name ends in Path (docs/evidence.md#numeric-string).
func parseLong(v any) (int64, bool) {
	if text, ok := v.(string); ok {
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	}
	n, ok := v.(int64)
	return n, ok
}

// parseNumber reads a number as parseLong does, with a fraction and an exponent too.
func parseNumber(v any) (any, bool) {
	text, ok := v.(string)
	if !ok {
		return v, isNumber(v)
	}
	if strings.Trim(text, "+-.0123456789eE") != "" {
		return nil, false // ParseFloat reads more than decimal numbers
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

func (s *step) after(sc *scope, seconds int64) (int64, *failure) {
	if seconds > maxWait {
		return 0, s.runtime(sc, "Wait state delay is too long.")
	}
	return later(s.now, time.Duration(seconds)*time.Second), nil
}

// until is the end of a wait for a timestamp, whose fraction of a second is cut
// off (docs/evidence.md#wait-timestamp).
func (s *step) until(sc *scope, t time.Time) (int64, *failure) {
	now := time.Unix(0, s.now)
	if t.Unix()-now.Unix() > maxWait {
		return 0, s.runtime(sc, "Wait state delay is too long.")
	}
	return later(s.now, max(0, time.Unix(t.Unix(), 0).Sub(now))), nil
}

// plainText is a value in a message: a string without its quotes.
func plainText(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return value.String(v)
}
