package storetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// kit is a store under test and the means to check it.
type kit struct {
	testing.TB
	store.Store
	ctx     context.Context
	options Options
	dir     string
	made    uint64 // executions
}

// start is when the first execution of a check starts.
var start = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)

const arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:order"

// newID returns an ID greater than the ones before.
func (k *kit) newID() store.ID {
	k.made++
	id := store.ID{1, 0x9a, 0xff, 0, 0, 0, 0x70, 0, 0x80}
	binary.BigEndian.PutUint32(id[12:], uint32(k.made))
	return id
}

// create returns the first change of a new execution, with a name of its own.
func (k *kit) create(edit ...func(h *store.Head)) store.Change {
	id := k.newID()
	h := &store.Head{
		Machine: arn,
		Name:    fmt.Sprintf("run-%04d", k.made),
		Digest:  "sha256:1",
		Started: start.Add(time.Duration(k.made) * time.Millisecond),
		Due:     store.Now,
	}
	for _, f := range edit {
		f(h)
	}
	return store.Change{ID: id, Version: 1, Head: h, Record: []byte("start of " + h.Name)}
}

// follow returns the next change of an execution, without a head or a snapshot.
func follow(c store.Change) store.Change {
	return store.Change{ID: c.ID, Version: c.Version + 1, Record: fmt.Appendf(nil, "record %d", c.Version+1)}
}

// headOf returns a copy of the head of a change, edited.
func headOf(c store.Change, edit func(h *store.Head)) *store.Head {
	h := *c.Head
	edit(&h)
	return &h
}

// endHead sets that an execution has ended.
func endHead(h *store.Head) {
	h.Status, h.Ended, h.Due = machine.Succeeded, h.Started.Add(time.Minute), store.Never
}

// commit stores changes, which must succeed.
func (k *kit) commit(rule string, changes ...store.Change) {
	k.Helper()
	if err := k.Commit(k.ctx, changes); err != nil {
		k.Fatalf("%s: Commit of %d changes: %v", rule, len(changes), err)
	}
}

// wantConflict commits changes that must be refused, for these executions.
func (k *kit) wantConflict(rule string, versions, names []store.ID, changes ...store.Change) {
	k.Helper()
	err := k.Commit(k.ctx, changes)
	var conflict *store.ConflictError
	switch {
	case err == nil:
		k.Fatalf("%s: Commit returned nil; want a *ConflictError", rule)
	case !errors.As(err, &conflict):
		k.Fatalf("%s: Commit returned %q; want a *ConflictError", rule, err)
	case !sameIDs(conflict.Versions, versions):
		k.Errorf("%s: ConflictError.Versions is %v; want %v", rule, conflict.Versions, versions)
	case !sameIDs(conflict.Names, names):
		k.Errorf("%s: ConflictError.Names is %v; want %v", rule, conflict.Names, names)
	}
}

func compareIDs(a, b store.ID) int { return bytes.Compare(a[:], b[:]) }

func sameIDs(a, b []store.ID) bool {
	return slices.Equal(slices.SortedFunc(slices.Values(a), compareIDs), slices.SortedFunc(slices.Values(b), compareIDs))
}

// foldChanges returns the state that the changes of an execution make, from its first.
func foldChanges(changes []store.Change) store.State {
	var s store.State
	for _, c := range changes {
		s.ID, s.Version = c.ID, c.Version
		if c.Head != nil {
			s.Head = *c.Head
		}
		s.Records = append(s.Records, c.Record)
		if c.Snapshot != nil {
			s.Snapshot, s.Since, s.Records = c.Snapshot, c.Version, nil
		}
	}
	return s
}

// wantStored checks that exactly these changes of an execution are stored.
func (k *kit) wantStored(rule string, changes ...store.Change) {
	k.Helper()
	k.wantListed(rule, k.wantFound(rule, changes...))
}

