/*
 * audit verify: reads the database itself, so that it works with and
 * without a running host, and believes none.
 */
#include "audit/verify.h"
#include "base/buf.h"
#include "cli/cli.h"
#include "cli/config.h"
#include "cli/print.h"
#include "json/write.h"
#include "store/db.h"

#include <string.h>
#include <unistd.h>

static void
show_json(const struct cli *cli, const struct audit_report *r)
{
	struct buf text = { 0 };
	struct json_out w;

	jw_init(&w, &text);
	jw_object(&w);
	jw_m_bool(&w, "ok", r->ok);
	jw_m_i64(&w, "rows", r->rows);
	jw_m_i64(&w, "last_seq", r->last_seq);
	jw_m_i64(&w, "heads", r->heads);
	jw_m_i64(&w, "witnessed_seq", r->witnessed_seq);
	jw_m_text(&w, "problem", r->ok ? NULL : r->problem);
	jw_end_object(&w);
	print_json(cli->out, text.p, text.len);
	buf_fini(&text);
}

static void
show_text(const struct cli *cli, const struct audit_report *r,
    const char *anchor)
{
	struct buf line = { 0 };

	fprintf(cli->out, "%lld audit rows verified, the last is %lld\n",
	    (long long)r->rows, (long long)r->last_seq);
	if (anchor == NULL)
		fprintf(cli->out, "no anchor file: nothing outside of the "
		    "data directory witnesses the chain\n");
	else
		fprintf(cli->out, "%lld signed heads in \"%s\"; witnessed up "
		    "to row %lld\n", (long long)r->heads, anchor,
		    (long long)r->witnessed_seq);
	print_line(&line, r->problem, strlen(r->problem));
	if (r->ok)
		fprintf(cli->out, "audit verified\n");
	else
		fprintf(cli->out, "audit NOT verified: %s\n", line.p);
	buf_fini(&line);
}

static rh_status
verify(const struct config *cfg, const char *anchor, struct audit_report *r,
    struct err *err)
{
	struct buf path = { 0 };
	struct db *db = NULL;
	rh_status rc;

	buf_printf(&path, "%s/runhost.db", cfg->data);
	if (access(path.p, R_OK) != 0)
		rc = err_errno(err, RH_ENOENT, "database \"%s\"", path.p);
	else
		rc = db_open(path.p, DB_OFFLINE, NULL, &db, err);
	if (rc == RH_OK)
		rc = audit_verify(db, anchor, r, err);
	db_close(db);
	buf_fini(&path);
	return rc;
}

int
cmd_audit_verify(struct cli *cli)
{
	const char *named = cli_opt(cli, "anchor"), *anchor;
	struct audit_report r = { .ok = false };
	struct err err = { 0 };
	struct config *cfg;
	int code;

	if (config_of_data(cli_opt(cli, "data"), named, &cfg, &err) != RH_OK) {
		config_free(cfg);
		return cli_fail(cli, &err);
	}
	/* One that was named must be there; the usual one may be missing. */
	anchor = cfg->anchor;
	if (named == NULL && access(anchor, F_OK) != 0)
		anchor = NULL;
	if (verify(cfg, anchor, &r, &err) != RH_OK) {
		code = cli_fail(cli, &err);
	} else {
		code = r.ok ? EXIT_OK : EXIT_FAILED;
		if (cli->json)
			show_json(cli, &r);
		else
			show_text(cli, &r, anchor);
	}
	config_free(cfg);
	return code;
}
