// Package store defines where an interpreter keeps its executions. A host that has
// a database of its own implements [Store] over it and checks the implementation
// with package storetest. Package memory is a store for tests.
//
// A store knows executions as rows: a head by which they are found and listed, the
// records of what happened, in order, and the latest snapshot. Records and snapshots
// are opaque bytes with a checksum of the interpreter's own.
//
// # Order
//
// An interpreter writes before it acts: tasks start, calls return and ends are
// announced after Commit has returned, never before. A change that Commit has
// acknowledged is never lost. After an error it may or may not be stored.
//
// # Who may write
//
// Every change of an execution has a version, one more than the last, and a store
// accepts each version once. Correctness needs nothing else, with any number of
// processes: if two of them drive the same execution, one gets a [ConflictError] and
// forgets what it did. Leases ([Shared]) only save them the attempt.
package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
)

// ID identifies an execution. The interpreter makes it, as a UUID of version 7:
// executions that start together are stored together. It is not zero. Every task token
// contains it, so that an answer finds its execution without an index of tokens.
type ID [16]byte

// String returns the ID in the usual form of a UUID.
func (id ID) String() string {
	s := hex.EncodeToString(id[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// MarshalText returns what String does, so that it is in JSON.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText writes. Other than [ParseID] it reads the zero ID
// too, which a Head without a Parent has.
func (id *ID) UnmarshalText(text []byte) error {
	if string(text) == (ID{}).String() {
		*id = ID{}
		return nil
	}
	parsed, err := ParseID(string(text))
	if err == nil {
		*id = parsed
	}
	return err
}

// UnmarshalJSON reads what MarshalText writes, or the array of 16 numbers that an earlier
// version wrote.
func (id *ID) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, (*[len(ID{})]byte)(id))
	}
	uuid := id.String() // null changes nothing
	if err := json.Unmarshal(text, &uuid); err != nil {
		return err
	}
	return id.UnmarshalText([]byte(uuid))
}

// ParseID reads the form that String writes. Upper case is accepted too.
func ParseID(s string) (id ID, err error) {
	digits := strings.ReplaceAll(s, "-", "")
	if b, failed := hex.DecodeString(digits); failed == nil && len(b) == len(id) {
		id = ID(b)
	}
	if !strings.EqualFold(id.String(), s) || id == (ID{}) {
		return ID{}, fmt.Errorf("store: not the ID of an execution, which is a UUID: %q", s[:min(len(s), 64)])
	}
	return id, nil
}

// Head holds the fields by which executions are found and listed. Namespace, Machine,
// Name, Started, Parent and Tags are set at the start and do not change. Strings are
// compared byte by byte, times are kept to the nanosecond and in any location.
type Head struct {
	Namespace string // of the tenant; "" is a namespace like any other. Part of every key
	Machine   string // ARN of the state machine
	Name      string // unique within Machine as long as the execution is kept
	Digest    string // of the definition and the options: see [machine.Program.Digest]
	Status    machine.Status
	Started   time.Time
	Ended     time.Time         // zero while it runs
	Parent    ID                // of a nested execution; zero: none
	Tags      map[string]string // set at the start; few and small
	Parked    string            // why it does not continue although it runs; empty: it does

	// Due is when the interpreter must look at the execution: its next deadline; [Now],
	// or a deadline that has passed, while work of the interpreter's own is
	// outstanding, so that it continues after a crash; [Never] if only a call can
	// change it, or it has ended.
	Due int64 // nanoseconds since 1970, not negative
}

// Special values of Head.Due.
const (
	Now   int64 = 0
	Never int64 = math.MaxInt64
)

