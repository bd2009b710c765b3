package survive

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/value"
)

// Found counts what CheckStore has seen.
type Found struct{ Parents, Children, Records, Events int }

// CheckStore checks that the store has the executions from 0 up to count, their
// children and no others, and that each of them has run rightly.
func CheckStore(t testing.TB, s store.Store, all *Told, count int) (sum Found) {
	t.Helper()
	require.Empty(t, all.Wrong)
	names := map[string]store.ID{}
	parents := map[store.ID]int{}
	for _, l := range listAll(t, s) {
		require.Equal(t, interpreter.Succeeded, l.Status, "%s of %s: parked %q", l.Name, l.Machine, l.Parked)
		require.Empty(t, l.Parked, l.Name)
		require.Equal(t, store.Never, l.Due, l.Name)
		if l.Machine == childARN {
			require.NotEqual(t, store.ID{}, l.Parent)
			parents[l.Parent]++
			sum.Children++
			continue
		}
		require.NotContains(t, names, l.Name, "the name has two executions")
		names[l.Name] = l.ID
		sum.Parents++
	}
	require.Len(t, names, count)
	for name := range all.Started {
		require.Contains(t, names, name, "an acknowledged start is lost")
	}
	for n := range count {
		id := names[NameOf(n)]
		require.Equal(t, 1, parents[id], "children of %s", NameOf(n))
		e := CheckExecution(t, s, id, &sum)
		e.Check(t, ParentProgram(), OutputOf(n), ParentEntered)
		checkCalls(t, all, parentCalls(NameOf(n)))
		child := listChildren(t, s, id)[0]
		e = CheckExecution(t, s, child.ID, &sum)
		e.Check(t, ChildProgram(), childOutputOf(n), childEntered)
		checkCalls(t, all, childCalls(child.Name))
	}
	return sum
}

// LogRunning logs the executions that run: those that a process which does not end may
// wait for.
func LogRunning(t testing.TB, s store.Store) {
	t.Helper()
	for _, l := range listAll(t, s) {
		if l.Status != machine.Running {
			continue
		}
		st, err := s.Load(context.Background(), l.ID)
		if err != nil {
			t.Logf("%s %s runs and cannot be loaded: %v", l.Name, l.ID, err)
			continue
		}
		t.Logf("%s %s runs: version %d, due %d, parked %q", l.Name, l.ID, st.Version, st.Head.Due, st.Head.Parked)
	}
}

func checkCalls(t testing.TB, all *Told, calls []callKey) {
	t.Helper()
	for _, call := range calls {
		require.NotZero(t, all.Calls[call], "%v was never called", call)
	}
}

func listAll(t testing.TB, s store.Store) (all []store.Listed) {
	t.Helper()
	q := store.Query{Limit: 500}
	for {
		page, err := s.List(context.Background(), q)
		require.NoError(t, err)
		all = append(all, page...)
		if len(page) < q.Limit {
			return all
		}
		q.After = &page[len(page)-1]
	}
}

func listChildren(t testing.TB, s store.Store, id store.ID) []store.Listed {
	t.Helper()
	children, err := s.List(context.Background(), store.Query{Parent: id})
	require.NoError(t, err)
	return children
}

// StoredExecution is all that a store has of an execution.
type StoredExecution struct {
	state   *store.State
	start   *machine.Record // the first one
	records []*machine.Record
	version []uint64 // of each record
	events  []history.Event
}

// CheckExecution reads an execution from the store.
func CheckExecution(t testing.TB, s store.Store, id store.ID, sum *Found) *StoredExecution {
	t.Helper()
	e := new(StoredExecution)
	var err error
	e.state, err = s.Load(context.Background(), id)
	require.NoError(t, err)
	last := uint64(0)
	err = s.Records(context.Background(), id, 0, func(version uint64, data []byte) bool {
		require.Equal(t, last+1, version, "versions have no gaps")
		last = version
		if len(data) == 0 {
			return true
		}
		notes, used := binary.Uvarint(data[1:])
		rec, err := machine.ReadRecord(data[1+used+int(notes) : len(data)-checksumBytes])
		require.NoError(t, err)
		e.records, e.version = append(e.records, rec), append(e.version, version)
		for _, st := range rec.Steps {
			e.events = append(e.events, st.Events...)
		}
		return true
	})
	require.NoError(t, err)
	require.Equal(t, e.state.Version, last)
	e.start = e.records[0]
	require.NotNil(t, e.start.Start)
	sum.Records += len(e.records)
	sum.Events += len(e.events)
	return e
}

const checksumBytes = 4

// readSnapshot returns the core's part of a snapshot.
func readSnapshot(t testing.TB, data []byte) []byte {
	t.Helper()
	body := data[1 : len(data)-checksumBytes]
	next := func() uint64 {
		n, used := binary.Uvarint(body)
		require.Positive(t, used)
		body = body[used:]
		return n
	}
	for n := next(); n > 0; n-- {
		next()
		next()
	}
	return body
}

// Check checks the history, the output and the snapshot of an execution that has
// ended.
func (e *StoredExecution) Check(t testing.TB, p *interpreter.Program, output string, entered map[string]int) {
	t.Helper()
	name := e.state.Head.Name
	in, out, last := map[string]int{}, map[string]int{}, int64(0)
	for i, ev := range e.events {
		require.EqualValues(t, i+1, ev.ID, "%s: history ids have no gaps", name)
		require.Less(t, int64(ev.Previous), int64(ev.ID), "%s: previous event", name)
		require.GreaterOrEqual(t, ev.Nanos, last, "%s: time goes forward", name)
		last = ev.Nanos
		switch typ := fmt.Sprint(ev.Type); {
		case strings.HasSuffix(typ, "StateEntered"):
			in[ev.Name]++
		case strings.HasSuffix(typ, "StateExited"):
			out[ev.Name]++
		}
	}
	require.Equal(t, entered, in, "%s: states entered", name)
	require.Equal(t, entered, out, "%s: states left", name)
	require.Equal(t, history.ExecutionSucceeded, e.events[len(e.events)-1].Type, name)

	// A fold of all records makes the same history (Fold compares it), and the state of
	// the snapshot.
	var x machine.Execution
	p.Init(&x, *e.start.Start)
	for i, rec := range e.records {
		if e.version[i] > e.state.Since {
			break
		}
		require.NoError(t, p.Fold(&x, rec), name)
	}
	var snapshot machine.Execution
	require.NotNil(t, e.state.Snapshot, name)
	require.NoError(t, p.RestoreInto(&snapshot, readSnapshot(t, e.state.Snapshot)), name)
	require.Equal(t, x.Seq, snapshot.Seq, "%s: the snapshot of version %d is not that of its history", name, e.state.Since)
	require.Equal(t, x.Rand, snapshot.Rand, name)
	require.Equal(t, machine.Succeeded, snapshot.Status, name)
	require.JSONEq(t, output, value.String(snapshot.Outcome.Output), name)
}
