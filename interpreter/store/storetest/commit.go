package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

var commitChecks = []check{
	{"CommitStoresChanges", checkStoredChanges},
	{"CommitStoresAllOrNothing", checkAtomicGroups},
	{"CommitAcceptsAVersionOnce", checkVersions},
	{"CommitAcceptsANameOnce", checkNames},
	{"NamesOfIDs", checkNamesOfIDs},
	{"CommitListsAllConflicts", checkConflictLists},
	{"CommitMayBeRepeated", checkRepeats},
	{"EmptyIsNotNil", checkEmptyBytes},
	{"BytesAreOpaque", checkOpaqueBytes},
	{"StringsAreOpaque", checkOpaqueStrings},
	{"StoreKeepsCopies", checkCopies},
	{"EndedContextIsAnError", checkEndedContext},
}

func checkStoredChanges(k *kit) {
	other := k.create()
	k.commit("a new execution is stored", other)

	one := k.create(func(h *store.Head) {
		h.Namespace, h.Tags, h.Parent = "tenant", map[string]string{"customer": "7", "empty": ""}, other.ID
	})
	k.commit("a new execution is stored", one)
	k.wantStored("a new execution is stored", one)

	two := follow(one)
	k.commit("a change without a Head keeps the head", two)
	k.wantStored("a change without a Head keeps the head", one, two)

	three := follow(two)
	three.Head = headOf(one, func(h *store.Head) { h.Parked, h.Due, h.Digest = "no handler", 77, "sha256:2" })
	three.Snapshot = []byte("state 3")
	k.commit("a snapshot replaces the records before it", three)
	k.wantStored("a snapshot replaces the records before it", one, two, three)

	four := follow(three)
	k.commit("records after a snapshot are returned with it", four)
	k.wantStored("records after a snapshot are returned with it", one, two, three, four)

	five := follow(four)
	five.Snapshot = []byte("5")
	k.commit("a snapshot replaces the snapshot before it", five)
	k.wantStored("a snapshot replaces the snapshot before it", one, two, three, four, five)

	six := follow(five)
	six.Head = headOf(three, func(h *store.Head) { endHead(h); h.Parked = "" })
	k.commit("a Head replaces the head", six)
	k.wantStored("a Head replaces the head", one, two, three, four, five, six)

	seven := follow(six)
	seven.Head = headOf(six, func(h *store.Head) { h.Status, h.Ended, h.Due = machine.Running, time.Time{}, store.Now })
	k.commit("an execution may run again after its end", seven)
	k.wantStored("an execution may run again after its end", one, two, three, four, five, six, seven)

	k.wantStored("a change of one execution leaves the others alone", other)
	k.commit("a Commit without changes succeeds")
}

// checkAtomicGroups puts one change that must be refused at each place of a group.
func checkAtomicGroups(k *kit) {
	const size = 10
	stored := k.create()
	k.commit("a new execution is stored", stored)
	bad := []struct {
		name   string
		change func() store.Change
	}{
		{"a version is not the next one", func() store.Change { return follow(follow(stored)) }},
		{"a version is stored with another record", func() store.Change {
			return store.Change{ID: stored.ID, Version: 1, Head: stored.Head, Record: []byte("another")}
		}},
		{"a name is taken", func() store.Change {
			return k.create(func(h *store.Head) { h.Name = stored.Head.Name })
		}},
		{"a version 1 has no Head", func() store.Change {
			return store.Change{ID: k.newID(), Version: 1, Record: []byte("x")}
		}},
	}
	for _, b := range bad {
		for _, place := range []int{0, size / 2, size - 1} {
			rule := fmt.Sprintf("all or nothing: change %d of %d is refused because %s", place+1, size, b.name)
			var group, old []store.Change
			for i := range size {
				switch {
				case i == place:
					group = append(group, b.change())
				case i%2 == 0:
					group = append(group, k.create())
				default: // the next version of an execution that is stored
					c := k.create()
					k.commit("a new execution is stored", c)
					old = append(old, c)
					next := follow(c)
					next.Head, next.Snapshot = headOf(c, endHead), []byte("s")
					group = append(group, next)
				}
			}
			if err := k.Commit(k.ctx, group); err == nil {
				k.Fatalf("%s: Commit returned nil", rule)
			}
			for _, c := range group {
				if c.Version == 1 && c.ID != stored.ID {
					k.wantAbsent(rule, c)
				}
			}
			for _, c := range old {
				k.wantStored(rule, c)
			}
			k.wantStored(rule, stored)
			good := append(group[:place:place], group[place+1:]...)
			k.commit(rule+"; the others are accepted without it", good...)
		}
	}
}

