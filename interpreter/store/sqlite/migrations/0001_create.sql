-- Numbers stand for strings that many executions share.
CREATE TABLE gostates_machines (
	number    INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	machine   TEXT NOT NULL, -- ARN
	UNIQUE (namespace, machine)
) STRICT;

CREATE TABLE gostates_definitions (
	number     INTEGER PRIMARY KEY,
	digest     TEXT NOT NULL UNIQUE,
	definition BLOB, -- NULL until it is put
	crc        INTEGER
) STRICT;

CREATE TABLE gostates_executions (
	id         BLOB NOT NULL PRIMARY KEY, -- UUID, 16 bytes
	machine    INTEGER NOT NULL, -- gostates_machines.number
	own_name   TEXT, -- NULL: the name is the ID
	definition INTEGER NOT NULL, -- gostates_definitions.number
	version    INTEGER NOT NULL, -- of the last record
	since      INTEGER NOT NULL, -- version of the snapshot; 0: there is none
	status     INTEGER NOT NULL, -- 0 RUNNING, 1 SUCCEEDED, 2 FAILED, 3 TIMED_OUT, 4 ABORTED
	started    INTEGER NOT NULL, -- nanoseconds since 1970, as all times
	ended      INTEGER,
	due        INTEGER NOT NULL, -- 0: now; 9223372036854775807: never
	parent     BLOB,
	tags       TEXT, -- a JSON object
	parked     TEXT,
	version_crc INTEGER NOT NULL, -- of id and version
	head_crc    INTEGER NOT NULL -- of all other columns but since, and what their numbers stand for
) STRICT, WITHOUT ROWID;

-- A column of the table would be computed at every change of a row.
CREATE VIEW gostates_names AS SELECT id, ifnull(own_name, lower(substr(hex(id), 1, 8) || '-' || substr(hex(id), 9, 4) || '-' ||
	substr(hex(id), 13, 4) || '-' || substr(hex(id), 17, 4) || '-' || substr(hex(id), 21))) AS name FROM gostates_executions;

-- A name that is an ID is found by the ID. Others are never NULL here.
CREATE UNIQUE INDEX gostates_executions_name ON gostates_executions (machine, own_name) WHERE own_name IS NOT NULL;
CREATE INDEX gostates_executions_due ON gostates_executions (due, id) WHERE due < 9223372036854775807;
CREATE INDEX gostates_executions_started ON gostates_executions (machine, started, id);
CREATE INDEX gostates_executions_ended ON gostates_executions (machine, status, started, id, ended) WHERE status > 0;
CREATE INDEX gostates_executions_parent ON gostates_executions (parent, started, id) WHERE parent IS NOT NULL;
CREATE INDEX gostates_executions_parked ON gostates_executions (started, id) WHERE parked IS NOT NULL;

CREATE TABLE gostates_tags (
	key     TEXT NOT NULL,
	value   TEXT NOT NULL,
	started INTEGER NOT NULL,
	id      BLOB NOT NULL,
	PRIMARY KEY (key, value, started, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE gostates_records (
	id           BLOB NOT NULL,
	version      INTEGER NOT NULL,
	record       BLOB NOT NULL,
	crc          INTEGER NOT NULL, -- of id, version, record
	snapshot     BLOB, -- the state after version; only in the row of the latest snapshot
	snapshot_crc INTEGER, -- of id, version, snapshot
	PRIMARY KEY (id, version)
) STRICT, WITHOUT ROWID;

-- Counting a million rows takes a second, so each transaction adds what it has changed.
CREATE TABLE gostates_counts (
	machine    INTEGER NOT NULL,
	status     INTEGER NOT NULL,
	executions INTEGER NOT NULL,
	PRIMARY KEY (machine, status)
) STRICT, WITHOUT ROWID;

-- Events that the host has left for executions in its own transactions.
CREATE TABLE gostates_posts (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	id     BLOB NOT NULL, -- gostates_executions.id
	event  BLOB NOT NULL  -- with a CRC of its own
) STRICT;

CREATE INDEX gostates_posts_id ON gostates_posts (id);
