package resultwriter

import (
	"bufio"
	"context"
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
	"regexp"
	"runtime"

	"github.com/gostates/gostates/interpreter/mapresult"
)

// journal keeps the records of an attempt in the order in which they came. Bytes
// after the last receipt mean nothing.
type journal struct {
	file     *os.File
	header   int64 // size of the header
	length   int64 // bytes that a receipt stands for
	sync     func(*journal) error
	buffer   []byte
	position int64 // of the first byte of buffer, while it is being filled
}

// The first byte of a receipt.
const (
	receiptInMemory = 0
	receiptJournal  = 1 // followed by the length of the journal, a uvarint
)

// header is the first line of a journal. Records in another format cannot
// continue it.
type header struct {
	Version      int
	MapRunArn    string
	RedriveCount int64
	Format       mapresult.Format
}

var errReceipt = errors.New("not a receipt of this writer")

// openJournal creates the journal of an attempt anew, or opens it at the receipt.
func openJournal(w *Files, r *Request) (*journal, error) {
	j := &journal{sync: w.syncJournal}
	if j.sync == nil {
		j.sync = func(j *journal) error { return j.file.Sync() }
	}
	line, err := json.Marshal(header{1, r.MapRunArn, r.RedriveCount, r.Format})
	if err != nil {
		return nil, err
	}
	line = append(line, '\n')
	path := journalPath(w.Folder, r.MapRunArn, r.RedriveCount)
	if len(r.Receipt) == 0 {
		err = j.create(path, line)
	} else {
		err = j.reopen(path, line, r.Receipt)
	}
	if err != nil {
		j.close()
		return nil, newFailure(err, "Failed to open the journal of the results of Map Run %s: %v", r.MapRunArn, err)
	}
	return j, nil
}

var plainName = regexp.MustCompile(`^[0-9A-Za-z-]{1,100}$`)

// journalPath returns the path of a journal: the UUID of the Map Run, if it is
// one, and the number of the attempt.
func journalPath(folder, mapRunArn string, redrive int64) string {
	name := uuidOf(mapRunArn)
	if !plainName.MatchString(name) {
		sum := sha256.Sum256([]byte(mapRunArn))
		name = hex.EncodeToString(sum[:])
	}
	return filepath.Join(folder, fmt.Sprintf("%s-%d.results", name, redrive))
}

func (j *journal) create(path string, line []byte) (err error) {
	if j.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		return err
	}
	if _, err := j.file.WriteAt(line, 0); err != nil {
		return err
	}
	j.header, j.length = int64(len(line)), int64(len(line))
	if err := j.sync(j); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
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

func (j *journal) reopen(path string, line, receipt []byte) (err error) {
	if receipt[0] == receiptInMemory {
		return errors.New("its records had no folder that outlives the process")
	}
	length, n := binary.Uvarint(receipt[1:])
	if receipt[0] != receiptJournal || n != len(receipt)-1 || length < uint64(len(line)) || length > 1<<62 {
		return errReceipt
	}
	if j.file, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
		return err
	}
	found := make([]byte, len(line))
	if _, err := j.file.ReadAt(found, 0); err != nil || string(found) != string(line) {
		return errors.Join(errors.New("it belongs to other results"), err)
	}
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < int64(length) {
		return fmt.Errorf("it has %d bytes, and the receipt stands for %d", info.Size(), length)
	}
	j.header, j.length = int64(len(line)), int64(length)
	return j.file.Truncate(j.length)
}

// appendRecords appends records durably and returns a receipt.
func (j *journal) appendRecords(format mapresult.Format, records []mapresult.Record) ([]byte, error) {
	j.buffer, j.position = j.buffer[:0], j.length
	for i := range records {
		e, err := entryOf(&records[i])
		if err != nil {
			return nil, err
		}
		start := len(j.buffer)
		j.buffer = beginFrame(j.buffer)
		j.buffer, _ = format.AppendEntry(j.buffer, &records[i])
		if err := endFrame(j.buffer, start, &e); err != nil {
			return nil, newFailure(err, "Failed to write the journal of the results: %v", err)
		}
		if len(j.buffer) >= writeSize {
			if err := j.writeBuffer(); err != nil {
				return nil, err
			}
		}
	}
	if err := j.writeBuffer(); err != nil {
		return nil, err
	}
	if j.position > j.length {
		if err := j.sync(j); err != nil {
			return nil, newFailure(err, "Failed to write the journal of the results: %v", err)
		}
	}
	j.length = j.position
	return binary.AppendUvarint([]byte{receiptJournal}, uint64(j.length)), nil
}

func (j *journal) writeBuffer() error {
	n, err := j.file.WriteAt(j.buffer, j.position)
	if err != nil {
		return newFailure(err, "Failed to write the journal of the results: %v", err)
	}
	j.position += int64(n)
	j.buffer = j.buffer[:0]
	return nil
}

// replay passes all records on, in the order in which they came.
func (j *journal) replay(ctx context.Context, pass func(*entry) error) error {
	r := bufio.NewReaderSize(io.NewSectionReader(j.file, j.header, j.length-j.header), writeSize)
	var e entry
	for left := j.length - j.header; left > 0; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var err error
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
		j.file = nil
	}
}

// Remove implements [Writer]. It deletes the journal.
func (w *Files) Remove(_ context.Context, mapRunArn string, redriveCount int64) error {
	if w.Folder == "" {
		return nil
	}
	if err := os.Remove(journalPath(w.Folder, mapRunArn, redriveCount)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("resultwriter: %w", err)
	}
	return nil
}
