package history

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/gostates/gostates/value"
)

// Writer writes events as JSON Lines: one event a line, as [Event.MarshalJSON]
// writes it, after the name of its execution:
//
//	{"execution":"order-1","id":1,"previousEventId":0,"timestamp":...}
//
// It is a [Sink] and safe for concurrent use. Every Record is one Write of
// whole lines to the underlying writer. After an error it writes no more and
// gives the same error again, because the last line may be half written.
type Writer struct {
	// WithoutData leaves out inputs and outputs, as includeExecutionData=false
	// does. It must not be changed once events are written.
	WithoutData bool

	mu  sync.Mutex
	w   io.Writer
	buf []byte
	err error
}

// NewWriter returns a Writer on w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Buffers up to this size are kept for the next lines.
const keptBuffer = 64 << 10

// Record writes the events, which it does not keep.
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

// Reader reads events from JSON Lines as [Writer] writes them, or from the
// response of GetExecutionHistory, {"events":[...]}, of which several may follow
// each other. It is not safe for concurrent use.
type Reader struct {
	dec       *json.Decoder
	execution string
	page      []any // events of a response that were not returned yet
	err       error
}

// NewReader returns a Reader on r. It may read more from r than it returns.
func NewReader(r io.Reader) *Reader { return &Reader{dec: json.NewDecoder(r)} }

// Next returns the next event, or [io.EOF] after the last. An error stays.
func (r *Reader) Next() (Event, error) {
	var e Event
	if r.err == nil {
		r.err = r.next(&e)
	}
	return e, r.err
}

// Execution returns the name of the execution that the last event belongs to;
// it is empty where the text does not say.
func (r *Reader) Execution() string { return r.execution }

// All iterates over the events that are left, up to the first error.
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

func (r *Reader) next(e *Event) error {
	for len(r.page) == 0 {
		if err := r.load(); err != nil {
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
	return e.read(o)
}

// load reads the next line or response into the page.
func (r *Reader) load() error {
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
		return want(ok, `history: "events" to be an array`, events)
	}
	r.page = []any{v}
	return nil
}
