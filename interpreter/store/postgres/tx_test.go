package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/postgres"
)

func TestStartsThatAreRolledBackNeverWere(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, sharedServer(t).openPool(t), postgres.Options{Schema: schemaOf(t.TempDir())})
	for n := range 500 {
		tx, err := s.pool.Begin(ctx)
		require.NoError(t, err)
		require.NoError(t, s.CommitTx(ctx, tx, firstChange(n)))
		if n%100 == 0 {
			states, err := s.Due(ctx, store.Place{}, store.Never, 10)
			require.NoError(t, err)
			require.Empty(t, states, "an open transaction is not seen")
		}
		require.NoError(t, tx.Rollback(ctx))
	}
	for _, table := range []string{"executions", "records", "snapshots"} {
		require.Zero(t, s.exec(t, "SELECT FROM gostates."+table), table)
	}
}

func TestStartIsPartOfTheTransaction(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, sharedServer(t).openPool(t), postgres.Options{Schema: schemaOf(t.TempDir())})
	for _, level := range []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead, pgx.Serializable} {
		t.Run(string(level), func(t *testing.T) {
			n := len(level)
			tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: level})
			require.NoError(t, err)
			defer func() { _ = tx.Rollback(ctx) }()
			_, err = tx.Exec(ctx, "SET LOCAL synchronous_commit = off")
			require.NoError(t, err)
			var now int // a fixed snapshot begins here
			require.NoError(t, tx.QueryRow(ctx, "SELECT 1").Scan(&now))

			taken := firstChange(n + 1000) // stored by another transaction after the snapshot
			require.NoError(t, s.Commit(ctx, []store.Change{taken}))
			sameName := taken
			sameName.ID = testID(n + 2000)
			var conflict *store.ConflictError
			require.ErrorAs(t, s.CommitTx(ctx, tx, sameName), &conflict)
			require.Equal(t, store.ConflictError{Names: []store.ID{sameName.ID}}, *conflict)
			other := taken
			other.Record = []byte("another")
			conflict = nil
			require.ErrorAs(t, s.CommitTx(ctx, tx, other), &conflict)
			require.Equal(t, []store.ID{taken.ID}, append(conflict.Versions, conflict.Names...))

			require.NoError(t, s.CommitTx(ctx, tx, firstChange(n)), "the transaction goes on after a conflict")
			require.NoError(t, s.CommitTx(ctx, tx, firstChange(n)), "a repeated change is a success")
			require.NoError(t, s.PostTx(ctx, tx, store.Post{ID: testID(n), Event: []byte("event")}))
			var durable string
			require.NoError(t, tx.QueryRow(ctx, "SHOW synchronous_commit").Scan(&durable))
			require.Equal(t, "on", durable, "a commit waits for the disk")
			_, err = s.Load(ctx, testID(n))
			require.ErrorIs(t, err, store.ErrNotFound)
			require.NoError(t, tx.Commit(ctx))
			st, err := s.Load(ctx, testID(n))
			require.NoError(t, err)
			require.Equal(t, testHead(n), &st.Head)
		})
	}
}

