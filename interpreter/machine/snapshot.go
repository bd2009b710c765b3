package machine

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// The versions of the snapshot format, the first byte of a snapshot. A snapshot has
// the lowest one that can hold it, so that an earlier version of the library reads
// it if possible.
const (
	plainFormat    = 2
	redriveFormat  = 3 // with redrives, with the scopes of an execution that has ended, or before a Start.StartAt
	mapRunFormat   = 4 // with a Map Run of the first rules
	endedRunFormat = 5 // with a Map Run that a redrive can go on with
)

func (p *Program) snapshotFormat(x *Execution) byte {
	if len(p.children) > 0 && x.holdsMapRun() {
		if x.Rules >= mapRunRedrives {
			return endedRunFormat
		}
		return mapRunFormat
	}
	if x.isRedriven() || x.startAt() != "" || x.Status != Running && len(x.scopes) > 0 {
		return redriveFormat
	}
	return plainFormat
}

// usualBytes is enough for a snapshot with little data.
const usualBytes = 256

// ErrSnapshot: the bytes are not a snapshot of this format, or are corrupt. Errors
// of Restore wrap it, [ErrDigest] or [ErrRules].
var ErrSnapshot = errors.New("machine: invalid snapshot")

// Marshal returns a snapshot of the execution, from which [Program.Restore]
// restores it in any process. It may be called at any time between Steps. A value
// that is shared within the execution is stored once. The snapshot ends with a
// checksum. The error means misuse by the host: [ErrDigest], [ErrValue] or
// [ErrTokenID].
func (p *Program) Marshal(x *Execution) ([]byte, error) { return p.AppendMarshal(nil, x) }

// AppendMarshal is Marshal that appends to dst.
func (p *Program) AppendMarshal(dst []byte, x *Execution) ([]byte, error) {
	if !p.runsExecution(x) {
		return dst, ErrDigest
	}
	if x.Status == Running && x.Seq == 0 {
		if _, err := p.measureStart(x); err != nil {
			return dst, err
		}
	}
	w := writer{buf: dst}
	if dst == nil {
		w.buf = make([]byte, 0, usualBytes)
	}
	w.writeByte(p.snapshotFormat(x))
	w.writeExecution(x)
	if w.err != nil {
		return dst, w.err
	}
	sum := crc32.Checksum(w.buf[len(dst):], castagnoli)
	return binary.BigEndian.AppendUint32(w.buf, sum), nil
}

func (w *writer) writeExecution(x *Execution) {
	w.writeUint(uint64(x.Rules))
	w.writeString(x.Digest())
	w.writeString(x.ID)
	w.writeFixed(x.Rand[0])
	w.writeFixed(x.Rand[1])
	w.buf = append(w.buf, x.TokenKey[:]...)
	w.writeValue(x.Input)
	tokenID := x.TokenID()
	w.writeByte(byte(x.Status) | flagIf(x.marks.hasMark(synchronous), isSynchronous) | flagIf(x.Depth > 0, hasDepth) | flagIf(tokenID != "", hasTokenID) | flagIf(x.isRedriven(), hasRedrives) | flagIf(x.hasRequests(), hasRequests))
	if x.Depth > 0 {
		w.writeByte(x.Depth)
	}
	if tokenID != "" {
		w.writeString(tokenID)
	}
	w.writeUint(uint64(x.Seq))
	if x.Status == Running && x.Seq == 0 { // not started: the rest is as New made it
		w.writeObject(x.scopes[0].vars)
		if name := x.startAt(); name != "" {
			w.writeString(name)
			w.writeValue(x.scopes[0].input)
		}
		return
	}
	w.writeInt(x.StartedAt)
	w.writeInt(x.Now - x.StartedAt)
	if x.isRedriven() {
		w.writeUint(uint64(x.origin.redrives))
		w.writeInt(x.origin.redrivenAt - x.StartedAt)
	}
	if x.hasRequests() {
		w.writeUint(uint64(len(x.origin.requests)))
		for _, r := range x.origin.requests {
			w.writeString(r.token)
			w.writeInt(r.at - x.StartedAt)
		}
	}
	w.writeUint(uint64(x.variables))
	w.writeOutcome(x.Outcome)
	w.writeInt(int64(x.ready))
	w.writeInt(int64(x.last))
	w.writeInt(int64(x.free))
	w.writeUint(uint64(len(x.scopes)))
	for i := range x.scopes {
		w.writeScope(x, &x.scopes[i])
	}
}

