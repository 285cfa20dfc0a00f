/*
 * The schema.  Times are microseconds since 1970 (UTC), hashes are
 * BLAKE2b-256, ids are 16 bytes.  State numbers are those of enum run_state.
 */
#include "store/schema.h"

#include "base/mem.h"
#include "store/db.h"
#include "store/schema_impl.h"

#include <stdio.h>

static const char schema_1[] =
"CREATE TABLE meta ("
"	key	TEXT NOT NULL PRIMARY KEY,"
"	value	ANY NOT NULL"
") STRICT, WITHOUT ROWID;"

/*
 * Principals that runs belong to, and what is stored of each.  There are few
 * of them, so they stay.
 */
"CREATE TABLE owner ("
"	owner_no INTEGER PRIMARY KEY,"
"	name	TEXT NOT NULL UNIQUE,"
"	bytes	INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0)"
") STRICT;"

/*
 * A run's scope, interned; digest is that of its fields.  It goes with its
 * last run.  A number is never given again: readers remember what it was.
 */
"CREATE TABLE scope ("
"	scope_no INTEGER PRIMARY KEY AUTOINCREMENT,"
"	digest	BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),"
"	owner_no INTEGER NOT NULL REFERENCES owner,"
"	workspace TEXT,"
"	bot	TEXT,"
"	conversation TEXT,"
"	thread	TEXT,"
"	runner	TEXT NOT NULL"
") STRICT;"

/*
 * Wide: written when a run is made, and never changed.  A number is never
 * given again: keys, cursors and fences may outlive the run.
 */
"CREATE TABLE run ("
"	run_no	INTEGER PRIMARY KEY AUTOINCREMENT,"
"	id	BLOB NOT NULL UNIQUE CHECK (length(id) = 16),"
"	scope_no INTEGER NOT NULL REFERENCES scope,"
"	owner_no INTEGER NOT NULL,"	/* that of the scope */
"	plugin	TEXT NOT NULL,"
"	runner	TEXT NOT NULL,"
"	action_id TEXT,"
"	session_id TEXT,"
"	command	TEXT,"
"	raw_args TEXT,"
"	args	TEXT NOT NULL,"
"	flags	TEXT NOT NULL,"
"	input	TEXT,"
"	metadata TEXT NOT NULL,"
"	chain	TEXT NOT NULL,"
"	idempotent INTEGER NOT NULL CHECK (idempotent IN (0, 1)),"
"	dry_run	INTEGER NOT NULL CHECK (dry_run IN (0, 1)),"
"	priority INTEGER NOT NULL,"
"	timeout	INTEGER NOT NULL CHECK (timeout >= 0),"
"	deadline INTEGER,"
"	max_failures INTEGER NOT NULL CHECK (max_failures >= 1),"
"	max_losses INTEGER NOT NULL CHECK (max_losses >= 1),"
"	retention INTEGER,"
"	created	INTEGER NOT NULL"
") STRICT;"
"CREATE INDEX run_history ON run(scope_no, run_no);"
"CREATE INDEX run_owner ON run(owner_no, run_no);"

/* Written when a run ends; the first end is the only one, by its key. */
"CREATE TABLE run_end ("
"	run_no	INTEGER PRIMARY KEY REFERENCES run,"
"	state	INTEGER NOT NULL CHECK (state BETWEEN 6 AND 9),"
"	ended	INTEGER NOT NULL,"
"	expires	INTEGER,"
"	started	INTEGER,"
"	attempts INTEGER NOT NULL,"
"	last_seq INTEGER NOT NULL,"
"	percent	INTEGER NOT NULL CHECK (percent BETWEEN 0 AND 100),"
"	stage	TEXT,"
"	exit_code INTEGER,"
"	output	TEXT,"
"	error	TEXT,"
"	reason	TEXT,"
"	result_meta TEXT,"
"	runtime	TEXT,"
"	inproc	INTEGER NOT NULL,"
"	cancel	INTEGER,"
"	truncated INTEGER NOT NULL,"
"	bytes	INTEGER NOT NULL DEFAULT 0"	/* of the run, with all of it */
") STRICT;"
"CREATE INDEX run_expires ON run_end(expires) WHERE expires IS NOT NULL;"

