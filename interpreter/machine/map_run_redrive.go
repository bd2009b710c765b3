package machine

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// attempts is what a Map Run remembers for a redrive. It has a part for each child that
// did not succeed, and is bounded.
type attempts struct {
	redrives   int
	redrivenAt int64
	stateID    uint32 // of MapStateStarted

	failed      []*Child  // children that did not succeed, by index; or whose result is not written
	failedBytes int       // of their inputs
	again       []*Child  // those of earlier attempts that wait for a place, by index
	rest        *position // of the first item that was never started, of a Map Run that writes those
	known       int64     // items that were read in any attempt

	stuckItems, stuckExecs         int64 // that failed and cannot be redriven
	forgottenItems, forgottenExecs int64 // of those, the ones above mostFailed

	aborted bool // with its execution
	unread  bool // ItemsFailed has ended it
	anew    bool // a redrive begins with a new Map Run

	seeking bool  // the items are read again from the beginning
	sought  int64 // how many of them, below read

	unfinished *UnfinishedResults // until the results are open
}

// mostFailed is how many children that failed a Map Run remembers, and mostFailedBytes
// how much of their inputs. Without the input a child that the host has lost cannot be
// started again.
const (
	mostFailed      = mostChildren
	mostFailedBytes = 256 << 10
)

// mostRedrives is AWS's limit for a Map Run.
const mostRedrives = 1000

func (a *attempts) clone() attempts {
	c := *a
	c.failed, c.again = slices.Clone(a.failed), slices.Clone(a.again)
	if a.rest != nil {
		rest := a.rest.clone()
		c.rest = &rest
	}
	return c
}

func (p *position) clone() position {
	c := *p
	c.held, c.heldKeys, c.batch = slices.Clone(p.held), slices.Clone(p.heldKeys), slices.Clone(p.batch)
	return c
}

// rememberRest notes where the items begin that were never started, before they are
// read to be written as pending.
func (s *step) rememberRest(run *mapRun) {
	if s.x.Rules >= mapRunRedrives {
		rest := run.position.clone()
		run.rest = &rest
	}
}

// rememberChild notes a child that a redrive has to look at: one that did not succeed,
// or whose result could not be written.
func (s *step) rememberChild(run *mapRun, c *Child, m *MapRunEvent) {
	if s.x.Rules < mapRunRedrives || m.Status == Succeeded && !run.unwritable {
		return
	}
	if m.NotRedrivable && m.Status != Succeeded {
		run.stuckExecs++
		run.stuckItems += int64(c.Items)
	}
	run.keepChild(c, m.Status)
}

func (run *mapRun) keepChild(c *Child, status Status) {
	if len(run.failed) >= mostFailed {
		run.forgottenExecs++
		run.forgottenItems += int64(c.Items)
		run.stuckExecs++
		run.stuckItems += int64(c.Items)
		return
	}
	k := &Child{Index: c.Index, Items: c.Items, ID: c.ID, Forgotten: true, Status: status}
	if !c.Forgotten {
		size, _ := value.MeasureWithin(c.Input, mostFailedBytes)
		if run.failedBytes+size <= mostFailedBytes {
			k.Input, k.Forgotten = c.Input, false
			run.failedBytes += size
		}
	}
	at, _ := slices.BinarySearchFunc(run.failed, k.Index, compareIndex)
	run.failed = slices.Insert(run.failed, at, k)
}

func compareIndex(c *Child, index int64) int { return cmp.Compare(c.Index, index) }

// returnChildren gives the children that wait to be redriven their outcomes back.
func (run *mapRun) returnChildren() {
	for _, c := range run.again {
		run.countChild(c, 1)
		run.keepChild(c, c.Status)
	}
	run.again = nil
}

func (run *mapRun) countChild(c *Child, n int64) {
	run.execs.add(c.Status, n)
	run.items.add(c.Status, n*int64(c.Items))
}

// settle makes a Map Run that has ended ready to be redriven. Children that still run
// will be aborted, or succeed.
func (run *mapRun) settle() {
	run.returnChildren()
	for _, c := range run.open {
		run.execs.add(Aborted, 1)
		run.items.add(Aborted, int64(c.Items))
		run.keepChild(c, Aborted)
	}
	if run.stage != stageOpening {
		run.unfinished = nil
		if (run.aborted || run.unwritable) && run.destination != nil && len(run.receipt) > 0 {
			run.unfinished = &UnfinishedResults{Redrives: run.redrives, Aborted: run.aborted && !run.unwritable, Receipt: bytes.Clone(run.receipt)}
		}
	}
	run.known = max(run.known, run.read)
	if run.rest != nil {
		run.position, run.rest = *run.rest, nil
	}
	if run.unread { // the reader reads what may have been corrected
		run.end, run.cursor = false, nil
		run.seeking, run.sought = run.read > 0, 0
	}
	run.open, run.pending, run.pended, run.receipt, run.shared = nil, nil, 0, nil, nil
	run.asked, run.lost, run.unwritable, run.aborted, run.unread = false, nil, false, false, false
	run.stage = stageRunning
	if run.destination != nil {
		run.stage = stageOpening
	}
}

