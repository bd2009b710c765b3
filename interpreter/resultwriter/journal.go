package resultwriter

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/gostates/gostates/interpreter/mapresult"
)

// journal keeps the records of an attempt in the order in which they came. Each
// time that it is opened it writes a file of its own, a segment, and only reads
// those of before: a process that has lost the attempt to another one, and does
// not know it yet, cannot spoil the journal. Bytes of a segment that no receipt
// stands for mean nothing.
type journal struct {
	folder string
	prefix string // of the names of segments
	header header
	before []segment // oldest first

	file    *os.File // nil before the first record, unless the attempt begins
	own     segment
	receipt []byte // the last one
	sync    func(*journal) error

	buffer   []byte
	position int64 // in file, of the first byte of buffer, while that is filled
}

// segment is the part of a file that a receipt stands for.
type segment struct {
	id       string
	from, to int64 // of the records
}

// header is the first line of a segment. Other results, or records in another
// format, cannot continue it.
type header struct {
	Version      int
	MapRunArn    string
	RedriveCount int64
	Format       mapresult.Format
	Receipt      []byte // of the records before the segment; nil: none
}

const maxHeader = 64 << 10 // bytes

// The first byte of a receipt.
const (
	receiptInMemory = 0
	receiptJournal  = 1 // followed by the end of a segment, a uvarint, and its id
)

var errReceipt = errors.New("not a receipt of this writer")

// openJournal begins the journal of an attempt, or continues it after a receipt.
func openJournal(w *Files, r *Request) (*journal, error) {
	j := &journal{
		folder: w.Folder, prefix: segmentPrefix(r.MapRunArn, r.RedriveCount), sync: w.syncJournal, receipt: r.Receipt,
		header: header{Version: 1, MapRunArn: r.MapRunArn, RedriveCount: r.RedriveCount, Format: r.Format},
	}
	if j.sync == nil {
		j.sync = func(j *journal) error { return j.file.Sync() }
	}
	var err error
	if len(r.Receipt) == 0 {
		err = j.createSegment()
	} else {
		err = j.findSegments(r.Receipt)
	}
	if err != nil {
		j.discard()
		return nil, newFailure(err, "Failed to open the journal of the results of Map Run %s: %v", r.MapRunArn, err)
	}
	return j, nil
}

