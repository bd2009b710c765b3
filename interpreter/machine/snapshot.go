package machine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"unsafe"

	"github.com/gostates/gostates/asl/value"
)

// format is the version of the snapshot's bytes.
const format = 1

// ErrSnapshot: the bytes are no snapshot that this version can read. The errors
// of Restore wrap it, or [ErrDigest].
var ErrSnapshot = errors.New("machine: not a snapshot")

// Marshal returns the execution as bytes, from which [Program.Restore] makes it
// again, in any process. Values that the execution shares are in it once.
func (p *Program) Marshal(x *Execution) ([]byte, error) { return p.AppendMarshal(nil, x) }

// AppendMarshal is Marshal into a buffer of the caller's.
func (p *Program) AppendMarshal(dst []byte, x *Execution) ([]byte, error) {
	if x.Digest != p.digest {
		return dst, ErrDigest
	}
	w := writer{buf: dst}
	w.byte(format)
	w.uint(uint64(x.Rules))
	w.text(x.Digest)
	w.byte(byte(x.Status))
	w.text(x.ID)
	w.value(x.Input)
	w.int(x.StartedAt)
	w.int(x.Now - x.StartedAt)
	w.uint(uint64(x.Seq))
	w.fixed(x.Rand[0])
	w.fixed(x.Rand[1])
	w.buf = append(w.buf, x.TokenKey[:]...)
	w.outcome(x.Outcome)
	w.int(int64(x.ready))
	w.int(int64(x.last))
	w.int(int64(x.free))
	w.uint(uint64(x.variables))
	w.uint(uint64(len(x.Scopes)))
	for i := range x.Scopes {
		w.scope(x, &x.Scopes[i])
	}
	return w.buf, nil
}

// Restore makes the execution of a snapshot. The snapshot must be of this
// program's definition.
func (p *Program) Restore(data []byte) (*Execution, error) {
	x := new(Execution)
	if err := p.RestoreInto(x, data); err != nil {
		return nil, err
	}
	return x, nil
}

// RestoreInto is Restore in memory of the caller's. After an error x must not
// be used.
func (p *Program) RestoreInto(x *Execution, data []byte) error {
	r := reader{data: data}
	if v := r.byte(); r.err == nil && v != format {
		return fmt.Errorf("%w: format %d, and this version reads %d", ErrSnapshot, v, format)
	}
	*x = Execution{}
	x.Rules = uint16(r.uint())
	x.Digest = r.text()
	if r.err == nil && x.Digest != p.digest {
		return ErrDigest
	}
	x.Digest = p.digest // one string for all
	if r.err == nil && x.Rules != Rules {
		return fmt.Errorf("%w: rules %d, and this version has %d", ErrSnapshot, x.Rules, Rules)
	}
	x.Status = Status(r.byte())
	x.ID = r.text()
	x.Input = r.value()
	x.StartedAt = r.int()
	x.Now = x.StartedAt + r.int()
	x.Seq = uint32(r.uint())
	x.Rand[0], x.Rand[1] = r.fixed(), r.fixed()
	copy(x.TokenKey[:], r.bytes(len(x.TokenKey)))
	x.Outcome = r.outcome()
	x.ready, x.last, x.free = r.slot(), r.slot(), r.slot()
	x.variables = uint32(r.uint())
	n := r.count()
	if n <= 1 {
		x.Scopes = x.room[:n:n]
	} else {
		x.Scopes = make([]Scope, n)
	}
	for i := range x.Scopes {
		r.scope(x, &x.Scopes[i])
	}
	if r.err == nil && len(r.data) > 0 {
		r.fail("bytes are left over")
	}
	if r.err == nil {
		r.err = p.check(x)
	}
	return r.err
}

func (w *writer) scope(x *Execution, sc *Scope) {
	w.byte(byte(sc.Phase))
	w.int(int64(sc.next))
	if sc.Phase == phaseFree {
		return
	}
	w.value(sc.Input)
	w.value(sc.Vars)
	w.int(sc.Entered - x.StartedAt)
	w.time(x, sc.Deadline)
	w.uint(uint64(sc.prev))
	w.uint(uint64(sc.enteredID))
	w.uint(uint64(sc.childID))
	w.int(int64(sc.State))
	w.int(int64(sc.parent))
	w.int(int64(sc.index))
	w.work(x, sc.work)
}

