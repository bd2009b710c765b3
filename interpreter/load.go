package interpreter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// wakePassive claims an execution that is not in memory, and leaves it mail. It
// returns false if the execution is in memory.
func (s *durable) wakePassive(e *Execution, m *mail) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.stored.passive {
		return false
	}
	e.stored.passive, e.driving = false, true
	s.loaded[e.stored.id] = e
	delete(s.unsaved, e.stored.id)
	if !m.isGoOn() { // resuming does as much
		e.enqueueMail(*m)
	}
	return true
}

// isPassive reports whether the execution is not in memory.
func (e *Execution) isPassive() bool {
	if e.stored == nil {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stored.passive
}

// loadAndDrive loads an execution that the caller has claimed and continues it. If st
// is nil it asks the store.
func (s *durable) loadAndDrive(e *Execution, st *store.State) {
	err := s.loadExecution(e, st)
	if err != nil {
		s.failLoading(e, err)
		return
	}
	s.sweepOrphans(e)
	if !e.isLeftToPool() {
		e.driveExecution(&mail{resume: true}, keepNone)
		return
	}
	e.mu.Lock()
	e.stored.resumes, e.queued = true, true
	e.mu.Unlock()
	s.in.enqueueYielded(e)
}

// isLeftToPool reports whether a hook may hold up the goroutine that drives the
// execution, so that the one that looks for what is due must not.
func (e *Execution) isLeftToPool() bool { return e.in.virtual == nil && e.isWatched() }

// deliverDueTick is deliverTick for the goroutine that looks for what is due.
func (e *Execution) deliverDueTick() {
	if !e.isLeftToPool() {
		e.deliverTick()
		return
	}
	e.mu.Lock()
	switch {
	case e.stored.passive:
		e.mu.Unlock()
		e.deliverTick() // on another goroutine
	case e.driving:
		e.enqueueMail(mail{event: machine.Event{Kind: machine.Tick}})
		e.mu.Unlock()
	default:
		e.driving, e.queued = true, true
		e.mu.Unlock()
		e.in.enqueueYielded(e) // with a Tick
	}
}

// loadExecution restores an execution from the store.
func (s *durable) loadExecution(e *Execution, st *store.State) error {
	id := e.stored.id
	if st != nil && st.Err != nil {
		return damagedState(id, st.Err)
	}
	if st == nil {
		var err error
		if st, err = s.loadState(s.in.ctx, id); err != nil {
			return err
		}
	}
	if err := checkState(st, id); err != nil {
		return err
	}
	p, err := s.program(s.in.ctx, st.Head.Digest)
	switch {
	case isStoreFailure(err):
		return err
	case err != nil:
		return &loadError{st, err}
	}
	parts, err := s.readState(s.in.ctx, st) // without the lock, which the codec may need
	if e.isWatched() {
		mu := e.stepLock() // a hook may take a Snapshot
		mu.Lock()
		defer mu.Unlock()
	}
	if err == nil {
		err = parts.restore(p, &e.x, st)
	}
	if err != nil {
		return &loadError{st, fmt.Errorf("interpreter: restoring execution %s (%s): %w", st.Head.Name, id, err)}
	}
	e.setProgram(p, e.x.ID, &st.Head)
	e.stored.version, e.stored.head, e.stored.known = st.Version, st.Head, parts.host
	if st.Head.Due == orphansDue {
		e.stored.orphans = 1
	}
	e.stored.loaded, e.stored.earlier, e.stored.replays = st.Version, nil, st.Head.Due == orphansDue
	if m := e.extras.Load(); m != nil { // they are among the earlier ones
		e.mu.Lock()
		m.endedRuns = nil
		e.mu.Unlock()
	}
	s.mu.Lock()
	if parked := s.parked[id]; parked != nil {
		e.stored.givenUp = parked.givenUp
	}
	s.mu.Unlock()
	e.stored.rests = st.Head.Due > e.x.Now // else it is Now, or a deadline that has passed
	e.stored.snapshot, e.stored.tail = len(st.Snapshot), 0
	for _, r := range st.Records {
		e.stored.tail += len(r)
	}
	if e.x.Status != Running {
		e.publishEnd(nil, false)
	}
	return nil
}

// damagedState is the error of a state with an Err, whatever that is.
func damagedState(id store.ID, err error) error {
	e := &storeError{doing: "loading execution " + id.String(), err: err}
	e.is[slices.Index(storeSentinels[:], store.ErrCorrupt)] = true
	return e
}

// setProgram sets the program, and what does not change in the life of an execution,
// once.
func (e *Execution) setProgram(p *Program, id string, h *store.Head) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.program.Swap(p) == nil {
		e.stored.name = id
		e.stored.parent, e.stored.tags = h.Parent, h.Tags
	}
}

