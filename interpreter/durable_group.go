package interpreter

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// group is a change of a stored execution: the Steps that one drive made, and what
// must not happen before they are stored.
type group struct {
	execution *Execution // nil: a change of the head alone
	change    store.Change
	plain     *store.Change // before it was encoded; nil: there is no codec
	head      store.Head
	notes     []byte // see appendNote

	tasks   []*Task           // to be started
	maps    []mapCommand      // to be executed
	replies []reply           // to be sent
	shown   [][]history.Event // to be given to the sinks and the log
	yielded bool              // the execution can go on
	rests   bool              // it needs no process until time passes or somebody calls
	err     error             // why the store refused it
	stored  bool

	endedChildren []store.ID // of Map Runs, to be deleted

	rebases      int // see rebaseGroups
	refusals     int // of this group alone, each after others were stored
	storedBefore int // committer.stored at the latest of them
}

type reply struct {
	to  chan error
	err error
}

// openGroup returns the group that the drive is making.
func (d *driver) openGroup(e *Execution) *group {
	if d.group == nil {
		d.group = &group{execution: e}
		d.record.Reset()
	}
	return d.group
}

// addToGroup adds the Step that has just been made, unless it changed nothing.
func (d *driver) addToGroup(e *Execution, ev *machine.Event) {
	if (ev.Kind == machine.Tick || ev.Kind == machine.TaskScheduled || d.r.Late) && len(d.r.Events) == 0 && len(d.r.Commands) == 0 {
		return
	}
	g := d.openGroup(e)
	d.record.AddStep(*ev, e.x.Time(), &d.r)
	if len(d.r.Events) > 0 && e.showsHistory() {
		g.shown = append(g.shown, slices.Clone(d.r.Events))
	}
}

// processStoredMail is processMail for a stored execution: it acts on the group that
// was stored, if there is one, and then makes the next one. The execution is held
// until that is stored: its mail waits.
func (d *driver) processStoredMail(e *Execution, m *mail) {
	e.mu.Lock()
	g, resumes := e.stored.committed, e.stored.resumes
	e.stored.committed, e.stored.resumes = nil, false
	e.mu.Unlock()
	handled := false
	if resumes {
		d.handleMail(e, &mail{resume: true})
		handled, m.yielded = m.isGoOn(), false
	}
	if g != nil {
		handled = m.isGoOn() && !g.yielded // the mail only says that the group is stored
		m.yielded = m.yielded && g.yielded
		d.actOnGroup(e, g)
	}
	for ; m != nil; m = d.nextStoredMail(e) {
		if !handled {
			d.handleMail(e, m)
		}
		handled = false
	}
}

// isGoOn reports whether the mail only says that the execution can go on.
func (m *mail) isGoOn() bool {
	return m.visit == nil && m.ends == nil && m.reply == nil && m.task == nil && !m.resume && m.event.Kind == machine.Tick
}

// nextStoredMail is nextMail for a stored execution. After a batch of mail it holds
// the execution and has its changes stored.
func (d *driver) nextStoredMail(e *Execution) *mail {
	for {
		if e.isHalted() && !e.stored.left {
			d.leaveHalted(e)
		}
		if d.at < len(d.mail) {
			if d.mail[d.at].visit != nil {
				if d.group != nil { // it must only see what is stored
					break
				}
				d.executeMapCommands(e)
			}
			d.at++
			return &d.mail[d.at-1]
		}
		if d.group != nil {
			break
		}
		d.launchTasks(e, keepNone) // of an execution that was loaded, and has changed nothing yet
		clear(d.mail)
		d.mail, d.at = d.mail[:0], 0
		if d.restStored(e) {
			return nil
		}
	}
	d.holdExecution(e)
	return nil
}

