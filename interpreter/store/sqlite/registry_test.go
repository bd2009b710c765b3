package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/registry/registrytest"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

// registryOf is a registry's store that is closed with its database.
type registryOf struct {
	registry.Store
	closers []func() error
}

func (r registryOf) Close() error {
	for _, c := range r.closers {
		if err := c(); err != nil {
			return err
		}
	}
	return nil
}

func TestRegistryOfAnOpenedFile(t *testing.T) {
	registrytest.Run(t, registrytest.Options{Open: func(t testing.TB, dir string) registry.Store {
		s, err := sqlite.Open(filepath.Join(dir, "executions.db"))
		require.NoError(t, err)
		return registryOf{s.Registry(), []func() error{s.Close}}
	}})
}

func TestRegistryOfAHandleOfTheHost(t *testing.T) {
	registrytest.Run(t, registrytest.Options{Open: func(t testing.TB, dir string) registry.Store {
		db, err := sql.Open("sqlite", filepath.Join(dir, "host.db")+"?_pragma=journal_mode(WAL)")
		require.NoError(t, err)
		db.SetMaxOpenConns(1)
		require.NoError(t, sqlite.Migrate(context.Background(), db))
		s, err := sqlite.New(db)
		require.NoError(t, err)
		return registryOf{s.Registry(), []func() error{s.Close, db.Close}}
	}})
}

// readRegistry returns all records.
func readRegistry(t testing.TB, s *sqlite.Store) map[string]string {
	t.Helper()
	found, err := recordsOf(s)
	require.NoError(t, err)
	return found
}

func recordsOf(s *sqlite.Store) (map[string]string, error) {
	found := map[string]string{}
	err := s.Registry().Read(context.Background(), func(key string, record []byte) error {
		found[key] = string(record)
		return nil
	})
	return found, err
}

// registryGroup returns the changes of a version, which every record names.
func registryGroup(version uint64) []registry.Change {
	changes := make([]registry.Change, rungs)
	for i := range changes {
		changes[i] = registry.Change{Key: fmt.Sprint("machine/", i), Record: fmt.Appendf(nil, "%d of %d %s", version, i, strings.Repeat("x", i*1000))}
	}
	return changes
}

func registryRecords(version uint64) map[string]string {
	want := map[string]string{}
	for _, c := range registryGroup(version) {
		want[c.Key] = string(c.Record)
	}
	return want
}

// The registries of a database are one: what one has written the other reads.
func TestTwoRegistriesOfAFile(t *testing.T) {
	ctx := context.Background()
	path := tempDatabase(t)
	s := openStore(t, path)
	one, two := s.Registry(), s.Registry()
	require.NoError(t, s.Commit(ctx, ladderGroup(1)))
	require.NoError(t, one.Write(ctx, registryGroup(1)))
	require.NoError(t, two.Write(ctx, registryGroup(2)))
	require.NoError(t, two.Write(ctx, []registry.Change{{Key: "secret", Record: []byte("s")}}))
	require.NoError(t, one.Write(ctx, []registry.Change{{Key: "secret"}}))
	require.Equal(t, registryRecords(2), readRegistry(t, s))
	version, err := ladderVersion(t, s)
	require.NoError(t, err)
	require.EqualValues(t, 1, version, "executions are beside it")
	_, err = sqlite.Open(path)
	require.ErrorIs(t, err, store.ErrLocked, "another process has no registry of the file")

	other := openStore(t, tempDatabase(t))
	require.Empty(t, readRegistry(t, other))
}

func TestClosedStoreHasNoRegistry(t *testing.T) {
	ctx := context.Background()
	s, err := sqlite.Open(tempDatabase(t))
	require.NoError(t, err)
	r := s.Registry()
	require.NoError(t, s.Close())
	require.ErrorIs(t, r.Write(ctx, registryGroup(1)), sqlite.ErrClosed)
	require.ErrorIs(t, r.Write(ctx, nil), sqlite.ErrClosed)
	require.ErrorIs(t, r.Read(ctx, func(string, []byte) error { return nil }), sqlite.ErrClosed)
}

// A context that ends in a Write makes all changes or none.
func TestContextThatEndsInAWriteOfTheRegistry(t *testing.T) {
	s := openStore(t, tempDatabase(t))
	version, made, refused := uint64(0), 0, 0
	for left := range 2 * rungs {
		err := s.Registry().Write(&endingContext{context.Background(), left}, registryGroup(version+1))
		if err == nil {
			version++
			made++
		} else {
			require.ErrorIs(t, err, context.Canceled)
			refused++
		}
		if version > 0 {
			require.Equal(t, registryRecords(version), readRegistry(t, s))
		} else {
			require.Empty(t, readRegistry(t, s))
		}
	}
	require.Positive(t, made)
	require.Positive(t, refused)
}

// writeRegistryForever is what a child does in place of Commits.
func writeRegistryForever(s *sqlite.Store) error {
	found, err := recordsOf(s)
	if err != nil {
		return err
	}
	version := registryVersion(found)
	last, _ := strconv.ParseUint(os.Getenv(childGroups), 10, 64)
	for {
		version++
		if err := s.Registry().Write(context.Background(), registryGroup(version)); err != nil {
			return err
		}
		fmt.Println(version)
		if version == last {
			return nil
		}
	}
}

// registryVersion returns the version of the first record; 0: none.
func registryVersion(found map[string]string) (version uint64) {
	_, _ = fmt.Sscan(found["machine/0"], &version)
	return version
}

