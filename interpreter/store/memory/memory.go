// Package memory keeps executions in memory, for tests: they end with the process.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// Store is a [store.Store] in memory. It is safe for concurrent use. Due looks only
// at the executions that it returns; List and Count look at all.
type Store struct {
	mu          sync.RWMutex
	executions  map[store.ID]*execution
	names       map[nameKey]store.ID
	due         dueIndex
	definitions map[string][]byte
}

type execution struct {
	head     store.Head
	snapshot []byte
	since    uint64   // version of snapshot
	records  [][]byte // of all versions, from 1

	owner store.Owner  // in a Shared store: the last one, whose lease may have expired
	posts []store.Post // in a Shared store
}

type nameKey struct{ namespace, machine, name string }

func nameOf(h *store.Head) nameKey { return nameKey{h.Namespace, h.Machine, h.Name} }

// New returns an empty store.
func New() *Store {
	return &Store{
		executions:  map[store.ID]*execution{},
		names:       map[nameKey]store.ID{},
		definitions: map[string][]byte{},
	}
}

var _ store.Store = (*Store)(nil)

// Commit stores all changes or none: see [store.Store].
func (s *Store) Commit(ctx context.Context, changes []store.Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.checkChanges(changes); err != nil {
		return err
	}
	for i := range changes {
		s.applyChange(&changes[i])
	}
	return nil
}

// checkChanges returns why the changes cannot be stored, or nil.
func (s *Store) checkChanges(changes []store.Change) error {
	var conflict store.ConflictError
	seen := make(map[store.ID]bool, len(changes))
	fresh := map[nameKey]bool{} // names of the new executions of this call
	for i := range changes {
		c := &changes[i]
		if seen[c.ID] {
			return fmt.Errorf("store: execution %v has two changes in one Commit", c.ID)
		}
		seen[c.ID] = true
		x := s.executions[c.ID]
		switch {
		case s.holdsVersion(x, c):
		case x == nil && c.Version != 1, x != nil && c.Version != uint64(len(x.records))+1:
			conflict.Versions = append(conflict.Versions, c.ID)
		case x == nil && c.Head == nil:
			return fmt.Errorf("store: version 1 of execution %v has no Head", c.ID)
		case x == nil:
			key := nameOf(c.Head)
			if _, taken := s.names[key]; taken || fresh[key] {
				conflict.Names = append(conflict.Names, c.ID)
			}
			fresh[key] = true
		case c.Head != nil && nameOf(c.Head) != nameOf(&x.head):
			return fmt.Errorf("store: version %d of execution %v changes its name", c.Version, c.ID)
		}
	}
	if len(conflict.Versions)+len(conflict.Names) > 0 {
		return &conflict
	}
	return nil
}

// holdsVersion reports whether the change is stored already.
func (s *Store) holdsVersion(x *execution, c *store.Change) bool {
	return x != nil && c.Version-1 < uint64(len(x.records)) && bytes.Equal(x.records[c.Version-1], c.Record)
}

// applyChange stores a change that checkChanges has accepted.
func (s *Store) applyChange(c *store.Change) {
	x := s.executions[c.ID]
	switch {
	case s.holdsVersion(x, c):
		return
	case x == nil:
		x = &execution{head: store.Head{Due: store.Never}, owner: c.Owner}
		s.executions[c.ID] = x
		s.names[nameOf(c.Head)] = c.ID
		if c.Definition != nil {
			s.keepDefinition(c.Head.Digest, c.Definition)
		}
	}
	before := x.placeOf(c.ID)
	x.records = append(x.records, bytes.Clone(c.Record))
	if c.Snapshot != nil {
		x.snapshot, x.since = bytes.Clone(c.Snapshot), c.Version
	}
	if c.Head != nil {
		x.head = *c.Head
		x.head.Tags = maps.Clone(c.Head.Tags)
	}
	if len(c.Posts) > 0 {
		x.posts = slices.DeleteFunc(x.posts, func(p store.Post) bool { return slices.Contains(c.Posts, p.Number) })
	}
	s.due.movePlace(before, x.placeOf(c.ID))
}

