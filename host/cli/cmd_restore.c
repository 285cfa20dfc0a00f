/*
 * restore: makes a data directory of a backup.  What is verified is the copy
 * that will be used, and it has the database's name last; what was given up
 * is written into it, for the next start to record.
 */
#include "audit/backup.h"
#include "audit/head.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/part.h"
#include "cli/backing.h"
#include "cli/cli.h"
#include "cli/config.h"
#include "cli/datadir.h"
#include "cli/print.h"
#include "cli/settings.h"
#include "json/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK	(1 << 20)

struct restoring {
	const struct cli *cli;
	struct config *cfg;
	int	from;		/* the backup */
	int	lock_fd;
	struct part part;
	struct backing backing;
	struct backup backup;
	struct head_sig anchored;	/* by the lost host; seq 0: unknown */
};

/* A WAL would be taken for that of the new database. */
static rh_status
refuse_ledger(const char *data, struct err *err)
{
	static const char *const names[] = { DATA_DB, DATA_DB "-wal" };
	struct stat st;
	char *path;
	bool there;
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		path = datadir_path(data, names[i]);
		there = lstat(path, &st) == 0;
		if (there)
			err_set(err, RH_ECONFLICT, "\"%s\" is there", path);
		free(path);
		if (there)
			return err_hint(err, "restore into another directory, "
			    "or move %s* away first", DATA_DB);
	}
	return RH_OK;
}

static rh_status
find_anchor(struct restoring *r, struct err *err)
{
	const char *anchor = r->cfg->anchor;

	if (cli_opt(r->cli, "anchor") != NULL && access(anchor, R_OK) != 0)
		return err_errno(err, RH_ENOENT, "anchor file \"%s\"",
		    anchor);
	return anchor_last(anchor, &r->anchored, err);
}

static rh_status
begin(struct restoring *r, struct err *err)
{
	const char *file = cli_operand(r->cli, 0);
	char *db;
	rh_status rc;

	r->from = open(file, O_RDONLY | O_CLOEXEC);
	if (r->from < 0)
		return err_errno(err, errno == ENOENT ? RH_ENOENT : RH_EIO,
		    "backup \"%s\"", file);
	if ((rc = find_anchor(r, err)) != RH_OK ||
	    (rc = datadir_open(r->cfg->data, &r->lock_fd, err)) != RH_OK ||
	    (rc = refuse_ledger(r->cfg->data, err)) != RH_OK)
		return rc;
	db = datadir_path(r->cfg->data, DATA_DB);
	rc = part_open(&r->part, db, err);
	free(db);
	return rc;
}

static rh_status
copy_bytes_over(struct restoring *r, struct err *err)
{
	struct backing *b = &r->backing;
	char *block = mem_alloc(BLOCK);
	ssize_t n = 0;

	backing_stage(b, "copying");
	b->file = r->part.name;
	b->total = backing_size(cli_operand(r->cli, 0));
	while (b->watch.go_on(b) && (n = read(r->from, block, BLOCK)) > 0) {
		if (write(r->part.fd, block, (size_t)n) != n) {
			n = -1;
			break;
		}
	}
	free(block);
	if (n < 0)
		return err_errno(err, RH_EIO, "\"%s\"", r->part.name);
	return b->stop.status == RH_OK ? RH_OK : err_set(err, RH_EIO, "%s",
	    b->stop.msg);
}

/* For the row of the next start; rows_lost: as far as the anchor tells. */
static char *
given_up(const struct restoring *r)
{
	struct buf text = { 0 };
	struct json_out w;

	jw_init(&w, &text);
	jw_object(&w);
	jw_name(&w, "backup");
	jw_object(&w);
	backup_json(&w, &r->backup);
	jw_end_object(&w);
	if (r->anchored.seq != 0) {
		jw_m_i64(&w, "anchored_seq", r->anchored.seq);
		jw_m_time(&w, "anchored_at", r->anchored.at_us);
		jw_m_i64(&w, "rows_lost", r->anchored.seq > r->backup.seq ?
		    r->anchored.seq - r->backup.seq : 0);
	}
	jw_end_object(&w);
	return buf_take(&text);
}

static rh_status
take_over(struct restoring *r, struct err *err)
{
	char *detail;
	rh_status rc;

	if ((rc = copy_bytes_over(r, err)) != RH_OK)
		return rc;
	backing_stage(&r->backing, "verifying");
	if ((rc = backup_check(r->part.name, &r->backing.watch, &r->backup,
	    err)) != RH_OK ||
	    (rc = backing_digest(r->cli, &r->backup, err)) != RH_OK)
		return rc;
	detail = given_up(r);
	rc = backup_revive(r->part.name, detail, err);
	free(detail);
	return rc;
}

static rh_status
restore(struct restoring *r, struct err *err)
{
	rh_status rc;

	if ((rc = begin(r, err)) != RH_OK)
		return rc;
	backing_begin(&r->backing, r->cli);
	rc = backing_judge(&r->backing, take_over(r, err), err);
	backing_end(&r->backing);
	if (rc != RH_OK)
		return err_wrap(err, "backup \"%s\"", cli_operand(r->cli, 0));
	return part_finish(&r->part, err);
}

static void
show(const struct restoring *r)
{
	struct buf text = { 0 };
	struct json_out w;
	char *detail = given_up(r);

	jw_init(&w, &text);
	jw_object(&w);
	jw_m_text(&w, "data", r->cfg->data);
	jw_m_raw(&w, "given_up", str_of(detail));
	jw_end_object(&w);
	if (r->cli->json)
		print_json(r->cli->out, text.p, text.len);
	buf_fini(&text);
	free(detail);
	if (r->cli->json)
		return;
	backing_text(r->cli, &r->backup);
	if (r->anchored.seq > r->backup.seq)
		fprintf(r->cli->out, "%lld audit rows behind it were signed "
		    "and are lost\n", (long long)(r->anchored.seq -
		    r->backup.seq));
	fprintf(r->cli->out, "restored into \"%s\"; its next start writes a "
	    "new %s\n", r->cfg->data, DATA_TOKEN);
}

int
cmd_restore(struct cli *cli)
{
	struct restoring r = { .cli = cli, .from = -1, .lock_fd = -1,
	    .part = { .fd = -1 } };
	struct err err = { 0 };
	int code = EXIT_OK;

	if (config_of_data(cli_opt(cli, "data"), cli_opt(cli, "anchor"),
	    &r.cfg, &err) != RH_OK || restore(&r, &err) != RH_OK)
		code = cli_fail(cli, &err);
	else
		show(&r);
	part_close(&r.part);
	if (r.from >= 0)
		close(r.from);
	if (r.lock_fd >= 0)
		close(r.lock_fd);
	config_free(r.cfg);
	return code;
}
