package value

import "errors"

// Errors of a [Meter].
var (
	// ErrTooLarge means that a value would take more bytes than the meter has
	// left.
	ErrTooLarge = errors.New("value: more bytes than the limit")
	// ErrTooMuchWork means that a computation took more steps than the meter
	// had left.
	ErrTooMuchWork = errors.New("value: more work than the limit")
)

// Meter limits the size and the work of values under construction. Its owner
// sets Bytes and Steps, and each operation subtracts from them. A part that
// values share counts each time, as it is written each time. A nil *Meter sets
// no limits. A Meter is not safe for concurrent use.
type Meter struct {
	Bytes int   // bytes left, as [Append] writes them; negative after [ErrTooLarge]
	Steps int   // steps left, about one per value or 16 bytes; negative after [ErrTooMuchWork]
	Made  int64 // total weight of the values made, see [Weight]; it never decreases

	// Undone is how many steps [ErrTooMuchWork] took away: the work that it refused
	// was not done.
	Undone int

	// Look is called before work that leaves fewer Steps than Mark, which it must
	// lower. It may panic to stop the work.
	Look func()
	Mark int // a number of Steps
}

// stepBytes is the number of bytes that count as one step.
const stepBytes = 16

// Take counts a new value. It returns [ErrTooLarge] or [ErrTooMuchWork] if the
// meter has less left.
func (m *Meter) Take(v any) error {
	if m == nil {
		return nil
	}
	size, _, weight := measureValue(v, MaxDepth+1, min(max(m.Bytes, 0), MaxSize))
	m.Made += int64(weight)
	return m.takeBytes(size)
}

// Share is [Meter.Take] for an existing value that becomes an element or a
// member.
func (m *Meter) Share(v any) error { return m.takeShared(v, scalarWeight) }

// ShareParts is [Meter.Take] for a new array or object of existing elements or
// members.
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

// Work counts steps that the caller is about to take. It returns
// [ErrTooMuchWork] if the meter has fewer left.
func (m *Meter) Work(steps int) error {
	if m == nil {
		return nil
	}
	if steps > m.Steps {
		m.Undone += m.Steps + 1
		m.Steps = -1
		return ErrTooMuchWork
	}
	if m.Steps-steps < m.Mark && m.Look != nil {
		m.Look()
	}
	m.Steps -= steps
	return nil
}

// Read counts the work of reading this number of bytes.
func (m *Meter) Read(bytes int) error { return m.Work(1 + bytes/stepBytes) }
