package postgres

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/gostates/gostates/interpreter/store"
)

// Commit stores all changes or none, in one statement: see [store.Store].
func (s *Store) Commit(ctx context.Context, changes []store.Change) error {
	if len(changes) == 0 {
		return ctx.Err()
	}
	group, err := encodeGroup(changes)
	for i := range changes {
		if c := &changes[i]; err == nil && c.Definition != nil && c.Head != nil {
			err = s.PutDefinition(ctx, c.Head.Digest, c.Definition)
		}
	}
	if err == nil {
		err = retryDisturbed(ctx, func() error { return s.commitGroup(ctx, s.pool, group) })
	}
	return describeError("commit", err)
}

// CommitTx stores a change in a transaction of the host, such as the start of an
// execution beside the order that it belongs to: see
// [github.com/gostates/gostates/interpreter.Interpreter.Prepare]. Nobody sees the change
// before the transaction is committed; if it is rolled back, there is no change.
//
// A version or name that is stored already is a [*store.ConflictError], as in Commit.
// The transaction can go on after any error of CommitTx but those of its connection:
// the change has a savepoint of its own. CommitTx waits for a transaction that has
// stored the same version or name and is still open.
func (s *Store) CommitTx(ctx context.Context, tx pgx.Tx, change store.Change) error {
	put := func(query string, arguments ...any) error {
		return pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { return s.query(ctx, tx, query, arguments, skipRow) })
	}
	return s.commitTx(&change, put, func(g *group) error {
		return pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { return s.commitGroup(ctx, tx, g) })
	})
}

// CommitSQLTx is [Store.CommitTx] for a transaction of database/sql. It is tested with
// pgx's package stdlib, and passes strings only, which other drivers can send too.
func (s *Store) CommitSQLTx(ctx context.Context, tx *sql.Tx, change store.Change) error {
	put := func(query string, arguments ...any) error {
		return inSavepoint(ctx, tx, func() error {
			var durability any
			return tx.QueryRowContext(ctx, query, arguments...).Scan(&durability)
		})
	}
	return s.commitTx(&change, put, func(g *group) error { return s.commitSavepoint(ctx, tx, g) })
}

// maxTxAttempts is how often CommitTx runs its statement. A transaction that reads a
// fixed snapshot never sees why it was refused.
const maxTxAttempts = 3

// commitTx calls put for the definition of a change, and f for the change. Both leave
// the transaction usable. It calls f again if another transaction has disturbed it.
func (s *Store) commitTx(c *store.Change, put func(query string, arguments ...any) error, f func(*group) error) error {
	g, err := encodeGroup([]store.Change{*c})
	if err == nil && c.Definition != nil && c.Head != nil {
		err = put(s.queries.putDefinition, c.Head.Digest, c.Definition, int32(definitionCheck(c.Head.Digest, c.Definition)))
		if hasCode(err, serializationFailure) {
			err = nil // stored, by a transaction that this one does not see
		}
	}
	if err == nil {
		for range maxTxAttempts {
			if err = f(g); !hasCode(err, divisionByZero, uniqueViolation) {
				break
			}
		}
	}
	return describeError("commit", explainViolation(err, c))
}

// explainViolation returns a conflict for the errors of a transaction that does not
// see what it is in conflict with.
func explainViolation(err error, c *store.Change) error {
	switch {
	case !hasCode(err, divisionByZero, uniqueViolation):
		return err
	case strings.Contains(err.Error(), "executions_name"): // the constraint
		return &store.ConflictError{Names: []store.ID{c.ID}}
	}
	return &store.ConflictError{Versions: []store.ID{c.ID}}
}

// commitGroup runs the statement once.
func (s *Store) commitGroup(ctx context.Context, db querier, g *group) error {
	var refused refusals
	err := s.query(ctx, db, s.queries.commit[g.shape], g.arguments(), func(rows pgx.Rows) error {
		var id *[16]byte
		var outcome int
		if err := rows.Scan(&id, &outcome, nil, nil); err != nil || id == nil {
			return err
		}
		refused.addOutcome(*id, outcome)
		return nil
	})
	if err == nil {
		err = refused.toError()
	}
	return err
}

// refusals are the changes of a call that were refused.
type refusals struct {
	store.ConflictError
	moved error
}

