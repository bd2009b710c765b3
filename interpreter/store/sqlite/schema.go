package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Migrations returns the files of the schema, in the order of their names: each
// begins with its version, such as 0001_create.sql, and is run in one transaction.
// [Migrate] also writes the version into gostates_schema.
func Migrations() fs.FS {
	files, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return files
}

// Migrate brings the schema of a database up to date, each version in a transaction
// of its own. It returns an error if the schema is newer than this package, and
// changes nothing then.
func Migrate(ctx context.Context, db *sql.DB) error {
	if err := migrateSchema(ctx, db); err != nil {
		return fmt.Errorf("sqlite: migrate: %w", err)
	}
	return nil
}

func migrateSchema(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return readError(err)
	}
	defer conn.Close()
	files, err := fs.Glob(Migrations(), "*.sql")
	if err != nil {
		return err
	}
	version, err := schemaVersion(ctx, conn)
	if err != nil {
		return err
	}
	if version > len(files) {
		return newerSchema(version, len(files))
	}
	for i := version; i < len(files); i++ {
		if err := applyMigration(ctx, conn, i+1, files[i]); err != nil {
			return fmt.Errorf("%s: %w", files[i], readError(err))
		}
	}
	return nil
}

// applyMigration runs a file unless another process has done so.
func applyMigration(ctx context.Context, conn *sql.Conn, version int, name string) (err error) {
	if prefix, _, _ := strings.Cut(name, "_"); prefix != fmt.Sprintf("%04d", version) {
		return fmt.Errorf("the file is not version %d", version)
	}
	script, err := fs.ReadFile(Migrations(), name)
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	stored, err := schemaVersion(ctx, conn)
	if err != nil {
		return err
	}
	if stored < version {
		statements := "CREATE TABLE IF NOT EXISTS gostates_schema (version INTEGER PRIMARY KEY) STRICT;\n" + string(script) +
			"\nINSERT INTO gostates_schema VALUES (" + strconv.Itoa(version) + ");"
		if _, err := conn.ExecContext(ctx, statements); err != nil {
			return err
		}
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}

// querier is a *sql.DB or *sql.Conn.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// schemaVersion returns the version of the schema of a database; 0: none.
func schemaVersion(ctx context.Context, db querier) (int, error) {
	var tables, version int
	err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = 'gostates_schema'").Scan(&tables)
	if err == nil && tables > 0 {
		err = db.QueryRowContext(ctx, "SELECT ifnull(max(version), 0) FROM gostates_schema").Scan(&version)
	}
	return version, readError(err)
}

// checkSchema returns an error unless the schema is the one of this package.
func checkSchema(ctx context.Context, db *sql.DB) error {
	files, err := fs.Glob(Migrations(), "*.sql")
	if err != nil {
		return err
	}
	version, err := schemaVersion(ctx, db)
	switch {
	case err != nil:
		return err
	case version == 0:
		return fmt.Errorf("the database has no tables of this package: call sqlite.Migrate, or run the files of sqlite.Migrations")
	case version < len(files):
		return fmt.Errorf("the schema has version %d, and this package needs %d: call sqlite.Migrate, or run the files of sqlite.Migrations", version, len(files))
	case version > len(files):
		return newerSchema(version, len(files))
	}
	return nil
}

func newerSchema(version, known int) error {
	return fmt.Errorf("the schema has version %d, and this package knows %d at most: update %s", version, known,
		"github.com/gostates/gostates/interpreter/store/sqlite")
}
