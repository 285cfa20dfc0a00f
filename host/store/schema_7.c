/*
 * Schema 7: the catalog of plugins.
 */
#include "store/schema_impl.h"

const char schema_7[] =
/*
 * What was decided about plugins, a row an id.  The digest is that of the
 * file that it was decided for; another file with the same id is another
 * plugin.  state: enum catalog_state.
 */
"CREATE TABLE plugin ("
"	id	TEXT NOT NULL PRIMARY KEY,"
"	state	INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),"
"	digest	BLOB NOT NULL CHECK (length(digest) = 32),"
"	version	TEXT,"
"	file	TEXT,"
"	signer	TEXT,"
"	wants	TEXT NOT NULL,"		/* JSON array of texts */
"	enabled	INTEGER,"
"	enabled_by TEXT,"
"	changed	INTEGER NOT NULL,"
"	changed_by TEXT NOT NULL,"
"	reason	TEXT"
") STRICT, WITHOUT ROWID;"

/* Whoever was trusted is no less than enabled. */
"INSERT INTO plugin (id, state, digest, wants, enabled, enabled_by, changed,"
"	changed_by, reason)"
" SELECT id, 1, digest, '[]', created, created_by, created, created_by,"
"	'trusted before there was a catalog' FROM plugin_trust;";