// TestKilledProcessLosesNoRecord kills a process that writes records.
func TestKilledProcessLosesNoRecord(t *testing.T) {
	t.Setenv(childWrites, "registry")
	path := tempDatabase(t)
	random := rand.New(rand.NewPCG(9, 10))
	acknowledged := uint64(0)
	for range *kills {
		child, lines := startChild(t, path)
		acknowledged = killAfter(t, child.Process, lines, random.IntN(200), acknowledged)
		require.Error(t, child.Wait())
		s, err := sqlite.Open(path)
		require.NoError(t, err)
		found := readRegistry(t, s)
		version := registryVersion(found)
		require.Equal(t, registryRecords(version), found, "half a Write is stored")
		require.GreaterOrEqual(t, version, acknowledged, "acknowledged and lost")
		require.LessOrEqual(t, version, acknowledged+1)
		require.NoError(t, s.Close())
	}
	t.Logf("%d kills, %d writes", *kills, acknowledged)
}

// Damage of any column is an error that names the record, and nothing is read.
func TestDamagedRecordOfTheRegistry(t *testing.T) {
	ctx := context.Background()
	path := tempDatabase(t)
	s := openStore(t, path)
	require.NoError(t, s.Registry().Write(ctx, registryGroup(1)))
	db := openForeign(t, path)
	for _, set := range []string{
		"record = CAST('X' || substr(record, 2) AS BLOB)", "record = x''", "crc = crc + 1", "crc = crc + (1 << 40)",
		"key = 'machine/9'", "key = CAST(x'ff' AS TEXT)",
	} {
		_, err := db.Exec("UPDATE gostates_registry SET " + set + " WHERE key = 'machine/3'")
		require.NoError(t, err)
		err = s.Registry().Read(ctx, func(string, []byte) error {
			t.Error("a record was read")
			return nil
		})
		var corrupt *sqlite.CorruptError
		require.ErrorAs(t, err, &corrupt, set)
		require.ErrorIs(t, err, store.ErrCorrupt)
		require.Equal(t, "registry", corrupt.Part)
		require.Contains(t, err.Error(), fmt.Sprintf("record %q of the registry", corrupt.Key))
		_, err = registry.Open(ctx, s.Registry())
		require.ErrorAs(t, err, &corrupt, "a registry does not open")
		_, err = db.Exec("DELETE FROM gostates_registry WHERE key = ?", corrupt.Key)
		require.NoError(t, err)
		require.NoError(t, s.Registry().Write(ctx, registryGroup(1)))
		require.Equal(t, registryRecords(1), readRegistry(t, s), "the key of the error is the one to repair")
	}
}

// TestDamagedFileIsNeverAWrongRecord changes bytes of the main file.
func TestDamagedFileIsNeverAWrongRecord(t *testing.T) {
	skipUnderRace(t)
	ctx := context.Background()
	path := tempDatabase(t)
	s, err := sqlite.Open(path)
	require.NoError(t, err)
	for version := range uint64(10) {
		require.NoError(t, s.Registry().Write(ctx, registryGroup(version+1)))
	}
	require.NoError(t, s.Close())
	random := rand.New(rand.NewPCG(11, 12))
	found := 0
	for range 4 * *damages {
		copied := filepath.Join(t.TempDir(), "copy.db")
		copyFiles(t, path, copied)
		var at int
		editFile(t, copied, func(b []byte) []byte {
			for {
				at = random.IntN(len(b))
				if b[at] != 0 || random.IntN(20) == 0 { // most bytes are free space
					b[at] ^= 1 << random.IntN(8)
					return b
				}
			}
		})
		s, err := sqlite.Open(copied)
		if err != nil {
			continue
		}
		records, err := recordsOf(s)
		if err == nil {
			require.Equal(t, registryRecords(10), records, "byte %d", at)
		} else {
			found++
		}
		_ = s.Close()
	}
	require.Positive(t, found)
}

// TestOlderDatabaseIsMigrated opens a database of the first schema, with executions.
func TestOlderDatabaseIsMigrated(t *testing.T) {
	ctx := context.Background()
	path := tempDatabase(t)
	s, err := sqlite.Open(path)
	require.NoError(t, err)
	require.NoError(t, s.Commit(ctx, ladderGroup(1)))
	require.NoError(t, s.Close())
	db := openForeign(t, path)
	// What 0002 has made, undone: the file is as the first version left it.
	_, err = db.Exec("DROP TABLE gostates_registry; DELETE FROM gostates_schema WHERE version = 2")
	require.NoError(t, err)
	first, err := fs.ReadFile(sqlite.Migrations(), "0001_create.sql")
	require.NoError(t, err)
	require.Equal(t, schemaOf(t, firstDatabase(t, string(first))), schemaOf(t, db))
	_, err = sqlite.New(db)
	require.ErrorContains(t, err, "the schema has version 1, and this package needs 2")

	s = openStore(t, path)
	version, err := ladderVersion(t, s)
	require.NoError(t, err)
	require.EqualValues(t, 1, version)
	require.Empty(t, readRegistry(t, s))
	require.NoError(t, s.Registry().Write(ctx, registryGroup(1)))
	require.Equal(t, registryRecords(1), readRegistry(t, s))
}

// firstDatabase returns a database that only the first migration has made.
func firstDatabase(t *testing.T, script string) *sql.DB {
	db := openForeign(t, tempDatabase(t))
	_, err := db.Exec("CREATE TABLE gostates_schema (version INTEGER PRIMARY KEY) STRICT;\n" + script)
	require.NoError(t, err)
	return db
}

func schemaOf(t *testing.T, db *sql.DB) (all []string) {
	rows, err := db.Query("SELECT name || ': ' || ifnull(sql, '') FROM sqlite_schema WHERE name LIKE 'gostates%' ORDER BY name")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var text string
		require.NoError(t, rows.Scan(&text))
		all = append(all, strings.Replace(text, "IF NOT EXISTS ", "", 1))
	}
	require.NoError(t, rows.Err())
	return all
}
