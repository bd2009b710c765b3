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
	ownName any // nil: the name is the ID
	idName  any // the ID as a name, if that is the name
	nameID  any // the name as an ID, if it is that of another execution
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
	switch named := idOfName(h.Name); {
	case named == *id:
		e.idName = h.Name
	case named != store.ID{}:
		e.nameID = named[:]
		fallthrough
	default:
		e.ownName = h.Name
	}
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

// idOfName returns the ID that a name is the text of, or zero.
func idOfName(name string) store.ID {
	if len(name) != len("00000000-0000-0000-0000-000000000000") {
		return store.ID{}
	}
	id, err := store.ParseID(name)
	if err != nil || id.String() != name {
		return store.ID{}
	}
	return id
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
