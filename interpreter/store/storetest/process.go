package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gostates/gostates/interpreter/store"
)

var processChecks = []check{
	{"ReopenedStoreHasEverything", checkReopen},
	{"ConcurrentCallsAreSafe", checkConcurrentCalls},
	{"OneWriterWinsAVersion", checkWriters},
	{"DamageIsReported", checkDamage},
	{"RandomCallsDoWhatMemoryDoes", checkRandomCalls},
}

func checkReopen(k *kit) {
	if k.options.Volatile {
		k.Skip("the store is volatile")
	}
	rule := "a store that is opened again has everything that Commit has acknowledged"
	k.reopenStore()
	var all [][]store.Change
	for range 5 {
		one := k.create(func(h *store.Head) { h.Tags = map[string]string{"x": h.Name} })
		two := follow(one)
		two.Head, two.Snapshot = headOf(one, func(h *store.Head) { h.Due, h.Parked = int64(k.made), "parked" }), []byte("state 2")
		three := follow(two)
		for _, c := range []store.Change{one, two, three} {
			k.commit(rule, c)
		}
		all = append(all, []store.Change{one, two, three})
		k.reopenStore()
		for _, changes := range all {
			k.wantStored(rule, changes...)
		}
	}
	gone := all[0]
	end := follow(gone[2])
	end.Head = headOf(gone[0], endHead)
	k.commit(rule, end)
	if err := k.Delete(k.ctx, end.ID); err != nil {
		k.Fatalf("Delete: %v", err)
	}
	if err := k.PutDefinition(k.ctx, "d", []byte("definition")); err != nil {
		k.Fatalf("PutDefinition: %v", err)
	}
	k.reopenStore()
	k.wantAbsent("what was deleted is not back after a store was opened again", gone[0])
	if got, err := k.Definition(k.ctx, "d"); err != nil || string(got) != "definition" {
		k.Errorf("%s: Definition = %q, %v", rule, got, err)
	}
	last := all[1]
	k.commit("a Commit may be repeated after the store was opened again", last[2])
	taken := k.create(func(h *store.Head) { h.Name = last[0].Head.Name })
	k.wantConflict("a name is taken after the store was opened again", nil, []store.ID{taken.ID}, taken)
	last[2].Record = []byte("another")
	k.wantConflict("a version is stored after the store was opened again", []store.ID{last[2].ID}, nil, last[2])
}

const writers = 64

// startWriters calls f concurrently and waits.
func startWriters(f func(writer int)) {
	var wg sync.WaitGroup
	gate := make(chan struct{})
	for w := range writers {
		wg.Go(func() {
			<-gate
			f(w)
		})
	}
	close(gate)
	wg.Wait()
}

// checkConcurrentCalls lets 64 goroutines drive executions of their own while others
// read.
func checkConcurrentCalls(k *kit) {
	const versions = 8
	changes := make([][]store.Change, writers)
	for w := range changes {
		c := k.create()
		for range versions {
			changes[w] = append(changes[w], c)
			next := follow(c)
			next.Head = headOf(changes[w][0], func(h *store.Head) { h.Due = int64(next.Version) })
			if next.Version%3 == 0 {
				next.Snapshot = fmt.Appendf(nil, "state %d", next.Version)
			}
			c = next
		}
	}
	startWriters(func(w int) {
		mine := changes[w]
		for i, c := range mine {
			if err := k.Commit(k.ctx, []store.Change{c}); err != nil {
				k.Errorf("64 goroutines commit to executions of their own: %v", err)
				return
			}
			state, err := k.Load(k.ctx, c.ID)
			if err != nil {
				k.Errorf("64 goroutines load: %v", err)
				return
			}
			if diff := diffState(*state, foldChanges(mine[:i+1])); diff != "" {
				k.Errorf("a Load after a Commit has it: %s", diff)
			}
			switch i % 4 {
			case 0:
				_, err = k.Due(k.ctx, store.Place{}, store.Never-1, 5)
			case 1:
				_, err = k.List(k.ctx, store.Query{Limit: 5, Machine: arn})
			case 2:
				_, err = k.Count(k.ctx, store.Query{})
			default:
				err = k.Records(k.ctx, changes[(w+1)%writers][0].ID, 0, func(uint64, []byte) bool { return true })
			}
			if err != nil {
				k.Errorf("64 goroutines read: %v", err)
			}
		}
	})
	for _, c := range changes {
		k.wantStored("64 goroutines commit to executions of their own", c...)
	}
}

// checkWriters lets 64 goroutines compete for each version of the same executions.
func checkWriters(k *kit) {
	const versions = 5
	shared := []store.Change{k.create(), k.create(), k.create()}
	won := make([][]store.Change, len(shared))
	for i, c := range shared {
		k.commit("new executions are stored", c)
		won[i] = append(won[i], c)
	}
	names := k.create().Head
	for range versions {
		results := make([]error, writers)
		tried := make([][]store.Change, writers)
		for w := range tried {
			for i := range shared {
				c := follow(won[i][len(won[i])-1])
				c.Record = fmt.Appendf(nil, "by writer %d", w)
				tried[w] = append(tried[w], c)
			}
		}
		startWriters(func(w int) { results[w] = k.Commit(k.ctx, tried[w]) })
		winner := k.wantOneWinner("of 64 writers of a version one wins", results)
		for i := range shared {
			won[i] = append(won[i], tried[winner][i])
			k.wantStored("the winner's group is stored whole", won[i]...)
		}
	}
	results := make([]error, writers)
	tried := make([]store.Change, writers)
	for w := range tried {
		tried[w] = k.create(func(h *store.Head) { h.Name = names.Name })
	}
	startWriters(func(w int) { results[w] = k.Commit(k.ctx, tried[w:w+1]) })
	winner := k.wantOneWinner("of 64 executions that take a name one wins", results)
	k.wantStored("the winner of a name is stored", tried[winner])
}