// checkState returns an error if a state is that of another execution.
func checkState(st *store.State, id store.ID) error {
	if st.ID != id {
		return fmt.Errorf("interpreter: loading execution %s: %w: the store returned the state of execution %s", id, errDamaged, st.ID)
	}
	return nil
}

// loadState returns what is stored of an execution.
func (s *durable) loadState(ctx context.Context, id store.ID) (*store.State, error) {
	st, err := callStore(ctx, s, "loading execution "+id.String(), func(ctx context.Context) (*store.State, error) {
		st, err := s.store.Load(ctx, id)
		if err == nil && st == nil {
			err = errors.New("the store returned neither a state nor an error")
		}
		return st, err
	})
	if err != nil {
		return nil, err
	}
	return st, checkState(st, id)
}

// loadError says why a state cannot be continued that the store has returned.
type loadError struct {
	state *store.State
	err   error
}

func (e *loadError) Error() string { return e.err.Error() }
func (e *loadError) Unwrap() error { return e.err }

// restoreState makes the execution of a stored state: its snapshot, and the Steps of
// the records since.
func (s *durable) restoreState(ctx context.Context, p *Program, x *machine.Execution, st *store.State) (hostState, error) {
	parts, err := s.readState(ctx, st)
	if err != nil {
		return nil, err
	}
	return parts.host, parts.restore(p, x, st)
}

// stateParts is what a stored state consists of.
type stateParts struct {
	host     hostState
	snapshot []byte            // of the core; nil: none
	records  []*machine.Record // since then, without those of a head alone
}

// readState reads the parts of a stored state.
func (s *durable) readState(ctx context.Context, st *store.State) (*stateParts, error) {
	st, err := s.decodeState(ctx, st)
	if err != nil {
		return nil, err
	}
	if st.Since+uint64(len(st.Records)) != st.Version || (st.Since > 0) != (st.Snapshot != nil) {
		return nil, fmt.Errorf("%w: version %d has a snapshot of version %d and %d records", errDamaged, st.Version, st.Since, len(st.Records))
	}
	parts := &stateParts{host: make(hostState)}
	if st.Snapshot != nil {
		if parts.host, parts.snapshot, err = readHostSnapshot(st.Snapshot); err != nil {
			return nil, err
		}
	} else if len(st.Records) == 0 {
		return nil, fmt.Errorf("%w: there is neither a snapshot nor a record", errDamaged)
	}
	for i, data := range st.Records {
		if len(data) == 0 { // of a change of the head alone
			continue
		}
		notes, rec, err := readRecord(data)
		if err == nil {
			err = parts.host.applyNotes(notes)
		}
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", st.Since+1+uint64(i), err)
		}
		parts.records = append(parts.records, rec)
	}
	if st.Snapshot == nil && (len(parts.records) == 0 || parts.records[0].Start == nil) {
		return nil, fmt.Errorf("%w: record 1 does not begin the execution", errDamaged)
	}
	return parts, nil
}

// restore makes the execution.
func (parts *stateParts) restore(p *Program, x *machine.Execution, st *store.State) error {
	if err := parts.restoreBase(p, x); err != nil {
		return err
	}
	if err := p.Fold(x, parts.records...); err != nil {
		return err
	}
	return checkRestored(x, st)
}

// restoreBase makes the execution to which the records are applied.
func (parts *stateParts) restoreBase(p *Program, x *machine.Execution) error {
	if parts.snapshot != nil {
		return p.RestoreInto(x, parts.snapshot)
	}
	p.Init(x, *parts.records[0].Start)
	return nil
}

// checkRestored compares an execution with the head of its state.
func checkRestored(x *machine.Execution, st *store.State) error {
	switch {
	case x.TokenID() != string(st.ID[:]):
		return fmt.Errorf("%w: the snapshot or the records are those of another execution", errDamaged)
	case x.Status != st.Head.Status:
		return fmt.Errorf("%w: the execution is %s by its head, and %s by its snapshot and records", errDamaged, st.Head.Status, x.Status)
	}
	return nil
}