func (r *reader) scope(x *Execution, sc *Scope) {
	sc.Phase = Phase(r.byte())
	sc.next = r.slot()
	sc.parent = none
	if sc.Phase == phaseFree {
		return
	}
	sc.Input = r.value()
	sc.Vars = r.object()
	sc.Entered = x.StartedAt + r.int()
	sc.Deadline = r.time(x)
	sc.prev, sc.enteredID, sc.childID = uint32(r.uint()), uint32(r.uint()), uint32(r.uint())
	sc.State, sc.parent, sc.index = r.slot(), r.slot(), r.slot()
	sc.work = r.work(x)
}

// The parts of work that are there.
const (
	hasWork = 1 << iota
	hasTask
	isStarted
	isSubmitted
	hasChildren
)

func (w *writer) work(x *Execution, k *work) {
	if k == nil {
		w.byte(0)
		return
	}
	flags := byte(hasWork)
	set := func(cond bool, flag byte) {
		if cond {
			flags |= flag
		}
	}
	set(k.task != 0, hasTask)
	set(k.started, isStarted)
	set(k.submitted, isSubmitted)
	set(k.children != nil, hasChildren)
	w.byte(flags)
	w.uint(uint64(len(k.attempts)))
	for _, n := range k.attempts {
		w.uint(uint64(n))
	}
	w.uint(uint64(k.retries))
	if k.task != 0 {
		w.uint(uint64(k.task))
		w.value(k.input)
		w.value(k.credentials)
		w.uint(uint64(k.timeout))
		w.uint(uint64(k.heartbeat))
		w.time(x, k.beat)
	}
	if c := k.children; c != nil {
		w.value(c.input)
		w.value(c.items)
		w.value(c.results)
		w.uint(uint64(c.started))
		w.uint(uint64(c.ended))
		w.uint(uint64(c.width))
	}
}

func (r *reader) work(x *Execution) *work {
	flags := r.byte()
	if flags&hasWork == 0 {
		return nil
	}
	k := &work{started: flags&isStarted != 0, submitted: flags&isSubmitted != 0}
	for range r.count() {
		k.attempts = append(k.attempts, int32(r.uint()))
	}
	k.retries = int32(r.uint())
	if flags&hasTask != 0 {
		k.task = TaskID(r.uint())
		k.input = r.value()
		k.credentials = r.value()
		k.timeout = int64(r.uint())
		k.heartbeat = int64(r.uint())
		k.beat = r.time(x)
	}
	if flags&hasChildren != 0 {
		c := &children{input: r.value()}
		c.items = r.array()
		c.results = r.array()
		c.started, c.ended, c.width = int32(r.uint()), int32(r.uint()), int32(r.uint())
		k.children = c
	}
	return k
}

func (w *writer) outcome(o *Outcome) {
	if o == nil {
		w.byte(0)
		return
	}
	w.byte(1)
	w.value(o.Output)
	w.value(text(o.Error))
	w.value(text(o.Cause))
	w.text(o.State)
}

func (r *reader) outcome() *Outcome {
	if r.byte() == 0 {
		return nil
	}
	return &Outcome{Output: r.value(), Error: r.optional(), Cause: r.optional(), State: r.text()}
}

// check refuses a snapshot whose numbers lead nowhere in this program, so that
// no Step on it can go wrong.
func (p *Program) check(x *Execution) error {
	bad := func(what string) error { return fmt.Errorf("%w: %s", ErrSnapshot, what) }
	n := int32(len(x.Scopes))
	if x.Status > Aborted || (x.Status == Running) != (x.Outcome == nil) || (x.Status == Running) != (n > 0) {
		return bad("the status does not fit")
	}
	if x.Status == Running && (x.Scopes[0].parent >= 0 || x.Seq > 0 && x.Scopes[0].Phase == phaseFree) {
		return bad("the root scope does not fit")
	}
	live := make([]int32, len(x.Scopes)) // children of each scope
	for i := range x.Scopes {
		if what := p.checkScope(x, int32(i)); what != "" {
			return bad(what)
		}
		if parent := x.Scopes[i].parent; x.Scopes[i].Phase != phaseFree && parent >= 0 {
			live[parent]++
		}
	}
	for i := range x.Scopes {
		if x.Scopes[i].Phase == phaseChildren {
			if c := x.Scopes[i].work.children; c.started-c.ended != live[i] || live[i] == 0 {
				return bad("branches or iterations are missing")
			}
		}
	}
	return checkLists(x, bad)
}

