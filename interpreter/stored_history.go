package interpreter

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// HistoryOptions select what [Interpreter.History] returns. The zero value selects
// all events, the first one first.
type HistoryOptions struct {
	// After is the ID of the last event that the caller has: the iteration goes on
	// behind it, in its own direction. 0: it begins at the end.
	After uint32
	// Reverse begins with the latest event.
	Reverse bool
	// WithoutData leaves out inputs, outputs and variables, as GetExecutionHistory
	// does if includeExecutionData is false: see [history.Event.WithoutData].
	WithoutData bool
}

// History iterates over the stored history of an execution, running, passive or
// ended. It needs neither the program nor the execution in memory, and it reads a
// few records at a time, however long the history is. A caller that needs a page
// leaves the iteration after as many events, and continues with the ID of the last
// one as [HistoryOptions].After: finding the place reads a few records.
//
// An error ends the iteration; its event is nil. It is [store.ErrNotFound] if there
// is no such execution. At a damaged record it says which one.
//
// Events may be kept and must not be changed. Those that are stored while the
// iteration goes on may be part of it, unless it is in reverse.
func (in *Interpreter) History(ctx context.Context, id store.ID, o HistoryOptions) iter.Seq2[*history.Event, error] {
	return func(yield func(*history.Event, error) bool) {
		if in.durable == nil {
			yield(nil, errNoStore)
			return
		}
		r := recordReader{durable: in.durable, ctx: ctx, id: id, options: o, yield: yield}
		if err := r.findNamespace(); err != nil {
			yield(nil, err)
			return
		}
		err := r.readForward
		if o.Reverse {
			err = r.readBackward
		}
		if err := err(); err != nil {
			yield(nil, err)
		}
	}
}

// recordReader reads the records of an execution, a window at a time.
type recordReader struct {
	*durable
	ctx       context.Context
	id        store.ID
	namespace string // of the execution, if there is a codec
	options   HistoryOptions
	yield     func(*history.Event, error) bool
}

// Windows grow up to mostRecords. One with more than windowBytes has only the
// records that come first in the direction of reading.
const (
	fewestRecords = 8
	mostRecords   = 256
	windowBytes   = 256 << 10
)

// recordWindow holds records in the order of their versions.
type recordWindow struct {
	first   uint64 // version of the first one
	records [][]byte
	damage  error // of the record behind them
}

// end returns the version behind the window.
func (w *recordWindow) end() uint64 { return w.first + uint64(len(w.records)) }

// readWindow returns the records after one version and before another. If they are
// too large it leaves out the last ones, or the first ones if latest is set.
func (r *recordReader) readWindow(after, before uint64, latest bool) (recordWindow, error) {
	id, s := r.id, r.store
	return callStore(r.ctx, r.durable, "reading the history of execution "+id.String(), func(ctx context.Context) (recordWindow, error) {
		w := recordWindow{first: after + 1}
		size := 0
		var wrong error
		err := s.Records(ctx, id, after, func(version uint64, record []byte) bool {
			switch {
			case wrong != nil || w.end() == before:
				return false
			case version != w.end():
				wrong = fmt.Errorf("the store returned record %d, want %d", version, w.end())
				return false
			}
			w.records = append(w.records, record)
			size += len(record)
			for latest && size > windowBytes && len(w.records) > 1 {
				size -= len(w.records[0])
				w.records, w.first = w.records[1:], w.first+1
			}
			return w.end() < before && (latest || size <= windowBytes)
		})
		if errors.Is(err, store.ErrCorrupt) {
			w.damage, err = r.recordError(w.end(), err), nil
		}
		return w, errors.Join(wrong, err)
	})
}

func (r *recordReader) recordError(version uint64, err error) error {
	return fmt.Errorf("interpreter: record %d of execution %s: %w", version, r.id, err)
}

// findNamespace sets the namespace of the execution, which the codec needs.
func (r *recordReader) findNamespace() error {
	if r.codec == nil {
		return nil
	}
	st, err := r.loadState(r.ctx, r.id)
	switch {
	case err == nil:
		r.namespace = st.Head.Namespace
	case errors.Is(err, store.ErrCorrupt):
		r.namespace = r.durable.namespace // its records may be intact
	default:
		return err
	}
	return nil
}

// decodeRecord is readRecord for one that the codec has encoded.
func (r *recordReader) decodeRecord(version uint64, data []byte) (notes []byte, rec *machine.Record, err error) {
	data, err = r.decodeContent(r.ctx, store.Content{Kind: store.ContentRecord, Namespace: r.namespace, ID: r.id, Version: version}, data)
	if err != nil {
		return nil, nil, err
	}
	return readRecord(data)
}

func (r *recordReader) notFound() error {
	return fmt.Errorf("interpreter: reading the history of execution %s: %w", r.id, store.ErrNotFound)
}

