package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

var readChecks = []check{
	{"UnknownIsNotFound", checkUnknown},
	{"RecordsAreInOrder", checkRecords},
	{"DueIsInOrder", checkDueOrder},
	{"DueFollowsTheHead", checkDueMoves},
	{"ListIsPaged", checkPages},
	{"QuerySelects", checkQueries},
	{"DeleteLeavesNothing", checkDelete},
	{"DefinitionsAreKept", checkDefinitions},
}

func checkUnknown(k *kit) {
	for _, when := range []string{"an empty store", "a store of others"} {
		c := store.Change{ID: store.ID{7}, Head: &store.Head{Machine: arn, Name: "unknown"}}
		k.wantAbsent(when, c)
		if _, err := k.Definition(k.ctx, "unknown"); !errors.Is(err, store.ErrNotFound) {
			k.Errorf("%s: Definition of an unknown digest returned %v; want ErrNotFound", when, err)
		}
		if err := k.Delete(k.ctx, c.ID); err != nil {
			k.Errorf("%s: Delete of an unknown execution returned %v; want nil", when, err)
		}
		if err := k.Delete(k.ctx); err != nil {
			k.Errorf("%s: Delete of nothing returned %v; want nil", when, err)
		}
		k.commit("a new execution is stored", k.create())
	}
}

func checkRecords(k *kit) {
	const n = 300
	c := k.create()
	changes := []store.Change{c}
	for range n - 1 {
		c = follow(c)
		changes = append(changes, c)
	}
	changes[150].Snapshot = []byte("state")
	for _, c := range changes {
		k.commit("the next version is accepted", c, store.Change{ID: k.newID(), Version: 1, Head: headOf(changes[0], func(h *store.Head) { h.Name = fmt.Sprint("other", c.Version) }), Record: []byte("of another")})
	}
	k.wantStored("records stay after a snapshot", changes...)
	for _, after := range []uint64{0, 1, 149, 150, 151, 298, 299, 300, 301, 1 << 40} {
		next := after
		k.eachRecord("Records", c.ID, after, func(version uint64, record []byte) {
			if next++; version != next || !bytes.Equal(record, changes[version-1].Record) {
				k.Fatalf("Records after %d: version %d, %q; want version %d", after, version, record, next)
			}
		})
		if want := max(after, n); next != want {
			k.Errorf("Records after %d ends at version %d; want %d", after, next, want)
		}
	}
	for _, stop := range []int{1, 2, 100} {
		calls := 0
		err := k.Records(k.ctx, c.ID, 0, func(uint64, []byte) bool { calls++; return calls < stop })
		if err != nil || calls != stop {
			k.Errorf("Records calls f until it returns false: %d calls, %v; want %d, nil", calls, err, stop)
		}
	}
}

// checkDueOrder compares each page of Due with the sorted executions.
func checkDueOrder(k *kit) {
	dues := []int64{store.Now, 5, 5, 5, 5, 1, store.Never, 7, 5, store.Now, store.Never - 1, 1 << 40, 1<<53 + 1, 1 << 53, 7, store.Never, 2}
	var group []store.Change
	for i, due := range dues {
		c := k.create(func(h *store.Head) { h.Due = due })
		c.ID[0] = byte(1 + i*83%251) // not in the order of the commits
		c.ID[15] = byte(255 - i)
		if i%2 == 0 {
			c.Snapshot = []byte("state")
		}
		group = append(group, c)
	}
	k.commit("new executions are stored", group...)
	var places []store.Place
	byID := map[store.ID]store.Change{}
	for _, c := range group {
		byID[c.ID] = c
		if c.Head.Due != store.Never {
			places = append(places, store.Place{Due: c.Head.Due, ID: c.ID})
		}
	}
	slices.SortFunc(places, store.Place.Compare)

	afters := append([]store.Place{{}, {Due: 5}, {Due: 6}, {Due: store.Never}}, places...)
	for _, after := range afters {
		for _, until := range []int64{store.Now, 4, 5, 7, 1 << 53, store.Never - 1, store.Never} {
			for _, limit := range []int{1, 2, 3, 100} {
				var want []store.Place
				for _, p := range places {
					if p.Compare(after) > 0 && p.Due <= until && len(want) < limit {
						want = append(want, p)
					}
				}
				var got []store.Place
				for _, s := range k.dueStates("Due", after, until, limit) {
					got = append(got, store.Place{Due: s.Head.Due, ID: s.ID})
					if diff := diffState(s, foldChanges([]store.Change{byID[s.ID]})); diff != "" {
						k.Errorf("Due returns whole states: %s", diff)
					}
				}
				if !slices.Equal(got, want) {
					k.Fatalf("Due(after %v, until %d, limit %d) returned %v; want %v", after, until, limit, got, want)
				}
			}
		}
	}
}

