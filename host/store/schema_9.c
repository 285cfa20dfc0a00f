/*
 * Schema 9: what plugins used and were denied.
 */
#include "store/schema_impl.h"

const char schema_9[] =
/* Of a plugin: permissions and capabilities.  note: why one can't be given. */
"CREATE TABLE plugin_use (plugin TEXT NOT NULL, permission TEXT NOT NULL,"
"	used INTEGER NOT NULL, used_at INTEGER,"
"	denied INTEGER NOT NULL, denied_at INTEGER, note TEXT,"
"	PRIMARY KEY (plugin, permission)) STRICT, WITHOUT ROWID;";
