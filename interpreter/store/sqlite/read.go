package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/internal/rows"
)

// readStatements are prepared for the connections that read.
type readStatements struct {
	load       *sql.Stmt
	due        *sql.Stmt
	tails      *sql.Stmt
	find       *sql.Stmt
	definition *sql.Stmt
	records    *sql.Stmt
	hasRecords *sql.Stmt
	version    *sql.Stmt
	machines   *sql.Stmt
	counts     *sql.Stmt
	posted     *sql.Stmt
	registry   *sql.Stmt
}

// Columns of a head and of a state, and where they come from. Numbers without a
// machine or a definition are damage, which the CRC finds.
const (
	headColumns = `e.id, e.due, e.version, e.version_crc, m.namespace, m.machine, e.own_name, d.digest, e.status, e.started, e.ended,
		e.parent, e.tags, e.parked, e.head_crc`
	headJoins = ` LEFT JOIN gostates_machines m ON m.number = e.machine
		LEFT JOIN gostates_definitions d ON d.number = e.definition`
	stateColumns = headColumns + `, e.since, r.snapshot, r.snapshot_crc`
	stateJoins   = headJoins + ` LEFT JOIN gostates_records r ON r.id = e.id AND r.version = e.since`
)

func (r *readStatements) list() []statement {
	return []statement{
		{&r.load, `SELECT ` + stateColumns + ` FROM gostates_executions e` + stateJoins + ` WHERE e.id = ?1`},
		// the planner ends the range at the first upper bound of due; the other one is
		// that of the partial index
		{&r.due, `SELECT ` + stateColumns + ` FROM gostates_executions e INDEXED BY gostates_executions_due` + stateJoins + `
			WHERE e.due <= ?3 AND (e.due, e.id) > (?1, ?2) AND e.due < 9223372036854775807 ORDER BY e.due, e.id LIMIT ?4`},
		{&r.tails, `SELECT r.id, r.version, r.record, r.crc FROM json_each(?1) j CROSS JOIN gostates_records r
			ON r.id = unhex(j.value ->> 0) AND r.version > j.value ->> 1 AND r.version <= j.value ->> 2`},
		{&r.find, `SELECT e.id FROM gostates_executions e JOIN gostates_machines m ON m.number = e.machine
			WHERE m.namespace = ?1 AND m.machine = ?2 AND e.own_name = ?3
			UNION ALL SELECT e.id FROM gostates_executions e JOIN gostates_machines m ON m.number = e.machine
			WHERE m.namespace = ?1 AND m.machine = ?2 AND e.id = ?4 AND e.own_name IS NULL`},
		{&r.definition, `SELECT definition, crc FROM gostates_definitions WHERE digest = ?1 AND definition IS NOT NULL`},
		{&r.records, `SELECT id, version, record, crc FROM gostates_records WHERE id = ?1 AND version > ?2 ORDER BY version LIMIT 256`},
		{&r.hasRecords, `SELECT EXISTS (SELECT 1 FROM gostates_records WHERE id = ?1)`},
		{&r.version, `SELECT ifnull(max(version), 0) FROM gostates_executions WHERE id = ?1`},
		{&r.machines, `SELECT number, namespace, machine FROM gostates_machines ORDER BY number`},
		{&r.counts, `SELECT m.namespace, m.machine, c.status, c.executions
			FROM gostates_counts c JOIN gostates_machines m ON m.number = c.machine`},
		{&r.posted, `SELECT number, id, event FROM gostates_posts WHERE number > ?1 ORDER BY number LIMIT ?2`},
		{&r.registry, `SELECT key, record, crc FROM gostates_registry NOT INDEXED`},
	}
}

func (r *readStatements) prepare(ctx context.Context, db *sql.DB) error {
	return prepareAll(ctx, db, r.list())
}

func (r *readStatements) all() (statements []*sql.Stmt) {
	for _, st := range r.list() {
		statements = append(statements, *st.target)
	}
	return statements
}

// headRow is a row of headColumns, and with more columns a row of stateColumns.
type headRow struct {
	id                         []byte
	due                        int64
	version, versionCheck      int64
	namespace, machine, digest sql.NullString
	ownName                    sql.NullString
	status, started            int64
	ended                      sql.NullInt64
	parent                     []byte
	tags, parked               sql.NullString
	check                      int64

	since         int64
	snapshot      []byte
	snapshotCheck sql.NullInt64

	scratch []byte // a buffer to use again
}

