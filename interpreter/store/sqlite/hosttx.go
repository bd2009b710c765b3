package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"github.com/gostates/gostates/interpreter/store"
)

// CommitTx stores a change in a transaction of the host, such as the start of an
// execution beside the order that it belongs to: see
// [github.com/gostates/gostates/interpreter.Interpreter.Prepare]. Nobody sees the change
// before the transaction is committed; if it is rolled back, there is no change.
//
// The transaction is one of the same database: of the *sql.DB given to [New], or of
// another connection to the file that was opened, with the driver modernc.org/sqlite.
// Begin it with _txlock=immediate, or write before you read: SQLite has one writer at a
// time, and refuses to let a transaction write that began as a reader. As long as the
// transaction is open the interpreter cannot store anything, so that it must not wait
// for an execution.
//
// A version or name that is stored already is a [*store.ConflictError], as in Commit.
// The transaction can go on after any error of CommitTx: the change has a savepoint of
// its own. ctx only keeps CommitTx from beginning.
func (s *Store) CommitTx(ctx context.Context, tx *sql.Tx, change store.Change) error {
	err := s.inHostTx(ctx, tx, func(w *writeTx) error { return w.storeChanges(ctx, []store.Change{change}) })
	if err != nil && !errors.As(err, new(*store.ConflictError)) {
		err = fmt.Errorf("sqlite: commit: %w", err)
	}
	return err
}

// PostTx leaves an event for an execution in a transaction of the host, as CommitTx does
// with a change: see
// [github.com/gostates/gostates/interpreter.Interpreter.PrepareTaskSuccess]. It returns
// [store.ErrNotFound] if there is no such execution. The interpreter that drives the
// executions applies the event after the commit.
func (s *Store) PostTx(ctx context.Context, tx *sql.Tx, post store.Post) error {
	err := s.inHostTx(ctx, tx, func(w *writeTx) error {
		event := post.Event
		if event == nil {
			event = []byte{}
		}
		left, err := w.exec(insertPost, post.ID[:], event)
		if err == nil && left == 0 {
			err = store.ErrNotFound
		}
		return err
	})
	if err != nil && err != store.ErrNotFound { //nolint:errorlint // it is not wrapped
		err = fmt.Errorf("sqlite: post: %w", err)
	}
	return err
}

// inHostTx runs f in a savepoint of a transaction of the host. Its statements are
// prepared in the transaction, which may belong to another *sql.DB.
func (s *Store) inHostTx(ctx context.Context, tx *sql.Tx, f func(*writeTx) error) (err error) {
	if err := s.checkUsable(ctx); err != nil {
		return err
	}
	if _, err := tx.Exec("SAVEPOINT gostates_host"); err != nil {
		return readError(err)
	}
	statements := &sqlStatements{tx: tx, bind: func(st writeStatement) (*sql.Stmt, error) { return tx.Prepare(writeQueries[st]) }}
	w := &writeTx{statements: statements, known: new(numberCache)}
	if err = w.lockForWriting(ctx); err == nil {
		err = f(w)
	}
	if err == nil {
		err = w.storeCounts()
	}
	if err != nil {
		_, undoErr := tx.Exec("ROLLBACK TO gostates_host")
		err = joinErrors(err, undoErr)
	}
	err = joinErrors(err, closeStatements(statements.bound[:]))
	_, releaseErr := tx.Exec("RELEASE gostates_host")
	return readError(joinErrors(err, releaseErr))
}

// lockForWriting takes the write lock, for which it waits, unless the transaction has it.
func (w *writeTx) lockForWriting(ctx context.Context) (refused error) {
	err := retryBusy(ctx, func() error {
		_, err := w.exec(lockDatabase)
		if isOutdated(err) {
			refused = err
			return nil
		}
		return err
	})
	return joinErrors(refused, err)
}

// joinErrors is errors.Join that leaves a single error as it is.
func joinErrors(err, other error) error {
	switch {
	case other == nil:
		return err
	case err == nil:
		return other
	}
	return errors.Join(err, other)
}

// Posted returns what the host has left for executions in its transactions. There are
// no owners: any will do.
func (s *Store) Posted(ctx context.Context, _ store.Owner, after uint64, limit int) (posts []store.Post, err error) {
	err = s.readAll(ctx, "posted", func() error {
		posts = nil
		return readRows(func() (*sql.Rows, error) {
			return s.read.posted.QueryContext(ctx, int64(min(after, math.MaxInt64)), max(limit, 0))
		}, func(rows *sql.Rows) error {
			var p store.Post
			var id []byte
			if err := rows.Scan(&p.Number, &id, &p.Event); err != nil {
				return err
			}
			copy(p.ID[:], id)
			posts = append(posts, p)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return posts, nil
}