/* Narrow: there while the run lives.  due is the next time a sweep must look. */
"CREATE TABLE run_live ("
"	run_no	INTEGER PRIMARY KEY REFERENCES run,"
"	state	INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),"
"	owner_no INTEGER NOT NULL,"
"	scope_no INTEGER NOT NULL,"
"	plugin	TEXT NOT NULL,"
"	priority INTEGER NOT NULL,"
"	fence	INTEGER NOT NULL DEFAULT 0,"
"	attempts INTEGER NOT NULL DEFAULT 0,"
"	failures INTEGER NOT NULL DEFAULT 0,"
"	losses	INTEGER NOT NULL DEFAULT 0,"
"	cause	INTEGER NOT NULL DEFAULT 1,"
"	runtime	TEXT,"
"	inproc	INTEGER NOT NULL DEFAULT 0,"
"	lease	INTEGER,"
"	deadline INTEGER,"
"	due	INTEGER,"
"	started	INTEGER,"
"	cancel	INTEGER,"
"	cancel_reason TEXT,"
"	last_seq INTEGER NOT NULL DEFAULT 0,"
"	digest	BLOB,"
"	percent	INTEGER NOT NULL DEFAULT 0 CHECK (percent BETWEEN 0 AND 100),"
"	stage	TEXT,"
"	out_bytes INTEGER NOT NULL DEFAULT 0,"
"	truncated INTEGER NOT NULL DEFAULT 0,"
"	bytes	INTEGER NOT NULL DEFAULT 0,"
"	updated	INTEGER NOT NULL,"
"	CHECK ((state IN (3, 4)) = (lease IS NOT NULL)),"
"	CHECK ((state IN (3, 4)) = (runtime IS NOT NULL))"
") STRICT;"
"CREATE INDEX run_queue ON run_live(plugin, priority DESC, run_no)"
"	WHERE state = 2;"
"CREATE INDEX run_due ON run_live(due) WHERE due IS NOT NULL;"

/*
 * Runs that were removed, whose events and checkpoints are still going, a
 * slice at a time: these refer to no row of run, so that it can go first.
 */
"CREATE TABLE run_gone ("
"	run_no	INTEGER PRIMARY KEY"
") STRICT;"

"CREATE TABLE event ("
"	run_no	INTEGER NOT NULL,"
"	seq	INTEGER NOT NULL CHECK (seq >= 1),"
"	at	INTEGER NOT NULL,"
"	type	TEXT NOT NULL,"
"	data	TEXT NOT NULL,"
"	PRIMARY KEY (run_no, seq)"
") STRICT, WITHOUT ROWID;"
/* What a run's record is made of, among whatever else it reported. */
"CREATE INDEX event_progress ON event(run_no)"
"	WHERE type IN ('progress', 'host.progress');"
"CREATE INDEX event_output ON event(run_no) WHERE type = 'output';"

"CREATE TABLE checkpoint ("
"	run_no	INTEGER NOT NULL,"
"	no	INTEGER NOT NULL,"
"	at	INTEGER NOT NULL,"
"	attempt	INTEGER NOT NULL,"
"	name	TEXT NOT NULL,"
"	digest	BLOB NOT NULL CHECK (length(digest) = 32),"
"	data	BLOB NOT NULL,"
"	PRIMARY KEY (run_no, no)"
") STRICT, WITHOUT ROWID;"

/* Finished runs, as counts are read; runner is the one of the scope. */
"CREATE TABLE run_count ("
"	owner_no INTEGER NOT NULL REFERENCES owner,"
"	plugin	TEXT NOT NULL,"
"	runner	TEXT NOT NULL,"
"	state	INTEGER NOT NULL CHECK (state BETWEEN 6 AND 9),"
"	n	INTEGER NOT NULL CHECK (n >= 0),"
"	PRIMARY KEY (owner_no, plugin, runner, state)"
") STRICT, WITHOUT ROWID;"

/*
 * A plugin's own values; scope_key is the digest of what they belong to,
 * the owner is that of the run that wrote last.
 */
