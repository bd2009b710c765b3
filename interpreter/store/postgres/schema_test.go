package postgres_test

import (
	"context"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/postgres"
)

func TestNewNamesTheVersionOfTheSchema(t *testing.T) {
	ctx := context.Background()
	pool := sharedServer(t).openPool(t)
	schema := schemaOf(t.TempDir())
	_, err := postgres.New(ctx, pool, postgres.Options{Schema: schema})
	require.ErrorContains(t, err, "postgres: schema "+schema+" has no tables of this package: call postgres.Migrate")

	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if err := postgres.Migrate(ctx, pool, schema); err != nil {
				t.Errorf("Migrate in several processes: %v", err)
			}
		})
	}
	group.Wait()
	s := openStore(t, pool, postgres.Options{Schema: schema})
	require.NoError(t, s.Commit(ctx, ladderGroup(1)))
	require.NoError(t, postgres.Migrate(ctx, pool, schema), "again")
	require.EqualValues(t, 1, ladderVersion(t, s))

	s.exec(t, "INSERT INTO gostates.schema_version VALUES (77)")
	for _, err := range []error{postgres.Migrate(ctx, pool, schema), second(postgres.New(ctx, pool, postgres.Options{Schema: schema}))} {
		require.ErrorContains(t, err, "the schema has version 77, and this package knows 1 at most: update")
	}
	s.exec(t, "DELETE FROM gostates.schema_version")
	_, err = postgres.New(ctx, pool, postgres.Options{Schema: schema})
	require.ErrorContains(t, err, "has no tables")
}

func second[T any](_ T, err error) error { return err }

// TestMigrationsNameNoSchema: a tool of the host runs them where it likes.
func TestMigrationsNameNoSchema(t *testing.T) {
	files, err := fs.Glob(postgres.Migrations(), "*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		script, err := fs.ReadFile(postgres.Migrations(), name)
		require.NoError(t, err)
		require.NotContains(t, string(script), "gostates.")
	}
}

func TestDamageNamesTheExecutionAndVersion(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, sharedServer(t).openPool(t), postgres.Options{Schema: schemaOf(t.TempDir())})
	for version := range uint64(8) {
		require.NoError(t, s.Commit(ctx, ladderGroup(version+1)))
	}
	for _, test := range []struct {
		table, part, edit, undo string
		version                 uint64
	}{
		{"executions", "version", "version = 7", "version = 8", 7},
		{"executions", "head", "head_due = 4", "head_due = 5", 8},
		{"executions", "head", "status = 1", "status = 0", 8},
		{"executions", "head", "name = 'other'", "name = 'run-0'", 8},
		{"executions", "head", "machine = 'other'", "machine = '" + machineARN + "'", 8},
		{"executions", "head", `tags = '{"run": "7"}'`, `tags = '{"run": "0"}'`, 8},
		{"executions", "head", "tags = '[]'", `tags = '{"run": "0"}'`, 8},
		{"executions", "snapshot", "since = 5", "since = 6", 5},
		{"snapshots", "snapshot", "version = 5", "version = 6", 6},
		{"records", "record", "crc = crc + 1", "crc = crc - 1", 7},
	} {
		for _, set := range []string{test.edit, test.undo} {
			require.NotZero(t, s.exec(t, "UPDATE gostates."+test.table+" SET "+set+" WHERE id = $1", [16]byte(testID(0))))
			_, err := s.Load(ctx, testID(0))
			if set == test.undo {
				require.NoError(t, err)
				continue
			}
			var corrupt *postgres.CorruptError
			require.ErrorAs(t, err, &corrupt, set)
			require.Equal(t, postgres.CorruptError{ID: testID(0), Version: test.version, Part: test.part}, *corrupt)
			require.ErrorIs(t, err, store.ErrCorrupt)
			if test.part == "head" || test.part == "version" {
				page, err := s.List(ctx, store.Query{})
				require.ErrorIs(t, err, store.ErrCorrupt)
				require.Len(t, page, rungs-1, "the others are listed")
			}
		}
	}
	s.exec(t, "DELETE FROM gostates.records WHERE id = $1 AND version = 8", [16]byte(testID(0)))
	require.ErrorContains(t, second(s.Load(ctx, testID(0))), "record of execution")
	require.ErrorIs(t, s.Records(ctx, testID(0), 0, func(uint64, []byte) bool { return true }), store.ErrCorrupt)
}

func TestStringsThatPostgreSQLCannotStore(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, sharedServer(t).openPool(t), postgres.Options{Schema: schemaOf(t.TempDir())})
	for _, bad := range []string{"a\x00b", "a\xffb"} {
		for field, edit := range map[string]func(h *store.Head){
			"Namespace": func(h *store.Head) { h.Namespace = bad },
			"Machine":   func(h *store.Head) { h.Machine = bad },
			"Name":      func(h *store.Head) { h.Name = bad },
			"Digest":    func(h *store.Head) { h.Digest = bad },
			"tag":       func(h *store.Head) { h.Tags = map[string]string{"k": bad} },
		} {
			c := firstChange(1)
			edit(c.Head)
			require.ErrorContains(t, s.Commit(ctx, []store.Change{c}), "version 1: "+field+" ")
		}
		parked := firstChange(len(bad) + int(bad[1]))
		parked.Head.Parked = bad
		require.NoError(t, s.Commit(ctx, []store.Change{parked}), "a message does not keep others back")
		st, err := s.Load(ctx, parked.ID)
		require.NoError(t, err)
		require.Equal(t, "a\ufffdb", st.Head.Parked)

		require.ErrorIs(t, second(s.Find(ctx, bad, "m", "n")), store.ErrNotFound)
		require.ErrorIs(t, second(s.Definition(ctx, bad)), store.ErrNotFound)
		for _, q := range []store.Query{{Namespace: &bad}, {Machine: bad}, {NamePrefix: bad}, {Tags: map[string]string{bad: ""}}} {
			page, err := s.List(ctx, q)
			require.NoError(t, err)
			require.Empty(t, page)
		}
	}
}

func TestNoStatementNamesATableWithoutSchema(t *testing.T) {
	for _, q := range postgres.AllQueries("other") {
		require.False(t, strings.Contains(q, "gostates."), q)
		require.Contains(t, q, `"other".`)
	}
}
