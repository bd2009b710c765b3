package postgres

// queries are the statements of a Store, whose names are qualified.
type queries struct {
	commit                              [1 << shapeBits]string // by shape
	putDefinition, delete               string
	load, due, find, definition, record string
	join, renew, leave, claim, release  string
	post, posted                        string
}

func qualifyQueries(schema string) queries {
	q := queries{
		putDefinition: qualify(schema, putDefinitionQuery),
		delete:        qualify(schema, deleteQuery),
		load:          qualify(schema, loadQuery),
		due:           qualify(schema, dueQuery),
		find:          qualify(schema, findQuery),
		definition:    qualify(schema, definitionQuery),
		record:        qualify(schema, recordsQuery),
		join:          qualify(schema, joinQuery),
		renew:         qualify(schema, renewQuery),
		leave:         qualify(schema, leaveQuery),
		claim:         qualify(schema, claimQuery),
		release:       qualify(schema, releaseQuery),
		post:          qualify(schema, postQuery),
		posted:        qualify(schema, postedQuery),
	}
	for sh := range shape(len(q.commit)) {
		q.commit[sh] = qualify(schema, sh.commitQuery())
	}
	return q
}

// raiseDurability is a column that makes this transaction wait for the disk.
const raiseDurability = `CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true) END`

const putDefinitionQuery = `
WITH put AS (
	INSERT INTO gostates.definitions (digest, definition, crc) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
)
SELECT ` + raiseDurability

// deleteQuery deletes executions that have ended, and all of the second list. It returns
// how many of these were changed meanwhile, so that they are left, and the IDs of
// those that have not ended.
const deleteQuery = `
WITH v AS MATERIALIZED (
	SELECT id, version, posts FROM gostates.executions WHERE id = ANY($1::uuid[]) AND status > 0 OR id = ANY($2::uuid[]) ORDER BY id
), gone AS (
	DELETE FROM gostates.executions e USING v
	WHERE e.id = v.id AND e.version = v.version AND e.posts = v.posts AND (e.status > 0 OR e.id = ANY($2::uuid[]))
	RETURNING e.id
), records AS (
	DELETE FROM gostates.records r USING gone WHERE r.id = gone.id
), snapshots AS (
	DELETE FROM gostates.snapshots s USING gone WHERE s.id = gone.id
), posts AS (
	DELETE FROM gostates.posts p USING gone WHERE p.id = gone.id
)
SELECT (SELECT count(*) FROM v) - (SELECT count(*) FROM gone),
	(SELECT array_agg(id) FROM gostates.executions WHERE id = ANY($1::uuid[]) AND NOT status > 0)`

// Columns of a head and of a state. Due is what counts for Due and Claim, head_due is
// the one of the head.
const (
	headColumns = `e.id, e.due, e.version, e.version_crc, e.namespace, e.machine, e.name, e.digest, e.status, e.started, e.ended,
	e.head_due, e.parent, e.tags::text, e.parked, e.head_crc`
	stateColumns = headColumns + `, e.since, s.version, s.snapshot, s.crc, r.records, r.crcs`
	stateJoins   = `
	LEFT JOIN gostates.snapshots s ON s.id = e.id AND e.since > 0
	LEFT JOIN LATERAL (
		SELECT array_agg(t.record) AS records, array_agg(t.crc) AS crcs FROM (
			SELECT record, crc FROM gostates.records WHERE id = e.id AND version > e.since AND version <= e.version ORDER BY version) t
	) r ON true`
)

const loadQuery = `SELECT ` + stateColumns + ` FROM gostates.executions e` + stateJoins + ` WHERE e.id = $1`

// presentOwners are the numbers that executions have that may be due, read by jumps
// through the index. There are few.
const presentOwners = `present AS (
	(SELECT owner FROM gostates.executions WHERE due < 9223372036854775807 ORDER BY owner LIMIT 1)
	UNION ALL
	SELECT (SELECT e.owner FROM gostates.executions e WHERE e.owner > p.owner AND e.due < 9223372036854775807 ORDER BY e.owner LIMIT 1)
	FROM present p WHERE p.owner IS NOT NULL
)`