// failLoading gives up an execution that could not be loaded: those who wait for it
// get the error, and it is parked.
func (s *durable) failLoading(e *Execution, err error) {
	s.mu.Lock()
	e.mu.Lock()
	var waiting []mail
	if m := e.extras.Load(); m != nil {
		waiting, m.mail = m.mail, nil
		e.missPosts() // some of it may be posts
	}
	e.driving, e.stored.passive = false, true
	s.releaseLoaded(e.stored.id)
	deleted := isError(err, store.ErrNotFound)
	if deleted {
		delete(s.parked, e.stored.id)
		if s.handles[e.stored.id].Value() == e {
			delete(s.handles, e.stored.id)
		}
	}
	e.mu.Unlock()
	s.mu.Unlock()
	var load *loadError
	ended := errors.As(err, &load) && load.state.Head.Status != Running
	switch {
	case s.in.ctx.Err() != nil:
	case ended:
		s.keepLarge(load.state)
	case deleted:
		e.endDeleted(err)
	default:
		s.park(e.stored.id, err)
	}
	for _, m := range waiting {
		if m.reply != nil {
			m.reply <- loadReply(&m, err)
		}
	}
}

// endDeleted ends the wait of those who wait for the end of an execution that the store
// does not have any longer.
func (e *Execution) endDeleted(err error) {
	e.publishEnd(err, false)
	var calls []func()
	e.mu.Lock()
	if m := e.extras.Load(); m != nil {
		calls, m.calls = m.calls, nil
	}
	e.mu.Unlock()
	callAll(calls)
}

// loadReply returns the error for the sender of mail whose execution could not be
// loaded.
func loadReply(m *mail, err error) error {
	if m.special == mailToken && isError(err, store.ErrNotFound) {
		return ErrTaskTimedOut
	}
	return err
}

// wakeAndDrive leaves mail to an execution that is not in memory, and has it loaded.
func (s *durable) wakeAndDrive(e *Execution, m *mail) {
	if !s.wakePassive(e, m) {
		e.deliverMail(m, keepNone)
		return
	}
	s.in.beginDrive(false)
	go func() {
		defer s.in.endDrive()
		s.loadAndDrive(e, nil)
	}()
}

// openExecution returns an execution of the store, running or ended.
func (s *durable) openExecution(ctx context.Context, id store.ID) (*Execution, error) {
	s.mu.Lock()
	e := s.handle(id)
	s.mu.Unlock()
	if err := s.refreshEnded(ctx, e); err != nil {
		return nil, err
	}
	if err := e.visitStored(ctx, func(*machine.Execution) {}); err != nil {
		return nil, err
	}
	return e, nil
}

// visitStored calls f with the execution while nothing drives it. If it is not in
// memory it is loaded, or in a shared store f gets a copy of what is stored.
func (e *Execution) visitStored(ctx context.Context, f func(*machine.Execution)) error {
	if s := e.in.durable; s.isShared() && e.isPassive() {
		if visited, err := s.visitCopy(ctx, e, f); visited || err != nil {
			return err
		}
	}
	return e.visitLoaded(ctx, f)
}

// visitLoaded is visitStored that loads the execution even if other processes could
// drive it.
func (e *Execution) visitLoaded(ctx context.Context, f func(*machine.Execution)) error {
	if insideHook() {
		if visited, err := e.visitInHook(f); visited {
			return err
		}
	}
	reply := make(chan error, 1)
	var mu sync.Mutex
	left := false // the caller waits no longer, and f must not be called
	e.deliverMail(&mail{visit: func(*driver) {
		mu.Lock()
		defer mu.Unlock()
		if !left {
			f(&e.x)
		}
	}, reply: reply}, keepNone)
	leave := func(err error) error {
		mu.Lock()
		defer mu.Unlock()
		left = true
		return err
	}
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return leave(fmt.Errorf("interpreter: loading execution %s: %w", e.ID(), contextError(ctx)))
	case <-e.in.ctx.Done():
		select {
		case err := <-reply: // f was called after Close
			return err
		default:
			return leave(ErrClosed)
		}
	}
}

// visitInHook calls f at once if the driver may wait for the hook that is the caller.
// Otherwise it returns false, and the hook may wait.
func (e *Execution) visitInHook(f func(*machine.Execution)) (visited bool, err error) {
	if insideStep() || insideCommit() {
		return true, fmt.Errorf("interpreter: loading execution %s in a hook that it may wait for: %w", e.ID(), ErrReentry)
	}
	if e.isWatched() {
		mu := e.stepLock()
		mu.Lock()
		defer mu.Unlock()
		if e.x.ID != "" { // it is in memory
			f(&e.x)
			return true, nil
		}
	}
	if e.stored == nil {
		return false, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stored.urgent = true
	return false, nil
}
