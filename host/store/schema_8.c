/*
 * Schema 8: keys that are trusted.
 */
#include "store/schema_impl.h"

/* A revoked key stays, so that what it signed can be told from unknown. */
const char schema_8[] =
"CREATE TABLE signing_key ("
"	id	BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 8),"
"	key	BLOB NOT NULL CHECK (length(key) = 32),"
"	label	TEXT,"
"	created	INTEGER NOT NULL,"
"	created_by TEXT NOT NULL,"
"	revoked	INTEGER,"
"	revoked_by TEXT"
") STRICT, WITHOUT ROWID;";