const dueQuery = `
WITH RECURSIVE ` + presentOwners + `
SELECT ` + stateColumns + ` FROM (
	SELECT f.id FROM present p CROSS JOIN LATERAL (
		SELECT e.due, e.id FROM gostates.executions e
		WHERE e.owner = p.owner AND e.due < 9223372036854775807 AND (e.due, e.id) > ($1::bigint, $2::uuid) AND e.due <= $3
		ORDER BY e.due, e.id LIMIT $4) f
	ORDER BY f.due, f.id LIMIT $4
) f JOIN gostates.executions e ON e.id = f.id` + stateJoins + `
ORDER BY e.due, e.id`

const findQuery = `SELECT id FROM gostates.executions WHERE namespace = $1 AND machine = $2 AND name = $3`

const definitionQuery = `SELECT definition, crc FROM gostates.definitions WHERE digest = $1`

// recordsQuery returns the next records, about 1 MiB of them, each with the version of
// the execution.
const recordsQuery = `
SELECT e.version, r.version, r.record, r.crc FROM gostates.executions e LEFT JOIN LATERAL (
	SELECT t.version, t.record, t.crc FROM (
		SELECT version, record, crc, sum(octet_length(record)) OVER (ORDER BY version) - octet_length(record) AS before
		FROM (SELECT version, record, crc FROM gostates.records WHERE id = e.id AND version > $2 ORDER BY version LIMIT 256) n) t
	WHERE t.before < 1048576
) r ON true
WHERE e.id = $1 ORDER BY r.version`

const joinQuery = `
WITH gone AS (
	DELETE FROM gostates.owners WHERE expires <= clock_timestamp()
)
INSERT INTO gostates.owners (expires) VALUES (clock_timestamp() + $1::bigint * interval '1 microsecond') RETURNING number`

const renewQuery = `
UPDATE gostates.owners SET expires = clock_timestamp() + $2::bigint * interval '1 microsecond'
WHERE number = $1 AND expires > clock_timestamp() RETURNING true`

const leaveQuery = `
WITH gone AS (
	DELETE FROM gostates.owners WHERE number = $1
)
SELECT pg_notify('gostates', gostates_schema)::text`

// claimQuery returns a row of whether the lease is live, without an execution if none
// was claimed.
const claimQuery = `
WITH RECURSIVE ` + presentOwners + `, lease AS MATERIALIZED (
	SELECT EXISTS (SELECT FROM gostates.owners WHERE number = $1 AND expires > clock_timestamp()) AS live
), dead AS MATERIALIZED (
	SELECT p.owner FROM present p WHERE p.owner IS NOT NULL AND (SELECT live FROM lease)
	AND NOT EXISTS (SELECT FROM gostates.owners o WHERE o.number = p.owner AND o.expires > clock_timestamp())
), picked AS MATERIALIZED (
	SELECT f.id FROM dead d CROSS JOIN LATERAL (
		SELECT e.due, e.id FROM gostates.executions e
		WHERE e.owner = d.owner AND e.due < 9223372036854775807 AND e.due <= $2
		ORDER BY e.due, e.id LIMIT $3 FOR UPDATE SKIP LOCKED) f
	ORDER BY f.due, f.id LIMIT $3
), claimed AS (
	UPDATE gostates.executions e SET owner = $1 FROM picked p WHERE e.id = p.id RETURNING e.*
)
SELECT l.live, ` + stateColumns + ` FROM lease l LEFT JOIN claimed e ON true` + stateJoins + `
ORDER BY e.due, e.id`

const releaseQuery = `
WITH released AS (
	UPDATE gostates.executions SET owner = 0 WHERE owner = $1 AND id = ANY($2::uuid[]) RETURNING id
)
SELECT pg_notify('gostates', gostates_schema)::text WHERE EXISTS (SELECT FROM released)`

// postQuery returns no row if there is no such execution.
const postQuery = `
WITH target AS (
	UPDATE gostates.executions SET posts = posts + 1 WHERE id = $1 RETURNING id
), posted AS (
	INSERT INTO gostates.posts (id, event) SELECT id, $2::bytea FROM target
)
SELECT pg_notify('gostates', gostates_schema)::text, ` + raiseDurability + ` FROM target`

const postedQuery = `
SELECT l.live, p.id, p.number, p.event
FROM (SELECT EXISTS (SELECT FROM gostates.owners WHERE number = $1 AND expires > clock_timestamp()) AS live) l
LEFT JOIN LATERAL (
	SELECT p.id, p.number, p.event FROM gostates.posts p JOIN gostates.executions e ON e.id = p.id
	WHERE l.live AND e.owner = $1 AND p.number > $3 ORDER BY p.number LIMIT $2
) p ON true
ORDER BY p.number`
