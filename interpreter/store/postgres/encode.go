package postgres

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gostates/gostates/interpreter/store"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A check is a CRC-32C. PostgreSQL has it as a signed number.
type check int32

func (c check) addBytes(b []byte) check {
	return check(crc32.Update(uint32(c), castagnoli, b))
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

func definitionCheck(digest string, definition []byte) check {
	return check(0).addBytes([]byte(digest)).addBytes(definition)
}

// headCheck covers a head. tags are those of encodeTags.
func headCheck(id *store.ID, h *store.Head, tags string) check {
	b := make([]byte, 0, 512)
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
	return check(0).addBytes(append(b, h.Parent[:]...))
}

// checkStrings returns an error if PostgreSQL cannot store a string of a head.
func checkStrings(h *store.Head) error {
	for _, field := range [...]struct{ name, value string }{
		{"Namespace", h.Namespace}, {"Machine", h.Machine}, {"Name", h.Name}, {"Digest", h.Digest},
	} {
		if !isText(field.value) {
			return fmt.Errorf("%s %q is not UTF-8 without zero bytes", field.name, field.value)
		}
	}
	for key, value := range h.Tags { // in any order
		if !isText(key) || !isText(value) {
			return fmt.Errorf("tag %q: %q is not UTF-8 without zero bytes", key, value)
		}
	}
	return nil
}

func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// toText replaces what PostgreSQL cannot store in a message.
func toText(s string) string {
	if isText(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// encodeTags returns a JSON object with sorted keys, or "" if there are no tags.
func encodeTags(tags map[string]string) string {
	if len(tags) == 0 {
		return ""
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(tags); err != nil {
		panic(err) // strings can be encoded
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
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
