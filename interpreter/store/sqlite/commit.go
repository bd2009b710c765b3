package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// A writeStatement is a statement of transactions that write.
type writeStatement int

const (
	lockDatabase writeStatement = iota
	addMachine
	findMachine
	addDigest
	findDigest
	putDefinition
	insertExecution
	advanceVersion
	advanceDue
	advanceHead
	insertRecord
	dropSnapshot
	addCount
	insertTag
	deleteTags
	findVersion
	findStatus
	findDeleted
	deleteHead
	deleteRecords
	insertPost
	deletePost
	deletePosts
	setRegistryRecord
	deleteRegistryRecord
)

var writeQueries = [...]string{
	// It changes nothing, and takes the write lock before anything is read: a
	// transaction that reads first may find that it cannot write any more.
	lockDatabase:  `DELETE FROM gostates_counts WHERE machine = 0 AND status = -1`,
	addMachine:    `INSERT INTO gostates_machines (namespace, machine) VALUES (?1, ?2) ON CONFLICT DO NOTHING`,
	findMachine:   `SELECT number FROM gostates_machines WHERE namespace = ?1 AND machine = ?2`,
	addDigest:     `INSERT INTO gostates_definitions (digest) VALUES (?1) ON CONFLICT DO NOTHING`,
	findDigest:    `SELECT number FROM gostates_definitions WHERE digest = ?1`,
	putDefinition: `UPDATE gostates_definitions SET definition = ?2, crc = ?3 WHERE digest = ?1 AND definition IS NULL`,
	// A name that another execution has makes the version NULL, which is ignored. A SELECT
	// would be kept in a temporary table.
	insertExecution: `INSERT OR IGNORE INTO gostates_executions
		(id, version, version_crc, machine, own_name, definition, status, started, ended, due, parent, tags, parked, head_crc, since)
		VALUES (?, CASE WHEN EXISTS (SELECT 1 FROM gostates_executions WHERE machine = ? AND own_name = ?)
				OR EXISTS (SELECT 1 FROM gostates_executions WHERE id = ? AND machine = ? AND own_name IS NULL) THEN NULL ELSE ? END,
			?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ifnull(?, 0))`,
	advanceVersion: `UPDATE gostates_executions SET version = ?, version_crc = ?, since = ifnull(?, since) WHERE id = ? AND version = ?`,
	// The columns that do not change are compared: they are in the CRC. advanceDue is
	// advanceHead for an execution that runs before and after: fewer indexes.
	advanceDue: `UPDATE gostates_executions SET version = ?, version_crc = ?, due = ?, head_crc = ?, since = ifnull(?, since)
		WHERE id = ? AND version = ? AND status = 0 AND ended IS NULL AND parked IS NULL
			AND machine = ? AND definition = ? AND own_name IS ? AND started = ? AND parent IS ? AND tags IS ?`,
	advanceHead: `UPDATE gostates_executions
		SET version = ?, version_crc = ?, definition = ?, status = ?, ended = ?, due = ?, parked = ?, head_crc = ?,
			since = ifnull(?, since)
		WHERE id = ? AND version = ? AND status = ? AND machine = ? AND own_name IS ? AND started = ? AND parent IS ? AND tags IS ?`,
	insertRecord: `INSERT INTO gostates_records (id, version, record, crc, snapshot, snapshot_crc) VALUES (?, ?, ?, ?, ?, ?)`,
	dropSnapshot: `UPDATE gostates_records SET snapshot = NULL, snapshot_crc = NULL
		WHERE id = ? AND version = (SELECT since FROM gostates_executions WHERE id = ? AND version = ?)`,
	addCount: `INSERT INTO gostates_counts VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET executions = executions + excluded.executions`,
	insertTag: `INSERT INTO gostates_tags (key, value, started, id) VALUES (?1, ?2, ?3, ?4)`,
	deleteTags: `DELETE FROM gostates_tags WHERE (key, value, started, id) IN
		(SELECT j.key, j.value, e.started, e.id
			FROM gostates_executions e, json_each(CASE WHEN json_valid(e.tags) THEN e.tags END) j
			WHERE e.id = ?1 AND (e.status > 0 OR ?2))`,
	findVersion: `SELECT e.version, r.record, r.id IS NOT NULL
		FROM gostates_executions e LEFT JOIN gostates_records r ON r.id = e.id AND r.version = ?2 WHERE e.id = ?1`,
	findStatus: `SELECT status FROM gostates_executions WHERE id = ? AND version = ?`,
	findDeleted: `SELECT ifnull(CAST(machine AS INTEGER), 0), ifnull(CAST(status AS INTEGER), 0) FROM gostates_executions
		WHERE id = ? AND (status > 0 OR ?)`,
	deleteHead:    `DELETE FROM gostates_executions WHERE id = ?`,
	deleteRecords: `DELETE FROM gostates_records WHERE id = ?1`,
	insertPost:    `INSERT INTO gostates_posts (id, event) SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM gostates_executions WHERE id = ?1)`,
	deletePost:    `DELETE FROM gostates_posts WHERE number = ?1 AND id = ?2`,
	deletePosts:   `DELETE FROM gostates_posts WHERE id = ?1`,
	setRegistryRecord: `INSERT INTO gostates_registry (key, record, crc) VALUES (?1, ?2, ?3)
		ON CONFLICT (key) DO UPDATE SET record = excluded.record, crc = excluded.crc`,
	deleteRegistryRecord: `DELETE FROM gostates_registry WHERE key = ?1`,
}

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
	_, err := w.exec(putDefinition, digest, definition, int64(definitionCheck(digest, definition)))
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
	growStack()
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
		return readError(s.writeOn(ctx, f))
	})
}