// Restore returns the execution of a snapshot. It returns [ErrDigest] if the
// snapshot's program has another [Program.Digest], [ErrRules] if the execution runs
// by rules that this version does not have, and [ErrSnapshot] for any bytes that are
// not a valid snapshot.
func (p *Program) Restore(data []byte) (*Execution, error) {
	x := new(Execution)
	if err := p.RestoreInto(x, data); err != nil {
		return nil, err
	}
	return x, nil
}

// RestoreInto is Restore into x. After an error x must not be used.
func (p *Program) RestoreInto(x *Execution, data []byte) error {
	body, err := checkSeal(data, plainFormat, endedRunFormat, ErrSnapshot)
	if err != nil {
		return err
	}
	r := reader{data: body, invalid: ErrSnapshot}
	rules := r.readUint()
	digest := r.readString()
	if r.err != nil {
		return r.err
	}
	if err := checkRules(rules); err != nil {
		return err
	}
	if digest != p.origin.digest {
		return ErrDigest
	}
	r.readExecution(p, x, uint8(rules), data[0] == redriveFormat)
	if r.err == nil && len(r.data) > 0 {
		r.failReading("trailing bytes")
	}
	if r.err == nil {
		r.err = p.checkSnapshot(x)
	}
	if r.err == nil && p.snapshotFormat(x) != data[0] {
		r.failReading("wrong format")
	}
	return r.err
}

// Flags in the byte of the status.
const (
	isSynchronous = 1 << 7
	hasDepth      = 1 << 6 // Depth follows
	hasTokenID    = 1 << 5 // TokenID follows
	hasRedrives   = 1 << 4 // their number and the latest follow the times
	hasRequests   = 1 << 3 // their client tokens follow those
)

func flagIf(set bool, bit byte) byte {
	if set {
		return bit
	}
	return 0
}

func (r *reader) readExecution(p *Program, x *Execution, rules uint8, elsewhere bool) {
	s := Start{Rules: rules, ID: r.readString(), Seed: [2]uint64{r.readFixed(), r.readFixed()}}
	copy(s.TokenKey[:], r.readBytes(uint64(len(s.TokenKey))))
	s.Input = r.readValue()
	flags := r.readByte()
	if flags&hasDepth != 0 {
		s.Depth = r.readByte()
	}
	if flags&hasTokenID != 0 {
		if s.TokenID = r.readString(); s.TokenID == "" || len(s.TokenID) > MaxTokenID {
			r.failReading("invalid TokenID")
		}
	}
	seq := r.readUint()
	status := Status(flags &^ (isSynchronous | hasDepth | hasTokenID | hasRedrives | hasRequests))
	s.Synchronous = flags&isSynchronous != 0
	if status == Running && seq == 0 {
		s.Variables = r.readObject()
		if elsewhere {
			if s.StartAt, s.StateInput = r.readString(), r.readValue(); s.StartAt == "" {
				r.failReading("a start without a state")
			}
		}
		x.initExecution(p, s)
		return
	}
	x.initExecution(p, s)
	x.Status = status
	if x.Seq = uint32(seq); seq != uint64(x.Seq) {
		r.failReading("number out of range")
	}
	x.StartedAt = r.readInt()
	x.Now = x.StartedAt + r.readInt()
	if flags&hasRedrives != 0 {
		o := *x.origin
		o.redrives, o.redrivenAt = uint32(r.readNumber()), x.StartedAt+r.readInt()
		if o.redrives == 0 {
			r.failReading("no redrives")
		}
		if flags&hasRequests != 0 {
			r.readRequests(x, &o)
		}
		x.origin = &o
	} else if flags&hasRequests != 0 {
		r.failReading("no redrives")
	}
	x.variables = uint32(r.readUint())
	x.Outcome = r.readOutcome()
	x.ready, x.last, x.free = r.readSlot(), r.readSlot(), r.readSlot()
	x.room = [1]scope{}
	n := r.readCount(2)
	if n <= 1 {
		x.scopes = x.room[:n:n]
	} else {
		x.scopes = make([]scope, n)
	}
	for i := range x.scopes {
		r.readScope(x, &x.scopes[i])
	}
}

func (r *reader) readRequests(x *Execution, o *origin) {
	for range r.readCount(2) {
		q := redriveRequest{r.readString(), x.StartedAt + r.readInt()}
		if q.token == "" {
			r.failReading("a redrive without a client token")
		}
		o.requests = append(o.requests, q)
	}
	if len(o.requests) == 0 {
		r.failReading("no client tokens")
	}
}

