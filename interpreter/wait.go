package interpreter

import (
	"context"
	"errors"
	"fmt"
)

// Wait waits until the execution has ended. The error is nil if it succeeded, and
// an *[ExecutionError] if it failed, timed out or was stopped. Otherwise it is
// [ErrClosed] if the interpreter was closed before, the error of a hook that halted
// the execution (see [HookError]), [ErrReentry] inside a hook unless the execution
// has ended, or the error of ctx, which limits the wait and does not stop the
// execution. It is [ErrRunning] if the execution was redriven before Wait could tell
// how it had ended.
//
// With Config.Store it is also [ErrLeaseLost], or why the execution was parked while it
// went on. Then this Execution follows it no longer, and stays Running. The execution is
// tried again: [Interpreter.Execution] returns one that follows it, and
// [Interpreter.Describe] its status.
func (e *Execution) Wait(ctx context.Context) error {
	if insideHook() && !e.isOver() {
		return fmt.Errorf("interpreter: waiting for execution %s: %w", e.Name(), ErrReentry)
	}
	if ctx.Err() != nil && !e.isOver() { // a virtual clock must not jump for it
		return e.waitError(ctx)
	}
	resting := e.countRestingHandler(ctx)
	done, err := e.beginWait(resting)
	if done == nil {
		return err
	}
	defer e.endWait(resting) // also if a hook ends the goroutine, on which a virtual clock may jump
	e.in.durable.watch(e)    // without mu, which is locked after that of durable
	for {
		if v := e.in.virtual; v != nil {
			v.jumpToDeadlines(done, ctx, e.in.ctx)
		}
		select {
		case <-done:
			return e.endError()
		default:
		}
		select {
		case <-done:
			return e.endError()
		case <-ctx.Done():
			return e.waitError(ctx)
		case <-e.in.ctx.Done():
			return ErrClosed
		case <-e.in.virtual.jumpSignal():
		}
	}
}

// waitError is the error of a wait whose ctx has ended.
func (e *Execution) waitError(ctx context.Context) error {
	return fmt.Errorf("interpreter: waiting for execution %s: %w", e.Name(), contextError(ctx))
}

// beginWait counts a waiter and returns a channel that is closed at the end. After the
// end it returns nil and the result of Wait.
func (e *Execution) beginWait(resting int) (done <-chan struct{}, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.isOverLocked() {
		return nil, e.endErrorLocked()
	}
	m := e.ensureExtras()
	if m.done == nil {
		m.done = make(chan struct{})
	}
	m.waiting++
	m.resting += resting
	e.in.virtual.countWaiters(1)
	e.in.countHandlers(-resting)
	return m.done, nil
}

// endWait undoes beginWait, unless the end of the execution has.
func (e *Execution) endWait(resting int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.isOverLocked() {
		m := e.ensureExtras()
		m.waiting--
		m.resting -= resting
		e.in.countHandlers(resting)
		e.in.virtual.countWaiters(-1)
	}
}

// countRestingHandler returns 1 if the caller is a handler that waits, with its
// context, for an execution under the same virtual clock as its own, and 0 otherwise.
// The clock may jump meanwhile.
func (e *Execution) countRestingHandler(ctx context.Context) int {
	if e.in.virtual == nil {
		return 0
	}
	if t := TaskFrom(ctx); t != nil && t.execution != nil && t.execution.in.virtual == e.in.virtual && insideHandler() {
		return 1
	}
	return 0
}

// endError returns the result of Wait after the end.
func (e *Execution) endError() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.endErrorLocked()
}

// endErrorLocked is endError for a caller that holds mu. After the end, x only
// changes in a redrive, which sets status under mu before.
func (e *Execution) endErrorLocked() error {
	if m := e.extras.Load(); m != nil && m.err != nil {
		return m.err
	}
	switch e.status {
	case Succeeded:
		return nil
	case Running:
		return ErrRunning
	}
	return e.executionError()
}

// contextError returns the error of a context together with its cause.
func contextError(ctx context.Context) error {
	err, why := ctx.Err(), context.Cause(ctx)
	if why == nil || errors.Is(err, why) {
		return err
	}
	return fmt.Errorf("%w: %w", err, why)
}
