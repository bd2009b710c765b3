package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/sqlite"
	"github.com/gostates/gostates/value"
)

const oneTask = `{"StartAt":"Work","States":{"Work":{"Type":"Task","Resource":"work","End":true}}}`

func compile(t testing.TB, definition string) *interpreter.Program {
	t.Helper()
	p, err := interpreter.Compile([]byte(definition), interpreter.Options{})
	require.NoError(t, err)
	return p
}

// hostDatabase returns a database of the host with a table of its own, and a store over
// it.
func hostDatabase(t testing.TB, parameters string) (*sql.DB, *sqlite.Store) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "host.db")+parameters)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, sqlite.Migrate(context.Background(), db))
	s, err := sqlite.New(db)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	_, err = db.Exec("CREATE TABLE orders (name TEXT PRIMARY KEY)")
	require.NoError(t, err)
	return db, s
}

func openInterpreter(t testing.TB, c interpreter.Config) *interpreter.Interpreter {
	t.Helper()
	in := interpreter.New(c)
	t.Cleanup(func() { require.NoError(t, in.Close()) })
	return in
}

// A start in a transaction that is rolled back never was, and runs once the transaction
// is committed, not before.
func TestStartIsPartOfTheTransaction(t *testing.T) {
	ctx := context.Background()
	for name, parameters := range map[string]string{
		"rollback journal": "?_pragma=busy_timeout(60000)", "write-ahead log": "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(60000)&_txlock=immediate",
	} {
		t.Run(name, func(t *testing.T) {
			db, s := hostDatabase(t, parameters)
			var calls atomic.Int64
			in := openInterpreter(t, interpreter.Config{Store: s, Resolver: interpreter.Mux{"work": interpreter.HandlerFunc(
				func(_ context.Context, t *interpreter.Task) (any, error) {
					calls.Add(1)
					return t.Input, nil
				})}})
			p := compile(t, oneTask)
			for n := range 20 {
				tx, err := db.Begin()
				require.NoError(t, err)
				_, err = tx.Exec("INSERT INTO orders VALUES (?)", fmt.Sprint("order-", n))
				require.NoError(t, err)
				change, err := in.Prepare(p, []byte(`{}`), interpreter.StartOptions{Name: fmt.Sprint("order-", n)})
				require.NoError(t, err)
				require.NoError(t, s.CommitTx(ctx, tx, change))
				require.NoError(t, tx.Rollback())
				_, err = s.Load(ctx, change.ID)
				require.ErrorIs(t, err, store.ErrNotFound)
			}
			_, err := s.Definition(ctx, p.Digest())
			require.ErrorIs(t, err, store.ErrNotFound)

			tx, err := db.Begin()
			require.NoError(t, err)
			_, err = tx.Exec("INSERT INTO orders VALUES ('order-1')")
			require.NoError(t, err)
			change, err := in.Prepare(p, []byte(`{"n":1}`), interpreter.StartOptions{Name: "order-1"})
			require.NoError(t, err)
			require.NoError(t, s.CommitTx(ctx, tx, change))
			again, err := in.Prepare(p, []byte(`{"n":1}`), interpreter.StartOptions{Name: "order-1"})
			require.NoError(t, err)
			var conflict *store.ConflictError
			require.ErrorAs(t, s.CommitTx(ctx, tx, again), &conflict)
			require.Equal(t, store.ConflictError{Names: []store.ID{again.ID}}, *conflict)
			require.Error(t, s.CommitTx(ctx, tx, store.Change{ID: again.ID}), "versions start at 1")
			require.NoError(t, s.CommitTx(ctx, tx, change), "the transaction goes on after an error, and a change may be repeated")
			require.Zero(t, calls.Load())
			require.NoError(t, tx.Commit())

			require.Eventually(t, func() bool {
				st, err := s.Load(ctx, change.ID)
				return err == nil && st.Head.Status == interpreter.Succeeded
			}, time.Minute, time.Millisecond)
			require.EqualValues(t, 1, calls.Load())
			e, err := in.Execution(ctx, change.ID)
			require.NoError(t, err)
			output, err := e.Output()
			require.NoError(t, err)
			require.Equal(t, `{"n":1}`, value.String(output))
			_, err = s.Definition(ctx, p.Digest())
			require.NoError(t, err)
			counts, err := s.Count(ctx, store.Query{})
			require.NoError(t, err)
			require.Equal(t, map[interpreter.Status]int64{interpreter.Succeeded: 1}, counts)
		})
	}
}