"CREATE TABLE plugin_state ("
"	scope_key BLOB NOT NULL CHECK (length(scope_key) = 32),"
"	key	TEXT NOT NULL,"
"	value	TEXT NOT NULL,"
"	owner_no INTEGER NOT NULL REFERENCES owner,"
"	version	INTEGER NOT NULL,"
"	updated	INTEGER NOT NULL,"
"	PRIMARY KEY (scope_key, key)"
") STRICT, WITHOUT ROWID;"

/* How much of it the plugins keep, by runner. */
"CREATE TABLE state_use ("
"	runner	TEXT NOT NULL PRIMARY KEY,"
"	bytes	INTEGER NOT NULL CHECK (bytes >= 0)"
") STRICT, WITHOUT ROWID;"

"CREATE TABLE token ("
"	token_no INTEGER PRIMARY KEY AUTOINCREMENT,"
"	hash	BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),"
"	principal TEXT NOT NULL,"
"	label	TEXT,"
"	created	INTEGER NOT NULL,"
"	created_by TEXT NOT NULL,"
"	expires	INTEGER,"
"	revoked	INTEGER"
") STRICT;"
"CREATE INDEX token_live ON token(expires) WHERE revoked IS NULL;"
"CREATE INDEX token_expires ON token(expires) WHERE expires IS NOT NULL;"
"CREATE INDEX token_revoked ON token(revoked) WHERE revoked IS NOT NULL;"

"CREATE TABLE grants ("
"	grant_no INTEGER PRIMARY KEY AUTOINCREMENT,"
"	grantee	TEXT NOT NULL,"
"	permission TEXT NOT NULL,"
"	owner	TEXT,"
"	workspace TEXT,"
"	bot	TEXT,"
"	conversation TEXT,"
"	thread	TEXT,"
"	runner	TEXT,"
"	created	INTEGER NOT NULL,"
"	created_by TEXT NOT NULL,"
"	expires	INTEGER"
") STRICT;"
"CREATE INDEX grants_expires ON grants(expires);"

"CREATE TABLE plugin_trust ("
"	id	TEXT NOT NULL PRIMARY KEY,"
"	digest	BLOB NOT NULL CHECK (length(digest) = 32),"
"	created	INTEGER NOT NULL,"
"	created_by TEXT NOT NULL"
") STRICT, WITHOUT ROWID;"

/* Runners whose start, renew and append leave no row of their own. */
"CREATE TABLE unaudited ("
"	runner	TEXT NOT NULL PRIMARY KEY"
") STRICT, WITHOUT ROWID;"

"CREATE TABLE idem ("
"	principal TEXT NOT NULL,"
"	key	TEXT NOT NULL,"
"	action	TEXT NOT NULL,"
"	digest	BLOB NOT NULL CHECK (length(digest) = 32),"
"	op	BLOB NOT NULL CHECK (length(op) = 16),"
"	run_no	INTEGER,"
"	reply	TEXT,"
"	expires	INTEGER NOT NULL,"
"	PRIMARY KEY (principal, key)"
") STRICT, WITHOUT ROWID;"
"CREATE INDEX idem_expires ON idem(expires);"

/* Cancels that came before the run they are for. */
"CREATE TABLE early_cancel ("
"	principal TEXT NOT NULL,"
"	key	TEXT NOT NULL,"
"	reason	TEXT,"
"	expires	INTEGER NOT NULL,"
"	PRIMARY KEY (principal, key)"
") STRICT, WITHOUT ROWID;"
"CREATE INDEX early_cancel_expires ON early_cancel(expires);"

/* Plugin actions that were begun and have not ended. */
"CREATE TABLE intent ("
"	op	BLOB NOT NULL PRIMARY KEY CHECK (length(op) = 16),"
"	at	INTEGER NOT NULL,"
"	action	TEXT NOT NULL,"
"	principal TEXT NOT NULL"
") STRICT, WITHOUT ROWID;"