// placeOf returns the execution's place in the order of Due.
func (x *execution) placeOf(id store.ID) store.Place {
	if len(x.posts) > 0 {
		return store.Place{Due: store.Now, ID: id}
	}
	return store.Place{Due: x.head.Due, ID: id}
}

// stateOf returns what is stored of an execution. The caller shares the bytes, which
// never change.
func (x *execution) stateOf(id store.ID) store.State {
	head := x.head
	head.Due = x.placeOf(id).Due
	return store.State{
		ID:       id,
		Version:  uint64(len(x.records)),
		Head:     head,
		Snapshot: x.snapshot,
		Since:    x.since,
		Records:  slices.Clip(x.records[x.since:]),
	}
}

// Load returns an execution, or [store.ErrNotFound].
func (s *Store) Load(ctx context.Context, id store.ID) (*store.State, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x := s.executions[id]
	if x == nil {
		return nil, store.ErrNotFound
	}
	state := x.stateOf(id)
	return &state, nil
}

// Find returns the ID of the execution with a name, or [store.ErrNotFound].
func (s *Store) Find(ctx context.Context, namespace, machine, name string) (store.ID, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := ctx.Err(); err != nil {
		return store.ID{}, err
	}
	id, found := s.names[nameKey{namespace, machine, name}]
	if !found {
		return store.ID{}, store.ErrNotFound
	}
	return id, nil
}

// PutDefinition keeps a definition unless its digest is known.
func (s *Store) PutDefinition(ctx context.Context, digest string, definition []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	s.keepDefinition(digest, definition)
	return nil
}

func (s *Store) keepDefinition(digest string, definition []byte) {
	if _, known := s.definitions[digest]; !known {
		s.definitions[digest] = bytes.Clone(definition)
	}
}

// Definition returns the definition of a digest, or [store.ErrNotFound].
func (s *Store) Definition(ctx context.Context, digest string) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	definition, known := s.definitions[digest]
	if !known {
		return nil, store.ErrNotFound
	}
	return definition, nil
}

// Due returns executions that are due: see [store.Store].
func (s *Store) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var states []store.State
	for place := range s.due.placesAfter(after) {
		if place.Due > until || len(states) >= limit {
			break
		}
		states = append(states, s.executions[place.ID].stateOf(place.ID))
	}
	return states, nil
}

// Records calls f with the records of an execution: see [store.Store]. It holds no
// lock meanwhile.
func (s *Store) Records(ctx context.Context, id store.ID, after uint64, f func(version uint64, record []byte) bool) error {
	s.mu.RLock()
	var records [][]byte
	if x := s.executions[id]; x != nil {
		records = x.records
	}
	s.mu.RUnlock()
	for version := after; version < uint64(len(records)); version++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !f(version+1, records[version]) {
			break
		}
	}
	return ctx.Err()
}

// List returns a page of heads: see [store.Store].
func (s *Store) List(ctx context.Context, q store.Query) ([]store.Listed, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var page []store.Listed
	for id, x := range s.executions {
		l := store.Listed{ID: id, Head: x.head}
		if q.Selects(&x.head) && (q.After == nil || q.After.Compare(l) < 0) {
			page = append(page, l)
		}
	}
	slices.SortFunc(page, store.Listed.Compare)
	limit := q.Limit
	if limit == 0 {
		limit = store.DefaultLimit
	}
	return page[:min(limit, len(page))], nil
}

// Count returns the number of executions that q selects, by status.
func (s *Store) Count(ctx context.Context, q store.Query) (map[machine.Status]int64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	counts := map[machine.Status]int64{}
	for _, x := range s.executions {
		if q.Selects(&x.head) {
			counts[x.head.Status]++
		}
	}
	return counts, nil
}

// Delete removes executions that have ended.
func (s *Store) Delete(ctx context.Context, ids ...store.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, id := range ids {
		x := s.executions[id]
		if x == nil || x.head.Status == machine.Running {
			continue
		}
		s.due.movePlace(x.placeOf(id), store.Place{Due: store.Never})
		delete(s.names, nameOf(&x.head))
		delete(s.executions, id)
	}
	return nil
}
