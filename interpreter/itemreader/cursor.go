package itemreader

import (
	"encoding/binary"
	"errors"
)

// cursor is a position in the items of a request.
type cursor struct {
	count    int64  // items before it
	manifest string // ETag of the manifest
	file     int64  // number of the object in a manifest
	key      string // of the object in a listing
	done     bool   // the object has no more items
	etag     string // of the object, if it was opened
	version  string
	place
}

const cursorFormat = 1

var errBadCursor = errors.New("itemreader: corrupt cursor")

// encode returns the cursor as bytes.
func (c *cursor) encode() ([]byte, error) {
	b := make([]byte, 0, 64)
	b = append(b, cursorFormat)
	done := int64(0)
	if c.done {
		done = 1
	}
	for _, n := range []int64{c.count, c.file, c.offset, int64(c.mode), done} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, s := range []string{c.manifest, c.key, c.etag, c.version, c.packed} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	if len(b) > MaxCursor {
		return nil, failf("The key, version and ETag of an object are together longer than %d bytes.", MaxCursor)
	}
	return b, nil
}

func parseCursor(b []byte) (cursor, error) {
	var c cursor
	if len(b) == 0 || b[0] != cursorFormat {
		return c, errBadCursor
	}
	b = b[1:]
	var mode, done int64
	for _, n := range []*int64{&c.count, &c.file, &c.offset, &mode, &done} {
		v, used := binary.Uvarint(b)
		if used <= 0 || v > 1<<62 {
			return c, errBadCursor
		}
		*n, b = int64(v), b[used:]
	}
	for _, s := range []*string{&c.manifest, &c.key, &c.etag, &c.version, &c.packed} {
		n, used := binary.Uvarint(b)
		if used <= 0 || n > uint64(len(b)-used) {
			return c, errBadCursor
		}
		b = b[used:]
		*s, b = string(b[:n]), b[n:]
	}
	if len(b) > 0 || mode > int64(jsonEnd) {
		return c, errBadCursor
	}
	c.mode, c.done = jsonMode(mode), done != 0
	return c, nil
}