func (r *headRow) targets() []any {
	return []any{&r.id, &r.due, &r.version, &r.versionCheck, &r.namespace, &r.machine, &r.ownName, &r.digest, &r.status, &r.started,
		&r.ended, &r.parent, &r.tags, &r.parked, &r.check}
}

func (r *headRow) stateTargets() []any {
	return append(r.targets(), &r.since, &r.snapshot, &r.snapshotCheck)
}

func idOf(b []byte) (id store.ID) {
	copy(id[:], b)
	return id
}

func (r *headRow) name() string {
	if !r.ownName.Valid {
		return idOf(r.id).String()
	}
	return r.ownName.String
}

func (r *headRow) damaged(part string, version int64) error {
	return &CorruptError{ID: idOf(r.id), Version: uint64(version), Part: part}
}

// decodeHead returns the head of a row whose checks are right.
func (r *headRow) decodeHead() (h store.Head, err error) {
	id := idOf(r.id)
	if len(r.id) != len(id) || check(r.versionCheck) != versionCheck(&id, uint64(r.version)) {
		return h, r.damaged("version", r.version)
	}
	h = store.Head{
		Namespace: r.namespace.String,
		Machine:   r.machine.String,
		Name:      r.name(),
		Digest:    r.digest.String,
		Status:    machine.Status(r.status),
		Started:   timeOf(r.started),
		Parent:    idOf(r.parent),
		Parked:    r.parked.String,
		Due:       r.due,
	}
	if r.ended.Valid {
		h.Ended = timeOf(r.ended.Int64)
	}
	r.scratch = rows.AppendHead(r.scratch[:0], &id, &h, r.tags.String)
	if check(r.check) != check(rows.Sum(r.scratch)) || r.status != int64(h.Status) {
		return h, r.damaged("head", r.version)
	}
	if r.tags.Valid {
		if err := json.Unmarshal([]byte(r.tags.String), &h.Tags); err != nil {
			return h, r.damaged("head", r.version)
		}
	}
	return h, nil
}

// decodeState returns the state of a row, without its records.
func (r *headRow) decodeState() (st store.State, err error) {
	if st.Head, err = r.decodeHead(); err != nil {
		return st, err
	}
	st.ID, st.Version = idOf(r.id), uint64(r.version)
	if r.since == 0 {
		return st, nil
	}
	st.Since, st.Snapshot = uint64(r.since), r.snapshot
	if !r.snapshotCheck.Valid || check(r.snapshotCheck.Int64) != contentCheck(&st.ID, st.Since, st.Snapshot) || st.Since > st.Version {
		return st, r.damaged("snapshot", r.since)
	}
	if st.Snapshot == nil {
		st.Snapshot = []byte{}
	}
	return st, nil
}

// recordRow is a row of gostates_records.
type recordRow struct {
	id      []byte
	version int64
	record  []byte
	check   int64
}

// scanRecord reads a row. Its error is a *CorruptError.
func (r *recordRow) scanRecord(rows *sql.Rows) error {
	*r = recordRow{}
	err := rows.Scan(&r.id, &r.version, &r.record, &r.check)
	id := idOf(r.id)
	if err != nil || contentCheck(&id, uint64(r.version), r.record) != check(r.check) {
		return &CorruptError{ID: id, Version: uint64(r.version), Part: "record"}
	}
	return nil
}

