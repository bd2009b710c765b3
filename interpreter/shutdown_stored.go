package interpreter

import (
	"context"
	"slices"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// saveLoaded stores a snapshot of each execution in memory whose records would have
// to be folded otherwise. Nothing is driven any longer.
func (s *durable) saveLoaded(ctx context.Context) error {
	s.mu.Lock()
	var changes []store.Change
	for id, e := range s.loaded { // in any order: they are independent
		if e.stored.version == 0 || e.stored.tail == 0 || e.isHalted() {
			continue
		}
		snapshot, err := e.appendHostSnapshot(nil)
		if err != nil {
			continue // its records can be folded
		}
		changes = append(changes, store.Change{ID: id, Version: e.stored.version + 1, Snapshot: snapshot})
	}
	s.mu.Unlock()
	for group := range slices.Chunk(changes, maxGroups) {
		if err := s.commitChanges(ctx, "storing snapshots", group); err != nil {
			return err
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
	return e.requestEvent(ctx, mail{event: ev, task: &Task{token: token}, special: mailToken})
}
