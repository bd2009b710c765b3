package storetest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

const (
	randomRuns  = 8
	randomCalls = 150
)

// checkRandomCalls makes random calls to the store and to one in memory, whose
// results must be the same.
func checkRandomCalls(k *kit) {
	for seed := range uint64(randomRuns) {
		p := &pair{kit: k, rng: rand.New(rand.NewPCG(seed, 0)), model: memory.New(), seed: seed, tried: map[store.ID][]store.Change{}}
		for range randomCalls {
			p.callBoth()
		}
		p.compareAll()
		for id := range p.tried { // the next run begins with an empty store
			p.endAndDelete(id)
		}
		if n := k.countTotal("Count after all were deleted", store.Query{}); n != 0 {
			k.Fatalf("%d executions are left after all were deleted (seed %d)\n%s", n, seed, p.lastCalls())
		}
	}
}

// pair is the store under test and the model that it must agree with.
type pair struct {
	*kit
	rng   *rand.Rand
	model store.Store
	seed  uint64
	calls []string
	tried map[store.ID][]store.Change
}

// lastCalls returns the calls that led to a difference.
func (p *pair) lastCalls() string {
	return "The last calls:\n" + strings.Join(p.calls[max(0, len(p.calls)-25):], "\n")
}

func pick[T any](rng *rand.Rand, of ...T) T { return of[rng.IntN(len(of))] }

// compare fails unless the results of both stores are the same.
func (p *pair) compare(call string, got any, gotErr error, want any, wantErr error) {
	p.Helper()
	p.calls = append(p.calls, fmt.Sprintf("%s = %v", call, wantErr))
	if !sameError(gotErr, wantErr) {
		p.Fatalf("%s returned %v; want %v (seed %d)\n%s", call, describeError(gotErr), describeError(wantErr), p.seed, p.lastCalls())
	}
	if !reflect.DeepEqual(got, want) {
		p.Fatalf("%s returned\n%v; want\n%v (seed %d)\n%s", call, got, want, p.seed, p.lastCalls())
	}
}

func sameError(got, want error) bool {
	var a, b *store.ConflictError
	if errors.As(want, &b) {
		return errors.As(got, &a) && sameIDs(a.Versions, b.Versions) && sameIDs(a.Names, b.Names)
	}
	return (got == nil) == (want == nil) && errors.Is(got, store.ErrNotFound) == errors.Is(want, store.ErrNotFound)
}

func describeError(err error) string {
	var c *store.ConflictError
	if errors.As(err, &c) {
		return fmt.Sprintf("a ConflictError of versions %v and names %v", c.Versions, c.Names)
	}
	return fmt.Sprint(err)
}

func (p *pair) randomID() store.ID { return store.ID{1, 15: byte(1 + p.rng.IntN(12))} }

func (p *pair) randomTime() time.Time {
	return start.Add(time.Duration(p.rng.IntN(5)) * time.Nanosecond)
}

func (p *pair) randomDue() int64 {
	return pick(p.rng, store.Now, store.Now, 1, 2, 3, 3, 1<<40, store.Never-1, store.Never)
}

// callBoth makes one random call.
func (p *pair) callBoth() {
	p.Helper()
	switch n := p.rng.IntN(100); {
	case n < 60:
		p.commitRandom()
	case n < 70:
		place := store.Place{Due: p.randomDue(), ID: p.randomID()}
		if p.rng.IntN(2) == 0 {
			place = store.Place{}
		}
		p.compareDue(place, p.randomDue(), 1+p.rng.IntN(6))
	case n < 82:
		p.compareList(p.randomQuery())
	case n < 90:
		p.compareExecution(p.randomID(), uint64(p.rng.IntN(6)))
	case n < 95:
		h := p.randomHead()
		got, gotErr := p.Find(p.ctx, h.Namespace, h.Machine, h.Name)
		want, wantErr := p.model.Find(p.ctx, h.Namespace, h.Machine, h.Name)
		p.compare(fmt.Sprintf("Find(%q, %q, %q)", h.Namespace, h.Machine, h.Name), got, gotErr, want, wantErr)
	default:
		ids := []store.ID{p.randomID(), p.randomID()}
		p.compare(fmt.Sprintf("Delete(%v)", ids), nil, p.Delete(p.ctx, ids...), nil, p.model.Delete(p.ctx, ids...))
	}
}

