package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// headRow is a row of headColumns, and with more columns a row of stateColumns.
type headRow struct {
	id                               *[16]byte
	due                              int64
	version                          int64
	versionCheck                     int32
	namespace, machine, name, digest string
	status                           int16
	started                          int64
	ended                            *int64
	headDue                          int64
	parent                           *[16]byte
	tags, parked                     *string
	check                            int32

	since           int64
	snapshotVersion *int64
	snapshot        []byte
	snapshotCheck   *int32
	records         [][]byte
	recordChecks    []int32
}

func (r *headRow) targets() []any {
	return []any{&r.id, &r.due, &r.version, &r.versionCheck, &r.namespace, &r.machine, &r.name, &r.digest, &r.status, &r.started,
		&r.ended, &r.headDue, &r.parent, &r.tags, &r.parked, &r.check}
}

func (r *headRow) stateTargets() []any {
	return append(r.targets(), &r.since, &r.snapshotVersion, &r.snapshot, &r.snapshotCheck, &r.records, &r.recordChecks)
}

func (r *headRow) damaged(part string, version uint64) error {
	return &CorruptError{ID: *r.id, Version: version, Part: part}
}

func stringOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// decodeHead returns the head of a row whose checks are right.
func (r *headRow) decodeHead() (store.Head, error) {
	id := store.ID(*r.id)
	if check(r.versionCheck) != versionCheck(&id, uint64(r.version)) {
		return store.Head{}, r.damaged("version", uint64(r.version))
	}
	h := store.Head{
		Namespace: r.namespace,
		Machine:   r.machine,
		Name:      r.name,
		Digest:    r.digest,
		Status:    machine.Status(r.status),
		Started:   timeOf(r.started),
		Parked:    stringOf(r.parked),
		Due:       r.headDue,
	}
	if r.ended != nil {
		h.Ended = timeOf(*r.ended)
	}
	if r.parent != nil {
		h.Parent = *r.parent
	}
	if r.tags != nil {
		if err := json.Unmarshal([]byte(*r.tags), &h.Tags); err != nil {
			return h, r.damaged("head", uint64(r.version))
		}
	}
	if check(r.check) != headCheck(&id, &h, encodeTags(h.Tags)) || r.status != int16(h.Status) {
		return h, r.damaged("head", uint64(r.version))
	}
	return h, nil
}

// decodeState returns the state of a row. Its Due is the one that counts.
func (r *headRow) decodeState() (st store.State, err error) {
	if st.Head, err = r.decodeHead(); err != nil {
		return st, err
	}
	st.ID, st.Version, st.Since, st.Head.Due = *r.id, uint64(r.version), uint64(r.since), r.due
	if st.Since > 0 {
		if r.snapshotVersion == nil || *r.snapshotVersion != r.since || st.Since > st.Version ||
			check(*r.snapshotCheck) != contentCheck(&st.ID, st.Since, r.snapshot) {
			return st, r.damaged("snapshot", st.Since)
		}
		st.Snapshot = r.snapshot
	}
	for i, record := range r.records {
		version := st.Since + uint64(i) + 1
		if check(r.recordChecks[i]) != contentCheck(&st.ID, version, record) {
			return st, r.damaged("record", version)
		}
	}
	if next := st.Since + uint64(len(r.records)) + 1; next <= st.Version {
		return st, r.damaged("record", next)
	}
	st.Records = r.records
	return st, nil
}

// Load returns an execution, [store.ErrNotFound], or a [*CorruptError] if the part
// that is needed to continue it is damaged.
func (s *Store) Load(ctx context.Context, id store.ID) (*store.State, error) {
	st, err := s.loadState(ctx, id)
	if err != nil {
		return nil, describeError("load", err)
	}
	return &st, nil
}

func (s *Store) loadState(ctx context.Context, id store.ID) (st store.State, err error) {
	found := false
	err = s.query(ctx, s.pool, s.queries.load, []any{[16]byte(id)}, func(rows pgx.Rows) (err error) {
		found = true
		var row headRow
		if err := rows.Scan(row.stateTargets()...); err != nil {
			return err
		}
		st, err = row.decodeState()
		return err
	})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return st, err
}

