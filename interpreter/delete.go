package interpreter

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
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
// each of them. One that is parked because its handler is missing also runs: Stop it
// first. The others are deleted. An error of the store or of ctx ends the call; then
// some may be deleted.
//
// An execution that runs and cannot be loaded is deleted, since nothing can stop it:
// its stored bytes are damaged, it has diverged ([machine.ErrDiverged]), or its
// definition is gone. In a store of several processes another one may be able to load
// one whose bytes are intact; it must be parked before it is deleted. Those who wait
// for it get [store.ErrNotFound]. A parent that waits for it starts it again. Its own
// children are left alone. A process that lacks the key of Config.Codec cannot tell what is
// damaged: for it the execution runs.
func (in *Interpreter) Delete(ctx context.Context, ids ...store.ID) error {
	s := in.durable
	if s == nil {
		return errNoStore
	}
	var kept []error
	parents := make(map[store.ID]bool)
	for group := range slices.Chunk(ids, deleteGroup) {
		var unneeded, damaged []store.ID
		for _, id := range group {
			switch err := s.checkDeletable(ctx, id, parents); {
			case err == nil:
				unneeded = append(unneeded, id)
			case isError(err, store.ErrCorrupt): // the store decides
				unneeded, damaged = append(unneeded, id), append(damaged, id)
			case isError(err, ErrRunning):
				kept = append(kept, err)
			case !isError(err, store.ErrNotFound):
				return errors.Join(append(kept, err)...)
			}
		}
		if err := s.deleteEnded(ctx, unneeded); err != nil {
			return errors.Join(append(kept, err)...)
		}
		for _, id := range damaged {
			if _, err := s.loadState(ctx, id); !isError(err, store.ErrNotFound) {
				kept = append(kept, err)
			}
		}
	}
	return errors.Join(kept...)
}

// checkDeletable returns why an execution must not be deleted. One that runs and cannot
// be loaded is ended in the store.
func (s *durable) checkDeletable(ctx context.Context, id store.ID, parents map[store.ID]bool) error {
	st, err := s.loadState(ctx, id)
	switch {
	case err != nil:
		return err
	case st.Head.Status == Running:
		return s.endUnloadable(ctx, st)
	}
	runs, err := s.parentRuns(ctx, st.Head.Parent, parents)
	if runs {
		err = fmt.Errorf("interpreter: deleting execution %s (%s): its parent %s: %w", st.Head.Name, id, st.Head.Parent, ErrRunning)
	}
	return err
}

// endUnloadable stores that an execution has ended which nobody can continue, so that
// it can be deleted. The error is ErrRunning if somebody can.
func (s *durable) endUnloadable(ctx context.Context, st *store.State) error {
	reason, err := s.whyUnloadable(ctx, st)
	if err != nil {
		return err
	}
	running := fmt.Errorf("interpreter: deleting execution %s (%s): %w", st.Head.Name, st.ID, ErrRunning)
	if reason == nil {
		return running
	}
	head := st.Head
	head.Status, head.Due, head.Ended, head.Parked = Aborted, store.Never, time.Now(), ""
	if head.Ended.Before(head.Started) {
		head.Ended = head.Started
	}
	change := store.Change{ID: st.ID, Version: st.Version + 1, Head: &head, Owner: s.lease.currentOwner()}
	change.Record = []byte{noFormat} // not a change of the head alone, after which others may continue
	err = s.commitChanges(ctx, "ending execution "+st.ID.String(), []store.Change{change})
	if isError(err, store.ErrConflict) { // it was parked, or continues
		again, err := s.loadState(ctx, st.ID)
		if err != nil || again.Version == st.Version {
			return cmp.Or(err, running)
		}
		return s.endUnloadable(ctx, again)
	}
	return err
}

// whyUnloadable returns why a state that runs cannot be loaded, here and in other
// processes, or nil if it can. The error is that of the store or of ctx.
func (s *durable) whyUnloadable(ctx context.Context, st *store.State) (reason, err error) {
	p, err := s.program(ctx, st.Head.Digest)
	if err == nil {
		_, err = s.restoreState(ctx, p, new(machine.Execution), st)
	}
	switch {
	case err == nil:
		return nil, nil
	case ctx.Err() != nil || isStoreFailure(err) || isError(err, ErrClosed):
		return nil, err
	case s.isShared() && st.Head.Parked == "" && !isError(err, store.ErrCorrupt):
		return nil, nil
	}
	if readable, failed := s.readsDefinition(ctx, st.Head.Digest); failed != nil || !readable || isError(err, store.ErrNoKey) {
		return nil, failed
	}
	return err, nil
}

// readsDefinition reports whether this process has the codec and the key of a stored
// definition. If it does not, it cannot tell whether other contents are damaged.
func (s *durable) readsDefinition(ctx context.Context, digest string) (bool, error) {
	data, err := callStore(ctx, s, "loading the definition "+digest, func(ctx context.Context) ([]byte, error) {
		return s.store.Definition(ctx, digest)
	})
	switch {
	case isError(err, store.ErrNotFound) || isError(err, store.ErrCorrupt):
		return true, nil
	case err != nil:
		return false, err
	}
	data, err = s.decodeContent(ctx, store.Content{Kind: store.ContentDefinition, Digest: digest}, data)
	if ctx.Err() != nil || isError(err, ErrClosed) {
		return false, err
	}
	return err == nil && bytes.HasPrefix(data, []byte("{")), nil
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
	case isError(err, store.ErrCorrupt):
		runs = true
	case !isError(err, store.ErrNotFound):
		return false, err
	}
	known[parent] = runs
	return runs, nil
}

// deleteEnded deletes executions that have ended, from memory too. Handles of one that
// was not known to have ended find out.
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
	var waited []*Execution
	s.mu.Lock()
	for _, id := range ids {
		if e := s.handles[id].Value(); e != nil && e.isAwaited() {
			waited = append(waited, e)
		}
		delete(s.loaded, id)
		delete(s.handles, id)
		delete(s.parked, id)
		delete(s.unsaved, id)
	}
	s.mu.Unlock()
	for _, e := range waited {
		s.wakeAndDrive(e, &mail{})
	}
	return nil
}