func checkVersions(k *kit) {
	one := k.create()
	k.commit("a new execution is stored", one)
	two, ids := follow(one), []store.ID{one.ID}
	k.commit("the next version is accepted", two)

	another := two
	another.Record = []byte("another")
	k.wantConflict("a version that is stored with another Record is refused", ids, nil, another)
	another.Record = nil
	k.wantConflict("a version that is stored with another Record is refused", ids, nil, another)
	another = one
	another.Record = []byte("another")
	k.wantConflict("an old version with another Record is refused", ids, nil, another)
	k.wantConflict("a version that skips one is refused", ids, nil, follow(follow(two)))
	k.wantConflict("a second version of an execution that is not stored is refused", []store.ID{{15: 1}}, nil, store.Change{ID: store.ID{15: 1}, Version: 2, Head: one.Head})
	zero := two
	zero.Version = 0
	if err := k.Commit(k.ctx, []store.Change{zero}); err == nil {
		k.Errorf("version 0 is refused: Commit returned nil")
	}
	k.wantStored("a refused version changes nothing", one, two)
	k.commit("a refused version does not use up the next one", follow(two))
}

func checkNames(k *kit) {
	named := func(namespace, machine, name string) store.Change {
		return k.create(func(h *store.Head) { h.Namespace, h.Machine, h.Name = namespace, machine, name })
	}
	first := named("", arn, "invoice")
	k.commit("a new execution is stored", first)
	second := named("", arn, "invoice")
	k.wantConflict("a name that is taken is refused", nil, []store.ID{second.ID}, second)
	k.wantAbsent("a refused execution is not stored", second)
	k.wantStored("a refused name leaves the other execution alone", first)

	for _, c := range []store.Change{
		named("tenant", arn, "invoice"),
		named("", arn+"2", "invoice"),
		named("", arn, "invoice2"),
		named("", arn, "Invoice"),
		named("", arn, "invoicé"),
		named("", arn, "invoice "),
		named("ten", "ant", "x"),
		named("te", "nant", "x"),
		named("ten", "antx", ""),
	} {
		k.commit("a name is unique within its namespace and machine, byte by byte", c)
		k.wantStored("a name is unique within its namespace and machine, byte by byte", c)
	}
	for _, key := range [][3]string{{"tenant2", arn, "invoice"}, {"", arn + "3", "invoice"}, {"", arn, "INVOICE"}, {"", arn, "invoic_"}, {"", arn, "%"}} {
		if id, err := k.Find(k.ctx, key[0], key[1], key[2]); !errors.Is(err, store.ErrNotFound) {
			k.Errorf("Find(%q) = %v, %v; want ErrNotFound: names are compared byte by byte", key, id, err)
		}
	}

	ended := follow(first)
	ended.Head = headOf(first, endHead)
	k.commit("a Head replaces the head", ended)
	third := named("", arn, "invoice")
	k.wantConflict("the name of an execution that has ended is taken as long as it is kept", nil, []store.ID{third.ID}, third)

	// Two of the same name in one Commit.
	a, b, c := named("", arn, "twice"), named("", arn, "twice"), named("", arn, "once")
	rule := "of two new executions with one name in a Commit at least one is refused"
	err := k.Commit(k.ctx, []store.Change{a, b, c})
	var conflict *store.ConflictError
	if !errors.As(err, &conflict) {
		k.Fatalf("%s: Commit returned %v; want a *ConflictError", rule, err)
	}
	if len(conflict.Versions) != 0 || !sameIDs(conflict.Names, []store.ID{a.ID}) && !sameIDs(conflict.Names, []store.ID{b.ID}) && !sameIDs(conflict.Names, []store.ID{a.ID, b.ID}) {
		k.Errorf("%s: Versions %v, Names %v; want one or both of %v and %v as Names", rule, conflict.Versions, conflict.Names, a.ID, b.ID)
	}
	for _, c := range []store.Change{a, b, c} {
		k.wantAbsent(rule, c)
	}
}

