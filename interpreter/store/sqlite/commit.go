package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// writeStatements are prepared for the connections that write.
type writeStatements struct {
	lock            *sql.Stmt
	addMachine      *sql.Stmt
	findMachine     *sql.Stmt
	addDigest       *sql.Stmt
	findDigest      *sql.Stmt
	putDefinition   *sql.Stmt
	insertExecution *sql.Stmt
	advanceVersion  *sql.Stmt
	advanceHead     *sql.Stmt
	insertRecord    *sql.Stmt
	dropSnapshot    *sql.Stmt
	addCount        *sql.Stmt
	insertTag       *sql.Stmt
	deleteTags      *sql.Stmt
	findVersion     *sql.Stmt
	findStatus      *sql.Stmt
	findDeleted     *sql.Stmt
	deleteHead      *sql.Stmt
	deleteRecords   *sql.Stmt
	insertPost      *sql.Stmt
	deletePost      *sql.Stmt
	deletePosts     *sql.Stmt
}

func (w *writeStatements) list() []statement {
	return []statement{
		// It changes nothing, and takes the write lock before anything is read: a
		// transaction that reads first may find that it cannot write any more.
		{&w.lock, `DELETE FROM gostates_counts WHERE machine = 0 AND status = -1`},
		{&w.addMachine, `INSERT INTO gostates_machines (namespace, machine) VALUES (?1, ?2) ON CONFLICT DO NOTHING`},
		{&w.findMachine, `SELECT number FROM gostates_machines WHERE namespace = ?1 AND machine = ?2`},
		{&w.addDigest, `INSERT INTO gostates_definitions (digest) VALUES (?1) ON CONFLICT DO NOTHING`},
		{&w.findDigest, `SELECT number FROM gostates_definitions WHERE digest = ?1`},
		{&w.putDefinition, `UPDATE gostates_definitions SET definition = ?2, crc = ?3 WHERE digest = ?1 AND definition IS NULL`},
		{&w.insertExecution, `INSERT INTO gostates_executions
			(id, version, version_crc, machine, name, definition, status, started, ended, due, parent, tags, parked, head_crc, since)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ifnull(?, 0)) ON CONFLICT DO NOTHING`},
		{&w.advanceVersion, `UPDATE gostates_executions SET version = ?, version_crc = ?, since = ifnull(?, since) WHERE id = ? AND version = ?`},
		// The columns that do not change are compared: they are in the CRC.
		{&w.advanceHead, `UPDATE gostates_executions
			SET version = ?, version_crc = ?, definition = ?, status = ?, ended = ?, due = ?, parked = ?, head_crc = ?,
				since = ifnull(?, since)
			WHERE id = ? AND version = ? AND status = ? AND machine = ? AND name = ? AND started = ? AND parent IS ? AND tags IS ?`},
		{&w.insertRecord, `INSERT INTO gostates_records (id, version, record, crc, snapshot, snapshot_crc) VALUES (?, ?, ?, ?, ?, ?)`},
		{&w.dropSnapshot, `UPDATE gostates_records SET snapshot = NULL, snapshot_crc = NULL
			WHERE id = ? AND version = (SELECT since FROM gostates_executions WHERE id = ? AND version = ?)`},
		{&w.addCount, `INSERT INTO gostates_counts VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET executions = executions + excluded.executions`},
		{&w.insertTag, `INSERT INTO gostates_tags (key, value, started, id) VALUES (?1, ?2, ?3, ?4)`},
		{&w.deleteTags, `DELETE FROM gostates_tags WHERE (key, value, started, id) IN
			(SELECT j.key, j.value, e.started, e.id
				FROM gostates_executions e, json_each(CASE WHEN json_valid(e.tags) THEN e.tags END) j
				WHERE e.id = ?1 AND (e.status > 0 OR ?2))`},
		{&w.findVersion, `SELECT e.version, r.record, r.id IS NOT NULL
			FROM gostates_executions e LEFT JOIN gostates_records r ON r.id = e.id AND r.version = ?2 WHERE e.id = ?1`},
		{&w.findStatus, `SELECT status FROM gostates_executions WHERE id = ? AND version = ?`},
		{&w.findDeleted, `SELECT ifnull(CAST(machine AS INTEGER), 0), ifnull(CAST(status AS INTEGER), 0) FROM gostates_executions
			WHERE id = ? AND (status > 0 OR ?)`},
		{&w.deleteHead, `DELETE FROM gostates_executions WHERE id = ?`},
		{&w.deleteRecords, `DELETE FROM gostates_records WHERE id = ?1`},
		{&w.insertPost, `INSERT INTO gostates_posts (id, event) SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM gostates_executions WHERE id = ?1)`},
		{&w.deletePost, `DELETE FROM gostates_posts WHERE number = ?1 AND id = ?2`},
		{&w.deletePosts, `DELETE FROM gostates_posts WHERE id = ?1`},
	}
}

