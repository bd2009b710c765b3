package interpreter

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gostates/gostates/interpreter/store"
)

// dueTimer loads what is due. Recovery is the same: after a start everything is due
// that the last process left unfinished.
type dueTimer struct {
	durable *durable
	mu      sync.Mutex // for the alarm
	alarm   alarm

	// Under mu. Everything due at place or before was loaded, and is in memory until it
	// has another deadline, after bound.
	place store.Place
	bound int64

	loading bool // under mu: loadDue runs
	again   bool // under mu: it must run again

	claimAt time.Time // loadShared's: until then, others can claim what this process cannot continue

	preparedAt int64 // loadDue's: when it last looked at what hosts have prepared

	starved   atomic.Bool // loadDue has stopped because there is no room
	starvedAt int64       // loadDue's: since when; 0: it has not
}

const (
	duePage      = 1000             // executions that are loaded at a time, at most
	fewDue       = 64               // at least
	maxInFlight  = 2 * duePage      // executions that are not at rest, for more to be loaded
	longestSleep = 30 * time.Second // between two looks at the store

	shortestSleep = 10 * time.Millisecond // between two looks for room

	claimPauses = 4 // fraction of the poll interval in which others may claim what was given back

	// earliestDue is the first Due that is a deadline. Those before it, and before 1970,
	// are stored as it.
	earliestDue = endDue + 1
)

func (t *dueTimer) init(s *durable) {
	t.durable = s
	t.preparedAt = -int64(longestSleep)
	t.alarm = alarm{in: s.in, mu: &t.mu, at: never, fire: t.startLoading}
}

// start looks at the store for the first time.
func (t *dueTimer) start() {
	now, err := t.durable.in.currentTime()
	if err != nil {
		now = time.Unix(0, 0)
	}
	t.startLoading(now.UnixNano())
}

// startLoading has loadDue run on a goroutine of its own, one at a time.
func (t *dueTimer) startLoading(now int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.again = t.loading; t.loading {
		return
	}
	t.loading = true
	t.durable.in.beginDrive(false)
	go func() {
		defer t.durable.in.endDrive()
		next := t.loadDue(now)
		t.mu.Lock()
		t.loading = false
		if t.again {
			next = atOnce
		}
		if t.durable.in.virtual != nil || t.durable.in.phase.Load() != phaseOpen {
			t.mu.Unlock()
			return
		}
		t.alarm.setAndUnlock(next)
	}()
}

// close disarms the alarm.
func (t *dueTimer) close() {
	t.mu.Lock()
	t.alarm.disarmAndUnlock()
}

// noteDeadline says that an execution is due at a time.
func (t *dueTimer) noteDeadline(at int64) {
	if at == store.Now || at == store.Never || t.durable.in.virtual != nil {
		return
	}
	t.mu.Lock()
	if t.alarm.at <= at {
		t.mu.Unlock()
		return
	}
	t.alarm.setAndUnlock(at)
}

// loadDue loads what is due, a page at a time, and returns when to look again.
func (t *dueTimer) loadDue(now int64) (next int64) {
	s := t.durable
	if s.isShared() {
		return t.loadShared(now)
	}
	until := max(now, earliestDue) // the clock may stand before 1970
	if s.in.virtual != nil {
		until = store.Never - 1 // its deadlines are in memory
	}
	t.mu.Lock()
	place := t.place
	t.bound = max(t.bound, until)
	t.mu.Unlock()
	next = now + int64(longestSleep)
	if s.prepared.due.Swap(false) || now-t.preparedAt >= int64(longestSleep) {
		t.preparedAt = now
		if err := t.loadPrepared(now); err != nil && s.in.ctx.Err() == nil {
			s.in.logWarning("interpreter: looking for what was prepared failed and is repeated", slog.Any("error", err))
			next = now + int64(time.Second)
			t.preparedAt = 0
		}
	}
	for s.in.phase.Load() == phaseOpen {
		limit := t.nextRoom(now)
		if limit == 0 {
			next = min(next, now+int64(shortestSleep))
			break
		}
		page, err := s.loadPage(place, until, limit)
		if err != nil && s.in.ctx.Err() != nil {
			break
		}
		if err != nil {
			s.in.logWarning("interpreter: looking for what is due failed and is repeated", slog.Any("error", err))
			next = now + int64(time.Second)
			break
		}
		s.resumePage(page)
		if len(page) < limit {
			place = store.Place{Due: max(place.Due, until), ID: lastID}
			next = min(next, s.nextDue(now))
			break
		}
		last := page[len(page)-1]
		place = store.Place{Due: last.Head.Due, ID: last.ID}
	}
	t.mu.Lock()
	t.place = place
	t.mu.Unlock()
	s.retryParked(now)
	return min(next, s.expiry.deleteExpired(now))
}

