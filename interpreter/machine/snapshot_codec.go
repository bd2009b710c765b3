package machine

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/big"
	"unsafe"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// sharedFrom is the size, in bytes, from which strings and big integers are stored
// once. Looking up a shorter one costs more than writing it again.
const sharedFrom = 64

// deepest is the nesting limit of values in a snapshot. A payload template may
// exceed value.MaxDepth a little.
const deepest = 4 * value.MaxDepth

// checksumBytes is the size of the checksum at the end: the CRC-32C of all bytes
// before, big-endian.
const checksumBytes = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// writer writes a snapshot or a record. It numbers arrays, objects, large strings and large big
// integers, and writes the number if it meets one again.
type writer struct {
	buf   []byte
	first [16]shared // the first numbered values; most snapshots have few
	met   uint64     // how many are numbered
	seen  map[shared]uint64
	depth int // nesting of the value being written
	err   error
}

// shared identifies an array, object, string or big integer by its address.
type shared struct {
	at  unsafe.Pointer
	len int // of an array; negative for others, since an object may have an array's address
}

const anObject, anInteger = -1, -2

func sharedString(s string) shared { return shared{unsafe.Pointer(unsafe.StringData(s)), ^len(s)} }

// The tags of values.
const (
	tagNull byte = iota
	tagFalse
	tagTrue
	tagInt
	tagBig      // its absolute value follows
	tagNegative // the same for a negative one
	tagFloat
	tagString
	tagArray
	tagObject
	tagSeen
	tagVerbatim // an object and its verbatim JSON text
)

func (w *writer) writeByte(b byte)    { w.buf = append(w.buf, b) }
func (w *writer) writeUint(n uint64)  { w.buf = binary.AppendUvarint(w.buf, n) }
func (w *writer) writeInt(n int64)    { w.buf = binary.AppendVarint(w.buf, n) }
func (w *writer) writeFixed(n uint64) { w.buf = binary.BigEndian.AppendUint64(w.buf, n) }

// writeString writes twice the length and the bytes of a string. If the string was
// written before, it writes twice its number, plus 1.
func (w *writer) writeString(s string) { w.writeShared(s, sharedFrom) }

// writeShared is writeString that numbers strings from a length on.
func (w *writer) writeShared(s string, from int) {
	if len(s) >= from {
		if n, ok := w.numberOf(sharedString(s)); ok {
			w.writeUint(n<<1 | 1)
			return
		}
	}
	w.writeUint(uint64(len(s)) << 1)
	w.buf = append(w.buf, s...)
}

// writeTime writes a deadline; 0 means none.
func (w *writer) writeTime(x *Execution, at int64) {
	if at == 0 {
		w.writeByte(0)
		return
	}
	w.writeByte(1)
	w.writeInt(at - x.StartedAt)
}

// writeObject writes variables; nil means none.
func (w *writer) writeObject(o *value.Object) {
	if o == nil {
		w.writeByte(tagNull)
		return
	}
	w.writeValue(o)
}

func (w *writer) writeValue(v any) {
	switch v := v.(type) {
	case nil:
		w.writeByte(tagNull)
	case bool:
		if v {
			w.writeByte(tagTrue)
		} else {
			w.writeByte(tagFalse)
		}
	case int64:
		w.writeByte(tagInt)
		w.writeInt(v)
	case *big.Int:
		w.writeBigInt(v)
	case float64:
		if v-v != 0 { // NaN, or infinite
			w.failWriting("number not finite")
		}
		w.writeByte(tagFloat)
		w.writeFixed(math.Float64bits(v))
	case string:
		w.writeByte(tagString)
		w.writeString(v)
	case []any:
		if len(v) > 0 && w.writeIfKnown(shared{unsafe.Pointer(unsafe.SliceData(v)), len(v)}) || !w.enterContainer() {
			return
		}
		w.writeByte(tagArray)
		w.writeUint(uint64(len(v)))
		for i := range v {
			w.writeValue(v[i])
		}
		w.depth--
	case *value.Object:
		if v.Len() > 0 && w.writeIfKnown(shared{unsafe.Pointer(v), anObject}) || !w.enterContainer() {
			return
		}
		text, verbatim := value.Verbatim(v)
		if verbatim {
			w.writeByte(tagVerbatim)
		}
		w.writeByte(tagObject)
		w.writeUint(uint64(v.Len()))
		for i := range v.Len() {
			m := v.At(i)
			w.writeString(m.Key)
			w.writeValue(m.Value)
		}
		w.depth--
		if verbatim {
			w.writeString(text)
		}
	default:
		w.failWriting(fmt.Sprintf("%T is not a value of package value", v))
	}
}