func (w *writer) writeScope(x *Execution, sc *scope) {
	w.writeByte(byte(sc.phase) | flagIf(sc.held > 0, holdsOwn))
	w.writeInt(int64(sc.next))
	if sc.phase == phaseFree {
		return
	}
	if sc.held > 0 {
		w.writeUint(uint64(sc.held))
	}
	w.writeValue(sc.input)
	w.writeObject(sc.vars)
	w.writeInt(sc.entered - x.StartedAt)
	w.writeTime(x, sc.deadline)
	w.writeUint(uint64(sc.prev))
	w.writeUint(uint64(sc.enteredID))
	w.writeUint(uint64(sc.childID))
	w.writeInt(int64(sc.state))
	w.writeInt(int64(sc.parent))
	w.writeInt(int64(sc.index))
	w.writeWork(x, sc.work)
}

func (r *reader) readScope(x *Execution, sc *scope) {
	flags := r.readByte()
	sc.phase = phase(flags &^ holdsOwn)
	sc.next = r.readSlot()
	sc.parent = none
	if sc.phase == phaseFree {
		return
	}
	if flags&holdsOwn != 0 {
		sc.held = uint16(r.readUint())
	}
	sc.input = r.readValue()
	sc.vars = r.readObject()
	sc.entered = x.StartedAt + r.readInt()
	sc.deadline = r.readTime(x)
	sc.prev, sc.enteredID, sc.childID = r.readEventID(x), r.readEventID(x), r.readEventID(x)
	sc.state, sc.parent, sc.index = r.readSlot(), r.readSlot(), r.readSlot()
	sc.work = r.readWork(x)
}

// Flags of work.
const (
	hasWork = 1 << iota
	hasTask
	isStarted
	isSubmitted
	hasChildren
	hasMapRun
	isWatched        // earlier versions watch over the task themselves
	holdsOwn  = 0x80 // also in the byte of a scope's phase
)

func (w *writer) writeWork(x *Execution, k *work) {
	if k == nil {
		w.writeByte(0)
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
	set(k.watched, isWatched)
	set(k.children != nil, hasChildren)
	set(k.run != nil, hasMapRun)
	set(k.held > 0, holdsOwn)
	w.writeByte(flags)
	if k.held > 0 {
		w.writeUint(uint64(k.held))
	}
	w.writeUint(uint64(len(k.attempts)))
	for _, n := range k.attempts {
		w.writeUint(uint64(n))
	}
	w.writeUint(uint64(k.retries))
	if k.task != 0 {
		w.writeUint(uint64(k.task))
		w.writeValue(k.input)
		w.writeValue(k.credentials)
		w.writeUint(uint64(k.timeout))
		w.writeUint(uint64(k.heartbeat))
		w.writeTime(x, k.beat)
	}
	if c := k.children; c != nil {
		w.writeValue(c.input)
		w.writeValue(c.items)
		w.writeValue(c.results)
		w.writeUint(uint64(c.started))
		w.writeUint(uint64(c.ended))
		w.writeUint(uint64(c.width))
	}
	if k.run != nil {
		w.writeMapRun(x, k.run)
	}
}

func (r *reader) readWork(x *Execution) *work {
	flags := r.readByte()
	if flags&hasWork == 0 {
		return nil
	}
	k := &work{started: flags&isStarted != 0, submitted: flags&isSubmitted != 0, watched: flags&isWatched != 0}
	if flags&holdsOwn != 0 {
		k.held = uint32(r.readUint())
	}
	for range r.readCount(1) {
		k.attempts = append(k.attempts, r.readNumber())
	}
	k.retries = r.readNumber()
	if flags&hasTask != 0 {
		k.task = TaskID(r.readUint())
		k.input = r.readValue()
		k.credentials = r.readValue()
		k.timeout = int64(r.readNumber())
		k.heartbeat = int64(r.readNumber())
		k.beat = r.readTime(x)
	}
	if flags&hasChildren != 0 {
		c := &children{input: r.readValue()}
		c.items = r.readArray()
		c.results = r.readOwnArray()
		c.started, c.ended, c.width = r.readNumber(), r.readNumber(), r.readNumber()
		k.children = c
	}
	if flags&hasMapRun != 0 {
		k.run = r.readMapRun(x)
	}
	return k
}

func (w *writer) writeOutcome(o *Outcome) {
	if o == nil {
		w.writeByte(0)
		return
	}
	w.writeByte(1)
	w.writeValue(o.Output)
	w.writeValue(stringOrNil(o.Error))
	w.writeValue(stringOrNil(o.Cause))
	w.writeString(o.State)
}

func (r *reader) readOutcome() *Outcome {
	if r.readByte() == 0 {
		return nil
	}
	return &Outcome{Output: r.readValue(), Error: r.readOptional(), Cause: r.readOptional(), State: r.readString()}
}
