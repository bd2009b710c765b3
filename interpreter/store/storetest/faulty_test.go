package storetest

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// faulty is a store in memory some of whose methods are replaced. They get the store
// in memory as inner.
type faulty struct {
	store.Shared
	commit        func(inner store.Shared, ctx context.Context, changes []store.Change) error
	load          func(inner store.Shared, ctx context.Context, id store.ID) (*store.State, error)
	find          func(inner store.Shared, ctx context.Context, namespace, machine, name string) (store.ID, error)
	due           func(inner store.Shared, ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error)
	records       func(inner store.Shared, ctx context.Context, id store.ID, after uint64, f func(uint64, []byte) bool) error
	list          func(inner store.Shared, ctx context.Context, q store.Query) ([]store.Listed, error)
	count         func(inner store.Shared, ctx context.Context, q store.Query) (map[machine.Status]int64, error)
	delete        func(inner store.Shared, ctx context.Context, ids []store.ID) error
	putDefinition func(inner store.Shared, ctx context.Context, digest string, definition []byte) error
	definition    func(inner store.Shared, ctx context.Context, digest string) ([]byte, error)
	join          func(inner store.Shared, ctx context.Context, ttl time.Duration) (store.Owner, error)
	renew         func(inner store.Shared, ctx context.Context, o store.Owner, ttl time.Duration) error
	leave         func(inner store.Shared, ctx context.Context, o store.Owner) error
	claim         func(inner store.Shared, ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error)
	release       func(inner store.Shared, ctx context.Context, o store.Owner, ids []store.ID) error
	post          func(inner store.Shared, ctx context.Context, id store.ID, event []byte) error
	posted        func(inner store.Shared, ctx context.Context, o store.Owner, after uint64, limit int) ([]store.Post, error)
	listen        func(inner store.Shared, ctx context.Context, o store.Owner, f func()) error

	reopen func(inner store.Shared) // what the store does to itself when it is opened again
	damage func(f *faulty, id store.ID, version uint64)
}

func (f *faulty) Commit(ctx context.Context, changes []store.Change) error {
	if f.commit != nil {
		return f.commit(f.Shared, ctx, changes)
	}
	return f.Shared.Commit(ctx, changes)
}

func (f *faulty) Load(ctx context.Context, id store.ID) (*store.State, error) {
	if f.load != nil {
		return f.load(f.Shared, ctx, id)
	}
	return f.Shared.Load(ctx, id)
}

func (f *faulty) Find(ctx context.Context, namespace, machine, name string) (store.ID, error) {
	if f.find != nil {
		return f.find(f.Shared, ctx, namespace, machine, name)
	}
	return f.Shared.Find(ctx, namespace, machine, name)
}

func (f *faulty) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	if f.due != nil {
		return f.due(f.Shared, ctx, after, until, limit)
	}
	return f.Shared.Due(ctx, after, until, limit)
}

func (f *faulty) Records(ctx context.Context, id store.ID, after uint64, each func(uint64, []byte) bool) error {
	if f.records != nil {
		return f.records(f.Shared, ctx, id, after, each)
	}
	return f.Shared.Records(ctx, id, after, each)
}

func (f *faulty) List(ctx context.Context, q store.Query) ([]store.Listed, error) {
	if f.list != nil {
		return f.list(f.Shared, ctx, q)
	}
	return f.Shared.List(ctx, q)
}

func (f *faulty) Count(ctx context.Context, q store.Query) (map[machine.Status]int64, error) {
	if f.count != nil {
		return f.count(f.Shared, ctx, q)
	}
	return f.Shared.Count(ctx, q)
}

func (f *faulty) Delete(ctx context.Context, ids ...store.ID) error {
	if f.delete != nil {
		return f.delete(f.Shared, ctx, ids)
	}
	return f.Shared.Delete(ctx, ids...)
}

func (f *faulty) PutDefinition(ctx context.Context, digest string, definition []byte) error {
	if f.putDefinition != nil {
		return f.putDefinition(f.Shared, ctx, digest, definition)
	}
	return f.Shared.PutDefinition(ctx, digest, definition)
}

func (f *faulty) Definition(ctx context.Context, digest string) ([]byte, error) {
	if f.definition != nil {
		return f.definition(f.Shared, ctx, digest)
	}
	return f.Shared.Definition(ctx, digest)
}

func (f *faulty) Join(ctx context.Context, ttl time.Duration) (store.Owner, error) {
	if f.join != nil {
		return f.join(f.Shared, ctx, ttl)
	}
	return f.Shared.Join(ctx, ttl)
}

func (f *faulty) Renew(ctx context.Context, o store.Owner, ttl time.Duration) error {
	if f.renew != nil {
		return f.renew(f.Shared, ctx, o, ttl)
	}
	return f.Shared.Renew(ctx, o, ttl)
}

func (f *faulty) Leave(ctx context.Context, o store.Owner) error {
	if f.leave != nil {
		return f.leave(f.Shared, ctx, o)
	}
	return f.Shared.Leave(ctx, o)
}

func (f *faulty) Claim(ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
	if f.claim != nil {
		return f.claim(f.Shared, ctx, o, until, limit)
	}
	return f.Shared.Claim(ctx, o, until, limit)
}