// The store of a file takes changes in transactions of another *sql.DB.
func TestStartInATransactionOfAnotherConnection(t *testing.T) {
	ctx := context.Background()
	path := tempDatabase(t)
	s := openStore(t, path)
	in := openInterpreter(t, interpreter.Config{Store: s, Resolver: interpreter.Mux{"*": interpreter.HandlerFunc(
		func(context.Context, *interpreter.Task) (any, error) { return "done", nil })}})
	p := compile(t, oneTask)
	db := openForeign(t, path)
	var ids []store.ID
	for range 3 {
		tx, err := db.Begin()
		require.NoError(t, err)
		change, err := in.Prepare(p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		require.NoError(t, s.CommitTx(ctx, tx, change))
		require.NoError(t, tx.Commit())
		ids = append(ids, change.ID)
	}
	for _, id := range ids {
		e, err := in.Execution(ctx, id)
		require.NoError(t, err)
		require.NoError(t, e.Wait(ctx))
	}
}

// An answer, a failure and a stop in a transaction are applied after it is committed, in
// this process or in the next one.
func TestPostIsPartOfTheTransaction(t *testing.T) {
	ctx := context.Background()
	db, s := hostDatabase(t, "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(60000)&_txlock=immediate")
	tokens := make(chan string, 1)
	config := interpreter.Config{Store: s, Resolver: interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(
		func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return nil, nil
		})}}
	in := interpreter.New(config)
	defer func() { require.NoError(t, in.Close()) }()
	p := compile(t, `{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters":{"MessageBody":{"token.$":"$$.Task.Token"}},"End":true}}}`)
	status := func(id store.ID) interpreter.Status {
		st, err := s.Load(ctx, id)
		require.NoError(t, err)
		return st.Head.Status
	}
	post := func(post store.Post, end func(*sql.Tx) error) {
		t.Helper()
		tx, err := db.Begin()
		require.NoError(t, err)
		require.ErrorIs(t, s.PostTx(ctx, tx, store.Post{ID: store.ID{1}}), store.ErrNotFound)
		require.NoError(t, s.PostTx(ctx, tx, post))
		require.NoError(t, end(tx))
	}
	for _, restart := range []bool{false, true} {
		for want, prepare := range map[interpreter.Status]func(id store.ID, token string) (store.Post, error){
			interpreter.Succeeded: func(_ store.ID, token string) (store.Post, error) { return in.PrepareTaskSuccess(token, "yes") },
			interpreter.Failed:    func(_ store.ID, token string) (store.Post, error) { return in.PrepareTaskFailure(token, "E", "") },
			interpreter.Aborted:   func(id store.ID, _ string) (store.Post, error) { return in.PrepareStop(id, "", "") },
		} {
			t.Run(fmt.Sprint(want, ", restart: ", restart), func(t *testing.T) {
				e, err := in.Start(ctx, p, nil, interpreter.StartOptions{})
				require.NoError(t, err)
				token := <-tokens
				event, err := prepare(e.ID(), token)
				require.NoError(t, err)
				post(event, (*sql.Tx).Rollback)
				posts, err := s.Posted(ctx, 0, 0, 10)
				require.NoError(t, err)
				require.Empty(t, posts)
				require.Equal(t, interpreter.Running, status(e.ID()))
				if restart {
					require.NoError(t, in.Close())
				}
				post(event, (*sql.Tx).Commit)
				if restart {
					in = interpreter.New(config)
				}
				require.Eventually(t, func() bool { return status(e.ID()) == want }, time.Minute, time.Millisecond)

				late, err := in.PrepareTaskSuccess(token, "late")
				require.NoError(t, err)
				post(late, (*sql.Tx).Commit)
				require.Eventually(t, func() bool { // it is removed too
					posts, err := s.Posted(ctx, 0, 0, 10)
					return err == nil && len(posts) == 0
				}, time.Minute, time.Millisecond)
				require.Equal(t, want, status(e.ID()))
				require.NoError(t, s.Delete(ctx, e.ID()))
			})
		}
	}
}

