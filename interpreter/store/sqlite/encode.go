package sqlite

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"time"
	"unicode/utf8"

	"github.com/gostates/gostates/interpreter/store"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A check is a CRC-32C. It is stored as a signed number, which takes four bytes.
type check int64

func (c check) addBytes(b []byte) check {
	return check(int32(crc32.Update(uint32(c), castagnoli, b)))
}

// versionCheck covers the version of an execution, a record or a snapshot.
func versionCheck(id *store.ID, version uint64) check {
	var b [24]byte
	copy(b[:], id[:])
	binary.LittleEndian.PutUint64(b[16:], version)
	return check(0).addBytes(b[:])
}

// contentCheck covers a record or a snapshot with its version.
func contentCheck(id *store.ID, version uint64, content []byte) check {
	return versionCheck(id, version).addBytes(content)
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
	scratch = appendHead(scratch[:0], id, h, tags)
	e.check = check(0).addBytes(scratch)
	return scratch, nil
}

// appendHead appends the bytes that the CRC of a head covers.
func appendHead(b []byte, id *store.ID, h *store.Head, tags string) []byte {
	b = append(b, id[:]...)
	for _, s := range [...]string{h.Namespace, h.Machine, h.Name, h.Digest, tags, h.Parked} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = append(b, byte(h.Status))
	ended := int64(math.MinInt64)
	if !h.Ended.IsZero() {
		ended = nanoseconds(h.Ended)
	}
	for _, n := range [...]int64{nanoseconds(h.Started), ended, h.Due} {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	return append(b, h.Parent[:]...)
}

// encodeTags returns a JSON object with sorted keys, or "" if there are no tags.
func encodeTags(tags map[string]string) (string, error) {
	if len(tags) == 0 {
		return "", nil
	}
	for key, value := range tags { // in any order: the result is the same
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return "", fmt.Errorf("tag %q: %q is not UTF-8", key, value)
		}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(tags); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// earliest stands for the zero time, and for all times before 1677.
const earliest = math.MinInt64

var (
	firstTime = time.Unix(0, math.MinInt64+1)
	lastTime  = time.Unix(0, math.MaxInt64)
)

// nanoseconds returns a time as nanoseconds since 1970. Those outside of the years
// 1678 to 2262 become the nearest time inside.
func nanoseconds(t time.Time) int64 {
	switch {
	case t.Before(firstTime):
		return earliest
	case t.After(lastTime):
		return math.MaxInt64
	}
	return t.UnixNano()
}

func timeOf(nanoseconds int64) time.Time {
	if nanoseconds == earliest {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds).UTC()
}