// wantFound is wantStored without the lists of all executions. It returns the state.
func (k *kit) wantFound(rule string, changes ...store.Change) store.State {
	k.Helper()
	want := foldChanges(changes)
	got, err := k.Load(k.ctx, want.ID)
	if err != nil {
		k.Fatalf("%s: Load(%v): %v", rule, want.ID, err)
	}
	if diff := diffState(*got, want); diff != "" {
		k.Fatalf("%s: Load(%v): %s", rule, want.ID, diff)
	}
	version := uint64(0)
	k.eachRecord(rule, want.ID, 0, func(v uint64, record []byte) {
		k.Helper()
		if version++; v != version || v > want.Version || !bytes.Equal(record, changes[v-1].Record) {
			k.Fatalf("%s: Records(%v) has version %d, %s; want %d of %d", rule, want.ID, v, quoteBytes(record), version, want.Version)
		}
	})
	if version != want.Version {
		k.Fatalf("%s: Records(%v) ends after version %d; want %d", rule, want.ID, version, want.Version)
	}
	if id, err := k.Find(k.ctx, want.Head.Namespace, want.Head.Machine, want.Head.Name); err != nil || id != want.ID {
		k.Fatalf("%s: Find(%q, %q, %q) = %v, %v; want %v", rule, want.Head.Namespace, want.Head.Machine, want.Head.Name, id, err, want.ID)
	}
	return want
}

// wantListed checks that executions are in the list of all, and among those that are due.
func (k *kit) wantListed(rule string, states ...store.State) {
	k.Helper()
	due, listed := map[store.ID]bool{}, map[store.ID]bool{}
	for _, s := range k.dueStates(rule, store.Place{}, store.Never-1, 10_000) {
		due[s.ID] = true
	}
	for _, l := range k.list(rule, store.Query{Limit: 10_000}) {
		listed[l.ID] = true
	}
	for _, want := range states {
		if due[want.ID] != (want.Head.Due != store.Never) {
			k.Fatalf("%s: Due returns %v: %t; its Due is %d", rule, want.ID, due[want.ID], want.Head.Due)
		}
		if !listed[want.ID] {
			k.Fatalf("%s: List does not return %v", rule, want.ID)
		}
	}
}

// wantAbsent checks that nothing of an execution is stored. Its name may be that of
// another.
func (k *kit) wantAbsent(rule string, c store.Change) {
	k.Helper()
	if _, err := k.Load(k.ctx, c.ID); !errors.Is(err, store.ErrNotFound) {
		k.Fatalf("%s: Load(%v) returned %v; want ErrNotFound", rule, c.ID, err)
	}
	k.eachRecord(rule, c.ID, 0, func(v uint64, _ []byte) {
		k.Helper()
		k.Fatalf("%s: Records(%v) has version %d of an execution that is not stored", rule, c.ID, v)
	})
	if c.Head != nil {
		id, err := k.Find(k.ctx, c.Head.Namespace, c.Head.Machine, c.Head.Name)
		if err == nil && id == c.ID || err != nil && !errors.Is(err, store.ErrNotFound) {
			k.Fatalf("%s: Find(%q) of an execution that is not stored = %v, %v; want ErrNotFound", rule, c.Head.Name, id, err)
		}
	}
	if k.isDue(rule, c.ID) {
		k.Fatalf("%s: Due returns %v, which is not stored", rule, c.ID)
	}
	if k.isListed(rule, c.ID) {
		k.Fatalf("%s: List returns %v, which is not stored", rule, c.ID)
	}
}

func (k *kit) eachRecord(rule string, id store.ID, after uint64, f func(version uint64, record []byte)) {
	k.Helper()
	type numbered struct {
		version uint64
		record  []byte
	}
	var all []numbered
	err := k.Records(k.ctx, id, after, func(version uint64, record []byte) bool {
		all = append(all, numbered{version, record})
		return len(all) < 1e6
	})
	if err != nil {
		k.Fatalf("%s: Records(%v): %v", rule, id, err)
	}
	for _, r := range all {
		f(r.version, r.record)
	}
}