"CREATE TABLE audit ("
"	seq	INTEGER PRIMARY KEY,"
"	chain	INTEGER NOT NULL,"
"	at	INTEGER NOT NULL,"
"	op	BLOB NOT NULL CHECK (length(op) = 16),"
"	principal TEXT NOT NULL,"
"	via	TEXT,"
"	action	TEXT NOT NULL,"
"	permission TEXT,"
"	decision INTEGER NOT NULL CHECK (decision BETWEEN 1 AND 5),"
"	target	TEXT,"
"	detail	TEXT,"
"	hash	BLOB NOT NULL CHECK (length(hash) = 32)"
") STRICT;"
"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN"
"	SELECT raise(ABORT, 'audit rows are never changed');"
"END;"
"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN"
"	SELECT raise(ABORT, 'audit rows are never removed');"
"END;";

/*
 * Runtimes on other machines, and what their claims go by.
 */
static const char schema_2[] =
/*
 * Where runs wait: who may take them is the same for all of a line, so that
 * a claim looks at the head of each that suits it.  Line 1 is of the runs that ask for
 * nothing; the others have a runner each, and go when no live run is in
 * them.
 */
"CREATE TABLE line ("
"	line_no	INTEGER PRIMARY KEY AUTOINCREMENT,"
"	digest	BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),"
"	plugin	TEXT NOT NULL,"
"	runner	TEXT NOT NULL,"
"	queue	TEXT,"
"	pin	TEXT,"			/* the one runtime that may take them */
"	labels	TEXT NOT NULL"		/* JSON object that its own must hold */
") STRICT;"
"INSERT INTO line VALUES (1, zeroblob(32), '', '', NULL, NULL, '{}');"
"CREATE INDEX line_pin ON line(pin);"

"ALTER TABLE run ADD COLUMN queue TEXT;"
"ALTER TABLE run ADD COLUMN pin TEXT;"
"ALTER TABLE run ADD COLUMN labels TEXT;"
"ALTER TABLE run ADD COLUMN event_id TEXT;"
"ALTER TABLE run ADD COLUMN agent_id TEXT;"
"ALTER TABLE run ADD COLUMN binding_id TEXT;"

/* hold: not to be claimed before; NULL: ready.  token: of a remote claim. */
"ALTER TABLE run_live ADD COLUMN line_no INTEGER NOT NULL DEFAULT 1;"
"ALTER TABLE run_live ADD COLUMN hold INTEGER;"
"ALTER TABLE run_live ADD COLUMN token BLOB"
"	CHECK (token IS NULL OR length(token) = 32);"
"ALTER TABLE run_live ADD COLUMN claimed INTEGER;"
"DROP INDEX run_queue;"
"CREATE INDEX run_queue ON run_live(plugin, line_no, priority DESC, run_no)"
"	WHERE state = 2 AND hold IS NULL;"
"CREATE INDEX run_line ON run_live(line_no) WHERE line_no > 1;"
"CREATE INDEX run_remote ON run_live(runtime, run_no)"
"	WHERE token IS NOT NULL;"

"ALTER TABLE run_end ADD COLUMN claimed INTEGER;"
"ALTER TABLE run_end ADD COLUMN usage TEXT;"
"ALTER TABLE run_end ADD COLUMN cost TEXT;"

/* What was appended from outside: by whom, under which number of theirs. */
"ALTER TABLE event ADD COLUMN attempt INTEGER;"
"ALTER TABLE event ADD COLUMN caller INTEGER;"
"ALTER TABLE event ADD COLUMN sequence INTEGER;"
"ALTER TABLE event ADD COLUMN extra TEXT;"
"CREATE UNIQUE INDEX event_source ON event(run_no, attempt, caller, sequence)"
"	WHERE sequence IS NOT NULL;"

