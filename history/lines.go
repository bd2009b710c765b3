package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/gostates/gostates/value"
)

// Writer writes events as JSON Lines: one event per line, as
// [Event.MarshalJSON] encodes it, after the name of its execution:
//
//	{"execution":"order-1","id":1,"previousEventId":0,"timestamp":...}
//
// It is a [Sink] and safe for concurrent use. Every Record is one Write of
// whole lines to the underlying writer. After an error, which may leave half a
// line, it writes no more and returns the same error.
//
// A process that is killed may leave a part of its last Record: some whole
// lines and one torn line. [AppendTo] continues such a file. If the execution
// is restored from an earlier snapshot, these events come again with the same
// ids.
type Writer struct {
	// WithoutData omits inputs, outputs and variables: see [Event.WithoutData]. It
	// must not be changed after the first Record.
	WithoutData bool

	mu  sync.Mutex
	w   io.Writer
	buf []byte
	err error
}

// NewWriter returns a Writer on w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// File is an *os.File that is open for reading and writing.
type File interface {
	io.ReaderAt
	io.WriteSeeker
	Truncate(size int64) error
}

// AppendTo returns a Writer that appends to a file. If the file ends in a torn
// line, as after a Writer's process was killed, AppendTo removes that line. If
// only the line break is missing, AppendTo adds it. It does not change a file
// that ends in anything else, and returns an error with the position. Nobody
// else may write to the file meanwhile.
func AppendTo(f File) (*Writer, error) {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	tail, err := lastLine(f, end)
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	start := end - int64(len(tail))
	switch {
	case len(tail) == 0:
		return NewWriter(f), nil
	case json.Valid(tail):
		_, err = f.Write([]byte{'\n'})
	case isTorn(tail):
		if err = f.Truncate(start); err == nil {
			_, err = f.Seek(start, io.SeekStart)
		}
	default:
		return nil, fmt.Errorf("history: after offset %d: neither an event nor the start of one", start)
	}
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	return NewWriter(f), nil
}

// lastLine returns the bytes after the last line break before end.
func lastLine(f io.ReaderAt, end int64) ([]byte, error) {
	const chunk = 64 << 10
	for size := min(end, chunk); ; size = min(end, 2*size) {
		text := make([]byte, size)
		if n, err := f.ReadAt(text, end-size); n < len(text) {
			return nil, err
		}
		if at := bytes.LastIndexByte(text, '\n'); at >= 0 || size == end {
			return text[at+1:], nil
		}
	}
}

// isTorn reports whether a line is the start of one that a Writer writes.
func isTorn(line []byte) bool {
	for _, start := range []string{`{"execution":"`, `{"id":`} {
		n := min(len(line), len(start))
		if string(line[:n]) == start[:n] {
			return true
		}
	}
	return false
}

// keptBuffer is the largest buffer that is kept for the next lines, in bytes.
const keptBuffer = 64 << 10

// Record writes the events. It does not keep them.
func (w *Writer) Record(execution string, events []Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil || len(events) == 0 {
		return w.err
	}
	buf := w.buf[:0]
	for i := range events {
		buf = append(w.appendEvent(buf, execution, &events[i]), '\n')
	}
	if _, err := w.w.Write(buf); err != nil {
		w.err = fmt.Errorf("history: %w", err)
	}
	if cap(buf) <= keptBuffer {
		w.buf = buf
	}
	return w.err
}

func (w *Writer) appendEvent(buf []byte, execution string, e *Event) []byte {
	if execution == "" {
		buf = append(buf, '{')
	} else {
		buf = append(buf, `{"execution":`...)
		buf = append(value.AppendString(buf, execution), ',')
	}
	if w.WithoutData {
		bare := e.WithoutData()
		e = &bare
	}
	return e.appendMembers(buf)
}

// Reader reads events from JSON Lines as [Writer] writes them, or from one or
// more responses of GetExecutionHistory, {"events":[...]}. It is not safe for
// concurrent use.
type Reader struct {
	dec       *json.Decoder
	execution string
	page      []any // remaining events of a response
	err       error
}

// NewReader returns a Reader on r. It may read ahead.
func NewReader(r io.Reader) *Reader { return &Reader{dec: json.NewDecoder(r)} }

// Next returns the next event, or [io.EOF] after the last one. The error is an
// [io.ErrUnexpectedEOF] if the input ends within a line, as after the process
// of a [Writer] was killed: all events before it are valid. After an error Next
// returns the same error again.
func (r *Reader) Next() (Event, error) {
	var e Event
	if r.err == nil {
		r.err = r.readNext(&e)
	}
	return e, r.err
}

// Execution returns the name of the execution of the last event, or "" if the
// input does not have it.
func (r *Reader) Execution() string { return r.execution }

// All iterates over the remaining events, up to the first error.
func (r *Reader) All() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for {
			e, err := r.Next()
			if err == io.EOF || !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (r *Reader) readNext(e *Event) error {
	for len(r.page) == 0 {
		if err := r.loadPage(); err != nil {
			return err
		}
	}
	o, ok := r.page[0].(*value.Object)
	if !ok {
		return fmt.Errorf("history: an event is an object, got %s", value.Kind(r.page[0]))
	}
	r.page = r.page[1:]
	name, _ := o.Get("execution")
	r.execution, _ = name.(string)
	return e.readObject(o)
}

// loadPage reads the next line or response.
func (r *Reader) loadPage() error {
	at := r.dec.InputOffset()
	var text json.RawMessage
	if err := r.dec.Decode(&text); err != nil {
		if err == io.EOF {
			return err
		}
		return fmt.Errorf("history: after offset %d: %w", at, err)
	}
	v, err := value.Parse(text)
	if err != nil {
		return fmt.Errorf("history: after offset %d: %w", at, err)
	}
	if o, ok := v.(*value.Object); ok && o.Has("events") {
		events, _ := o.Get("events")
		page, ok := events.([]any)
		r.page = page
		return wantError(ok, `history: "events" to be an array`, events)
	}
	r.page = []any{v}
	return nil
}