func (f *faulty) Release(ctx context.Context, o store.Owner, ids ...store.ID) error {
	if f.release != nil {
		return f.release(f.Shared, ctx, o, ids)
	}
	return f.Shared.Release(ctx, o, ids...)
}

func (f *faulty) Post(ctx context.Context, id store.ID, event []byte) error {
	if f.post != nil {
		return f.post(f.Shared, ctx, id, event)
	}
	return f.Shared.Post(ctx, id, event)
}

func (f *faulty) Posted(ctx context.Context, o store.Owner, after uint64, limit int) ([]store.Post, error) {
	if f.posted != nil {
		return f.posted(f.Shared, ctx, o, after, limit)
	}
	return f.Shared.Posted(ctx, o, after, limit)
}

func (f *faulty) Listen(ctx context.Context, o store.Owner, wake func()) error {
	if f.listen != nil {
		return f.listen(f.Shared, ctx, o, wake)
	}
	return f.Shared.Listen(ctx, o, wake)
}

// allStates returns everything that is stored.
func allStates(inner store.Store) (all []store.State) {
	list, _ := inner.List(context.Background(), store.Query{Limit: math.MaxInt})
	for _, l := range list {
		if s, err := inner.Load(context.Background(), l.ID); err == nil {
			all = append(all, *s)
		}
	}
	return all
}

// clock is the time of the leases of all faulty stores of a check.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

// faultyOptions opens a store with the faults that make sets, the same one for the
// same folder.
func faultyOptions(faults func(f *faulty)) Options {
	c := &clock{now: start}
	opened := map[string]*faulty{}
	return Options{
		Open: func(_ testing.TB, dir string) store.Store {
			f := opened[dir]
			if f == nil {
				f = &faulty{Shared: memory.NewShared(c.read)}
				faults(f)
				opened[dir] = f
			} else if f.reopen != nil {
				f.reopen(f.Shared)
			}
			return f
		},
		Advance: func(_ store.Store, d time.Duration) { c.now = c.now.Add(d) },
		Damage: func(_ testing.TB, s store.Store, id store.ID, version uint64) {
			f := s.(*faulty)
			if f.damage != nil {
				f.damage(f, id, version)
				return
			}
			damageHonestly(f, id, version)
		},
	}
}

// damageHonestly has the store report what is damaged, as the contract says.
func damageHonestly(f *faulty, damaged store.ID, version uint64) {
	needed := func(s *store.State) bool { return version == 0 || version > s.Since }
	f.load = func(inner store.Shared, ctx context.Context, id store.ID) (*store.State, error) {
		s, err := inner.Load(ctx, id)
		if err == nil && id == damaged && needed(s) {
			return nil, store.ErrCorrupt
		}
		return s, err
	}
	report := func(states []store.State, err error) ([]store.State, error) {
		for i, s := range states {
			if s.ID == damaged && needed(&s) {
				states[i] = store.State{ID: s.ID, Head: store.Head{Due: s.Head.Due}, Err: store.ErrCorrupt}
			}
		}
		return states, err
	}
	f.delete = func(inner store.Shared, ctx context.Context, ids []store.ID) error {
		if s, err := inner.Load(ctx, damaged); err == nil && needed(s) && slices.Contains(ids, damaged) {
			endHead(&s.Head)
			if err := inner.Commit(ctx, []store.Change{{ID: damaged, Version: s.Version + 1, Head: &s.Head}}); err != nil {
				return err
			}
		}
		return inner.Delete(ctx, ids...)
	}
	f.due = func(inner store.Shared, ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
		return report(inner.Due(ctx, after, until, limit))
	}
	f.claim = func(inner store.Shared, ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
		return report(inner.Claim(ctx, o, until, limit))
	}
	f.records = func(inner store.Shared, ctx context.Context, id store.ID, after uint64, each func(uint64, []byte) bool) error {
		corrupt := false
		err := inner.Records(ctx, id, after, func(v uint64, record []byte) bool {
			corrupt = id == damaged && v == version
			return !corrupt && each(v, record)
		})
		if corrupt {
			return store.ErrCorrupt
		}
		return err
	}
}

// editHeads changes the heads of a Commit before they are stored.
func editHeads(edit func(h *store.Head)) func(f *faulty) {
	return editChanges(func(c *store.Change) {
		if c.Head != nil {
			h := *c.Head
			edit(&h)
			c.Head = &h
		}
	})
}

// editChanges changes the changes of a Commit before they are stored.
func editChanges(edit func(c *store.Change)) func(f *faulty) {
	return func(f *faulty) {
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				edit(&changes[i])
			}
			return inner.Commit(ctx, changes)
		}
	}
}

// editQuery changes the queries of List and Count.
func editQuery(edit func(q *store.Query)) func(f *faulty) {
	return func(f *faulty) {
		f.list = func(inner store.Shared, ctx context.Context, q store.Query) ([]store.Listed, error) {
			edit(&q)
			return inner.List(ctx, q)
		}
		f.count = func(inner store.Shared, ctx context.Context, q store.Query) (map[machine.Status]int64, error) {
			edit(&q)
			return inner.Count(ctx, q)
		}
	}
}