"CREATE TABLE runtime ("
"	runtime_no INTEGER PRIMARY KEY AUTOINCREMENT,"
"	id	TEXT NOT NULL UNIQUE,"
"	owner_no INTEGER NOT NULL REFERENCES owner,"
"	stale	INTEGER NOT NULL DEFAULT 0 CHECK (stale IN (0, 1)),"
"	draining INTEGER NOT NULL DEFAULT 0 CHECK (draining IN (0, 1)),"
"	display_name TEXT,"
"	endpoint TEXT,"
"	version	TEXT,"
"	capabilities TEXT NOT NULL,"
"	labels	TEXT NOT NULL,"
"	metadata TEXT NOT NULL,"
"	capacity INTEGER CHECK (capacity >= 1),"	/* NULL: no limit */
"	heartbeat INTEGER NOT NULL,"
"	deadline INTEGER NOT NULL,"
"	created	INTEGER NOT NULL,"
"	updated	INTEGER NOT NULL"
") STRICT;"
"CREATE INDEX runtime_due ON runtime(deadline) WHERE stale = 0;"
"CREATE INDEX runtime_owner ON runtime(owner_no, runtime_no);";

const struct migration migration_table[] = {
	{ 1, "runs, events, grants, audit", schema_1 },
	{ 2, "lines, remote runtimes", schema_2 },
	{ 3, "counts of live runs, statistics", schema_3 },
	{ 4, "input events and history", schema_4 },
	{ 5, "artifacts and interactions", schema_5 },
	{ 6, "rights of runs", schema_6 },
	{ 7, "catalog of plugins", schema_7 },
	{ 8, "trusted keys", schema_8 },
	{ 9, "use of capabilities", schema_9 },
	{ 0, NULL, NULL },
};

static const char sql_user_version[] = "PRAGMA user_version";
static const char sql_application_id[] = "PRAGMA application_id";
static const char sql_any_table[] = "SELECT count(*) FROM sqlite_schema";
static const char sql_references[] = "PRAGMA foreign_key_check";

int
schema_last(const struct migration *m)
{
	while (m[1].version != 0)
		m++;
	return m->version;
}

int
schema_newest(void)
{
	return schema_last(migration_table);
}

static rh_status
read_int(struct db *db, const char *sql, int64_t *out, struct err *err)
{
	struct q q = q_begin(db, sql);

	*out = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

rh_status
schema_version(struct db *db, int *out, struct err *err)
{
	int64_t app, version, tables;
	rh_status rc;

	if ((rc = read_int(db, sql_application_id, &app, err)) != RH_OK ||
	    (rc = read_int(db, sql_user_version, &version, err)) != RH_OK ||
	    (rc = read_int(db, sql_any_table, &tables, err)) != RH_OK)
		return rc;
	if (tables != 0 && app != SCHEMA_APPLICATION_ID)
		return err_set(err, RH_EVERSION,
		    "the file is a database, but not a runhost ledger");
	*out = (int)version;
	return RH_OK;
}

rh_status
schema_apply(struct db *db, const struct migration *m, int from, int to,
    struct err *err)
{
	char tail[96];
	rh_status rc;

	for (; m->version != 0 && m->version <= to; m++) {
		if (m->version <= from)
			continue;
		if ((rc = db_script(db, m->sql, err)) != RH_OK) {
			err_wrap(err, "schema %d (%s)", m->version, m->what);
			return rc;
		}
	}
	snprintf(tail, sizeof tail,
	    "PRAGMA application_id=%d; PRAGMA user_version=%d",
	    SCHEMA_APPLICATION_ID, to);
	return db_script(db, tail, err);
}

rh_status
schema_check_references(struct db *db, struct err *err)
{
	struct q q = q_begin(db, sql_references);
	struct str table = { "", 0 };
	struct err why = { .status = RH_OK };
	rh_status rc;

	if (q_row(&q)) {
		table = q_get_str(&q);
		err_set(&why, RH_EIO, "a row of table \"" STR_FMT "\" refers "
		    "to one that isn't there", STR_ARG(table));
	}
	if ((rc = q_end(&q, err)) != RH_OK || why.status == RH_OK)
		return rc;
	*err = why;
	return RH_EIO;
}

rh_status
schema_make(struct db *db, int version, struct err *err)
{
	rh_status rc;

	if ((rc = db_begin(db, err)) != RH_OK)
		return rc;
	rc = schema_apply(db, migration_table, 0, version, err);
	if (rc != RH_OK || (rc = db_commit(db, err)) != RH_OK)
		db_rollback(db);
	return rc;
}
