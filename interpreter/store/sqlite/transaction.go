package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// A statementRunner runs the statements of a transaction that writes.
type statementRunner interface {
	// exec returns the number of rows that a statement has changed. It does not keep args.
	exec(st writeStatement, args []any) (int64, error)
	// queryRow reads the only row of a statement, or returns sql.ErrNoRows.
	queryRow(st writeStatement, args, targets []any) error
}

// A transaction is one that the store begins and ends.
type transaction interface {
	statementRunner
	begin() error
	commit() error
	rollback() // SQLite may have rolled back already
}

// writerConnection is the connection with which a Store of Open writes. It calls the
// driver itself: database/sql would take as long as SQLite does for a small statement,
// and starts a goroutine for each transaction.
type writerConnection struct {
	conn       *sql.Conn
	statements [len(writeQueries)]driver.Stmt
	control    [len(controlQueries)]driver.Stmt
	args       []driver.NamedValue
	columns    []driver.Value
	ran        int // statements since trimCache
}

const (
	controlBegin = iota
	controlCommit
	controlRollback
)

var controlQueries = [...]string{controlBegin: "BEGIN IMMEDIATE", controlCommit: "COMMIT", controlRollback: "ROLLBACK"}

// openWriter takes a connection of the pool.
func openWriter(ctx context.Context, pool *sql.DB) (*writerConnection, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, readError(err)
	}
	w := &writerConnection{conn: conn}
	err = w.use(func(c driver.Conn) error {
		return errors.Join(prepareOn(c, writeQueries[:], w.statements[:]), prepareOn(c, controlQueries[:], w.control[:]))
	})
	if err != nil {
		return nil, errors.Join(readError(err), w.giveBack())
	}
	return w, nil
}

func prepareOn(c driver.Conn, queries []string, statements []driver.Stmt) error {
	for i, query := range queries {
		st, err := c.Prepare(query)
		if err != nil {
			return err
		}
		statements[i] = st
	}
	return nil
}

// use calls f with the driver's connection, which nobody else uses meanwhile.
func (w *writerConnection) use(f func(driver.Conn) error) error {
	return w.conn.Raw(func(c any) error { return f(c.(driver.Conn)) })
}

// giveBack gives the connection back to the pool.
func (w *writerConnection) giveBack() error {
	err := w.use(func(driver.Conn) error {
		var errs []error
		for _, statements := range [...][]driver.Stmt{w.statements[:], w.control[:]} {
			for _, st := range statements {
				if st != nil {
					errs = append(errs, st.Close())
				}
			}
		}
		return errors.Join(errs...)
	})
	return errors.Join(err, w.conn.Close())
}

// bind returns args for the driver. It uses the same memory each time.
func (w *writerConnection) bind(args []any) []driver.NamedValue {
	w.args = w.args[:0]
	for i, arg := range args {
		w.args = append(w.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	return w.args
}

// Statements do not have the context of the call: the driver would start a goroutine
// for each, and interrupt them when it ends.

func (w *writerConnection) exec(st writeStatement, args []any) (int64, error) {
	w.ran++
	result, err := w.statements[st].(driver.StmtExecContext).ExecContext(context.Background(), w.bind(args))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (w *writerConnection) queryRow(st writeStatement, args, targets []any) (err error) {
	rows, err := w.statements[st].(driver.StmtQueryContext).QueryContext(context.Background(), w.bind(args))
	if err != nil {
		return err
	}
	defer func() { err = joinErrors(err, rows.Close()) }()
	w.columns = append(w.columns[:0], make([]driver.Value, len(targets))...)
	if err := rows.Next(w.columns); err == io.EOF { //nolint:errorlint // as the driver's interface demands
		return sql.ErrNoRows
	} else if err != nil {
		return err
	}
	for i, v := range w.columns {
		if err := assign(targets[i], v); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

// assign sets a target of queryRow.
func assign(target any, v driver.Value) error {
	switch t := target.(type) {
	case *int64:
		if n, ok := v.(int64); ok {
			*t = n
			return nil
		}
	case *[]byte:
		if b, ok := v.([]byte); ok || v == nil {
			*t = b
			return nil
		}
	}
	return fmt.Errorf("a %T is not a %T", v, target)
}

func (w *writerConnection) execControl(control int) error {
	_, err := w.control[control].(driver.StmtExecContext).ExecContext(context.Background(), nil)
	return err
}

func (w *writerConnection) begin() error { return w.execControl(controlBegin) }

// trimAfter is fewer statements than there are pages that trimCache frees.
const trimAfter = 1000

// trimCache frees the pages of all connections that were not used for the longest time,
// if the caches are full. SQLite counts the pages of all connections together: a reader
// whose cache is full takes pages of the writer, whose next page is then one too many,
// and from there on SQLite drops the root of a table whenever a statement ends, and reads
// it again.
func (w *writerConnection) trimCache(c driver.Conn) error {
	if w.ran < trimAfter {
		return nil
	}
	w.ran = 0
	_, err := c.(driver.ExecerContext).ExecContext(context.Background(), "PRAGMA cache_size(-8000); PRAGMA cache_size("+cacheSize+")", nil)
	return err
}

func (w *writerConnection) commit() error { return w.execControl(controlCommit) }
func (w *writerConnection) rollback()     { _ = w.execControl(controlRollback) }

// sqlStatements runs statements in a transaction of database/sql.
type sqlStatements struct {
	tx    *sql.Tx
	bind  func(writeStatement) (*sql.Stmt, error)
	bound [len(writeQueries)]*sql.Stmt
}

func (s *sqlStatements) statement(st writeStatement) (*sql.Stmt, error) {
	if s.bound[st] == nil {
		bound, err := s.bind(st)
		if err != nil {
			return nil, err
		}
		s.bound[st] = bound
	}
	return s.bound[st], nil
}

func (s *sqlStatements) exec(st writeStatement, args []any) (int64, error) {
	bound, err := s.statement(st)
	if err != nil {
		return 0, err
	}
	result, err := bound.Exec(args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s *sqlStatements) queryRow(st writeStatement, args, targets []any) error {
	bound, err := s.statement(st)
	if err != nil {
		return err
	}
	return bound.QueryRow(args...).Scan(targets...)
}

// poolTx is a transaction on a connection of the host's pool.
type poolTx struct {
	sqlStatements
	conn *sql.Conn
}

// beginOnPool returns a transaction whose statements were prepared for the pool.
func beginOnPool(conn *sql.Conn, prepared []*sql.Stmt) *poolTx {
	t := &poolTx{conn: conn}
	t.bind = func(st writeStatement) (*sql.Stmt, error) { return t.tx.Stmt(prepared[st]), nil }
	return t
}

func (t *poolTx) begin() (err error) {
	if t.tx, err = t.conn.BeginTx(context.Background(), nil); err != nil {
		return err
	}
	if _, err = t.exec(lockDatabase, nil); err != nil {
		t.rollback()
	}
	return err
}

func (t *poolTx) commit() error { return t.tx.Commit() }
func (t *poolTx) rollback()     { _ = t.tx.Rollback() }

// writeOn runs one transaction.
func (s *Store) writeOn(ctx context.Context, f func(*writeTx) error) error {
	if s.owned {
		return s.ownWriter.use(func(c driver.Conn) error {
			if err := s.ownWriter.trimCache(c); err != nil {
				return err
			}
			return s.runTx(ctx, s.ownWriter, f)
		})
	}
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return s.runTx(ctx, beginOnPool(conn, s.write), f)
}
