package interpreter

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gostates/gostates/interpreter/store"
)

// lease makes this process the owner of executions in a store that several processes
// share. It only saves work: what decides is that the store accepts each version of
// an execution once.
type lease struct {
	durable *durable
	shared  store.Shared
	ttl     time.Duration
	poll    time.Duration
	tried   chan struct{} // closed when the first Join has returned

	mu       sync.Mutex
	owner    store.Owner // 0: none
	released []store.ID  // passive executions to give back
}

const (
	defaultLease  = 15 * time.Second
	shortestLease = 100 * time.Millisecond // a shorter one would end before it can be renewed
	pollInterval  = time.Second
	leaveDeadline = 5 * time.Second
)

// openLease makes the interpreter one of several processes, if the store can be
// shared.
func (s *durable) openLease(c *Config) {
	shared, ok := s.store.(store.Shared)
	if !ok {
		return
	}
	s.lease = &lease{durable: s, shared: shared, ttl: c.Lease, poll: pollInterval, tried: make(chan struct{})}
	if s.lease.ttl <= 0 {
		s.lease.ttl = defaultLease
	}
	s.lease.ttl = max(s.lease.ttl, shortestLease)
	s.lease.poll = min(s.lease.poll, s.lease.ttl/3)
	go s.lease.keepLease()
}

// currentOwner returns the owner's number, or 0.
func (l *lease) currentOwner() store.Owner {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.owner
}

func (l *lease) setOwner(o store.Owner) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owner = o
}

// keepLease joins, renews the lease, and joins again when it was lost. It needs no
// worker. It ends with the interpreter.
func (l *lease) keepLease() {
	done := false
	defer func() {
		if !done { // the store ended the goroutine
			go l.keepLease()
		}
	}()
	ctx := l.durable.in.ctx
	for first := true; ctx.Err() == nil; first = false {
		owner, err := callStore(ctx, l.durable, "joining the owners of the store", func(ctx context.Context) (store.Owner, error) {
			return l.shared.Join(ctx, l.ttl)
		})
		if err == nil {
			l.setOwner(owner)
		}
		if first {
			l.endFirstTry()
		}
		if err != nil {
			l.logFailure(err)
			sleepUntil(ctx, l.poll)
			continue
		}
		l.holdLease(owner)
		l.setOwner(0)
	}
	done = true
}

// endFirstTry says that the first Join has returned. keepLease may have begun anew.
func (l *lease) endFirstTry() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.tried:
	default:
		close(l.tried)
	}
}

// awaitOwner waits until this process is an owner, unless joining fails: others would
// claim what it starts before.
func (l *lease) awaitOwner(ctx context.Context) error {
	if l == nil {
		return nil
	}
	select {
	case <-l.tried:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("interpreter: starting an execution: %w", contextError(ctx))
	case <-l.durable.in.ctx.Done():
		return ErrClosed
	}
}

// holdLease renews the lease until it is lost or the interpreter is closed.
func (l *lease) holdLease(owner store.Owner) {
	in := l.durable.in
	ctx, cancel := context.WithCancel(in.ctx)
	defer cancel()
	go l.listen(ctx, owner)
	in.durable.due.lookAtOnce()
	renewed := time.Now()
	for sleepUntil(ctx, l.ttl/3) {
		_, err := callStore(ctx, l.durable, "renewing the lease", func(ctx context.Context) (struct{}, error) {
			return struct{}{}, l.shared.Renew(ctx, owner, l.ttl)
		})
		switch {
		case err == nil:
			renewed = time.Now()
		case ctx.Err() != nil: // closed while it renewed: leave
		case isError(err, store.ErrLease) || time.Since(renewed) > l.ttl:
			l.logFailure(err)
			l.durable.dropLoaded()
			return
		default:
			l.logFailure(err)
		}
	}
	leaving, cancelLeaving := context.WithTimeout(context.Background(), leaveDeadline)
	defer cancelLeaving()
	if err := callHook(hookStore, func() error { return l.shared.Leave(leaving, owner) }); err != nil {
		l.logFailure(err)
	}
}

// listen has the due loop look when the store says that there may be something.
func (l *lease) listen(ctx context.Context, owner store.Owner) {
	for {
		_, err := callStore(ctx, l.durable, "listening to the store", func(ctx context.Context) (struct{}, error) {
			return struct{}{}, l.shared.Listen(ctx, owner, l.durable.due.lookAtOnce)
		})
		if !sleepUntil(ctx, l.poll) {
			return
		}
		if err != nil {
			l.logFailure(err)
		}
	}
}

// sleepUntil waits for d. It returns false if ctx ends first.
func sleepUntil(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (l *lease) logFailure(err error) {
	if l.durable.in.ctx.Err() == nil {
		l.durable.in.logWarning("interpreter: the lease in the store", slog.Any("error", err))
	}
}

// releaseLater gives an execution that leaves memory back, with the next look at what
// is due: others may load it then.
func (l *lease) releaseLater(id store.ID) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.released = append(l.released, id)
}

// releasePassive gives back the executions that are still not in memory. It reports
// whether one of them is parked here: somebody else should claim it.
func (l *lease) releasePassive() (parked bool, err error) {
	l.mu.Lock()
	owner, ids := l.owner, l.released
	l.released = nil
	l.mu.Unlock()
	s := l.durable
	s.mu.Lock()
	passive := ids[:0]
	for _, id := range ids {
		if s.loaded[id] == nil {
			passive = append(passive, id)
			parked = parked || s.parked[id] != nil
		}
	}
	s.mu.Unlock()
	if len(passive) == 0 || owner == 0 {
		return false, nil
	}
	_, err = callStore(s.in.ctx, s, "releasing executions", func(ctx context.Context) (struct{}, error) {
		return struct{}{}, l.shared.Release(ctx, owner, passive...)
	})
	return parked, err
}

// dropLoaded halts all executions in memory, which other processes may have by now.
func (s *durable) dropLoaded() {
	for _, e := range s.loadedExecutions() {
		e.deliverMail(&mail{visit: func(*driver) { e.haltExecution(ErrLeaseLost, false) }}, keepNone)
	}
}
