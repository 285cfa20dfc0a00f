/*
 * Schema 5: artifacts, and questions to people.
 */
#include "store/schema_impl.h"

const char schema_5[] =
/*
 * Questions of runs; status: 1 pending, 2 submitted, 3 expired, 4 cancelled,
 * 5 not delivered.  Only a live run has pending ones: asks says how many.
 */
"CREATE TABLE interaction ("
"	run_no	INTEGER NOT NULL,"
"	id	TEXT NOT NULL,"
"	status	INTEGER NOT NULL CHECK (status BETWEEN 1 AND 5),"
"	processor TEXT NOT NULL,"
"	token	BLOB NOT NULL CHECK (length(token) = 32),"
"	attempt	INTEGER NOT NULL,"
"	request	TEXT NOT NULL,"
"	schema	TEXT,"
"	bot	TEXT,"
"	conversation TEXT,"
"	actor	TEXT,"
"	created	INTEGER NOT NULL,"
"	expires	INTEGER NOT NULL,"
"	ended	INTEGER,"
"	answer	TEXT,"
"	answered_by TEXT,"
"	reason	TEXT,"
"	PRIMARY KEY (run_no, id),"
"	CHECK ((status = 1) = (ended IS NULL))"
") STRICT, WITHOUT ROWID;"
"CREATE INDEX interaction_due ON interaction(expires) WHERE status = 1;"
"ALTER TABLE run_live ADD COLUMN asks INTEGER NOT NULL DEFAULT 0"
"	CHECK (asks >= 0);"

/*
 * Bytes that runs leave; state: 1 some are still missing, 2 whole, 3 going: not
 * counted any more.  due: when a sweep must look.  hashing: digests so far.
 */
"CREATE TABLE artifact ("
"	artifact_no INTEGER PRIMARY KEY AUTOINCREMENT,"
"	id	BLOB NOT NULL UNIQUE CHECK (length(id) = 16),"
"	run_no	INTEGER NOT NULL,"
"	scope_no INTEGER NOT NULL,"
"	maker	TEXT NOT NULL,"
"	state	INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),"
"	type	TEXT NOT NULL,"
"	mime	TEXT NOT NULL,"
"	name	TEXT,"
"	source	TEXT NOT NULL,"
"	attempt	INTEGER NOT NULL,"
"	metadata TEXT NOT NULL,"
"	size	INTEGER NOT NULL CHECK (size >= 0),"
"	digest	BLOB CHECK (length(digest) = 32),"
"	sha256	BLOB CHECK (length(sha256) = 32),"
"	hashing	BLOB,"
"	created	INTEGER NOT NULL,"
"	expires	INTEGER,"
"	due	INTEGER,"
"	CHECK (state <> 2 OR (digest IS NOT NULL AND sha256 IS NOT NULL))"
") STRICT;"
"CREATE INDEX artifact_run ON artifact(run_no, artifact_no);"
"CREATE INDEX artifact_scope ON artifact(scope_no, artifact_no);"
"CREATE INDEX artifact_due ON artifact(due) WHERE due IS NOT NULL;"

/* All but the last have 64 KiB. */
"CREATE TABLE artifact_chunk ("
"	artifact_no INTEGER NOT NULL,"
"	no	INTEGER NOT NULL,"
"	digest	BLOB NOT NULL CHECK (length(digest) = 32),"
"	data	BLOB NOT NULL CHECK (length(data) <= 65536),"
"	PRIMARY KEY (artifact_no, no)"
") STRICT, WITHOUT ROWID;";
