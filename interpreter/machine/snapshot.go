package machine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// format is the version of the snapshot's bytes, and the first of them.
const format = 2

// usualBytes is room for a snapshot without much data.
const usualBytes = 256

// ErrSnapshot: the bytes are not a snapshot that this version can read, or they
// are damaged. The errors of Restore wrap it, or [ErrDigest].
var ErrSnapshot = errors.New("machine: invalid snapshot")

// Marshal returns the execution as bytes, from which [Program.Restore] makes it
// again, in any process, at any moment of its life. Values that the execution
// shares are in it once. The bytes end in a checksum. Like those of Step, the
// error means misuse by the host, such as [ErrValue].
func (p *Program) Marshal(x *Execution) ([]byte, error) { return p.AppendMarshal(nil, x) }

// AppendMarshal is Marshal into a buffer of the caller's.
func (p *Program) AppendMarshal(dst []byte, x *Execution) ([]byte, error) {
	if x.Digest != p.digest {
		return dst, ErrDigest
	}
	if x.Status == Running && x.Seq == 0 {
		if _, err := p.admitStart(x); err != nil {
			return dst, err
		}
	}
	w := writer{buf: dst}
	if dst == nil {
		w.buf = make([]byte, 0, usualBytes)
	}
	w.byte(format)
	w.execution(x)
	if w.err != nil {
		return dst, w.err
	}
	sum := crc32.Checksum(w.buf[len(dst):], castagnoli)
	return binary.BigEndian.AppendUint32(w.buf, sum), nil
}

func (w *writer) execution(x *Execution) {
	w.uint(uint64(x.Rules))
	w.text(x.Digest)
	w.text(x.ID)
	w.fixed(x.Rand[0])
	w.fixed(x.Rand[1])
	w.buf = append(w.buf, x.TokenKey[:]...)
	w.value(x.Input)
	w.byte(byte(x.Status) | bit(x.marks.has(synchronous), isSynchronous) | bit(x.Depth > 0, hasDepth))
	if x.Depth > 0 {
		w.byte(x.Depth)
	}
	w.uint(uint64(x.Seq))
	if x.Status == Running && x.Seq == 0 { // it is as New made it
		w.object(x.scopes[0].vars)
		return
	}
	w.int(x.StartedAt)
	w.int(x.Now - x.StartedAt)
	w.uint(uint64(x.variables))
	w.outcome(x.Outcome)
	w.int(int64(x.ready))
	w.int(int64(x.last))
	w.int(int64(x.free))
	w.uint(uint64(len(x.scopes)))
	for i := range x.scopes {
		w.scope(x, &x.scopes[i])
	}
}

// Restore makes the execution of a snapshot. The snapshot must be of a program
// with the same [Program.Digest]. Of bytes that are not a snapshot the error is
// [ErrSnapshot], whatever they hold.
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
	end := len(data) - checksumBytes
	switch {
	case len(data) > 0 && data[0] != format:
		return fmt.Errorf("%w: it has format %d, and this version reads %d", ErrSnapshot, data[0], format)
	case end < 0:
		return fmt.Errorf("%w: it is cut off", ErrSnapshot)
	case binary.BigEndian.Uint32(data[end:]) != crc32.Checksum(data[:end], castagnoli):
		return fmt.Errorf("%w: its checksum is wrong: it is damaged or cut off", ErrSnapshot)
	}
	r := reader{data: data[1:end]}
	rules := r.uint()
	digest := r.text()
	switch {
	case r.err != nil:
		return r.err
	case rules != RulesVersion:
		return fmt.Errorf("%w: it has rules %d, and this version has %d", ErrSnapshot, rules, RulesVersion)
	case digest != p.digest:
		return ErrDigest
	}
	r.execution(p, x)
	if r.err == nil && len(r.data) > 0 {
		r.fail("bytes are left over")
	}
	if r.err == nil {
		r.err = p.check(x)
	}
	return r.err
}

