package machine

import (
	"math"
	"slices"
	"time"
)

// Flags of a Map Run in a snapshot.
const (
	runHasSource = 1 << iota
	runHasDestination
	runIsAtEnd
	runHasAsked
	runIsUnwritable
	runHasCount
	runHasPercent
	runIsLost
)

// holdsMapRun reports whether a snapshot has a Map Run.
func (x *Execution) holdsMapRun() bool {
	for i := range x.scopes {
		if w := x.scopes[i].work; w != nil && w.run != nil {
			return true
		}
	}
	return false
}

func (w *writer) writeRaw(b []byte) {
	w.writeUint(uint64(len(b)))
	w.buf = append(w.buf, b...)
}

// readRaw reads a cursor or a receipt; nil if it is empty.
func (r *reader) readRaw() []byte {
	n := r.readUint()
	if n > MaxCursor {
		r.failReading("cursor too long")
		return nil
	}
	return append([]byte(nil), r.readBytes(n)...)
}

func (w *writer) writeMapRun(x *Execution, run *mapRun) {
	w.buf = append(w.buf, run.uuid[:]...)
	w.writeInt(run.startedAt - x.StartedAt)
	w.writeByte(byte(run.stage))
	w.writeByte(flagIf(run.source != nil, runHasSource) | flagIf(run.destination != nil, runHasDestination) |
		flagIf(run.end, runIsAtEnd) | flagIf(run.asked, runHasAsked) | flagIf(run.unwritable, runIsUnwritable) |
		flagIf(run.hasCount, runHasCount) | flagIf(run.hasPercent, runHasPercent) | flagIf(run.lost != nil, runIsLost))
	w.writeValue(run.input)
	w.writeValue(run.batchIn)
	if run.source == nil {
		w.writeValue(run.data)
	} else {
		w.writeValue(run.source.Parameters)
		w.writeUint(uint64(run.source.Config.MaxItems))
		w.writeRaw(run.cursor)
		w.writeUint(uint64(run.read))
		w.writeValue(run.held)
		w.writeStrings(run.heldKeys)
		w.writeString(run.heldFrom)
	}
	w.writeUint(uint64(run.taken))
	w.writeUint(uint64(run.perBatch))
	w.writeUint(uint64(run.batchLimit))
	w.writeValue(run.batch)
	w.writeUint(uint64(run.batchBytes))
	w.writeUint(uint64(run.width))
	w.writeUint(uint64(run.started))
	w.writeUint(uint64(len(run.open)))
	before := run.started
	for _, c := range slices.Backward(run.open) {
		w.writeChild(c, before-c.Index)
		before = c.Index
	}
	if x.Rules >= mapRunRedrives {
		w.writeRedriveFlags(run.open)
		w.writeAttempts(x, &run.attempts)
	}
	w.writeUint(uint64(run.pended))
	w.writeUint(uint64(len(run.pending)))
	for i := range run.pending {
		w.writeChild(&run.pending[i], 0)
	}
	w.writeUint(uint64(run.count))
	w.writeFixed(math.Float64bits(run.percent))
	for _, c := range []*endedCounts{&run.items, &run.execs} {
		for _, n := range c.all() {
			w.writeUint(uint64(*n))
		}
	}
	if run.lost != nil {
		w.writeValue(stringOrNil(run.lost.err))
		w.writeValue(stringOrNil(run.lost.cause))
		w.writeString(run.lost.state)
	}
	if run.destination != nil {
		w.writeValue(run.destination.Parameters)
		w.writeRaw(run.receipt)
		return
	}
	w.writeValue(run.results)
	w.writeUint(uint64(run.resultBytes))
}

func (c *endedCounts) all() [4]*int64 {
	return [...]*int64{&c.succeeded, &c.failed, &c.timedOut, &c.aborted}
}

// writeChild writes how far the index of a child is before another one, so that
// snapshots do not grow with the indexes.
func (w *writer) writeChild(c *Child, distance int64) {
	w.writeUint(uint64(distance))
	w.writeUint(uint64(c.Items))
	w.writeValue(c.Input)
}

func (r *reader) readChild(before int64) Child {
	return Child{Index: before - r.readCounter(), Items: int(r.readNumber()), Input: r.readValue()}
}

// leastChildBytes is the size of the smallest child in a snapshot.
const leastChildBytes = 3

// readCounter reads a number of items or children.
func (r *reader) readCounter() int64 {
	n := r.readUint()
	if n > math.MaxInt64/2 {
		r.failReading("number out of range")
		return 0
	}
	return int64(n)
}

