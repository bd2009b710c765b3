package machine

import (
	"errors"
	"fmt"
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
	if x.Status == Running && x.Seq == 0 {
		if _, err := p.admitStart(x); err != nil {
			return dst, err
		}
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
	n := r.count()
	if n <= 1 {
		x.Scopes = x.room[:n:n]
	} else {
		x.Scopes = make([]Scope, n)
	}
	for i := range x.Scopes {
		r.scope(x, &x.Scopes[i])
		x.count(x.Scopes[i].Vars)
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
	w.object(sc.Vars)
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
