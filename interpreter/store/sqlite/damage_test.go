package sqlite_test

import (
	"context"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

var damages = flag.Int("damages", 50, "how many random damages of each kind are tried")

// skipUnderRace skips a long test in which one goroutine works at a time: the race detector
// has little to find there and makes SQLite ten times slower. CI runs it without.
func skipUnderRace(t *testing.T) {
	t.Helper()
	if race.Enabled {
		t.Skip("one goroutine works at a time, ten times slower under the race detector")
	}
}

// TestDamagedLogOpensToWholeCommits cuts and changes the write-ahead log of a store
// that was not closed.
func TestDamagedLogOpensToWholeCommits(t *testing.T) {
	skipUnderRace(t)
	const groups = 30
	ctx := context.Background()
	path := tempDatabase(t)
	s := openStore(t, path)
	var ends []int64 // of the log after each group
	for version := range uint64(groups) {
		require.NoError(t, s.Commit(ctx, ladderGroup(version+1)))
		info, err := os.Stat(path + "-wal")
		require.NoError(t, err)
		ends = append(ends, info.Size())
	}
	require.True(t, slices.IsSorted(ends), "the log was not reset")
	killed := filepath.Join(t.TempDir(), "killed.db")
	copyFiles(t, path, killed)
	size := ends[groups-1]
	random := rand.New(rand.NewPCG(3, 4))

	// open returns the version of the damaged copy; ok is false if it says that it cannot.
	opened := 0
	open := func(t *testing.T, edit func([]byte) []byte) (version uint64, ok bool) {
		copied := filepath.Join(t.TempDir(), "copy.db")
		copyFiles(t, killed, copied)
		editFile(t, copied+"-wal", edit)
		s, err := sqlite.Open(copied)
		if err != nil {
			return 0, false
		}
		defer s.Close()
		version, err = ladderVersion(t, s)
		if err != nil {
			require.ErrorIs(t, err, store.ErrCorrupt)
			return 0, false
		}
		opened++
		if version < groups { // it continues from there
			require.NoError(t, s.Commit(ctx, ladderGroup(version+1)))
		}
		return version, true
	}
	t.Run("cut", func(t *testing.T) {
		cuts := []int64{0, 10, 31, 32}
		for i := range int64(200) {
			cuts = append(cuts, size-i)
		}
		for range *damages {
			cuts = append(cuts, random.Int64N(size))
		}
		for _, cut := range cuts {
			acknowledged, _ := slices.BinarySearch(ends, cut+1) // groups that end before the cut
			version, ok := open(t, func(b []byte) []byte { return b[:cut] })
			require.True(t, ok, "cut at %d", cut)
			require.EqualValues(t, acknowledged, version, "cut at %d of %d", cut, size)
		}
	})
	t.Run("flip", func(t *testing.T) {
		for range *damages {
			at := random.Int64N(size)
			whole, _ := slices.BinarySearch(ends, at+1) // groups before the damage
			version, ok := open(t, func(b []byte) []byte {
				b[at] ^= byte(1 + random.IntN(255))
				return b
			})
			if ok && at >= 32 { // without its header a log counts as empty
				require.EqualValues(t, whole, version, "flip at %d", at)
			}
		}
	})
	t.Run("garbage at the end", func(t *testing.T) {
		for range 20 {
			garbage := make([]byte, random.IntN(10_000))
			for i := range garbage {
				garbage[i] = byte(random.Uint32())
			}
			version, ok := open(t, func(b []byte) []byte { return append(b, garbage...) })
			require.True(t, ok)
			require.EqualValues(t, groups, version)
		}
	})
	require.Greater(t, opened, 100)
}

// TestDamagedMainFileIsNeverAWrongState changes bytes of the main file.
func TestDamagedMainFileIsNeverAWrongState(t *testing.T) {
	skipUnderRace(t)
	const groups = 30
	ctx := context.Background()
	path := tempDatabase(t)
	s, err := sqlite.Open(path)
	require.NoError(t, err)
	definition := []byte("a definition")
	require.NoError(t, s.PutDefinition(ctx, "digest", definition))
	for version := range uint64(groups) {
		require.NoError(t, s.Commit(ctx, ladderGroup(version+1)))
	}
	require.NoError(t, s.Close())
	random := rand.New(rand.NewPCG(5, 6))
	refused, found, harmless := 0, 0, 0
	for range *damages {
		copied := filepath.Join(t.TempDir(), "copy.db")
		copyFiles(t, path, copied)
		editFile(t, copied, func(b []byte) []byte {
			for {
				at := random.IntN(len(b))
				if b[at] != 0 || random.IntN(20) == 0 { // most bytes are free space
					b[at] ^= 1 << random.IntN(8)
					return b
				}
			}
		})
		s, err := sqlite.Open(copied)
		if err != nil {
			refused++
			continue
		}
		damaged := false
		for i := range rungs {
			st, err := s.Load(ctx, rungID(i))
			if err != nil {
				require.NotErrorIs(t, err, store.ErrNotFound)
				damaged = true
			} else {
				require.EqualValues(t, groups, st.Version)
				require.NoError(t, checkRung(i, st))
			}
			last := uint64(0)
			err = s.Records(ctx, rungID(i), 0, func(version uint64, record []byte) bool {
				last++
				require.Equal(t, last, version)
				require.Equal(t, string(rungRecord(i, version)), string(record))
				return true
			})
			damaged = damaged || err != nil
			if err == nil {
				require.EqualValues(t, groups, last)
			}
		}
		states, err := s.Due(ctx, store.Place{}, store.Never, 100)
		damaged = damaged || err != nil
		for _, st := range states {
			if st.Err == nil {
				require.NoError(t, checkRung(int(st.ID[15])-1, &st))
			}
			damaged = damaged || st.Err != nil
		}
		page, err := s.List(ctx, store.Query{})
		damaged = damaged || err != nil
		for _, l := range page {
			require.Equal(t, rungHead(int(l.ID[15])-1, groups), &l.Head)
		}
		got, err := s.Definition(ctx, "digest")
		if err == nil {
			require.Equal(t, definition, got)
		}
		damaged = damaged || err != nil
		if damaged {
			found++
		} else {
			harmless++
		}
		_ = s.Close()
	}
	t.Logf("%d refused at Open, %d found later, %d without effect", refused, found, harmless)
	require.Positive(t, found)
}

func TestFileThatIsNotADatabaseIsCorrupt(t *testing.T) {
	path := tempDatabase(t)
	require.NoError(t, os.WriteFile(path, []byte("a letter that is long enough to be taken for a database: "+string(make([]byte, 4096))), 0o600))
	_, err := sqlite.Open(path)
	require.ErrorIs(t, err, store.ErrCorrupt)
	require.ErrorContains(t, err, path)
}

func TestDamageNamesTheExecutionAndVersion(t *testing.T) {
	ctx := context.Background()
	path := tempDatabase(t)
	s := openStore(t, path)
	for version := range uint64(8) {
		require.NoError(t, s.Commit(ctx, ladderGroup(version+1)))
	}
	id := rungID(0)
	for _, test := range []struct {
		part, edit, undo string
		version          uint64
	}{
		{"version", "version = 7", "version = 8", 7},
		{"head", "due = 4", "due = 5", 8},
		{"head", "status = 1", "status = 0", 8},
		{"head", "own_name = 'other'", "own_name = 'rung-0'", 8},
		{"head", "machine = 77", "machine = 1", 8},
		{"snapshot", "since = 5", "since = 6", 5},
	} {
		db := openForeign(t, path)
		for _, set := range []string{test.edit, test.undo} {
			_, err := db.Exec("UPDATE gostates_executions SET "+set+" WHERE id = ?", id[:])
			require.NoError(t, err)
			_, err = s.Load(ctx, id)
			if set == test.undo {
				require.NoError(t, err)
				continue
			}
			var corrupt *sqlite.CorruptError
			require.ErrorAs(t, err, &corrupt, set)
			require.Equal(t, sqlite.CorruptError{ID: id, Version: test.version, Part: test.part}, *corrupt)
			require.ErrorIs(t, err, store.ErrCorrupt)
			page, err := s.List(ctx, store.Query{})
			if test.part != "snapshot" && test.edit != "machine = 77" { // no list has what belongs to no machine
				require.ErrorIs(t, err, store.ErrCorrupt)
				require.Len(t, page, rungs-1, "the others are listed")
			}
		}
	}
}

var _ io.Closer = (*sqlite.Store)(nil)