// growStack makes room on the stack for the calls of SQLite. A new goroutine would grow
// its stack in steps, and copy more frames at each.
//
//go:noinline
func growStack() {
	var room [16 << 10]byte
	runtime.KeepAlive(&room)
}

// runTx runs f in a transaction of t.
func (s *Store) runTx(ctx context.Context, t transaction, f func(*writeTx) error) error {
	if err := t.begin(); err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed {
			t.rollback()
		}
	}()
	w := &writeTx{statements: t, known: &s.numbers}
	if err := f(w); err != nil {
		return err
	}
	if err := w.storeCounts(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := t.commit(); err != nil {
		return err
	}
	committed = true
	s.numbers.addAll(&w.numbers)
	return nil
}

// writeTx is a transaction that writes.
type writeTx struct {
	statements statementRunner
	known      *numberCache       // numbers that are committed
	numbers    numberCache        // what the transaction has found
	counts     map[countKey]int64 // what it has changed of gostates_counts
	head       encodedHead
	scratch    []byte
	args       []any
}

// exec returns the number of rows that a statement has changed.
func (w *writeTx) exec(st writeStatement, args ...any) (int64, error) {
	w.args = append(w.args[:0], args...) // so that args is not on the heap
	return w.statements.exec(st, w.args)
}

