-- The names have no schema: the search_path must begin with the one of the store.

-- Leases of processes. An owner without a row, or whose lease has expired, has nothing.
CREATE TABLE owners (
	number  bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	expires timestamptz NOT NULL
);

CREATE TABLE definitions (
	digest     text COLLATE "C" PRIMARY KEY,
	definition bytea NOT NULL,
	crc        integer NOT NULL -- of digest, definition
);

CREATE TABLE executions (
	id          uuid PRIMARY KEY,
	namespace   text COLLATE "C" NOT NULL,
	machine     text COLLATE "C" NOT NULL, -- ARN
	name        text COLLATE "C" NOT NULL,
	digest      text COLLATE "C" NOT NULL, -- of definitions
	version     bigint NOT NULL, -- of the last record
	since       bigint NOT NULL, -- version of the snapshot; 0: there is none
	status      smallint NOT NULL, -- 0 RUNNING, 1 SUCCEEDED, 2 FAILED, 3 TIMED_OUT, 4 ABORTED
	started     bigint NOT NULL, -- nanoseconds since 1970, as all times
	ended       bigint,
	head_due    bigint NOT NULL, -- 0: now; 9223372036854775807: never
	posts       integer NOT NULL DEFAULT 0, -- rows of posts
	due         bigint NOT NULL GENERATED ALWAYS AS (CASE WHEN posts > 0 THEN 0 ELSE head_due END) STORED,
	owner       bigint NOT NULL, -- of owners; 0: none
	parent      uuid,
	tags        jsonb, -- an object of strings
	parked      text COLLATE "C",
	version_crc integer NOT NULL, -- of id, version
	head_crc    integer NOT NULL, -- of id and all columns but version, since, posts, due, owner
	CONSTRAINT executions_name UNIQUE (namespace, machine, name)
) WITH (
	fillfactor = 80, -- most updates change no index and find room on their page
	autovacuum_vacuum_scale_factor = 0.05
);

CREATE INDEX executions_due ON executions (owner, due, id) WHERE due < 9223372036854775807;
CREATE INDEX executions_started ON executions (started, id);
CREATE INDEX executions_machine ON executions (machine, started, id);
CREATE INDEX executions_ended ON executions (ended) WHERE status > 0;
CREATE INDEX executions_parent ON executions (parent, started, id) WHERE parent IS NOT NULL;
CREATE INDEX executions_parked ON executions (started, id) WHERE parked IS NOT NULL;
CREATE INDEX executions_tags ON executions USING gin (tags jsonb_path_ops) WHERE tags IS NOT NULL;

CREATE TABLE records (
	id      uuid NOT NULL,
	version bigint NOT NULL,
	record  bytea NOT NULL,
	crc     integer NOT NULL, -- of id, version, record
	PRIMARY KEY (id, version)
);

CREATE TABLE snapshots (
	id       uuid PRIMARY KEY,
	version  bigint NOT NULL, -- the state after this version
	snapshot bytea NOT NULL,
	crc      integer NOT NULL -- of id, version, snapshot
) WITH (fillfactor = 80);

-- Events that were left for an execution that another process has.
CREATE TABLE posts (
	id     uuid NOT NULL,
	number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
	event  bytea NOT NULL,
	PRIMARY KEY (id, number)
);
