package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

// A ladder is a store whose groups have one change of each of its executions, so that
// all of them have the same version unless half a group was stored.
const rungs = 5

func rungID(i int) store.ID {
	return store.ID{1, 0x9a, 0xff, 0, 0, 0, 0x70, 0, 0x80, 15: byte(i + 1)}
}

func rungRecord(i int, version uint64) []byte { return fmt.Appendf(nil, "record %d of %d", version, i) }

func rungSnapshot(i int, version uint64) []byte {
	return fmt.Appendf(nil, "snapshot %d of %d", version, i)
}

// ladderGroup returns the changes of a version.
func ladderGroup(version uint64) []store.Change {
	group := make([]store.Change, rungs)
	for i := range group {
		c := store.Change{ID: rungID(i), Version: version, Record: rungRecord(i, version)}
		if version%4 == 1 {
			c.Head = rungHead(i, version)
		}
		if version%3 == 0 {
			c.Snapshot = rungSnapshot(i, version)
		}
		group[i] = c
	}
	return group
}

// rungHead returns the head of the last version up to version that has one.
func rungHead(i int, version uint64) *store.Head {
	version -= (version - 1) % 4
	return &store.Head{
		Machine: machineARN, Name: fmt.Sprint("rung-", i), Digest: "digest", Due: int64(version),
		Started: time.Unix(1, int64(i)).UTC(), Tags: map[string]string{"rung": fmt.Sprint(i)},
	}
}

// checkRung returns why a state is not the one of its version.
func checkRung(i int, st *store.State) error {
	switch {
	case st.Version == 0:
		return errors.New("version 0")
	case st.Since > 0 && string(st.Snapshot) != string(rungSnapshot(i, st.Since)):
		return fmt.Errorf("snapshot of version %d is %q", st.Since, st.Snapshot)
	case st.Since != st.Version/3*3:
		return fmt.Errorf("snapshot is of version %d, the execution has %d", st.Since, st.Version)
	case uint64(len(st.Records)) != st.Version-st.Since:
		return fmt.Errorf("%d records after version %d of %d", len(st.Records), st.Since, st.Version)
	case fmt.Sprint(st.Head) != fmt.Sprint(*rungHead(i, st.Version)):
		return fmt.Errorf("head of version %d is %+v", st.Version, st.Head)
	}
	for n, record := range st.Records {
		if version := st.Since + uint64(n) + 1; string(record) != string(rungRecord(i, version)) {
			return fmt.Errorf("record %d is %q", version, record)
		}
	}
	return nil
}

// ladderVersion returns the version that all executions have, or 0 if there are none,
// and fails if half a group is stored or a state is wrong.
func ladderVersion(t testing.TB, s *sqlite.Store) (version uint64, err error) {
	t.Helper()
	ctx := context.Background()
	for i := range rungs {
		st, err := s.Load(ctx, rungID(i))
		switch {
		case errors.Is(err, store.ErrNotFound):
			st = &store.State{}
		case err != nil:
			return 0, err
		default:
			require.NoError(t, checkRung(i, st))
		}
		if i > 0 {
			require.Equal(t, version, st.Version, "half a group is stored")
		}
		version = st.Version
	}
	return version, nil
}

// copyFiles copies a database and its write-ahead log, as a power failure leaves them.
func copyFiles(t testing.TB, from, to string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(from + suffix)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to+suffix, b, 0o600))
	}
}

func editFile(t testing.TB, path string, edit func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, edit(b), 0o600))
}

func tempDatabase(t testing.TB) string { return filepath.Join(t.TempDir(), "executions.db") }
