package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// recorder is a test whose failures are kept.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	failures []string
	skipped  bool
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skip(...any) {
	r.skipped = true
	runtime.Goexit()
}

// recordCheck returns what a check reports about a store with faults. Time passes when
// all goroutines wait.
func recordCheck(t *testing.T, faults func(f *faulty), c check) *recorder {
	var r *recorder
	synctest.Test(t, func(t *testing.T) {
		r = &recorder{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			runCheck(r, faultyOptions(faults), c)
		}()
		<-done
		time.Sleep(time.Hour) // until those have ended that ended too late
	})
	return r
}

func TestSuiteAcceptsAStoreWithoutFaults(t *testing.T) {
	for _, c := range checks {
		r := recordCheck(t, func(*faulty) {}, c)
		require.Empty(t, r.failures, c.rule)
		require.False(t, r.skipped, c.rule)
	}
}

// Leases that expire while the calls of a slow store are made are not its fault.
func TestSuiteAcceptsASlowStore(t *testing.T) {
	for _, c := range checks {
		if c.rule != "SharedLeasesExpire" {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			r, done := &recorder{TB: t}, make(chan struct{})
			go func() {
				defer close(done)
				runCheck(r, Options{Volatile: true, Open: func(testing.TB, string) store.Store {
					return &faulty{
						Shared: memory.NewShared(nil),
						renew: func(inner store.Shared, ctx context.Context, o store.Owner, ttl time.Duration) error {
							time.Sleep(700 * time.Millisecond)
							return inner.Renew(ctx, o, ttl)
						},
						claim: func(inner store.Shared, ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
							time.Sleep(500 * time.Millisecond)
							return inner.Claim(ctx, o, until, limit)
						},
					}
				}}, c)
			}()
			<-done
			require.Empty(t, r.failures)
		})
	}
}