// What is set in the byte of the status.
const (
	isSynchronous = 1 << 7
	hasDepth      = 1 << 6 // the depth follows
)

func bit(set bool, bit byte) byte {
	if set {
		return bit
	}
	return 0
}

func (r *reader) execution(p *Program, x *Execution) {
	s := Start{ID: r.text(), Seed: [2]uint64{r.fixed(), r.fixed()}}
	copy(s.TokenKey[:], r.bytes(uint64(len(s.TokenKey))))
	s.Input = r.value()
	flags := r.byte()
	if flags&hasDepth != 0 {
		s.Depth = r.byte()
	}
	seq := r.uint()
	status := Status(flags &^ (isSynchronous | hasDepth))
	s.Synchronous = flags&isSynchronous != 0
	if status == Running && seq == 0 {
		s.Variables = r.object()
		x.start(p, s)
		return
	}
	x.start(p, s)
	x.Status = status
	if x.Seq = uint32(seq); seq != uint64(x.Seq) {
		r.fail("a number is out of range")
	}
	x.StartedAt = r.int()
	x.Now = x.StartedAt + r.int()
	x.variables = uint32(r.uint())
	x.Outcome = r.outcome()
	x.ready, x.last, x.free = r.slot(), r.slot(), r.slot()
	x.room = [1]scope{}
	n := r.count(2)
	if n <= 1 {
		x.scopes = x.room[:n:n]
	} else {
		x.scopes = make([]scope, n)
	}
	for i := range x.scopes {
		r.scope(x, &x.scopes[i])
	}
}

func (w *writer) scope(x *Execution, sc *scope) {
	w.byte(byte(sc.phase) | bit(sc.held > 0, holdsOwn))
	w.int(int64(sc.next))
	if sc.phase == phaseFree {
		return
	}
	if sc.held > 0 {
		w.uint(uint64(sc.held))
	}
	w.value(sc.input)
	w.object(sc.vars)
	w.int(sc.entered - x.StartedAt)
	w.time(x, sc.deadline)
	w.uint(uint64(sc.prev))
	w.uint(uint64(sc.enteredID))
	w.uint(uint64(sc.childID))
	w.int(int64(sc.state))
	w.int(int64(sc.parent))
	w.int(int64(sc.index))
	w.work(x, sc.work)
}

func (r *reader) scope(x *Execution, sc *scope) {
	flags := r.byte()
	sc.phase = phase(flags &^ holdsOwn)
	sc.next = r.slot()
	sc.parent = none
	if sc.phase == phaseFree {
		return
	}
	if flags&holdsOwn != 0 {
		sc.held = uint16(r.uint())
	}
	sc.input = r.value()
	sc.vars = r.object()
	sc.entered = x.StartedAt + r.int()
	sc.deadline = r.time(x)
	sc.prev, sc.enteredID, sc.childID = r.event(x), r.event(x), r.event(x)
	sc.state, sc.parent, sc.index = r.slot(), r.slot(), r.slot()
	sc.work = r.work(x)
}

// The parts of work that are there.
const (
	hasWork = 1 << iota
	hasTask
	isStarted
	isSubmitted
	hasChildren
	holdsOwn = 0x80 // of a scope's phase, too
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
	set(k.held > 0, holdsOwn)
	w.byte(flags)
	if k.held > 0 {
		w.uint(uint64(k.held))
	}
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
	if flags&holdsOwn != 0 {
		k.held = uint32(r.uint())
	}
	for range r.count(1) {
		k.attempts = append(k.attempts, r.number())
	}
	k.retries = r.number()
	if flags&hasTask != 0 {
		k.task = TaskID(r.uint())
		k.input = r.value()
		k.credentials = r.value()
		k.timeout = int64(r.number())
		k.heartbeat = int64(r.number())
		k.beat = r.time(x)
	}
	if flags&hasChildren != 0 {
		c := &children{input: r.value()}
		c.items = r.array()
		c.results = r.ownArray()
		c.started, c.ended, c.width = r.number(), r.number(), r.number()
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
