package machine

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/big"
	"unsafe"

	"github.com/gostates/gostates/value"
)

// sharedFrom is the size, in bytes, from which strings and big integers are
// shared. To look up a shorter one costs more than to write it again.
const sharedFrom = 64

// deepest is how deep the values of a snapshot may nest. Those of an execution
// nest little deeper than value.MaxDepth: in a payload template, say.
const deepest = 4 * value.MaxDepth

// checksumBytes end a snapshot: the CRC-32C of all bytes before, big-endian.
const checksumBytes = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// writer writes the parts of a snapshot. Arrays, objects and large strings and
// big integers are numbered as they are first written; one met again is written
// as its number.
type writer struct {
	buf   []byte
	first [16]shared // the first ones: most snapshots have few
	met   uint64     // how many have a number
	seen  map[shared]uint64
	depth int // of the arrays and objects around what is written
	err   error
}

// shared identifies an array, object, string or big integer by its memory.
type shared struct {
	at  unsafe.Pointer
	len int // of an array; of the others below zero: an object may start where an array does
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
	tagNegative // the same, of one below zero
	tagFloat
	tagString
	tagArray
	tagObject
	tagSeen
	tagVerbatim // an object and the text that it remembers
)

func (w *writer) byte(b byte)    { w.buf = append(w.buf, b) }
func (w *writer) uint(n uint64)  { w.buf = binary.AppendUvarint(w.buf, n) }
func (w *writer) int(n int64)    { w.buf = binary.AppendVarint(w.buf, n) }
func (w *writer) fixed(n uint64) { w.buf = binary.BigEndian.AppendUint64(w.buf, n) }

// text writes a string: twice its length and its bytes, or twice the number of
// one that was written before, plus 1.
func (w *writer) text(s string) {
	if len(s) >= sharedFrom {
		if n, ok := w.number(sharedString(s)); ok {
			w.uint(n<<1 | 1)
			return
		}
	}
	w.uint(uint64(len(s)) << 1)
	w.buf = append(w.buf, s...)
}

// time writes a deadline, of which 0 means none.
func (w *writer) time(x *Execution, at int64) {
	if at == 0 {
		w.byte(0)
		return
	}
	w.byte(1)
	w.int(at - x.StartedAt)
}

// object writes variables, of which nil means none.
func (w *writer) object(o *value.Object) {
	if o == nil {
		w.byte(tagNull)
		return
	}
	w.value(o)
}

func (w *writer) value(v any) {
	switch v := v.(type) {
	case nil:
		w.byte(tagNull)
	case bool:
		if v {
			w.byte(tagTrue)
		} else {
			w.byte(tagFalse)
		}
	case int64:
		w.byte(tagInt)
		w.int(v)
	case *big.Int:
		w.big(v)
	case float64:
		if v-v != 0 { // NaN, or infinite
			w.fail("a number is not finite")
		}
		w.byte(tagFloat)
		w.fixed(math.Float64bits(v))
	case string:
		w.byte(tagString)
		w.text(v)
	case []any:
		if len(v) > 0 && w.known(shared{unsafe.Pointer(unsafe.SliceData(v)), len(v)}) || !w.enter() {
			return
		}
		w.byte(tagArray)
		w.uint(uint64(len(v)))
		for i := range v {
			w.value(v[i])
		}
		w.depth--
	case *value.Object:
		if v.Len() > 0 && w.known(shared{unsafe.Pointer(v), anObject}) || !w.enter() {
			return
		}
		text, verbatim := value.Verbatim(v)
		if verbatim {
			w.byte(tagVerbatim)
		}
		w.byte(tagObject)
		w.uint(uint64(v.Len()))
		for i := range v.Len() {
			m := v.At(i)
			w.text(m.Key)
			w.value(m.Value)
		}
		w.depth--
		if verbatim {
			w.text(text)
		}
	default:
		w.fail(fmt.Sprintf("%T is not a value of package value", v))
	}
}

// enter goes into an array or object.
func (w *writer) enter() bool {
	if w.depth == deepest {
		w.fail("a value nests too deep")
		return false
	}
	w.depth++
	return true
}

// fail notes what was given to the execution behind its back.
func (w *writer) fail(what string) {
	if w.err == nil {
		w.err = fmt.Errorf("%w in the execution: %s", ErrValue, what)
	}
}

func (w *writer) big(n *big.Int) {
	if n == nil || n.IsInt64() {
		w.fail("a *big.Int is not a large integer")
		return
	}
	if n.BitLen() >= 8*sharedFrom && w.known(shared{unsafe.Pointer(n), anInteger}) {
		return
	}
	tag := tagBig
	if n.Sign() < 0 {
		tag = tagNegative
	}
	w.byte(tag)
	size := (n.BitLen() + 7) / 8
	w.uint(uint64(size))
	w.buf = append(w.buf, make([]byte, size)...)
	n.FillBytes(w.buf[len(w.buf)-size:])
}

// known writes the number of a value that was written before, or gives it one.
func (w *writer) known(s shared) bool {
	n, ok := w.number(s)
	if ok {
		w.byte(tagSeen)
		w.uint(n)
	}
	return ok
}