func (p *pair) randomHead() *store.Head {
	h := &store.Head{
		Namespace: pick(p.rng, "", "t"), Machine: pick(p.rng, "m", "M"), Name: pick(p.rng, "a", "ab", "A", "b%", "b_", p.randomID().String(), p.randomID().String()),
		Digest: "d", Started: p.randomTime(), Due: p.randomDue(), Parent: pick(p.rng, store.ID{}, store.ID{5}),
	}
	for range p.rng.IntN(3) {
		if h.Tags == nil {
			h.Tags = map[string]string{}
		}
		h.Tags[pick(p.rng, "x", "y", `"`)] = pick(p.rng, "", "1", "x")
	}
	return h
}

// commitRandom commits a group, of which most changes fit.
func (p *pair) commitRandom() {
	p.Helper()
	var group []store.Change
	type name struct{ namespace, machine, name string }
	names, ids := map[name]bool{}, map[store.ID]bool{}
	for range 1 + p.rng.IntN(4) {
		c := p.randomChange()
		if ids[c.ID] {
			continue
		}
		if c.Version == 1 {
			n := name{c.Head.Namespace, c.Head.Machine, c.Head.Name}
			if names[n] {
				continue // which one is refused is the store's choice
			}
			names[n] = true
		}
		ids[c.ID] = true
		group = append(group, c)
	}
	var call strings.Builder
	call.WriteString("Commit(")
	for _, c := range group {
		fmt.Fprintf(&call, "\n\t%v version %d, Record %q, Snapshot %q, Head %+v", c.ID, c.Version, c.Record, c.Snapshot, c.Head)
	}
	call.WriteString(")")
	p.compare(call.String(), nil, p.Commit(p.ctx, group), nil, p.model.Commit(p.ctx, group))
	for _, c := range group {
		p.compareExecution(c.ID, 0)
	}
}

func (p *pair) randomChange() store.Change {
	id := p.randomID()
	state, err := p.model.Load(p.ctx, id)
	if tried := p.tried[id]; len(tried) > 0 && p.rng.IntN(6) == 0 {
		c := tried[p.rng.IntN(len(tried))] // again, unless it is of another life
		if c.Version == 1 || c.Head == nil || err == nil && fixedFields(c.Head) == fixedFields(&state.Head) {
			return c
		}
	}
	c := store.Change{ID: id, Version: 1, Record: fmt.Appendf(nil, "%d", p.rng.IntN(3))}
	if err == nil {
		c.Version = state.Version + 1
		if p.rng.IntN(8) == 0 {
			c.Version = uint64(2 + p.rng.IntN(int(state.Version)+2))
		}
	}
	switch {
	case c.Version == 1:
		c.Head = p.randomHead()
	case err == nil && p.rng.IntN(2) == 0:
		h := state.Head
		h.Status, h.Ended, h.Due, h.Parked = machine.Running, time.Time{}, p.randomDue(), pick(p.rng, "", "", "parked")
		if p.rng.IntN(3) == 0 {
			h.Status, h.Ended, h.Due = machine.Status(1+p.rng.IntN(4)), p.randomTime(), store.Never
		}
		c.Head = &h
	}
	if p.rng.IntN(3) == 0 {
		c.Snapshot = fmt.Appendf(nil, "snapshot %d", c.Version)[:p.rng.IntN(11)]
	}
	if p.rng.IntN(5) == 0 {
		c.Record = pick(p.rng, nil, []byte{})
	}
	p.tried[id] = append(p.tried[id], c)
	return c
}

// fixedFields returns the fields of a head that do not change.
func fixedFields(h *store.Head) string {
	return plainHead(&store.Head{Namespace: h.Namespace, Machine: h.Machine, Name: h.Name, Started: h.Started, Parent: h.Parent, Tags: h.Tags})
}

func (p *pair) randomQuery() store.Query {
	q := store.Query{Limit: p.rng.IntN(5)}
	for range p.rng.IntN(4) {
		switch p.rng.IntN(10) {
		case 0:
			namespace := pick(p.rng, "", "t")
			q.Namespace = &namespace
		case 1:
			q.Machine = pick(p.rng, "m", "M")
		case 2:
			q.NamePrefix = pick(p.rng, "a", "b", "A", "b%", "_", p.randomID().String()[:12])
		case 3:
			q.Parent = store.ID{5}
		case 4:
			q.Tags = map[string]string{pick(p.rng, "x", "y", `"`): pick(p.rng, "", "1")}
		case 5:
			q.Parked = true
		case 6:
			q.StartedFrom = p.randomTime()
		case 7:
			q.StartedTo = p.randomTime()
		case 8:
			q.Status = append(q.Status, machine.Status(p.rng.IntN(5)))
		case 9:
			q.EndedBefore = p.randomTime()
		}
	}
	if p.rng.IntN(3) == 0 {
		q.After = &store.Listed{ID: p.randomID(), Head: store.Head{Started: p.randomTime()}}
	}
	return q
}