// queryRow reads the only row of a statement. Targets are *int64 and *[]byte.
func (w *writeTx) queryRow(st writeStatement, args, targets []any) error {
	return w.statements.queryRow(st, args, targets)
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
		if _, err := w.exec(dropSnapshot, c.ID[:], c.ID[:], int64(c.Version)-1); err != nil {
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
	if _, err := w.exec(insertRecord, c.ID[:], int64(c.Version), record,
		int64(contentCheck(&c.ID, c.Version, record)), c.Snapshot, snapshotCheck); err != nil {
		return 0, err
	}
	for _, number := range c.Posts {
		if _, err := w.exec(deletePost, int64(number), c.ID[:]); err != nil {
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
		n, err := w.exec(advanceVersion, int64(c.Version), int64(versionCheck(&c.ID, c.Version)), sinceOf(c), c.ID[:], int64(c.Version)-1)
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
	n, err := w.exec(insertExecution, c.ID[:], arn, h.idName, h.nameID, arn, int64(c.Version), int64(versionCheck(&c.ID, c.Version)),
		arn, h.ownName, definition, int64(h.Status), h.started, h.ended, h.Due, h.parent, h.tags, h.parked, int64(h.check), sinceOf(c))
	w.addCount(arn, h.Status, n)
	return n == 1, err
}

// updateHead is writeHead for a later version. The counts need the status that the
// execution had: usually it was running.
func (w *writeTx) updateHead(c *store.Change, arn, definition int64) (bool, error) {
	h := &w.head
	if h.Status == machine.Running && h.ended == nil && h.parked == nil {
		n, err := w.exec(advanceDue, int64(c.Version), int64(versionCheck(&c.ID, c.Version)), h.Due, int64(h.check), sinceOf(c),
			c.ID[:], int64(c.Version)-1, arn, definition, h.ownName, h.started, h.parent, h.tags)
		if n == 1 || err != nil {
			return n == 1, err
		}
	}
	before := int64(machine.Running)
	for {
		n, err := w.exec(advanceHead, int64(c.Version), int64(versionCheck(&c.ID, c.Version)), definition,
			int64(h.Status), h.ended, h.Due, h.parked, int64(h.check), sinceOf(c),
			c.ID[:], int64(c.Version)-1, before, arn, h.ownName, h.started, h.parent, h.tags)
		if err != nil {
			return false, err
		}
		if n == 1 {
			w.addCount(arn, machine.Status(before), -1)
			w.addCount(arn, h.Status, 1)
			return true, nil
		}
		tried := before
		err = w.queryRow(findStatus, []any{c.ID[:], int64(c.Version) - 1}, []any{&before})
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
		if _, err := w.exec(addCount, key.machine, int64(key.status), n); err != nil {
			return err
		}
	}
	return nil
}

// explainRefusal returns why advanceExecution has not written a change.
func (w *writeTx) explainRefusal(c *store.Change) (result, error) {
	var version, stored int64
	var record []byte
	err := w.queryRow(findVersion, []any{c.ID[:], int64(c.Version)}, []any{&version, &record, &stored})
	switch {
	case errors.Is(err, sql.ErrNoRows) && c.Version == 1:
		return nameTaken, nil
	case errors.Is(err, sql.ErrNoRows):
		return versionTaken, nil
	case err != nil:
		return 0, err
	case stored != 0 && bytes.Equal(record, c.Record):
		return alreadyStored, nil
	case version == int64(c.Version)-1:
		return 0, errors.New("namespace, machine, name, start, parent and tags of an execution do not change")
	}
	return versionTaken, nil
}

func (w *writeTx) insertTags(c *store.Change) error {
	for key, value := range c.Head.Tags { // in any order
		if _, err := w.exec(insertTag, key, value, w.head.started, c.ID[:]); err != nil {
			return err
		}
	}
	return nil
}

func (w *writeTx) deleteExecutions(ctx context.Context, ids []store.ID, all bool) (left []store.ID, err error) {
	for i := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		id := ids[i][:]
		if _, err := w.exec(deleteTags, id, all); err != nil { // before the head, which has them
			return nil, err
		}
		var arn, status int64
		switch err := w.queryRow(findDeleted, []any{id, all}, []any{&arn, &status}); {
		case errors.Is(err, sql.ErrNoRows) && !all:
			left = append(left, ids[i])
			continue
		case err == nil:
			w.addCount(arn, machine.Status(status), -1)
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
		if _, err := w.exec(deleteHead, id); err != nil {
			return nil, err
		}
		for _, st := range [...]writeStatement{deleteRecords, deletePosts} {
			if _, err := w.exec(st, id); err != nil {
				return nil, err
			}
		}
	}
	return left, nil
}