// isPlainName reports whether a name can be part of the name of a file anywhere. It
// is not a regular expression, which took most of the time that the program needed to
// begin.
func isPlainName(name string) bool {
	for _, c := range []byte(name) {
		if c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return name != "" && len(name) <= 100
}

// segmentPrefix returns what the names of all segments begin with: the UUID of the
// Map Run, if it is one, and the number of the attempt.
func segmentPrefix(mapRunArn string, redrive int64) string {
	name := uuidOf(mapRunArn)
	if !isPlainName(name) {
		sum := sha256.Sum256([]byte(mapRunArn))
		name = hex.EncodeToString(sum[:])
	}
	return fmt.Sprintf("%s.%d.", name, redrive)
}

const segmentSuffix = ".results"

func (j *journal) pathOf(id string) string {
	return filepath.Join(j.folder, j.prefix+id+segmentSuffix)
}

// createSegment creates the segment of this journal.
func (j *journal) createSegment() error {
	id := rand.Text()
	h := j.header
	h.Receipt = j.receipt
	line, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if j.file, err = os.OpenFile(j.pathOf(id), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return err
	}
	j.own = segment{id: id}
	line = append(line, '\n')
	if _, err := j.file.WriteAt(line, 0); err != nil {
		return err
	}
	size := int64(len(line))
	j.own, j.position = segment{id, size, size}, size
	if err := j.sync(j); err != nil {
		return err
	}
	return syncFolder(j.folder)
}

// syncFolder makes a new name in a folder durable. Windows cannot sync a folder.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// findSegments follows the receipts back to the beginning of the attempt.
func (j *journal) findSegments(receipt []byte) error {
	known := map[string]bool{}
	for len(receipt) > 0 {
		s, err := parseReceipt(receipt)
		if err != nil {
			return err
		}
		if known[s.id] {
			return errReceipt // segments that continue each other
		}
		known[s.id] = true
		if receipt, err = j.readHeader(&s); err != nil {
			return err
		}
		if s.to > s.from {
			j.before = append(j.before, s)
		}
	}
	slices.Reverse(j.before)
	if len(j.before) > 0 {
		j.receipt = receiptOf(j.before[len(j.before)-1]) // without empty segments
	}
	return nil
}

// readHeader finds out where the records of a segment begin, and returns the
// receipt that its header has.
func (j *journal) readHeader(s *segment) ([]byte, error) {
	f, err := os.Open(j.pathOf(s.id))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < s.to {
		return nil, fmt.Errorf("it has %d bytes, and the receipt stands for %d", info.Size(), s.to)
	}
	line, err := bufio.NewReaderSize(f, maxHeader).ReadSlice('\n')
	if err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	earlier := h.Receipt
	h.Receipt = nil
	if !reflect.DeepEqual(h, j.header) {
		return nil, errors.New("it belongs to other results")
	}
	if s.from = int64(len(line)); s.to < s.from {
		return nil, errReceipt
	}
	return earlier, nil
}

func receiptOf(s segment) []byte {
	return append(binary.AppendUvarint([]byte{receiptJournal}, uint64(s.to)), s.id...)
}

func parseReceipt(receipt []byte) (segment, error) {
	switch receipt[0] {
	case receiptInMemory:
		return segment{}, errors.New("its records had no folder that outlives the process")
	case receiptJournal:
		to, n := binary.Uvarint(receipt[1:])
		if n > 0 && to < 1<<62 && isPlainName(string(receipt[1+n:])) {
			return segment{id: string(receipt[1+n:]), to: int64(to)}, nil
		}
	}
	return segment{}, errReceipt
}

// appendRecords appends records durably and returns a receipt.
func (j *journal) appendRecords(format mapresult.Format, records []mapresult.Record) ([]byte, error) {
	if j.file == nil && len(records) > 0 {
		if err := j.createSegment(); err != nil {
			return nil, failJournal(err)
		}
	}
	j.buffer, j.position = j.buffer[:0], j.own.to
	for i := range records {
		e, err := entryOf(&records[i])
		if err != nil {
			return nil, err
		}
		start := len(j.buffer)
		j.buffer = beginFrame(j.buffer)
		j.buffer, _ = format.AppendEntry(j.buffer, &records[i])
		if err := endFrame(j.buffer, start, &e); err != nil {
			return nil, failJournal(err)
		}
		if len(j.buffer) >= writeSize {
			if err := j.writeBuffer(); err != nil {
				return nil, failJournal(err)
			}
		}
	}
	if len(records) > 0 {
		if err := j.writeBuffer(); err != nil {
			return nil, failJournal(err)
		}
		if err := j.sync(j); err != nil {
			return nil, failJournal(err)
		}
	}
	if j.file != nil {
		j.own.to = j.position
		j.receipt = receiptOf(j.own)
	}
	return slices.Clone(j.receipt), nil
}

func failJournal(err error) error {
	return newFailure(err, "Failed to write the journal of the results: %v", err)
}

func (j *journal) writeBuffer() error {
	n, err := j.file.WriteAt(j.buffer, j.position)
	j.position += int64(n)
	j.buffer = j.buffer[:0]
	return err
}

// replay passes all records on, in the order in which they came.
func (j *journal) replay(ctx context.Context, pass func(*entry) error) error {
	r := bufio.NewReaderSize(nil, writeSize)
	for _, s := range append(slices.Clip(j.before), j.own) {
		if s.from == s.to {
			continue
		}
		if err := j.replaySegment(ctx, r, s, pass); err != nil {
			return err
		}
	}
	return nil
}

func (j *journal) replaySegment(ctx context.Context, r *bufio.Reader, s segment, pass func(*entry) error) error {
	f, err := os.Open(j.pathOf(s.id))
	if err != nil {
		return newFailure(err, "Failed to read the journal of the results: %v", err)
	}
	defer f.Close()
	r.Reset(io.NewSectionReader(f, s.from, s.to-s.from))
	var e entry
	for left := s.to - s.from; left > 0; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if j.buffer, err = readFrame(r, &e, j.buffer, left); err != nil {
			return newFailure(err, "Failed to read the journal of the results: %v", err)
		}
		left -= frameHeader + int64(len(e.body))
		if err := pass(&e); err != nil {
			return err
		}
	}
	return nil
}

func (j *journal) close() {
	if j.file != nil {
		j.file.Close()
	}
}

// discard removes the segment of this journal, if it was created.
func (j *journal) discard() {
	j.close()
	if j.own.id != "" {
		os.Remove(j.pathOf(j.own.id))
	}
}

// Remove implements [Writer]. It deletes the segments of the journal.
func (w *Files) Remove(_ context.Context, mapRunArn string, redriveCount int64) error {
	if w.Folder == "" {
		return nil
	}
	files, err := os.ReadDir(w.Folder)
	if err != nil {
		return fmt.Errorf("resultwriter: %w", err)
	}
	prefix := segmentPrefix(mapRunArn, redriveCount)
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), prefix) || !strings.HasSuffix(f.Name(), segmentSuffix) {
			continue
		}
		if err := os.Remove(filepath.Join(w.Folder, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("resultwriter: %w", err)
		}
	}
	return nil
}
