package value

import "errors"

// The errors of a [Meter].
var (
	// ErrTooLarge: more bytes would be made than are left.
	ErrTooLarge = errors.New("value: more bytes than the limit")
	// ErrTooMuchWork: more steps were done than were left.
	ErrTooMuchWork = errors.New("value: more work than the limit")
)

// Meter bounds what is made and done while values are built: its owner sets how
// much is left, and whoever builds takes from that. A part that values share
// counts each time, as it is written each time. A nil *Meter bounds nothing. One
// goroutine at a time may use a Meter.
type Meter struct {
	Bytes int   // that may still be made, as [Append] writes them; < 0: more were asked for
	Steps int   // that may still be done, about one for a value or 16 bytes; < 0: more were asked for
	Made  int64 // the weight of all that was made, whether or not it is still held
}

// stepBytes is how many bytes are a step.
const stepBytes = 16

// Take counts a value that was made. It returns [ErrTooLarge] or
// [ErrTooMuchWork] if less is left.
func (m *Meter) Take(v any) error {
	if m == nil {
		return nil
	}
	size, _, weight := measureValue(v, MaxDepth+1, min(max(m.Bytes, 0), MaxSize))
	m.Made += int64(weight)
	return m.takeBytes(size)
}

// Share is [Meter.Take] for a value that was there before, and becomes an element
// or a member.
func (m *Meter) Share(v any) error { return m.takeShared(v, scalarWeight) }

// ShareParts is [Meter.Take] for an array or object whose elements or members
// were there before.
func (m *Meter) ShareParts(v any) error {
	switch v := v.(type) {
	case []any:
		return m.takeShared(v, arrayWeight*(1+len(v)))
	case *Object:
		return m.takeShared(v, arrayWeight*(2+v.Len()))
	}
	return m.takeShared(v, scalarWeight)
}

func (m *Meter) takeShared(v any, made int) error {
	if m == nil {
		return nil
	}
	m.Made += int64(made)
	size, _ := MeasureWithin(v, max(m.Bytes, 0))
	return m.takeBytes(size)
}

func (m *Meter) takeBytes(size int) error {
	if size > m.Bytes {
		m.Bytes = -1
		return ErrTooLarge
	}
	m.Bytes -= size
	return m.Read(size)
}

// Work counts steps before they are done. It returns [ErrTooMuchWork] if fewer
// are left.
func (m *Meter) Work(steps int) error {
	if m == nil {
		return nil
	}
	if steps > m.Steps {
		m.Steps = -1
		return ErrTooMuchWork
	}
	m.Steps -= steps
	return nil
}

// Read counts the work of going through so many bytes.
func (m *Meter) Read(bytes int) error { return m.Work(1 + bytes/stepBytes) }
