/*
 * migrate: what a start of this program would do to an older database, done
 * before it, with the backup where the admin wants it.
 */
#include "base/arena.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/backing.h"
#include "cli/cli.h"
#include "cli/config.h"
#include "cli/datadir.h"
#include "cli/print.h"
#include "json/write.h"
#include "ledger/upgrade.h"
#include "store/db.h"
#include "store/schema.h"

#include <stdlib.h>
#include <unistd.h>

struct migrating {
	const struct cli *cli;
	struct config *cfg;
	char	*path;			/* of the database */
	int	lock_fd;
	struct upgrade upgrade;
	struct backing backing;
	struct arena arena;
};

/* Beside a running host, too. */
static rh_status
look(struct migrating *m, struct err *err)
{
	struct db *db;
	rh_status rc;

	if ((rc = db_open(m->path, DB_OFFLINE, NULL, &db, err)) != RH_OK)
		return rc;
	rc = upgrade_plan(db, &m->upgrade, err);
	db_close(db);
	if (rc == RH_OK && m->upgrade.from == 0)
		rc = err_set(err, RH_EVERSION, "\"%s\" is empty: the first "
		    "start fills it", m->path);
	return rc;
}

static rh_status
run(struct migrating *m, struct err *err)
{
	struct db *db;
	rh_status rc;

	if ((rc = datadir_open(m->cfg->data, &m->lock_fd, err)) != RH_OK ||
	    (rc = db_open(m->path, DB_WRITER, NULL, &db, err)) != RH_OK)
		return rc;
	backing_begin(&m->backing, m->cli);
	backing_stage(&m->backing, "migrating");
	m->upgrade.watch = &m->backing.watch;
	if ((rc = db_settle(db, err)) == RH_OK)
		rc = upgrade_run(db, &m->upgrade, &m->arena, err);
	rc = backing_judge(&m->backing, rc, err);
	backing_end(&m->backing);
	db_close(db);
	return rc;
}

static rh_status
migrate(struct migrating *m, struct err *err)
{
	rh_status rc;

	m->path = datadir_path(m->cfg->data, DATA_DB);
	m->upgrade.path = m->path;
	m->upgrade.file = cli_opt(m->cli, "backup");
	if (access(m->path, R_OK) != 0)
		return err_errno(err, RH_ENOENT, "database \"%s\"", m->path);
	if ((rc = look(m, err)) != RH_OK || cli_flag(m->cli, "dry-run") ||
	    m->upgrade.from == m->upgrade.to)
		return rc;
	return run(m, err);
}

static void
show_json(const struct migrating *m)
{
	const struct upgrade *u = &m->upgrade;
	const struct migration *step;
	struct buf text = { 0 };
	struct json_out w;

	jw_init(&w, &text);
	jw_object(&w);
	jw_m_i64(&w, "from", u->from);
	jw_m_i64(&w, "to", u->to);
	jw_name(&w, "steps");
	jw_array(&w);
	for (step = u->table; step->version != 0; step++) {
		if (step->version <= u->from)
			continue;
		jw_object(&w);
		jw_m_i64(&w, "version", step->version);
		jw_m_text(&w, "what", step->what);
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_m_bool(&w, "done", !cli_flag(m->cli, "dry-run"));
	if (u->backup.seq != 0) {
		jw_name(&w, "backup");
		jw_object(&w);
		jw_m_text(&w, "file", u->file);
		backup_json(&w, &u->backup);
		jw_end_object(&w);
	}
	jw_end_object(&w);
	print_json(m->cli->out, text.p, text.len);
	buf_fini(&text);
}

static void
show(const struct migrating *m)
{
	const struct upgrade *u = &m->upgrade;
	const struct migration *step;

	if (u->from == u->to) {
		fprintf(m->cli->out, "schema %d is the newest that this "
		    "program knows: nothing to do\n", u->from);
		return;
	}
	fprintf(m->cli->out, "schema %d to %d%s\n", u->from, u->to,
	    cli_flag(m->cli, "dry-run") ? ", not yet" : "");
	for (step = u->table; step->version != 0; step++) {
		if (step->version > u->from)
			fprintf(m->cli->out, "  %d: %s\n", step->version,
			    step->what);
	}
	if (u->backup.seq != 0) {
		fprintf(m->cli->out, "backup \"%s\"\n", u->file);
		backing_text(m->cli, &u->backup);
	}
}

int
cmd_migrate(struct cli *cli)
{
	struct migrating m = { .cli = cli, .lock_fd = -1 };
	struct err err = { 0 };
	int code = EXIT_OK;

	arena_init(&m.arena);
	log_format_set(LOG_TEXT);
	log_level_set(LOG_WARN);
	if (config_of_data(cli_opt(cli, "data"), NULL, &m.cfg, &err) != RH_OK ||
	    migrate(&m, &err) != RH_OK)
		code = cli_fail(cli, &err);
	else if (cli->json)
		show_json(&m);
	else
		show(&m);
	if (m.lock_fd >= 0)
		close(m.lock_fd);
	config_free(m.cfg);
	arena_fini(&m.arena);
	free(m.path);
	return code;
}
