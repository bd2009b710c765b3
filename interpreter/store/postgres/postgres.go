// Package postgres keeps executions in a PostgreSQL database, for one process or for
// several that share the work: its [Store] is a [store.Shared].
//
// # What is guaranteed
//
// A [Store.Commit] is one statement, and so one transaction, whatever the number of
// changes. Fencing is the primary key of the records: a version of an execution is
// stored once. Names are kept apart by a unique constraint. Every record, snapshot,
// definition and head has a CRC-32C beside it: damaged bytes are a [*CorruptError],
// never a wrong state. A commit is on disk as far as the server's fsync and
// synchronous_commit say; a synchronous_commit of off is raised to on.
//
// # Connections
//
// A Store works with the host's pool, which it never closes, and leaves no state on
// a connection: all names are qualified with the schema, no statement is prepared
// under a name, settings end with their transaction. It works behind a pooler in
// transaction mode, but for [Store.Listen]. One connection is enough; a call waits
// until the pool has a free one.
//
// # Processes
//
// Any number of processes have Stores of one schema. Leases end by the clock of the
// server.
package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gostates/gostates/interpreter/store"
)

// Options say how a Store uses the database. The zero value works.
type Options struct {
	// Schema is the schema of the tables. Empty: [DefaultSchema].
	Schema string

	// Mode is how statements are sent. 0: [pgx.QueryExecModeCacheDescribe], which works
	// behind a pooler in transaction mode. [pgx.QueryExecModeCacheStatement] saves the
	// server the planning where no such pooler is between.
	Mode pgx.QueryExecMode

	// ListenPool is where [Store.Listen] takes its connection, which must lead to the
	// server without a pooler in transaction mode. nil: the pool of the Store.
	ListenPool *pgxpool.Pool
	// NoListen says that no such connection can be had: Listen waits and calls nothing.
	NoListen bool
}

// Store is a [store.Shared] over PostgreSQL. It is safe for concurrent use.
type Store struct {
	pool    *pgxpool.Pool
	options Options
	queries queries
}

var _ store.Shared = (*Store)(nil)

// querier is a *pgxpool.Pool or a pgx.Tx.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// New returns a Store over the host's pool. It creates and changes no tables: call
// [Migrate] before. New returns an error if the tables are not those of this package.
func New(ctx context.Context, pool *pgxpool.Pool, o Options) (*Store, error) {
	o.Schema = cmp.Or(o.Schema, DefaultSchema)
	o.Mode = cmp.Or(o.Mode, pgx.QueryExecModeCacheDescribe)
	if o.ListenPool == nil {
		o.ListenPool = pool
	}
	if err := checkSchema(ctx, pool, o.Schema); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	return &Store{pool: pool, options: o, queries: qualifyQueries(o.Schema)}, nil
}

// qualify puts the schema of the tables into a statement, which has "gostates." for
// it, and gostates_schema for its name as a string.
func qualify(schema, sql string) string {
	return strings.NewReplacer(
		"gostates_schema", "'"+strings.ReplaceAll(schema, "'", "''")+"'",
		"gostates.", pgx.Identifier{schema}.Sanitize()+".",
	).Replace(sql)
}

// query runs a statement and calls scan for each of its rows.
func (s *Store) query(ctx context.Context, db querier, sql string, args []any, scan func(pgx.Rows) error) error {
	rows, err := db.Query(ctx, sql, append([]any{s.options.Mode}, args...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Codes of PostgreSQL's errors.
const (
	divisionByZero       = "22012"
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
)

// maxAttempts is how often a statement is run that was disturbed by another one: each
// time, another one has succeeded.
const maxAttempts = 100

// retryDisturbed runs a statement on the pool again if it has changed nothing because
// of another transaction, or because its connection was broken before.
func retryDisturbed(ctx context.Context, f func() error) error {
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := f()
		disturbed := hasCode(err, divisionByZero, uniqueViolation, serializationFailure, deadlockDetected) ||
			err != nil && pgconn.SafeToRetry(err)
		if !disturbed || attempt == maxAttempts {
			return err
		}
	}
}

// CorruptError means that stored bytes of an execution are damaged. It is a
// [store.ErrCorrupt].
type CorruptError struct {
	ID      store.ID
	Version uint64 // of the damaged record or snapshot, or of the execution
	Part    string // what is damaged: "head", "version", "record", "snapshot"
}

// Error names the execution, the version and the damaged part.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("%v: %s of execution %v, version %d", store.ErrCorrupt, e.Part, e.ID, e.Version)
}

// Unwrap returns store.ErrCorrupt.
func (e *CorruptError) Unwrap() error { return store.ErrCorrupt }

// describeError says what was being done, unless the error is one of package store
// that says enough.
func describeError(doing string, err error) error {
	if err == nil || err == store.ErrNotFound || err == store.ErrLease || errors.As(err, new(*store.ConflictError)) {
		return err
	}
	return fmt.Errorf("postgres: %s: %w", doing, err)
}
