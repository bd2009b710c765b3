package machine

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"unsafe"

	"github.com/gostates/gostates/asl/value"
)

// writer writes the parts of a snapshot. Arrays and objects are numbered as
// they are first written; one met again is written as its number.
type writer struct {
	buf  []byte
	seen map[container]uint64
}

// container identifies an array or object by its memory.
type container struct {
	at  unsafe.Pointer
	len int
}

// The tags of values.
const (
	tagNull byte = iota
	tagFalse
	tagTrue
	tagInt
	tagBig
	tagFloat
	tagString
	tagArray
	tagObject
	tagSeen
)

func (w *writer) byte(b byte)    { w.buf = append(w.buf, b) }
func (w *writer) uint(n uint64)  { w.buf = binary.AppendUvarint(w.buf, n) }
func (w *writer) int(n int64)    { w.buf = binary.AppendVarint(w.buf, n) }
func (w *writer) fixed(n uint64) { w.buf = binary.BigEndian.AppendUint64(w.buf, n) }

func (w *writer) text(s string) {
	w.uint(uint64(len(s)))
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
		w.byte(tagBig)
		w.text(v.String())
	case float64:
		w.byte(tagFloat)
		w.fixed(math.Float64bits(v))
	case string:
		w.byte(tagString)
		w.text(v)
	case []any:
		if len(v) > 0 && w.known(container{unsafe.Pointer(unsafe.SliceData(v)), len(v)}) {
			return
		}
		w.byte(tagArray)
		w.uint(uint64(len(v)))
		for i := range v {
			w.value(v[i])
		}
	case *value.Object:
		if v.Len() > 0 && w.known(container{unsafe.Pointer(v), none}) {
			return
		}
		w.byte(tagObject)
		w.uint(uint64(v.Len()))
		for i := range v.Len() {
			m := v.At(i)
			w.text(m.Key)
			w.value(m.Value)
		}
	}
}

// known writes the number of an array or object that was written before, or
// gives it one.
func (w *writer) known(c container) bool {
	if n, ok := w.seen[c]; ok {
		w.byte(tagSeen)
		w.uint(n)
		return true
	}
	if w.seen == nil {
		w.seen = make(map[container]uint64)
	}
	w.seen[c] = uint64(len(w.seen))
	return false
}

// reader reads what writer wrote. After the first error it gives zero values.
type reader struct {
	data  []byte
	err   error
	seen  []any
	depth int
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrSnapshot, what)
	}
	r.data = nil
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.data) {
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

func (r *reader) slot() int32 {
	n := r.int()
	if n < none || n > math.MaxInt32 {
		r.fail("a number is out of range")
		return none
	}
	return int32(n)
}

// count reads a number of parts, of which each takes at least a byte.
func (r *reader) count() int {
	n := r.uint()
	if n > uint64(len(r.data)) {
		r.fail("it is cut off")
		return 0
	}
	return int(n)
}

func (r *reader) text() string { return string(r.bytes(r.count())) }

func (r *reader) time(x *Execution) int64 {
	if r.byte() == 0 {
		return 0
	}
	return x.StartedAt + r.int()
}

func (r *reader) optional() *string {
	if s, ok := r.value().(string); ok {
		return &s
	}
	return nil
}

func (r *reader) object() *value.Object {
	v := r.value()
	o, ok := v.(*value.Object)
	if !ok && v != nil {
		r.fail("variables are no object")
	}
	return o
}

func (r *reader) array() []any {
	v := r.value()
	a, ok := v.([]any)
	if !ok && v != nil {
		r.fail("items are no array")
	}
	return a
}

func (r *reader) value() any {
	switch tag := r.byte(); tag {
	case tagFalse:
		return false
	case tagTrue:
		return true
	case tagInt:
		return r.int()
	case tagBig:
		n, ok := new(big.Int).SetString(r.text(), 10)
		if !ok {
			r.fail("a number is none")
			return nil
		}
		return n
	case tagFloat:
		return math.Float64frombits(r.fixed())
	case tagString:
		return r.text()
	case tagArray, tagObject:
		return r.container(tag)
	case tagSeen:
		n := r.uint()
		if n >= uint64(len(r.seen)) || r.seen[n] == nil {
			r.fail("a shared value is missing")
			return nil
		}
		return r.seen[n]
	case tagNull:
		return nil
	}
	r.fail("a value of no type")
	return nil
}

// trusted is how many parts a container may claim to have and get room for
// before they have been read.
const trusted = 1024

func (r *reader) container(tag byte) any {
	if r.depth++; r.depth > value.MaxDepth+1 {
		r.fail("values nest too deep")
		return nil
	}
	defer func() { r.depth-- }()
	n := r.count()
	if tag == tagArray {
		a := make([]any, 0, min(n, trusted))
		number := r.number(n)
		for range n {
			a = append(a, r.value())
		}
		r.keep(number, a)
		return a
	}
	o := value.NewObject(min(n, trusted))
	number := r.number(n)
	for range n {
		key := r.text()
		o.Set(key, r.value())
	}
	r.keep(number, o)
	return o
}

// number gives an array or object its number, as writer does: empty ones have
// none.
func (r *reader) number(n int) int {
	if n == 0 {
		return none
	}
	r.seen = append(r.seen, nil)
	return len(r.seen) - 1
}

func (r *reader) keep(number int, v any) {
	if number >= 0 {
		r.seen[number] = v
	}
}