// A read waits while the host has the database for itself, until its context ends.
func TestReadsWaitForTheHost(t *testing.T) {
	db, s := hostDatabase(t, "")
	conn, err := db.Conn(context.Background())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	_, err = conn.ExecContext(context.Background(), "BEGIN EXCLUSIVE")
	require.NoError(t, err)
	for name, read := range map[string]func(ctx context.Context) error{
		"Load":       func(ctx context.Context) error { _, err := s.Load(ctx, store.ID{1}); return err },
		"Find":       func(ctx context.Context) error { _, err := s.Find(ctx, "", "machine", "name"); return err },
		"List":       func(ctx context.Context) error { _, err := s.List(ctx, store.Query{}); return err },
		"Count":      func(ctx context.Context) error { _, err := s.Count(ctx, store.Query{}); return err },
		"Due":        func(ctx context.Context) error { _, err := s.Due(ctx, store.Place{}, 1, 1); return err },
		"Definition": func(ctx context.Context) error { _, err := s.Definition(ctx, "digest"); return err },
		"Posted":     func(ctx context.Context) error { _, err := s.Posted(ctx, 0, 0, 1); return err },
		"Records": func(ctx context.Context) error {
			return s.Records(ctx, store.ID{1}, 0, func(uint64, []byte) bool { return true })
		},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		require.ErrorIs(t, read(ctx), context.DeadlineExceeded, name)
		cancel()
	}
	_, err = conn.ExecContext(context.Background(), "ROLLBACK")
	require.NoError(t, err)
	posts, err := s.Posted(context.Background(), 0, 0, 1)
	require.NoError(t, err)
	require.Empty(t, posts)
}

// Without a place in the order of writers CommitTx says so, and the transaction ends
// well.
func TestTransactionThatBeganAsAReader(t *testing.T) {
	ctx := context.Background()
	db, s := hostDatabase(t, "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(60000)")
	tx, err := db.Begin()
	require.NoError(t, err)
	var n int
	require.NoError(t, tx.QueryRow("SELECT count(*) FROM orders").Scan(&n))
	require.NoError(t, s.Commit(ctx, ladderGroup(1)))
	c := ladderGroup(1)[0]
	c.ID, c.Head.Name = rungID(77), "another"
	require.ErrorContains(t, s.CommitTx(ctx, tx, c), "database is locked")
	require.NoError(t, tx.Rollback())
	ended, cancel := context.WithCancel(ctx)
	cancel()
	tx, err = db.Begin()
	require.NoError(t, err)
	require.ErrorIs(t, s.CommitTx(ended, tx, c), context.Canceled)
	require.NoError(t, s.CommitTx(ctx, tx, c))
	require.NoError(t, tx.Commit())
	_, err = s.Load(ctx, c.ID)
	require.NoError(t, err)
}

// An order and the execution that works on it are stored in one transaction.
func ExampleStore_CommitTx() {
	ctx := context.Background()
	err := func() error {
		db, err := sql.Open("sqlite", "file:orders?mode=memory&cache=shared&_txlock=immediate")
		if err != nil {
			return err
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		if err := sqlite.Migrate(ctx, db); err != nil {
			return err
		}
		s, err := sqlite.New(db)
		if err != nil {
			return err
		}
		defer s.Close()
		program, err := interpreter.Compile([]byte(oneTask), interpreter.Options{})
		if err != nil {
			return err
		}
		in := interpreter.New(interpreter.Config{Store: s, Resolver: interpreter.Mux{"work": interpreter.Func(
			func(_ context.Context, order map[string]any) (string, error) {
				return fmt.Sprint("sent ", order["id"]), nil
			})}})
		defer in.Close()
		if _, err := db.Exec("CREATE TABLE orders (id TEXT PRIMARY KEY)"); err != nil {
			return err
		}

		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		if _, err := tx.Exec("INSERT INTO orders VALUES ('order-17')"); err != nil {
			return err
		}
		change, err := in.Prepare(program, map[string]string{"id": "order-17"}, interpreter.StartOptions{Name: "order-17"})
		if err != nil {
			return err
		}
		if err := s.CommitTx(ctx, tx, change); errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("there is such an order: %w", err)
		} else if err != nil {
			return err
		}
		if err := tx.Commit(); err != nil { // now it runs
			return err
		}

		e, err := in.Execution(ctx, change.ID)
		if err != nil {
			return err
		}
		if err := e.Wait(ctx); err != nil {
			return err
		}
		output, err := e.Output()
		fmt.Println(output)
		return err
	}()
	if err != nil {
		fmt.Println(err)
	}
	// Output: sent order-17
}
