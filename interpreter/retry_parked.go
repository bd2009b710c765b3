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
// not parked is left alone.
func (in *Interpreter) RetryParked(ctx context.Context, id store.ID) error {
	if in.durable == nil {
		return errNoStore
	}
	s := in.durable
	st, err := s.loadState(ctx, id)
	if err != nil && !isError(err, store.ErrCorrupt) {
		return err
	}
	s.mu.Lock()
	here := s.parked[id] != nil
	e := s.handle(id)
	s.mu.Unlock()
	if err == nil && st.Head.Parked == "" && !here {
		return nil
	}
	var parked error
	if err := e.visitLoaded(ctx, func(*machine.Execution) { parked, _ = e.haltError() }); err != nil {
		return err
	}
	return parked
}
