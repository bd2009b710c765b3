package sqlite_test

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/sqlite"
	"github.com/gostates/gostates/interpreter/store/storetest"
)

// openStore opens a store that is closed when the test ends.
func openStore(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// openForeign opens a database as another tool does.
func openForeign(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String()+"?_pragma=busy_timeout(60000)")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// dirStore is a store that knows its database file.
type dirStore struct {
	*sqlite.Store
	path string
}

func damageContent(t testing.TB, s store.Store, id store.ID, version uint64) {
	t.Helper()
	db := openForeign(t, s.(dirStore).path)
	column := "record"
	if version == 0 {
		column = "snapshot"
	}
	result, err := db.Exec("UPDATE gostates_records SET "+column+" = CAST(substr("+column+", 1, 2) || 'X' || substr("+column+", 4) AS BLOB)"+
		" WHERE id = ? AND (version = ? OR ? = 0 AND snapshot IS NOT NULL)", id[:], version, version)
	require.NoError(t, err)
	changed, err := result.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 1, changed)
}

func TestOpenedFile(t *testing.T) {
	storetest.Run(t, storetest.Options{
		Open: func(t testing.TB, dir string) store.Store {
			path := filepath.Join(dir, "executions.db")
			s, err := sqlite.Open(path)
			require.NoError(t, err)
			return dirStore{s, path}
		},
		Damage: damageContent,
	})
}

func TestHandleOfTheHost(t *testing.T) {
	for _, test := range []struct {
		name        string
		connections int
	}{
		{"one connection", 1},
		{"several connections without a busy timeout", 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.connections == 1 {
				skipUnderRace(t)
			}
			storetest.Run(t, storetest.Options{
				Open: func(t testing.TB, dir string) store.Store {
					path := filepath.Join(dir, "host.db")
					db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(WAL)")
					require.NoError(t, err)
					t.Cleanup(func() { require.NoError(t, db.Close()) })
					db.SetMaxOpenConns(test.connections)
					require.NoError(t, sqlite.Migrate(context.Background(), db))
					s, err := sqlite.New(db)
					require.NoError(t, err)
					return dirStore{s, path}
				},
				Damage: damageContent,
			})
		})
	}
}