func checkDueMoves(k *kit) {
	wantDue := func(rule string, want ...store.Change) {
		k.Helper()
		var got, ids []store.ID
		for _, s := range k.dueStates(rule, store.Place{}, store.Never-1, 100) {
			got = append(got, s.ID)
		}
		for _, c := range want {
			ids = append(ids, c.ID)
		}
		if !slices.Equal(got, ids) {
			k.Fatalf("%s: Due returned %v; want %v", rule, got, ids)
		}
	}
	due := func(c store.Change, due int64) store.Change {
		next := follow(c)
		next.Head = headOf(c, func(h *store.Head) { h.Due = due })
		return next
	}
	a := k.create(func(h *store.Head) { h.Due = 10 })
	b := k.create(func(h *store.Head) { h.Due = 20 })
	k.commit("new executions are stored", a, b)
	wantDue("the earliest is first", a, b)
	a2 := due(a, 30)
	k.commit("a later Due", a2)
	wantDue("a change moves an execution to its new Due", b, a)
	b2 := due(b, store.Never)
	k.commit("a Due of Never", b2)
	wantDue("an execution whose Due is Never is not due", a)
	b3, a3 := due(b2, store.Now), follow(a2)
	k.commit("a Due of Now, and a change without a Head", b3, a3)
	wantDue("a change moves an execution to its new Due", b, a)
	for _, s := range k.dueStates("Due", store.Place{}, 100, 100) {
		want := foldChanges([]store.Change{a, a2, a3})
		if s.ID == b.ID {
			want = foldChanges([]store.Change{b, b2, b3})
		}
		if diff := diffState(s, want); diff != "" {
			k.Errorf("Due returns whole states: %s", diff)
		}
	}
	end := follow(b3)
	end.Head = headOf(b3, endHead)
	k.commit("an end", end)
	wantDue("an execution that has ended is not due", a)
}

func checkPages(k *kit) {
	const n = 137
	var want []store.Listed
	var group []store.Change
	for i := range n {
		c := k.create(func(h *store.Head) { h.Started = start.Add(time.Duration(i/10) * time.Nanosecond) })
		c.ID[0], c.ID[15] = byte(1+i*83%251), byte(i)
		group = append(group, c)
		want = append(want, store.Listed{ID: c.ID, Head: *c.Head})
	}
	k.commit("new executions are stored", group...)
	slices.SortFunc(want, func(a, b store.Listed) int {
		if c := b.Started.Compare(a.Started); c != 0 {
			return c
		}
		return compareIDs(b.ID, a.ID)
	})
	for _, limit := range []int{1, 7, 10, 100, n, n + 1} {
		var got []store.Listed
		q := store.Query{Limit: limit}
		for {
			page := k.list("List", q)
			if len(page) > limit {
				k.Fatalf("List with Limit %d returned %d", limit, len(page))
			}
			got = append(got, page...)
			if len(page) < limit || len(got) > n {
				break
			}
			q.After = &page[len(page)-1]
		}
		k.wantList(fmt.Sprintf("List in pages of %d", limit), got, want)
	}
	k.wantList("a Limit of 0 is DefaultLimit", k.list("List", store.Query{}), want[:store.DefaultLimit])
	if got := k.list("List", store.Query{After: &want[n-1]}); len(got) != 0 {
		k.Errorf("List after the last one returned %d", len(got))
	}
	k.wantList("a page follows an execution that is not stored", k.list("List", store.Query{
		After: &store.Listed{ID: store.ID{}, Head: store.Head{Started: want[0].Started}}, Limit: 3,
	}), want[7:10])
	if got := k.countTotal("Count", store.Query{After: &want[50], Limit: 3}); got != n {
		k.Errorf("Count ignores After and Limit: %d; want %d", got, n)
	}
}