func (w *writeStatements) prepare(ctx context.Context, db *sql.DB) error {
	return prepareAll(ctx, db, w.list())
}

func (w *writeStatements) all() []**sql.Stmt { return targetsOf(w.list()) }

// Commit stores all changes or none: see [store.Store]. If ctx ends before the
// changes are on their way to the disk, nothing is stored.
func (s *Store) Commit(ctx context.Context, changes []store.Change) error {
	if len(changes) == 0 {
		return s.checkUsable(ctx)
	}
	err := s.writeTx(ctx, func(tx *writeTx) error { return tx.storeChanges(ctx, changes) })
	if err != nil && !errors.As(err, new(*store.ConflictError)) {
		err = fmt.Errorf("sqlite: commit: %w", err)
	}
	return err
}

// PutDefinition keeps a definition unless its digest has one.
func (s *Store) PutDefinition(ctx context.Context, digest string, definition []byte) error {
	err := s.writeTx(ctx, func(tx *writeTx) error {
		return tx.putDefinition(digest, definition)
	})
	if err != nil {
		return fmt.Errorf("sqlite: put definition: %w", err)
	}
	return nil
}

func (w *writeTx) putDefinition(digest string, definition []byte) error {
	if _, err := w.findDigest(digest); err != nil {
		return err
	}
	if definition == nil {
		definition = []byte{} // NULL means that there is none
	}
	_, err := w.exec(w.store.write.putDefinition, digest, definition, int64(definitionCheck(digest, definition)))
	return err
}

// Delete removes executions that have ended, and damaged ones: see [store.Store].
func (s *Store) Delete(ctx context.Context, ids ...store.ID) error {
	if len(ids) == 0 {
		return s.checkUsable(ctx)
	}
	left, err := s.deleteExecutions(ctx, ids, false)
	var damaged []store.ID
	for _, id := range left {
		if _, failed := s.Load(ctx, id); errors.Is(failed, store.ErrCorrupt) {
			damaged = append(damaged, id)
		} else if failed != nil && failed != store.ErrNotFound && err == nil {
			err = failed
		}
	}
	if err == nil && len(damaged) > 0 {
		_, err = s.deleteExecutions(ctx, damaged, true)
	}
	if err != nil {
		return fmt.Errorf("sqlite: delete: %w", err)
	}
	return nil
}

// deleteExecutions removes executions that have ended, or all of them, and returns the
// others.
func (s *Store) deleteExecutions(ctx context.Context, ids []store.ID, all bool) (left []store.ID, err error) {
	err = s.writeTx(ctx, func(tx *writeTx) (err error) {
		left, err = tx.deleteExecutions(ctx, ids, all)
		return err
	})
	return left, err
}

func (s *Store) checkUsable(ctx context.Context) error {
	if s.closed.Load() {
		return ErrClosed
	}
	return ctx.Err()
}

// A database that is locked by another connection is tried again after a pause.
const (
	firstPause = time.Millisecond
	lastPause  = 100 * time.Millisecond
	busyFor    = 10 * time.Second
)

// retryBusy calls f until the database is not locked by another connection.
func retryBusy(ctx context.Context, f func() error) error {
	var waited time.Duration
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := f()
		if !isBusy(err) || waited >= busyFor {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
			waited += pause
		}
	}
}

// writeTx runs f in a transaction, one at a time, and commits it unless f returns an
// error.
func (s *Store) writeTx(ctx context.Context, f func(*writeTx) error) error {
	select {
	case s.writing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.writing }()
	return retryBusy(ctx, func() error {
		if err := s.checkUsable(ctx); err != nil {
			return err
		}
		conn, err := s.writer.Conn(ctx)
		if err != nil {
			return readError(err)
		}
		defer conn.Close()
		return readError(s.writeOn(ctx, conn, f))
	})
}

// writeOn runs one transaction. Its statements do not have ctx: the driver would start
// a goroutine for each, and close the connection if ctx ends.
func (s *Store) writeOn(ctx context.Context, conn *sql.Conn, f func(*writeTx) error) (err error) {
	tx, err := conn.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed {
			_ = tx.Rollback() // SQLite may have rolled back already
		}
	}()
	w := &writeTx{store: s, tx: tx, bound: map[*sql.Stmt]*sql.Stmt{}, known: &s.numbers}
	if _, err := w.exec(s.write.lock); err != nil {
		return err
	}
	if err := f(w); err != nil {
		return err
	}
	if err := w.storeCounts(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	committed = true
	if err := tx.Commit(); err != nil {
		return err
	}
	s.numbers.addAll(&w.numbers)
	return nil
}

