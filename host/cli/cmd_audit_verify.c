/*
 * audit verify: reads the database itself, so that it works with and
 * without a running host, and believes none.
 */
#include "audit/head.h"
#include "audit/verify.h"
#include "base/buf.h"
#include "cli/cli.h"
#include "cli/config.h"
#include "cli/datadir.h"
#include "cli/print.h"
#include "cli/settings.h"
#include "json/write.h"
#include "store/db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char no_anchor[] = "there is no anchor file: nothing outside of "
    "the data directory witnesses the chain";

/* What is looked at, and by which key. */
struct subject {
	struct audit_check check;
	const char *warning;	/* or NULL */
	uint8_t	key[HEAD_KEY_LEN];
	char	key_hex[2 * HEAD_KEY_LEN + 1];
};

static void
show_json(const struct cli *cli, const struct audit_report *r,
    const struct subject *s)
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
	jw_m_text(&w, "anchor", s->check.anchor);
	jw_m_text(&w, "key", s->check.anchor != NULL ? s->key_hex : NULL);
	jw_m_text(&w, "warning", s->warning);
	jw_m_text(&w, "problem", r->ok ? NULL : r->problem);
	jw_end_object(&w);
	print_json(cli->out, text.p, text.len);
	buf_fini(&text);
}

static void
show_text(const struct cli *cli, const struct audit_report *r,
    const struct subject *s)
{
	struct buf line = { 0 };

	fprintf(cli->out, "%lld audit rows verified, the last is %lld\n",
	    (long long)r->rows, (long long)r->last_seq);
	if (s->check.anchor != NULL)
		fprintf(cli->out, "%lld heads in \"%s\", signed with the key "
		    "%s; witnessed up to row %lld\n", (long long)r->heads,
		    s->check.anchor, s->key_hex,
		    (long long)r->witnessed_seq);
	print_line(&line, r->problem, strlen(r->problem));
	if (r->ok)
		fprintf(cli->out, "audit verified\n");
	else
		fprintf(cli->out, "audit NOT verified: %s\n", line.p);
	buf_fini(&line);
}

/* One that was named must be there; the usual one may be missing. */
static rh_status
find_anchor(const struct config *cfg, struct subject *s, struct err *err)
{
	bool usual = cfg->layer[setting_find("anchor")] == LAYER_DEFAULT;

	s->check.anchor = cfg->anchor;
	if (access(cfg->anchor, F_OK) == 0)
		return RH_OK;
	if (!usual || errno != ENOENT)
		return err_errno(err, errno == ENOENT ? RH_ENOENT : RH_EIO,
		    "anchor file \"%s\"", cfg->anchor);
	s->check.anchor = NULL;
	return RH_OK;
}

/* The key that was named, or that of the data directory. */
static rh_status
find_key(const struct cli *cli, const struct config *cfg, struct subject *s,
    struct err *err)
{
	const char *named = cli_opt(cli, "key");
	char *path;
	rh_status rc = RH_OK;

	if (named != NULL) {
		if (!str_unhex(str_of(named), s->key, sizeof s->key))
			rc = err_set(err, RH_EINPUT, "--key takes %d "
			    "hexadecimal digits, not \"%s\"",
			    2 * HEAD_KEY_LEN, named);
	} else if (s->check.anchor != NULL) {
		path = datadir_path(cfg->data, DATA_KEY);
		if ((rc = signer_key_read(path, s->key, err)) != RH_OK)
			err_hint(err, "name the host's public key with "
			    "--key HEX");
		free(path);
	}
	str_hex(s->key_hex, s->key, sizeof s->key);
	s->check.key = s->key;
	return rc;
}

static rh_status
verify(const struct config *cfg, const struct subject *s,
    struct audit_report *r, struct err *err)
{
	char *path = datadir_path(cfg->data, DATA_DB);
	struct db *db = NULL;
	rh_status rc;

	if (access(path, R_OK) != 0)
		rc = err_errno(err, RH_ENOENT, "database \"%s\"", path);
	else
		rc = db_open(path, DB_OFFLINE, NULL, &db, err);
	if (rc == RH_OK)
		rc = audit_verify(db, &s->check, r, err);
	db_close(db);
	free(path);
	return rc;
}

static int
show(const struct cli *cli, const struct audit_report *r, struct subject *s)
{
	/* Whether rows were cut off, only an anchor tells. */
	if (s->check.anchor == NULL && r->rows > 0)
		s->warning = no_anchor;
	if (s->warning != NULL)
		fprintf(cli->diag, "runhost: warning: %s\n", s->warning);
	if (cli->json)
		show_json(cli, r, s);
	else
		show_text(cli, r, s);
	return r->ok ? EXIT_OK : EXIT_FAILED;
}

int
cmd_audit_verify(struct cli *cli)
{
	const char *named = cli_opt(cli, "anchor");
	struct subject s = { .check = { .key = NULL } };
	struct audit_report r = { .ok = false };
	struct err err = { 0 };
	struct config *cfg;
	int code;

	if (config_of_data(cli_opt(cli, "data"), named, &cfg, &err) != RH_OK) {
		config_free(cfg);
		return cli_fail(cli, &err);
	}
	if (find_anchor(cfg, &s, &err) != RH_OK ||
	    find_key(cli, cfg, &s, &err) != RH_OK ||
	    verify(cfg, &s, &r, &err) != RH_OK)
		code = cli_fail(cli, &err);
	else
		code = show(cli, &r, &s);
	config_free(cfg);
	return code;
}
