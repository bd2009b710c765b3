package history

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/gostates/gostates/value"
)

// MarshalJSON encodes the event as GetExecutionHistory does. The timestamp is
// in seconds since 1970 with three decimals, as on AWS's wire. Smaller
// fractions are lost.
func (e Event) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// AppendJSON appends the result of [Event.MarshalJSON].
func (e *Event) AppendJSON(dst []byte) []byte { return e.appendMembers(append(dst, '{')) }

// appendMembers appends the event's members and the closing brace.
func (e *Event) appendMembers(dst []byte) []byte {
	dst = append(dst, `"id":`...)
	dst = strconv.AppendUint(dst, uint64(e.ID), 10)
	dst = append(dst, `,"previousEventId":`...)
	dst = strconv.AppendUint(dst, uint64(e.Previous), 10)
	dst = append(dst, `,"timestamp":`...)
	dst = appendTimestamp(dst, e.Nanos)
	dst = append(dst, `,"type":"`...)
	dst = append(append(dst, e.Type.String()...), '"')
	if s := shapeOf(e.Type); s.details != nil {
		dst = append(append(dst, `,"`...), members[e.Type]...)
		dst = s.appendDetails(append(dst, `":`...), e)
	}
	return append(dst, '}')
}

// appendDetails appends the details of an event of the shape.
func (s *shape) appendDetails(dst []byte, e *Event) []byte {
	dst = append(dst, '{')
	first := true
	for i := range s.fields {
		before := len(dst)
		if !first {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), s.fields[i].name...), `":`...)
		var ok bool
		if dst, ok = s.fields[i].write(dst, e); !ok {
			dst = dst[:before]
			continue
		}
		first = false
	}
	return append(dst, '}')
}

const nanosPerMilli = int64(time.Millisecond)

func appendTimestamp(dst []byte, nanos int64) []byte {
	millis := nanos / nanosPerMilli
	if nanos%nanosPerMilli < 0 {
		millis--
	}
	if millis < 0 {
		dst = append(dst, '-')
		millis = -millis
	}
	dst = strconv.AppendInt(dst, millis/1000, 10)
	ms := millis % 1000
	return append(dst, '.', '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10))
}

// UnmarshalJSON decodes an event of GetExecutionHistory, from the wire or from
// the AWS CLI and SDKs: the timestamp may be a number of seconds since 1970 or
// ISO 8601. Data is parsed into values. Unknown members are ignored.
func (e *Event) UnmarshalJSON(text []byte) error {
	v, err := value.Parse(text)
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	o, ok := v.(*value.Object)
	if !ok {
		return fmt.Errorf("history: an event is an object, got %s", value.Kind(v))
	}
	return e.readObject(o)
}

func (e *Event) readObject(o *value.Object) error {
	var r Event
	for _, m := range envelope {
		v, ok := o.Get(m.name)
		if !ok {
			continue
		}
		if err := m.read(&r, v); err != nil {
			return r.errorf(m.name, err)
		}
	}
	if !o.Has("id") && !o.Has("type") {
		return errors.New(`history: not an event, which has an "id" and a "type", nor a history, which has "events"`)
	}
	if r.ID == 0 || r.Type == 0 {
		return fmt.Errorf("history: event %d: an event needs an id from 1 and a type", r.ID)
	}
	if err := r.readDetails(o); err != nil {
		return err
	}
	*e = r
	return nil
}

// envelope holds the members of every event. The id comes first, because
// messages name it.
var envelope = [...]struct {
	name string
	read func(*Event, any) error
}{
	{"id", func(e *Event, v any) error { return readID(&e.ID, v) }},
	{"type", func(e *Event, v any) error { return readType(&e.Type, v) }},
	{"previousEventId", func(e *Event, v any) error { return readID(&e.Previous, v) }},
	{"timestamp", func(e *Event, v any) error { return readTimestamp(&e.Nanos, v) }},
}

func (e *Event) errorf(at string, err error) error {
	if e.Type == 0 {
		return fmt.Errorf("history: event %d: %s: %w", e.ID, at, err)
	}
	return fmt.Errorf("history: event %d (%s): %s: %w", e.ID, e.Type, at, err)
}

func (e *Event) readDetails(o *value.Object) error {
	s := shapeOf(e.Type)
	if s.detail != nil {
		e.Detail = s.detail()
	}
	if s.data {
		e.Value = NoData{}
	}
	member := members[e.Type]
	v, ok := o.Get(member)
	if !ok || s.details == nil {
		return nil
	}
	details, ok := v.(*value.Object)
	if !ok {
		return e.errorf(member, wantError(false, "an object", v))
	}
	for i := range s.fields {
		f := &s.fields[i]
		v, _ := details.Get(f.name)
		if v == nil {
			continue // absent; some tools write null instead
		}
		if err := f.read(e, v); err != nil {
			return e.errorf(member+"."+f.name, err)
		}
	}
	return nil
}

func readID(at *uint32, v any) error {
	n, ok := v.(int64)
	*at = uint32(n)
	return wantError(ok && 0 <= n && n <= math.MaxUint32, "an event id", v)
}

func readType(at *Type, v any) error {
	name, _ := v.(string)
	t, ok := ParseType(name)
	*at = t
	return wantError(ok, "an event type", v)
}

// readTimestamp reads seconds since 1970 or ISO 8601. A float64 holds current
// times with an error below a microsecond, so it is rounded to microseconds.
func readTimestamp(at *int64, v any) error {
	switch v := v.(type) {
	case int64:
		return setSeconds(at, float64(v), v)
	case float64:
		return setSeconds(at, v, v)
	case string:
		t, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			return fmt.Errorf("want seconds since 1970 or ISO 8601, got %q", v)
		}
		if s := t.Unix(); s <= -maxSeconds || s >= maxSeconds {
			return wantError(false, "a time between the years 1678 and 2261", v)
		}
		*at = t.UnixNano()
		return nil
	}
	return wantError(false, "seconds since 1970 or ISO 8601", v)
}

// maxSeconds is in the year 2262, where nanoseconds overflow an int64.
const maxSeconds = math.MaxInt64 / 1_000_000_000

func setSeconds(at *int64, seconds float64, v any) error {
	if math.Abs(seconds) >= maxSeconds {
		return wantError(false, "a time between the years 1678 and 2261", v)
	}
	*at = int64(math.Round(seconds*1e6)) * 1000
	return nil
}
