package value

import "errors"

// The errors of a [Meter].
var (
	// ErrTooLarge: more bytes would be made than are left.
	ErrTooLarge = errors.New("value: more bytes than the limit")
	// ErrTooMuchWork: more steps were done than were left.
	ErrTooMuchWork = errors.New("value: more work than the limit")
)

// Meter bounds what is made and done while values are built: its owner says how
// much is left, and whoever builds takes from that. Parts that values share
// count each time, as they are written each time. A nil *Meter bounds nothing.
// One goroutine at a time may use a Meter.
type Meter struct {
	Bytes int // that may still be made, as [Append] writes them; < 0: too many were
	Steps int // that may still be done: about one for a value or 16 bytes; < 0: too many were
}

// stepBytes is how many bytes are a step.
const stepBytes = 16

// Take counts a value that was made. It returns [ErrTooLarge] or
// [ErrTooMuchWork] where not so much was left.
func (m *Meter) Take(v any) error {
	if m == nil {
		return nil
	}
	size, _ := MeasureWithin(v, max(m.Bytes, 0))
	return m.TakeBytes(size)
}

// TakeBytes is [Meter.Take] for something of a known size.
func (m *Meter) TakeBytes(n int) error {
	if m == nil {
		return nil
	}
	if m.Bytes -= n; m.Bytes < 0 {
		return ErrTooLarge
	}
	return m.Work(1 + n/stepBytes)
}

// Work counts steps. It returns [ErrTooMuchWork] where fewer were left.
func (m *Meter) Work(steps int) error {
	if m == nil {
		return nil
	}
	if m.Steps -= steps; m.Steps < 0 {
		return ErrTooMuchWork
	}
	return nil
}

// Read counts the work of going through so many bytes.
func (m *Meter) Read(bytes int) error { return m.Work(1 + bytes/stepBytes) }