func TestStartIsPartOfATransactionOfDatabaseSQL(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, sharedServer(t).openPool(t), postgres.Options{Schema: schemaOf(t.TempDir())})
	db := stdlib.OpenDBFromPool(s.pool)
	defer func() { require.NoError(t, db.Close()) }()

	c := firstChange(1)
	c.Head.Tags = map[string]string{`"quoted", {odd}`: `back\\slash`}
	c.Head.Parked, c.Head.Parent, c.Head.Ended = "NULL", testID(7), c.Head.Started
	c.Record, c.Snapshot = []byte("\x00\xff{}\",\\"), []byte{}
	for _, commit := range []bool{false, true} {
		tx, err := db.BeginTx(ctx, nil)
		require.NoError(t, err)
		require.ErrorIs(t, s.PostSQLTx(ctx, tx, store.Post{ID: c.ID, Event: []byte("event")}), store.ErrNotFound)
		require.NoError(t, s.CommitSQLTx(ctx, tx, c))
		sameName := c
		sameName.ID = testID(2)
		var conflict *store.ConflictError
		require.ErrorAs(t, s.CommitSQLTx(ctx, tx, sameName), &conflict)
		require.Equal(t, store.ConflictError{Names: []store.ID{sameName.ID}}, *conflict)
		second := store.Change{ID: c.ID, Version: 3, Record: []byte("skips one")}
		require.ErrorAs(t, s.CommitSQLTx(ctx, tx, second), &conflict)
		require.Equal(t, []store.ID{c.ID}, conflict.Versions)
		require.NoError(t, s.PostSQLTx(ctx, tx, store.Post{ID: c.ID, Event: []byte("\x00event")}), "the transaction goes on after a conflict")
		if !commit {
			require.NoError(t, tx.Rollback())
			_, err := s.Load(ctx, c.ID)
			require.ErrorIs(t, err, store.ErrNotFound)
			continue
		}
		require.NoError(t, tx.Commit())
	}
	st, err := s.Load(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, store.State{ID: c.ID, Version: 1, Head: *c.Head, Snapshot: []byte{}, Since: 1}, *st)
	require.NoError(t, s.Commit(ctx, []store.Change{c}), "the same change again")
	o, err := s.Join(ctx, 1<<40)
	require.NoError(t, err)
	_, err = s.Claim(ctx, o, store.Now, 1)
	require.NoError(t, err)
	posts, err := s.Posted(ctx, o, 0, 10)
	require.NoError(t, err)
	require.Len(t, posts, 1)
	require.Equal(t, "\x00event", string(posts[0].Event))
}

func TestOneOfManyStartsOfANameWins(t *testing.T) {
	ctx := context.Background()
	server := sharedServer(t)
	schema := schemaOf(t.TempDir())
	var handles []poolStore
	for range 2 {
		handles = append(handles, openStore(t, server.openPool(t), postgres.Options{Schema: schema}))
	}
	var group sync.WaitGroup
	results := make([]error, 100)
	for n := range results {
		group.Go(func() {
			c := firstChange(n)
			c.Head.Name = "invoice"
			s := handles[n%2]
			if n%4 < 2 {
				results[n] = s.Commit(ctx, []store.Change{c})
			} else {
				results[n] = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return s.CommitTx(ctx, tx, c) })
			}
		})
	}
	group.Wait()
	won := 0
	for n, err := range results {
		if err == nil {
			won++
			id, err := handles[0].Find(ctx, "", machineARN, "invoice")
			require.NoError(t, err)
			require.Equal(t, testID(n), id)
			continue
		}
		var conflict *store.ConflictError
		require.ErrorAs(t, err, &conflict)
		require.Equal(t, []store.ID{testID(n)}, conflict.Names)
	}
	require.Equal(t, 1, won)
}

// TestEachPostIsAppliedOnce lets owners claim, apply posts and lose their executions
// to each other, while others post.
func TestEachPostIsAppliedOnce(t *testing.T) {
	const executions, posters, postsEach, owners = 20, 6, 100, 4
	ctx := context.Background()
	server := sharedServer(t)
	schema := schemaOf(t.TempDir())
	s := openStore(t, server.openPool(t), postgres.Options{Schema: schema})
	for n := range executions {
		c := firstChange(n)
		c.Head.Due = store.Never
		require.NoError(t, s.Commit(ctx, []store.Change{c}))
	}
	var posting, applying sync.WaitGroup
	for p := range posters {
		posting.Go(func() {
			for i := range postsEach {
				if err := s.Post(ctx, testID((p+i*7)%executions), fmt.Appendf(nil, "%d/%d;", p, i)); err != nil {
					t.Errorf("Post: %v", err)
				}
			}
		})
	}
	posted := make(chan struct{})
	var fenced, changed sync.Map
	for range owners {
		handle := openStore(t, server.openPool(t), postgres.Options{Schema: schema})
		applying.Go(func() {
			for last := false; ; {
				select {
				case <-posted:
					last = true
				default:
				}
				worked, err := applyPosts(ctx, handle, &fenced, &changed)
				if err != nil {
					t.Errorf("an owner: %v", err)
				}
				if err != nil || last && !worked {
					return
				}
			}
		})
	}
	posting.Wait()
	close(posted)
	applying.Wait()

	applied := map[string]int{}
	for n := range executions {
		require.NoError(t, s.Records(ctx, testID(n), 1, func(_ uint64, record []byte) bool {
			for _, event := range splitEvents(record) {
				applied[event]++
			}
			return true
		}))
	}
	require.Len(t, applied, posters*postsEach)
	for event, times := range applied {
		require.Equal(t, 1, times, event)
	}
	require.Zero(t, s.exec(t, "SELECT FROM gostates.posts"))
	require.Zero(t, s.exec(t, "SELECT FROM gostates.executions WHERE posts <> 0 OR due <> head_due"))
	count := func(m *sync.Map) (n int) { m.Range(func(any, any) bool { n++; return true }); return n }
	t.Logf("%d changes, %d executions fenced", count(&changed), count(&fenced))
}

