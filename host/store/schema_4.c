/*
 * Schema 4: what came in and what was said.
 */
#include "store/schema_impl.h"

const char schema_4[] =
/*
 * Bits: 1, an answer is still to be kept for the run's conversation; 2,
 * steering waits for its attempt.
 */
"ALTER TABLE run_live ADD COLUMN talk INTEGER NOT NULL DEFAULT 0;"

/* The scopes of a conversation: one for each owner and runner in it. */
"CREATE INDEX scope_talk ON scope(conversation, workspace, bot, thread,"
"	owner_no) WHERE conversation IS NOT NULL;"

/* The event that a run was made for; it goes with the run. */
"CREATE TABLE input_event ("
"	run_no	INTEGER PRIMARY KEY,"
"	scope_no INTEGER NOT NULL,"	/* those of the run */
"	owner_no INTEGER NOT NULL,"
"	event_id TEXT NOT NULL,"
"	type	TEXT NOT NULL,"
"	source	TEXT NOT NULL,"
"	at	INTEGER NOT NULL,"
"	actor_type TEXT,"
"	actor_id TEXT,"
"	actor_name TEXT,"
"	subject_type TEXT,"
"	subject_id TEXT,"
"	summary	TEXT,"
"	input	TEXT,"
"	data	TEXT,"
"	raw_ref	TEXT,"			/* JSON */
"	created	INTEGER NOT NULL,"
"	UNIQUE (event_id, owner_no)"
") STRICT;"
"CREATE INDEX input_event_scope ON input_event(scope_no);"
"CREATE INDEX input_event_type ON input_event(scope_no, type);"

/* What was said in conversations.  A number is never given again. */
"CREATE TABLE transcript ("
"	item_no	INTEGER PRIMARY KEY AUTOINCREMENT,"
"	run_no	INTEGER NOT NULL,"
"	scope_no INTEGER NOT NULL,"	/* that of the run */
"	role	TEXT NOT NULL,"
"	type	TEXT NOT NULL,"
"	content	TEXT NOT NULL,"
"	full	TEXT,"			/* JSON: all of it, within bounds */
"	attachments TEXT,"		/* JSON array */
"	created	INTEGER NOT NULL"
") STRICT;"
"CREATE INDEX transcript_scope ON transcript(scope_no);"
"CREATE INDEX transcript_run ON transcript(run_no);"

/*
 * Its index, which a sweep brings up to date; place is the scope, spelled so
 * that it is one term.  It says which terms a row has, not where.  Only rows
 * up to the fact "indexed" are in it.
 */
"CREATE VIRTUAL TABLE transcript_text USING fts5(place, content, content='',"
"	columnsize=0, detail=column, tokenize='trigram');"
/* What was removed and is still in the index. */
"CREATE TABLE transcript_gone ("
"	item_no	INTEGER PRIMARY KEY,"
"	scope_no INTEGER NOT NULL,"
"	content	TEXT NOT NULL"
") STRICT;"

/* What an attempt is still to be told, in order. */
"CREATE TABLE steering ("
"	item_no	INTEGER PRIMARY KEY AUTOINCREMENT,"
"	run_no	INTEGER NOT NULL,"
"	at	INTEGER NOT NULL,"
"	principal TEXT NOT NULL,"	/* who pushed it */
"	data	TEXT NOT NULL"		/* JSON object */
") STRICT;"
"CREATE INDEX steering_run ON steering(run_no);";
