package itemreader

import (
	"bytes"
	"io"
)

// buffer reads a stream of records. Its memory grows up to the limit of one
// record.
type buffer struct {
	source io.Reader
	data   []byte // read, from at on not yet consumed
	at     int
	base   int64 // offset of data[0] in the stream
	err    error // of the source, after data
	limit  int   // maximum length of a record
}

const bufferSize = 64 << 10

func newBuffer(source io.Reader, offset int64, limit int) *buffer {
	return &buffer{source: source, base: offset, limit: limit, data: make([]byte, 0, bufferSize)}
}

// unread returns the bytes that are read and not consumed.
func (b *buffer) unread() []byte { return b.data[b.at:] }

// offset returns that of the first byte that is not consumed.
func (b *buffer) offset() int64 { return b.base + int64(b.at) }

// readMore appends to the unread bytes, which may move. It returns the error of the
// source, io.EOF at the end, or a failure if the unread bytes exceed the limit.
func (b *buffer) readMore() error {
	if b.err != nil {
		return b.err
	}
	if len(b.data)-b.at > b.limit {
		return failf("An item at byte %d is larger than %d bytes.", b.offset(), b.limit)
	}
	if b.at > 0 {
		n := copy(b.data, b.data[b.at:])
		b.base += int64(b.at)
		b.data, b.at = b.data[:n], 0
	}
	if len(b.data) == cap(b.data) {
		grown := make([]byte, len(b.data), min(2*cap(b.data), b.limit+bufferSize))
		copy(grown, b.data)
		b.data = grown
	}
	for range 100 {
		n, err := b.source.Read(b.data[len(b.data):cap(b.data)])
		b.data = b.data[:len(b.data)+n]
		if b.err = err; n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	b.err = io.ErrNoProgress
	return b.err
}

// readLine returns the next line without its end, and how many bytes to consume. It
// returns io.EOF if there is none. The last line may lack the line feed.
func (b *buffer) readLine() (line []byte, n int, err error) {
	seen := 0
	for {
		rest := b.unread()
		if i := bytes.IndexByte(rest[seen:], '\n'); i >= 0 {
			i += seen
			return bytes.TrimSuffix(rest[:i], []byte{'\r'}), i + 1, nil
		}
		seen = len(rest)
		switch err := b.readMore(); {
		case err == io.EOF && seen > 0:
			return b.unread(), seen, nil // readMore has moved them
		case err != nil:
			return nil, 0, err
		}
	}
}

// skipMark consumes a byte order mark at the beginning of the stream.
func (b *buffer) skipMark() error {
	mark := []byte("\xef\xbb\xbf")
	for b.offset() == 0 && len(b.unread()) < len(mark) {
		if err := b.readMore(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	if b.offset() == 0 && bytes.HasPrefix(b.unread(), mark) {
		b.at += len(mark)
	}
	return nil
}
