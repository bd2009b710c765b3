// Package rows has what the stores over SQL databases share: how a head is encoded, and
// what the checksums of their rows cover.
package rows

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"math"
	"slices"
	"time"

	"github.com/gostates/gostates/interpreter/store"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A Check is a CRC-32C, as the signed number that a database has.
type Check int32

// Sum returns the check of bytes.
func Sum(b []byte) Check { return Check(0).addBytes(b) }

func (c Check) addBytes(b []byte) Check { return Check(crc32.Update(uint32(c), castagnoli, b)) }

// VersionCheck covers the version of an execution, a record or a snapshot.
func VersionCheck(id *store.ID, version uint64) Check {
	// Sum would have the bytes on the heap.
	crc := ^uint32(0)
	for _, b := range id {
		crc = castagnoli[byte(crc)^b] ^ crc>>8
	}
	for shift := 0; shift < 64; shift += 8 {
		crc = castagnoli[byte(crc)^byte(version>>shift)] ^ crc>>8
	}
	return Check(^crc)
}

// ContentCheck covers a record or a snapshot with its version.
func ContentCheck(id *store.ID, version uint64, content []byte) Check {
	return VersionCheck(id, version).addBytes(content)
}

// DefinitionCheck covers a definition with its digest.
func DefinitionCheck(digest string, definition []byte) Check {
	return Sum([]byte(digest)).addBytes(definition)
}

// AppendHead appends the bytes that the check of a head covers. tags are those of
// EncodeTags.
func AppendHead(b []byte, id *store.ID, h *store.Head, tags string) []byte {
	texts := [...]string{h.Namespace, h.Machine, h.Name, h.Digest, tags, h.Parked}
	n := 2*len(id) + 1 + 3*8
	for _, s := range texts {
		n += binary.MaxVarintLen32 + len(s)
	}
	b = append(slices.Grow(b, n), id[:]...)
	for _, s := range texts {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = append(b, byte(h.Status))
	ended := int64(math.MinInt64)
	if !h.Ended.IsZero() {
		ended = Nanoseconds(h.Ended)
	}
	for _, n := range [...]int64{Nanoseconds(h.Started), ended, h.Due} {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	return append(b, h.Parent[:]...)
}

// EncodeTags returns a JSON object with sorted keys, or "" if there are no tags.
func EncodeTags(tags map[string]string) string {
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

// Nanoseconds returns a time as nanoseconds since 1970. Those outside of the years
// 1678 to 2262 become the nearest time inside.
func Nanoseconds(t time.Time) int64 {
	switch {
	case t.Before(firstTime):
		return earliest
	case t.After(lastTime):
		return math.MaxInt64
	}
	return t.UnixNano()
}

// TimeOf is the reverse of Nanoseconds.
func TimeOf(nanoseconds int64) time.Time {
	if nanoseconds == earliest {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds).UTC()
}