func (k *kit) dueStates(rule string, after store.Place, until int64, limit int) []store.State {
	k.Helper()
	states, err := k.Due(k.ctx, after, until, limit)
	if err != nil {
		k.Fatalf("%s: Due: %v", rule, err)
	}
	return states
}

func (k *kit) isDue(rule string, id store.ID) bool {
	k.Helper()
	return slices.ContainsFunc(k.dueStates(rule, store.Place{}, store.Never-1, 10_000), func(s store.State) bool { return s.ID == id })
}

func (k *kit) list(rule string, q store.Query) []store.Listed {
	k.Helper()
	page, err := k.List(k.ctx, q)
	if err != nil {
		k.Fatalf("%s: List: %v", rule, err)
	}
	return page
}

func (k *kit) isListed(rule string, id store.ID) bool {
	k.Helper()
	return slices.ContainsFunc(k.list(rule, store.Query{Limit: 10_000}), func(l store.Listed) bool { return l.ID == id })
}

// countTotal returns the number of executions that q selects.
func (k *kit) countTotal(rule string, q store.Query) (total int64) {
	k.Helper()
	counts, err := k.Count(k.ctx, q)
	if err != nil {
		k.Fatalf("%s: Count: %v", rule, err)
	}
	for _, n := range counts {
		total += n
	}
	return total
}

// diffState returns the first difference of two states, or "". Nil and empty bytes
// are equal.
func diffState(got, want store.State) string {
	switch {
	case got.ID != want.ID:
		return fmt.Sprintf("ID is %v; want %v", got.ID, want.ID)
	case got.Version != want.Version:
		return fmt.Sprintf("Version is %d; want %d", got.Version, want.Version)
	case got.Since != want.Since:
		return fmt.Sprintf("Since is %d; want %d, the version of the last snapshot", got.Since, want.Since)
	case !bytes.Equal(got.Snapshot, want.Snapshot):
		return fmt.Sprintf("Snapshot is %s; want %s", quoteBytes(got.Snapshot), quoteBytes(want.Snapshot))
	case len(got.Records) != len(want.Records):
		return fmt.Sprintf("%d records; want the %d after version %d", len(got.Records), len(want.Records), want.Since)
	}
	for i := range got.Records {
		if !bytes.Equal(got.Records[i], want.Records[i]) {
			return fmt.Sprintf("record of version %d is %s; want %s", want.Since+uint64(i)+1, quoteBytes(got.Records[i]), quoteBytes(want.Records[i]))
		}
	}
	return diffHead(got.Head, want.Head)
}

func diffHead(got, want store.Head) string {
	switch {
	case !got.Started.Equal(want.Started):
		return fmt.Sprintf("Started is %v; want %v", got.Started, want.Started)
	case !got.Ended.Equal(want.Ended) || got.Ended.IsZero() != want.Ended.IsZero():
		return fmt.Sprintf("Ended is %v; want %v", got.Ended, want.Ended)
	case !maps.Equal(got.Tags, want.Tags):
		return fmt.Sprintf("Tags are %q; want %q", got.Tags, want.Tags)
	}
	for _, field := range []struct {
		name      string
		got, want any
	}{
		{"Namespace", got.Namespace, want.Namespace},
		{"Machine", got.Machine, want.Machine},
		{"Name", got.Name, want.Name},
		{"Digest", got.Digest, want.Digest},
		{"Status", got.Status, want.Status},
		{"Parent", got.Parent, want.Parent},
		{"Parked", got.Parked, want.Parked},
		{"Due", got.Due, want.Due},
	} {
		if field.got != field.want {
			return fmt.Sprintf("%s is %q; want %q", field.name, fmt.Sprint(field.got), fmt.Sprint(field.want))
		}
	}
	return ""
}

// quoteBytes returns the bytes in quotes, or how many there are.
func quoteBytes(b []byte) string {
	if len(b) > 40 {
		return fmt.Sprintf("%q... (%d bytes)", b[:20], len(b))
	}
	return fmt.Sprintf("%q", b)
}
