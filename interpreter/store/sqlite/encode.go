package sqlite

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/internal/rows"
)

// A check is a checksum of package rows. A stored number may be any other.
type check int64

// versionCheck covers the version of an execution, a record or a snapshot.
func versionCheck(id *store.ID, version uint64) check { return check(rows.VersionCheck(id, version)) }

// contentCheck covers a record or a snapshot with its version.
func contentCheck(id *store.ID, version uint64, content []byte) check {
	return check(rows.ContentCheck(id, version, content))
}

func definitionCheck(digest string, definition []byte) check {
	return check(rows.DefinitionCheck(digest, definition))
}

// encodedHead is a Head as its columns have it.
type encodedHead struct {
	*store.Head
	started int64
	ended   any    // nil, or nanoseconds
	parent  []byte // nil: none
	tags    any    // nil, or a JSON object
	parked  any    // nil, or a string
	check   check
}

// encodeHead fills e. scratch is a buffer to use again, and is returned.
func (e *encodedHead) encodeHead(id *store.ID, h *store.Head, scratch []byte) ([]byte, error) {
	tags, err := encodeTags(h.Tags)
	if err != nil {
		return scratch, err
	}
	*e = encodedHead{Head: h, started: nanoseconds(h.Started)}
	if !h.Ended.IsZero() {
		e.ended = nanoseconds(h.Ended)
	}
	if h.Parent != (store.ID{}) {
		e.parent = h.Parent[:]
	}
	if tags != "" {
		e.tags = tags
	}
	if h.Parked != "" {
		e.parked = h.Parked
	}
	scratch = rows.AppendHead(scratch[:0], id, h, tags)
	e.check = check(rows.Sum(scratch))
	return scratch, nil
}

// headCheck covers a head that was read. tags is the column.
func headCheck(id *store.ID, h *store.Head, tags string) check {
	return check(rows.Sum(rows.AppendHead(nil, id, h, tags)))
}

// encodeTags returns a JSON object with sorted keys, or "" if there are no tags.
func encodeTags(tags map[string]string) (string, error) {
	for key, value := range tags { // in any order: the result is the same
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return "", fmt.Errorf("tag %q: %q is not UTF-8", key, value)
		}
	}
	return rows.EncodeTags(tags), nil
}

func nanoseconds(t time.Time) int64 { return rows.Nanoseconds(t) }

func timeOf(nanoseconds int64) time.Time { return rows.TimeOf(nanoseconds) }
