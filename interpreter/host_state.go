package interpreter

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// hostState is what the interpreter knows of the outstanding tasks of a stored
// execution and the core does not.
type hostState map[machine.TaskID]hostTask

type hostTask struct {
	deliveries int  // to handlers that did not return; 0: none, or 1 if the core knows that it has started
	returned   bool // its handler returned after the last of them, and must be called again
	pending    bool // its handler returned ErrResultPending
}

// attempts returns how often the task was given to a handler that did not return.
func (t hostTask) attempts(started bool) int {
	switch {
	case t.returned:
		return 0
	case started:
		return max(t.deliveries, 1)
	}
	return t.deliveries
}

// note is a change of a hostState in a record.
type note byte

const (
	noteDelivered note = 1 + iota // once more
	notePending
	noteReturned
	noteCompleted // the results of an aborted Map Run, whose task this is
	noteTaken     // the request with this number was applied
	noteRefused   // the same: it came too late
	noteMoved     // the ID of an event follows instead of a task's, then a digest with its length
)

// Formats of stored bytes. A checksum of 4 bytes ends each.
const (
	noFormat       byte = 0 // of an execution that is ended to be deleted
	recordFormat   byte = 1 // length of the notes, the notes, a record of the core
	snapshotFormat byte = 1 // number of tasks, the tasks, a snapshot of the core
	postFormat     byte = 1 // length of the address, the address, a record of the core
)

// Flags of a task in a snapshot, below the number of its deliveries.
const (
	flagPending = 1 << iota
	flagReturned
	flagBits = iota
)

const crcBytes = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamaged says that the store has not returned what the interpreter wrote.
var errDamaged = fmt.Errorf("interpreter: stored bytes are damaged: %w", store.ErrCorrupt)

func appendNote(dst []byte, n note, id machine.TaskID) []byte {
	return binary.AppendUvarint(append(dst, byte(n)), uint64(id))
}

// storedMove is a move in the records of an execution: Steps behind an event are of the
// program of a digest.
type storedMove struct {
	event  uint32 // 0: all Steps are
	digest string
}

func appendMove(dst []byte, m storedMove) []byte {
	dst = binary.AppendUvarint(append(dst, byte(noteMoved)), uint64(m.event))
	return append(binary.AppendUvarint(dst, uint64(len(m.digest))), m.digest...)
}

func appendChecksum(dst []byte, from int) []byte {
	return binary.BigEndian.AppendUint32(dst, crc32.Checksum(dst[from:], castagnoli))
}

// trimChecksum verifies the format and the checksum and returns the bytes between
// them.
func trimChecksum(data []byte, format byte, what string) ([]byte, error) {
	end := len(data) - crcBytes
	switch {
	case end < 1:
		return nil, fmt.Errorf("%w: the %s is too short", errDamaged, what)
	case crc32.Checksum(data[:end], castagnoli) != binary.BigEndian.Uint32(data[end:]):
		return nil, fmt.Errorf("%w: the %s has a wrong checksum", errDamaged, what)
	case data[0] != format:
		return nil, fmt.Errorf("interpreter: the %s has format %d, want %d: another version of this library wrote it", what, data[0], format)
	}
	return data[1:end], nil
}

// appendRecord appends a record of the core, and the notes before it.
func appendRecord(dst, notes []byte, w *machine.RecordWriter) ([]byte, error) {
	return appendPrefixed(dst, recordFormat, notes, w)
}

// readRecord returns the notes and the Steps of a record.
func readRecord(data []byte) (notes []byte, rec *machine.Record, err error) {
	return readPrefixed(data, recordFormat, "record")
}

// postAddress says for whom a post is: the token of the task, empty if it is for none,
// and the number of the request of a caller who waits until it is applied; 0: nobody
// does. A zero byte separates them.
type postAddress struct {
	token   string
	request uint64
}

const requestBytes = 8

// appendPost appends an event for an execution that may be in another process, or
// nowhere.
func appendPost(dst []byte, a postAddress, ev machine.Event) ([]byte, error) {
	var w machine.RecordWriter
	w.AddStep(ev, time.Unix(0, 0), new(machine.Result))
	prefix := []byte(a.token)
	if a.request != 0 {
		prefix = binary.BigEndian.AppendUint64(append(prefix, 0), a.request)
	}
	return appendPrefixed(dst, postFormat, prefix, &w)
}

// readPost returns the address and the event of a post.
func readPost(data []byte) (a postAddress, ev *machine.Event, err error) {
	prefix, rec, err := readPrefixed(data, postFormat, "post")
	switch {
	case err != nil:
		return a, nil, err
	case len(rec.Steps) != 1:
		return a, nil, fmt.Errorf("%w: the post has %d events", errDamaged, len(rec.Steps))
	}
	if end := len(prefix) - requestBytes; end > 0 && prefix[end-1] == 0 {
		a.request = binary.BigEndian.Uint64(prefix[end:])
		prefix = prefix[:end-1]
	}
	a.token = string(prefix)
	return a, &rec.Steps[0].Event, nil
}

func appendPrefixed(dst []byte, format byte, prefix []byte, w *machine.RecordWriter) ([]byte, error) {
	from := len(dst)
	dst = append(dst, format)
	dst = binary.AppendUvarint(dst, uint64(len(prefix)))
	dst = append(dst, prefix...)
	dst, err := w.AppendTo(dst)
	if err != nil {
		return nil, err
	}
	return appendChecksum(dst, from), nil
}

