package interpreter

import (
	"context"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// RetryParked tries at once to continue a parked execution, for example after its
// handler was repaired, instead of at the time of the next attempt. The error is nil
// if it continues, or has ended; otherwise why it is still parked,
// [store.ErrNotFound], or that of ctx, which only ends the wait. An execution that is
// not parked is loaded, and otherwise left alone.
func (in *Interpreter) RetryParked(ctx context.Context, id store.ID) error {
	if in.durable == nil {
		return errNoStore
	}
	s := in.durable
	s.mu.Lock()
	e := s.handle(id)
	s.mu.Unlock()
	var parked error
	if err := e.visitStored(ctx, func(*machine.Execution) { parked, _ = e.haltError() }); err != nil {
		return err
	}
	return parked
}
