package store_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// mapStore is a whole Store over maps. A row in a map never changes.
type mapStore struct {
	mu          sync.Mutex
	rows        map[store.ID]row
	definitions map[string][]byte
}

type row struct {
	store.State
	all [][]byte // the records of all versions
}

// Commit changes a copy of the map, so that all changes or none are stored.
func (m *mapStore) Commit(ctx context.Context, changes []store.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows, conflict := maps.Clone(m.rows), &store.ConflictError{}
	for _, c := range changes {
		switch r, known := rows[c.ID]; {
		case c.Version-1 < r.Version && bytes.Equal(r.all[c.Version-1], c.Record): // repeated
		case c.Version != r.Version+1:
			conflict.Versions = append(conflict.Versions, c.ID)
		case !known && c.Head == nil:
			return errors.New("a new execution has no Head")
		case !known && len(where(rows, hasName(c.Head.Namespace, c.Head.Machine, c.Head.Name))) > 0:
			conflict.Names = append(conflict.Names, c.ID)
		default:
			if c.Definition != nil && m.definitions[c.Head.Digest] == nil {
				m.definitions[c.Head.Digest] = bytes.Clone(c.Definition)
			}
			if r.ID, r.Version = c.ID, c.Version; c.Head != nil {
				r.Head = *c.Head
				r.Head.Tags = maps.Clone(c.Head.Tags)
			}
			if c.Snapshot != nil {
				r.Snapshot, r.Since = bytes.Clone(c.Snapshot), c.Version
			}
			r.all = append(slices.Clip(r.all), bytes.Clone(c.Record))
			r.Records = r.all[r.Since:]
			rows[c.ID] = r
		}
	}
	if len(conflict.Versions)+len(conflict.Names) > 0 {
		return conflict
	}
	if ctx.Err() == nil {
		m.rows = rows // a store on disk writes and syncs here
	}
	return ctx.Err()
}

func (m *mapStore) Load(ctx context.Context, id store.ID) (*store.State, error) {
	found, err := m.read(ctx, func(r *row) bool { return r.ID == id })
	if len(found) == 0 {
		return nil, cmp.Or(err, store.ErrNotFound)
	}
	return &found[0].State, err
}

func (m *mapStore) Find(ctx context.Context, namespace, machine, name string) (store.ID, error) {
	found, err := m.read(ctx, hasName(namespace, machine, name))
	if len(found) == 0 {
		return store.ID{}, cmp.Or(err, store.ErrNotFound)
	}
	return found[0].ID, err
}

// Due would read an index in a store of many executions.
func (m *mapStore) Due(ctx context.Context, after store.Place, until int64, limit int) (due []store.State, err error) {
	place := func(s *store.State) store.Place { return store.Place{Due: s.Head.Due, ID: s.ID} }
	found, err := m.read(ctx, func(r *row) bool {
		return r.Head.Due <= until && r.Head.Due != store.Never && place(&r.State).Compare(after) > 0
	})
	for _, r := range found {
		due = append(due, r.State)
	}
	slices.SortFunc(due, func(a, b store.State) int { return place(&a).Compare(place(&b)) })
	return due[:min(limit, len(due))], err
}

func (m *mapStore) Records(ctx context.Context, id store.ID, after uint64, f func(uint64, []byte) bool) error {
	found, err := m.read(ctx, func(r *row) bool { return r.ID == id && r.Version > after })
	for _, r := range found {
		for v := after; v < r.Version && f(v+1, r.all[v]); v++ {
		}
	}
	return err
}

func (m *mapStore) List(ctx context.Context, q store.Query) (list []store.Listed, err error) {
	found, err := m.read(ctx, func(r *row) bool { return q.Selects(&r.Head) })
	for _, r := range found {
		if l := (store.Listed{ID: r.ID, Head: r.Head}); q.After == nil || l.Compare(*q.After) > 0 {
			list = append(list, l)
		}
	}
	slices.SortFunc(list, store.Listed.Compare)
	return list[:min(cmp.Or(q.Limit, store.DefaultLimit), len(list))], err
}

func (m *mapStore) Count(ctx context.Context, q store.Query) (map[machine.Status]int64, error) {
	q.After, q.Limit = nil, math.MaxInt
	list, err := m.List(ctx, q)
	counts := map[machine.Status]int64{}
	for _, l := range list {
		counts[l.Status]++
	}
	return counts, err
}

func (m *mapStore) Delete(ctx context.Context, ids ...store.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		if m.rows[id].Head.Status != machine.Running && ctx.Err() == nil {
			delete(m.rows, id)
		}
	}
	return ctx.Err()
}

func (m *mapStore) PutDefinition(ctx context.Context, digest string, definition []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.definitions[digest]; !known && ctx.Err() == nil {
		m.definitions[digest] = bytes.Clone(definition)
	}
	return ctx.Err()
}

func (m *mapStore) Definition(ctx context.Context, digest string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d, known := m.definitions[digest]; known {
		return d, ctx.Err()
	}
	return nil, cmp.Or(ctx.Err(), store.ErrNotFound)
}

// read returns the rows that f selects.
func (m *mapStore) read(ctx context.Context, f func(r *row) bool) ([]row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return where(m.rows, f), ctx.Err()
}

func where(rows map[store.ID]row, f func(r *row) bool) (found []row) {
	for _, r := range rows {
		if f(&r) {
			found = append(found, r)
		}
	}
	return found
}

func hasName(namespace, machine, name string) func(r *row) bool {
	return func(r *row) bool {
		return r.Head.Namespace == namespace && r.Head.Machine == machine && r.Head.Name == name
	}
}

// A whole store. Package storetest checks it:
//
//	storetest.Run(t, storetest.Options{
//		Open:     func(testing.TB, string) store.Store { return newMapStore() },
//		Volatile: true,
//	})
func ExampleStore() {
	var s store.Store = newMapStore()
	ctx := context.Background()
	id := store.ID{1}
	head := store.Head{Machine: "arn:aws:states:us-east-1:123456789012:stateMachine:order", Name: "A1", Started: time.Now()}
	first := store.Change{ID: id, Version: 1, Head: &head, Record: []byte("started")}
	fmt.Println(s.Commit(ctx, []store.Change{first}))
	fmt.Println(s.Commit(ctx, []store.Change{first})) // again, for example after a timeout

	other := store.Change{ID: id, Version: 1, Head: &head, Record: []byte("started elsewhere")}
	fmt.Println(s.Commit(ctx, []store.Change{other}))

	due, _ := s.Due(ctx, store.Place{}, store.Now, 10)
	fmt.Printf("%s at version %d: %s\n", due[0].Head.Name, due[0].Version, due[0].Records)
	// Output:
	// <nil>
	// <nil>
	// store: conflict with another writer; 1 versions are stored already, such as that of execution 01000000-0000-0000-0000-000000000000
	// A1 at version 1: [started]
}

func newMapStore() *mapStore {
	return &mapStore{rows: map[store.ID]row{}, definitions: map[string][]byte{}}
}