// checkNamesOfIDs checks executions whose name is their ID, which a store need not
// store twice.
func checkNamesOfIDs(k *kit) {
	const rule = "the ID of an execution is a name like any other"
	own := func(id store.ID) func(h *store.Head) { return func(h *store.Head) { h.Name = id.String() } }
	unnamed := k.create()
	unnamed.Head.Name = unnamed.ID.String()
	k.commit(rule, unnamed)
	k.wantStored(rule, unnamed)
	same := k.create(own(unnamed.ID))
	k.wantConflict(rule, nil, []store.ID{same.ID}, same)
	later := k.create()
	early := k.create(own(later.ID))
	k.commit(rule, early)
	k.wantStored(rule, early)
	later.Head.Name = later.ID.String()
	k.wantConflict(rule, nil, []store.ID{later.ID}, later)
	k.wantAbsent(rule, same)
	for _, edit := range []func(h *store.Head){
		func(h *store.Head) { h.Machine += "2" },
		func(h *store.Head) { h.Namespace = "tenant" },
		func(h *store.Head) { h.Name = strings.ToUpper(h.Name) },
		func(h *store.Head) { h.Name = strings.ReplaceAll(h.Name, "-", "") },
		func(h *store.Head) { h.Name = "x" + h.Name },
	} {
		c := k.create(own(unnamed.ID), edit)
		k.commit(rule, c)
		k.wantStored(rule, c)
	}
	k.wantSelected("NamePrefix selects an execution whose name is its ID", store.Query{Namespace: new(string), Machine: arn, NamePrefix: unnamed.ID.String()[:36]},
		unnamed.ID)
	next := follow(unnamed)
	next.Head = headOf(unnamed, endHead)
	k.commit("a Head replaces the head", next)
	if id, err := k.Find(k.ctx, "", arn, unnamed.Head.Name); err != nil || id != unnamed.ID {
		k.Errorf("%s: Find(%q) = %v, %v; want %v", rule, unnamed.Head.Name, id, err, unnamed.ID)
	}
	if err := k.Delete(k.ctx, unnamed.ID); err != nil {
		k.Fatalf("Delete: %v", err)
	}
	k.wantAbsent("a deleted execution is gone", unnamed)
	k.commit("the name of a deleted execution is free", k.create(own(unnamed.ID)))
}

func checkConflictLists(k *kit) {
	var group []store.Change
	var versions, names []store.ID
	for i := range 10 {
		c := k.create()
		switch i % 5 {
		case 1: // another writer was first
			k.commit("a new execution is stored", c)
			k.commit("the next version is accepted", follow(c))
			c = follow(c)
			c.Record = []byte("another")
			versions = append(versions, c.ID)
		case 3: // the name is taken
			k.commit("a new execution is stored", k.create(func(h *store.Head) { h.Name = c.Head.Name }))
			names = append(names, c.ID)
		case 4: // a repeated change, which is not a conflict
			k.commit("a new execution is stored", c)
		}
		group = append(group, c)
	}
	k.wantConflict("a ConflictError lists all executions of the call that are refused, and no other", versions, names, group...)
}

// checkRepeats repeats a Commit whose result the caller does not know.
func checkRepeats(k *kit) {
	one := k.create()
	two := follow(one)
	two.Head, two.Snapshot = headOf(one, func(h *store.Head) { h.Due = 5 }), []byte("state 2")
	three := follow(two)
	three.Head, three.Snapshot = headOf(one, endHead), []byte("state 3")

	rule := "a version that is stored with the same Record is a success"
	k.commit(rule, one)
	k.commit(rule, one)
	k.wantStored(rule, one)
	k.commit(rule, two)
	k.commit(rule, two)
	k.wantStored(rule, one, two)
	k.commit(rule, three)
	for _, c := range []store.Change{one, two, three} {
		k.commit(rule, c)
		k.wantStored("a repeated version changes nothing: head, snapshot and records are those of the last one", one, two, three)
	}

	rule = "a group may be repeated"
	var group []store.Change
	for range 10 {
		group = append(group, k.create())
	}
	k.commit(rule, group...)
	k.commit(rule, group...)
	for _, c := range group {
		k.wantStored(rule, c)
	}
	if n := k.countTotal(rule, store.Query{}); n != 11 {
		k.Errorf("%s: Count is %d executions; want 11", rule, n)
	}

	rule = "changes may be repeated beside new ones"
	next := follow(group[0])
	fresh := k.create()
	k.commit(rule, group[1], next, fresh, two)
	k.wantStored(rule, group[0], next)
	k.wantStored(rule, group[1])
	k.wantStored(rule, fresh)
	k.wantStored(rule, one, two, three)

	bad := k.create(func(h *store.Head) { h.Name = fresh.Head.Name })
	k.wantConflict("a repeated change is not a conflict beside one that is", nil, []store.ID{bad.ID}, group[1], bad)
}