// isSettled reports whether a Map Run is as settle leaves it.
func (run *mapRun) isSettled() bool {
	return run.stage <= stageRunning && run.lost == nil && !run.asked && !run.unwritable && !run.aborted && !run.unread &&
		len(run.open) == 0 && len(run.again) == 0 && len(run.pending) == 0 && run.rest == nil
}

// noteKeptRuns completes the EndMapRun commands of an execution that has ended.
func (s *step) noteKeptRuns() {
	for i := range s.r.Commands {
		if c := &s.r.Commands[i]; c.Kind == EndMapRun {
			for j := range s.x.scopes {
				sc := &s.x.scopes[j]
				c.MapRun.Kept = c.MapRun.Kept || sc.phase == phaseEndedRun && sc.work.run.arn == c.MapRun.Arn
			}
		}
	}
}

// redriveMapRun continues a Map Run that has ended: with the children that did not
// succeed, and then with the items that were never started
// (docs/evidence.md#redrive-map-run).
func (s *step) redriveMapRun(slot int32) {
	sc := &s.x.scopes[slot]
	run := sc.work.run
	s.beginTurn()
	if run.redrives >= mostRedrives {
		sc.prev = run.stateID
		s.failState(slot, s.runtimeFailure(sc, "A Map Run cannot be redriven more than %d times.", mostRedrives))
		return
	}
	run.redrives++
	run.redrivenAt = s.now
	run.again, run.failed, run.failedBytes = run.failed, nil, 0
	run.stuckItems, run.stuckExecs = run.forgottenItems, run.forgottenExecs
	for _, c := range run.again {
		run.countChild(c, -1)
		if run.results != nil && run.results[c.Index] != nil {
			size, _ := value.MeasureWithin(run.results[c.Index], s.p.limits.PayloadBytes)
			run.resultBytes -= size + 1
			run.results[c.Index] = nil
		}
	}
	sc.prev = s.addEvent(history.Event{Type: history.MapRunRedriven, Previous: run.stateID, Name: run.arn, Index: int32(run.redrives)})
	sc.childID = sc.prev
	sc.work.task = taskID(s.x.Seq, slot)
	sc.phase = phaseMapRun
	if run.destination != nil {
		s.commandRun(slot, OpenResults)
		return
	}
	s.continueScope(slot, phaseFill)
}

// redriveChild takes the next child of an earlier attempt.
func (s *step) redriveChild(slot int32, run *mapRun) {
	c := *run.again[0]
	c.redrive = true
	run.again = run.again[1:]
	run.open = append(run.open, &c) // later ones have greater indexes
	s.commandChild(slot, RedriveChild, &c)
}

// kind returns the command that runs the child.
func (c *Child) kind() CommandKind {
	if c.redrive {
		return RedriveChild
	}
	return StartChild
}

// isSeeking reports whether items are read again that have children already.
func (run *mapRun) isSeeking() bool { return run.seeking && run.sought < run.read }

// nextRead returns the index of the next item to read.
func (run *mapRun) nextRead() int64 {
	if run.isSeeking() {
		return run.sought
	}
	return run.read
}

// seekItems drops items that have children already.
func (run *mapRun) seekItems(m *MapRunEvent) {
	run.sought += min(int64(len(m.Items)), run.read-run.sought)
	run.cursor = bytes.Clone(m.Cursor)
	most := run.source.Config.MaxItems
	run.end = m.End || most > 0 && run.read == most && !run.isSeeking()
	run.seeking = run.isSeeking() && !run.end
}

// KeptChildren returns the IDs of the children of all Map Runs that an execution waits for
// or that [RedriveChild] may name. The execution may have ended.
func (x *Execution) KeptChildren() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range x.scopes {
			w := x.scopes[i].work
			if w == nil || w.run == nil {
				continue
			}
			for _, list := range [][]*Child{w.run.failed, w.run.again, w.run.open} {
				for _, c := range list {
					if !yield(c.ID) {
						return
					}
				}
			}
		}
	}
}

// Flags of the attempts in a snapshot.
const (
	runHasRest = 1 << iota
	runIsAborted
	runIsUnread
	runIsAnew
	runIsSeeking
	runHasUnfinished
	runIsUnfinishedAborted
)