// enterContainer starts an array or object, unless it nests too deep.
func (w *writer) enterContainer() bool {
	if w.depth == deepest {
		w.failWriting("value nests too deep")
		return false
	}
	w.depth++
	return true
}

// failWriting notes an invalid value, which the host must have put into the
// execution.
func (w *writer) failWriting(what string) {
	if w.err == nil {
		w.err = fmt.Errorf("%w in the execution: %s", ErrValue, what)
	}
}

func (w *writer) writeBigInt(n *big.Int) {
	if n == nil || n.IsInt64() {
		w.failWriting("*big.Int must be beyond int64")
		return
	}
	if n.BitLen() >= 8*sharedFrom && w.writeIfKnown(shared{unsafe.Pointer(n), anInteger}) {
		return
	}
	tag := tagBig
	if n.Sign() < 0 {
		tag = tagNegative
	}
	w.writeByte(tag)
	size := (n.BitLen() + 7) / 8
	w.writeUint(uint64(size))
	w.buf = append(w.buf, make([]byte, size)...)
	n.FillBytes(w.buf[len(w.buf)-size:])
}

// writeIfKnown writes the number of a value if it was written before; else it
// numbers the value.
func (w *writer) writeIfKnown(s shared) bool {
	n, ok := w.numberOf(s)
	if ok {
		w.writeByte(tagSeen)
		w.writeUint(n)
	}
	return ok
}

// numberOf returns the number of a value if it was written before; else it numbers
// the value.
func (w *writer) numberOf(s shared) (uint64, bool) {
	for i := range w.first[:min(w.met, uint64(len(w.first)))] {
		if w.first[i] == s {
			return uint64(i), true
		}
	}
	if n, ok := w.seen[s]; ok {
		return n, true
	}
	if w.met < uint64(len(w.first)) {
		w.first[w.met] = s
	} else {
		if w.seen == nil {
			w.seen = make(map[shared]uint64)
		}
		w.seen[s] = w.met
	}
	w.met++
	return 0, false
}

// reader reads a snapshot or a record. After the first error it returns zero values.
type reader struct {
	data    []byte
	invalid error // what errors wrap: ErrSnapshot or ErrRecord
	err     error
	seen    []numbered
	keys    [32]string // cache of recent object keys
	depth   int        // nesting of the value being read
	height  int        // of the latest value; 0 for a scalar
	owed    int        // least number of bytes of the parts still to be read
}

// numbered is a value that may occur again.
type numbered struct {
	value  any // nil while it is being read
	height int
}

func (r *reader) failReading(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", r.invalid, what)
	}
	r.data = nil
}

