package offload_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/interpreter/store/offload"
	"github.com/gostates/gostates/interpreter/store/storetest"
)

var background = context.Background()

func openDir(t testing.TB, path string) *offload.Dir {
	d, err := offload.OpenDir(path)
	require.NoError(t, err)
	return d
}

// A store with offloaded contents keeps the contract of stores.
func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Options{
		Open: func(t testing.TB, dir string) store.Store {
			return offload.New(memory.New(), openDir(t, filepath.Join(dir, "blobs")), 0)
		},
		Volatile: true,
	})
}

func TestShared(t *testing.T) {
	var now atomic.Int64
	storetest.Run(t, storetest.Options{
		Open: func(t testing.TB, dir string) store.Store {
			shared := memory.NewShared(func() time.Time { return time.Unix(0, now.Load()) })
			return offload.New(shared, openDir(t, filepath.Join(dir, "blobs")), 0)
		},
		Volatile: true,
		Advance:  func(_ store.Store, d time.Duration) { now.Add(int64(d)) },
	})
}

// kit is a store with blobs and what it is made of.
type kit struct {
	store.Store
	inner *memory.Store
	blobs *offload.Dir
	path  string
}

func newKit(t *testing.T) *kit {
	k := &kit{inner: memory.New(), path: t.TempDir()}
	k.blobs = openDir(t, k.path)
	k.Store = offload.New(k.inner, k.blobs, 100)
	return k
}

func (k *kit) keys(t *testing.T) (keys []string) {
	require.NoError(t, k.blobs.List(background, "", func(key string, put time.Time) bool {
		require.False(t, put.IsZero())
		keys = append(keys, key)
		return true
	}))
	return keys
}

func large(b byte) []byte { return bytes.Repeat([]byte{b}, 1000) }

func first(id byte) store.Change {
	return store.Change{ID: store.ID{id}, Version: 1, Record: large('r'),
		Head: &store.Head{Machine: "m", Name: string(rune('a' + id)), Started: time.Unix(1, 0), Due: store.Now}}
}

func commit(t *testing.T, s store.Store, changes ...store.Change) {
	t.Helper()
	require.NoError(t, s.Commit(background, changes))
}

// Large contents are outside of the store, small ones and those of other stores inside.
func TestLargeContentsAreBlobs(t *testing.T) {
	k := newKit(t)
	c := first(1)
	commit(t, k, c, store.Change{ID: store.ID{2}, Version: 1, Record: []byte("small"), Head: first(2).Head})
	require.Len(t, k.keys(t), 1)
	st, err := k.inner.Load(background, c.ID)
	require.NoError(t, err)
	require.Less(t, len(st.Records[0]), 100)
	commit(t, k, c)                                                            // repeated
	commit(t, k.inner, store.Change{ID: c.ID, Version: 2, Record: large('x')}) // as CommitTx does
	commit(t, k, store.Change{ID: c.ID, Version: 3, Record: st.Records[0]})    // looks like a reference
	var got [][]byte
	require.NoError(t, k.Records(background, c.ID, 0, func(_ uint64, r []byte) bool { got = append(got, r); return true }))
	require.Equal(t, [][]byte{large('r'), large('x'), st.Records[0]}, got)
	loaded, err := k.Load(background, c.ID)
	require.NoError(t, err)
	require.Equal(t, got, loaded.Records)
}

// No Put, no change: and the change is not stored if its blob is not.
func TestBlobsAreStoredFirst(t *testing.T) {
	k := newKit(t)
	require.NoError(t, os.RemoveAll(k.path))
	require.NoError(t, os.WriteFile(k.path, nil, 0o600)) // not a folder
	require.Error(t, k.Commit(background, []store.Change{first(1)}))
	_, err := k.inner.Load(background, store.ID{1})
	require.ErrorIs(t, err, store.ErrNotFound)
}

// A blob that is missing, changed or that of another place is damage, which keeps no
// other execution back.
func TestDamagedBlobs(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, k *kit, file string){
		"missing": func(t *testing.T, _ *kit, file string) { require.NoError(t, os.Remove(file)) },
		"changed": func(t *testing.T, _ *kit, file string) { require.NoError(t, os.WriteFile(file, large('?'), 0o600)) },
		"empty":   func(t *testing.T, _ *kit, file string) { require.NoError(t, os.WriteFile(file, nil, 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			commit(t, k, first(1), first(2))
			damage(t, k, filepath.Join(k.path, k.keys(t)[0]))
			_, err := k.Load(background, store.ID{1})
			require.ErrorIs(t, err, store.ErrCorrupt)
			require.ErrorIs(t, k.Records(background, store.ID{1}, 0, func(uint64, []byte) bool { return true }), store.ErrCorrupt)
			page, err := k.Due(background, store.Place{}, 1, 10)
			require.NoError(t, err)
			require.Len(t, page, 2)
			require.ErrorIs(t, page[0].Err, store.ErrCorrupt)
			require.NoError(t, page[1].Err)
			require.Equal(t, large('r'), page[1].Records[0])
		})
	}
}