func (w *writer) writeAttempts(x *Execution, a *attempts) {
	w.writeByte(flagIf(a.rest != nil, runHasRest) | flagIf(a.aborted, runIsAborted) | flagIf(a.unread, runIsUnread) |
		flagIf(a.anew, runIsAnew) | flagIf(a.seeking, runIsSeeking) | flagIf(a.unfinished != nil, runHasUnfinished) |
		flagIf(a.unfinished != nil && a.unfinished.Aborted, runIsUnfinishedAborted))
	w.writeUint(uint64(a.redrives))
	w.writeTime(x, a.redrivenAt)
	w.writeUint(uint64(a.stateID))
	for _, list := range [][]*Child{a.failed, a.again} {
		w.writeUint(uint64(len(list)))
		before := int64(-1)
		for _, c := range list {
			w.writeChild(c, c.Index-before)
			w.writeByte(byte(c.Status) | flagIf(c.Forgotten, childIsForgotten))
			before = c.Index
		}
	}
	for _, n := range []*int64{&a.known, &a.stuckItems, &a.stuckExecs, &a.forgottenItems, &a.forgottenExecs, &a.sought} {
		w.writeUint(uint64(*n))
	}
	if p := a.rest; p != nil {
		w.writeRaw(p.cursor)
		w.writeUint(uint64(p.read))
		w.writeUint(uint64(p.taken))
		w.writeByte(flagIf(p.end, runIsAtEnd))
		w.writeValue(p.held)
		w.writeStrings(p.heldKeys)
		w.writeString(p.heldFrom)
		w.writeValue(p.batch)
		w.writeUint(uint64(p.batchBytes))
	}
	if u := a.unfinished; u != nil {
		w.writeUint(uint64(u.Redrives))
		w.writeRaw(u.Receipt)
	}
}

// childIsForgotten is a flag beside the status of a child.
const childIsForgotten = 0x80

func (r *reader) readAttempts(x *Execution, run *mapRun) {
	a := &run.attempts
	flags := r.readByte()
	a.aborted, a.unread, a.anew, a.seeking = flags&runIsAborted != 0, flags&runIsUnread != 0, flags&runIsAnew != 0, flags&runIsSeeking != 0
	a.redrives = int(r.readNumber())
	a.redrivenAt = r.readTime(x)
	a.stateID = r.readEventID(x)
	for _, list := range []*[]*Child{&a.failed, &a.again} {
		before := int64(-1)
		for range r.readCount(leastChildBytes + 1) {
			distance := r.readCounter()
			c := &Child{Index: before + distance, Items: int(r.readNumber()), Input: r.readValue()}
			b := r.readByte()
			c.Status, c.Forgotten = Status(b&^childIsForgotten), b&childIsForgotten != 0
			if distance == 0 || c.Index >= run.started || c.Status < Succeeded || c.Status > Aborted {
				r.failReading("inconsistent children of a Map Run")
				return
			}
			before = c.Index
			*list = append(*list, c)
		}
	}
	for _, c := range a.failed {
		if !c.Forgotten {
			size, _ := value.MeasureWithin(c.Input, mostFailedBytes)
			a.failedBytes += size
		}
	}
	for _, n := range []*int64{&a.known, &a.stuckItems, &a.stuckExecs, &a.forgottenItems, &a.forgottenExecs, &a.sought} {
		*n = r.readCounter()
	}
	if flags&runHasRest != 0 {
		p := &position{cursor: r.readRaw(), read: r.readCounter(), taken: r.readCounter()}
		p.end = r.readByte()&runIsAtEnd != 0
		p.held, p.heldKeys, p.heldFrom = r.readOwnArray(), r.readStrings(), r.readString()
		p.batch, p.batchBytes = r.readOwnArray(), int(r.readCounter())
		a.rest = p
	}
	if flags&runHasUnfinished != 0 {
		a.unfinished = &UnfinishedResults{Aborted: flags&runIsUnfinishedAborted != 0, Redrives: int(r.readNumber()), Receipt: r.readRaw()}
	}
}

// attachAttempts is attach for what a redrive needs.
func (run *mapRun) attachAttempts(d *distributed) bool {
	for _, list := range [][]*Child{run.failed, run.again} {
		for _, c := range list {
			c.ID = d.childID(run.uuid, c.Index)
		}
	}
	p := run.rest
	switch {
	case p != nil && (run.lost == nil || p.taken > p.read || p.read > run.read || p.taken > run.taken ||
		run.source != nil && p.read-p.taken != int64(len(p.held)) || p.heldKeys != nil && len(p.heldKeys) != len(p.held)),
		run.unfinished != nil && (run.destination == nil || len(run.unfinished.Receipt) == 0),
		run.seeking && (run.source == nil || run.sought >= run.read || len(run.held) > 0),
		len(run.failed) > mostFailed || len(run.again) > mostFailed:
		return false
	}
	return true
}

func (w *writer) writeRedriveFlags(open []*Child) {
	for _, c := range open {
		w.writeByte(byte(c.Status) | flagIf(c.Forgotten, childIsForgotten) | flagIf(c.redrive, childIsRedriven))
	}
}

// childIsRedriven is a flag beside the status of an open child.
const childIsRedriven = 0x40

func (r *reader) readRedriveFlags(open []*Child) {
	for _, c := range open {
		b := r.readByte()
		c.Status, c.Forgotten, c.redrive = Status(b&0x3f), b&childIsForgotten != 0, b&childIsRedriven != 0
	}
}

// redrivenTime returns the time of the latest redrive; zero if there was none.
func (a *attempts) redrivenTime() (t time.Time) {
	if a.redrives > 0 {
		t = time.Unix(0, a.redrivenAt).UTC()
	}
	return t
}

// begunTask returns the TaskID of the first attempt.
func (run *mapRun) begunTask(t TaskID) TaskID {
	if run.redrives == 0 {
		return t
	}
	return taskID(run.stateID+1, int32(t.slotIndex())) // MapRunStarted follows MapStateStarted
}
