package sqlite_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

var loadExecutions = flag.Int("load", 0, "measure with this many executions that wait for a day")

// newID returns a UUID of version 7 as an interpreter makes it.
func newID(random *rand.Rand, at time.Time) (id store.ID) {
	ms := uint64(at.UnixMilli())
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	for i := 6; i < len(id); i++ {
		id[i] = byte(random.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

const machineARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:reminders"

// passive returns an execution that has come to rest in a Wait of a day.
func passive(random *rand.Rand, n int) store.Change {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(n) * 20 * time.Microsecond)
	id := newID(random, at)
	record, snapshot := make([]byte, 60), make([]byte, 100)
	for _, b := range [][]byte{record, snapshot} {
		for i := range b {
			b[i] = byte(random.Uint32())
		}
	}
	return store.Change{ID: id, Version: 1, Record: record, Snapshot: snapshot, Head: &store.Head{
		Machine: machineARN,
		Name:    fmt.Sprintf("reminder-%07d", n),
		Digest:  "6b1f0c1f4a3d9d0c3f0a2a4a5d1b2c3d",
		Started: at,
		Due:     at.Add(24 * time.Hour).UnixNano(),
	}}
}

func fileBytes(t testing.TB, path string) (total int64) {
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(path + suffix); err == nil {
			total += info.Size()
		}
	}
	return total
}

func residentBytes() int64 {
	var pages, resident int64
	b, _ := os.ReadFile("/proc/self/statm")
	_, _ = fmt.Sscan(string(b), &pages, &resident)
	return resident * int64(os.Getpagesize())
}

// TestLoad prints what passive executions cost: go test -run TestLoad -v -load 300000.
func TestLoad(t *testing.T) {
	total := *loadExecutions
	if total == 0 {
		t.Skip("needs -load N")
	}
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "executions.db")
	s, err := sqlite.Open(path)
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	ids := make([]store.ID, 0, total)
	var writing time.Duration
	for len(ids) < total {
		group := make([]store.Change, min(1000, total-len(ids)))
		for i := range group {
			group[i] = passive(random, len(ids))
			ids = append(ids, group[i].ID)
		}
		begun := time.Now()
		require.NoError(t, s.Commit(ctx, group))
		writing += time.Since(begun)
	}
	t.Logf("started in groups of 1,000: %.0f/s", float64(total)/writing.Seconds())
	require.NoError(t, s.Close())
	t.Logf("disk: %d B an execution", fileBytes(t, path)/int64(total))

	runtime.GC()
	before := residentBytes()
	begun := time.Now()
	s, err = sqlite.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	page, err := s.Due(ctx, store.Place{}, time.Now().UnixNano()-1e18, 1000)
	require.NoError(t, err)
	require.Empty(t, page)
	t.Logf("reopened, nothing due: %v, resident memory +%d MB", time.Since(begun), (residentBytes()-before)>>20)

	measure := func(what string, n int, f func()) {
		times := make([]time.Duration, n)
		for i := range times {
			begun := time.Now()
			f()
			times[i] = time.Since(begun)
		}
		slices.Sort(times)
		t.Logf("%s: p50 %v, p99 %v", what, times[n/2], times[n*99/100])
	}
	measure("load one at random", 20_000, func() {
		_, err := s.Load(ctx, ids[random.IntN(total)])
		require.NoError(t, err)
	})
	for _, q := range []struct {
		name  string
		query store.Query
	}{
		{"all", store.Query{}},
		{"a machine", store.Query{Machine: machineARN}},
		{"RUNNING", store.Query{Status: []machine.Status{machine.Running}}},
		{"FAILED", store.Query{Status: []machine.Status{machine.Failed}}},
		{"parked", store.Query{Parked: true}},
		{"a tag", store.Query{Tags: map[string]string{"customer": "7"}}},
		{"ended", store.Query{EndedBefore: time.Now()}},
		{"a name prefix that nothing has", store.Query{NamePrefix: "zz"}},
	} {
		n := 20
		if q.query.NamePrefix != "" {
			n = 1
		}
		measure("first page of List, "+q.name, n, func() {
			_, err := s.List(ctx, q.query)
			require.NoError(t, err)
		})
	}
	measure("Count by status", 20, func() {
		counts, err := s.Count(ctx, store.Query{})
		require.NoError(t, err)
		require.EqualValues(t, total, counts[machine.Running])
	})

	begun = time.Now()
	seen := 0
	for place := (store.Place{}); ; {
		page, err := s.Due(ctx, place, store.Never, 1000)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		seen += len(page)
		last := page[len(page)-1]
		place = store.Place{Due: last.Head.Due, ID: last.ID}
	}
	require.Equal(t, total, seen)
	t.Logf("Due in pages of 1,000: %.0f/s", float64(total)/time.Since(begun).Seconds())

	begun = time.Now()
	for chunk := range slices.Chunk(ids, 1000) {
		group := make([]store.Change, len(chunk))
		for i, id := range chunk {
			group[i] = store.Change{ID: id, Version: 2, Record: make([]byte, 317)}
		}
		require.NoError(t, s.Commit(ctx, group))
	}
	t.Logf("one more record each, groups of 1,000: %.0f/s", float64(total)/time.Since(begun).Seconds())
	begun = time.Now()
	seen = 0
	for place := (store.Place{}); ; {
		page, err := s.Due(ctx, place, store.Never, 1000)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		seen += len(page)
		last := page[len(page)-1]
		place = store.Place{Due: last.Head.Due, ID: last.ID}
	}
	require.Equal(t, total, seen)
	t.Logf("Due with a record after the snapshot: %.0f/s", float64(total)/time.Since(begun).Seconds())

	measure("Commit of one transition", 2000, func() {
		i := random.IntN(len(ids))
		st, err := s.Load(ctx, ids[i])
		require.NoError(t, err)
		require.NoError(t, s.Commit(ctx, []store.Change{{ID: ids[i], Version: st.Version + 1, Record: make([]byte, 317)}}))
	})
}