func (p *pair) compareExecution(id store.ID, after uint64) {
	p.Helper()
	got, gotErr := p.Load(p.ctx, id)
	want, wantErr := p.model.Load(p.ctx, id)
	p.compare(fmt.Sprintf("Load(%v)", id), plainState(got), gotErr, plainState(want), wantErr)
	records := func(s store.Store) (all []string, err error) {
		err = s.Records(p.ctx, id, after, func(version uint64, record []byte) bool {
			all = append(all, fmt.Sprintf("%d %q", version, record))
			return len(all) < 1000
		})
		return all, err
	}
	gotRecords, gotErr := records(p.Store)
	wantRecords, wantErr := records(p.model)
	p.compare(fmt.Sprintf("Records(%v, %d)", id, after), gotRecords, gotErr, wantRecords, wantErr)
}

// plainState returns the state as strings that can be compared.
func plainState(s *store.State) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("version %d, since %d, snapshot %q, records %q, %s", s.Version, s.Since, s.Snapshot, s.Records, plainHead(&s.Head))
}

func plainHead(h *store.Head) string {
	var tags []string
	for _, key := range slices.Sorted(maps.Keys(h.Tags)) {
		tags = append(tags, fmt.Sprintf("%q=%q", key, h.Tags[key]))
	}
	return fmt.Sprintf("%q %q %q %q %v %v %v %v %v %q %d", h.Namespace, h.Machine, h.Name, h.Digest, h.Status,
		h.Started.UTC(), h.Ended.UTC(), h.Parent, tags, h.Parked, h.Due)
}

func (p *pair) compareDue(after store.Place, until int64, limit int) {
	p.Helper()
	due := func(s store.Store) (all []string, err error) {
		states, err := s.Due(p.ctx, after, until, limit)
		for i := range states {
			all = append(all, fmt.Sprintf("%v %s", states[i].ID, plainState(&states[i])))
		}
		return all, err
	}
	got, gotErr := due(p.Store)
	want, wantErr := due(p.model)
	p.compare(fmt.Sprintf("Due(%v, %d, %d)", after, until, limit), got, gotErr, want, wantErr)
}

func (p *pair) compareList(q store.Query) {
	p.Helper()
	list := func(s store.Store) (all []string, err error) {
		page, err := s.List(p.ctx, q)
		for i := range page {
			all = append(all, fmt.Sprintf("%v %s", page[i].ID, plainHead(&page[i].Head)))
		}
		return all, err
	}
	got, gotErr := list(p.Store)
	want, wantErr := list(p.model)
	p.compare(fmt.Sprintf("List(%+v)", q), got, gotErr, want, wantErr)
	counts := func(s store.Store) (all [machine.Aborted + 1]int64, err error) {
		counted, err := s.Count(p.ctx, q)
		for status := range all {
			all[status] = counted[machine.Status(status)]
		}
		return all, err
	}
	gotCounts, gotErr := counts(p.Store)
	wantCounts, wantErr := counts(p.model)
	p.compare(fmt.Sprintf("Count(%+v)", q), gotCounts, gotErr, wantCounts, wantErr)
}

// compareAll compares everything that is stored, in a store that was opened again.
func (p *pair) compareAll() {
	p.Helper()
	if !p.options.Volatile {
		p.reopenStore()
		p.calls = append(p.calls, "reopened")
	}
	p.compareDue(store.Place{}, store.Never-1, 1000)
	p.compareList(store.Query{Limit: 1000})
	for id := range p.tried {
		p.compareExecution(id, 0)
	}
}

// endAndDelete removes an execution if it is stored.
func (p *pair) endAndDelete(id store.ID) {
	p.Helper()
	state, err := p.model.Load(p.ctx, id)
	if err != nil {
		return
	}
	h := state.Head
	endHead(&h)
	p.commit("an end is stored", store.Change{ID: id, Version: state.Version + 1, Head: &h})
	if err := p.Delete(p.ctx, id); err != nil {
		p.Fatalf("Delete: %v", err)
	}
}