func checkEmptyBytes(k *kit) {
	one := k.create()
	one.Record = nil
	two := follow(one)
	two.Record = []byte{}
	three := follow(two)
	rule := "a nil or empty Record is appended as an empty one"
	for i, changes := 0, []store.Change{one, two, three}; i < 3; i++ {
		k.commit(rule, changes[i])
		k.wantStored(rule, changes[:i+1]...)
	}
	two.Record = nil
	k.commit("a nil Record equals an empty one", two)

	four := follow(three)
	four.Snapshot, four.Record = []byte("4"), []byte{}
	five := follow(four)
	five.Snapshot, five.Record = []byte{}, nil
	six := follow(five)
	k.commit("a snapshot is stored", four)
	k.commit("an empty snapshot that is not nil replaces the one before", five)
	k.wantStored("an empty snapshot that is not nil replaces the one before", one, two, three, four, five)
	k.commit("a nil snapshot keeps the one before, though it is empty", six)
	k.wantStored("a nil snapshot keeps the one before, though it is empty", one, two, three, four, five, six)
}

func checkOpaqueBytes(k *kit) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	large := bytes.Repeat(all, 1<<12) // 1 MiB
	last := k.create()
	changes := []store.Change{last}
	for _, b := range [][]byte{all, {0}, {0, 0}, []byte("\xff\xfe"), []byte("a\x00b"), []byte("'; DROP TABLE executions; --"), []byte(`\x00`), large} {
		last = follow(last)
		last.Record = b
		changes = append(changes, last)
		last = follow(last)
		last.Snapshot = b
		changes = append(changes, last)
	}
	last = follow(last)
	last.Record = bytes.Clone(large)
	last.Record[len(large)-1]++
	changes = append(changes, last)
	rule := "records and snapshots are any bytes"
	for i, c := range changes {
		k.commit(rule, c)
		k.wantStored(rule, changes[:i+1]...)
	}
	damaged := last
	damaged.Record = bytes.Clone(last.Record)
	damaged.Record[len(large)-1]++
	k.wantConflict("records are compared to the last byte", []store.ID{last.ID}, nil, damaged)
}