// readForward yields the events after options.After.
func (r *recordReader) readForward() error {
	next := uint64(1)
	if r.options.After > 0 {
		var err error
		if next, err = r.findRecord(r.options.After); err != nil {
			return err
		}
	}
	for n := uint64(fewestRecords); ; n = min(2*n, mostRecords) {
		w, err := r.readWindow(next-1, next+n, false)
		if err != nil {
			return err
		}
		for i, data := range w.records {
			if more, err := r.yieldEvents(w.first+uint64(i), data); !more {
				return err
			}
		}
		switch next = w.end(); {
		case w.damage != nil:
			return w.damage
		case next == 1:
			return r.notFound()
		case len(w.records) == 0:
			return nil
		}
	}
}

// readBackward yields the events before options.After, the latest first.
func (r *recordReader) readBackward() error {
	last, err := r.findRecord(r.options.After - 1) // 0: the greatest ID
	if err != nil {
		return err
	}
	found := false
	for before, n := last+1, uint64(fewestRecords); before > 1; n = min(2*n, mostRecords) {
		w, damage, err := r.readWindowBefore(before, n)
		if err != nil {
			return err
		}
		for i, data := range slices.Backward(w.records) {
			if more, err := r.yieldEvents(w.first+uint64(i), data); !more {
				return err
			}
			found = true
		}
		if damage != nil {
			return damage
		}
		before = w.first
	}
	if !found && last == 1 {
		return r.notFound()
	}
	return nil
}

// readWindowBefore returns up to n records before a version, or those behind the last
// damaged one among them.
func (r *recordReader) readWindowBefore(before, n uint64) (w recordWindow, damage, err error) {
	for after := before - 1 - min(n, before-1); ; after = w.end() {
		if w, err = r.readWindow(after, before, true); err != nil || w.damage == nil {
			return w, damage, err
		}
		if damage = w.damage; w.end()+1 >= before {
			return recordWindow{}, damage, nil
		}
	}
}

// yieldEvents yields the events of a record that are selected. It returns false if
// the iteration is over.
func (r *recordReader) yieldEvents(version uint64, data []byte) (more bool, err error) {
	if len(data) == 0 { // of a change of the head alone
		return true, nil
	}
	_, rec, err := r.decodeRecord(version, data)
	if err != nil {
		return false, r.recordError(version, err)
	}
	o := &r.options
	for i := range rec.Steps {
		if o.Reverse {
			i = len(rec.Steps) - 1 - i
		}
		events := rec.Steps[i].Events
		for j := range events {
			if o.Reverse {
				j = len(events) - 1 - j
			}
			ev := &events[j]
			if o.After > 0 && (ev.ID == o.After || ev.ID < o.After != o.Reverse) {
				continue
			}
			if o.WithoutData {
				*ev = ev.WithoutData()
			}
			if !r.yield(ev, nil) {
				return false, nil
			}
		}
	}
	return true, nil
}

// findRecord returns the version of the first record with an event after one, or a
// version behind the last record with events. Records are in the order of events, so
// that few have to be read.
func (r *recordReader) findRecord(event uint32) (uint64, error) {
	low, high, found := uint64(0), uint64(math.MaxUint64), uint64(0)
	for step := uint64(1); high-low > 1; step *= 2 {
		at := low + (high-low)/2
		if high == math.MaxUint64 {
			at = low + step
		}
		version, last, err := r.findEvent(at, high)
		switch {
		case err != nil:
			return 0, err
		case version > 0 && last <= event:
			low = version
			continue
		case version > 0:
			found = version
		}
		high = at // from here to found there are no events
	}
	return max(found, high), nil
}

// findEvent returns the first record with events from one version on and before
// another, and the ID of its last event; 0 if there is none. Damaged records count
// as records without events.
func (r *recordReader) findEvent(from, before uint64) (version uint64, last uint32, err error) {
	for n := uint64(1); from < before; n = min(2*n, mostRecords) {
		w, err := r.readWindow(from-1, min(before, from+n), false)
		if err != nil {
			return 0, 0, err
		}
		for i, data := range w.records {
			if id := r.lastEventID(w.first+uint64(i), data); id > 0 {
				return w.first + uint64(i), id, nil
			}
		}
		if from = w.end(); w.damage != nil {
			from++
		} else if len(w.records) == 0 {
			break
		}
	}
	return 0, 0, nil
}

// lastEventID returns the ID of the last event of a record; 0 if there is none.
func (r *recordReader) lastEventID(version uint64, data []byte) uint32 {
	if len(data) == 0 {
		return 0
	}
	_, rec, err := r.decodeRecord(version, data)
	if err != nil {
		return 0
	}
	for i := range slices.Backward(rec.Steps) {
		if events := rec.Steps[i].Events; len(events) > 0 {
			return events[len(events)-1].ID
		}
	}
	return 0
}