// Change is what one or more Steps in a row made of an execution.
type Change struct {
	ID      ID
	Version uint64 // 1 in the change that creates the execution
	Head    *Head  // nil: unchanged. Version 1 has one

	// Record is appended to the execution's records: the events that came in and the
	// history that they made. It is never changed, and stays until the execution is
	// deleted. A nil Record is appended too, as an empty one: each version has one.
	Record []byte
	// Snapshot, if not nil, replaces the previous snapshot: the state after Version.
	// The records up to Version are then needed for the history only. An empty one
	// that is not nil is a snapshot too.
	Snapshot []byte

	// Definition, if not nil, is kept under Head.Digest as by PutDefinition, before the
	// change or with it. Only version 1 may have one: see
	// [github.com/gostates/gostates/interpreter.Interpreter.Prepare].
	Definition []byte

	// Owner is the process that drives the execution in a [Shared] store, or 0.
	Owner Owner
	// Posts are the numbers of the posts that the change has applied (see [Shared] and
	// [PostReader]). They are removed with it. A change with Posts has a Head.
	Posts []uint64
}

// State is what is needed to continue an execution.
type State struct {
	ID       ID
	Version  uint64
	Head     Head
	Snapshot []byte   // nil: none yet
	Since    uint64   // the version of Snapshot; 0: none
	Records  [][]byte // of the versions after Since, in order

	// Err is not nil in a State of [Store.Due] or [Shared].Claim whose stored bytes are
	// damaged: it is an [ErrCorrupt]. Any other error is why the execution cannot be
	// read now, although others can. ID and Head.Due are right, the rest may be
	// missing. Load returns Err as its error.
	Err error
}

// Place is a place in the order of [Store.Due]: by Due, then by ID. The zero Place is
// before all executions.
type Place struct {
	Due int64
	ID  ID
}

// Compare returns a number less than, equal to or greater than 0 if p is before, at
// or after q.
func (p Place) Compare(q Place) int {
	if p.Due != q.Due {
		return cmp.Compare(p.Due, q.Due)
	}
	return bytes.Compare(p.ID[:], q.ID[:])
}

// Store keeps executions: the example is a whole one. It is safe for concurrent use. An
// error that is none of those below means that the same call may be made again.
//
// The caller must not change what it got, nor what it passed until the call returns.
// It may then: a store keeps copies. A call whose ctx has ended returns the error of
// ctx.
type Store interface {
	// Commit writes all changes or none, and returns when they are on disk. It gets at
	// most one change of an execution. If a version is stored already with another
	// Record, is not the next one, or a name is taken, it returns a [*ConflictError]
	// that lists all such executions. Any other error of a change, such as a version 1
	// without a Head, also refuses all of them.
	//
	// A version that is stored already with the same Record is a success that changes
	// nothing: the caller repeats a Commit whose result it does not know, maybe with
	// other changes, and maybe after another process has stored later versions.
	//
	// An interpreter collects the changes of all its executions while one Commit runs
	// and passes them to the next: a store need not group.
	Commit(ctx context.Context, changes []Change) error

	// Load returns an execution, or [ErrNotFound].
	Load(ctx context.Context, id ID) (*State, error)

	// Find returns the ID of the execution with a name, or [ErrNotFound].
	Find(ctx context.Context, namespace, machine, name string) (ID, error)

	// PutDefinition keeps the text and options of a definition under its digest. A
	// digest that is stored already is left alone. Definition returns them, or
	// [ErrNotFound].
	PutDefinition(ctx context.Context, digest string, definition []byte) error
	Definition(ctx context.Context, digest string) ([]byte, error)

	// Due returns up to limit executions whose Due is at most until, after a place, in
	// the order of places. It looks at no others. One whose Due is [Never] is not due,
	// even if until is Never. One that is damaged is returned with State.Err and does
	// not keep the others back.
	Due(ctx context.Context, after Place, until int64, limit int) ([]State, error)

	// Records calls f with the records of an execution after a version, in order,
	// until f returns false. An unknown execution has no records. f may keep the
	// records, and must not call the store. At a damaged record it returns [ErrCorrupt].
	Records(ctx context.Context, id ID, after uint64, f func(version uint64, record []byte) bool) error

	// List returns a page of the heads that q selects, the latest start first, and
	// those of equal starts by descending ID. It does not read records and snapshots.
	// Of q.After it uses Started and ID, so a page can follow an execution that has
	// been deleted.
	List(ctx context.Context, q Query) ([]Listed, error)

	// Count returns the number of executions that q selects, by status. It ignores
	// q.After and q.Limit.
	Count(ctx context.Context, q Query) (map[machine.Status]int64, error)

	// Delete removes executions that have ended, and those that Load returns [ErrCorrupt]
	// for, with everything that belongs to them. It leaves others alone, which run or do
	// not exist.
	Delete(ctx context.Context, ids ...ID) error
}