func splitEvents(record []byte) (events []string) {
	start := 0
	for i, b := range record {
		if b == ';' {
			events, start = append(events, string(record[start:i])), i+1
		}
	}
	return events
}

// applyPosts is the short life of an owner: it claims executions, gives the claims back
// too early, as one whose lease has expired, and commits the posts that it had seen.
func applyPosts(ctx context.Context, s poolStore, fenced, changed *sync.Map) (worked bool, err error) {
	o, err := s.Join(ctx, 1<<40)
	if err != nil {
		return false, err
	}
	states, err := s.Claim(ctx, o, store.Now, 5)
	if err != nil {
		return false, err
	}
	posts, err := s.Posted(ctx, o, 0, 50)
	if err != nil {
		return false, err
	}
	if err := s.Leave(ctx, o); err != nil {
		return false, err
	}
	for i := range states {
		st := &states[i]
		if st.Err != nil {
			return false, st.Err
		}
		head := st.Head
		head.Due = store.Never
		c := store.Change{ID: st.ID, Version: st.Version + 1, Head: &head, Record: []byte{}, Owner: o}
		for _, p := range posts {
			if p.ID == st.ID {
				c.Posts, c.Record = append(c.Posts, p.Number), append(c.Record, p.Event...)
			}
		}
		if len(c.Posts) == 0 {
			continue
		}
		switch err := s.Commit(ctx, []store.Change{c}); {
		case errors.Is(err, store.ErrConflict):
			fenced.Store([2]any{c.ID, c.Version}, true)
		case err != nil:
			return false, err
		default:
			changed.Store([2]any{c.ID, c.Version}, true)
		}
	}
	return len(states) > 0, nil
}

func TestStoreLeavesNoStateOnConnections(t *testing.T) {
	ctx := context.Background()
	pool := sharedServer(t).openPool(t, func(c *pgxpool.Config) { c.MaxConns = 1 })
	settings := func() (list []string) {
		rows, err := pool.Query(ctx, `SELECT name || '=' || setting FROM pg_settings WHERE source = 'session' ORDER BY 1`, pgx.QueryExecModeExec)
		require.NoError(t, err)
		list, err = pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return list
	}
	before := settings()
	s := openStore(t, pool, postgres.Options{Schema: schemaOf(t.TempDir())})
	for version := range uint64(5) {
		require.NoError(t, s.Commit(ctx, ladderGroup(version+1)))
	}
	o, err := s.Join(ctx, 1<<40)
	require.NoError(t, err)
	_, err = s.Claim(ctx, o, store.Never, 100)
	require.NoError(t, err)
	require.NoError(t, s.Post(ctx, testID(0), nil))
	_, err = s.Load(ctx, testID(0))
	require.NoError(t, err)
	_, err = s.List(ctx, store.Query{Tags: map[string]string{"run": "1"}})
	require.NoError(t, err)
	listening, stop := context.WithCancel(ctx)
	require.ErrorIs(t, s.Listen(listening, o, stop), context.Canceled)

	require.Equal(t, before, settings())
	for _, left := range []string{"pg_prepared_statements", "pg_listening_channels()", "pg_cursors WHERE name <> ''", "pg_locks WHERE locktype = 'advisory'"} {
		var n int
		require.NoError(t, pool.QueryRow(ctx, "SELECT count(*) FROM "+left, pgx.QueryExecModeExec).Scan(&n))
		require.Zero(t, n, left)
	}
}