// loadShared is loadDue for one of several processes. It claims what is due, takes the
// posts for its executions, and looks at those that others may have ended.
func (t *dueTimer) loadShared(now int64) (next int64) {
	s := t.durable
	next = now + int64(s.lease.poll)
	s.releaseParked()
	parked, err := s.lease.releasePassive()
	if parked {
		t.claimAt = time.Now().Add(s.lease.poll / claimPauses)
	}
	for err == nil && s.in.phase.Load() == phaseOpen {
		owner := s.lease.currentOwner()
		if owner == 0 {
			return next
		}
		if pause := time.Until(t.claimAt); pause > 0 {
			next = min(next, now+int64(pause))
			break
		}
		limit := t.nextRoom(now)
		if limit == 0 {
			next = min(next, now+int64(shortestSleep))
			break
		}
		var page []store.State
		page, err = callStore(s.in.ctx, s, "claiming what is due", func(ctx context.Context) ([]store.State, error) {
			return s.lease.shared.Claim(ctx, owner, max(now, earliestDue), limit)
		})
		s.resumePage(page)
		if err != nil || len(page) < limit {
			break
		}
	}
	if err == nil {
		err = s.takePosts()
	}
	if err != nil && s.in.ctx.Err() == nil {
		s.in.logWarning("interpreter: looking for what is due failed and is repeated", slog.Any("error", err))
	}
	s.lookAtWatched()
	s.retryParked(now)
	if after := s.nextDue(now); after < next {
		next = after
	}
	return min(next, s.expiry.deleteExpired(now))
}

// room returns how many executions may be loaded now. If it returns 0 the loop goes on
// when others have done so: those in memory are bounded, and those that are loaded
// should find a worker, because to announce a task later takes a change of its own.
// An impatient loop takes a few that find none, unless workers are about to be free.
func (t *dueTimer) room(patient bool) int {
	in := t.durable.in
	if in.virtual != nil {
		return duePage
	}
	inFlight := t.durable.committer.countGroups()
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	inFlight += p.tasks.len() + p.yielded.len()
	free := in.workers - p.running - p.reserved - p.tasks.len()
	switch {
	case inFlight >= maxInFlight:
		return 0
	case free >= min(in.workers, 2*fewDue): // tasks in a Commit may take some of them
		return min(max(free/2, fewDue), duePage)
	case !patient && p.reserved == 0:
		return fewDue
	}
	return 0
}

// nextRoom is room for loadDue. If there is none, loadDue must look again after
// shortestSleep, or when resumeStarved says so. A page is loaded from time to time in any
// case, so that handlers can wait for executions that are due.
func (t *dueTimer) nextRoom(now int64) int {
	waited := now - t.starvedAt
	if t.starvedAt == 0 || waited < 0 {
		waited = 0
	}
	t.starved.Store(true) // before the look: resumeStarved looks after it has made room
	n := t.room(waited < int64(shortestSleep))
	if n == 0 && waited >= int64(longestSleep) {
		n = fewDue
	}
	if n > 0 {
		t.starved.Store(false)
		t.starvedAt = 0
	} else {
		t.starvedAt = now - waited
	}
	return n
}

