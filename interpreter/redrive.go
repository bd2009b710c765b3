package interpreter

import (
	"context"
	"fmt"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// Redrive continues an execution that failed, timed out or was stopped, as AWS's
// RedriveExecution does: from the states that it was in, with the same definition,
// input and name. States that have been left are not run again, and tokens of
// earlier tasks are [ErrTaskTimedOut]. It returns nil once the execution runs again
// and its history is recorded.
//
// The error is a *[machine.NotRedrivableError] if the execution runs, has
// succeeded, is EXPRESS or has too long a history. It is [ErrExecutionAlreadyExists]
// if an execution that runs has taken its name, [ErrRunning] while a task of another
// execution needs the result, [ErrReentry] inside a hook, and otherwise as of
// [Execution.Stop]. An execution can be redriven as long as its handle or its
// snapshot is kept: the host decides for how long, AWS allows 14 days.
func (e *Execution) Redrive(ctx context.Context) error {
	switch {
	case e.in.phase.Load() != phaseOpen:
		return ErrClosed
	case ctx.Err() != nil:
		return fmt.Errorf("interpreter: the execution was not redriven: %w", contextError(ctx))
	case insideHook():
		return fmt.Errorf("interpreter: redriving an execution: %w", ErrReentry)
	}
	return e.requestEvent(ctx, mail{event: machine.Event{Kind: machine.Redriven}})
}

// Redrive is [Execution.Redrive] of a stored execution. It returns
// [store.ErrNotFound] if the store does not have it.
func (in *Interpreter) Redrive(ctx context.Context, id store.ID) error {
	if in.durable == nil {
		return errNoStore
	}
	e, err := in.durable.openExecution(ctx, id)
	if err != nil {
		return err
	}
	return e.Redrive(ctx)
}

// redriveExecution makes the Step of the Redriven event.
func (d *driver) redriveExecution(e *Execution) error {
	if e.drivingEnded() {
		return e.drivingEndedError()
	}
	if err := e.program.CheckRedrive(&e.x); err != nil {
		return fmt.Errorf("interpreter: redriving execution %s: %w", e.Name(), err)
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
	return d.stepExecution(e, &machine.Event{Kind: machine.Redriven})
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