// wantOneWinner returns the index of the nil error. All others must be conflicts.
func (k *kit) wantOneWinner(rule string, results []error) int {
	k.Helper()
	winner := -1
	for w, err := range results {
		switch {
		case err == nil && winner >= 0:
			k.Fatalf("%s: Commit returned nil to writers %d and %d", rule, winner, w)
		case err == nil:
			winner = w
		case !errors.Is(err, store.ErrConflict):
			k.Errorf("%s: Commit returned %v; want a conflict", rule, err)
		}
	}
	if winner < 0 {
		k.Fatalf("%s: all got an error, such as %v", rule, results[0])
	}
	return winner
}

// checkDamage changes stored bytes behind the store's back.
func checkDamage(k *kit) {
	damage := k.options.Damage
	if damage == nil {
		k.Skip("Options.Damage is nil")
	}
	rule := "damaged bytes are an ErrCorrupt"
	isCorrupt := func(call string, err error) {
		k.Helper()
		if !errors.Is(err, store.ErrCorrupt) {
			k.Errorf("%s: %s returned %v", rule, call, err)
		}
	}
	for _, part := range []struct {
		name    string
		version uint64 // whose record is damaged; 0: the snapshot
		fails   bool   // Load needs it
	}{
		{"the snapshot", 0, true},
		{"a record after the snapshot", 4, true},
		{"the first record", 1, false},
	} {
		var group []store.Change
		var all [3][]store.Change // the second is damaged
		for i := range all {
			one := k.create(dueAt(5))
			two := follow(one)
			two.Snapshot = fmt.Appendf(nil, "snapshot of %v", one.ID)
			three, four := follow(two), follow(follow(two))
			all[i] = []store.Change{one, two, three, four}
			group = append(group, one)
		}
		k.commit("new executions are stored", group...)
		for _, changes := range all {
			for _, c := range changes[1:] {
				k.commit("the next version is accepted", c)
			}
		}
		id := all[1][0].ID
		damage(k.TB, k.Store, id, part.version)

		state, err := k.Load(k.ctx, id)
		if part.fails {
			isCorrupt("Load after damage to "+part.name, err)
		} else if err == nil {
			if diff := diffState(*state, foldChanges(all[1])); diff != "" {
				k.Errorf("a state without the damaged bytes is right: %s", diff)
			}
		} else {
			isCorrupt("Load", err)
		}
		if part.version > 0 {
			err := k.Records(k.ctx, id, 0, func(version uint64, record []byte) bool {
				if version >= part.version {
					k.Errorf("%s: Records called f with version %d, %s", rule, version, quoteBytes(record))
				}
				return true
			})
			isCorrupt("Records after damage to "+part.name, err)
		}

		k.wantDamagedDue("Due", part.name, all, part.fails, k.dueStates("Due returns damaged executions beside the others", store.Place{}, store.Never-1, 1000))
		if shared, ok := k.Store.(store.Shared); ok {
			s := &sharedKit{k, shared}
			states, err := shared.Claim(k.ctx, s.join(leaseTime), store.Never-1, 1000)
			if err != nil {
				k.Fatalf("Claim returns damaged executions beside the others: %v", err)
			}
			k.wantDamagedDue("Claim", part.name, all, part.fails, states)
		}
		rule := "Delete removes an execution that Load cannot return, also if it runs"
		if err := k.Delete(k.ctx, id); err != nil {
			k.Errorf("%s: after damage to %s it returned %v", rule, part.name, err)
		}
		if part.fails {
			k.wantAbsent(rule, all[1][0])
		} else if _, after := k.Load(k.ctx, id); err == nil && after != nil {
			k.Errorf("Delete leaves an execution alone that runs and that Load returns: after damage to %s Load returned %v", part.name, after)
		}
		k.wantStored("damage to one execution leaves the others alone", all[0]...)
		k.wantStored("damage to one execution leaves the others alone", all[2]...)
	}
}

// wantDamagedDue checks that all executions are returned, the second with an error if
// what was damaged is needed.
func (k *kit) wantDamagedDue(call, part string, all [3][]store.Change, fails bool, states []store.State) {
	k.Helper()
	seen := 0
	for _, s := range states {
		i := slices.IndexFunc(all[:], func(changes []store.Change) bool { return changes[0].ID == s.ID })
		if i < 0 {
			continue
		}
		seen++
		switch {
		case i == 1 && s.Err == nil && fails:
			k.Errorf("State.Err of %s is nil after damage to %s; want ErrCorrupt", call, part)
		case i == 1 && s.Err != nil && !errors.Is(s.Err, store.ErrCorrupt):
			k.Errorf("State.Err of %s is %v after damage to %s; want ErrCorrupt", call, s.Err, part)
		case i != 1 && s.Err != nil:
			k.Errorf("damage to one execution leaves the others alone: State.Err of %s is %v", call, s.Err)
		case s.Err == nil:
			if diff := diffState(s, foldChanges(all[i])); diff != "" {
				k.Errorf("damage to one execution leaves the others alone: %s: %s", call, diff)
			}
		case s.Head.Due != all[i][0].Head.Due:
			k.Errorf("Head.Due is right in a State with Err, for the cursor of Due: %d; want %d", s.Head.Due, all[i][0].Head.Due)
		}
	}
	if seen != len(all) {
		k.Errorf("%s returns damaged executions beside the others: %d of %d", call, seen, len(all))
	}
}
