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

	// givenUp are tasks that this process has delivered, which does not count: it has not
	// ended.
	givenUp []machine.TaskID
}

const (
	firstRetry   = 30 * time.Second
	longestRetry = 10 * time.Minute
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

// unpark forgets that an execution was parked.
func (s *durable) unpark(id store.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.parked, id)
}