// restStored ends the drive of an execution that has no more mail. It returns false
// if mail has come; the driver then has it.
func (d *driver) restStored(e *Execution) bool {
	s := e.in.durable
	passive := !d.yielded && (e.canPassivate() || e.stored.stale)
	if !d.yielded && !passive {
		d.hook = hookClock
		e.armTimer()
		d.hook = ""
	}
	if e.isOver() && (e.stored.unannounced == 0 || e.isHalted()) {
		s.forget(e)
	}
	if passive {
		e.in.timers.removeDeadline(e)
		if e.isWatched() {
			mu := e.stepLock() // a hook may take a Snapshot
			mu.Lock()
			defer mu.Unlock()
		}
		s.mu.Lock() // before e.mu
		defer s.mu.Unlock()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	more := e.extras.Load()
	if more != nil && len(more.mail) > 0 {
		d.mail, more.mail = more.mail, d.mail
		return false
	}
	yielded := d.yielded && e.status == Running && e.in.phase.Load() == phaseOpen
	d.yielded = false
	e.driving, e.queued = yielded, yielded
	if more != nil {
		d.calls, more.calls = more.calls, nil
	}
	if passive {
		if e.stored.claimed {
			d.calls = append(d.calls, func() { s.wakeAndDrive(e, &mail{}) })
		}
		if e.stored.tail > 0 && !e.stored.stale {
			s.unsaved[e.stored.id] = true
		}
		e.stored.passive, e.stored.stale, e.stored.claimed = true, false, false
		e.x = machine.Execution{}
		s.releaseLoaded(e.stored.id)
		if more != nil {
			more.tasks, more.awaited, more.idle = nil, 0, 0
		}
	}
	if more != nil && !yielded && more.isEmpty() {
		e.extras.Store(nil)
	}
	if yielded {
		e.in.enqueueYielded(e)
	}
	return true
}

// canPassivate reports whether the execution needs no memory until time has passed
// or somebody calls: the store has all of its state, and nothing of this process
// belongs to it.
func (e *Execution) canPassivate() bool {
	if e.in.virtual != nil || e.x.Status != Running || e.stored.version == 0 || e.stored.tail > 0 && !e.stored.rests || !e.isIdle() || e.in.phase.Load() != phaseOpen {
		return false
	}
	m := e.extras.Load()
	return e.in.durable.due.finds(e.stored.head.Due) && !e.isHalted() && (m == nil || m.sink == nil && m.log == nil && m.values == nil)
}

// isIdle reports whether no outstanding task of the execution needs this process.
func (e *Execution) isIdle() bool {
	m := e.extras.Load()
	return m == nil || m.awaited == m.idle && len(m.mapRuns) == 0
}

// holdExecution completes the group and passes it to the committer. The execution
// stays claimed.
func (d *driver) holdExecution(e *Execution) {
	g := d.group
	d.group = nil
	g.yielded, d.yielded = d.yielded, false
	g.tasks = slices.Clone(d.newTasks)
	clear(d.newTasks)
	d.newTasks = d.newTasks[:0]
	g.maps = slices.Clone(d.mapCommands)
	clear(d.mapCommands)
	d.mapCommands = d.mapCommands[:0]
	e.mu.Lock()
	if rest := d.mail[d.at:]; len(rest) > 0 {
		more := e.ensureExtras()
		more.mail = slices.Concat(rest, more.mail)
	}
	e.mu.Unlock()
	clear(d.mail)
	d.mail, d.at = d.mail[:0], 0
	if err := d.completeChange(e, g); err != nil {
		g.err = err
	}
	e.in.beginDrive(false) // until the group is acted on
	e.in.durable.committer.enqueueGroup(g)
}

// Sizes that decide when a snapshot is stored. Snapshots add no more than the size of the
// records, and records are folded up to the size of the snapshot.
const (
	fewBytes      = 32 << 10 // of records, which need no snapshot while the execution goes on
	smallSnapshot = 4 << 10  // is stored whenever the execution comes to rest
	restFraction  = 4        // a larger one is, if the records since are larger than this part of it
)

// needsSnapshot reports whether a snapshot is stored with a change, whose records since
// the last one have a size. An execution at rest has few records to fold, so that the
// next version of the library rarely has to make its history again.
func (st *stored) needsSnapshot(tail int, ended, rests bool) bool {
	switch {
	case ended:
		return true
	case rests:
		return st.snapshot <= smallSnapshot || tail > st.snapshot/restFraction
	}
	return tail > max(st.snapshot, fewBytes)
}

// completeChange makes the change of a group.
func (d *driver) completeChange(e *Execution, g *group) error {
	st := e.stored
	ended := e.x.Status != Running
	if ended && e.in.window < 0 {
		e.x.DropScopes()
	}
	rests := !ended && !g.yielded && len(g.tasks) == 0 && len(g.maps) == 0 && e.isIdle()
	g.change.ID, g.change.Version = st.id, st.version+1
	var err error
	if g.change.Record, err = d.cloneEncoded(appendRecord(d.encoded[:0], g.notes, &d.record)); err != nil {
		return fmt.Errorf("interpreter: encoding a record of execution %s: %w", e.Name(), err)
	}
	g.rests = rests
	moved := st.version > 0 && e.program.Load().Digest() != st.head.Digest // then the records are those of another program
	if moved || st.needsSnapshot(st.tail+len(g.change.Record), ended, rests) {
		if g.change.Snapshot, err = d.cloneEncoded(e.appendHostSnapshot(d.encoded[:0])); err != nil {
			return err
		}
	}
	g.head = st.head
	h := &g.head
	if st.version == 0 {
		key := e.registryKey()
		h.Namespace, h.Machine, h.Name = e.in.durable.namespace, key.machine, key.name
		h.Parent, h.Tags = st.parent, st.tags
	}
	h.Status, h.Parked, h.Digest = e.x.Status, "", e.program.Load().Digest()
	if h.Due > e.x.Now || h.Due == orphansDue || h.Due == preparedDue || h.Due == endDue { // a deadline that has passed is as good as Now
		h.Due = store.Now
	}
	if st.version == 0 {
		h.Started = nanoTime(e.x.StartedAt)
	}
	h.Ended = time.Time{} // a redrive removes it
	switch {
	case ended:
		h.Due, h.Ended = e.in.scopesDue(&e.x), e.x.Time()
		if e.in.onEnd != nil && st.head.Status == Running || st.unannounced > 0 {
			h.Due = endDue
		}
	case rests:
		h.Due = store.Never
		if at, ok := e.program.Load().Wake(&e.x); ok {
			h.Due = max(earliestDue, at.UnixNano())
		}
	}
	if e.hasOrphans() {
		h.Due = orphansDue
	}
	if st.version == 0 || moved || h.Status != st.head.Status || h.Due != st.head.Due || h.Parked != st.head.Parked || len(g.change.Posts) > 0 {
		g.change.Head = h
	}
	if e.in.durable.codec != nil {
		plain := g.change
		g.plain = &plain
	}
	return e.in.durable.encodeChange(e.in.ctx, &g.change, h.Namespace)
}

// maxEncoded is how large a buffer may be that a driver keeps.
const maxEncoded = 64 << 10

// cloneEncoded returns a copy of what was encoded into d.encoded, of its own size.
func (d *driver) cloneEncoded(data []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	if cap(data) <= maxEncoded {
		d.encoded = data
	}
	return bytes.Clone(data), nil
}

// hasOrphans reports whether children of tasks that were cancelled may run, or those of
// tasks that will be because the execution has ended.
func (e *Execution) hasOrphans() bool {
	if e.stored.orphans > 0 {
		return true
	}
	m := e.extras.Load()
	return e.x.Status != Running && m != nil && m.awaited > 0 && slices.ContainsFunc(m.tasks, func(t *Task) bool {
		return t != nil && t.awaitsChild()
	})
}

// actOnGroup does what had to wait until the group was stored.
func (d *driver) actOnGroup(e *Execution, g *group) {
	s, st := e.in.durable, e.stored
	defer e.in.endDrive()
	s.notePostsStored(st, g.change.Posts, g.err != nil)
	if g.err != nil {
		e.haltExecution(g.err, true)
		if !e.isHalted() { // it has ended, and another process has changed it since
			s.dropOutdated(e)
		}
		d.newTasks = append(d.newTasks, g.tasks...)
		sendReplies(g.replies, g.err)
		return // leaveHalted does the rest
	}
	ran := st.head.Status == Running
	st.version, st.head, st.rests = g.change.Version, g.head, g.rests
	if st.tail += len(g.change.Record); g.change.Snapshot != nil {
		st.tail, st.snapshot = 0, len(g.change.Snapshot)
	}
	s.due.noteDeadline(g.head.Due)
	for _, events := range g.shown {
		if _, err := d.recordHistory(e, events); err != nil {
			e.haltExecution(err, false)
			break
		}
	}
	if e.x.Status != Running && !e.isOver() {
		e.endExecution(nil, false)
	}
	if ran && e.x.Status != Running && e.in.onEnd != nil {
		d.announceStored(e)
	}
	if g.head.Parked == "" {
		s.unpark(st.id)
	}
	d.newTasks = append(d.newTasks, g.tasks...)
	d.mapCommands = append(d.mapCommands, g.maps...)
	s.deleteChildren(g.endedChildren)
	d.launchTasks(e, keepNone)
	sendReplies(g.replies, nil) // now that the tasks are in their queues
	d.yielded = d.yielded || g.yielded
	s.sweepOrphans(e)
}

// sendReplies sends the replies of a group, or err to all if it was not stored.
func sendReplies(all []reply, err error) {
	for _, r := range all {
		if err != nil {
			r.err = err
		}
		r.to <- r.err
	}
}

// sendReply answers a caller: at once if nothing that it depends on is to be stored.
func (d *driver) sendReply(to chan error, err error) {
	if g := d.group; g != nil && err != errNotTaken { //nolint:errorlint // it is never wrapped
		g.replies = append(g.replies, reply{to, err})
		return
	}
	to <- err
}

// leaveHalted drops what an execution did before it was halted and that is not
// stored. Another Execution continues it later from the store.
func (d *driver) leaveHalted(e *Execution) {
	e.stored.left = true
	err, _ := e.haltError()
	d.launchTasks(e, keepNone) // releases their slots
	if g := d.group; g != nil {
		d.group = nil
		sendReplies(g.replies, err)
	}
	s := e.in.durable
	s.forget(e)
	switch {
	case e.stored.version == 0 || e.stored.head.Status != Running || err == ErrClosed: //nolint:errorlint // the error may be the host's
	case err != ErrLeaseLost: //nolint:errorlint // it is not wrapped
		s.park(e.stored.id, &loadError{&store.State{Version: e.stored.version, Head: e.stored.head}, err})
	case !s.isShared():
		s.park(e.stored.id, err) // the other one may be gone
	}
	s.keepGivenUp(e)
}
