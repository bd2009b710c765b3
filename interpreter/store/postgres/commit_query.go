package postgres

import (
	"strconv"
	"strings"
)

// shape says what the changes of a group have. The parts of the statement that it does
// not need are left out: the server would parse and plan them each time.
type shape uint

const (
	withHeads     shape = 1 << iota
	withCreations       // version 1; withHeads too
	withSnapshots
	withPosts
	shapeBits = iota
)

func (sh shape) has(part shape) bool { return sh&part != 0 }

// Outcomes of a change in commitQuery. The change is stored if it is the next version
// and all others of the call are stored or repeated.
const (
	outcomeNext = iota
	outcomeRepeated
	outcomeVersion // conflict
	outcomeName    // conflict
	outcomeMoved   // fields differ that do not change
)

// column is an argument of commitQuery: an array with an element for each change.
type column struct{ name, sqlType string }

var (
	baseColumns = []column{{"id", "uuid"}, {"version", "bigint"}, {"version_crc", "integer"}}
	headColumn  = []column{{"has_head", "boolean"}, {"namespace", "text"}, {"machine", "text"}, {"name", "text"}, {"digest", "text"},
		{"status", "smallint"}, {"started", "bigint"}, {"ended", "bigint"}, {"due", "bigint"}, {"parent", "uuid"},
		{"tags", "text[]::jsonb"}, {"parked", "text"}, {"head_crc", "integer"}, {"owner", "bigint"}, {"is_twin", "boolean"}}
	snapshotColumn = []column{{"has_snapshot", "boolean"}}
)

// columns returns the first arguments, which are read together.
func (sh shape) columns() []column {
	all := baseColumns[:len(baseColumns):len(baseColumns)]
	if sh.has(withHeads) {
		all = append(all, headColumn...)
	}
	if sh.has(withSnapshots) {
		all = append(all, snapshotColumn...)
	}
	return all
}

// commitQuery returns the statement that stores the changes of a call, or none if there
// is a conflict, whose rows it returns. It sees the executions as they were when it
// began. If another transaction is faster, it fails with a unique violation or, because
// fewer rows were changed than should be, with a division by zero, and must be run
// again. Records are not in the CTEs, which would copy them.
//
// The arguments are the columns, then records and their CRCs, then ids, snapshots and
// their CRCs if there are any, then ids and numbers of posts if there are any.
func (sh shape) commitQuery() string {
	replacements := []string{}
	var arguments, names strings.Builder
	n := 0
	for _, c := range sh.columns() {
		n++
		arguments.WriteString("$" + strconv.Itoa(n) + "::" + c.sqlType + "[], ")
		names.WriteString(c.name + ", ")
	}
	for _, name := range sh.extraArguments() {
		n++
		replacements = append(replacements, "$"+name, "$"+strconv.Itoa(n))
	}
	replacements = append(replacements, "$columns", strings.TrimSuffix(arguments.String(), ", "), "$names", names.String())
	return strings.NewReplacer(replacements...).Replace(sh.commitTemplate())
}

// extraArguments returns what commitTemplate calls the arguments after the columns.
func (sh shape) extraArguments() []string {
	names := []string{"records", "recordCRCs"}
	if sh.has(withSnapshots) {
		names = append(names, "snapshotIDs", "snapshots", "snapshotCRCs")
	}
	if sh.has(withPosts) {
		names = append(names, "postIDs", "postNumbers")
	}
	return names
}