// Query selects executions. A zero field selects all.
type Query struct {
	Namespace              *string // nil: all
	Machine                string
	NamePrefix             string // byte by byte, without wildcards
	Parent                 ID
	Tags                   map[string]string // those with all of these
	Parked                 bool              // only those that are parked
	StartedFrom, StartedTo time.Time         // from, inclusive, to, exclusive
	Status                 []machine.Status  // one of them
	EndedBefore            time.Time         // those that run are not selected
	After                  *Listed           // the last one of the page before
	Limit                  int               // 0: 100
}

// DefaultLimit is the limit of a [Query] whose Limit is 0.
const DefaultLimit = 100

// Selects reports whether the fields of q but After and Limit select an execution.
func (q *Query) Selects(h *Head) bool {
	for key, value := range q.Tags {
		if got, set := h.Tags[key]; !set || got != value {
			return false
		}
	}
	return (q.Namespace == nil || *q.Namespace == h.Namespace) &&
		(q.Machine == "" || q.Machine == h.Machine) &&
		strings.HasPrefix(h.Name, q.NamePrefix) &&
		(q.Parent == ID{} || q.Parent == h.Parent) &&
		(!q.Parked || h.Parked != "") &&
		(q.StartedFrom.IsZero() || !h.Started.Before(q.StartedFrom)) &&
		(q.StartedTo.IsZero() || h.Started.Before(q.StartedTo)) &&
		(len(q.Status) == 0 || slices.Contains(q.Status, h.Status)) &&
		(q.EndedBefore.IsZero() || h.Status != machine.Running && h.Ended.Before(q.EndedBefore))
}

// Listed is an execution of a list.
type Listed struct {
	ID ID
	Head
}

// Compare returns a number less than, equal to or greater than 0 if l is before, at
// or after m in a list.
func (l Listed) Compare(m Listed) int {
	if c := m.Started.Compare(l.Started); c != 0 {
		return c
	}
	return bytes.Compare(m.ID[:], l.ID[:])
}

// Errors of stores.
var (
	// ErrNotFound: the store has no such execution or definition.
	ErrNotFound = errors.New("store: not found")
	// ErrConflict: another writer has stored this version, or the name is taken. See
	// [ConflictError].
	ErrConflict = errors.New("store: conflict with another writer")
	// ErrLocked: another process has opened the store.
	ErrLocked = errors.New("store: locked by another process")
	// ErrLease: the owner's lease has expired.
	ErrLease = errors.New("store: the lease has expired")
	// ErrCorrupt: stored bytes are damaged.
	ErrCorrupt = errors.New("store: corrupt")
	// ErrNoKey: the [Codec] lacks the key of what it is to decode.
	ErrNoKey = errors.New("store: the codec lacks the key")
)

// ConflictError lists the changes that Commit refused. Nothing of the call is
// stored.
type ConflictError struct {
	Versions []ID // another writer has stored this version
	Names    []ID // another execution has this name; version 1 only
}

// Error returns the number of conflicts of each kind, with an example.
func (e *ConflictError) Error() string {
	s := ErrConflict.Error()
	for _, kind := range []struct {
		what string
		ids  []ID
	}{{"versions are stored already", e.Versions}, {"names are taken", e.Names}} {
		if n := len(kind.ids); n > 0 {
			s += fmt.Sprintf("; %d %s, such as that of execution %s", n, kind.what, kind.ids[0])
		}
	}
	return s
}

// Unwrap returns ErrConflict.
func (e *ConflictError) Unwrap() error { return ErrConflict }
