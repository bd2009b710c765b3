package postgres

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DefaultSchema is the schema of the tables if none is named.
const DefaultSchema = "gostates"

//go:embed migrations/*.sql
var embedded embed.FS

// Migrations returns the files of the schema, in the order of their names: each
// begins with its version, such as 0001_create.sql, and is run in one transaction
// whose search_path is the schema. [Migrate] also writes the version into the table
// schema_version, and so must a tool that runs the files itself.
func Migrations() fs.FS {
	files, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return files
}

// Migrate creates the schema (empty: [DefaultSchema]) and its tables, or brings them
// up to date, each version in a transaction of its own. Several processes may call it
// at the same time. It returns an error if the schema is newer than this package, and
// changes nothing then.
func Migrate(ctx context.Context, pool *pgxpool.Pool, schema string) error {
	schema = cmp.Or(schema, DefaultSchema)
	if err := migrateSchema(ctx, pool, schema); err != nil {
		return fmt.Errorf("postgres: migrate schema %s: %w", schema, err)
	}
	return nil
}

func migrateSchema(ctx context.Context, pool *pgxpool.Pool, schema string) error {
	files, err := fs.Glob(Migrations(), "*.sql")
	if err != nil {
		return err
	}
	for i, file := range files {
		if err := applyMigration(ctx, pool, schema, i+1, file, len(files)); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// createVersions is run before the first migration.
const createVersions = `CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY);`

// applyMigration runs a file unless that has been done.
func applyMigration(ctx context.Context, pool *pgxpool.Pool, schema string, version int, file string, known int) error {
	if prefix, _, _ := strings.Cut(file, "_"); prefix != fmt.Sprintf("%04d", version) {
		return fmt.Errorf("the file is not version %d", version)
	}
	script, err := fs.ReadFile(Migrations(), file)
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		quoted := pgx.Identifier{schema}.Sanitize()
		// All settings end with the transaction.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('gostates ' || $1))", pgx.QueryExecModeExec, schema); err != nil {
			return err
		}
		stored, err := schemaVersion(ctx, tx, schema)
		switch {
		case err != nil:
			return err
		case stored > known:
			return newerSchema(stored, known)
		case stored >= version:
			return nil
		}
		statements := "SET LOCAL search_path = " + quoted + ";" + createVersions + string(script) +
			"; INSERT INTO schema_version VALUES (" + strconv.Itoa(version) + ");"
		exists, err := catalogHas(ctx, tx, "FROM pg_catalog.pg_namespace n WHERE n.nspname = $1", schema)
		if err != nil {
			return err
		}
		if !exists { // even IF NOT EXISTS needs the right to create one
			statements = "CREATE SCHEMA " + quoted + ";" + statements
		}
		_, err = tx.Exec(ctx, statements, pgx.QueryExecModeSimpleProtocol)
		return err
	})
}

// schemaVersion returns the version of the tables in a schema; 0: there are none.
func schemaVersion(ctx context.Context, db querier, schema string) (version int, err error) {
	// A transaction that reads a table that does not exist can only be rolled back.
	exists, err := catalogHas(ctx, db, `FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relname = 'schema_version'`, schema)
	if err != nil || !exists {
		return 0, err
	}
	table := pgx.Identifier{schema, "schema_version"}.Sanitize()
	rows, err := db.Query(ctx, "SELECT coalesce(max(version), 0) FROM "+table, pgx.QueryExecModeExec)
	if err == nil {
		version, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
	}
	return version, err
}

// catalogHas reports whether the catalog has a row. Functions such as to_regclass may
// answer from a cache that is older than the lock of Migrate.
func catalogHas(ctx context.Context, db querier, from, schema string) (exists bool, err error) {
	rows, err := db.Query(ctx, "SELECT EXISTS (SELECT "+from+")", pgx.QueryExecModeExec, schema)
	if err == nil {
		exists, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[bool])
	}
	return exists, err
}

// checkSchema returns an error unless the tables are those of this package.
func checkSchema(ctx context.Context, db querier, schema string) error {
	files, err := fs.Glob(Migrations(), "*.sql")
	if err != nil {
		return err
	}
	version, err := schemaVersion(ctx, db, schema)
	switch {
	case err != nil:
		return err
	case version == 0:
		return fmt.Errorf("schema %s has no tables of this package: call postgres.Migrate, or run the files of postgres.Migrations", schema)
	case version < len(files):
		return fmt.Errorf("schema %s has version %d, and this package needs %d: call postgres.Migrate, or run the files of postgres.Migrations", schema, version, len(files))
	case version > len(files):
		return newerSchema(version, len(files))
	}
	var encoding string
	rows, err := db.Query(ctx, "SHOW server_encoding", pgx.QueryExecModeExec)
	if err == nil {
		encoding, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	}
	if err == nil && encoding != "UTF8" {
		err = fmt.Errorf("the database has the encoding %s; it must be UTF8", encoding)
	}
	return err
}

func newerSchema(version, known int) error {
	return fmt.Errorf("the schema has version %d, and this package knows %d at most: update %s", version, known,
		"github.com/gostates/gostates/interpreter/store/postgres")
}

// hasCode reports whether the server has refused a statement with one of these codes,
// whatever the driver.
func hasCode(err error, codes ...string) bool {
	var e interface{ SQLState() string }
	return errors.As(err, &e) && slices.Contains(codes, e.SQLState())
}
