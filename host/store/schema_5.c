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
"	CHECK (asks >= 0);";