// writeTx is a transaction that writes.
type writeTx struct {
	store   *Store
	tx      *sql.Tx
	bound   map[*sql.Stmt]*sql.Stmt // statements of the transaction
	foreign bool                    // the transaction is the host's
	known   *numberCache            // numbers that are committed
	numbers numberCache             // what the transaction has found
	counts  map[countKey]int64      // what it has changed of gostates_counts
	head    encodedHead
	scratch []byte
}

func (w *writeTx) bindStatement(st *sql.Stmt) (bound *sql.Stmt, err error) {
	bound, known := w.bound[st]
	switch {
	case known:
		return bound, nil
	case w.foreign:
		bound, err = w.tx.Prepare(w.store.write.queryOf(st))
	default:
		bound = w.tx.Stmt(st)
	}
	if err == nil {
		w.bound[st] = bound
	}
	return bound, err
}

// queryOf returns the text of a statement.
func (w *writeStatements) queryOf(st *sql.Stmt) string {
	for _, s := range w.list() {
		if *s.target == st {
			return s.query
		}
	}
	panic("sqlite: not a statement that writes")
}

// exec returns the number of rows that a statement has changed.
func (w *writeTx) exec(st *sql.Stmt, args ...any) (int64, error) {
	bound, err := w.bindStatement(st)
	if err != nil {
		return 0, err
	}
	result, err := bound.Exec(args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// queryRow reads the only row of a statement.
func (w *writeTx) queryRow(st *sql.Stmt, args, targets []any) error {
	bound, err := w.bindStatement(st)
	if err != nil {
		return err
	}
	return bound.QueryRow(args...).Scan(targets...)
}

func (w *writeTx) storeChanges(ctx context.Context, changes []store.Change) error {
	// Rows that are inserted in order fill their pages.
	order := make([]*store.Change, len(changes))
	for i := range changes {
		order[i] = &changes[i]
	}
	slices.SortFunc(order, func(a, b *store.Change) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	var conflict store.ConflictError
	for i, c := range order {
		if err := ctx.Err(); err != nil {
			return err
		}
		if i > 0 && order[i-1].ID == c.ID {
			return fmt.Errorf("execution %v has two changes in one Commit", c.ID)
		}
		result, err := w.storeChange(c)
		if err != nil {
			return fmt.Errorf("execution %v, version %d: %w", c.ID, c.Version, err)
		}
		switch result {
		case versionTaken:
			conflict.Versions = append(conflict.Versions, c.ID)
		case nameTaken:
			conflict.Names = append(conflict.Names, c.ID)
		}
	}
	if len(conflict.Versions)+len(conflict.Names) > 0 {
		return &conflict
	}
	return nil
}

// result is what became of a change.
type result int

const (
	written result = iota
	alreadyStored
	versionTaken
	nameTaken
)

func (w *writeTx) storeChange(c *store.Change) (result, error) {
	if c.Version == 0 {
		return 0, errors.New("versions start at 1")
	}
	if c.Version == 1 && c.Head == nil {
		return 0, errors.New("version 1 needs a Head")
	}
	if c.Head != nil {
		var err error
		if w.scratch, err = w.head.encodeHead(&c.ID, c.Head, w.scratch); err != nil {
			return 0, err
		}
	}
	if c.Snapshot != nil && c.Version > 1 {
		if _, err := w.exec(w.store.write.dropSnapshot, c.ID[:], c.ID[:], int64(c.Version)-1); err != nil {
			return 0, err
		}
	}
	advanced, err := w.advanceExecution(c)
	if err != nil {
		return 0, err
	}
	if !advanced {
		return w.explainRefusal(c)
	}
	record := c.Record
	if record == nil {
		record = []byte{}
	}
	var snapshotCheck any
	if c.Snapshot != nil {
		snapshotCheck = int64(contentCheck(&c.ID, c.Version, c.Snapshot))
	}
	if _, err := w.exec(w.store.write.insertRecord, c.ID[:], int64(c.Version), record,
		int64(contentCheck(&c.ID, c.Version, record)), c.Snapshot, snapshotCheck); err != nil {
		return 0, err
	}
	for _, number := range c.Posts {
		if _, err := w.exec(w.store.write.deletePost, int64(number), c.ID[:]); err != nil {
			return 0, err
		}
	}
	if c.Version == 1 {
		err = w.insertTags(c)
	}
	if err == nil && c.Definition != nil && c.Head != nil {
		err = w.putDefinition(c.Head.Digest, c.Definition)
	}
	return written, err
}

// advanceExecution makes c.Version the version of the execution if it is the next.
func (w *writeTx) advanceExecution(c *store.Change) (bool, error) {
	if c.Head == nil {
		n, err := w.exec(w.store.write.advanceVersion, int64(c.Version), int64(versionCheck(&c.ID, c.Version)), sinceOf(c), c.ID[:], int64(c.Version)-1)
		return n == 1, err
	}
	return w.writeHead(c)
}

// sinceOf returns the version of the snapshot of a change, or nil.
func sinceOf(c *store.Change) any {
	if c.Snapshot == nil {
		return nil
	}
	return int64(c.Version)
}

// writeHead writes all columns of an execution.
func (w *writeTx) writeHead(c *store.Change) (bool, error) {
	h := &w.head
	arn, err := w.findMachine(machineKey{h.Namespace, h.Machine})
	if err != nil {
		return false, err
	}
	definition, err := w.findDigest(h.Digest)
	if err != nil {
		return false, err
	}
	if c.Version > 1 {
		return w.updateHead(c, arn, definition)
	}
	n, err := w.exec(w.store.write.insertExecution, c.ID[:], int64(c.Version), int64(versionCheck(&c.ID, c.Version)), arn, h.Name, definition,
		int64(h.Status), h.started, h.ended, h.Due, h.parent, h.tags, h.parked, int64(h.check), sinceOf(c))
	w.addCount(arn, h.Status, n)
	return n == 1, err
}

// updateHead is writeHead for a later version. The counts need the status that the
// execution had: usually it was running.
func (w *writeTx) updateHead(c *store.Change, arn, definition int64) (bool, error) {
	h := &w.head
	before := machine.Running
	for {
		n, err := w.exec(w.store.write.advanceHead, int64(c.Version), int64(versionCheck(&c.ID, c.Version)), definition,
			int64(h.Status), h.ended, h.Due, h.parked, int64(h.check), sinceOf(c),
			c.ID[:], int64(c.Version)-1, int64(before), arn, h.Name, h.started, h.parent, h.tags)
		if err != nil {
			return false, err
		}
		if n == 1 {
			w.addCount(arn, before, -1)
			w.addCount(arn, h.Status, 1)
			return true, nil
		}
		tried := before
		err = w.queryRow(w.store.write.findStatus, []any{c.ID[:], int64(c.Version) - 1}, []any{&before})
		if errors.Is(err, sql.ErrNoRows) || err == nil && before == tried {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
}

type countKey struct {
	machine int64
	status  machine.Status
}

// addCount notes that there are n more executions of a machine and a status.
func (w *writeTx) addCount(arn int64, status machine.Status, n int64) {
	if w.counts == nil {
		w.counts = map[countKey]int64{}
	}
	w.counts[countKey{arn, status}] += n
}

// storeCounts stores what addCount has noted.
func (w *writeTx) storeCounts() error {
	for key, n := range w.counts { // in any order
		if n == 0 {
			continue
		}
		if _, err := w.exec(w.store.write.addCount, key.machine, int64(key.status), n); err != nil {
			return err
		}
	}
	return nil
}

// explainRefusal returns why advanceExecution has not written a change.
func (w *writeTx) explainRefusal(c *store.Change) (result, error) {
	var version int64
	var record []byte
	var stored bool // a record of this version
	err := w.queryRow(w.store.write.findVersion, []any{c.ID[:], int64(c.Version)}, []any{&version, &record, &stored})
	switch {
	case errors.Is(err, sql.ErrNoRows) && c.Version == 1:
		return nameTaken, nil
	case errors.Is(err, sql.ErrNoRows):
		return versionTaken, nil
	case err != nil:
		return 0, err
	case stored && bytes.Equal(record, c.Record):
		return alreadyStored, nil
	case version == int64(c.Version)-1:
		return 0, errors.New("namespace, machine, name, start, parent and tags of an execution do not change")
	}
	return versionTaken, nil
}

func (w *writeTx) insertTags(c *store.Change) error {
	for key, value := range c.Head.Tags { // in any order
		if _, err := w.exec(w.store.write.insertTag, key, value, w.head.started, c.ID[:]); err != nil {
			return err
		}
	}
	return nil
}

func (w *writeTx) deleteExecutions(ctx context.Context, ids []store.ID, all bool) (left []store.ID, err error) {
	s := &w.store.write
	for i := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		id := ids[i][:]
		if _, err := w.exec(s.deleteTags, id, all); err != nil { // before the head, which has them
			return nil, err
		}
		var arn, status int64
		switch err := w.queryRow(s.findDeleted, []any{id, all}, []any{&arn, &status}); {
		case errors.Is(err, sql.ErrNoRows) && !all:
			left = append(left, ids[i])
			continue
		case err == nil:
			w.addCount(arn, machine.Status(status), -1)
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
		if _, err := w.exec(s.deleteHead, id); err != nil {
			return nil, err
		}
		for _, st := range [...]*sql.Stmt{s.deleteRecords, s.deletePosts} {
			if _, err := w.exec(st, id); err != nil {
				return nil, err
			}
		}
	}
	return left, nil
}