// Each faulty store breaks a rule, and the check of that rule must report it.
func TestSuiteReportsEachFault(t *testing.T) {
	reported := map[string]bool{}
	for _, row := range faultyStores {
		t.Run(row.fault, func(t *testing.T) {
			for _, name := range strings.Fields(row.checks) {
				i := slices.IndexFunc(checks, func(c check) bool { return c.rule == name })
				require.GreaterOrEqual(t, i, 0, name)
				r := recordCheck(t, row.faults, checks[i])
				require.NotEmpty(t, r.failures, "%s does not report a store that %s", name, row.fault)
				t.Log(firstLine(r.failures[0]))
				reported[name] = true
			}
		})
	}
	for _, c := range checks {
		require.True(t, reported[c.rule], "no faulty store fails %s", c.rule)
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

var faultyStores = []struct {
	fault  string
	checks string // that report it
	faults func(f *faulty)
}{
	{"takes any version as the next one", "CommitAcceptsAVersionOnce CommitStoresAllOrNothing CommitMayBeRepeated OneWriterWinsAVersion RandomCallsDoWhatMemoryDoes", func(f *faulty) {
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				if s, err := inner.Load(ctx, changes[i].ID); err == nil {
					changes[i].Version = s.Version + 1
				}
			}
			return inner.Commit(ctx, changes)
		}
	}},
	{"stores changes one by one until one is refused", "CommitStoresAllOrNothing RandomCallsDoWhatMemoryDoes", func(f *faulty) {
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			for i := range changes {
				if err := inner.Commit(ctx, changes[i:i+1]); err != nil {
					return err
				}
			}
			return ctx.Err()
		}
	}},
	{"leaves out refused changes", "CommitStoresAllOrNothing CommitListsAllConflicts", func(f *faulty) {
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) (err error) {
			for i := range changes {
				err = errors.Join(err, inner.Commit(ctx, changes[i:i+1]))
			}
			return err
		}
	}},
	{"finds a name that is an ID by the ID", "NamesOfIDs RandomCallsDoWhatMemoryDoes", func(f *faulty) {
		f.find = func(inner store.Shared, ctx context.Context, namespace, machine, name string) (store.ID, error) {
			if id, err := store.ParseID(name); err == nil {
				_, err = inner.Load(ctx, id)
				return id, err
			}
			return inner.Find(ctx, namespace, machine, name)
		}
	}},
	{"stores nothing", "CommitStoresChanges", func(f *faulty) {
		f.commit = func(store.Shared, context.Context, []store.Change) error { return nil }
	}},
	{"clears the head if a change has none", "CommitStoresChanges", editChanges(func(c *store.Change) {
		if c.Head == nil { // all but the name
			c.Head = &store.Head{Namespace: "tenant", Machine: arn, Name: "run-0002"}
		}
	})},
	{"never replaces a snapshot", "CommitStoresChanges", editChanges(func(c *store.Change) {
		if c.Version > 3 {
			c.Snapshot = nil
		}
	})},
	{"returns the records before a snapshot too", "CommitStoresChanges DueIsInOrder", func(f *faulty) {
		all := func(inner store.Shared, ctx context.Context, s *store.State) {
			s.Records = nil
			_ = inner.Records(ctx, s.ID, 0, func(_ uint64, record []byte) bool {
				s.Records = append(s.Records, record)
				return true
			})
		}
		f.load = func(inner store.Shared, ctx context.Context, id store.ID) (*store.State, error) {
			s, err := inner.Load(ctx, id)
			if err == nil {
				all(inner, ctx, s)
			}
			return s, err
		}
		f.due = func(inner store.Shared, ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
			states, err := inner.Due(ctx, after, until, limit)
			for i := range states {
				all(inner, ctx, &states[i])
			}
			return states, err
		}
	}},
	{"refuses a repeated change", "CommitMayBeRepeated", func(f *faulty) {
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			for _, c := range changes {
				if s, err := inner.Load(ctx, c.ID); err == nil && s.Version >= c.Version {
					return &store.ConflictError{Versions: []store.ID{c.ID}}
				}
			}
			return inner.Commit(ctx, changes)
		}
	}},
	{"accepts a version again with any record", "CommitAcceptsAVersionOnce OneWriterWinsAVersion BytesAreOpaque", func(f *faulty) {
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			changes = slices.DeleteFunc(slices.Clone(changes), func(c store.Change) bool {
				s, err := inner.Load(ctx, c.ID)
				return err == nil && c.Version > 0 && s.Version >= c.Version
			})
			return inner.Commit(ctx, changes)
		}
	}},
	{"goes back to the head of a repeated change", "CommitMayBeRepeated", func(f *faulty) {
		heads := map[store.ID]store.Head{}
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			err := inner.Commit(ctx, changes)
			for _, c := range changes {
				if err == nil && c.Head != nil {
					heads[c.ID] = *c.Head
				}
			}
			return err
		}
		f.load = func(inner store.Shared, ctx context.Context, id store.ID) (*store.State, error) {
			s, err := inner.Load(ctx, id)
			if err == nil {
				s.Head = heads[id]
			}
			return s, err
		}
	}},
	{"takes the Namespace out of names", "CommitAcceptsANameOnce", editHeads(func(h *store.Head) { h.Namespace = "" })},
	{"takes the Machine out of names", "CommitAcceptsANameOnce", editHeads(func(h *store.Head) { h.Machine = "m" })},
	{"folds the case of names", "CommitAcceptsANameOnce StringsAreOpaque", editHeads(func(h *store.Head) { h.Name = strings.ToLower(h.Name) })},
	{"trims names", "CommitAcceptsANameOnce StringsAreOpaque", editHeads(func(h *store.Head) { h.Name = strings.TrimSpace(h.Name) })},
	{"joins the parts of a name", "CommitAcceptsANameOnce", func(f *faulty) {
		taken := map[string]store.ID{}
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			for _, c := range changes {
				if c.Version > 1 || c.Head == nil {
					continue
				}
				key := c.Head.Namespace + c.Head.Machine + c.Head.Name
				if id, known := taken[key]; known && id != c.ID {
					return &store.ConflictError{Names: []store.ID{c.ID}}
				}
				taken[key] = c.ID
			}
			return inner.Commit(ctx, changes)
		}
	}},
	{"finds names by prefix", "CommitAcceptsANameOnce", func(f *faulty) {
		f.find = func(inner store.Shared, ctx context.Context, namespace, machine, name string) (store.ID, error) {
			list, err := inner.List(ctx, store.Query{Namespace: &namespace, Machine: machine, NamePrefix: strings.TrimRight(name, "%_"), Limit: 1})
			if err == nil && len(list) == 0 {
				err = store.ErrNotFound
			}
			if err != nil {
				return store.ID{}, err
			}
			return list[0].ID, nil
		}
	}},
	{"accepts one name twice in a Commit", "CommitAcceptsANameOnce", func(f *faulty) {
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			err := inner.Commit(ctx, changes)
			if conflict := (*store.ConflictError)(nil); errors.As(err, &conflict) && len(changes) == 3 {
				return nil
			}
			return err
		}
	}},
	{"frees the name of an execution that has ended", "CommitAcceptsANameOnce", func(f *faulty) {
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			for _, c := range changes {
				if c.Version == 1 && c.Head != nil {
					if id, err := inner.Find(ctx, c.Head.Namespace, c.Head.Machine, c.Head.Name); err == nil && id != c.ID {
						_ = inner.Delete(ctx, id)
					}
				}
			}
			return inner.Commit(ctx, changes)
		}
	}},
	{"lists one conflict only", "CommitListsAllConflicts", func(f *faulty) {
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			err := inner.Commit(ctx, changes)
			if conflict := (*store.ConflictError)(nil); errors.As(err, &conflict) && len(conflict.Versions) > 0 {
				return &store.ConflictError{Versions: conflict.Versions[:1]}
			}
			return err
		}
	}},
	{"does not say which executions conflict", "CommitAcceptsAVersionOnce CommitAcceptsANameOnce", func(f *faulty) {
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			if err := inner.Commit(ctx, changes); errors.Is(err, store.ErrConflict) {
				return store.ErrConflict
			}
			return nil
		}
	}},
	{"takes an empty snapshot as nil", "EmptyIsNotNil", editChanges(func(c *store.Change) {
		if len(c.Snapshot) == 0 {
			c.Snapshot = nil
		}
	})},
	{"takes a nil snapshot as an empty one", "CommitStoresChanges EmptyIsNotNil", editChanges(func(c *store.Change) {
		if c.Snapshot == nil {
			c.Snapshot = []byte{}
		}
	})},
	{"does not keep empty records", "EmptyIsNotNil", func(f *faulty) {
		f.records = func(inner store.Shared, ctx context.Context, id store.ID, after uint64, each func(uint64, []byte) bool) error {
			return inner.Records(ctx, id, after, func(v uint64, record []byte) bool { return len(record) == 0 || each(v, record) })
		}
	}},
	{"cuts records at a zero byte", "BytesAreOpaque", editChanges(func(c *store.Change) { c.Record, _, _ = bytes.Cut(c.Record, []byte{0}) })},
	{"cuts blobs at 64 KiB", "BytesAreOpaque", editChanges(func(c *store.Change) { c.Record = c.Record[:min(len(c.Record), 1<<16)] })},
	{"makes snapshots valid UTF-8", "BytesAreOpaque", editChanges(func(c *store.Change) {
		if c.Snapshot != nil {
			c.Snapshot = bytes.ToValidUTF8(c.Snapshot, []byte("?"))
		}
	})},
	{"drops empty tags", "CommitStoresChanges StringsAreOpaque QuerySelects", editHeads(func(h *store.Head) {
		tags := map[string]string{}
		for k, v := range h.Tags {
			if v != "" {
				tags[k] = v
			}
		}
		h.Tags = tags
	})},
	{"cuts names at 50 bytes", "StringsAreOpaque", editHeads(func(h *store.Head) { h.Name = h.Name[:min(len(h.Name), 50)] })},
	{"keeps milliseconds", "CommitStoresChanges QuerySelects ListIsPaged", editHeads(func(h *store.Head) {
		h.Started, h.Ended = h.Started.Truncate(time.Millisecond), h.Ended.Truncate(time.Millisecond)
	})},
	{"takes local times as UTC", "QuerySelects", editHeads(func(h *store.Head) {
		_, offset := h.Started.Zone()
		h.Started = h.Started.Add(time.Duration(offset) * time.Second)
	})},
	{"loses the parent", "CommitStoresChanges", editHeads(func(h *store.Head) { h.Parent = store.ID{} })},
	{"keeps Due as a floating-point number", "DueIsInOrder", editHeads(func(h *store.Head) {
		if h.Due < math.MaxInt64/2 {
			h.Due = int64(float64(h.Due))
		}
	})},
	{"keeps the caller's record", "StoreKeepsCopies", func(f *faulty) {
		kept := map[store.ID][]byte{}
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			for _, c := range changes {
				kept[c.ID] = c.Record
			}
			return inner.Commit(ctx, changes)
		}
		f.load = func(inner store.Shared, ctx context.Context, id store.ID) (*store.State, error) {
			s, err := inner.Load(ctx, id)
			if err == nil && len(s.Records) > 0 {
				s.Records = append(slices.Clone(s.Records[:len(s.Records)-1]), kept[id])
			}
			return s, err
		}
	}},
	{"keeps the caller's snapshot", "StoreKeepsCopies", func(f *faulty) {
		kept := map[store.ID][]byte{}
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			for _, c := range changes {
				if c.Snapshot != nil {
					kept[c.ID] = c.Snapshot
				}
			}
			return inner.Commit(ctx, changes)
		}
		f.load = func(inner store.Shared, ctx context.Context, id store.ID) (*store.State, error) {
			s, err := inner.Load(ctx, id)
			if err == nil {
				s.Snapshot = kept[id]
			}
			return s, err
		}
	}},
	{"keeps the caller's tags", "StoreKeepsCopies", func(f *faulty) {
		kept := map[store.ID]map[string]string{}
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			for _, c := range changes {
				if c.Head != nil {
					kept[c.ID] = c.Head.Tags
				}
			}
			return inner.Commit(ctx, changes)
		}
		f.load = func(inner store.Shared, ctx context.Context, id store.ID) (*store.State, error) {
			s, err := inner.Load(ctx, id)
			if err == nil {
				s.Head.Tags = kept[id]
			}
			return s, err
		}
	}},
	{"keeps the caller's definition", "StoreKeepsCopies", func(f *faulty) {
		kept := map[string][]byte{}
		f.putDefinition = func(_ store.Shared, ctx context.Context, digest string, definition []byte) error {
			kept[digest] = definition
			return ctx.Err()
		}
		f.definition = func(_ store.Shared, ctx context.Context, digest string) ([]byte, error) {
			return kept[digest], ctx.Err()
		}
	}},
	{"returns one state for all loads", "StoreKeepsCopies", func(f *faulty) {
		states := map[store.ID]*store.State{}
		f.load = func(inner store.Shared, ctx context.Context, id store.ID) (*store.State, error) {
			s, err := inner.Load(ctx, id)
			if err != nil {
				return nil, err
			}
			if states[id] == nil {
				states[id] = s
			}
			*states[id] = *s
			return states[id], nil
		}
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			err := inner.Commit(ctx, changes)
			for id, s := range states {
				if now, err := inner.Load(ctx, id); err == nil {
					*s = *now
				}
			}
			return err
		}
	}},
	{"ignores contexts", "EndedContextIsAnError SharedEndedContextIsAnError", func(f *faulty) {
		live := context.Background()
		f.commit = func(inner store.Shared, _ context.Context, changes []store.Change) error {
			return inner.Commit(live, changes)
		}
		f.post = func(inner store.Shared, _ context.Context, id store.ID, event []byte) error {
			return inner.Post(live, id, event)
		}
	}},
	{"reports an ended context after it has acted", "EndedContextIsAnError SharedEndedContextIsAnError", func(f *faulty) {
		live := context.Background()
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			return errors.Join(inner.Commit(live, changes[:len(changes)/2]), ctx.Err(), inner.Commit(ctx, changes))
		}
		f.post = func(inner store.Shared, ctx context.Context, id store.ID, event []byte) error {
			return errors.Join(inner.Post(live, id, event), ctx.Err())
		}
	}},
	{"returns an empty state for an unknown ID", "UnknownIsNotFound", func(f *faulty) {
		f.load = func(inner store.Shared, ctx context.Context, id store.ID) (*store.State, error) {
			if s, err := inner.Load(ctx, id); err == nil {
				return s, nil
			}
			return &store.State{}, nil
		}
	}},
	{"has an error of its own for an unknown name", "UnknownIsNotFound CommitAcceptsANameOnce", func(f *faulty) {
		f.find = func(inner store.Shared, ctx context.Context, namespace, machine, name string) (store.ID, error) {
			id, err := inner.Find(ctx, namespace, machine, name)
			if err != nil {
				err = errors.New("no rows")
			}
			return id, err
		}
	}},
	{"does not delete beside an unknown ID", "UnknownIsNotFound DeleteLeavesNothing", func(f *faulty) {
		f.delete = func(inner store.Shared, ctx context.Context, ids []store.ID) error {
			for _, id := range ids {
				if _, err := inner.Load(ctx, id); err != nil {
					return err
				}
			}
			return inner.Delete(ctx, ids...)
		}
	}},
	{"returns the records before a version too", "RecordsAreInOrder", func(f *faulty) {
		f.records = func(inner store.Shared, ctx context.Context, id store.ID, after uint64, each func(uint64, []byte) bool) error {
			return inner.Records(ctx, id, 0, each)
		}
	}},
	{"goes on when f returns false", "RecordsAreInOrder", func(f *faulty) {
		f.records = func(inner store.Shared, ctx context.Context, id store.ID, after uint64, each func(uint64, []byte) bool) error {
			return inner.Records(ctx, id, after, func(v uint64, record []byte) bool { each(v, record); return true })
		}
	}},
	{"returns 100 records at most", "RecordsAreInOrder", func(f *faulty) {
		f.records = func(inner store.Shared, ctx context.Context, id store.ID, after uint64, each func(uint64, []byte) bool) error {
			n := 0
			return inner.Records(ctx, id, after, func(v uint64, record []byte) bool { n++; return n <= 100 && each(v, record) })
		}
	}},
	{"uses one buffer for all records", "RecordsAreInOrder CommitStoresChanges", func(f *faulty) {
		var buffer []byte
		f.records = func(inner store.Shared, ctx context.Context, id store.ID, after uint64, each func(uint64, []byte) bool) error {
			return inner.Records(ctx, id, after, func(v uint64, record []byte) bool {
				buffer = append(buffer[:0], record...)
				return each(v, buffer)
			})
		}
	}},
	{"returns records by version as strings", "RecordsAreInOrder", func(f *faulty) {
		f.records = func(inner store.Shared, ctx context.Context, id store.ID, after uint64, each func(uint64, []byte) bool) error {
			all := map[string][]byte{}
			var keys []string
			_ = inner.Records(ctx, id, after, func(v uint64, record []byte) bool {
				key := fmt.Sprint(v)
				all[key], keys = record, append(keys, key)
				return true
			})
			slices.Sort(keys)
			for _, key := range keys {
				var v uint64
				fmt.Sscan(key, &v)
				if !each(v, all[key]) {
					break
				}
			}
			return nil
		}
	}},
	{"ignores the cursor of Due", "DueIsInOrder RandomCallsDoWhatMemoryDoes", editDue(func(after *store.Place, _ *int64, _ *int) { *after = store.Place{} }, nil)},
	{"ignores the ID of Due's cursor", "DueIsInOrder", editDue(func(after *store.Place, _ *int64, _ *int) { after.ID = store.ID{} }, nil)},
	{"begins Due after all of the cursor's time", "DueIsInOrder", editDue(func(after *store.Place, _ *int64, _ *int) {
		if after.ID != (store.ID{}) {
			after.Due++
			after.ID = store.ID{}
		}
	}, nil)},
	{"includes the cursor of Due", "DueIsInOrder", editDue(func(after *store.Place, _ *int64, _ *int) {
		if after.ID[15] > 0 {
			after.ID[15]--
		}
	}, nil)},
	{"takes until as exclusive", "DueIsInOrder", editDue(func(_ *store.Place, until *int64, _ *int) { *until-- }, nil)},
	{"ignores the limit of Due", "DueIsInOrder", editDue(func(_ *store.Place, _ *int64, limit *int) { *limit = math.MaxInt }, nil)},
	{"orders Due by ID only", "DueIsInOrder", editDue(nil, func(states []store.State) {
		slices.SortFunc(states, func(a, b store.State) int { return compareIDs(a.ID, b.ID) })
	})},
	{"orders ties of Due by descending ID", "DueIsInOrder", editDue(nil, func(states []store.State) {
		slices.SortFunc(states, func(a, b store.State) int {
			return store.Place{Due: a.Head.Due, ID: b.ID}.Compare(store.Place{Due: b.Head.Due, ID: a.ID})
		})
	})},
	{"returns states without snapshots and records", "DueIsInOrder DueFollowsTheHead", editDue(nil, func(states []store.State) {
		for i := range states {
			states[i].Snapshot, states[i].Records = nil, nil
		}
	})},
	{"takes Never as a time", "DueIsInOrder", func(f *faulty) {
		f.due = func(inner store.Shared, ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
			states, err := inner.Due(ctx, after, until, limit)
			if until == store.Never {
				for _, s := range allStates(inner) {
					if s.Head.Due == store.Never && len(states) < limit && after.Due < store.Never {
						states = append(states, s)
					}
				}
			}
			return states, err
		}
	}},
	{"never moves an execution to a later Due", "DueFollowsTheHead", func(f *faulty) {
		f.due = func(inner store.Shared, ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
			states, err := inner.Due(ctx, after, until, limit)
			slices.SortStableFunc(states, func(a, b store.State) int { return compareIDs(a.ID, b.ID) })
			return states, err
		}
	}},
	{"ignores After", "ListIsPaged", editQuery(func(q *store.Query) { q.After = nil })},
	{"has no default limit", "ListIsPaged", editQuery(func(q *store.Query) {
		if q.Limit == 0 {
			q.Limit = math.MaxInt
		}
	})},
	{"counts a page", "ListIsPaged", func(f *faulty) {
		f.count = func(inner store.Shared, ctx context.Context, q store.Query) (map[machine.Status]int64, error) {
			list, err := inner.List(ctx, q)
			counts := map[machine.Status]int64{}
			for _, l := range list {
				counts[l.Status]++
			}
			return counts, err
		}
	}},
	{"lists the earliest start first", "ListIsPaged", editList(func(page []store.Listed) { slices.Reverse(page) })},
	{"lists equal starts by ascending ID", "ListIsPaged", editList(func(page []store.Listed) {
		slices.SortFunc(page, func(a, b store.Listed) int {
			a.ID, b.ID = b.ID, a.ID
			return a.Compare(b)
		})
	})},
	{"returns heads without tags", "StringsAreOpaque RandomCallsDoWhatMemoryDoes", func(f *faulty) {
		editList(func(page []store.Listed) {
			for i := range page {
				page[i].Tags = nil
			}
		})(f)
		f.load = func(inner store.Shared, ctx context.Context, id store.ID) (*store.State, error) {
			s, err := inner.Load(ctx, id)
			if err == nil {
				s.Head.Tags = nil
			}
			return s, err
		}
	}},
	{"counts nothing", "QuerySelects", func(f *faulty) {
		f.count = func(_ store.Shared, ctx context.Context, _ store.Query) (map[machine.Status]int64, error) {
			return nil, ctx.Err()
		}
	}},
	{"ignores Query.Namespace", "QuerySelects", editQuery(func(q *store.Query) { q.Namespace = nil })},
	{"takes the namespace \"\" as all", "QuerySelects", editQuery(func(q *store.Query) {
		if q.Namespace != nil && *q.Namespace == "" {
			q.Namespace = nil
		}
	})},
	{"ignores Query.Machine", "QuerySelects", editQuery(func(q *store.Query) { q.Machine = "" })},
	{"ignores Query.NamePrefix", "QuerySelects", editQuery(func(q *store.Query) { q.NamePrefix = "" })},
	{"folds the case of NamePrefix", "QuerySelects", editQuery(func(q *store.Query) { q.NamePrefix = strings.ToLower(q.NamePrefix) })},
	{"takes % in NamePrefix as a wildcard", "QuerySelects StringsAreOpaque", editQuery(func(q *store.Query) { q.NamePrefix = strings.TrimRight(q.NamePrefix, "%") })},
	{"takes _ in NamePrefix as a wildcard", "QuerySelects StringsAreOpaque", editQuery(func(q *store.Query) { q.NamePrefix = strings.TrimRight(q.NamePrefix, "_") })},
	{"ignores Query.Parent", "QuerySelects", editQuery(func(q *store.Query) { q.Parent = store.ID{} })},
	{"ignores Query.Tags", "QuerySelects StringsAreOpaque", editQuery(func(q *store.Query) { q.Tags = nil })},
	{"takes any of the tags", "QuerySelects", editQuery(func(q *store.Query) {
		if q.Tags["x"] == "1" {
			q.Tags = map[string]string{"x": "1"}
		}
	})},
	{"ignores Query.Parked", "QuerySelects", editQuery(func(q *store.Query) { q.Parked = false })},
	{"ignores Query.StartedFrom", "QuerySelects", editQuery(func(q *store.Query) { q.StartedFrom = time.Time{} })},
	{"takes StartedFrom as exclusive", "QuerySelects", editQuery(func(q *store.Query) {
		if !q.StartedFrom.IsZero() {
			q.StartedFrom = q.StartedFrom.Add(1)
		}
	})},
	{"ignores Query.StartedTo", "QuerySelects", editQuery(func(q *store.Query) { q.StartedTo = time.Time{} })},
	{"takes StartedTo as inclusive", "QuerySelects", editQuery(func(q *store.Query) {
		if !q.StartedTo.IsZero() {
			q.StartedTo = q.StartedTo.Add(1)
		}
	})},
	{"ignores Query.Status", "QuerySelects", editQuery(func(q *store.Query) { q.Status = nil })},
	{"takes the first Status only", "QuerySelects", editQuery(func(q *store.Query) { q.Status = q.Status[:min(1, len(q.Status))] })},
	{"ignores Query.EndedBefore", "QuerySelects", editQuery(func(q *store.Query) { q.EndedBefore = time.Time{} })},
	{"takes EndedBefore as inclusive", "QuerySelects", editQuery(func(q *store.Query) {
		if !q.EndedBefore.IsZero() {
			q.EndedBefore = q.EndedBefore.Add(1)
		}
	})},
	{"takes those that run as ended long ago", "QuerySelects", func(f *faulty) {
		f.list = func(inner store.Shared, ctx context.Context, q store.Query) ([]store.Listed, error) {
			before := q.EndedBefore
			q.EndedBefore = time.Time{}
			list, err := inner.List(ctx, q)
			return slices.DeleteFunc(list, func(l store.Listed) bool { return !before.IsZero() && !l.Ended.Before(before) }), err
		}
	}},
	{"deletes what runs", "DeleteLeavesNothing", func(f *faulty) {
		f.delete = func(inner store.Shared, ctx context.Context, ids []store.ID) error {
			for _, id := range ids {
				if s, err := inner.Load(ctx, id); err == nil && s.Head.Status == machine.Running {
					endHead(&s.Head)
					_ = inner.Commit(ctx, []store.Change{{ID: id, Version: s.Version + 1, Head: &s.Head}})
				}
			}
			return inner.Delete(ctx, ids...)
		}
	}},
	{"deletes nothing", "DeleteLeavesNothing", func(f *faulty) {
		f.delete = func(_ store.Shared, ctx context.Context, _ []store.ID) error { return ctx.Err() }
	}},
	{"keeps the records of what was deleted", "DeleteLeavesNothing", func(f *faulty) {
		kept := map[store.ID][]byte{}
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			for _, c := range changes {
				kept[c.ID] = bytes.Clone(c.Record)
			}
			return inner.Commit(ctx, changes)
		}
		f.records = func(inner store.Shared, ctx context.Context, id store.ID, after uint64, each func(uint64, []byte) bool) error {
			if _, err := inner.Load(ctx, id); err != nil && kept[id] != nil {
				each(1, kept[id])
				return nil
			}
			return inner.Records(ctx, id, after, each)
		}
	}},
	{"keeps the names of what was deleted", "DeleteLeavesNothing", func(f *faulty) {
		taken := map[string]bool{}
		f.delete = func(inner store.Shared, ctx context.Context, ids []store.ID) error {
			for _, id := range ids {
				if s, err := inner.Load(ctx, id); err == nil && s.Head.Status != machine.Running {
					taken[s.Head.Name] = true
				}
			}
			return inner.Delete(ctx, ids...)
		}
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			for _, c := range changes {
				if c.Version == 1 && c.Head != nil && taken[c.Head.Name] {
					return &store.ConflictError{Names: []store.ID{c.ID}}
				}
			}
			return inner.Commit(ctx, changes)
		}
	}},
	{"replaces definitions", "DefinitionsAreKept", func(f *faulty) {
		kept := map[string][]byte{}
		f.putDefinition = func(_ store.Shared, ctx context.Context, digest string, definition []byte) error {
			kept[digest] = bytes.Clone(definition)
			return ctx.Err()
		}
		f.definition = func(_ store.Shared, ctx context.Context, digest string) ([]byte, error) {
			return kept[digest], ctx.Err()
		}
	}},
	{"drops the definitions of changes", "DefinitionsAreKept", func(f *faulty) {
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				changes[i].Definition = nil
			}
			return inner.Commit(ctx, changes)
		}
	}},
	{"folds the case of digests", "DefinitionsAreKept", func(f *faulty) {
		f.putDefinition = func(inner store.Shared, ctx context.Context, digest string, definition []byte) error {
			return inner.PutDefinition(ctx, strings.ToLower(digest), definition)
		}
		f.definition = func(inner store.Shared, ctx context.Context, digest string) ([]byte, error) {
			return inner.Definition(ctx, strings.ToLower(digest))
		}
	}},
	{"forgets everything when it is opened again", "ReopenedStoreHasEverything", func(f *faulty) {
		f.reopen = func(inner store.Shared) {
			for _, s := range allStates(inner) {
				endHead(&s.Head)
				_ = inner.Commit(context.Background(), []store.Change{{ID: s.ID, Version: s.Version + 1, Head: &s.Head}})
				_ = inner.Delete(context.Background(), s.ID)
			}
		}
	}},
	{"brings back what was deleted", "ReopenedStoreHasEverything", func(f *faulty) {
		var deleted []store.State
		f.delete = func(inner store.Shared, ctx context.Context, ids []store.ID) error {
			for _, id := range ids {
				if s, err := inner.Load(ctx, id); err == nil {
					deleted = append(deleted, *s)
				}
			}
			return inner.Delete(ctx, ids...)
		}
		f.reopen = func(inner store.Shared) {
			for _, s := range deleted {
				_ = inner.Commit(context.Background(), []store.Change{{ID: s.ID, Version: 1, Head: &s.Head}})
			}
		}
	}},
	{"loses a Commit while another one runs", "ConcurrentCallsAreSafe", func(f *faulty) {
		var running atomic.Int32
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			defer running.Add(-1)
			if running.Add(1) > 1 && len(changes) == 1 && changes[0].Version > 1 {
				return nil
			}
			runtime.Gosched()
			return inner.Commit(ctx, changes)
		}
	}},
	{"is busy while another call runs", "ConcurrentCallsAreSafe OneWriterWinsAVersion", func(f *faulty) {
		var running atomic.Int32
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			defer running.Add(-1)
			if running.Add(1) > 1 {
				return errors.New("database is locked")
			}
			runtime.Gosched()
			return inner.Commit(ctx, changes)
		}
	}},
	{"checks versions before it locks", "OneWriterWinsAVersion", func(f *faulty) {
		var mu sync.Mutex
		stored := map[string][]byte{}
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			err := inner.Commit(ctx, changes)
			mu.Lock()
			defer mu.Unlock()
			key := fmt.Sprint(changes[0].ID, changes[0].Version)
			if errors.Is(err, store.ErrConflict) && len(stored[key]) == 1 { // the second one too
				stored[key] = append(stored[key], 2)
				return nil
			} else if err == nil {
				stored[key] = []byte{1}
			}
			return err
		}
	}},
	{"returns damaged bytes", "DamageIsReported", func(f *faulty) {
		f.damage = func(*faulty, store.ID, uint64) {}
	}},
	{"keeps damaged executions that run", "DamageIsReported", func(f *faulty) {
		f.damage = func(f *faulty, id store.ID, version uint64) {
			damageHonestly(f, id, version)
			f.delete = nil
		}
	}},
	{"deletes executions that run", "DamageIsReported", func(f *faulty) {
		f.damage = func(f *faulty, id store.ID, version uint64) {
			damageHonestly(f, id, version)
			honest := f.delete
			f.delete = func(inner store.Shared, ctx context.Context, ids []store.ID) error {
				if s, err := inner.Load(ctx, id); err == nil {
					endHead(&s.Head)
					if err := inner.Commit(ctx, []store.Change{{ID: id, Version: s.Version + 1, Head: &s.Head}}); err != nil {
						return err
					}
				}
				return honest(inner, ctx, ids)
			}
		}
	}},
	{"fails Due at a damaged execution", "DamageIsReported", func(f *faulty) {
		f.damage = func(f *faulty, id store.ID, version uint64) {
			damageHonestly(f, id, version)
			f.due = func(store.Shared, context.Context, store.Place, int64, int) ([]store.State, error) {
				return nil, store.ErrCorrupt
			}
		}
	}},
	{"leaves damaged executions out of Due", "DamageIsReported", func(f *faulty) {
		f.damage = func(f *faulty, id store.ID, version uint64) {
			damageHonestly(f, id, version)
			f.due = func(inner store.Shared, ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
				states, err := inner.Due(ctx, after, until, limit)
				return slices.DeleteFunc(states, func(s store.State) bool { return s.ID == id }), err
			}
		}
	}},
	{"claims damaged executions without an error", "DamageIsReported", func(f *faulty) {
		f.damage = func(f *faulty, id store.ID, version uint64) {
			damageHonestly(f, id, version)
			f.claim = nil
		}
	}},
	{"loses the Due of damaged executions", "DamageIsReported", func(f *faulty) {
		f.damage = func(f *faulty, id store.ID, version uint64) {
			damageHonestly(f, id, version)
			due := f.due
			f.due = func(inner store.Shared, ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
				states, err := due(inner, ctx, after, until, limit)
				for i := range states {
					if states[i].Err != nil {
						states[i].Head.Due = 0
					}
				}
				return states, err
			}
		}
	}},
	{"gives damaged records to f", "DamageIsReported", func(f *faulty) {
		f.damage = func(f *faulty, id store.ID, version uint64) {
			damageHonestly(f, id, version)
			f.records = nil
		}
	}},
	{"does not note who has claimed", "SharedClaimsAreDisjoint SharedClaimsWhatIsDue", func(f *faulty) {
		f.claim = func(inner store.Shared, ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
			return inner.Due(ctx, store.Place{}, until, limit)
		}
	}},
	{"claims what is not due", "SharedClaimsWhatIsDue", editClaim(func(_ *store.Owner, until *int64, _ *int) { *until = store.Never })},
	{"ignores the limit of Claim", "SharedClaimsWhatIsDue", editClaim(func(_ *store.Owner, _ *int64, limit *int) { *limit = math.MaxInt })},
	{"ignores Change.Owner", "SharedClaimsWhatIsDue", editChanges(func(c *store.Change) { c.Owner = 0 })},
	{"gives a number to all owners", "SharedClaimsWhatIsDue", func(f *faulty) {
		f.join = func(inner store.Shared, ctx context.Context, ttl time.Duration) (store.Owner, error) {
			if err := inner.Renew(ctx, 1, ttl); err == nil {
				return 1, nil
			}
			return inner.Join(ctx, ttl)
		}
	}},
	{"releases the executions of others", "SharedClaimsWhatIsDue", func(f *faulty) {
		f.release = func(inner store.Shared, ctx context.Context, o store.Owner, ids []store.ID) error {
			for o := range store.Owner(10) {
				_ = inner.Release(ctx, o, ids...)
			}
			return ctx.Err()
		}
	}},
	{"releases nothing", "SharedClaimsWhatIsDue", func(f *faulty) {
		f.release = func(store.Shared, context.Context, store.Owner, []store.ID) error { return nil }
	}},
	{"keeps the executions of those that leave", "SharedClaimsWhatIsDue", func(f *faulty) {
		f.leave = func(store.Shared, context.Context, store.Owner) error { return nil }
	}},
	{"has leases that never expire", "SharedLeasesExpire", func(f *faulty) {
		f.join = func(inner store.Shared, ctx context.Context, _ time.Duration) (store.Owner, error) {
			return inner.Join(ctx, leaseTime)
		}
		f.renew = func(inner store.Shared, ctx context.Context, o store.Owner, _ time.Duration) error {
			return inner.Renew(ctx, o, leaseTime)
		}
	}},
	{"does not extend leases", "SharedLeasesExpire", func(f *faulty) {
		f.renew = func(inner store.Shared, ctx context.Context, o store.Owner, ttl time.Duration) error { return nil }
	}},
	{"renews a lease that has expired", "SharedLeasesExpire", func(f *faulty) {
		f.renew = func(inner store.Shared, ctx context.Context, o store.Owner, ttl time.Duration) error {
			_ = inner.Renew(ctx, o, ttl)
			return nil
		}
	}},
	{"lets owners claim whose lease has expired", "SharedLeasesExpire", func(f *faulty) {
		f.claim = func(inner store.Shared, ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
			states, err := inner.Claim(ctx, o, until, limit)
			if errors.Is(err, store.ErrLease) {
				err = nil
			}
			return states, err
		}
	}},
	{"refuses changes of those without a lease with an error of its own", "SharedLeasesExpire", func(f *faulty) {
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			if c := changes[0]; c.Owner > 0 && errors.Is(inner.Renew(ctx, c.Owner, leaseTime), store.ErrLease) {
				return store.ErrLease
			}
			return inner.Commit(ctx, changes)
		}
	}},
	{"loses posts", "SharedPostsAreKeptUntilApplied", func(f *faulty) {
		f.post = func(inner store.Shared, ctx context.Context, id store.ID, _ []byte) error {
			return second(inner.Load(ctx, id))
		}
	}},
	{"does not remove posts", "SharedPostsAreKeptUntilApplied", editChanges(func(c *store.Change) { c.Posts = nil })},
	{"removes all posts with the first change", "SharedPostsAreKeptUntilApplied", func(f *faulty) {
		f.commit = func(inner store.Shared, ctx context.Context, changes []store.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				if len(changes[i].Posts) > 0 {
					changes[i].Posts = append(slices.Clone(changes[i].Posts), 1, 2, 3, 4, 5)
				}
			}
			return inner.Commit(ctx, changes)
		}
	}},
	{"gives posts to all owners", "SharedPostsAreKeptUntilApplied", func(f *faulty) {
		f.posted = func(inner store.Shared, ctx context.Context, o store.Owner, after uint64, limit int) (all []store.Post, err error) {
			for o := range store.Owner(10) {
				posts, _ := inner.Posted(ctx, o, after, limit)
				all = append(all, posts...)
			}
			return all, nil
		}
	}},
	{"returns posts in the wrong order", "SharedPostsAreKeptUntilApplied", func(f *faulty) {
		f.posted = func(inner store.Shared, ctx context.Context, o store.Owner, after uint64, limit int) ([]store.Post, error) {
			posts, err := inner.Posted(ctx, o, after, limit)
			slices.Reverse(posts)
			return posts, err
		}
	}},
	{"ignores the limit of Posted", "SharedPostsAreKeptUntilApplied", func(f *faulty) {
		f.posted = func(inner store.Shared, ctx context.Context, o store.Owner, after uint64, _ int) ([]store.Post, error) {
			return inner.Posted(ctx, o, after, math.MaxInt)
		}
	}},
	{"returns posts before the number", "SharedPostsAreKeptUntilApplied", func(f *faulty) {
		f.posted = func(inner store.Shared, ctx context.Context, o store.Owner, _ uint64, limit int) ([]store.Post, error) {
			return inner.Posted(ctx, o, 0, limit)
		}
	}},
	{"lets a Head hide that an execution has posts", "SharedPostsAreKeptUntilApplied", func(f *faulty) {
		f.claim = func(inner store.Shared, ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
			states, err := inner.Claim(ctx, o, until, limit)
			return slices.DeleteFunc(states, func(s store.State) bool { return s.Version > 1 }), err
		}
	}},
	{"listens for too long", "SharedListensUntilTheEnd", func(f *faulty) {
		f.listen = func(store.Shared, context.Context, store.Owner, func()) error {
			time.Sleep(2 * time.Minute)
			return nil
		}
	}},
}

// editDue changes the arguments and the results of Due.
func editDue(before func(after *store.Place, until *int64, limit *int), then func(states []store.State)) func(f *faulty) {
	return func(f *faulty) {
		f.due = func(inner store.Shared, ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
			if before != nil {
				before(&after, &until, &limit)
			}
			states, err := inner.Due(ctx, after, until, limit)
			if then != nil {
				then(states)
			}
			return states, err
		}
	}
}

func editClaim(before func(o *store.Owner, until *int64, limit *int)) func(f *faulty) {
	return func(f *faulty) {
		f.claim = func(inner store.Shared, ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
			before(&o, &until, &limit)
			return inner.Claim(ctx, o, until, limit)
		}
	}
}

// editList changes the pages of List.
func editList(then func(page []store.Listed)) func(f *faulty) {
	return func(f *faulty) {
		f.list = func(inner store.Shared, ctx context.Context, q store.Query) ([]store.Listed, error) {
			page, err := inner.List(ctx, q)
			then(page)
			return page, err
		}
	}
}
