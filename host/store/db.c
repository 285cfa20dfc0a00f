/*
 * Connections and transactions: with query.c the one place that talks to
 * SQLite.
 */
#include "store/db_impl.h"

#include "base/log.h"
#include "base/mem.h"
#include "store/schema.h"
#include "store/scope_cache.h"

#include <pthread.h>
#include <stdlib.h>

#define BUSY_MS		2000
#define WATCH_STEPS	2000	/* of SQLite's machine between two looks */

static const char sql_begin[] = "BEGIN";
static const char sql_begin_immediate[] = "BEGIN IMMEDIATE";
static const char sql_commit[] = "COMMIT";
static const char sql_savepoint[] = "SAVEPOINT act";
static const char sql_release[] = "RELEASE act";
static const char sql_rollback_to[] = "ROLLBACK TO act";

static const char pragmas_all[] =
    "PRAGMA foreign_keys=ON;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA recursive_triggers=ON;"	/* else REPLACE deletes unseen */
    "PRAGMA cell_size_check=ON;"
    "PRAGMA mmap_size=0;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA wal_autocheckpoint=0;";

static const char pragmas_writer[] =
    "PRAGMA page_size=4096;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA cache_size=-65536;"
    "PRAGMA journal_size_limit=67108864;";

static const char pragmas_reader[] =
    "PRAGMA query_only=ON;"
    "PRAGMA cache_size=-8192;";	/* taken as it is read */

static const char pragmas_scan[] =
    "PRAGMA query_only=ON;"
    "PRAGMA cache_size=-256;";

/* Nobody else sees the file before it is whole: a crash leaves nothing. */
static const char pragmas_private[] =
    "PRAGMA journal_mode=MEMORY;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA cache_size=-2048;";

static const struct {
	const char *pragmas;
	int	flags;
} mode_table[] = {
	[DB_WRITER] = { pragmas_writer,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE },
	[DB_READER] = { pragmas_reader, SQLITE_OPEN_READWRITE },
	[DB_SCAN] = { pragmas_scan, SQLITE_OPEN_READWRITE },
	[DB_OFFLINE] = { pragmas_reader, SQLITE_OPEN_READONLY },
	[DB_PRIVATE] = { pragmas_private, SQLITE_OPEN_READWRITE },
};

/* What SQLite's primary result codes are to our callers. */
static rh_status
status_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return RH_EFULL;
	case SQLITE_CONSTRAINT:
		return RH_ECONFLICT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return RH_EUNAVAIL;
	case SQLITE_TOOBIG:
		return RH_ETOOBIG;
	}
	return RH_EIO;
}

rh_status
db_error(struct db *db, int rc, const char *what, struct err *err)
{
	err_set(err, status_of(rc), "%s: %s (SQLite %d)", what,
	    db->h != NULL ? sqlite3_errmsg(db->h) : sqlite3_errstr(rc), rc);
	if (err != NULL && status_of(rc) == RH_EFULL)
		err_hint(err, "make room on the disk of the data directory");
	return status_of(rc);
}

static int
on_wal(void *arg, sqlite3 *h, const char *name, int pages)
{
	struct db *db = arg;

	(void)h;
	(void)name;
	db->wal_pages = pages;
	return SQLITE_OK;
}

rh_status
db_script(struct db *db, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		return db_error(db, rc, "database", err);
	return RH_OK;
}

static rh_status
db_configure(struct db *db, struct err *err)
{
	static const struct { int op, on; } flags[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	};
	rh_status rc;
	int version;
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++)
		sqlite3_db_config(db->h, flags[i].op, flags[i].on, NULL);
	sqlite3_limit(db->h, SQLITE_LIMIT_ATTACHED,
	    db->mode == DB_WRITER ? 0 : 1);
	sqlite3_extended_result_codes(db->h, 1);
	sqlite3_busy_timeout(db->h, BUSY_MS);
	/* Somebody else's database is not even made a WAL one. */
	if ((rc = schema_version(db, &version, err)) != RH_OK ||
	    (rc = db_script(db, mode_table[db->mode].pragmas,
	    err)) != RH_OK)
		return rc;
	/* After journal_mode: setting that would reset the hook's pragma. */
	if ((rc = db_script(db, pragmas_all, err)) != RH_OK)
		return rc;
	sqlite3_wal_hook(db->h, on_wal, db);
	return RH_OK;
}