func (r *reader) readBytes(n uint64) []byte {
	if n > uint64(len(r.data)) {
		r.failReading("truncated")
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *reader) readByte() byte {
	if b := r.readBytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) readFixed() uint64 {
	if b := r.readBytes(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) readUint() uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 {
		r.failReading("truncated")
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *reader) readInt() int64 {
	n, size := binary.Varint(r.data)
	if size <= 0 {
		r.failReading("truncated")
		return 0
	}
	r.data = r.data[size:]
	return n
}

// checkInt32 converts n, which must be at least least.
func (r *reader) checkInt32(n, least int64) int32 {
	if n < least || n > math.MaxInt32 {
		r.failReading("number out of range")
		return int32(least)
	}
	return int32(n)
}

func (r *reader) readSlot() int32   { return r.checkInt32(r.readInt(), none) }
func (r *reader) readNumber() int32 { return r.checkInt32(int64(r.readUint()), 0) }

// readCount reads the number of parts, each of at least size bytes. The snapshot
// must have that many bytes in addition to those owed, so that the memory allocated
// for parts is at most a small multiple of the snapshot.
func (r *reader) readCount(size int) int {
	n := r.readUint()
	if free := len(r.data) - r.owed; free < 0 || n > uint64(free/size) {
		r.failReading("truncated")
		return 0
	}
	return int(n)
}

func (r *reader) readString() string { return r.readShared(sharedFrom) }

// readShared is readString for strings that are numbered from a length on.
func (r *reader) readShared(from int) string {
	n := r.readUint()
	if n&1 != 0 {
		s, ok := r.sharedValue(n >> 1).(string)
		if !ok {
			r.failReading("missing shared string")
		}
		return s
	}
	s := string(r.readBytes(n >> 1))
	if len(s) >= from {
		r.seen = append(r.seen, numbered{value: s})
	}
	return s
}

// readKey reads an object's key. Equal keys of different objects share memory.
func (r *reader) readKey() string {
	n, size := binary.Uvarint(r.data)
	if size <= 0 || n&1 != 0 || n>>1 >= sharedFrom || n>>1 == 0 || n>>1 > uint64(len(r.data)-size) {
		return r.readString()
	}
	b := r.data[size:][:n>>1]
	r.data = r.data[size+len(b):]
	slot := &r.keys[(len(b)+int(b[0])*5+int(b[len(b)/2])*3+int(b[len(b)-1]))%len(r.keys)]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}

// sharedValue returns value number n.
func (r *reader) sharedValue(n uint64) any {
	if n >= uint64(len(r.seen)) || r.seen[n].value == nil {
		r.failReading("missing shared value")
		return nil
	}
	r.height = r.seen[n].height
	if r.depth+r.height > deepest {
		r.failReading("value nests too deep")
	}
	return r.seen[n].value
}

// readEventID reads the ID of a history event.
func (r *reader) readEventID(x *Execution) uint32 {
	n := r.readUint()
	if n > uint64(x.Seq) {
		r.failReading("missing event")
		return 0
	}
	return uint32(n)
}

func (r *reader) readTime(x *Execution) int64 {
	if r.readByte() == 0 {
		return 0
	}
	return x.StartedAt + r.readInt()
}

func (r *reader) readOptional() *string {
	switch s := r.readValue().(type) {
	case nil:
	case string:
		return &s
	default:
		r.failReading("error or cause must be a string")
	}
	return nil
}

func (r *reader) readObject() *value.Object {
	v := r.readValue()
	o, ok := v.(*value.Object)
	if !ok && v != nil {
		r.failReading("variables must be an object")
	}
	return o
}

func (r *reader) readArray() []any {
	v := r.readValue()
	a, ok := v.([]any)
	if !ok && v != nil {
		r.failReading("items must be an array")
	}
	return a
}

// readOwnArray reads an array that will be changed in place. Nothing else in the
// snapshot may refer to it.
func (r *reader) readOwnArray() []any {
	if len(r.data) > 0 && r.data[0] == tagSeen {
		r.failReading("results must not be shared")
		return nil
	}
	at := len(r.seen)
	a := r.readArray()
	if len(a) > 0 {
		r.seen[at] = numbered{}
	}
	return a
}

func (r *reader) readValue() any {
	r.height = 0
	switch tag := r.readByte(); tag {
	case tagFalse:
		return false
	case tagTrue:
		return true
	case tagInt:
		return r.readInt()
	case tagBig, tagNegative:
		return r.readBigInt(tag)
	case tagFloat:
		f := math.Float64frombits(r.readFixed())
		if f-f != 0 { // NaN, or infinite
			r.failReading("number not finite")
		}
		return f
	case tagString:
		return r.readString()
	case tagArray, tagObject:
		return r.readContainer(tag)
	case tagSeen:
		v := r.sharedValue(r.readUint())
		if _, is := v.(*history.Resource); is {
			r.failReading("shared value of the wrong type")
			return nil
		}
		return v
	case tagVerbatim:
		return r.readVerbatim()
	case tagNull:
		return nil
	}
	r.failReading("value without a type")
	return nil
}

func (r *reader) readVerbatim() any {
	if r.readByte() != tagObject {
		r.failReading("verbatim text without an object")
		return nil
	}
	v := r.readContainer(tagObject)
	height := r.height
	if text := r.readString(); r.err == nil {
		v.(*value.Object).Remember(text)
	}
	r.height = height
	return v
}

func (r *reader) readBigInt(tag byte) any {
	n := new(big.Int).SetBytes(r.readBytes(r.readUint()))
	if tag == tagNegative {
		n.Neg(n)
	}
	if n.IsInt64() {
		r.failReading("number of the wrong type")
	}
	if n.BitLen() >= 8*sharedFrom {
		r.seen = append(r.seen, numbered{value: n})
	}
	return n
}

func (r *reader) readContainer(tag byte) any {
	if r.depth++; r.depth > deepest {
		r.failReading("value nests too deep")
		return nil
	}
	size := 1 // least bytes of a part
	if tag == tagObject {
		size = 2
	}
	n, at := r.readCount(size), len(r.seen)
	r.owed += n * size
	if n > 0 {
		r.seen = append(r.seen, numbered{})
	}
	var v any
	height := 0
	if tag == tagArray {
		a := make([]any, n)
		for i := range a {
			r.owed--
			a[i] = r.readValue()
			height = max(height, r.height)
		}
		v = a
	} else {
		o := value.NewObject(n)
		for range n {
			r.owed -= 2
			key := r.readKey()
			o.Set(key, r.readValue())
			height = max(height, r.height)
		}
		v = o
	}
	r.depth--
	r.height = height + 1
	if n > 0 {
		r.seen[at] = numbered{v, r.height}
	}
	return v
}