func (w *writer) writeStrings(list []string) {
	w.writeUint(uint64(len(list)))
	for _, s := range list {
		w.writeString(s)
	}
}

func (r *reader) readStrings() []string {
	n := r.readCount(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.readString()
	}
	return list
}

func (r *reader) readMapRun(x *Execution) *mapRun {
	run := new(mapRun)
	copy(run.uuid[:], r.readBytes(uint64(len(run.uuid))))
	run.startedAt = x.StartedAt + r.readInt()
	run.stage = runStage(r.readByte())
	flags := r.readByte()
	run.end, run.asked, run.unwritable = flags&runIsAtEnd != 0, flags&runHasAsked != 0, flags&runIsUnwritable != 0
	run.hasCount, run.hasPercent = flags&runHasCount != 0, flags&runHasPercent != 0
	run.input = r.readValue()
	run.batchIn = r.readValue()
	if flags&runHasSource == 0 {
		run.data = r.readValue()
		run.read = int64(lengthOf(run.data))
	} else {
		run.source = &ItemSource{Parameters: r.readValue()}
		run.source.Config.MaxItems = r.readCounter()
		run.cursor = r.readRaw()
		run.read = r.readCounter()
		run.held = r.readOwnArray()
		run.heldKeys = r.readStrings()
		run.heldFrom = r.readString()
	}
	run.taken = r.readCounter()
	run.perBatch = r.readCounter()
	run.batchLimit = int(r.readCounter())
	run.batch = r.readOwnArray()
	run.batchBytes = int(r.readCounter())
	run.width = r.readCounter()
	run.started = r.readCounter()
	before := run.started
	for range r.readCount(leastChildBytes) {
		c := r.readChild(before)
		before = c.Index
		run.open = append(run.open, &c)
	}
	slices.Reverse(run.open)
	if x.Rules >= mapRunRedrives {
		r.readRedriveFlags(run.open)
		r.readAttempts(x, run)
	}
	run.pended = r.readCounter()
	for i := range r.readCount(leastChildBytes) {
		run.pending = append(run.pending, r.readChild(run.started+run.pended+int64(i)))
	}
	run.count = r.readCounter()
	run.percent = math.Float64frombits(r.readFixed())
	for _, c := range []*endedCounts{&run.items, &run.execs} {
		for _, n := range c.all() {
			*n = r.readCounter()
		}
	}
	if flags&runIsLost != 0 {
		run.lost = failureOf(r.readOptional(), r.readOptional())
		run.lost.state = r.readString()
	}
	if flags&runHasDestination != 0 {
		run.destination = &ResultDestination{Parameters: r.readValue()}
		run.receipt = r.readRaw()
		return run
	}
	run.results = r.readOwnArray()
	run.resultBytes = int(r.readCounter())
	return run
}

// attach fills in what follows from the Map state. It reports whether a Map Run that
// was read from a snapshot fits the state.
func (run *mapRun) attach(st *state) bool {
	if st.kind != kindMap || st.iterate.distributed == nil {
		return false
	}
	d := st.iterate.distributed
	run.arn = d.runArn + formatUUID(run.uuid)
	if (d.reader != nil) != (run.source != nil) || (d.batcher != nil) != (run.batchLimit > 0) ||
		(d.writer != nil && d.writer.resource != "") != (run.destination != nil) {
		return false
	}
	if run.source != nil {
		most := run.source.Config.MaxItems
		run.source.Resource, run.source.Config = d.reader.resource, d.reader.config
		run.source.Config.MaxItems = most
		if most > 0 && run.read > most || run.heldKeys != nil && len(run.heldKeys) != len(run.held) {
			return false
		}
	} else if !run.end && run.lost == nil || !st.iterate.iterates(run.data) {
		return false
	}
	if run.destination != nil {
		run.destination.Resource, run.destination.Config = d.writer.resource, d.writer.config
	} else if len(run.results) == 0 {
		run.results = nil
	} else if int64(len(run.results)) != run.started {
		return false
	}
	before := int64(-1)
	for _, c := range run.open {
		if c.Index <= before || c.Index >= run.started {
			return false
		}
		before = c.Index
		c.ID = d.childID(run.uuid, c.Index)
	}
	return run.attachAttempts(d) && run.isConsistent()
}

