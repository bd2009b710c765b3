package interpreter

import (
	"context"
	"fmt"

	"github.com/gostates/gostates/interpreter/machine"
)

// Stop aborts the execution. The name of the error and the cause may be empty. It
// returns nil if the execution is stopped now or was stopped before. It interrupts
// a state that computes, and waits for a hook that is being called. If the
// execution has ended otherwise, the error is [ErrEnded]. If it is no longer
// driven, the error is [ErrClosed] or as of [Execution.Wait].
//
// ctx limits the wait, as in [Interpreter.SendTaskSuccess]: if it ends during the
// call, the error is that of ctx, and the execution will still be stopped unless it
// ends first.
//
// With Config.Store it also stops an execution that is parked because it needs a
// handler that this process does not have. One that cannot be loaded, because it is
// damaged, has diverged, or its definition is gone, cannot be stopped:
// [Interpreter.Delete] removes it.
//
// Inside a hook Stop does not wait: after nil the execution is stopped when the
// hook has returned, before anything else happens to it, unless the interpreter is
// closed.
func (e *Execution) Stop(ctx context.Context, name, cause string) error {
	if e.in.phase.Load() == phaseClosed {
		return ErrClosed
	}
	if ctx.Err() != nil {
		return fmt.Errorf("interpreter: execution %s was not stopped: %w", e.Name(), contextError(ctx))
	}
	if s := e.in.durable; s != nil {
		if err, _ := e.haltError(); err != nil {
			e = s.continuing(e)
		}
	}
	m := mail{event: machine.Event{Kind: machine.Stopped, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)}}
	if insideHook() {
		if insideStep() {
			return fmt.Errorf("interpreter: stopping execution %s in a hook called during a step: %w", e.Name(), ErrReentry)
		}
		if posted, err := e.postStopInHook(m); posted {
			return err
		}
	}
	if s := e.in.durable; s.isShared() && e.isPassive() {
		return s.requestShared(ctx, e.stored.id, "", m.event)
	}
	err := e.requestEvent(ctx, m)
	if err != nil && e.wasParked() { // meanwhile; what is parked can be stopped
		e = e.in.durable.continuing(e)
		err = e.requestEvent(ctx, m)
	}
	if e.stored != nil && isUnloadable(err) {
		err = cannotStop(err)
	}
	return err
}

// wasParked reports whether the execution was in memory and is parked.
func (e *Execution) wasParked() bool {
	if e.stored == nil {
		return false
	}
	err, _ := e.haltError()
	return err != nil && !isStoreFailure(err) && err != ErrLeaseLost && err != ErrClosed //nolint:errorlint // the error may be the host's
}

// cannotStop adds to the error of an execution that cannot be loaded how to get rid of
// it. Its end would be an event of a history that cannot be continued.
func cannotStop(err error) error {
	return fmt.Errorf("%w: it cannot be stopped; Interpreter.Delete removes it", err)
}

// postStopInHook leaves a Stopped event for an execution whose hook may be the
// caller. It returns false if the execution is not driven.
func (e *Execution) postStopInHook(m mail) (posted bool, err error) {
	if !e.isWatched() {
		return false, nil
	}
	mu := e.stepLock()
	mu.Lock()
	defer mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.driving || e.queued {
		return false, nil
	}
	if err, _ := e.haltErrorLocked(); err != nil || e.x.Status != Running {
		return true, e.stopError(err)
	}
	e.enqueueMail(m)
	return true, nil
}

// stopAsync stops the execution without waiting.
func (e *Execution) stopAsync(cause string) {
	e.deliverMail(&mail{event: machine.Event{Kind: machine.Stopped, Cause: nilIfEmpty(cause)}}, keepNone)
}

// stopResult is the result of Stop after its event was handled.
func (e *Execution) stopResult() error {
	err, _ := e.haltError()
	return e.stopError(err)
}

func (e *Execution) stopError(halted error) error {
	switch {
	case halted != nil:
		return halted
	case e.x.Status == Aborted:
		return nil
	case e.x.Status == Running:
		return ErrClosed
	}
	return fmt.Errorf("interpreter: stopping execution %s: %w: %s", e.Name(), ErrEnded, e.x.Status)
}

// stoppedByContext is the event with which the end of a context stops an execution.
func stoppedByContext(ctx context.Context) *machine.Event {
	return &machine.Event{Kind: machine.Stopped, Cause: nilIfEmpty(contextError(ctx).Error())}
}