func (sh shape) commitTemplate() string {
	// part returns sql if the shape has what it is for.
	part := func(of shape, sql string) string {
		if sh.has(of) {
			return sql
		}
		return ""
	}
	firstSince, applied := "0", "0"
	if sh.has(withSnapshots) {
		firstSince = "CASE WHEN has_snapshot THEN version ELSE 0 END"
	}
	if sh.has(withPosts) {
		applied = `(SELECT count(*) FROM gostates.posts p JOIN unnest($postIDs::uuid[], $postNumbers::bigint[]) AS u(id, number)
			ON p.id = u.id AND p.number = u.number WHERE p.id = c.id)`
	}
	return `
WITH seen AS MATERIALIZED (
	SELECT c.*, ` + applied + ` AS applied, CASE
		WHEN e.version >= c.version AND EXISTS (
			SELECT FROM gostates.records r WHERE r.id = c.id AND r.version = c.version AND r.record = ($records::bytea[])[c.place]) THEN 1
		WHEN c.version <> coalesce(e.version, 0) + 1 THEN 2` +
		part(withCreations, `
		WHEN e.id IS NULL AND (c.is_twin OR EXISTS (
			SELECT FROM gostates.executions n WHERE n.namespace = c.namespace AND n.machine = c.machine AND n.name = c.name)) THEN 3`) +
		part(withHeads, `
		WHEN e.id IS NOT NULL AND c.has_head AND (e.namespace, e.machine, e.name, e.started, e.parent, e.tags)
			IS DISTINCT FROM (c.namespace, c.machine, c.name, c.started, c.parent, c.tags) THEN 4`) + `
		ELSE 0 END AS outcome
	FROM unnest($columns) WITH ORDINALITY AS c($names place) LEFT JOIN gostates.executions e ON e.id = c.id
), fresh AS MATERIALIZED (
	SELECT * FROM seen WHERE outcome = 0 AND NOT EXISTS (SELECT FROM seen WHERE outcome > 1)
)` +
		part(withPosts, `, removed AS (
	DELETE FROM gostates.posts p USING unnest($postIDs::uuid[], $postNumbers::bigint[]) AS u(id, number), fresh f
	WHERE p.id = u.id AND p.number = u.number AND f.id = p.id
)`) +
		part(withCreations, `, created AS (
	INSERT INTO gostates.executions (id, namespace, machine, name, digest, version, since, status, started, ended, head_due,
		owner, parent, tags, parked, version_crc, head_crc)
	SELECT id, namespace, machine, name, digest, version, `+firstSince+`, status, started, ended, due,
		owner, parent, tags, parked, version_crc, head_crc
	FROM fresh WHERE version = 1
	RETURNING owner
)`) + `, advanced AS (
	UPDATE gostates.executions e SET version = f.version, version_crc = f.version_crc` +
		part(withSnapshots, `, since = CASE WHEN f.has_snapshot THEN f.version ELSE e.since END`) +
		part(withPosts, `, posts = e.posts - f.applied`) +
		part(withHeads, `,
		digest = CASE WHEN f.has_head THEN f.digest ELSE e.digest END,
		status = CASE WHEN f.has_head THEN f.status ELSE e.status END,
		ended = CASE WHEN f.has_head THEN f.ended ELSE e.ended END,
		head_due = CASE WHEN f.has_head THEN f.due ELSE e.head_due END,
		parked = CASE WHEN f.has_head THEN f.parked ELSE e.parked END,
		head_crc = CASE WHEN f.has_head THEN f.head_crc ELSE e.head_crc END`) + `
	FROM fresh f WHERE e.id = f.id AND f.version > 1 AND e.version = f.version - 1
	RETURNING e.id
), recorded AS (
	INSERT INTO gostates.records (id, version, record, crc)
	SELECT f.id, f.version, u.record, u.crc
	FROM unnest($records::bytea[], $recordCRCs::integer[]) WITH ORDINALITY AS u(record, crc, place) JOIN fresh f ON f.place = u.place
)` +
		part(withSnapshots, `, snapped AS (
	INSERT INTO gostates.snapshots AS s (id, version, snapshot, crc)
	SELECT u.id, f.version, u.snapshot, u.crc
	FROM unnest($snapshotIDs::uuid[], $snapshots::bytea[], $snapshotCRCs::integer[]) AS u(id, snapshot, crc) JOIN fresh f ON f.id = u.id
	ON CONFLICT (id) DO UPDATE SET version = excluded.version, snapshot = excluded.snapshot, crc = excluded.crc
)`) + `
SELECT id, outcome, NULL, NULL FROM seen WHERE outcome > 1
UNION ALL
SELECT NULL, 1 / ((SELECT count(*) FROM advanced)` + part(withCreations, ` + (SELECT count(*) FROM created)`) + ` = (SELECT count(*) FROM fresh))::integer,
	` + raiseDurability + `, ` + notifyCreated(sh)
}

// notifyCreated returns a column that tells owners of executions that none has.
func notifyCreated(sh shape) string {
	if !sh.has(withCreations) {
		return "NULL"
	}
	return `CASE WHEN EXISTS (SELECT FROM created WHERE owner = 0) AND EXISTS (SELECT FROM gostates.owners)
		THEN pg_notify('gostates', gostates_schema)::text END`
}
