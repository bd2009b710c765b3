package machine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"time"

	"github.com/gostates/gostates/history"
)

// The versions of the record format, the first byte of a record. A record has the
// lowest one that can hold it.
const (
	plainRecord   = 1
	redriveRecord = 2 // with a Redriven event, or a Start.StartAt
	mapRunRecord  = 3 // with an event of a Map Run
	watchedRecord = 4 // with TaskTimedOut or Event.Watched
)

// ErrRecord: the bytes are not a record of this format, or are corrupt. Errors of
// ReadRecord wrap it.
var ErrRecord = errors.New("machine: invalid record")

// Record holds what one or more Steps of an execution took in, and the history that
// they made. The records of an execution, in order, are its whole history. A
// snapshot and the records of the Steps after it are the execution: see
// [Program.Fold].
type Record struct {
	// Start is the data of the execution, in the record that begins with it; nil in
	// others. Its Rules are never 0.
	Start *Start
	// Digest is that of the execution's Program; empty without Start.
	Digest string
	// Steps are in the order in which they were made.
	Steps []RecordedStep
}

// RecordedStep is a Step of a [Record].
type RecordedStep struct {
	Event Event     // the event that was applied
	At    time.Time // its time, in UTC, or that of an earlier Step if it is later
	// MaxTransitions is that of the Step's Result: it decides where a Yield falls.
	MaxTransitions int
	// Interrupted says that Result.Meanwhile ended the execution in this Step.
	Interrupted bool
	// History says that Events were kept: see [Result].
	History bool
	Events  []history.Event
}

// RecordWriter makes records. A value that occurs more than once in a record is
// written once, if it is the same in memory. The zero value is an empty record. It
// must be used by one goroutine at a time.
//
// A RecordWriter refers to the values that were added until the next Reset.
type RecordWriter struct {
	w      writer
	lastID uint32 // of the latest history event
	lastAt int64  // time of the latest Step, in nanoseconds since 1970
}

// mostKeptBytes and mostKeptValues bound the memory that Reset keeps.
const (
	mostKeptBytes  = 1 << 20
	mostKeptValues = 1 << 12
)

// Reset begins a new record. It keeps memory for it.
func (w *RecordWriter) Reset() {
	k := &w.w
	clear(k.first[:min(k.met, uint64(len(k.first)))])
	if len(k.seen) > mostKeptValues {
		k.seen = nil
	} else if len(k.seen) > 0 {
		clear(k.seen)
	}
	if cap(k.buf) > mostKeptBytes {
		k.buf = nil
	}
	k.buf, k.met, k.depth, k.err = k.buf[:0], 0, 0, nil
	w.lastID, w.lastAt = 0, 0
}

// Len returns how many bytes AppendTo would append; 0 if nothing was added.
func (w *RecordWriter) Len() int {
	if len(w.w.buf) == 0 {
		return 0
	}
	return len(w.w.buf) + checksumBytes
}

// AppendTo appends the record to dst. The error is that of the first AddStart or
// AddStep that failed: [ErrStarted], [ErrTime] or [ErrValue]. Then dst
// is unchanged.
func (w *RecordWriter) AppendTo(dst []byte) ([]byte, error) {
	if w.w.err != nil {
		return dst, w.w.err
	}
	if len(w.w.buf) == 0 {
		w.beginRecord(0)
	}
	dst = append(dst, w.w.buf...)
	return binary.BigEndian.AppendUint32(dst, crc32.Checksum(w.w.buf, castagnoli)), nil
}

// startsExecution is the flag of a record with a Start.
const startsExecution = 1

func (w *RecordWriter) beginRecord(flags byte) {
	w.w.buf = append(w.w.buf, plainRecord, flags)
}

// AddStart adds the data of a new execution. It must be called before the Step of
// the Started event, and before any AddStep of this record.
func (w *RecordWriter) AddStart(x *Execution) {
	k := &w.w
	switch {
	case k.err != nil:
		return
	case x.Seq > 0 || x.Status != Running || len(k.buf) > 0:
		k.err = ErrStarted
		return
	}
	w.beginRecord(startsExecution)
	if x.startAt() != "" {
		k.buf[0] = redriveRecord
	}
	k.writeUint(uint64(x.Rules))
	k.writeString(x.Digest())
	k.writeString(x.ID)
	k.writeFixed(x.Rand[0])
	k.writeFixed(x.Rand[1])
	k.buf = append(k.buf, x.TokenKey[:]...)
	k.writeByte(flagIf(x.marks.hasMark(synchronous), isSynchronous) | flagIf(x.startAt() != "", startsElsewhere))
	k.writeByte(x.Depth)
	k.writeString(x.TokenID())
	k.writeValue(x.Input)
	k.writeObject(x.scopes[0].vars)
	if name := x.startAt(); name != "" {
		k.writeString(name)
		k.writeValue(x.scopes[0].input)
	}
}

