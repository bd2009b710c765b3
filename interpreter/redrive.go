package interpreter

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// RedriveOptions configure a redrive. The zero value works.
type RedriveOptions struct {
	// ClientToken makes the call idempotent: with the token of an earlier redrive of
	// the execution it does nothing and returns the time of that redrive, whatever has
	// happened since. A token whose redrive was refused is not used up. It has 1 to 64
	// characters of ASCII, without space and control characters. Default: none; each
	// call is a redrive of its own.
	ClientToken string
}

// longestClientToken is AWS's limit, in bytes.
const longestClientToken = 64

func (o *RedriveOptions) validate() error {
	n := len(o.ClientToken)
	if n > longestClientToken || strings.ContainsFunc(o.ClientToken, func(r rune) bool { return r < '!' || r > '~' }) {
		return fmt.Errorf("%w: %.80q", ErrInvalidClientToken, o.ClientToken)
	}
	return nil
}

// redriveTime holds the time of a redrive for the caller that has asked for it.
type redriveTime struct{ nanos atomic.Int64 }

func (t *redriveTime) set(at time.Time) {
	if t != nil {
		t.nanos.Store(at.UnixNano())
	}
}

// Redrive continues an execution that failed, timed out or was stopped, as AWS's
// RedriveExecution does: from the states that it was in, with the same definition,
// input and name. States that have been left are not run again, and tokens of
// earlier tasks are [ErrTaskTimedOut]. A Map Run continues with the children that did
// not succeed and the items that were never started. It returns the time of the redrive, in UTC,
// once the execution runs again and its history is recorded.
//
// The error is a *[machine.NotRedrivableError] if the execution runs, has
// succeeded, is EXPRESS or a child of a Map Run, has too long a history or has ended longer ago than
// Config.RedriveWindow. It is [ErrInvalidClientToken], [ErrExecutionAlreadyExists]
// if an execution that runs has taken its name, [ErrRunning] while a task of another
// execution needs the result, [ErrReentry] inside a hook, [store.ErrNotFound] if it
// was deleted, and otherwise as of [Execution.Stop]. If the call returns the error of
// ctx the execution may be redriven or not: repeat it with the same ClientToken.
func (e *Execution) Redrive(ctx context.Context, o RedriveOptions) (redriven time.Time, err error) {
	if s := e.in.durable; s != nil && e.in.phase.Load() == phaseOpen && ctx.Err() == nil && !insideHook() {
		st, err := s.loadState(ctx, e.stored.id)
		if err != nil { // it may be deleted
			return time.Time{}, err
		}
		if isMapChild(&st.Head) {
			return time.Time{}, refuseLabeled(st.Head.Name)
		}
	} else if s == nil && e.program.Load().IsChild() {
		return time.Time{}, refuseLabeled(e.Name())
	}
	return e.redrive(ctx, o)
}

// redrive is Redrive, also of a child of a Map Run.
func (e *Execution) redrive(ctx context.Context, o RedriveOptions) (redriven time.Time, err error) {
	const doing = "redriving an execution"
	switch {
	case e.in.phase.Load() != phaseOpen:
		return time.Time{}, ErrClosed
	case ctx.Err() != nil:
		return time.Time{}, fmt.Errorf("interpreter: "+doing+": %w", contextError(ctx))
	case insideHook():
		return time.Time{}, fmt.Errorf("interpreter: "+doing+": %w", ErrReentry)
	}
	if err := o.validate(); err != nil {
		return time.Time{}, err
	}
	if s := e.in.durable; s.isShared() {
		return s.redriveShared(ctx, e, o)
	}
	at := new(redriveTime)
	ev := machine.Event{Kind: machine.Redriven, ClientToken: o.ClientToken}
	if err := e.requestEvent(ctx, mail{event: ev, redrive: at}); err != nil {
		return time.Time{}, err
	}
	return nanoTime(at.nanos.Load()), nil
}

// Redrive is [Execution.Redrive] of a stored execution. It returns
// [store.ErrNotFound] if the store does not have it.
func (in *Interpreter) Redrive(ctx context.Context, id store.ID, o RedriveOptions) (redriven time.Time, err error) {
	s := in.durable
	if s == nil {
		return time.Time{}, errNoStore
	}
	s.mu.Lock()
	e := s.handle(id)
	s.mu.Unlock()
	return e.Redrive(ctx, o)
}