// readRows calls scan for each row of a statement.
func readRows(query func() (*sql.Rows, error), scan func(*sql.Rows) error) error {
	rows, err := query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// readAll runs f again while the database is locked, and makes its errors ours.
func (s *Store) readAll(ctx context.Context, doing string, f func() error) error {
	err := s.checkUsable(ctx)
	if err == nil {
		err = readError(retryBusy(ctx, f))
	}
	switch ended := ctx.Err(); {
	case err == nil || err == store.ErrNotFound:
		return err
	case s.closed.Load():
		err = ErrClosed
	case ended != nil:
		err = ended // rows that ctx has closed cannot be read, which looks like damage
	}
	return fmt.Errorf("sqlite: %s: %w", doing, err)
}

// Load returns an execution, [store.ErrNotFound], or a [*CorruptError] if what is
// needed to continue it is damaged.
func (s *Store) Load(ctx context.Context, id store.ID) (*store.State, error) {
	var st *store.State
	err := s.readAll(ctx, "load", func() (err error) {
		st, err = s.loadState(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return st, nil
}

// maxLoads is how often an execution is read whose records are not what its head says:
// it may have been deleted between two statements.
const maxLoads = 3

func (s *Store) loadState(ctx context.Context, id store.ID) (*store.State, error) {
	var damaged error
	for range maxLoads {
		st, err := s.loadHead(ctx, id)
		if err == store.ErrNotFound {
			// Damage may hide a head, but hardly its records too.
			var records bool
			if err := s.read.hasRecords.QueryRowContext(ctx, id[:]).Scan(&records); err != nil {
				return nil, err
			}
			if records {
				damaged = &CorruptError{ID: id, Part: "head"}
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		page := []store.State{st}
		broken, err := s.readTails(ctx, page)
		if err != nil {
			return nil, err
		}
		if damaged = broken[id]; damaged == nil {
			return &page[0], nil
		}
	}
	return nil, damaged
}

// loadHead returns a state without its records.
func (s *Store) loadHead(ctx context.Context, id store.ID) (st store.State, err error) {
	found := false
	query := func() (*sql.Rows, error) { return s.read.load.QueryContext(ctx, id[:]) }
	err = readRows(query, func(rows *sql.Rows) (err error) {
		found = true
		var row headRow
		if err := rows.Scan(row.stateTargets()...); err != nil {
			return row.damaged("head", row.version)
		}
		st, err = row.decodeState()
		return err
	})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return st, err
}

// readTails adds the records after the snapshots to states, and returns those whose
// records are damaged or not there. Records never change, so a head and its records
// need not be read in one transaction.
func (s *Store) readTails(ctx context.Context, states []store.State) (damaged map[store.ID]error, err error) {
	var wanted []byte
	index := map[store.ID]*store.State{}
	for i := range states {
		st := &states[i]
		if st.Err != nil || st.Version == st.Since {
			continue
		}
		index[st.ID] = st
		separator := byte(',')
		if wanted == nil {
			separator = '['
		}
		wanted = append(append(wanted, separator, '[', '"'), hex.EncodeToString(st.ID[:])...)
		wanted = strconv.AppendUint(append(wanted, '"', ','), st.Since, 10)
		wanted = strconv.AppendUint(append(wanted, ','), st.Version, 10)
		wanted = append(wanted, ']')
	}
	if wanted == nil {
		return nil, nil
	}
	wanted = append(wanted, ']')
	damaged = map[store.ID]error{}
	var row recordRow
	err = readRows(func() (*sql.Rows, error) { return s.read.tails.QueryContext(ctx, string(wanted)) }, func(rows *sql.Rows) error {
		broken := row.scanRecord(rows)
		st := index[idOf(row.id)]
		switch {
		case st == nil:
		case broken != nil:
			damaged[st.ID] = broken
		case uint64(row.version) == st.Since+uint64(len(st.Records))+1:
			st.Records = append(st.Records, row.record)
		}
		return nil
	})
	for _, st := range index {
		if next := st.Since + uint64(len(st.Records)) + 1; next <= st.Version && damaged[st.ID] == nil {
			damaged[st.ID] = &CorruptError{ID: st.ID, Version: next, Part: "record"}
		}
	}
	return damaged, err
}

// Due returns executions that are due: see [store.Store]. State.Err of a damaged one
// is a [*CorruptError].
func (s *Store) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	if limit <= 0 {
		return nil, s.checkUsable(ctx)
	}
	afterID := after.ID[:]
	if after == (store.Place{}) {
		after.Due, afterID = math.MinInt64, []byte{}
	}
	var page []store.State
	err := s.readAll(ctx, "due", func() (err error) {
		page, err = s.duePage(ctx, after.Due, afterID, until, limit)
		return err
	})
	return page, err
}

func (s *Store) duePage(ctx context.Context, afterDue int64, afterID []byte, until int64, limit int) ([]store.State, error) {
	var page []store.State
	query := func() (*sql.Rows, error) { return s.read.due.QueryContext(ctx, afterDue, afterID, until, limit) }
	var row headRow
	targets := row.stateTargets()
	err := readRows(query, func(rows *sql.Rows) error {
		row = headRow{scratch: row.scratch}
		err := rows.Scan(targets...)
		st := store.State{}
		if err == nil {
			st, err = row.decodeState()
		} else {
			err = row.damaged("head", row.version)
		}
		if err != nil {
			st = damagedState(idOf(row.id), row.due, err)
		}
		if page == nil {
			page = make([]store.State, 0, min(limit, 256))
		}
		page = append(page, st)
		return nil
	})
	if err != nil {
		return nil, err
	}
	damaged, err := s.readTails(ctx, page)
	if err != nil || len(damaged) == 0 {
		return page, err
	}
	kept := page[:0]
	for _, st := range page {
		if damaged[st.ID] != nil {
			again, err := s.loadState(ctx, st.ID)
			switch {
			case errors.Is(err, store.ErrNotFound): // deleted meanwhile
				continue
			case errors.Is(err, store.ErrCorrupt):
				st = damagedState(st.ID, st.Head.Due, err)
			case err != nil:
				return nil, err
			default:
				st = *again
			}
		}
		kept = append(kept, st)
	}
	return kept, nil
}

func damagedState(id store.ID, due int64, err error) store.State {
	return store.State{ID: id, Head: store.Head{Due: due}, Err: err}
}

// Find returns the ID of the execution with a name, or [store.ErrNotFound].
func (s *Store) Find(ctx context.Context, namespace, machine, name string) (store.ID, error) {
	var id []byte
	named := idOfName(name) // zero: of no execution
	err := s.readAll(ctx, "find", func() error {
		return notFound(s.read.find.QueryRowContext(ctx, namespace, machine, name, named[:]).Scan(&id))
	})
	return idOf(id), err
}

// Definition returns the definition of a digest, or [store.ErrNotFound].
func (s *Store) Definition(ctx context.Context, digest string) ([]byte, error) {
	var definition []byte
	err := s.readAll(ctx, "definition", func() error {
		var stored int64
		if err := s.read.definition.QueryRowContext(ctx, digest).Scan(&definition, &stored); err != nil {
			return notFound(err)
		}
		if check(stored) != definitionCheck(digest, definition) {
			return fmt.Errorf("%w: definition %s", store.ErrCorrupt, digest)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return definition, nil
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	return err
}

// maxRecordBytes is how many bytes of records are read before they are passed on.
const maxRecordBytes = 1 << 20

// Records calls f with the records of an execution: see [store.Store]. The database is
// not being read while f runs.
func (s *Store) Records(ctx context.Context, id store.ID, after uint64, f func(version uint64, record []byte) bool) error {
	for {
		var records [][]byte
		err := s.readAll(ctx, "records", func() (err error) {
			records, err = s.recordPage(ctx, id, after)
			return err
		})
		for _, record := range records {
			after++
			if !f(after, record) {
				return nil
			}
		}
		if err != nil || len(records) == 0 {
			return err
		}
	}
}

// recordPage returns the next records after a version. Those before a damaged one come
// with the error.
func (s *Store) recordPage(ctx context.Context, id store.ID, after uint64) ([][]byte, error) {
	if after > math.MaxInt64 {
		return nil, nil
	}
	var last int64 // read first: what is committed meanwhile comes on top
	if err := s.read.version.QueryRowContext(ctx, id[:]).Scan(&last); err != nil {
		return nil, err
	}
	rows, err := s.read.records.QueryContext(ctx, id[:], int64(after))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var records [][]byte
	var row recordRow
	for size := 0; size < maxRecordBytes && rows.Next(); size += len(row.record) {
		next := after + uint64(len(records)) + 1
		if err := row.scanRecord(rows); err != nil {
			return records, err
		}
		if uint64(row.version) != next {
			return records, &CorruptError{ID: id, Version: next, Part: "record"}
		}
		records = append(records, row.record)
	}
	if err := rows.Err(); err != nil {
		return records, err
	}
	if len(records) == 0 && after < uint64(last) {
		return nil, s.checkDeleted(ctx, id, after)
	}
	return records, nil
}

// checkDeleted returns an error if the records after a version are missing although
// the execution has not been deleted.
func (s *Store) checkDeleted(ctx context.Context, id store.ID, after uint64) error {
	var last int64
	err := s.read.version.QueryRowContext(ctx, id[:]).Scan(&last)
	if err == nil && uint64(last) > after {
		err = &CorruptError{ID: id, Version: after + 1, Part: "record"}
	}
	return err
}