// startsElsewhere is a flag of a Start, beside isSynchronous: StartAt and StateInput are
// at its end.
const startsElsewhere = 1

func (r *reader) readStart(rec *Record) {
	rules := r.readUint()
	s := &Start{Rules: uint8(rules)}
	if rules != uint64(s.Rules) || rules == 0 {
		r.failReading("number out of range")
	}
	rec.Start, rec.Digest = s, r.readString()
	s.ID = r.readString()
	s.Seed = [2]uint64{r.readFixed(), r.readFixed()}
	copy(s.TokenKey[:], r.readBytes(uint64(len(s.TokenKey))))
	flags := r.readByte()
	s.Synchronous = flags&isSynchronous != 0
	s.Depth = r.readByte()
	s.TokenID = r.readString()
	s.Input = r.readValue()
	s.Variables = r.readObject()
	if flags&startsElsewhere != 0 {
		s.StartAt, s.StateInput = r.readString(), r.readValue()
	}
}

// Flags of a recorded Step, in the byte of the event's kind.
const (
	stepHasHistory = 1 << (4 + iota)
	stepHasLimit   // MaxTransitions follows
	stepInterrupted
	kindBits = 1<<4 - 1
	// laterKind is the kind of all events of Map Runs. Their own follows, counted from
	// ItemsRead.
	laterKind = kindBits
)

// Flags of the parts of an Event.
const (
	eventHasTask = 1 << iota
	eventHasOutput
	eventHasError
	eventHasCause
	eventHasWorker
	eventHasClientToken
	eventHasMapRun
	eventIsWatched
)

// AddStep adds the latest Step: the event and time that it got, and its Result. It
// must be called after the Step and before r is used again, unless the Step
// returned an error: then nothing has happened. A Step that was late and has no
// history events (Result.Late) may be left out. All others must be added, in order:
// many without events, such as a heartbeat, change the execution.
func (w *RecordWriter) AddStep(ev Event, at time.Time, r *Result) {
	k := &w.w
	now, ok := nanosOf(at)
	if !ok && k.err == nil {
		k.err = ErrTime
	}
	if k.err != nil {
		return
	}
	if s := &r.step; s.now != 0 && !s.interrupt.happens {
		now = max(now, s.now) // an earlier time counted as this one
	}
	if len(k.buf) == 0 {
		w.beginRecord(0)
	}
	if ev.Kind == Redriven {
		k.buf[0] = max(k.buf[0], redriveRecord)
	}
	if ev.Kind == TaskTimedOut || ev.Watched {
		k.buf[0] = watchedRecord
	}
	flags := byte(ev.Kind) & kindBits
	if ev.Kind >= ItemsRead {
		k.buf[0], flags = max(k.buf[0], mapRunRecord), laterKind
	}
	flags |= flagIf(r.History, stepHasHistory) | flagIf(r.MaxTransitions > 0, stepHasLimit) | flagIf(r.step.interrupt.happens, stepInterrupted)
	k.writeByte(flags)
	if ev.Kind >= ItemsRead {
		k.writeByte(byte(ev.Kind - ItemsRead))
	}
	k.writeInt(now - w.lastAt)
	w.lastAt = now
	if r.MaxTransitions > 0 {
		k.writeUint(uint64(min(r.MaxTransitions, math.MaxInt32)))
	}
	w.writeEvent(&ev)
	if r.History {
		k.writeUint(uint64(len(r.Events)))
		for i := range r.Events {
			w.writeHistoryEvent(&r.Events[i])
		}
	}
}

func (w *RecordWriter) writeEvent(ev *Event) {
	k := &w.w
	hasOutput := ev.Kind == TaskSucceeded || ev.Kind == TaskSubmitted || ev.Output != nil && (ev.Kind == ChildEnded || ev.Kind == ResultsWritten)
	flags := flagIf(ev.Task != 0, eventHasTask) | flagIf(hasOutput, eventHasOutput) |
		flagIf(ev.Error != nil, eventHasError) | flagIf(ev.Cause != nil, eventHasCause) | flagIf(ev.Worker != "", eventHasWorker) |
		flagIf(ev.ClientToken != "", eventHasClientToken) | flagIf(ev.MapRun != nil && ev.Kind >= ItemsRead, eventHasMapRun) |
		flagIf(ev.Watched, eventIsWatched)
	k.writeByte(flags)
	if ev.Task != 0 {
		k.writeUint(uint64(ev.Task.slotIndex()))
		k.writeInt(int64(w.lastID) - int64(ev.Task>>slotBits))
	}
	if hasOutput {
		k.writeValue(ev.Output)
	}
	if ev.Error != nil {
		k.writeString(*ev.Error)
	}
	if ev.Cause != nil {
		k.writeString(*ev.Cause)
	}
	if ev.Worker != "" {
		k.writeString(ev.Worker)
	}
	if ev.ClientToken != "" {
		k.writeString(ev.ClientToken)
	}
	if flags&eventHasMapRun != 0 {
		k.writeMapRunEvent(ev.MapRun)
	}
}

