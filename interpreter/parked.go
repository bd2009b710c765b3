package interpreter

import (
	"errors"
	"log/slog"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// parkedExecution is an execution that does not continue although it runs.
type parkedExecution struct {
	reason error
	retry  int64 // when it is tried again
	tries  int
	post   uint64 // number of the last post that waits since it was last tried

	// This process has claimed it, although it cannot continue it. Others get it then.
	release time.Time // zero: it is not claimed
	claims  int

	// givenUp are tasks that this process has delivered, which does not count: it has not
	// ended.
	givenUp []machine.TaskID
}

const (
	firstRetry   = 30 * time.Second
	longestRetry = 10 * time.Minute

	// In a shared store, others get a parked execution that was claimed after a poll
	// interval, and later ever less often.
	longestClaim = 30 * time.Second
)

// park notes that an execution cannot continue now, in memory and, if the reason is a
// *loadError, in the store. It is tried again later, and by the next process.
func (s *durable) park(id store.ID, reason error) {
	now, err := s.in.currentTime()
	if err != nil {
		now = time.Now()
	}
	s.mu.Lock()
	p := s.parked[id]
	if p == nil {
		p = new(parkedExecution)
		s.parked[id] = p
	}
	pause := min(firstRetry<<min(p.tries, 16), longestRetry)
	if isStoreFailure(reason) || reason == ErrLeaseLost { //nolint:errorlint // not for the execution's sake; the host's error is in a *loadError
		pause = min(time.Second<<min(p.tries, 16), firstRetry)
	}
	p.reason, p.retry, p.tries = reason, now.Add(pause).UnixNano(), p.tries+1
	first, retry := p.tries == 1, p.retry
	s.mu.Unlock()
	if s.isShared() {
		s.due.lookAtOnce() // gives it back
	}
	s.due.noteDeadline(retry)
	if !first {
		return
	}
	s.in.logWarning("interpreter: an execution is parked", slog.String("execution", id.String()), slog.Any("error", reason))
	var load *loadError
	if errors.As(reason, &load) {
		g := &group{head: load.state.Head}
		g.head.Parked = reason.Error()
		if g.head.Due == preparedDue {
			g.head.Due = store.Now
		}
		g.change = store.Change{ID: id, Version: load.state.Version + 1, Head: &g.head}
		s.committer.enqueueGroup(g)
	}
}

// keepGivenUp keeps the tasks that this process has given up until the execution is
// loaded again.
func (s *durable) keepGivenUp(e *Execution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.parked[e.stored.id]; p != nil {
		p.givenUp = e.stored.givenUp
	}
}

// retryParked tries parked executions again.
func (s *durable) retryParked(now int64) {
	var again []store.ID
	s.mu.Lock()
	for id, p := range s.parked {
		if p.retry <= now {
			p.post = 0
			again = append(again, id)
		}
	}
	s.mu.Unlock()
	for _, id := range again {
		s.mu.Lock()
		e := s.handle(id)
		s.mu.Unlock()
		if s.wakePassive(e, &mail{}) {
			s.loadAndDrive(e, nil)
		}
	}
}

// claimParked notes that this process has claimed an execution that is parked here. Every
// second time it is given back at once: whoever gave it back before does not claim for a
// moment, so that a process that can continue it is not kept waiting by all others.
func (s *durable) claimParked(id store.ID) {
	s.mu.Lock()
	p := s.parked[id]
	if p == nil || !p.release.IsZero() {
		s.mu.Unlock()
		return
	}
	p.claims++
	p.release = time.Now()
	passOn := p.claims%2 == 0
	if !passOn {
		p.release = p.release.Add(min(s.lease.poll<<min(p.claims/2, 16), longestClaim))
	}
	s.mu.Unlock()
	if passOn {
		s.due.lookAtOnce()
	}
}

// releaseParked gives executions back that were claimed and are parked here.
func (s *durable) releaseParked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, p := range s.parked {
		if !p.release.IsZero() && time.Until(p.release) <= 0 {
			p.release = time.Time{}
			s.lease.releaseLater(id)
		}
	}
}

// unpark forgets that an execution was parked.
func (s *durable) unpark(id store.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.parked, id)
}