// Due returns executions that are due: see [store.Store]. State.Err of a damaged one
// is a [*CorruptError].
func (s *Store) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	if limit <= 0 {
		return nil, ctx.Err()
	}
	if after == (store.Place{}) {
		after.Due = math.MinInt64
	}
	var page []store.State
	err := s.query(ctx, s.pool, s.queries.due, []any{after.Due, [16]byte(after.ID), until, limit}, func(rows pgx.Rows) error {
		var row headRow
		err := rows.Scan(row.stateTargets()...)
		if err == nil {
			page = append(page, row.decodePart())
		}
		return err
	})
	return page, describeError("due", err)
}

// decodePart returns the state of a row, or one with its error.
func (r *headRow) decodePart() store.State {
	st, err := r.decodeState()
	if err != nil {
		return damagedState(*r.id, r.due, err)
	}
	return st
}

func damagedState(id store.ID, due int64, err error) store.State {
	return store.State{ID: id, Head: store.Head{Due: due}, Err: err}
}

// Find returns the ID of the execution with a name, or [store.ErrNotFound].
func (s *Store) Find(ctx context.Context, namespace, machine, name string) (store.ID, error) {
	if !isText(namespace) || !isText(machine) || !isText(name) {
		return store.ID{}, store.ErrNotFound
	}
	err := store.ErrNotFound
	var id [16]byte
	queryErr := s.query(ctx, s.pool, s.queries.find, []any{namespace, machine, name}, func(rows pgx.Rows) error {
		err = nil
		return rows.Scan(&id)
	})
	if queryErr != nil {
		err = queryErr
	}
	return id, describeError("find", err)
}

// Definition returns the definition of a digest, or [store.ErrNotFound].
func (s *Store) Definition(ctx context.Context, digest string) ([]byte, error) {
	if !isText(digest) {
		return nil, store.ErrNotFound
	}
	err := store.ErrNotFound
	var definition []byte
	queryErr := s.query(ctx, s.pool, s.queries.definition, []any{digest}, func(rows pgx.Rows) error {
		var stored int32
		if err = rows.Scan(&definition, &stored); err == nil && check(stored) != definitionCheck(digest, definition) {
			err = fmt.Errorf("%w: definition %s", store.ErrCorrupt, digest)
		}
		return err
	})
	if queryErr != nil {
		err = queryErr
	}
	if err != nil {
		return nil, describeError("definition", err)
	}
	return definition, nil
}

// Records calls f with the records of an execution: see [store.Store]. No connection is
// in use while f runs.
func (s *Store) Records(ctx context.Context, id store.ID, after uint64, f func(version uint64, record []byte) bool) error {
	for after <= math.MaxInt64 {
		records, err := s.recordPage(ctx, id, after)
		for _, record := range records {
			after++
			if !f(after, record) {
				return nil
			}
		}
		if err != nil || len(records) == 0 {
			return describeError("records", err)
		}
	}
	return ctx.Err()
}

// recordPage returns the next records after a version. Those before a damaged one come
// with the error.
func (s *Store) recordPage(ctx context.Context, id store.ID, after uint64) (records [][]byte, err error) {
	var damaged error
	err = s.query(ctx, s.pool, s.queries.record, []any{[16]byte(id), int64(after)}, func(rows pgx.Rows) error {
		var last int64
		var version *int64
		var record []byte
		var stored *int32
		if err := rows.Scan(&last, &version, &record, &stored); err != nil {
			return err
		}
		next := after + uint64(len(records)) + 1
		switch {
		case damaged != nil, version == nil && uint64(last) <= after:
		case version == nil, uint64(*version) != next, check(*stored) != contentCheck(&id, next, record):
			damaged = &CorruptError{ID: id, Version: next, Part: "record"}
		default:
			records = append(records, record)
		}
		return nil
	})
	return records, errors.Join(err, damaged)
}