func (r *refusals) addOutcome(id store.ID, outcome int) {
	switch outcome {
	case outcomeVersion:
		r.Versions = append(r.Versions, id)
	case outcomeName:
		r.Names = append(r.Names, id)
	case outcomeMoved:
		r.moved = fmt.Errorf("execution %v: namespace, machine, name, start, parent and tags do not change", id)
	}
}

func (r *refusals) toError() error {
	switch {
	case r.moved != nil:
		return r.moved
	case len(r.Versions)+len(r.Names) > 0:
		return &r.ConflictError
	}
	return nil
}

// group has the changes of a call as commitQuery takes them, by columns.
type group struct {
	shape         shape
	ids           [][16]byte
	versions      []int64
	versionChecks []int32
	records       [][]byte
	recordChecks  []int32
	owners        []int64
	twins         []bool // an earlier one of the group has the same name

	hasSnapshot    []bool
	snapshotIDs    [][16]byte
	snapshots      [][]byte
	snapshotChecks []int32

	postIDs [][16]byte
	posts   []int64

	hasHead                             []bool
	namespaces, machines, names, digest []string
	statuses                            []int16
	started                             []int64
	ended                               []*int64
	due                                 []int64
	parents                             []*[16]byte
	tags, parked                        []*string
	headChecks                          []int32
}

// arguments returns those of the statement of the group's shape.
func (g *group) arguments() []any {
	all := []any{g.ids, g.versions, g.versionChecks}
	if g.shape.has(withHeads) {
		all = append(all, g.hasHead, g.namespaces, g.machines, g.names, g.digest, g.statuses, g.started, g.ended, g.due, g.parents,
			g.tags, g.parked, g.headChecks, g.owners, g.twins)
	}
	if g.shape.has(withSnapshots) {
		all = append(all, g.hasSnapshot)
	}
	all = append(all, g.records, g.recordChecks)
	if g.shape.has(withSnapshots) {
		all = append(all, g.snapshotIDs, g.snapshots, g.snapshotChecks)
	}
	if g.shape.has(withPosts) {
		all = append(all, g.postIDs, g.posts)
	}
	return all
}

// shapeOf returns what the changes of a group have.
func shapeOf(changes []store.Change) (sh shape) {
	for i := range changes {
		c := &changes[i]
		if c.Head != nil {
			sh |= withHeads
		}
		if c.Version == 1 {
			sh |= withHeads | withCreations
		}
		if c.Snapshot != nil {
			sh |= withSnapshots
		}
		if len(c.Posts) > 0 {
			sh |= withPosts
		}
	}
	return sh
}

