package interpreter

import (
	"context"
	"time"

	"github.com/gostates/gostates/interpreter/internal/hosterr"
)

// Draining returns a channel for a handler that is closed when
// [Interpreter.Shutdown] begins, before the context of the handler ends. The handler
// may then stop at a good place and return [ErrShutdown], wrapped or not: its attempt
// is dropped instead of failed, and the task stays outstanding. A snapshot has it, and
// a restored execution delivers it again without a Retry.
//
// ctx is the context of a handler, or derived from it. Of any other the channel is
// nil.
func Draining(ctx context.Context) <-chan struct{} {
	t := TaskFrom(ctx)
	switch {
	case t == nil:
		return nil
	case t.execution == nil:
		return t.outsideWork().Draining
	}
	return t.execution.in.draining
}

// startDraining closes the channel of Draining.
func (in *Interpreter) startDraining() { in.drainOnce.Do(func() { close(in.draining) }) }

// sleepUntilDraining sleeps. It returns false if the interpreter shuts down or is closed.
func (in *Interpreter) sleepUntilDraining(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return !isClosed(in.draining)
	case <-in.draining: // by Close too
		return false
	}
}

// wasInterrupted reports whether err says that the handler stopped because the
// interpreter shuts down. After Close all results are dropped anyway.
func (t *Task) wasInterrupted(err error) bool {
	if t.execution == nil && !isClosed(t.outsideWork().Draining) || t.execution != nil && t.execution.in.phase.Load() == phaseOpen {
		return false
	}
	shutdown, _ := hosterr.Inspect(err, ErrShutdown)
	return shutdown
}
