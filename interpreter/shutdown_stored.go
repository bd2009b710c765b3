package interpreter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// saveLoaded stores a snapshot of each execution whose records would have to be folded
// otherwise: of those in memory, and of those that have left it. Nothing is driven any
// longer.
func (s *durable) saveLoaded(ctx context.Context) error {
	s.mu.Lock()
	var changes []store.Change
	var namespaces []string
	for id, e := range s.loaded { // in any order: they are independent
		if e.stored.version == 0 || e.stored.tail == 0 || e.isHalted() {
			continue
		}
		snapshot, err := e.appendHostSnapshot(nil)
		if err != nil {
			continue // its records can be folded
		}
		changes = append(changes, store.Change{ID: id, Version: e.stored.version + 1, Snapshot: snapshot})
		namespaces = append(namespaces, e.stored.head.Namespace)
	}
	unsaved := slices.Collect(maps.Keys(s.unsaved)) // in any order too
	s.mu.Unlock()
	encoded := changes[:0]
	for i := range changes {
		if err := s.encodeChange(ctx, &changes[i], namespaces[i]); err == nil { // otherwise its records stay
			encoded = append(encoded, changes[i])
		}
	}
	changes = encoded
	for group := range slices.Chunk(changes, maxGroups) {
		if err := s.saveSnapshots(ctx, group); err != nil {
			return err
		}
	}
	for ids := range slices.Chunk(unsaved, deleteGroup) {
		changes = changes[:0]
		for _, id := range ids {
			c, err := s.snapshotPassive(ctx, id)
			if err != nil {
				return err
			}
			if c.Snapshot != nil {
				changes = append(changes, c)
			}
		}
		if err := s.saveSnapshots(ctx, changes); err != nil {
			return err
		}
	}
	return nil
}

// snapshotPassive makes the change that stores a snapshot of an execution that is not in
// memory. It has no Snapshot if none is needed. The error is that of the store or of ctx.
func (s *durable) snapshotPassive(ctx context.Context, id store.ID) (c store.Change, err error) {
	st, err := s.loadState(ctx, id)
	if err != nil && (ctx.Err() != nil || isStoreFailure(err)) {
		return c, err
	}
	if err != nil || st.Head.Status != Running || len(st.Records) == 0 {
		return c, nil
	}
	p, err := s.program(ctx, st.Head.Digest)
	if err != nil {
		return c, nil // it was loaded before, so that this is rare
	}
	var x machine.Execution
	tasks, err := s.restoreState(ctx, p, &x, st)
	c.ID, c.Version = id, st.Version+1
	if err == nil {
		c.Snapshot, err = appendSnapshot(nil, p, &x, tasks.sortTasks())
	}
	if err == nil {
		err = s.encodeChange(ctx, &c, st.Head.Namespace)
	}
	if err != nil {
		return store.Change{}, nil // its records stay
	}
	return c, nil
}

// saveSnapshots stores changes, without those of executions that other processes have
// changed.
func (s *durable) saveSnapshots(ctx context.Context, changes []store.Change) error {
	for len(changes) > 0 {
		group := changes
		conflict, err := callStore(ctx, s, "storing snapshots", func(ctx context.Context) (conflict *store.ConflictError, err error) {
			if err = s.store.Commit(ctx, group); errors.As(err, &conflict) { // may call methods of the store's error
				err = nil
			}
			return conflict, err
		})
		if err != nil || conflict == nil {
			return err
		}
		changes = slices.DeleteFunc(slices.Clone(group), func(c store.Change) bool { return slices.Contains(conflict.Versions, c.ID) })
		if len(changes) == len(group) {
			return fmt.Errorf("interpreter: storing snapshots: %w", conflict)
		}
	}
	return nil
}

// sendTaskEvent gives the event of a token's task to its execution.
func (s *durable) sendTaskEvent(ctx context.Context, token string, ev machine.Event) error {
	id, ok := machine.TokenExecution(token)
	if !ok || len(id) != len(store.ID{}) {
		return ErrInvalidToken
	}
	s.mu.Lock()
	e := s.handle(store.ID([]byte(id)))
	s.mu.Unlock()
	if s.isShared() && e.isPassive() {
		return s.requestShared(ctx, e.stored.id, token, ev)
	}
	t := new(Task)
	t.ensureExtras().token = token
	return e.requestEvent(ctx, mail{event: ev, task: t, special: mailToken})
}