// encodeGroup returns the changes in the order of their ids, so that transactions
// wait for each other in one order.
func encodeGroup(changes []store.Change) (*group, error) {
	order := make([]*store.Change, len(changes))
	for i := range changes {
		order[i] = &changes[i]
	}
	slices.SortFunc(order, func(a, b *store.Change) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	g := &group{shape: shapeOf(changes)}
	names := map[[3]string]bool{}
	for i, c := range order {
		switch {
		case i > 0 && order[i-1].ID == c.ID:
			return nil, fmt.Errorf("execution %v has two changes in one Commit", c.ID)
		case c.Version == 0:
			return nil, fmt.Errorf("execution %v: versions start at 1", c.ID)
		case c.Version == 1 && c.Head == nil:
			return nil, fmt.Errorf("execution %v: version 1 needs a Head", c.ID)
		}
		twin := false
		if c.Version == 1 && len(changes) > 1 {
			name := [3]string{c.Head.Namespace, c.Head.Machine, c.Head.Name}
			twin, names[name] = names[name], true
		}
		g.twins = append(g.twins, twin)
		if err := g.addChange(c); err != nil {
			return nil, fmt.Errorf("execution %v, version %d: %w", c.ID, c.Version, err)
		}
	}
	return g, nil
}

func (g *group) addChange(c *store.Change) error {
	g.ids = append(g.ids, c.ID)
	g.versions = append(g.versions, int64(min(c.Version, math.MaxInt64)))
	g.versionChecks = append(g.versionChecks, int32(versionCheck(&c.ID, c.Version)))
	record := c.Record
	if record == nil {
		record = []byte{} // nil is NULL
	}
	g.records = append(g.records, record)
	g.recordChecks = append(g.recordChecks, int32(contentCheck(&c.ID, c.Version, record)))
	g.owners = append(g.owners, int64(c.Owner))
	g.hasSnapshot = append(g.hasSnapshot, c.Snapshot != nil)
	if c.Snapshot != nil {
		g.snapshotIDs = append(g.snapshotIDs, c.ID)
		g.snapshots = append(g.snapshots, c.Snapshot)
		g.snapshotChecks = append(g.snapshotChecks, int32(contentCheck(&c.ID, c.Version, c.Snapshot)))
	}
	for _, number := range c.Posts {
		g.postIDs = append(g.postIDs, c.ID)
		g.posts = append(g.posts, int64(number))
	}
	if g.shape.has(withHeads) {
		return g.addHead(&c.ID, c.Head)
	}
	return nil
}

// addHead adds the columns of a head, which are not read if there is none.
func (g *group) addHead(id *store.ID, head *store.Head) error {
	g.hasHead = append(g.hasHead, head != nil)
	var h store.Head
	if head != nil {
		h = *head
	}
	if err := checkStrings(&h); err != nil {
		return err
	}
	h.Parked = toText(h.Parked)
	tags := encodeTags(h.Tags)
	var ended *int64
	if !h.Ended.IsZero() {
		ended = new(int64)
		*ended = nanoseconds(h.Ended)
	}
	var parent *[16]byte
	if h.Parent != (store.ID{}) {
		parent = (*[16]byte)(&h.Parent)
	}
	g.namespaces = append(g.namespaces, h.Namespace)
	g.machines = append(g.machines, h.Machine)
	g.names = append(g.names, h.Name)
	g.digest = append(g.digest, h.Digest)
	g.statuses = append(g.statuses, int16(h.Status))
	g.started = append(g.started, nanoseconds(h.Started))
	g.ended = append(g.ended, ended)
	g.due = append(g.due, h.Due)
	g.parents = append(g.parents, parent)
	g.tags = append(g.tags, orNull(tags))
	g.parked = append(g.parked, orNull(h.Parked))
	g.headChecks = append(g.headChecks, int32(headCheck(id, &h, tags)))
	return nil
}

// orNull returns nil for an empty string.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// skipRow ignores the columns of a row.
func skipRow(pgx.Rows) error { return nil }

// PutDefinition keeps a definition unless its digest has one.
func (s *Store) PutDefinition(ctx context.Context, digest string, definition []byte) error {
	if definition == nil {
		definition = []byte{}
	}
	err := retryDisturbed(ctx, func() error {
		return s.query(ctx, s.pool, s.queries.putDefinition, []any{digest, definition, int32(definitionCheck(digest, definition))}, skipRow)
	})
	return describeError("put definition", err)
}

// Delete removes executions that have ended, and damaged ones: see [store.Store].
func (s *Store) Delete(ctx context.Context, ids ...store.ID) error {
	if len(ids) == 0 {
		return ctx.Err()
	}
	running, err := s.deleteExecutions(ctx, ids, nil)
	if err != nil {
		return describeError("delete", err)
	}
	var damaged []store.ID
	for _, id := range running {
		switch _, err := s.Load(ctx, id); {
		case errors.Is(err, store.ErrCorrupt):
			damaged = append(damaged, id)
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return describeError("delete", err)
		}
	}
	if len(damaged) > 0 {
		_, err = s.deleteExecutions(ctx, damaged, damaged)
	}
	return describeError("delete", err)
}

// deleteExecutions removes executions that have ended, and those of the list damaged. It
// returns the others.
func (s *Store) deleteExecutions(ctx context.Context, ids, damaged []store.ID) (running [][16]byte, err error) {
	for left := int64(1); err == nil && left > 0; {
		err = retryDisturbed(ctx, func() error {
			return s.query(ctx, s.pool, s.queries.delete, []any{uuids(ids), uuids(damaged)}, func(rows pgx.Rows) error {
				return rows.Scan(&left, &running)
			})
		})
	}
	return running, err
}

func uuids(ids []store.ID) [][16]byte {
	list := make([][16]byte, len(ids))
	for i, id := range ids {
		list[i] = id
	}
	return list
}