// redriveExecution makes the Step of a Redriven event, unless a redrive with its
// client token was made before.
func (d *driver) redriveExecution(e *Execution, ev *machine.Event, redriven *redriveTime) error {
	if e.drivingEnded() {
		return e.drivingEndedError()
	}
	if at, known := e.x.RedrivenBy(ev.ClientToken); known {
		redriven.set(at)
		return nil
	}
	now, err := d.stepTime(e)
	if err == nil {
		err = e.in.checkRedrive(e.program.Load(), &e.x, now)
	}
	if err != nil {
		return err
	}
	if err := e.in.reclaimName(e); err != nil {
		return fmt.Errorf("interpreter: redriving execution %s: %w", e.Name(), err)
	}
	if s := e.in.durable; s != nil {
		s.mu.Lock()
		s.loaded[e.stored.id] = e
		s.mu.Unlock()
		e.stored.known = nil // tasks of before
	}
	e.mu.Lock()
	e.status = Running // before x changes: see endErrorLocked
	if m := e.extras.Load(); m != nil {
		m.stop.Store(nil)
	}
	e.mu.Unlock()
	err = d.stepExecution(e, ev)
	_, at := e.x.Redrives()
	redriven.set(at)
	return err
}

// checkRedrive returns why an execution cannot be redriven now.
func (in *Interpreter) checkRedrive(p *Program, x *machine.Execution, now time.Time) error {
	err := p.CheckRedrive(x)
	if err == nil && now.UnixNano() >= in.redriveEnd(x) {
		err = p.NotRedrivable(x, machine.PeriodExceeded)
	}
	if err != nil {
		return fmt.Errorf("interpreter: redriving execution %s: %w", machine.ExecutionName(x.ID), err)
	}
	return nil
}

// redriveEnd returns from when on an execution that has ended cannot be redriven.
func (in *Interpreter) redriveEnd(x *machine.Execution) int64 {
	end := x.Time().UnixNano() + int64(in.window)
	if in.window > 0 && end < x.Time().UnixNano() {
		return never
	}
	return end
}

// scopesDue returns when the scopes of an execution that has ended are to be dropped.
func (in *Interpreter) scopesDue(x *machine.Execution) int64 {
	if !x.KeepsScopes() {
		return store.Never
	}
	return max(earliestDue, in.redriveEnd(x))
}

// dropExpiredScopes makes a stored execution that has ended small, if it cannot be
// redriven any longer.
func (d *driver) dropExpiredScopes(e *Execution) {
	if e.stored == nil || e.stored.stale || e.drivingEnded() || !e.x.KeepsScopes() {
		return
	}
	if now, err := e.in.currentTime(); err != nil || now.UnixNano() < e.in.scopesDue(&e.x) {
		return
	}
	if e.isWatched() {
		mu := e.stepLock() // a hook may take a Snapshot
		mu.Lock()
		defer mu.Unlock()
	}
	e.x.DropScopes()
	if len(e.program.Load().Children()) > 0 {
		e.stored.orphans++ // children that were kept for a redrive
	}
	d.openGroup(e)
}

// keepLarge says that an execution that has ended is not due any longer: it cannot be
// loaded to be made small.
func (s *durable) keepLarge(st *store.State) {
	now, err := s.in.currentTime()
	if due := st.Head.Due; err != nil || due > now.UnixNano() || due <= preparedDue {
		return
	}
	g := &group{head: st.Head}
	g.head.Due = store.Never
	g.change = store.Change{ID: st.ID, Version: st.Version + 1, Head: &g.head}
	s.committer.enqueueGroup(g)
}

// reclaimName registers the name of an execution again that has ended.
func (in *Interpreter) reclaimName(e *Execution) error {
	key := e.registryKey()
	in.mu.Lock()
	defer in.mu.Unlock()
	switch other := in.names.running[key]; {
	case e.kept:
		return fmt.Errorf("a task of another execution needs its result: %w", ErrRunning)
	case !e.named:
	case other != nil:
		return e.alreadyExists()
	default:
		in.names.running[key] = e
	}
	e.gone = false
	return nil
}
