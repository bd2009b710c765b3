package interpreter

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gostates/gostates/interpreter/store"
)

// deleteGroup is how many executions are deleted at a time, so that others are not
// held up.
const deleteGroup = 100

// Delete removes executions that have ended from the store, with their histories.
// Their names can be used again, and tokens of their tasks are [ErrTaskTimedOut].
// Executions that the store does not have are ignored.
//
// An execution that runs is left alone, and so is one that a running execution has
// started, which may still need its result: the error wraps [ErrRunning] and names
// each of them. A damaged one is deleted if the store knows that it has ended;
// otherwise the error wraps [store.ErrCorrupt]. The others are deleted. An error of
// the store or of ctx ends the call; then some may be deleted.
func (in *Interpreter) Delete(ctx context.Context, ids ...store.ID) error {
	s := in.durable
	if s == nil {
		return errNoStore
	}
	var kept []error
	parents := make(map[store.ID]bool)
	for group := range slices.Chunk(ids, deleteGroup) {
		var ended, damaged []store.ID
		for _, id := range group {
			switch err := s.checkEnded(ctx, id, parents); {
			case err == nil:
				ended = append(ended, id)
			case errors.Is(err, store.ErrCorrupt): // the store knows whether it has ended
				ended, damaged = append(ended, id), append(damaged, id)
			case errors.Is(err, ErrRunning):
				kept = append(kept, err)
			case !errors.Is(err, store.ErrNotFound):
				return errors.Join(append(kept, err)...)
			}
		}
		if err := s.deleteEnded(ctx, ended); err != nil {
			return errors.Join(append(kept, err)...)
		}
		for _, id := range damaged {
			if _, err := s.loadState(ctx, id); !errors.Is(err, store.ErrNotFound) {
				kept = append(kept, err)
			}
		}
	}
	return errors.Join(kept...)
}

// checkEnded returns why an execution must not be deleted.
func (s *durable) checkEnded(ctx context.Context, id store.ID, parents map[store.ID]bool) error {
	st, err := s.loadState(ctx, id)
	switch {
	case err != nil:
		return err
	case st.Head.Status == Running:
		return fmt.Errorf("interpreter: deleting execution %s (%s): %w", st.Head.Name, id, ErrRunning)
	}
	runs, err := s.parentRuns(ctx, st.Head.Parent, parents)
	if runs {
		err = fmt.Errorf("interpreter: deleting execution %s (%s): its parent %s: %w", st.Head.Name, id, st.Head.Parent, ErrRunning)
	}
	return err
}

// parentRuns reports whether the execution that has started another one runs: after
// a crash it looks for its child by name, and would start another if there were
// none. A parent that is damaged may run. known holds earlier answers.
func (s *durable) parentRuns(ctx context.Context, parent store.ID, known map[store.ID]bool) (bool, error) {
	if parent == (store.ID{}) {
		return false, nil
	}
	runs, asked := known[parent]
	if asked {
		return runs, nil
	}
	st, err := s.loadState(ctx, parent)
	switch {
	case err == nil:
		runs = st.Head.Status == Running
	case errors.Is(err, store.ErrCorrupt):
		runs = true
	case !errors.Is(err, store.ErrNotFound):
		return false, err
	}
	known[parent] = runs
	return runs, nil
}

// deleteEnded deletes executions that have ended, from memory too.
func (s *durable) deleteEnded(ctx context.Context, ids []store.ID) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := callStore(ctx, s, "deleting executions", func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.store.Delete(ctx, ids...)
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		delete(s.loaded, id)
		delete(s.handles, id)
	}
	return nil
}