func (k *kit) wantList(rule string, got, want []store.Listed) {
	k.Helper()
	if len(got) != len(want) {
		k.Fatalf("%s: %d executions; want %d", rule, len(got), len(want))
	}
	for i := range got {
		if got[i].ID != want[i].ID {
			k.Fatalf("%s: number %d is %v; want %v: the latest start first, then the greatest ID", rule, i, got[i].ID, want[i].ID)
		}
		if diff := diffHead(got[i].Head, want[i].Head); diff != "" {
			k.Fatalf("%s: %v: %s", rule, got[i].ID, diff)
		}
	}
}

// wantSelected checks which executions List and Count select.
func (k *kit) wantSelected(rule string, q store.Query, want ...store.ID) {
	k.Helper()
	q.Limit = 10_000
	var got []store.ID
	counts := map[machine.Status]int64{}
	for _, l := range k.list(rule, q) {
		got = append(got, l.ID)
		counts[l.Status]++
	}
	if !sameIDs(got, want) {
		k.Errorf("%s: List returned %v; want %v", rule, got, want)
	}
	q.Limit = 1
	counted, err := k.Count(k.ctx, q)
	if err != nil {
		k.Fatalf("%s: Count: %v", rule, err)
	}
	for status := machine.Running; status <= machine.Aborted; status++ {
		if counted[status] != counts[status] {
			k.Errorf("%s: Count of %v is %d; List returned %d", rule, status, counted[status], counts[status])
		}
	}
}