func (run *mapRun) isConsistent() bool {
	switch {
	case run.stage > stageDetached,
		run.taken > run.read,
		run.source != nil && run.read-run.taken != int64(len(run.held)),
		run.source == nil && run.asked,
		run.asked && (run.end || run.stage == stageOpening || run.stage == stageWriting),
		run.destination == nil && (run.stage == stageOpening || run.stage == stageDraining || run.stage == stageWriting),
		run.stage == stageDetached && (run.started > 0 || run.asked),
		run.width < 1 || run.width > mostChildren,
		len(run.open) > mostChildren,
		run.percent != run.percent || run.percent < 0 || run.percent > 100,
		run.lost == nil && (run.stage == stageStopping || run.stage == stageDraining || run.unwritable),
		run.lost != nil && run.stage < stageStopping,
		len(run.open) > 0 && run.stage > stageStopping,
		len(run.pending) > 0 && run.stage != stageDraining:
		return false
	}
	return true
}

// Flags of the parts of a MapRunEvent.
const (
	mapEventHasItems = 1 << iota
	mapEventHasKeys
	mapEventIsEnd
	mapEventHasTimes
	mapEventHasReceipt
	mapEventHasConcurrency
	mapEventHasCount
	mapEventHasPercentage
)

// Flags beside the status of a MapRunEvent.
const (
	eventIsNotRedrivable = 0x80
	eventIsLost          = 0x40
)

func (w *writer) writeMapRunEvent(m *MapRunEvent) {
	start, timed := nanosOf(m.StartedAt)
	stop, also := nanosOf(m.StoppedAt)
	timed = timed && also && !m.StartedAt.IsZero()
	w.writeByte(flagIf(len(m.Items) > 0, mapEventHasItems) | flagIf(m.Keys != nil, mapEventHasKeys) | flagIf(m.End, mapEventIsEnd) |
		flagIf(timed, mapEventHasTimes) | flagIf(m.Receipt != nil, mapEventHasReceipt) |
		flagIf(m.MaxConcurrency != nil, mapEventHasConcurrency) | flagIf(m.ToleratedFailureCount != nil, mapEventHasCount) |
		flagIf(m.ToleratedFailurePercentage != nil, mapEventHasPercentage))
	w.writeInt(m.Index)
	w.writeByte(byte(m.Status) | flagIf(m.NotRedrivable, eventIsNotRedrivable) | flagIf(m.Lost, eventIsLost))
	w.writeString(m.Source)
	w.writeRaw(m.Cursor)
	if len(m.Items) > 0 {
		w.writeUint(uint64(len(m.Items)))
		for _, item := range m.Items {
			w.writeValue(item)
		}
	}
	if m.Keys != nil {
		w.writeStrings(m.Keys)
	}
	if timed {
		w.writeInt(start)
		w.writeInt(stop - start)
	}
	if m.Receipt != nil {
		w.writeRaw(m.Receipt)
	}
	if m.MaxConcurrency != nil {
		w.writeInt(*m.MaxConcurrency)
	}
	if m.ToleratedFailureCount != nil {
		w.writeInt(*m.ToleratedFailureCount)
	}
	if m.ToleratedFailurePercentage != nil {
		w.writeFixed(math.Float64bits(*m.ToleratedFailurePercentage))
	}
}

func (r *reader) readMapRunEvent() *MapRunEvent {
	flags := r.readByte()
	m := &MapRunEvent{Index: r.readInt()}
	status := r.readByte()
	m.Status, m.NotRedrivable, m.Lost = Status(status&0x3f), status&eventIsNotRedrivable != 0, status&eventIsLost != 0
	m.Source, m.Cursor, m.End = r.readString(), r.readRaw(), flags&mapEventIsEnd != 0
	if flags&mapEventHasItems != 0 {
		n := r.readCount(1)
		m.Items = make([]any, n)
		r.owed += n
		for i := range m.Items {
			r.owed--
			m.Items[i] = r.readValue()
		}
	}
	if flags&mapEventHasKeys != 0 {
		if m.Keys = r.readStrings(); m.Keys == nil {
			m.Keys = []string{}
		}
	}
	if flags&mapEventHasTimes != 0 {
		start := r.readInt()
		m.StartedAt, m.StoppedAt = time.Unix(0, start).UTC(), time.Unix(0, start+r.readInt()).UTC()
	}
	if flags&mapEventHasReceipt != 0 {
		if m.Receipt = r.readRaw(); m.Receipt == nil {
			m.Receipt = []byte{}
		}
	}
	if flags&mapEventHasConcurrency != 0 {
		n := r.readInt()
		m.MaxConcurrency = &n
	}
	if flags&mapEventHasCount != 0 {
		n := r.readInt()
		m.ToleratedFailureCount = &n
	}
	if flags&mapEventHasPercentage != 0 {
		n := math.Float64frombits(r.readFixed())
		m.ToleratedFailurePercentage = &n
	}
	return m
}
