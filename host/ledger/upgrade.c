/*
 * A verified backup, then the migrations.  Killed anywhere, the next one
 * finds the old schema or the new one, and finishes.
 */
#include "ledger/upgrade.h"

#include "base/arena.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/part.h"
#include "json/write.h"
#include "store/copy.h"
#include "store/db.h"
#include "store/schema.h"
#include "store/store_misc.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

rh_status
upgrade_plan(struct db *db, struct upgrade *u, struct err *err)
{
	rh_status rc;

	if (u->table == NULL)
		u->table = migration_table;
	u->to = schema_last(u->table);
	if ((rc = schema_version(db, &u->from, err)) != RH_OK ||
	    u->from <= u->to)
		return rc;
	err_set(err, RH_EVERSION, "the ledger has schema %d, this host knows "
	    "up to %d", u->from, u->to);
	return err_hint(err, "use the newer program, or restore a backup that "
	    "was made before it");
}

/* Named after what is in it, so that an interrupted upgrade finds it again. */
static const char *
name_of(const struct upgrade *u, const struct chain_head *head,
    struct arena *a)
{
	char *copy = mem_strdup(u->path);
	const char *name = arena_printf(a, "%s/before-schema-%d-row-%lld.db",
	    dirname(copy), u->to, (long long)head->seq);

	free(copy);
	return name;
}

/* A copy needs a connection that may attach a file, unlike the writer's. */
static rh_status
copy(const struct upgrade *u, const char *to, struct err *err)
{
	struct db *db;
	rh_status rc;

	if ((rc = db_open(u->path, DB_OFFLINE, u->vfs, &db, err)) != RH_OK)
		return rc;
	db_watch(db, u->watch);
	rc = copy_make(db, to, err);
	db_close(db);
	return rc;
}

static rh_status
make_backup(struct upgrade *u, const struct chain_head *head,
    struct err *err)
{
	struct part part = { .fd = -1 };
	rh_status rc;

	log_event(LOG_INFO, "the database is backed up before its schema "
	    "changes", "file", u->file, NULL);
	if ((rc = part_open(&part, u->file, err)) == RH_OK &&
	    (rc = copy(u, part.name, err)) == RH_OK &&
	    (rc = backup_finish(part.name, head, err)) == RH_OK) {
		FAULT("upgrade.copied");
		rc = backup_check(part.name, u->watch, &u->backup, err);
	}
	if (rc == RH_OK)
		rc = part_finish(&part, err);
	part_close(&part);
	return rc;
}

/* Of an upgrade that didn't come further, with nothing written since. */
static rh_status
use_backup(struct upgrade *u, const struct chain_head *head,
    struct err *err)
{
	rh_status rc = backup_check(u->file, u->watch, &u->backup, err);

	if (rc == RH_OK && !hash_eq(u->backup.hash, head->hash))
		rc = err_set(err, RH_ECONFLICT, "it is a backup of something "
		    "else");
	if (rc != RH_OK)
		err_hint(err, "move it away, so that one can be made");
	return rc;
}

static rh_status
back_up(struct db *db, struct upgrade *u, struct arena *a, struct err *err)
{
	struct chain_head head;
	rh_status rc;

	if ((rc = chain_load(db, &head, err)) != RH_OK)
		return rc;
	if (u->file == NULL)
		u->file = name_of(u, &head, a);
	rc = access(u->file, F_OK) == 0 ? use_backup(u, &head, err) :
	    make_backup(u, &head, err);
	if (rc == RH_EFULL)
		err_hint(err, "make room there, or have the backup elsewhere: "
		    "runhost migrate --backup FILE");
	if (rc != RH_OK)
		err_wrap(err, "backup \"%s\" before schema %d", u->file,
		    u->to);
	return rc;
}

/* For the row of the next start. */
static rh_status
leave_fact(struct db *db, const struct upgrade *u, struct arena *a,
    struct err *err)
{
	struct buf text = { 0 };
	struct json_out w;
	const char *before;
	rh_status rc;

	if ((rc = store_meta_get_text(db, FACT_UPGRADE, a, &before,
	    err)) != RH_OK)
		return rc;
	jw_init(&w, &text);
	jw_object(&w);
	jw_m_i64(&w, "from", u->from);
	jw_m_i64(&w, "to", u->to);
	jw_name(&w, "backup");
	jw_object(&w);
	jw_m_text(&w, "file", u->file);
	backup_json(&w, &u->backup);
	jw_end_object(&w);
	/* One that no start has recorded yet. */
	if (before != NULL)
		jw_m_raw(&w, "before", str_of(before));
	jw_end_object(&w);
	rc = store_meta_set_text(db, FACT_UPGRADE, text.p, err);
	buf_fini(&text);
	return rc;
}

static rh_status
migrate(struct db *db, const struct upgrade *u, struct arena *a,
    struct err *err)
{
	rh_status rc;

	/* Without effect inside a transaction. */
	if ((rc = db_script(db, "PRAGMA foreign_keys=OFF", err)) != RH_OK ||
	    (rc = db_begin(db, err)) != RH_OK)
		return rc;
	if ((rc = schema_apply(db, u->table, u->from, u->to, err)) == RH_OK &&
	    (rc = schema_check_references(db, err)) == RH_OK &&
	    (u->from == 0 || (rc = leave_fact(db, u, a, err)) == RH_OK)) {
		FAULT("upgrade.before_commit");
		rc = db_commit(db, err);
	}
	if (rc != RH_OK)
		db_rollback(db);
	if (rc == RH_OK)
		rc = db_script(db, "PRAGMA foreign_keys=ON", err);
	FAULT("upgrade.after_commit");
	return rc;
}

rh_status
upgrade_run(struct db *db, struct upgrade *u, struct arena *a,
    struct err *err)
{
	char from[16], to[16];
	rh_status rc;

	if ((rc = upgrade_plan(db, u, err)) != RH_OK || u->from == u->to)
		return rc;
	if (u->from != 0 && (rc = back_up(db, u, a, err)) != RH_OK)
		return rc;
	FAULT("upgrade.backed_up");
	db_watch(db, u->watch);
	rc = migrate(db, u, a, err);
	db_watch(db, NULL);
	if (rc != RH_OK || u->from == 0)
		return rc;
	snprintf(from, sizeof from, "%d", u->from);
	snprintf(to, sizeof to, "%d", u->to);
	log_event(LOG_INFO, "the database has a new schema", "from", from,
	    "to", to, "backup", u->file, NULL);
	return RH_OK;
}