func checkQueries(k *kit) {
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	local := time.FixedZone("local", 2*3600)
	head := func(h store.Head) store.Change {
		return k.create(func(to *store.Head) {
			h.Name += to.Name
			h.Digest = to.Digest
			*to = h
		})
	}
	parent := store.ID{3}
	group := []store.Change{
		head(store.Head{Machine: "m1", Name: "a-", Started: at(0), Due: store.Now}),
		head(store.Head{Machine: "m1", Name: "ab-", Started: at(1), Due: 5, Parked: "no handler", Tags: map[string]string{"x": "1"}}),
		head(store.Head{Machine: "m2", Name: "a-", Started: at(2).In(local), Status: machine.Succeeded, Ended: at(10), Due: store.Never, Tags: map[string]string{"x": "1", "y": "2"}}),
		head(store.Head{Machine: "m2", Name: "A-", Started: at(3), Status: machine.Failed, Ended: at(11).In(local), Due: store.Never, Parent: parent, Tags: map[string]string{"x": "", "y": "2"}}),
		head(store.Head{Namespace: "t", Machine: "m1", Name: "b-", Started: at(4), Status: machine.TimedOut, Ended: at(12), Due: store.Never, Parent: parent}),
		head(store.Head{Namespace: "t", Machine: "m1x", Name: "b-", Started: at(5), Status: machine.Aborted, Ended: at(13), Due: store.Never, Parked: "x", Tags: map[string]string{"y": "1", "xy": "1"}}),
	}
	k.commit("new executions are stored", group...)
	empty, tenant, unknown := "", "t", "T"
	for _, row := range []struct {
		rule string
		q    store.Query
		want []int
	}{
		{"a zero Query selects all", store.Query{}, []int{0, 1, 2, 3, 4, 5}},
		{"Namespace \"\" is one like any other", store.Query{Namespace: &empty}, []int{0, 1, 2, 3}},
		{"Namespace", store.Query{Namespace: &tenant}, []int{4, 5}},
		{"Namespace, byte by byte", store.Query{Namespace: &unknown}, nil},
		{"Machine is compared whole", store.Query{Machine: "m1"}, []int{0, 1, 4}},
		{"Machine, byte by byte", store.Query{Machine: "M1"}, nil},
		{"NamePrefix", store.Query{NamePrefix: "a"}, []int{0, 1, 2}},
		{"NamePrefix", store.Query{NamePrefix: "a-"}, []int{0, 2}},
		{"NamePrefix, byte by byte", store.Query{NamePrefix: "A"}, []int{3}},
		{"NamePrefix has no wildcards", store.Query{NamePrefix: "%"}, nil},
		{"NamePrefix has no wildcards", store.Query{NamePrefix: "_"}, nil},
		{"NamePrefix has no wildcards", store.Query{NamePrefix: "*"}, nil},
		{"Parent", store.Query{Parent: parent}, []int{3, 4}},
		{"Parent", store.Query{Parent: store.ID{4}}, nil},
		{"a tag", store.Query{Tags: map[string]string{"x": "1"}}, []int{1, 2}},
		{"all Tags", store.Query{Tags: map[string]string{"x": "1", "y": "2"}}, []int{2}},
		{"an empty tag is not one that is missing", store.Query{Tags: map[string]string{"x": ""}}, []int{3}},
		{"an empty map of Tags selects all", store.Query{Tags: map[string]string{}}, []int{0, 1, 2, 3, 4, 5}},
		{"a tag has the value of its own key", store.Query{Tags: map[string]string{"y": "1"}}, []int{5}},
		{"Parked", store.Query{Parked: true}, []int{1, 5}},
		{"StartedFrom is inclusive", store.Query{StartedFrom: at(2)}, []int{2, 3, 4, 5}},
		{"StartedFrom has nanoseconds", store.Query{StartedFrom: at(2).Add(1)}, []int{3, 4, 5}},
		{"StartedTo is exclusive", store.Query{StartedTo: at(2)}, []int{0, 1}},
		{"StartedTo has nanoseconds", store.Query{StartedTo: at(2).Add(1)}, []int{0, 1, 2}},
		{"times are compared in any location", store.Query{StartedFrom: at(1).In(local), StartedTo: at(3).In(local)}, []int{1, 2}},
		{"Status", store.Query{Status: []machine.Status{machine.Running}}, []int{0, 1}},
		{"one of several Status", store.Query{Status: []machine.Status{machine.TimedOut, machine.Failed, machine.Failed}}, []int{3, 4}},
		{"an empty slice of Status selects all", store.Query{Status: []machine.Status{}}, []int{0, 1, 2, 3, 4, 5}},
		{"EndedBefore is exclusive and selects none that runs", store.Query{EndedBefore: at(12)}, []int{2, 3}},
		{"EndedBefore has nanoseconds", store.Query{EndedBefore: at(12).Add(1).In(local)}, []int{2, 3, 4}},
		{"all fields must fit", store.Query{Namespace: &empty, Machine: "m2", NamePrefix: "a", StartedFrom: at(1), StartedTo: at(9),
			Status: []machine.Status{machine.Succeeded}, EndedBefore: at(20), Tags: map[string]string{"y": "2"}}, []int{2}},
		{"all fields must fit", store.Query{Namespace: &tenant, Machine: "m2"}, nil},
	} {
		var want []store.ID
		for _, i := range row.want {
			want = append(want, group[i].ID)
		}
		k.wantSelected(fmt.Sprintf("%s (%+v)", row.rule, row.q), row.q, want...)
	}
	moved := follow(group[0])
	moved.Head = headOf(group[0], func(h *store.Head) { endHead(h); h.Parked = "p" })
	k.commit("a Head replaces the head", moved)
	k.wantSelected("List follows the last Head", store.Query{Status: []machine.Status{machine.Succeeded}}, group[0].ID, group[2].ID)
	k.wantSelected("List follows the last Head", store.Query{Parked: true}, group[0].ID, group[1].ID, group[5].ID)
}

