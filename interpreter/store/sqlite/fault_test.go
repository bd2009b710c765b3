package sqlite_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

func TestAnyPathCanBeOpened(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows forbids most of these characters")
	}
	for _, name := range []string{"a b.db", "a?mode=ro", "a#b", "100%41.db", "it's", `quo"te\`, "ümläut.db", ":memory:", "file:x.db"} {
		dir := filepath.Join(t.TempDir(), name+".d")
		require.NoError(t, os.Mkdir(dir, 0o700))
		path := filepath.Join(dir, name)
		s := openStore(t, path)
		require.NoError(t, s.Commit(context.Background(), ladderGroup(1)))
		require.FileExists(t, path)
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode(), "only its owner reads the database")
	}
	_, err := sqlite.Open("a\x00b")
	require.ErrorContains(t, err, "invalid argument")
}

func TestPathsOfOneFileHaveOneLock(t *testing.T) {
	path := tempDatabase(t)
	openStore(t, path)
	link := filepath.Join(t.TempDir(), "link.db")
	require.NoError(t, os.Symlink(path, link))
	_, err := sqlite.Open(link)
	require.ErrorIs(t, err, store.ErrLocked)
}

func TestMissingFolderIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "executions.db")
	_, err := sqlite.Open(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, path)
}

func TestClosedStoreSaysSo(t *testing.T) {
	ctx := context.Background()
	s, err := sqlite.Open(tempDatabase(t))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "again")
	calls := map[string]func() error{
		"Commit":        func() error { return s.Commit(ctx, ladderGroup(1)) },
		"empty Commit":  func() error { return s.Commit(ctx, nil) },
		"Load":          func() error { _, err := s.Load(ctx, rungID(0)); return err },
		"Find":          func() error { _, err := s.Find(ctx, "", "m", "n"); return err },
		"PutDefinition": func() error { return s.PutDefinition(ctx, "d", nil) },
		"Definition":    func() error { _, err := s.Definition(ctx, "d"); return err },
		"Due":           func() error { _, err := s.Due(ctx, store.Place{}, store.Never, 1); return err },
		"Records":       func() error { return s.Records(ctx, rungID(0), 0, func(uint64, []byte) bool { return true }) },
		"List":          func() error { _, err := s.List(ctx, store.Query{}); return err },
		"Count":         func() error { _, err := s.Count(ctx, store.Query{}); return err },
		"Delete":        func() error { return s.Delete(ctx, rungID(0)) },
	}
	for name, call := range calls {
		require.ErrorIs(t, call(), sqlite.ErrClosed, name)
	}
}

// endingContext ends after its Err was called some times.
type endingContext struct {
	context.Context
	left int
}

func (c *endingContext) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestContextThatEndsInACommitStoresAllOrNothing(t *testing.T) {
	s := openStore(t, tempDatabase(t))
	version, stored, refused := uint64(0), 0, 0
	for left := range 2 * rungs {
		err := s.Commit(&endingContext{context.Background(), left}, ladderGroup(version+1))
		if err == nil {
			version++
			stored++
		} else {
			require.ErrorIs(t, err, context.Canceled)
			refused++
		}
		got, err := ladderVersion(t, s)
		require.NoError(t, err)
		require.Equal(t, version, got)
	}
	require.Positive(t, stored)
	require.Positive(t, refused)
}

// A context that ends while rows are read closes them. What cannot be read then is not
// damaged: it is only the context that has ended.
func TestEndedContextIsNoDamage(t *testing.T) {
	background := context.Background()
	path := tempDatabase(t)
	s := openStore(t, path)
	require.NoError(t, s.Commit(background, ladderGroup(1)))
	require.NoError(t, s.Registry().Write(background, registryGroup(1)))
	_, err := openForeign(t, path).Exec("UPDATE gostates_executions SET status = 3; UPDATE gostates_registry SET crc = 0")
	require.NoError(t, err)
	for name, read := range map[string]func(ctx context.Context) error{
		"Load": func(ctx context.Context) error { _, err := s.Load(ctx, rungID(0)); return err },
		"List": func(ctx context.Context) error { _, err := s.List(ctx, store.Query{}); return err },
		"Registry": func(ctx context.Context) error {
			return s.Registry().Read(ctx, func(string, []byte) error { return nil })
		},
	} {
		require.ErrorIs(t, read(background), store.ErrCorrupt, name)
		err := read(&endingContext{background, 1}) // the first check finds that it has not ended
		require.ErrorIs(t, err, context.Canceled, name)
		require.NotErrorIs(t, err, store.ErrCorrupt, name)
	}
}

func TestForeignConnectionsDelayAndDoNotHarm(t *testing.T) {
	ctx := context.Background()
	path := tempDatabase(t)
	s, err := sqlite.Open(path)
	require.NoError(t, err)
	require.NoError(t, s.Commit(ctx, ladderGroup(1)))

	foreign := openForeign(t, path)
	conn, err := foreign.Conn(ctx)
	require.NoError(t, err)
	_, err = conn.ExecContext(ctx, "BEGIN IMMEDIATE")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- s.Commit(ctx, ladderGroup(2)) }()
	version, err := ladderVersion(t, s)
	require.NoError(t, err, "readers do not wait")
	require.EqualValues(t, 1, version)
	_, err = conn.ExecContext(ctx, "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, <-done)

	// A foreign reader that stays keeps the log from being reset, also at Close.
	_, err = conn.ExecContext(ctx, "BEGIN")
	require.NoError(t, err)
	var n int
	require.NoError(t, conn.QueryRowContext(ctx, "SELECT count(*) FROM gostates_records").Scan(&n))
	for version := uint64(3); version < 20; version++ {
		require.NoError(t, s.Commit(ctx, ladderGroup(version)))
	}
	require.NoError(t, s.Close())
	again := openStore(t, path)
	version, err = ladderVersion(t, again)
	require.NoError(t, err)
	require.EqualValues(t, 19, version)
	require.NoError(t, conn.Close())
}

func TestRefusedHeadsSayWhy(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, tempDatabase(t))
	require.NoError(t, s.Commit(ctx, ladderGroup(1)))
	for _, test := range []struct {
		want string
		edit func(*store.Change)
	}{
		{"has two changes", func(c *store.Change) { c.ID, c.Head = rungID(1), nil }},
		{"versions start at 1", func(c *store.Change) { c.Version = 0 }},
		{"do not change", func(c *store.Change) { c.Head.Tags = nil }},
		{"do not change", func(c *store.Change) { c.Head.Started = c.Head.Started.Add(1) }},
		{"do not change", func(c *store.Change) { c.Head.Parent = rungID(1) }},
		{"do not change", func(c *store.Change) { c.Head.Name = "other" }},
		{"do not change", func(c *store.Change) { c.Head.Namespace = "other" }},
	} {
		group := ladderGroup(2)
		group[0].Head = rungHead(0, 2)
		test.edit(&group[0])
		err := s.Commit(ctx, group)
		require.ErrorContains(t, err, test.want)
		require.NotErrorIs(t, err, store.ErrConflict)
		require.ErrorContains(t, err, "sqlite: commit: execution ")
		version, err := ladderVersion(t, s)
		require.NoError(t, err)
		require.EqualValues(t, 1, version)
	}
}

func TestSchemaIsChecked(t *testing.T) {
	ctx := context.Background()
	path := tempDatabase(t)
	db := openForeign(t, path)
	_, err := sqlite.New(db)
	require.ErrorContains(t, err, "call sqlite.Migrate")
	require.NoError(t, sqlite.Migrate(ctx, db))
	require.NoError(t, sqlite.Migrate(ctx, db), "again")
	s, err := sqlite.New(db)
	require.NoError(t, err)
	require.NoError(t, s.Commit(ctx, ladderGroup(1)))
	require.NoError(t, s.Close())
	require.NoError(t, db.Ping(), "the handle stays open")

	weak, err := sql.Open("sqlite", path+"?_pragma=synchronous(NORMAL)")
	require.NoError(t, err)
	defer weak.Close()
	_, err = sqlite.New(weak)
	require.ErrorContains(t, err, "synchronous")

	_, err = db.Exec("INSERT INTO gostates_schema VALUES (99)")
	require.NoError(t, err)
	for _, open := range []func() error{
		func() error { _, err := sqlite.Open(path); return err },
		func() error { _, err := sqlite.New(db); return err },
		func() error { return sqlite.Migrate(ctx, db) },
	} {
		require.ErrorContains(t, open(), "version 99")
	}
}