// number returns the number of what was written before, or gives it one.
func (w *writer) number(s shared) (uint64, bool) {
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

// reader reads what writer wrote. After the first error it gives zero values.
type reader struct {
	data   []byte
	err    error
	seen   []numbered
	keys   [32]string // some of those that were read last
	depth  int        // of the arrays and objects around what is read
	height int        // of the value that was read last: 0 for a scalar
	owed   int        // bytes that the parts need that are still to be read
}

// numbered is a value that may be met again.
type numbered struct {
	value  any // nil: it is not complete
	height int
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrSnapshot, what)
	}
	r.data = nil
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.data)) {
		r.fail("it is cut off")
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) fixed() uint64 {
	if b := r.bytes(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) uint() uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 {
		r.fail("it is cut off")
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *reader) int() int64 {
	n, size := binary.Varint(r.data)
	if size <= 0 {
		r.fail("it is cut off")
		return 0
	}
	r.data = r.data[size:]
	return n
}

// small reads a number that is not below least, and fits an int32.
func (r *reader) small(n, least int64) int32 {
	if n < least || n > math.MaxInt32 {
		r.fail("a number is out of range")
		return int32(least)
	}
	return int32(n)
}

func (r *reader) slot() int32   { return r.small(r.int(), none) }
func (r *reader) number() int32 { return r.small(int64(r.uint()), 0) }

// count reads a number of parts of at least size bytes each. The snapshot must
// hold these bytes and those of the parts of containers around it that are still
// to come: all room made for parts is at most a small multiple of the snapshot.
func (r *reader) count(size int) int {
	n := r.uint()
	if free := len(r.data) - r.owed; free < 0 || n > uint64(free/size) {
		r.fail("it is cut off")
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n := r.uint()
	if n&1 != 0 {
		s, ok := r.shared(n >> 1).(string)
		if !ok {
			r.fail("a shared string is missing")
		}
		return s
	}
	s := string(r.bytes(n >> 1))
	if len(s) >= sharedFrom {
		r.seen = append(r.seen, numbered{value: s})
	}
	return s
}

// key is text for the key of an object: one string for those of many objects.
func (r *reader) key() string {
	n, size := binary.Uvarint(r.data)
	if size <= 0 || n&1 != 0 || n>>1 >= sharedFrom || n>>1 == 0 || n>>1 > uint64(len(r.data)-size) {
		return r.text()
	}
	b := r.data[size:][:n>>1]
	r.data = r.data[size+len(b):]
	slot := &r.keys[(len(b)+int(b[0])*5+int(b[len(b)/2])*3+int(b[len(b)-1]))%len(r.keys)]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}

// shared returns a value that was read before.
func (r *reader) shared(n uint64) any {
	if n >= uint64(len(r.seen)) || r.seen[n].value == nil {
		r.fail("a shared value is missing")
		return nil
	}
	r.height = r.seen[n].height
	if r.depth+r.height > deepest {
		r.fail("a value nests too deep")
	}
	return r.seen[n].value
}

// event reads the id of an event of the execution.
func (r *reader) event(x *Execution) uint32 {
	n := r.uint()
	if n > uint64(x.Seq) {
		r.fail("an event is missing")
		return 0
	}
	return uint32(n)
}

func (r *reader) time(x *Execution) int64 {
	if r.byte() == 0 {
		return 0
	}
	return x.StartedAt + r.int()
}

func (r *reader) optional() *string {
	switch s := r.value().(type) {
	case nil:
	case string:
		return &s
	default:
		r.fail("an error or cause is not a string")
	}
	return nil
}

func (r *reader) object() *value.Object {
	v := r.value()
	o, ok := v.(*value.Object)
	if !ok && v != nil {
		r.fail("variables are not an object")
	}
	return o
}

func (r *reader) array() []any {
	v := r.value()
	a, ok := v.([]any)
	if !ok && v != nil {
		r.fail("items are not an array")
	}
	return a
}

// ownArray is array for one that changes: nothing else in the snapshot is the same.
func (r *reader) ownArray() []any {
	if len(r.data) > 0 && r.data[0] == tagSeen {
		r.fail("results are shared")
		return nil
	}
	at := len(r.seen)
	a := r.array()
	if len(a) > 0 {
		r.seen[at] = numbered{}
	}
	return a
}

func (r *reader) value() any {
	r.height = 0
	switch tag := r.byte(); tag {
	case tagFalse:
		return false
	case tagTrue:
		return true
	case tagInt:
		return r.int()
	case tagBig, tagNegative:
		return r.big(tag)
	case tagFloat:
		f := math.Float64frombits(r.fixed())
		if f-f != 0 { // NaN, or infinite
			r.fail("a number is not finite")
		}
		return f
	case tagString:
		return r.text()
	case tagArray, tagObject:
		return r.container(tag)
	case tagSeen:
		return r.shared(r.uint())
	case tagVerbatim:
		return r.verbatim()
	case tagNull:
		return nil
	}
	r.fail("a value has no type")
	return nil
}

func (r *reader) verbatim() any {
	if r.byte() != tagObject {
		r.fail("a text does not belong to an object")
		return nil
	}
	v := r.container(tagObject)
	height := r.height
	if text := r.text(); r.err == nil {
		v.(*value.Object).Remember(text)
	}
	r.height = height
	return v
}

func (r *reader) big(tag byte) any {
	n := new(big.Int).SetBytes(r.bytes(r.uint()))
	if tag == tagNegative {
		n.Neg(n)
	}
	if n.IsInt64() {
		r.fail("a number has the wrong type")
	}
	if n.BitLen() >= 8*sharedFrom {
		r.seen = append(r.seen, numbered{value: n})
	}
	return n
}

func (r *reader) container(tag byte) any {
	if r.depth++; r.depth > deepest {
		r.fail("a value nests too deep")
		return nil
	}
	size := 1 // of a part, at least
	if tag == tagObject {
		size = 2
	}
	n, at := r.count(size), len(r.seen)
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
			a[i] = r.value()
			height = max(height, r.height)
		}
		v = a
	} else {
		o := value.NewObject(n)
		for range n {
			r.owed -= 2
			key := r.key()
			o.Set(key, r.value())
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