// Delete deletes the blobs of what it deletes, and of nothing that runs.
func TestDeleteDeletesBlobs(t *testing.T) {
	k := newKit(t)
	commit(t, k, first(1), first(2))
	ended := *first(1).Head
	ended.Status, ended.Ended, ended.Due = machine.Succeeded, time.Unix(2, 0), store.Never
	commit(t, k, store.Change{ID: store.ID{1}, Version: 2, Head: &ended, Record: large('e'), Snapshot: large('s')})
	require.Len(t, k.keys(t), 4)
	require.NoError(t, k.Delete(background, store.ID{1}, store.ID{2}, store.ID{3}))
	keys := k.keys(t)
	require.Len(t, keys, 1)
	require.True(t, strings.HasPrefix(keys[0], store.ID{2}.String()))
	folders, err := os.ReadDir(k.path)
	require.NoError(t, err)
	require.Len(t, folders, 1)
}

// Sweep deletes what nothing refers to, and neither what is referred to nor what a
// Commit may just be writing.
func TestSweepDeletesWhatNothingRefersTo(t *testing.T) {
	k := newKit(t)
	commit(t, k, first(1))
	for version := uint64(2); version <= 4; version++ {
		commit(t, k, store.Change{ID: store.ID{1}, Version: version, Record: large(byte(version)), Snapshot: large('s')})
	}
	lost := offload.New(refusing{k.inner}, k.blobs, 100)
	require.ErrorIs(t, lost.Commit(background, []store.Change{first(9)}), errRefused) // a crash before the change
	require.Len(t, k.keys(t), 8)
	deleted, err := offload.Sweep(background, k.inner, k.blobs, time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Zero(t, deleted)
	deleted, err = offload.Sweep(background, k.inner, k.blobs, time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 3, deleted) // two snapshots, and the lost record
	st, err := k.Load(background, store.ID{1})
	require.NoError(t, err)
	require.Equal(t, large('s'), st.Snapshot)
	n := 0
	require.NoError(t, k.Records(background, store.ID{1}, 0, func(uint64, []byte) bool { n++; return true }))
	require.Equal(t, 4, n)
}

var errRefused = errors.New("refused")

type refusing struct{ store.Store }

func (refusing) Commit(context.Context, []store.Change) error { return errRefused }

// A snapshot that is replaced and swept while it is read is read anew.
func TestReplacedSnapshotIsReadAnew(t *testing.T) {
	k := newKit(t)
	c := first(1)
	c.Snapshot = large('1')
	commit(t, k, c)
	old, err := k.inner.Load(background, c.ID)
	require.NoError(t, err)
	commit(t, k, store.Change{ID: c.ID, Version: 2, Record: large('r'), Snapshot: large('2')})
	_, err = offload.Sweep(background, k.inner, k.blobs, time.Now().Add(time.Hour))
	require.NoError(t, err)
	stale := offload.New(&staleOnce{Store: k.inner, old: *old}, k.blobs, 100)
	st, err := stale.Load(background, c.ID)
	require.NoError(t, err)
	require.Equal(t, large('2'), st.Snapshot)
	page, err := stale.Due(background, store.Place{}, 1, 1)
	require.NoError(t, err)
	require.NoError(t, page[0].Err)
	require.Equal(t, large('2'), page[0].Snapshot)
}

// staleOnce is a store whose first answers are old.
type staleOnce struct {
	store.Store
	old  store.State
	told bool
}

func (s *staleOnce) Load(ctx context.Context, id store.ID) (*store.State, error) {
	if !s.told {
		s.told = true
		old := s.old
		return &old, nil
	}
	return s.Store.Load(ctx, id)
}

func (s *staleOnce) Due(context.Context, store.Place, int64, int) ([]store.State, error) {
	return []store.State{s.old}, nil
}

// The wrapped store has the abilities of the store.
func TestAbilitiesStay(t *testing.T) {
	_, is := offload.New(memory.New(), nil, 0).(store.PostReader)
	require.False(t, is)
	_, is = offload.New(memory.NewShared(nil), nil, 0).(store.Shared)
	require.True(t, is)
	_, is = offload.New(readsPosts{memory.New()}, nil, 0).(store.PostReader)
	require.True(t, is)
}

type readsPosts struct{ *memory.Store }

func (readsPosts) Posted(context.Context, store.Owner, uint64, int) ([]store.Post, error) {
	return nil, nil
}
