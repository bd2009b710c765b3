package sqlite

import (
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/gostates/gostates/interpreter/store"
)

// CorruptError means that stored bytes of an execution, or a record of a registry, are
// damaged. It is a [store.ErrCorrupt].
type CorruptError struct {
	ID      store.ID
	Version uint64 // of the damaged record or snapshot, or of the execution
	Part    string // what is damaged: "head", "version", "record", "snapshot", "registry"
	Key     string // of the record of a registry
}

// Error names the execution, the version and the damaged part, or the key of the
// record of a registry.
func (e *CorruptError) Error() string {
	if e.Part == partRegistry {
		return fmt.Sprintf("%v: record %q of the registry", store.ErrCorrupt, e.Key)
	}
	return fmt.Sprintf("%v: %s of execution %v, version %d", store.ErrCorrupt, e.Part, e.ID, e.Version)
}

// Unwrap returns store.ErrCorrupt.
func (e *CorruptError) Unwrap() error { return store.ErrCorrupt }

// primaryCode returns SQLite's result code without its extension; 0: not an error of
// SQLite.
func primaryCode(err error) int {
	var e *driver.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}

// isBusy reports whether another connection has the database just now.
func isBusy(err error) bool {
	code := primaryCode(err)
	return code == codes.SQLITE_BUSY || code == codes.SQLITE_LOCKED
}

// isOutdated reports whether a transaction began as a reader and cannot write any more,
// because another one has written since.
func isOutdated(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && e.Code() == codes.SQLITE_BUSY_SNAPSHOT
}

// readError adds store.ErrCorrupt to the errors with which SQLite says so.
func readError(err error) error {
	switch primaryCode(err) {
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", store.ErrCorrupt, err)
	}
	return err
}
