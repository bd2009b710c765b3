package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/postgres"
	"github.com/gostates/gostates/interpreter/store/storetest"
)

// poolStore is a store that knows its tables.
type poolStore struct {
	*postgres.Store
	pool   *pgxpool.Pool
	schema string
}

// openStore opens a store over a schema of its own, which is created if it is new.
func openStore(t testing.TB, pool *pgxpool.Pool, o postgres.Options) poolStore {
	t.Helper()
	ctx := context.Background()
	require.NoError(t, postgres.Migrate(ctx, pool, o.Schema))
	s, err := postgres.New(ctx, pool, o)
	require.NoError(t, err)
	return poolStore{s, pool, o.Schema}
}

func (s poolStore) exec(t testing.TB, sql string, args ...any) int64 {
	t.Helper()
	tag, err := s.pool.Exec(context.Background(), postgres.Qualify(s.schema, sql), append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
	require.NoError(t, err)
	return tag.RowsAffected()
}

func damageContent(t testing.TB, s store.Store, id store.ID, version uint64) {
	t.Helper()
	db := s.(poolStore)
	if version == 0 {
		require.EqualValues(t, 1, db.exec(t, `UPDATE gostates.snapshots SET snapshot = set_byte(snapshot, 2, get_byte(snapshot, 2) # 1) WHERE id = $1`, [16]byte(id)))
		return
	}
	require.EqualValues(t, 1, db.exec(t, `UPDATE gostates.records SET record = set_byte(record, 2, get_byte(record, 2) # 1) WHERE id = $1 AND version = $2`, [16]byte(id), version))
}

func TestStore(t *testing.T) {
	for _, test := range []struct {
		name        string
		connections int32
		mode        pgx.QueryExecMode
		pooler      bool
	}{
		{"one connection, prepared statements", 1, pgx.QueryExecModeCacheStatement, false},
		{"several connections", 8, 0, false},
		{"behind a pooler in transaction mode", 8, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := sharedServer(t)
			connection := server.connection()
			if test.pooler {
				connection = server.startPooler(t)
			}
			pool := openPoolTo(t, connection, func(c *pgxpool.Config) { c.MaxConns = test.connections })
			storetest.Run(t, storetest.Options{
				Open: func(t testing.TB, dir string) store.Store {
					return openStore(t, pool, postgres.Options{Schema: schemaOf(dir), Mode: test.mode, NoListen: test.pooler})
				},
				Damage: damageContent,
			})
		})
	}
}
