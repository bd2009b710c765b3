package history

import (
	"iter"
	"slices"
	"sort"
	"sync"
)

// Log keeps events in memory, in order of arrival. It is a [Sink]. The zero Log
// is empty and ready to use, and may serve any number of executions. It is safe
// for concurrent use: an iteration covers the events that exist when it starts.
type Log struct {
	mu     sync.Mutex
	chunks [][]Event // each is full before the next is allocated; none moves
	n      int
	spans  []span
}

// span tells that the events up to end, exclusive, belong to an execution.
type span struct {
	execution string
	end       int
}

// growing holds the capacities of the first chunks, which double up to 32 KiB
// to keep short histories small. Each fills a size class of Go's allocator.
var growing = [...]int{14, 28, 56, 113, 227}

const (
	inGrowing = 14 + 28 + 56 + 113 + 227
	chunkSize = 455
)

// Record appends copies of the events. It returns nil.
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

// lastChunk returns the last chunk, which has room for an event.
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

// At returns event i, counted from 0. It panics if i is out of range. The event
// belongs to the Log and must not be changed.
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

// All iterates over the events of all executions. They belong to the Log and
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

// copyChunks returns the current chunks, which do not show later events.
func (l *Log) copyChunks() [][]Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([][]Event(nil), l.chunks...)
}

// Of iterates over the events of one execution. They belong to the Log and must
// not be changed.
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

// From iterates over the events of one execution after one of them, or with reverse over
// those before it, the latest first. after is an ID; 0 begins at the end. Finding the
// place takes a binary search, so a page of a long history costs what the page does: a
// caller leaves the iteration after as many events. Events belong to the Log and must
// not be changed.
func (l *Log) From(execution string, after uint32, reverse bool) iter.Seq[*Event] {
	return func(yield func(*Event) bool) {
		all := l.rangesFrom(execution, after, reverse)
		if reverse {
			for _, r := range slices.Backward(all) {
				for i := r[1] - 1; i >= r[0]; i-- {
					if !yield(l.At(i)) {
						return
					}
				}
			}
			return
		}
		for _, r := range all {
			for i := r[0]; i < r[1]; i++ {
				if !yield(l.At(i)) {
					return
				}
			}
		}
	}
}

// rangesFrom returns the indexes of the events of an execution after one of them, or
// before it, as ranges [begin, end).
func (l *Log) rangesFrom(execution string, after uint32, before bool) (all [][2]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	begin := 0
	for _, s := range l.spans {
		if r := [2]int{begin, s.end}; s.execution == execution {
			at := begin + sort.Search(s.end-begin, func(i int) bool {
				id := eventAt(l.chunks, begin+i).ID
				return id > after || before && id == after
			})
			switch {
			case after > 0 && before:
				r[1] = at
			case after > 0:
				r[0] = at
			}
			if r[0] < r[1] {
				all = append(all, r)
			}
		}
		begin = s.end
	}
	return all
}

// MarshalJSON encodes all events as GetExecutionHistory does: {"events":[...]}.
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
