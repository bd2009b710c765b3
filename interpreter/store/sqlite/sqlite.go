// Package sqlite keeps executions in a SQLite database: [Open] for a file that this
// store has for itself, [New] for a database of the host. [Store.Registry] keeps the
// records of the Step Functions API beside them.
//
// # What is guaranteed
//
// A [Store.Commit] is one transaction with one fsync of the write-ahead log. Every
// record, snapshot, definition, head and record of a registry has a CRC-32C beside it, because SQLite has
// no checksums in its main file: damaged bytes are a [*CorruptError], never a wrong
// state. If the end of the write-ahead log is cut off or damaged, the store opens to
// the whole commits before it.
//
// # Processes
//
// One process at a time has the file open as a Store. It holds a lock on a file
// beside the database, which the operating system releases when the process ends. Any
// SQLite tool can read the database meanwhile.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver

	"github.com/gostates/gostates/interpreter/store"
)

// ErrClosed means that the Store has been closed.
var ErrClosed = errors.New("sqlite: the store is closed")

// Store is a [store.Store] over SQLite. It is safe for concurrent use.
type Store struct {
	reader, writer *sql.DB // equal in a store of New
	owned          bool    // Close closes them
	lock           *os.File
	path           string // empty in a store of New

	writing chan struct{} // holds a value while a transaction writes
	closed  atomic.Bool

	numbers   numberCache       // guarded by writing
	ownWriter *writerConnection // nil in a store of New
	write     []*sql.Stmt       // by writeStatement; nil in a store of Open
	read      readStatements
}

var _ store.PostReader = (*Store)(nil)

// readConnections is how many connections of a Store of Open read at the same time.
const readConnections = 4

// Open opens the database file at path and creates it if it does not exist, readable
// for its owner only. The folder must exist. Open brings an older schema up to date
// and returns an error if the schema is newer than this package. It returns
// [store.ErrLocked] if the file is open as a Store already, in this process or
// another one, and [store.ErrCorrupt] if it is not a database.
func Open(path string) (*Store, error) {
	s, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	return s, nil
}

func openFile(path string) (_ *Store, err error) {
	path, err = resolvePath(path)
	if err != nil {
		return nil, err
	}
	s := &Store{owned: true, path: path, writing: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			s.releaseAll()
		}
	}()
	if s.lock, err = lockFile(path + ".lock"); err != nil {
		return nil, err
	}
	if err := createFile(path); err != nil {
		return nil, err
	}
	if s.writer, err = openPool(path, 1, writerParameters); err != nil {
		return nil, err
	}
	ctx := context.Background()
	if err := Migrate(ctx, s.writer); err != nil {
		return nil, err
	}
	if s.reader, err = openPool(path, readConnections, readerParameters); err != nil {
		return nil, err
	}
	return s, s.prepare(ctx)
}

// createFile creates the file if it does not exist. It opens no file that exists: on
// Unix, to close one would release the locks that other connections of this process
// have on it.
func createFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// New returns a Store over a database of the host, opened with the driver
// modernc.org/sqlite. The Store does not close db. It creates and changes no tables:
// call [Migrate] before. New returns an error if the schema is not the one of this
// package, or if the connection is not durable: it needs synchronous=FULL, which is
// SQLite's default.
//
// The host must see to it that one process at a time drives the executions. Tables of
// this package have the prefix gostates_.
//
// The Store waits while another connection has the database. So that the host's own
// statements and transactions wait as well, instead of failing with SQLITE_BUSY, open
// the database as follows:
//
//	sql.Open("sqlite", "host.db?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)")
func New(db *sql.DB) (*Store, error) {
	s := &Store{reader: db, writer: db, writing: make(chan struct{}, 1)}
	ctx := context.Background()
	if err := checkSchema(ctx, db); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if err := checkDurable(ctx, db); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if err := s.prepare(ctx); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	return s, nil
}

// checkDurable returns an error if a power failure could lose commits.
func checkDurable(ctx context.Context, db *sql.DB) error {
	var level int
	if err := db.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&level); err != nil {
		return readError(err)
	}
	if level < 2 {
		return errors.New("the database has synchronous=OFF or NORMAL, so that a power failure loses commits: " +
			"open it with _pragma=synchronous(FULL)")
	}
	return nil
}

func (s *Store) prepare(ctx context.Context) (err error) {
	if s.owned {
		s.ownWriter, err = openWriter(ctx, s.writer)
	} else {
		err = s.prepareWrites(ctx)
	}
	if err != nil {
		return err
	}
	return s.read.prepare(ctx, s.reader)
}

func (s *Store) prepareWrites(ctx context.Context) error {
	s.write = make([]*sql.Stmt, len(writeQueries))
	var all []statement
	for i, query := range writeQueries {
		all = append(all, statement{&s.write[i], query})
	}
	return prepareAll(ctx, s.writer, all)
}

// Close waits for the transaction that writes, moves the write-ahead log into the
// database and releases the lock. Calls afterwards return [ErrClosed]. A database of
// the host stays open.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	if err := s.releaseAll(); err != nil {
		return fmt.Errorf("sqlite: close: %w", err)
	}
	return nil
}

func (s *Store) releaseAll() error {
	errs := []error{closeStatements(s.write), closeStatements(s.read.all())}
	if s.ownWriter != nil {
		errs = append(errs, s.ownWriter.giveBack())
	}
	if s.owned {
		if s.reader != nil {
			errs = append(errs, s.reader.Close())
		}
		if s.writer != nil {
			errs = append(errs, s.writer.Close()) // the last connection: SQLite checkpoints
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

func closeStatements(statements []*sql.Stmt) error {
	var errs []error
	for _, st := range statements {
		if st != nil {
			errs = append(errs, st.Close())
		}
	}
	return errors.Join(errs...)
}

// statement is a statement and where it is kept.
type statement struct {
	target **sql.Stmt
	query  string
}

func prepareAll(ctx context.Context, db *sql.DB, statements []statement) error {
	for _, st := range statements {
		prepared, err := db.PrepareContext(ctx, st.query)
		if err != nil {
			return readError(err)
		}
		*st.target = prepared
	}
	return nil
}

// resolvePath makes path absolute and follows symbolic links, so that all paths of a
// file have the same lock.
func resolvePath(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if resolved, err := filepath.EvalSymlinks(absolute); err == nil {
		return resolved, nil
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(absolute))
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, filepath.Base(absolute)), nil
}
