//go:build !race

package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sqlitedriver "modernc.org/sqlite"

	"github.com/gostates/gostates/interpreter/store"
)

// A database larger than the caches is read to its end and then changed in order. Each
// page is read once for the many rows in it. It has one goroutine, and would take four
// minutes with the race detector.
func TestReaderLeavesTheWriterItsPages(t *testing.T) {
	ctx := context.Background()
	s, err := Open(filepath.Join(t.TempDir(), "executions.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	const executions, group = 24_000, 400
	commit := func(version uint64) {
		for first := 0; first < executions; first += group {
			changes := make([]store.Change, group)
			for i := range changes {
				c := &changes[i]
				binary.BigEndian.PutUint64(c.ID[:], uint64(first+i+1))
				c.Version, c.Record = version, make([]byte, 400)
				if version == 1 {
					c.Head = &store.Head{Machine: "m", Name: fmt.Sprint(first + i), Digest: "d", Started: time.Unix(1, 0), Due: int64(first + i + 1)}
				}
			}
			require.NoError(t, s.Commit(ctx, changes))
		}
	}
	misses := func() (n int) {
		require.NoError(t, s.ownWriter.use(func(c driver.Conn) (err error) {
			n, _, err = c.(sqlitedriver.DBStatus).Status(sqlitedriver.DBStatusCacheMiss, true)
			return err
		}))
		return n
	}
	commit(1)
	page, err := s.Due(ctx, store.Place{}, store.Never-1, executions)
	require.NoError(t, err)
	require.Len(t, page, executions)
	misses()
	commit(2)
	require.Less(t, misses(), executions)
}
