package history

import (
	"iter"
	"sync"
)

// Log keeps events in memory, in the order in which they came. It is a [Sink];
// the zero Log is empty and ready to use, and one Log may serve any number of
// executions. It is safe for concurrent use: whoever iterates sees what was
// there when the iteration began.
type Log struct {
	mu     sync.Mutex
	chunks [][]Event // each is filled before the next is made, none ever moves
	n      int
	spans  []span
}

// span says whose the events are, up to but not including end.
type span struct {
	execution string
	end       int
}

// Chunks have the largest number of events that fits a size class of Go's
// allocator: they double up to 32 KiB, so that a short history stays small.
var growing = [...]int{14, 28, 56, 113, 227}

const (
	inGrowing = 14 + 28 + 56 + 113 + 227
	chunkSize = 455
)

// Record appends copies of the events. It never fails.
func (l *Log) Record(execution string, events []Event) error {
	if len(events) == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for rest := events; len(rest) > 0; {
		last := l.lastChunk()
		n := min(len(rest), cap(*last)-len(*last))
		*last = append(*last, rest[:n]...)
		rest = rest[n:]
	}
	l.n += len(events)
	l.markSpan(execution)
	return nil
}

// room returns the last chunk, which has room for an event.
func (l *Log) lastChunk() *[]Event {
	if last := len(l.chunks) - 1; last >= 0 && len(l.chunks[last]) < cap(l.chunks[last]) {
		return &l.chunks[last]
	}
	size := chunkSize
	if len(l.chunks) < len(growing) {
		size = growing[len(l.chunks)]
	}
	l.chunks = append(l.chunks, make([]Event, 0, size))
	return &l.chunks[len(l.chunks)-1]
}

func (l *Log) markSpan(execution string) {
	if last := len(l.spans) - 1; last >= 0 && l.spans[last].execution == execution {
		l.spans[last].end = l.n
		return
	}
	l.spans = append(l.spans, span{execution, l.n})
}

// Len returns the number of events.
func (l *Log) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

// At returns event i, counted from 0, which must be in range. It is the Log's
// own and must not be changed.
func (l *Log) At(i int) *Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return eventAt(l.chunks, i)
}

func eventAt(chunks [][]Event, i int) *Event {
	if i >= inGrowing {
		i -= inGrowing
		return &chunks[len(growing)+i/chunkSize][i%chunkSize]
	}
	c := 0
	for ; i >= growing[c]; c++ {
		i -= growing[c]
	}
	return &chunks[c][i]
}

// All iterates over the events of all executions. They are the Log's own and
// must not be changed.
func (l *Log) All() iter.Seq[*Event] {
	return func(yield func(*Event) bool) {
		for _, chunk := range l.copyChunks() {
			for i := range chunk {
				if !yield(&chunk[i]) {
					return
				}
			}
		}
	}
}

// snapshot returns the chunks as they are now; what comes later is not seen
// through it.
func (l *Log) copyChunks() [][]Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([][]Event(nil), l.chunks...)
}

// Of iterates over the events of one execution, like All.
func (l *Log) Of(execution string) iter.Seq[*Event] {
	return func(yield func(*Event) bool) {
		l.mu.Lock()
		chunks := append([][]Event(nil), l.chunks...)
		spans := append([]span(nil), l.spans...)
		l.mu.Unlock()
		i := 0
		for _, s := range spans {
			if s.execution != execution {
				i = s.end
				continue
			}
			for ; i < s.end; i++ {
				if !yield(eventAt(chunks, i)) {
					return
				}
			}
		}
	}
}

// MarshalJSON writes all events as GetExecutionHistory does: {"events":[...]}.
func (l *Log) MarshalJSON() ([]byte, error) { return AppendHistory(nil, l.All()), nil }

// AppendHistory appends the events as GetExecutionHistory does:
// {"events":[...]}.
func AppendHistory(dst []byte, events iter.Seq[*Event]) []byte {
	dst = append(dst, `{"events":[`...)
	first := true
	for e := range events {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = e.AppendJSON(dst)
	}
	return append(dst, `]}`...)
}
