package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// List returns a page of heads: see [store.Store]. Damaged heads are left out, and a
// [*CorruptError] for each comes with the page.
func (s *Store) List(ctx context.Context, q store.Query) ([]store.Listed, error) {
	if q.Limit <= 0 {
		q.Limit = store.DefaultLimit
	}
	var page []store.Listed
	err := s.readAll(ctx, "list", func() (err error) {
		page, err = s.listPage(ctx, &q)
		return err
	})
	return page, err
}

// Count returns the number of executions by status: see [store.Store]. If q selects by
// namespace, machine and status only, it reads the numbers that Commit keeps;
// otherwise it looks at the executions.
func (s *Store) Count(ctx context.Context, q store.Query) (map[machine.Status]int64, error) {
	var counts map[machine.Status]int64
	err := s.readAll(ctx, "count", func() (err error) {
		counts = map[machine.Status]int64{}
		if isCounted(&q) {
			return s.readCounts(ctx, &q, counts)
		}
		return s.countRows(ctx, &q, counts)
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

// isCounted reports whether gostates_counts has what q asks for.
func isCounted(q *store.Query) bool {
	return q.NamePrefix == "" && q.Parent == (store.ID{}) && len(q.Tags) == 0 && !q.Parked &&
		q.StartedFrom.IsZero() && q.StartedTo.IsZero() && q.EndedBefore.IsZero()
}

func selectsMachine(q *store.Query, namespace, machine string) bool {
	return (q.Namespace == nil || *q.Namespace == namespace) && (q.Machine == "" || q.Machine == machine)
}

func (s *Store) readCounts(ctx context.Context, q *store.Query, counts map[machine.Status]int64) error {
	query := func() (*sql.Rows, error) { return s.read.counts.QueryContext(ctx) }
	return readRows(query, func(rows *sql.Rows) error {
		var namespace, arn string
		var status machine.Status
		var n int64
		if err := rows.Scan(&namespace, &arn, &status, &n); err != nil {
			return err
		}
		if n > 0 && selectsMachine(q, namespace, arn) && (len(q.Status) == 0 || slices.Contains(q.Status, status)) {
			counts[status] += n
		}
		return nil
	})
}

func (s *Store) countRows(ctx context.Context, q *store.Query, counts map[machine.Status]int64) error {
	from, where := selectHeads(q)
	where.requireMachine(q)
	where.requireStatus(q.Status)
	text := "SELECT e.status, count(*) FROM " + from.table + where.clause() + " GROUP BY e.status"
	query := func() (*sql.Rows, error) { return s.reader.QueryContext(ctx, text, where.args...) }
	return readRows(query, func(rows *sql.Rows) error {
		var status machine.Status
		var n int64
		if err := rows.Scan(&status, &n); err != nil {
			return err
		}
		counts[status] += n
		return nil
	})
}

// maxTerms is how many indexed ranges one statement reads and merges.
const maxTerms = 100

func (s *Store) listPage(ctx context.Context, q *store.Query) ([]store.Listed, error) {
	from, where := selectHeads(q)
	if q.After != nil {
		where.require("(e.started, e.id) < (", where.bind(nanoseconds(q.After.Started)), ", ", where.bind(q.After.ID[:]), ")")
	}
	if from.narrow {
		where.requireMachine(q)
		where.requireStatus(q.Status)
		return s.readPage(ctx, q.Limit, from, where, []string{""})
	}
	machines, err := s.selectMachines(ctx, q)
	if err != nil {
		return nil, err
	}
	// An index lists the executions of a machine by start: a range for each.
	from, terms := machineRanges(q, machines, where)
	var page []store.Listed
	var errs []error
	for chunk := range slices.Chunk(terms, maxTerms) {
		part, err := s.readPage(ctx, q.Limit, from, where, chunk)
		if err != nil && !errors.Is(err, store.ErrCorrupt) {
			return nil, err
		}
		page, errs = append(page, part...), append(errs, err)
	}
	if len(terms) > maxTerms {
		slices.SortFunc(page, store.Listed.Compare)
		page = page[:min(len(page), q.Limit)]
	}
	return page, errors.Join(errs...)
}

func (s *Store) selectMachines(ctx context.Context, q *store.Query) (numbers []int64, err error) {
	query := func() (*sql.Rows, error) { return s.read.machines.QueryContext(ctx) }
	err = readRows(query, func(rows *sql.Rows) error {
		var number int64
		var namespace, arn string
		if err := rows.Scan(&number, &namespace, &arn); err != nil {
			return err
		}
		if selectsMachine(q, namespace, arn) {
			numbers = append(numbers, number)
		}
		return nil
	})
	return numbers, err
}

// machineRanges returns the conditions of each range of an index that is read for q.
// Few executions have ended or very many: an index of their own has them by status.
func machineRanges(q *store.Query, machines []int64, where *selection) (from source, terms []string) {
	ended := q.Status
	if len(ended) == 0 && !q.EndedBefore.IsZero() {
		ended = []machine.Status{machine.Succeeded, machine.Failed, machine.TimedOut, machine.Aborted}
	}
	useEnded := len(ended) > 0 && !slices.Contains(ended, machine.Running)
	if !useEnded {
		where.requireStatus(q.Status)
	}
	for _, number := range machines {
		term := "e.machine = " + strconv.FormatInt(number, 10)
		if !useEnded {
			terms = append(terms, term)
			continue
		}
		for i, status := range ended {
			if !slices.Contains(ended[:i], status) {
				terms = append(terms, term+" AND e.status > 0 AND e.status = "+strconv.Itoa(int(status)))
			}
		}
	}
	from.table = "gostates_executions e INDEXED BY gostates_executions_started"
	if useEnded {
		from.table = "gostates_executions e INDEXED BY gostates_executions_ended"
	}
	return from, terms
}

// readPage reads the first heads of all ranges together.
func (s *Store) readPage(ctx context.Context, limit int, from source, where *selection, terms []string) ([]store.Listed, error) {
	n := where.bind(limit)
	const order = " ORDER BY started DESC, id DESC LIMIT "
	var text strings.Builder
	text.WriteString("SELECT " + headColumns + " FROM (")
	for i, term := range terms {
		if i > 0 {
			text.WriteString(" UNION ALL ")
		}
		conditions := selection{where: where.where}
		if term != "" {
			conditions.where = append(slices.Clip(conditions.where), term)
		}
		text.WriteString("SELECT * FROM (SELECT e.started, e.id FROM " + from.table + conditions.clause() +
			" ORDER BY " + from.order("started") + " DESC, " + from.order("id") + " DESC LIMIT " + n + ")")
	}
	text.WriteString(order + n + ") p CROSS JOIN gostates_executions e ON e.id = p.id" + headJoins + " ORDER BY p.started DESC, p.id DESC")
	args := where.args
	where.args = where.args[:len(where.args)-1]

	var page []store.Listed
	var errs []error
	query := func() (*sql.Rows, error) { return s.reader.QueryContext(ctx, text.String(), args...) }
	err := readRows(query, func(rows *sql.Rows) error {
		var row headRow
		err := rows.Scan(row.targets()...)
		if err != nil {
			err = row.damaged("head", row.version)
		}
		l := store.Listed{ID: idOf(row.id)}
		if err == nil {
			l.Head, err = row.decodeHead()
		}
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		page = append(page, l)
		return nil
	})
	return page, errors.Join(append(errs, err)...)
}

// source is where the executions of a query are read from.
type source struct {
	table  string // "e" is gostates_executions in it
	tags   bool   // "t" is gostates_tags in it, which has the order
	narrow bool   // few executions are in it
}

// order returns the column that a list is ordered by.
func (s source) order(column string) string {
	if s.tags {
		return "t." + column
	}
	return "e." + column
}

// selection is a Query as conditions of SQL.
type selection struct {
	where []string
	args  []any
}

// bind adds a parameter and returns its name.
func (s *selection) bind(value any) string {
	s.args = append(s.args, value)
	return "?" + strconv.Itoa(len(s.args))
}

func (s *selection) require(condition ...string) {
	s.where = append(s.where, strings.Join(condition, ""))
}

func (s *selection) clause() string {
	if len(s.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(s.where, " AND ")
}

// requireMachine adds the namespace and the machine of a query.
func (s *selection) requireMachine(q *store.Query) {
	machines := selection{args: s.args}
	if q.Namespace != nil {
		machines.require("namespace = ", machines.bind(*q.Namespace))
	}
	if q.Machine != "" {
		machines.require("machine = ", machines.bind(q.Machine))
	}
	s.args = machines.args
	if len(machines.where) > 0 {
		s.require("e.machine IN (SELECT number FROM gostates_machines", machines.clause(), ")")
	}
}

func (s *selection) requireStatus(statuses []machine.Status) {
	if len(statuses) == 0 {
		return
	}
	numbers := make([]string, len(statuses))
	for i, status := range statuses {
		numbers[i] = strconv.Itoa(int(status))
	}
	s.require("e.status IN (", strings.Join(numbers, ", "), ")")
}

// selectHeads returns where the executions of a query are read from, and its
// conditions but for machine, status and place.
func selectHeads(q *store.Query) (source, *selection) {
	from := source{table: "gostates_executions e"}
	s := &selection{}
	for i, key := range slices.Sorted(maps.Keys(q.Tags)) {
		tag := []string{"t.key = ", s.bind(key), " AND t.value = ", s.bind(q.Tags[key])}
		if i == 0 {
			from = source{table: "gostates_tags t CROSS JOIN gostates_executions e ON e.id = t.id", tags: true, narrow: true}
			s.require(tag...)
			continue
		}
		s.require("EXISTS (SELECT 1 FROM gostates_tags t WHERE ", strings.Join(tag, ""), " AND t.started = e.started AND t.id = e.id)")
	}
	if q.Parent != (store.ID{}) {
		from.narrow = true
		s.require("e.parent = ", s.bind(q.Parent[:]))
	}
	if q.Parked {
		from.narrow = true
		s.require("e.parked IS NOT NULL")
	}
	if q.NamePrefix != "" {
		prefix := s.bind([]byte(q.NamePrefix))
		s.require("substr(CAST((SELECT name FROM gostates_names n WHERE n.id = e.id) AS BLOB), 1, length(", prefix, ")) = ", prefix)
	}
	if !q.StartedFrom.IsZero() {
		s.require("e.started >= ", s.bind(nanoseconds(q.StartedFrom)))
	}
	if !q.StartedTo.IsZero() {
		s.require("e.started < ", s.bind(nanoseconds(q.StartedTo)))
	}
	if !q.EndedBefore.IsZero() {
		s.require("e.status > 0 AND ifnull(e.ended, -9223372036854775808) < ", s.bind(nanoseconds(q.EndedBefore)))
	}
	return from, s
}
