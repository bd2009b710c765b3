-- Records of the Step Functions API: state machines, versions, aliases, tags, activities.
CREATE TABLE gostates_registry (
	key    TEXT NOT NULL UNIQUE,
	record BLOB NOT NULL, -- JSON
	crc    INTEGER NOT NULL -- of key and record
) STRICT;
