package postgres

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// List returns a page of heads: see [store.Store]. Damaged heads are left out, and a
// [*CorruptError] for each comes with the page.
func (s *Store) List(ctx context.Context, q store.Query) ([]store.Listed, error) {
	if q.Limit <= 0 {
		q.Limit = store.DefaultLimit
	}
	where := selectHeads(&q)
	if q.After != nil {
		where.require("(e.started, e.id) < (", where.bind(nanoseconds(q.After.Started)), "::bigint, ", where.bind([16]byte(q.After.ID)), "::uuid)")
	}
	sql := "SELECT " + headColumns + " FROM gostates.executions e" + where.clause() +
		" ORDER BY e.started DESC, e.id DESC LIMIT " + where.bind(q.Limit)
	var page []store.Listed
	var damaged error
	err := s.query(ctx, s.pool, qualify(s.options.Schema, sql), where.args, func(rows pgx.Rows) error {
		var row headRow
		if err := rows.Scan(row.targets()...); err != nil {
			return err
		}
		head, err := row.decodeHead()
		if err != nil {
			damaged = errors.Join(damaged, err)
			return nil
		}
		page = append(page, store.Listed{ID: *row.id, Head: head})
		return nil
	})
	return page, describeError("list", errors.Join(err, damaged))
}

// Count returns the number of executions by status: see [store.Store]. It looks at
// all that q selects.
func (s *Store) Count(ctx context.Context, q store.Query) (map[machine.Status]int64, error) {
	where := selectHeads(&q)
	sql := "SELECT e.status, count(*) FROM gostates.executions e" + where.clause() + " GROUP BY e.status"
	counts := map[machine.Status]int64{}
	err := s.query(ctx, s.pool, qualify(s.options.Schema, sql), where.args, func(rows pgx.Rows) error {
		var status int16
		var n int64
		err := rows.Scan(&status, &n)
		counts[machine.Status(status)] += n
		return err
	})
	if err != nil {
		return nil, describeError("count", err)
	}
	return counts, nil
}

// selection is a Query as conditions of SQL.
type selection struct {
	where []string
	args  []any
}

// bind adds a parameter and returns its name.
func (s *selection) bind(value any) string {
	s.args = append(s.args, value)
	return "$" + strconv.Itoa(len(s.args))
}

func (s *selection) require(condition ...string) {
	s.where = append(s.where, strings.Join(condition, ""))
}

// bindText is bind for a string. No row has one that PostgreSQL cannot store.
func (s *selection) bindText(value string) string {
	if !isText(value) {
		s.require("false")
		value = ""
	}
	return s.bind(value) + "::text"
}

func (s *selection) clause() string {
	if len(s.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(s.where, " AND ")
}

// selectHeads returns the conditions of a query but for the place.
func selectHeads(q *store.Query) *selection {
	s := &selection{}
	if q.Namespace != nil {
		s.require("e.namespace = ", s.bindText(*q.Namespace))
	}
	if q.Machine != "" {
		s.require("e.machine = ", s.bindText(q.Machine))
	}
	if q.NamePrefix != "" {
		s.require("starts_with(e.name, ", s.bindText(q.NamePrefix), ")")
	}
	if len(q.Tags) > 0 {
		s.require("e.tags @> ", s.bindText(selectTags(q.Tags)), "::jsonb")
	}
	if q.Parent != (store.ID{}) {
		s.require("e.parent = ", s.bind([16]byte(q.Parent)), "::uuid")
	}
	if q.Parked {
		s.require("e.parked IS NOT NULL")
	}
	if !q.StartedFrom.IsZero() {
		s.require("e.started >= ", s.bind(nanoseconds(q.StartedFrom)), "::bigint")
	}
	if !q.StartedTo.IsZero() {
		s.require("e.started < ", s.bind(nanoseconds(q.StartedTo)), "::bigint")
	}
	if len(q.Status) > 0 {
		statuses := make([]string, len(q.Status))
		for i, status := range q.Status {
			statuses[i] = strconv.Itoa(int(status))
		}
		s.require("e.status IN (", strings.Join(statuses, ", "), ")")
	}
	if !q.EndedBefore.IsZero() {
		s.require("e.status > 0 AND coalesce(e.ended, -9223372036854775808) < ", s.bind(nanoseconds(q.EndedBefore)), "::bigint")
	}
	return s
}

// selectTags returns tags as JSON, or a string that is not text if no execution has
// them.
func selectTags(tags map[string]string) string {
	for key, value := range tags { // in any order
		if !isText(key) || !isText(value) {
			return "\x00"
		}
	}
	return encodeTags(tags)
}
