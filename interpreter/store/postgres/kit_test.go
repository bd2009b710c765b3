package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
)

const machineARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:order"

// testID returns an ID of its own for each number.
func testID(n int) store.ID {
	return store.ID{1, 0x9a, 0xff, 0, 0, 0, 0x70, 0, 0x80, 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}
}

func testHead(n int) *store.Head {
	return &store.Head{
		Machine: machineARN, Name: fmt.Sprint("run-", n), Digest: "digest",
		Started: time.Unix(1, int64(n)).UTC(), Tags: map[string]string{"run": fmt.Sprint(n)},
	}
}

func firstChange(n int) store.Change {
	return store.Change{ID: testID(n), Version: 1, Head: testHead(n), Record: fmt.Appendf(nil, "record 1 of %d", n)}
}

// A ladder is a store whose groups have one change of each of its executions, so that
// all of them have the same version unless half a group was stored.
const rungs = 5

// ladderGroup returns the changes of a version.
func ladderGroup(version uint64) []store.Change {
	group := make([]store.Change, rungs)
	for i := range group {
		group[i] = store.Change{ID: testID(i), Version: version, Record: fmt.Appendf(nil, "record %d of %d", version, i)}
		if version%4 == 1 {
			group[i].Head = testHead(i)
			group[i].Head.Due = int64(version)
		}
		if version%3 == 0 {
			group[i].Snapshot = fmt.Appendf(nil, "snapshot %d of %d", version, i)
		}
	}
	return group
}

// ladderVersion returns the version that all executions have, or 0 if there are none,
// and fails if half a group is stored or a state is wrong.
func ladderVersion(t testing.TB, s store.Store) (version uint64) {
	t.Helper()
	for i := range rungs {
		st, err := s.Load(context.Background(), testID(i))
		if errors.Is(err, store.ErrNotFound) {
			st, err = &store.State{}, nil
		}
		require.NoError(t, err)
		if i > 0 {
			require.Equal(t, version, st.Version, "half a group is stored")
		}
		version = st.Version
		if version == 0 {
			continue
		}
		require.Equal(t, version-(version-1)%4, uint64(st.Head.Due))
		require.Equal(t, version/3*3, st.Since)
		if st.Since > 0 {
			require.Equal(t, fmt.Sprintf("snapshot %d of %d", st.Since, i), string(st.Snapshot))
		}
		require.Len(t, st.Records, int(version-st.Since))
		for n, record := range st.Records {
			require.Equal(t, fmt.Sprintf("record %d of %d", st.Since+uint64(n)+1, i), string(record))
		}
	}
	return version
}
