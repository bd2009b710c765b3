package resultwriter

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/objects"
)

// kind is the kind of a result file.
type kind uint8

const (
	succeeded kind = iota
	failed         // also timed out and aborted
	pending
	kinds
)

var kindNames = [kinds]string{"SUCCEEDED", "FAILED", "PENDING"}

func kindOf(s mapresult.Status) (kind, bool) {
	switch s {
	case mapresult.Succeeded:
		return succeeded, true
	case mapresult.Failed, mapresult.TimedOut, mapresult.Aborted:
		return failed, true
	case mapresult.Pending:
		return pending, true
	}
	return 0, false
}

const writeSize = 256 << 10 // bytes of a Write

// resultFiles writes the files of one kind, one after another.
type resultFiles struct {
	store   objects.Objects
	bucket  string
	folder  string          // ends in a slash
	life    context.Context // of the open object
	kind    kind
	format  mapresult.Format
	maxSize int64

	done []manifestFile // complete ones

	open   bool // whether the current file has an entry
	size   int64
	buffer []byte
	object objects.Writer // nil until the first Write
	lost   bool           // whether a call of object has not returned
}

func (f *resultFiles) key() string {
	extension := ".json"
	if f.format.OutputType == mapresult.JSONL {
		extension = ".jsonl"
	}
	return fmt.Sprintf("%s%s_%d%s", f.folder, kindNames[f.kind], len(f.done), extension)
}

// addBody adds an entry to the current file, or to the next one if it would get
// larger than maxSize.
func (f *resultFiles) addBody(ctx context.Context, body []byte) error {
	if f.open && f.size+int64(len(body))+2 > f.maxSize {
		if err := f.finishFile(ctx); err != nil {
			return err
		}
	}
	before := len(f.buffer)
	switch {
	case f.open:
		f.buffer = append(f.buffer, f.format.Separator())
	case f.format.OutputType != mapresult.JSONL:
		f.buffer = append(f.buffer, '[')
	}
	f.open = true
	f.buffer = append(f.buffer, body...)
	f.size += int64(len(f.buffer) - before)
	if len(f.buffer) < writeSize {
		return nil
	}
	return f.flushBuffer(ctx)
}

func (f *resultFiles) flushBuffer(ctx context.Context) error {
	key, buffer := f.key(), f.buffer
	err := f.callObject(ctx, func() (err error) {
		if f.object == nil {
			if f.object, err = openObject(f.life, f.store, f.bucket, key); err != nil {
				return err
			}
		}
		return writeObject(f.object, buffer)
	})
	if err != nil {
		return err
	}
	f.buffer = buffer[:0]
	return nil
}

// finishFile completes the current file, if it has an entry.
func (f *resultFiles) finishFile(ctx context.Context) error {
	if !f.open {
		return nil
	}
	end := byte(']')
	if f.format.OutputType == mapresult.JSONL {
		end = '\n'
	}
	f.buffer = append(f.buffer, end)
	f.size++
	if err := f.flushBuffer(ctx); err != nil {
		return err
	}
	if err := f.callObject(ctx, func() error { return f.object.Close() }); err != nil {
		return err
	}
	f.done = append(f.done, manifestFile{f.key(), f.size})
	f.object, f.open, f.size = nil, false, 0
	return nil
}

// callObject calls the object's methods. After an error the files are not used
// any more. The object belongs to a call that has not returned.
func (f *resultFiles) callObject(ctx context.Context, code func() error) error {
	returned, err := callStore(ctx, code, f.abortObject)
	f.lost = !returned
	return failWriting(err, "Failed to write %s into the specified output bucket.", f.key())
}

// abandonFile gives the current file up, and waits for that until the context is
// done.
func (f *resultFiles) abandonFile(ctx context.Context) {
	if f.lost || f.object == nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = guardStore(func() error { f.abortObject(); return nil })
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

func (f *resultFiles) abortObject() {
	if f.object != nil {
		_ = f.object.Abort()
	}
}

// openObject is Put, which must return a Writer.
func openObject(ctx context.Context, store objects.Objects, bucket, key string) (objects.Writer, error) {
	w, err := store.Put(ctx, bucket, key)
	if err == nil && w == nil {
		err = errors.New("the object store returned no Writer")
	}
	return w, err
}

// writeObject is Write, which must take all bytes.
func writeObject(w objects.Writer, p []byte) error {
	n, err := w.Write(p)
	if err == nil && n != len(p) {
		err = io.ErrShortWrite
	}
	return err
}
