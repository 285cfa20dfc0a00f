/*
 * backup: copies the database itself, beside a running host or without one,
 * so that gigabytes pass no door and no thread of the host's; a host that
 * runs is asked first, and has recorded it before the copy begins.
 */
#include "audit/backup.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/part.h"
#include "cli/backing.h"
#include "cli/cli.h"
#include "cli/config.h"
#include "cli/datadir.h"
#include "cli/door.h"
#include "cli/print.h"
#include "json/write.h"
#include "store/copy.h"
#include "store/db.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The WAL may grow by the size of the database meanwhile, or by this. */
#define WAL_LEAST	((int64_t)1 << 30)

struct making {
	const struct cli *cli;
	struct config *cfg;
	char	*db, *wal;
	char	*file;		/* as the host records it */
	struct part part;
	struct backing backing;
	struct backup made;
	bool	recorded;	/* by a host that runs */
};

/* made: NULL before there is one. */
static char *
note_of(const struct making *m, const struct backup *made)
{
	struct buf text = { 0 };
	struct json_out w;
	char hex[HASH_HEX_LEN];

	jw_init(&w, &text);
	jw_object(&w);
	jw_m_text(&w, "file", m->file);
	if (made != NULL) {
		str_hex(hex, made->digest, HASH_LEN);
		jw_m_i64(&w, "seq", made->seq);
		jw_m_i64(&w, "bytes", made->bytes);
		jw_m_text(&w, "digest", hex);
	}
	jw_end_object(&w);
	return buf_take(&text);
}

/* RH_OK also when nobody answers: *heard tells. */
static rh_status
tell_host(const struct making *m, const struct backup *made, bool *heard,
    struct err *err)
{
	struct door door = { .dir_fd = -1 };
	struct reply r = { 0 };
	char *body = note_of(m, made);
	rh_status rc;

	if ((rc = door_open_data(m->cfg->data, &door, err)) == RH_OK)
		rc = door_action(&door, "host_backup", body, &r, err);
	*heard = rc == RH_OK;
	if (rc == RH_EUNAVAIL && r.raw.status == 0)
		rc = RH_OK;
	reply_free(&r);
	door_close(&door);
	free(body);
	return rc;
}

static rh_status
begin(struct making *m, struct err *err)
{
	char *part;
	rh_status rc;

	m->db = datadir_path(m->cfg->data, DATA_DB);
	m->wal = mem_printf("%s-wal", m->db);
	if (access(m->db, R_OK) != 0)
		return err_errno(err, RH_ENOENT, "database \"%s\"", m->db);
	if ((rc = part_open(&m->part, cli_operand(m->cli, 0), err)) != RH_OK)
		return rc;
	if ((part = realpath(m->part.name, NULL)) == NULL)
		return err_errno(err, RH_EIO, "\"%s\"", m->part.name);
	m->file = mem_strndup(part, strlen(part) - strlen(".part"));
	free(part);
	return tell_host(m, NULL, &m->recorded, err);
}

static rh_status
copy(struct making *m, struct chain_head *least, struct err *err)
{
	struct backing *b = &m->backing;
	struct db *db = NULL;
	rh_status rc;

	backing_stage(b, "copying");
	if ((rc = db_open(m->db, DB_OFFLINE, NULL, &db, err)) != RH_OK ||
	    (rc = copy_bytes(db, &b->total, err)) != RH_OK ||
	    (rc = chain_load(db, least, err)) != RH_OK)
		goto out;
	b->file = m->part.name;
	b->wal = m->wal;
	b->wal_max = backing_size(m->wal) +
	    (b->total > WAL_LEAST ? b->total : WAL_LEAST);
	db_watch(db, &b->watch);
	rc = copy_make(db, m->part.name, err);
out:
	db_close(db);
	return rc;
}

static rh_status
make(struct making *m, struct err *err)
{
	struct chain_head least;
	rh_status rc;

	if ((rc = begin(m, err)) != RH_OK)
		return rc;
	backing_begin(&m->backing, m->cli);
	if ((rc = copy(m, &least, err)) == RH_OK &&
	    (rc = backup_finish(m->part.name, &least, err)) == RH_OK) {
		backing_stage(&m->backing, "verifying");
		rc = backup_check(m->part.name, &m->backing.watch, &m->made,
		    err);
	}
	rc = backing_judge(&m->backing, rc, err);
	backing_end(&m->backing);
	if (rc == RH_EFULL)
		err_hint(err, "make room where the backup is to be");
	if (rc != RH_OK)
		return err_wrap(err, "backup \"%s\"", m->part.path);
	return part_finish(&m->part, err);
}

static void
show(const struct making *m, const char *file)
{
	struct buf text = { 0 };
	struct json_out w;

	if (!m->cli->json) {
		backing_text(m->cli, &m->made);
		return;
	}
	jw_init(&w, &text);
	jw_object(&w);
	jw_m_text(&w, "file", file);
	backup_json(&w, &m->made);
	if (!cli_flag(m->cli, "verify"))
		jw_m_bool(&w, "recorded", m->recorded);
	jw_end_object(&w);
	print_json(m->cli->out, text.p, text.len);
	buf_fini(&text);
}

/* That it was begun is on record; the file is there whatever comes now. */
static void
record_made(struct making *m)
{
	struct err err = { 0 };
	bool heard = false;

	if (m->recorded && tell_host(m, &m->made, &heard, &err) == RH_OK &&
	    !heard)
		err_set(&err, RH_EUNAVAIL, "it doesn't answer any more");
	if (!m->recorded)
		fprintf(m->cli->diag, "runhost: warning: no host runs on "
		    "\"%s\": this backup is on no record\n", m->cfg->data);
	else if (!heard)
		fprintf(m->cli->diag, "runhost: warning: the host has not "
		    "recorded the end of this backup: %s\n", err.msg);
}

static int
verify(const struct cli *cli)
{
	const char *file = cli_operand(cli, 0);
	struct making m = { .cli = cli };
	struct err err = { 0 };
	rh_status rc;

	if (access(file, R_OK) != 0) {
		err_errno(&err, RH_ENOENT, "backup \"%s\"", file);
		return cli_fail(cli, &err);
	}
	backing_begin(&m.backing, cli);
	backing_stage(&m.backing, "verifying");
	rc = backup_check(file, &m.backing.watch, &m.made, &err);
	rc = backing_judge(&m.backing, rc, &err);
	backing_end(&m.backing);
	if (rc == RH_OK)
		rc = backing_digest(cli, &m.made, &err);
	if (rc != RH_OK) {
		err_wrap(&err, "backup \"%s\"", file);
		return cli_fail(cli, &err);
	}
	show(&m, file);
	return EXIT_OK;
}

int
cmd_backup(struct cli *cli)
{
	struct making m = { .cli = cli, .part = { .fd = -1 } };
	struct err err = { 0 };
	int code = EXIT_OK;

	if (cli_flag(cli, "verify"))
		return verify(cli);
	if (cli_opt(cli, "digest") != NULL)
		return cli_usage(cli, "--digest goes with --verify");
	if (config_of_data(cli_opt(cli, "data"), NULL, &m.cfg, &err) != RH_OK ||
	    make(&m, &err) != RH_OK)
		code = cli_fail(cli, &err);
	else {
		record_made(&m);
		show(&m, m.file);
	}
	part_close(&m.part);
	config_free(m.cfg);
	free(m.db);
	free(m.wal);
	free(m.file);
	return code;
}