// recordReader reads a record.
type recordReader struct {
	reader
	lastID uint32
	lastAt int64
}

// ReadRecord reads a record. It needs no Program. Values that were written once are
// shared by the parts of the Record that have them, and must not be changed. The
// error wraps [ErrRecord].
func ReadRecord(data []byte) (*Record, error) {
	body, err := checkSeal(data, plainRecord, watchedRecord, ErrRecord)
	if err != nil {
		return nil, err
	}
	r := recordReader{reader: reader{data: body, invalid: ErrRecord}}
	rec := new(Record)
	switch flags := r.readByte(); flags {
	case 0:
	case startsExecution:
		r.readStart(rec)
	default:
		r.failReading("unknown flags")
	}
	for len(r.data) > 0 {
		rec.Steps = append(rec.Steps, r.readStep())
	}
	if r.err != nil {
		return nil, r.err
	}
	return rec, nil
}

func (r *recordReader) readStep() (st RecordedStep) {
	flags := r.readByte()
	st.Event.Kind = EventKind(flags & kindBits)
	if flags&^(kindBits|stepHasHistory|stepHasLimit|stepInterrupted) != 0 || st.Event.Kind > TaskTimedOut && st.Event.Kind != laterKind {
		r.failReading("unknown kind of event")
	}
	if st.Event.Kind == laterKind {
		if st.Event.Kind = ItemsRead + EventKind(r.readByte()); st.Event.Kind > MapRunEnded {
			r.failReading("unknown kind of event")
		}
	}
	st.Interrupted = flags&stepInterrupted != 0
	st.History = flags&stepHasHistory != 0
	r.lastAt += r.readInt()
	st.At = time.Unix(0, r.lastAt).UTC()
	if _, ok := nanosOf(st.At); !ok {
		r.failReading("time out of range")
	}
	if flags&stepHasLimit != 0 {
		st.MaxTransitions = int(r.readNumber())
	}
	r.readEvent(&st.Event)
	if st.History {
		n := r.readCount(leastEventBytes)
		if n > 0 {
			st.Events = make([]history.Event, n)
		}
		r.owed += n * leastEventBytes
		for i := range st.Events {
			r.owed -= leastEventBytes
			r.readHistoryEvent(&st.Events[i])
		}
	}
	return st
}

func (r *recordReader) readEvent(ev *Event) {
	flags := r.readByte()
	ev.Watched = flags&eventIsWatched != 0
	if flags&eventHasTask != 0 {
		slot := r.readUint()
		event := int64(r.lastID) - r.readInt()
		if slot >= 1<<slotBits || event < 0 || event >= 1<<(64-slotBits) {
			r.failReading("task out of range")
		}
		ev.Task = TaskID(uint64(event)<<slotBits | slot)
	}
	if flags&eventHasOutput != 0 {
		ev.Output = r.readValue()
	}
	if flags&eventHasError != 0 {
		ev.Error = r.readPointer()
	}
	if flags&eventHasCause != 0 {
		ev.Cause = r.readPointer()
	}
	if flags&eventHasWorker != 0 {
		ev.Worker = r.readString()
	}
	if flags&eventHasClientToken != 0 {
		ev.ClientToken = r.readString()
	}
	if flags&eventHasMapRun != 0 {
		ev.MapRun = r.readMapRunEvent()
	}
}

// readPointer reads a string that is present.
func (r *reader) readPointer() *string {
	s := r.readString()
	return &s
}

// checkSeal returns the bytes between the format byte and the checksum. The error
// wraps invalid.
func checkSeal(data []byte, oldest, newest byte, invalid error) ([]byte, error) {
	end := len(data) - checksumBytes
	switch {
	case len(data) > 0 && (data[0] < oldest || data[0] > newest):
		return nil, fmt.Errorf("%w: format %d, want %d to %d", invalid, data[0], oldest, newest)
	case end < 1:
		return nil, fmt.Errorf("%w: truncated", invalid)
	case binary.BigEndian.Uint32(data[end:]) != crc32.Checksum(data[:end], castagnoli):
		return nil, fmt.Errorf("%w: wrong checksum: corrupt or truncated", invalid)
	}
	return data[1:end], nil
}