// oddStrings are names and tags that a store may take for something else.
var oddStrings = []string{
	"ordinary", "ORDINARY", "with space ", " with space", "tab\tnewline\nreturn\r", `quote"double`, "quote'single", "back`tick",
	`back\slash`, `\`, "%", "_", "100%", "a_b", "a*b", "a?b", "[ab]", "a/b", "a:b", "a.b", "a,b", "a;b", "a|b", "a=b", "a&b",
	"$a.b", `$."a"`, "{}", `{"a":"b"}`, "null", "NULL", "true", "1", "1.0", "01", "1e3", "0x10", "-1", "grün", "gru\u0308n", "日本語",
	"\U0001F600", "\u00a0", "\u200b", "\ufeff", "\u202e", "ß", "SS", "İ", "--", "/*", "?", "?1", "$1", ":a", "@a", "\x01", "\x7f", strings.Repeat("x", 80),
}

func checkOpaqueStrings(k *kit) {
	rule := "strings are stored as they are"
	var all []store.Change
	var states []store.State
	for i, odd := range oddStrings {
		edits := []func(h *store.Head){
			func(h *store.Head) { h.Name = odd },
			func(h *store.Head) { h.Namespace, h.Machine, h.Digest, h.Parked = odd, odd, odd, odd },
			func(h *store.Head) { h.Tags = map[string]string{odd: "v", "k": odd, fmt.Sprint("n", i): ""} },
		}
		var group []store.Change
		for _, edit := range edits {
			group = append(group, k.create(edit))
		}
		k.commit(rule, group...)
		for _, c := range group {
			states = append(states, k.wantFound(rule, c))
		}
		all = append(all, group...)
	}
	k.wantListed(rule, states...)
	for i, odd := range oddStrings {
		c := all[3*i : 3*i+3]
		k.wantSelected(fmt.Sprintf("Namespace %q is compared byte by byte", odd), store.Query{Namespace: &odd}, c[1].ID)
		k.wantSelected(fmt.Sprintf("Machine %q is compared byte by byte", odd), store.Query{Machine: odd}, c[1].ID)
		k.wantSelected(fmt.Sprintf("tag k=%q is compared byte by byte", odd), store.Query{Tags: map[string]string{"k": odd}}, c[2].ID)
		k.wantSelected(fmt.Sprintf("tag %q is compared byte by byte", odd), store.Query{Tags: map[string]string{odd: "v"}}, c[2].ID)
		var prefixed []store.ID
		for _, a := range all {
			if strings.HasPrefix(a.Head.Name, odd) {
				prefixed = append(prefixed, a.ID)
			}
		}
		k.wantSelected(fmt.Sprintf("NamePrefix %q is compared byte by byte, without wildcards", odd), store.Query{NamePrefix: odd}, prefixed...)
	}
}

// checkCopies changes everything that was passed to a call once it has returned.
func checkCopies(k *kit) {
	rule := "a store keeps copies: the caller reuses its buffers after Commit"
	tags := map[string]string{"customer": "7"}
	one := k.create(func(h *store.Head) { h.Tags = tags })
	one.Snapshot = []byte("state 1")
	two := follow(one)
	head, record, snapshot := *one.Head, bytes.Clone(one.Record), bytes.Clone(one.Snapshot)
	head.Tags = maps.Clone(tags)

	changes := []store.Change{one}
	k.commit(rule, changes...)
	clear(changes)
	clear(one.Record)
	clear(one.Snapshot)
	tags["customer"], tags["more"] = "8", "9"
	*one.Head = store.Head{Name: "overwritten"}
	one.Head, one.Record, one.Snapshot = &head, record, snapshot
	k.wantStored(rule, one)

	kept := bytes.Clone(two.Record)
	k.commit(rule, two)
	clear(two.Record)
	two.Record = kept
	k.wantStored(rule, one, two)

	definition := []byte("definition")
	if err := k.PutDefinition(k.ctx, "d", definition); err != nil {
		k.Fatalf("PutDefinition: %v", err)
	}
	clear(definition)
	if got, err := k.Definition(k.ctx, "d"); err != nil || string(got) != "definition" {
		k.Errorf("a store keeps copies: the definition is %q, %v after the caller has reused its buffer", got, err)
	}

	// A state that was returned does not change with the execution.
	before, err := k.Load(k.ctx, one.ID)
	if err != nil {
		k.Fatalf("Load: %v", err)
	}
	due := k.dueStates(rule, store.Place{}, store.Now, 10)
	three := follow(two)
	three.Head, three.Snapshot = headOf(one, endHead), []byte("state 3")
	k.commit(rule, three, k.create())
	for _, s := range append(due, *before) {
		if diff := diffState(s, foldChanges([]store.Change{one, two})); diff != "" {
			k.Errorf("a state that was returned does not change with the execution: %s", diff)
		}
	}
}

func checkEndedContext(k *kit) {
	stored := k.create()
	k.commit("a new execution is stored", stored)
	ended := follow(stored)
	ended.Head = headOf(stored, endHead)
	gone := k.create()
	k.commit("a new execution is stored", gone)
	over := follow(gone)
	over.Head = headOf(gone, endHead)
	k.commit("a Head replaces the head", over)
	if err := k.PutDefinition(k.ctx, "d", []byte("definition")); err != nil {
		k.Fatalf("PutDefinition: %v", err)
	}

	ctx, cancel := context.WithCancel(k.ctx)
	cancel()
	group := []store.Change{k.create(), ended, k.create()}
	for _, call := range []struct {
		name string
		err  error
	}{
		{"Commit", k.Commit(ctx, group)},
		{"Load", second(k.Load(ctx, stored.ID))},
		{"Find", second(k.Find(ctx, "", arn, stored.Head.Name))},
		{"PutDefinition", k.PutDefinition(ctx, "e", []byte("e"))},
		{"Definition", second(k.Definition(ctx, "d"))},
		{"Due", second(k.Due(ctx, store.Place{}, store.Now, 10))},
		{"Records", k.Records(ctx, stored.ID, 0, func(uint64, []byte) bool { return true })},
		{"List", second(k.List(ctx, store.Query{}))},
		{"Count", second(k.Count(ctx, store.Query{}))},
		{"Delete", k.Delete(ctx, gone.ID)},
	} {
		if !errors.Is(call.err, context.Canceled) {
			k.Errorf("%s with a context that has ended returned %v; want context.Canceled", call.name, call.err)
		}
	}
	rule := "a call whose context has ended does nothing"
	k.wantAbsent(rule, group[0])
	k.wantAbsent(rule, group[2])
	k.wantStored(rule, stored)
	k.wantStored(rule, gone, over)
	k.commit("a Commit whose context ended may be repeated", group...)
	k.wantStored("a Commit whose context ended may be repeated", stored, ended)
}

func second[T any](_ T, err error) error { return err }
