package api

import (
	"context"
	"errors"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
)

// removeMachine stops the executions of a machine that is being deleted, removes them and
// then the machine. Another call may have done so, and the machine be a new one. It stays
// DELETING while an execution of another machine runs that has started one of its
// executions: after a crash that one looks for it. The next call goes on then.
func (s *Server) removeMachine(ctx context.Context, arn string) error {
	end, err := s.removing.beginAlone(ctx, arn)
	if err != nil {
		return err
	}
	defer end()
	m, err := s.records.Machine(arn)
	if err != nil || !m.Deleting {
		return nil //nolint:nilerr // it is gone
	}
	cause, kept := "State machine "+m.Name+" has been deleted", false
	for l, err := range s.in.ListAll(ctx, store.Query{Machine: arn}) {
		if err != nil {
			return err
		}
		removed, err := s.removeExecution(ctx, l.ID, cause)
		if err != nil {
			return err
		}
		kept = kept || !removed
	}
	if kept {
		return nil
	}
	return s.records.RemoveMachine(ctx, arn)
}

// removeExecution stops an execution and removes it. One that cannot be loaded cannot be
// stopped, and is removed. It returns false for one that is stopped and that another
// execution needs.
func (s *Server) removeExecution(ctx context.Context, id store.ID, cause string) (removed bool, err error) {
	const most = 3 // the program may redrive it meanwhile, or another call delete a part of it
	var failed error
	for range most {
		stopped := s.in.StopTree(ctx, id, asl.StatesRuntime, cause)
		err = s.in.DeleteTree(ctx, id)
		switch {
		case err == nil || errors.Is(err, store.ErrNotFound):
			return true, nil
		case errors.Is(errors.Join(stopped, err), interpreter.ErrLeaseLost):
			failed = errors.Join(stopped, err)
		case stopped != nil || !errors.Is(err, interpreter.ErrRunning):
			return false, errors.Join(stopped, err)
		default:
			failed = nil
		}
	}
	return false, failed
}
