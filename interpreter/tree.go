package interpreter

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// ListTree iterates over an execution of the store and all that it and its descendants
// have started, in all namespaces: each before those that it has started, and these by
// the latest start first. An error ends the iteration; it is [store.ErrNotFound] if
// there is no such execution. Those that start or are deleted meanwhile may be left out,
// with their descendants.
func (in *Interpreter) ListTree(ctx context.Context, id store.ID) iter.Seq2[store.Listed, error] {
	return func(yield func(store.Listed, error) bool) {
		if in.durable == nil {
			yield(store.Listed{}, errNoStore)
			return
		}
		left := errors.New("the caller has left the iteration")
		err := in.durable.walkTree(ctx, id, func(l *store.Listed) error {
			if !yield(*l, nil) {
				return left
			}
			return nil
		})
		if err != nil && err != left { //nolint:errorlint // it is not wrapped
			yield(store.Listed{}, err)
		}
	}
}

// walkTree calls f with an execution and its descendants.
func (s *durable) walkTree(ctx context.Context, id store.ID, f func(*store.Listed) error) error {
	st, err := s.loadState(ctx, id)
	if err != nil {
		return err
	}
	var walk func(l *store.Listed, path []store.ID) error
	walk = func(l *store.Listed, path []store.ID) error {
		if err := f(l); err != nil {
			return err
		}
		return s.eachChild(ctx, append(path, l.ID), walk)
	}
	return walk(&store.Listed{ID: id, Head: st.Head}, nil)
}

// eachChild calls f with the executions that the last one of a path has started, and
// with the path.
func (s *durable) eachChild(ctx context.Context, path []store.ID, f func(l *store.Listed, path []store.ID) error) error {
	for l, err := range s.listAll(ctx, store.Query{Parent: path[len(path)-1]}) {
		switch {
		case err != nil:
			return err
		case slices.Contains(path, l.ID):
			return fmt.Errorf("interpreter: the store says that execution %s has started itself", l.ID)
		}
		if err := f(&l, path); err != nil {
			return err
		}
	}
	return nil
}

// treePause is the pause between two looks at a tree whose executions are being stopped
// by other processes.
const treePause = 50 * time.Millisecond

// StopTree stops an execution of the store and all that it and its descendants have
// started, also those that a parent does not wait for. Each is stopped before those that
// it has started. It returns nil when none of them runs any longer. Executions that
// cannot be stopped are passed over, and the error has a line for each.
//
// An error of the store or of ctx ends the call; then some may be stopped, and the call
// can be repeated. Inside a hook it is [ErrReentry].
func (in *Interpreter) StopTree(ctx context.Context, id store.ID, name, cause string) error {
	s := in.durable
	switch {
	case s == nil:
		return errNoStore
	case insideHook():
		return fmt.Errorf("interpreter: stopping a tree of executions: %w", ErrReentry)
	}
	asked := make(map[store.ID]bool)
	var failed []error
	passed := make(map[store.ID]bool) // those that cannot be stopped
	for {
		running, progress := false, false
		err := s.walkTree(ctx, id, func(l *store.Listed) error {
			if l.Status != Running || passed[l.ID] {
				return nil
			}
			running = true
			if asked[l.ID] {
				return nil
			}
			err := s.stopStored(ctx, l.ID, name, cause)
			switch {
			case err == nil:
				asked[l.ID], progress = true, true
			case isError(err, ErrEnded) || isError(err, store.ErrNotFound):
			case ctx.Err() != nil || isStoreFailure(err) || isError(err, ErrClosed):
				return err
			default:
				passed[l.ID] = true
				failed = append(failed, err)
			}
			return nil
		})
		if err != nil || !running {
			return errors.Join(append(failed, err)...)
		}
		if !progress && !sleepUntil(ctx, treePause) {
			return errors.Join(append(failed, fmt.Errorf("interpreter: stopping a tree of executions: %w", contextError(ctx)))...)
		}
	}
}

// stopStored is [Execution.Stop] for an execution of the store.
func (s *durable) stopStored(ctx context.Context, id store.ID, name, cause string) error {
	s.mu.Lock()
	e := s.handle(id)
	s.mu.Unlock()
	if err := e.visitStored(ctx, func(*machine.Execution) {}); err != nil {
		return err
	}
	return e.Stop(ctx, name, cause)
}

// DeleteTree is [Interpreter.Delete] of an execution and all that it and its descendants
// have started, in small groups, the last descendants first. An execution is kept as
// long as one of those that it has started is, so that the call can be repeated.
func (in *Interpreter) DeleteTree(ctx context.Context, id store.ID) error {
	s := in.durable
	if s == nil {
		return errNoStore
	}
	if st, err := s.loadState(ctx, id); err == nil && st.Head.Status == Running {
		if err := s.checkDeletable(ctx, id, nil); err != nil {
			return err
		}
	}
	var kept []error
	// deleteBelow deletes the descendants of the last one of a path, and reports whether
	// all are deleted.
	var deleteBelow func(path []store.ID) (all bool, err error)
	deleteIDs := func(ids []store.ID) (all bool, err error) {
		err = in.Delete(ctx, ids...)
		if err != nil && (isError(err, ErrRunning) || isError(err, store.ErrCorrupt)) && ctx.Err() == nil {
			kept = append(kept, err)
			return false, nil
		}
		return err == nil, err
	}
	deleteBelow = func(path []store.ID) (bool, error) {
		all := true
		var group []store.ID
		flush := func() error {
			deleted, err := deleteIDs(group)
			all, group = all && deleted, group[:0]
			return err
		}
		err := s.eachChild(ctx, path, func(l *store.Listed, path []store.ID) error {
			if l.Status == Running {
				if err := s.checkDeletable(ctx, l.ID, nil); isError(err, ErrRunning) {
					all, kept = false, append(kept, err)
					return nil
				}
			}
			below, err := deleteBelow(append(path, l.ID))
			if err != nil {
				return err
			}
			if !below {
				all = false
				return nil
			}
			if group = append(group, l.ID); len(group) == deleteGroup {
				return flush()
			}
			return nil
		})
		if err == nil {
			err = flush()
		}
		return all, err
	}
	all, err := deleteBelow([]store.ID{id})
	if err == nil && all {
		_, err = deleteIDs([]store.ID{id})
	}
	return errors.Join(append(kept, err)...)
}
