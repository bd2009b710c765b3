package interpreter

import (
	"context"
	"fmt"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// redriveShared redrives an execution of a store that several processes share: it
// leaves the event for the process that takes the execution, which may be this one, and
// waits until it has.
func (s *durable) redriveShared(ctx context.Context, e *Execution, o RedriveOptions) (redriven time.Time, err error) {
	id := e.stored.id
	st, p, x, err := s.copyStored(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	if err := s.refreshEnded(ctx, e); err != nil {
		return time.Time{}, err
	}
	before, _ := x.Redrives()
	posted := false
	for pause := firstPause; ; pause = min(2*pause, s.lease.poll) {
		count, latest := x.Redrives()
		at, known := x.RedrivenBy(o.ClientToken)
		if !known && count > before {
			at, known = latest, true
		}
		if known {
			return at, s.refreshEnded(ctx, e)
		}
		now, err := s.in.currentTime()
		if err == nil {
			err = s.in.checkRedrive(p, x, now)
		}
		if err == nil && !posted {
			posted = true
			err = s.postEvent(ctx, id, postAddress{}, machine.Event{Kind: machine.Redriven, ClientToken: o.ClientToken})
		}
		if err != nil {
			return time.Time{}, err
		}
		for version := st.Version; st.Version == version; {
			if !s.sleepBetween(ctx, pause) {
				return time.Time{}, s.redriveUnknown(ctx, id)
			}
			if st, err = s.loadState(ctx, id); err != nil {
				return time.Time{}, err
			}
		}
		if x, err = s.restoreCopy(ctx, p, st); err != nil {
			return time.Time{}, err
		}
	}
}

// redriveUnknown is the error of a caller that does not learn whether an execution was
// redriven.
func (s *durable) redriveUnknown(ctx context.Context, id store.ID) error {
	if s.in.ctx.Err() != nil {
		return ErrClosed
	}
	return fmt.Errorf("interpreter: execution %s may or may not be redriven: %w", id, s.waitError(ctx))
}

// sleepBetween waits for d. It returns false if ctx ends or the interpreter is closed
// first.
func (s *durable) sleepBetween(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.in.ctx.Done():
	}
	return false
}

// copyStored returns a stored execution, its program and a copy of it.
func (s *durable) copyStored(ctx context.Context, id store.ID) (*store.State, *Program, *machine.Execution, error) {
	st, err := s.loadState(ctx, id)
	if err != nil {
		return nil, nil, nil, err
	}
	p, err := s.program(ctx, st.Head.Digest)
	if err != nil {
		return nil, nil, nil, err
	}
	x, err := s.restoreCopy(ctx, p, st)
	return st, p, x, err
}

func (s *durable) restoreCopy(ctx context.Context, p *Program, st *store.State) (*machine.Execution, error) {
	x := new(machine.Execution)
	_, err := s.restoreState(ctx, p, x, st)
	return x, err
}

// refreshEnded has the handle of an execution that has ended follow it, if another
// process of a shared store has redriven it since.
func (s *durable) refreshEnded(ctx context.Context, e *Execution) error {
	if !s.isShared() || insideHook() || e.isPassive() || e.Status() == Running {
		return nil
	}
	st, err := s.loadState(ctx, e.stored.id)
	if err != nil {
		return err
	}
	reply := make(chan error, 1)
	e.deliverMail(&mail{visit: func(*driver) { e.markStale(st.Version, false) }, reply: reply, present: true}, keepNone)
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return fmt.Errorf("interpreter: loading execution %s: %w", e.stored.id, contextError(ctx))
	case <-s.in.ctx.Done():
		return ErrClosed
	}
}

// refreshClaimed is refreshEnded for an execution that this process has claimed.
func (e *Execution) refreshClaimed(version uint64) {
	if e.Status() != Running {
		e.deliverMail(&mail{visit: func(*driver) { e.markStale(version, true) }}, keepNone)
	}
}

// markStale has an execution that has ended leave memory if the store has a later
// version; one that is claimed is then loaded. Only the driver calls it.
func (e *Execution) markStale(version uint64, claimed bool) {
	if e.x.Status == Running || e.drivingEnded() || e.stored.version >= version {
		return
	}
	e.stored.stale, e.stored.claimed = true, claimed
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status = Running
}