func (p *Program) checkScope(x *Execution, slot int32) string {
	sc := &x.Scopes[slot]
	if sc.Phase == phaseFree {
		return ""
	}
	if sc.Phase > phaseItem || sc.State < 0 || int(sc.State) >= len(p.states) {
		return "a scope is in no state"
	}
	st := &p.states[sc.State]
	ok := true
	switch sc.Phase {
	case phaseWait:
		ok = st.kind == kindWait && sc.Deadline != 0
	case phaseDelay:
		ok = sc.Deadline != 0
	case phaseArmed, phaseTask:
		ok = st.kind == kindTask && sc.work != nil && sc.work.task.slot() == int64(slot)
	case phaseChildren:
		ok = sc.work != nil && sc.work.children.fits(st)
	}
	if sc.work != nil && len(sc.work.attempts) > st.retry.Len() {
		ok = false
	}
	if ok && slot > 0 {
		ok = p.checkChild(x, slot)
	}
	if !ok {
		return fmt.Sprintf("scope %d does not fit its state", slot)
	}
	return ""
}

// checkChild checks that a scope belongs to a container that waits for it.
func (p *Program) checkChild(x *Execution, slot int32) bool {
	sc := &x.Scopes[slot]
	if sc.parent < 0 || sc.parent >= int32(len(x.Scopes)) || sc.parent == slot {
		return false
	}
	parent := &x.Scopes[sc.parent]
	if parent.Phase != phaseChildren || parent.work == nil || parent.work.children == nil ||
		sc.index < 0 || sc.index >= parent.work.children.started {
		return false
	}
	if sc.Phase == phaseItem && p.states[parent.State].kind != kindMap {
		return false
	}
	// No parent is below its own child.
	for steps, at := 0, sc.parent; at > 0; at = x.Scopes[at].parent {
		if steps++; steps > len(x.Scopes) || x.Scopes[at].parent < 0 || int(x.Scopes[at].parent) >= len(x.Scopes) {
			return false
		}
	}
	return true
}

func (c *children) fits(st *state) bool {
	if c == nil || c.started < 0 || c.ended < 0 || int(c.started) > len(c.results) || c.ended > c.started {
		return false
	}
	switch st.kind {
	case kindParallel:
		return len(c.results) == len(st.parallel)
	case kindMap:
		return len(c.results) == len(c.items)
	}
	return false
}

// checkLists checks the queue and the list of free slots: each scope that can
// go on stands in the queue once, each free one in the other list.
func checkLists(x *Execution, bad func(string) error) error {
	inQueue, inFree := 0, 0
	last := int32(none)
	for at := x.ready; at >= 0; at = x.Scopes[at].next {
		if int(at) >= len(x.Scopes) || inQueue > len(x.Scopes) || !x.Scopes[at].canGoOn() {
			return bad("the queue does not fit")
		}
		inQueue++
		last = at
	}
	for at := x.free; at >= 0; at = x.Scopes[at].next {
		if int(at) >= len(x.Scopes) || inFree > len(x.Scopes) || x.Scopes[at].Phase != phaseFree {
			return bad("the list of free slots does not fit")
		}
		inFree++
	}
	for i := range x.Scopes {
		if x.Scopes[i].canGoOn() {
			inQueue--
		}
	}
	if inQueue != 0 || last != x.last {
		return bad("the queue does not fit")
	}
	return nil
}

func (sc *Scope) canGoOn() bool {
	return sc.Phase == phaseEnter || sc.Phase == phaseAgain || sc.Phase == phaseItem
}

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
		if v == nil {
			w.byte(tagNull)
			return
		}
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