/* Counting its memory costs SQLite a lock for every piece of it. */
static void
configure_once(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

rh_status
db_open(const char *path, enum db_mode mode, const char *vfs,
    struct db **out, struct err *err)
{
	static pthread_once_t configured = PTHREAD_ONCE_INIT;
	struct db *db = mem_zalloc(sizeof *db);
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
	rh_status status;
	int rc;

	pthread_once(&configured, configure_once);
	*out = NULL;
	db->mode = mode;
	db->scopes = scope_cache_new();
	flags |= mode_table[mode].flags;
	rc = sqlite3_open_v2(path, &db->h, flags, vfs);
	if (rc != SQLITE_OK) {
		status = db_error(db, rc, path, err);
		goto fail;
	}
	if ((status = db_configure(db, err)) != RH_OK) {
		if (err != NULL)
			err_wrap(err, "%s", path);
		goto fail;
	}
	*out = db;
	return RH_OK;
fail:
	db_close(db);
	return status;
}

void
db_close(struct db *db)
{
	size_t i;

	if (db == NULL)
		return;
	for (i = 0; i < STMT_SLOTS; i++)
		sqlite3_finalize(db->stmts[i].st);
	sqlite3_close(db->h);
	scope_cache_free(db->scopes);
	free(db);
}

static int
on_steps(void *arg)
{
	const struct db_watch *w = arg;

	return !w->go_on(w->arg);
}

void
db_watch(struct db *db, const struct db_watch *w)
{
	sqlite3_progress_handler(db->h, WATCH_STEPS,
	    w != NULL ? on_steps : NULL, (void *)w);
}

void
db_abandon(struct db *db)
{
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

static rh_status
db_run(struct db *db, const char *sql, struct err *err)
{
	struct q q = q_begin(db, sql);

	return q_exec(&q, err);
}

rh_status
db_begin(struct db *db, struct err *err)
{
	return db_run(db, db->mode == DB_WRITER ? sql_begin_immediate :
	    sql_begin, err);
}

rh_status
db_commit(struct db *db, struct err *err)
{
	return db_run(db, sql_commit, err);
}

void
db_rollback(struct db *db)
{
	if (db->mode == DB_WRITER)
		scope_cache_clear(db->scopes);
	if (db_in_transaction(db))
		sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
}

bool
db_in_transaction(struct db *db)
{
	return sqlite3_get_autocommit(db->h) == 0;
}

rh_status
db_savepoint(struct db *db, struct err *err)
{
	return db_run(db, sql_savepoint, err);
}

rh_status
db_savepoint_release(struct db *db, struct err *err)
{
	return db_run(db, sql_release, err);
}

void
db_savepoint_rollback(struct db *db)
{
	scope_cache_clear(db->scopes);
	if (!db_in_transaction(db))
		return;
	db_run(db, sql_rollback_to, NULL);
	db_run(db, sql_release, NULL);
}

int64_t
db_changes_total(struct db *db)
{
	return sqlite3_total_changes(db->h);
}

rh_status
db_checkpoint(struct db *db, bool truncate, int *left, struct err *err)
{
	int log = 0, done = 0;
	int rc = sqlite3_wal_checkpoint_v2(db->h, NULL, truncate ?
	    SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &log,
	    &done);

	if (left != NULL)
		*left = log - done;
	if (rc == SQLITE_OK || (rc == SQLITE_BUSY && !truncate))
		return RH_OK;
	return db_error(db, rc, "checkpoint", err);
}

static rh_status
wal_sync(struct db *db, struct err *err)
{
	sqlite3_file *f = NULL;
	int rc = sqlite3_file_control(db->h, "main",
	    SQLITE_FCNTL_JOURNAL_POINTER, &f);

	if (rc == SQLITE_OK && f != NULL && f->pMethods != NULL)
		rc = f->pMethods->xSync(f, SQLITE_SYNC_NORMAL);
	if (rc != SQLITE_OK)
		return err_set(err, RH_EIO, "sync of the WAL: %s (SQLite %d)",
		    sqlite3_errstr(rc), rc);
	return RH_OK;
}

rh_status
db_settle(struct db *db, struct err *err)
{
	rh_status rc = db_checkpoint(db, true, NULL, err);

	if (rc != RH_EUNAVAIL)
		return rc;
	log_line(LOG_WARN, "the WAL is kept, for another process has the "
	    "database open: %s", err->msg);
	return wal_sync(db, err);
}

struct scope_cache *
db_scopes(struct db *db)
{
	return db->scopes;
}

int
db_wal_pages(struct db *db)
{
	return db->wal_pages;
}