func readPrefixed(data []byte, format byte, what string) (prefix []byte, rec *machine.Record, err error) {
	body, err := trimChecksum(data, format, what)
	if err != nil {
		return nil, nil, err
	}
	n, used := binary.Uvarint(body)
	if used <= 0 || n > uint64(len(body)-used) {
		return nil, nil, fmt.Errorf("%w: the %s is too short", errDamaged, what)
	}
	body = body[used:]
	rec, err = machine.ReadRecord(body[n:])
	return body[:n], rec, err
}

// applyNotes applies the notes of a record.
func (h hostState) applyNotes(notes []byte) error {
	return eachNote(notes, func(n note, id uint64, _ string) {
		t := h[machine.TaskID(id)]
		switch n {
		case noteDelivered:
			t = hostTask{deliveries: t.attempts(true) + 1}
		case noteReturned:
			t.returned = true
		case notePending:
			t.pending = true
		case noteCompleted, noteTaken, noteRefused, noteMoved: // see replayMapRuns, findRequest and movesIn
			return
		}
		h[machine.TaskID(id)] = t
	})
}

// errShortNote says that the notes of a record are damaged.
var errShortNote = fmt.Errorf("%w: a note is too short", errDamaged)

// eachNote calls f with each note of a record: what it is about, and the digest of a
// noteMoved.
func eachNote(notes []byte, f func(n note, id uint64, digest string)) error {
	for len(notes) > 0 {
		n, digest := note(notes[0]), ""
		id, used := binary.Uvarint(notes[1:])
		if used <= 0 {
			return errShortNote
		}
		if notes = notes[1+used:]; n == noteMoved {
			size, used := binary.Uvarint(notes)
			if used <= 0 || size > uint64(len(notes)-used) || id > math.MaxUint32 {
				return errShortNote
			}
			digest, notes = string(notes[used:][:size]), notes[used:][size:]
		}
		f(n, id, digest)
	}
	return nil
}

// findRequest returns what became of a request: noteTaken, noteRefused, or 0 if the notes
// do not say.
func findRequest(notes []byte, request uint64) (became note) {
	_ = eachNote(notes, func(n note, number uint64, _ string) { // it is damaged elsewhere too
		if number == request && (n == noteTaken || n == noteRefused) {
			became = n
		}
	})
	return became
}

// movesIn returns the moves in the notes of a record.
func movesIn(notes []byte) (moves []storedMove, err error) {
	err = eachNote(notes, func(n note, event uint64, digest string) {
		if n == noteMoved {
			moves = append(moves, storedMove{uint32(event), digest})
		}
	})
	return moves, err
}

// appendHostSnapshot appends the snapshot of the execution and of the host's state.
func (e *Execution) appendHostSnapshot(dst []byte) ([]byte, error) {
	var tasks []knownTask
	if m := e.extras.Load(); m != nil && m.awaited > 0 {
		for _, t := range m.tasks {
			if t != nil && (t.Delivery > 1 || t.idle || t.returned) {
				tasks = append(tasks, knownTask{t.id, hostTask{deliveries: t.Delivery, pending: t.idle, returned: t.returned}})
			}
		}
	}
	return appendSnapshot(dst, e.program.Load(), &e.x, tasks)
}

// knownTask is an entry of a hostState.
type knownTask struct {
	id machine.TaskID
	hostTask
}

// sortTasks returns the entries by task.
func (h hostState) sortTasks() (tasks []knownTask) {
	for _, id := range slices.Sorted(maps.Keys(h)) {
		tasks = append(tasks, knownTask{id, h[id]})
	}
	return tasks
}

// appendSnapshot appends the snapshot of an execution and of the host's state.
func appendSnapshot(dst []byte, p *Program, x *machine.Execution, tasks []knownTask) ([]byte, error) {
	from := len(dst)
	dst = append(dst, snapshotFormat)
	dst = binary.AppendUvarint(dst, uint64(len(tasks)))
	for _, t := range tasks {
		flags := uint64(t.deliveries) << flagBits
		if t.pending {
			flags |= flagPending
		}
		if t.returned {
			flags |= flagReturned
		}
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, uint64(t.id)), flags)
	}
	dst, err := p.AppendMarshal(dst, x)
	if err != nil {
		return nil, fmt.Errorf("interpreter: encoding a snapshot of execution %s: %w", machine.ExecutionName(x.ID), err)
	}
	return appendChecksum(dst, from), nil
}

// readHostSnapshot returns the host's state and the core's snapshot.
func readHostSnapshot(data []byte) (hostState, []byte, error) {
	body, err := trimChecksum(data, snapshotFormat, "snapshot")
	if err != nil {
		return nil, nil, err
	}
	short := false
	next := func() uint64 {
		n, used := binary.Uvarint(body)
		if used <= 0 {
			short = true
			return 0
		}
		body = body[used:]
		return n
	}
	h := make(hostState)
	for n := next(); n > 0 && !short; n-- {
		id, flags := next(), next()
		h[machine.TaskID(id)] = hostTask{deliveries: int(flags >> flagBits), pending: flags&flagPending != 0, returned: flags&flagReturned != 0}
	}
	if short {
		return nil, nil, fmt.Errorf("%w: the snapshot is too short", errDamaged)
	}
	return h, body, nil
}