func checkDelete(k *kit) {
	running, one, other := k.create(), k.create(func(h *store.Head) { h.Tags = map[string]string{"x": "1"} }), k.create()
	two, end := follow(one), follow(other)
	two.Head, two.Snapshot = headOf(one, endHead), []byte("end")
	end.Head = headOf(other, func(h *store.Head) { endHead(h); h.Status = machine.Aborted })
	k.commit("new executions are stored", running, one, other)
	k.commit("ends are stored", two, end)
	if err := k.PutDefinition(k.ctx, one.Head.Digest, []byte("definition")); err != nil {
		k.Fatalf("PutDefinition: %v", err)
	}

	rule := "Delete removes what has ended and leaves alone what runs or is unknown"
	if err := k.Delete(k.ctx, running.ID, store.ID{99}, one.ID, one.ID); err != nil {
		k.Fatalf("%s: Delete: %v", rule, err)
	}
	k.wantAbsent(rule, one)
	k.wantStored(rule, running)
	k.wantStored(rule, other, end)
	k.wantSelected(rule, store.Query{Tags: map[string]string{"x": "1"}})
	if n := k.countTotal(rule, store.Query{}); n != 2 {
		k.Errorf("%s: Count is %d; want 2", rule, n)
	}
	if got, err := k.Definition(k.ctx, one.Head.Digest); err != nil || string(got) != "definition" {
		k.Errorf("Delete keeps definitions, which other executions may have: %q, %v", got, err)
	}

	late := follow(two)
	k.wantConflict("a later version of a deleted execution is refused", []store.ID{one.ID}, nil, late)
	again := k.create(func(h *store.Head) { h.Name = one.Head.Name })
	k.commit("the name of a deleted execution can be used again", again)
	k.wantStored("the name of a deleted execution can be used again", again)
	one.Record = []byte("the second life")
	one.Head = headOf(one, func(h *store.Head) { h.Name, h.Tags = "another", nil })
	k.commit("nothing is left of a deleted execution", one)
	k.wantStored("nothing is left of a deleted execution", one)
}

func checkDefinitions(k *kit) {
	put := func(digest string, definition []byte) {
		k.Helper()
		if err := k.PutDefinition(k.ctx, digest, definition); err != nil {
			k.Fatalf("PutDefinition(%q): %v", digest, err)
		}
	}
	want := func(rule, digest string, definition []byte) {
		k.Helper()
		if got, err := k.Definition(k.ctx, digest); err != nil || !bytes.Equal(got, definition) {
			k.Errorf("%s: Definition(%q) = %s, %v; want %s", rule, digest, quoteBytes(got), err, quoteBytes(definition))
		}
	}
	large := bytes.Repeat([]byte("\x00\xffdefinition"), 1<<17)
	put("a", []byte("first"))
	put("A", large)
	want("a definition is kept", "a", []byte("first"))
	want("a definition is any bytes", "A", large)
	put("a", []byte("second"))
	want("a digest that is stored already is left alone", "a", []byte("first"))
	put("empty", nil)
	want("an empty definition is one", "empty", nil)

	var group []store.Change
	for _, digest := range []string{"of a change", "a"} {
		c := k.create(func(h *store.Head) { h.Digest = digest })
		c.Definition = []byte("third")
		group = append(group, c)
	}
	k.commit("a change may have a definition", group...)
	want("the definition of a change is kept", "of a change", []byte("third"))
	want("a digest that is stored already is left alone", "a", []byte("first"))
}
