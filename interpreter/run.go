package interpreter

import (
	"context"
	"errors"
	"fmt"

	"github.com/gostates/gostates/interpreter/machine"
)

// Run runs an execution to its end and returns its output, converted to T as
// [value.Decode] does: Run[any] returns maps, []any and float64 as encoding/json does,
// Run[json.RawMessage] the JSON, and Run[*value.Object] an object whose members are in
// their order. Functions of package value other than [value.From] do not take maps. The
// input is as in [Interpreter.Start]. Handlers see the
// values of ctx. If ctx ends first, the execution is stopped and Run returns the
// error of ctx. Other errors are as of [Execution.Wait].
//
// With Config.Store, Run does not wait until it is stored that the execution is
// stopped. If the store fails, the error has that of the store.
//
// An EXPRESS program runs as with StartSyncExecution: its context object has no
// RedriveCount.
//
// If ctx cannot end, a handler may run on the calling goroutine.
func Run[T any](ctx context.Context, in *Interpreter, p *Program, input any) (T, error) {
	var output T
	e, err := in.runExecution(ctx, p, input)
	if err != nil {
		return output, err
	}
	err = e.Decode(&output)
	return output, err
}

func (in *Interpreter) runExecution(ctx context.Context, p *Program, input any) (*Execution, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("interpreter: run: %w", contextError(ctx))
	}
	if insideHook() {
		return nil, fmt.Errorf("interpreter: run: %w", ErrReentry)
	}
	e, _, err := in.createExecution(ctx, p, input, &StartOptions{Synchronous: true})
	if err != nil {
		return nil, err
	}
	k := keepAlone
	if ctx.Done() != nil {
		k = keepNone
	}
	if ctx != context.Background() {
		e.ensureExtras().values = context.WithoutCancel(ctx)
	}
	t := e.driveUntilDone(ctx, true, &mail{event: machine.Event{Kind: machine.Started}}, k)
	for t != nil {
		t = in.runInline(t)
	}
	return e, e.waitOrStop(ctx)
}

// runInline runs a task on the calling goroutine. It returns the next task to run
// there, or nil.
func (in *Interpreter) runInline(t *Task) (next *Task) {
	m := mail{task: t, counted: true}
	ok := in.runHandlerInline(t, &m.event)
	m.event.Task = t.id
	defer in.countHandlers(-1)
	if !ok {
		t.execution.deliverMail(&mail{visit: func(*driver) {}, counted: true}, keepNone) // arms the timer
		return nil
	}
	return t.execution.deliverMail(&m, keepAlone)
}

// runHandlerInline is Task.runHandler for a goroutine that is not a worker. It
// releases the worker slot, or leaves that to handleGoexit.
func (in *Interpreter) runHandlerInline(t *Task, ev *machine.Event) bool {
	returned := false
	defer func() {
		if returned {
			in.releaseWorkerSlot()
		} else {
			go func() {
				defer in.uncountDrive()
				in.handleGoexit(t)
			}()
		}
	}()
	ok := t.runHandler(ev)
	returned = true
	return ok
}

// waitOrStop waits for the end, and stops the execution if ctx ends first.
func (e *Execution) waitOrStop(ctx context.Context) error {
	err := e.Wait(ctx)
	switch {
	case err == nil || ctx.Err() == nil:
		return err
	case e.Status() == Aborted: // by ctx, perhaps during a Step
		return fmt.Errorf("interpreter: run of execution %s: %w", e.Name(), contextError(ctx))
	case e.isOver():
		return e.endError()
	}
	if e.stored != nil { // which the store may keep waiting for ever
		err := fmt.Errorf("interpreter: run of execution %s: %w", e.Name(), e.in.durable.waitError(ctx))
		e.stopAsync(contextError(ctx).Error())
		return err
	}
	switch err := e.Stop(context.WithoutCancel(ctx), "", contextError(ctx).Error()); {
	case err == nil:
		return fmt.Errorf("interpreter: run of execution %s: %w", e.Name(), contextError(ctx))
	case errors.Is(err, ErrEnded):
		return e.endError()
	default:
		return err
	}
}