// TestListenHears waits for the hints of calls of another handle.
func TestListenHears(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	server := sharedServer(t)
	schema := schemaOf(t.TempDir())
	s := openStore(t, server.openPool(t), postgres.Options{Schema: schema})
	other := openStore(t, server.openPool(t), postgres.Options{Schema: schema})
	foreign := openStore(t, server.openPool(t), postgres.Options{Schema: schemaOf(t.TempDir())})
	o, err := s.Join(ctx, 1<<40)
	require.NoError(t, err)

	heard, ended := make(chan struct{}, 100), make(chan error, 1)
	go func() { ended <- s.Listen(ctx, o, func() { heard <- struct{}{} }) }()
	<-heard // it listens
	for _, step := range []struct {
		name string
		call func() error
	}{
		{"a start without an owner", func() error { return other.Commit(ctx, []store.Change{firstChange(1)}) }},
		{"a start in a transaction", func() error {
			return pgx.BeginFunc(ctx, other.pool, func(tx pgx.Tx) error { return other.CommitTx(ctx, tx, firstChange(2)) })
		}},
		{"a post", func() error { return other.Post(ctx, testID(1), []byte("event")) }},
		{"a release", func() error {
			p, err := other.Join(ctx, 1<<40)
			if err == nil {
				_, err = other.Claim(ctx, p, store.Now, 10)
			}
			return errors.Join(err, other.Release(ctx, p, testID(1), testID(2)))
		}},
		{"an owner that leaves", func() error { return other.Leave(ctx, o+1) }},
		{"a connection that was lost and is there again", func() error {
			_, err := other.pool.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN gostates'")
			return err
		}},
		{"a post after that", func() error { return other.Post(ctx, testID(1), []byte("event")) }},
	} {
		require.NoError(t, step.call(), step.name)
		<-heard
	}
	require.NoError(t, foreign.Leave(ctx, 1)) // of another schema
	require.NoError(t, other.Commit(ctx, []store.Change{{ID: testID(3), Version: 1, Head: testHead(3), Owner: o}}))
	require.Empty(t, heard)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.NoError(t, s.pool.Ping(context.Background()), "the pool of the host stays open")
}

// A transaction of the host that has left an event and stays open holds up the Commits
// that its execution takes part in, and nothing else: no lease is lost.
func TestLongTransactionsHoldUpCommitsOfTheirExecutions(t *testing.T) {
	ctx := context.Background()
	server := sharedServer(t)
	s := openStore(t, server.openPool(t), postgres.Options{Schema: schemaOf(t.TempDir())})
	o, err := s.Join(ctx, time.Hour)
	require.NoError(t, err)
	changes := []store.Change{firstChange(1), firstChange(2)}
	require.NoError(t, s.Commit(ctx, changes))
	tx, err := s.pool.Begin(ctx)
	require.NoError(t, err)
	require.NoError(t, s.PostTx(ctx, tx, store.Post{ID: changes[0].ID, Event: []byte("1")}))

	for i := range changes {
		changes[i] = store.Change{ID: changes[i].ID, Version: 2, Record: []byte("2")}
	}
	stored := make(chan error, 1)
	go func() { stored <- s.Commit(ctx, changes) }()
	require.Eventually(t, func() bool {
		waiting := false
		err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND $1::text = ANY(pg_blocking_pids(pid)::text[]))`,
			fmt.Sprint(tx.Conn().PgConn().PID())).Scan(&waiting)
		return err == nil && waiting
	}, time.Minute, time.Millisecond)
	require.NoError(t, s.Renew(ctx, o, time.Hour))
	_, err = s.Claim(ctx, o, store.Now, 5)
	require.NoError(t, err)
	require.NoError(t, s.Commit(ctx, []store.Change{firstChange(3)}), "of another execution")
	require.Empty(t, stored)
	require.NoError(t, tx.Commit(ctx))
	require.NoError(t, <-stored)
}
