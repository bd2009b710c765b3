package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store/internal/rows"
)

// partRegistry is the Part of a CorruptError that has a Key.
const partRegistry = "registry"

// Registry returns the records of the Step Functions API in this database, for
// [github.com/gostates/gostates/interpreter/api.Config]: a server whose executions are in
// this Store continues after a restart with the machines, versions, aliases, tags and
// activities that it had.
//
// A Write is one transaction with one fsync. A damaged record is a [*CorruptError] with
// its key. The Store must stay open. One registry at a time uses the records.
func (s *Store) Registry() registry.Store { return registryStore{s} }

type registryStore struct{ store *Store }

// Write makes all changes or none.
func (r registryStore) Write(ctx context.Context, changes []registry.Change) error {
	if len(changes) == 0 {
		return r.store.checkUsable(ctx)
	}
	err := r.store.writeTx(ctx, func(tx *writeTx) error {
		for i := range changes {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := tx.changeRegistry(&changes[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sqlite: write registry: %w", err)
	}
	return nil
}

func (w *writeTx) changeRegistry(c *registry.Change) (err error) {
	if c.Record == nil {
		_, err = w.exec(deleteRegistryRecord, c.Key)
	} else {
		_, err = w.exec(setRegistryRecord, c.Key, c.Record, int64(registryCheck(c.Key, c.Record)))
	}
	return err
}

// registryCheck covers a record with its key.
func registryCheck(key string, record []byte) check { return check(rows.DefinitionCheck(key, record)) }

// Read calls f with every record. It has read all of them before, so that f may call the
// store, and sees no record if one is damaged.
func (r registryStore) Read(ctx context.Context, f func(key string, record []byte) error) error {
	var all []registry.Change
	err := r.store.readAll(ctx, "read registry", func() error {
		all = nil
		seen := map[string]bool{}
		return readRows(func() (*sql.Rows, error) { return r.store.read.registry.QueryContext(ctx) }, func(rows *sql.Rows) error {
			var c registry.Change
			var stored int64
			err := rows.Scan(&c.Key, &c.Record, &stored)
			if err != nil || check(stored) != registryCheck(c.Key, c.Record) || seen[c.Key] {
				return &CorruptError{Part: partRegistry, Key: c.Key}
			}
			if c.Record == nil {
				c.Record = []byte{}
			}
			seen[c.Key] = true
			all = append(all, c)
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f(c.Key, c.Record); err != nil {
			return err
		}
	}
	return nil
}
