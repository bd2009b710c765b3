package resultwriter

import (
	"bufio"
	"cmp"
	"io"
	"os"
	"slices"
)

// order passes entries on by their index. An entry whose turn has not come is
// held in memory. When there is too much of them, all held ones become a run: a
// sorted piece of a temporary file, which is read from its beginning.
type order struct {
	emit  func(e *entry) error
	limit int // bytes held in memory, except for a single entry

	next    int64 // index whose turn it is
	emitted int64 // number of entries

	held   []heldEntry // heap
	buffer []byte      // bodies of held and former held entries
	live   int         // weight of held

	folder   string // of the temporary file; "" means the system's
	file     *os.File
	fileName string // "" if the file has lost its name already
	fileEnd  int64
	runs     []*run // heap
	active   *run   // the one that reader reads
	reader   *bufio.Reader
	body     []byte // of the entry last read
	entry    entry  // that is passed on
}

// heldEntry is an entry whose body is a part of order.buffer.
type heldEntry struct {
	index    int64
	at, size int
	kind     kind
}

func (h heldEntry) recordIndex() int64 { return h.index }

// weight is the memory that the entry takes, in bytes.
func (h heldEntry) weight() int { return h.size + heldEntrySize }

// heldEntrySize is the size of a heldEntry, in bytes, on the largest systems.
const heldEntrySize = 32

// run is a piece of the temporary file that is not read yet.
type run struct {
	index   int64 // of its first frame
	at, end int64
}

func (r *run) recordIndex() int64 { return r.index }

const runBuffer = 32 << 10

// addEntry passes the entry on if its turn has come, together with those that
// have waited for it. Otherwise it keeps a copy. An entry whose turn has passed
// is a double, and ignored.
func (o *order) addEntry(e *entry) error {
	switch {
	case e.index < o.next:
		return nil
	case e.index > o.next:
		return o.holdEntry(e)
	}
	if err := o.emitEntry(e); err != nil {
		return err
	}
	return o.emitReady(false)
}

func (o *order) emitEntry(e *entry) error {
	o.next = e.index + 1
	o.emitted++
	return o.emit(e)
}

// emitRest passes on all entries that are left, whatever indexes are missing.
func (o *order) emitRest() error { return o.emitReady(true) }

// emitReady passes on entries as long as it is the turn of the one with the least
// index, or all of them.
func (o *order) emitReady(all bool) error {
	for {
		fromHeld := len(o.held) > 0 && (all || o.held[0].index <= o.next)
		fromRun := len(o.runs) > 0 && (all || o.runs[0].index <= o.next)
		var err error
		switch {
		case fromRun && (!fromHeld || o.runs[0].index <= o.held[0].index):
			err = o.emitFromRun()
		case fromHeld:
			err = o.emitFromHeld()
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// emitFromHeld passes on the first held entry.
func (o *order) emitFromHeld() error {
	h := o.held[0]
	o.held = popHeap(o.held)
	o.live -= h.weight()
	body := o.buffer[h.at : h.at+h.size]
	if len(o.held) == 0 {
		o.buffer = o.buffer[:0]
	}
	if h.index < o.next {
		return nil
	}
	o.entry = entry{h.index, h.kind, body}
	return o.emitEntry(&o.entry)
}

// emitFromRun passes on the first entry of the first run.
func (o *order) emitFromRun() error {
	r := o.runs[0]
	if o.active != r {
		o.active = r
		o.reader.Reset(io.NewSectionReader(o.file, r.at, r.end-r.at))
	}
	e := &o.entry
	var err error
	if o.body, err = readFrame(o.reader, e, o.body, r.end-r.at); err != nil {
		return newFailure(err, "Failed to read the temporary file of the results: %v", err)
	}
	r.at += frameHeader + int64(len(e.body))
	if r.at == r.end {
		o.runs = popHeap(o.runs)
		if len(o.runs) == 0 {
			o.fileEnd = 0
		}
	} else {
		if r.index, err = peekIndex(o.reader); err != nil {
			return newFailure(err, "Failed to read the temporary file of the results: %v", err)
		}
		sinkFirst(o.runs)
	}
	if e.index < o.next {
		return nil
	}
	return o.emitEntry(e)
}

func (o *order) holdEntry(e *entry) error {
	h := heldEntry{e.index, 0, len(e.body), e.kind}
	used := len(o.buffer) + len(o.held)*heldEntrySize
	if used+h.weight() > o.limit && len(o.held) > 0 {
		if o.live+h.weight() <= o.limit/2 {
			o.compactBuffer()
		} else if err := o.spillHeld(); err != nil {
			return newFailure(err, "Failed to write the temporary file of the results: %v", err)
		}
	}
	h.at = len(o.buffer)
	o.buffer = append(o.buffer, e.body...)
	o.held = pushHeap(o.held, h)
	o.live += h.weight()
	return nil
}

// compactBuffer removes the bodies of entries that are no longer held.
func (o *order) compactBuffer() {
	compact := make([]byte, 0, min(cap(o.buffer), o.limit))
	for i := range o.held {
		h := &o.held[i]
		at := len(compact)
		compact = append(compact, o.buffer[h.at:h.at+h.size]...)
		h.at = at
	}
	o.buffer = compact
}

// spillHeld writes the held entries to the temporary file.
func (o *order) spillHeld() error {
	if o.file == nil {
		if err := o.openTemporary(); err != nil {
			return err
		}
	}
	slices.SortFunc(o.held, func(a, b heldEntry) int { return cmp.Compare(a.index, b.index) })
	r := &run{index: o.held[0].index, at: o.fileEnd}
	w := bufio.NewWriterSize(io.NewOffsetWriter(o.file, o.fileEnd), runBuffer)
	for i := range o.held {
		h := &o.held[i]
		frame := beginFrame(o.body[:0])
		frame = append(frame, o.buffer[h.at:h.at+h.size]...)
		o.body = frame
		if err := endFrame(frame, 0, &entry{index: h.index, kind: h.kind}); err != nil {
			return err
		}
		if _, err := w.Write(frame); err != nil {
			return err
		}
		o.fileEnd += int64(len(frame))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	r.end = o.fileEnd
	o.runs = pushHeap(o.runs, r)
	o.held, o.buffer, o.live = o.held[:0], o.buffer[:0], 0
	return nil
}

// openTemporary creates the temporary file. Where the system allows it, the file
// has no name, so that it ends with the process.
func (o *order) openTemporary() (err error) {
	if o.file, err = os.CreateTemp(o.folder, "gostates-results-*"); err != nil {
		return err
	}
	o.reader = bufio.NewReaderSize(nil, runBuffer)
	if os.Remove(o.file.Name()) != nil {
		o.fileName = o.file.Name()
	}
	return nil
}

// closeTemporary gives up what is held.
func (o *order) closeTemporary() {
	o.held, o.buffer, o.runs, o.active = nil, nil, nil, nil
	if o.file == nil {
		return
	}
	o.file.Close()
	if o.fileName != "" {
		os.Remove(o.fileName)
	}
	o.file = nil
}