// resumeStarved has loadDue go on if it has stopped and there is room. It is called
// when there may be.
func (s *durable) resumeStarved() {
	if s != nil && s.due.starved.Load() && s.due.room(true) > 0 && s.due.starved.CompareAndSwap(true, false) {
		go s.due.lookAtOnce() // the clock may block
	}
}

// finds reports whether the due loop will find an execution by its Due, when it is not
// in memory.
func (t *dueTimer) finds(due int64) bool {
	if t.durable.isShared() {
		return due > earliestDue // or it would be claimed again at once
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return due > t.bound
}

// lookAtOnce has loadDue run now.
func (t *dueTimer) lookAtOnce() {
	now, err := t.durable.in.currentTime()
	if err == nil {
		t.startLoading(now.UnixNano())
	}
}

var lastID = func() (id store.ID) {
	for i := range id {
		id[i] = math.MaxUint8
	}
	return id
}()

// loadPage returns a page of executions that will be resumed.
func (s *durable) loadPage(after store.Place, until int64, limit int) ([]store.State, error) {
	s.mu.Lock()
	s.released = make(map[store.ID]bool)
	s.mu.Unlock()
	return s.lookAtDue(after, until, limit)
}

// lookAtDue returns a page of executions that are due.
func (s *durable) lookAtDue(after store.Place, until int64, limit int) ([]store.State, error) {
	return callStore(s.in.ctx, s, "looking for what is due", func(ctx context.Context) ([]store.State, error) {
		page, err := s.store.Due(ctx, after, until, limit)
		if err == nil {
			err = checkPage(page, after, until, limit)
		}
		return page, err
	})
}

// checkPage returns an error if the pages of Due would not come to an end.
func checkPage(page []store.State, after store.Place, until int64, limit int) error {
	if len(page) > limit {
		return fmt.Errorf("the store returned %d executions for a limit of %d", len(page), limit)
	}
	for i := range page {
		place := store.Place{Due: page[i].Head.Due, ID: page[i].ID}
		if place.Compare(after) <= 0 || place.Due > until {
			return fmt.Errorf("the store returned execution %s, due at %d, which is out of order or was not asked for", place.ID, place.Due)
		}
		after = place
	}
	return nil
}

// nextDue returns when the next execution is due.
func (s *durable) nextDue(now int64) int64 {
	page, err := s.lookAtDue(store.Place{Due: max(1, now), ID: lastID}, now+int64(longestSleep), 1)
	if err != nil || len(page) == 0 {
		return math.MaxInt64
	}
	return page[0].Head.Due
}

// resumePage continues executions that are due, as many at a time as there are
// processors.
func (s *durable) resumePage(page []store.State) {
	var next atomic.Int64
	var group sync.WaitGroup
	var resume func()
	resume = func() {
		defer group.Done()
		done := false
		defer func() {
			if !done { // a hook ended the goroutine
				group.Add(1)
				go resume()
			}
		}()
		for i := next.Add(1) - 1; i < int64(len(page)); i = next.Add(1) - 1 {
			s.resumeDue(&page[i])
		}
		done = true
	}
	for range min(runtime.GOMAXPROCS(0), len(page)) {
		group.Add(1)
		go resume()
	}
	group.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.released = nil
}

// resumeDue continues an execution that is due, with its state if it is not in memory.
func (s *durable) resumeDue(st *store.State) {
	id, due, unannounced := st.ID, st.Head.Due, st.Err == nil && isUnannounced(&st.Head)
	s.mu.Lock()
	_, parked := s.parked[st.ID]
	e := s.handle(st.ID)
	s.mu.Unlock()
	switch {
	case parked && s.isShared():
		s.claimParked(id)
	case parked:
	case s.wakePassive(e, &mail{}):
		s.mu.Lock()
		if s.released[st.ID] {
			st = nil // it has gone on since the store returned st
		}
		s.mu.Unlock()
		s.loadAndDrive(e, st)
	case s.isShared() && e.Status() != Running:
		e.refreshClaimed(st.Version)
		e.deliverDueTick()
	case due != store.Now:
		e.deliverDueTick()
	}
	if unannounced {
		s.resumeAnnouncing(id)
	}
}
