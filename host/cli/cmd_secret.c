/*
 * secret set, list, remove: the files themselves, beside a running host or
 * without one, so that a value passes no door.  A host that runs is asked
 * first, and has recorded the name before anything is changed.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "cli/config.h"
#include "cli/door.h"
#include "cli/print.h"
#include "cli/reply.h"
#include "cli/secrets.h"
#include "json/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static rh_status
open_dir(const struct cli *cli, struct config **cfg, int *dir,
    struct err *err)
{
	rh_status rc;

	*dir = -1;
	if ((rc = config_of_data(cli_opt(cli, "data"), NULL, cfg, err)) !=
	    RH_OK)
		return rc;
	if (access((*cfg)->data, X_OK) != 0)
		return err_errno(err, RH_ENOENT, "data directory \"%s\"",
		    (*cfg)->data);
	return secrets_open(*cfg, dir, err);
}

/* RH_OK also when no host answers: then it is said. */
static rh_status
tell_host(const struct cli *cli, const struct config *cfg,
    const char *change, struct err *err)
{
	struct member members[] = {
		{ .name = "name", .text = cli_operand(cli, 0) },
		{ .name = "change", .text = change },
		{ .name = NULL }
	};
	struct door door = { .dir_fd = -1 };
	struct reply r = { 0 };
	char *body = body_of(members);
	rh_status rc;

	if ((rc = door_open_data(cfg->data, &door, err)) == RH_OK)
		rc = door_action(&door, "secret_change", body, &r, err);
	if (rc == RH_EUNAVAIL && r.raw.status == 0) {
		fprintf(cli->diag, "runhost: warning: no host runs on \"%s\": "
		    "this change is on no record\n", cfg->data);
		rc = RH_OK;
	}
	reply_free(&r);
	door_close(&door);
	free(body);
	return rc;
}

/* The value comes from a file or standard input, never from argv. */
static rh_status
take_value(const struct cli *cli, struct secret *s, struct err *err)
{
	const char *path = cli_opt(cli, "file");
	int fd = STDIN_FILENO;
	rh_status rc;

	if (path == NULL && isatty(fd)) {
		err_set(err, RH_EINPUT, "the value comes on standard input, "
		    "and that is a terminal, which would show it");
		return err_hint(err, "runhost secret set %s <FILE, or --file "
		    "FILE", cli_operand(cli, 0));
	}
	if (path != NULL && (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return err_errno(err, RH_EIO, "file \"%s\"", path);
	rc = secret_take(fd, s, err);
	if (path != NULL)
		close(fd);
	return rc;
}

static void
show(const struct cli *cli, const char *done)
{
	struct buf text = { 0 };
	struct json_out w;

	if (!cli->json) {
		fprintf(cli->out, "%s %s\n", cli_operand(cli, 0), done);
		return;
	}
	jw_init(&w, &text);
	jw_object(&w);
	jw_m_text(&w, "name", cli_operand(cli, 0));
	jw_m_text(&w, "done", done);
	jw_end_object(&w);
	print_json(cli->out, text.p, text.len);
	buf_fini(&text);
}

int
cmd_secret_set(struct cli *cli)
{
	const char *name = cli_operand(cli, 0);
	struct config *cfg = NULL;
	struct secret s = { 0 };
	struct err err = { 0 };
	int code = EXIT_OK, dir = -1;

	if (secret_name_check(str_of(name), &err) != RH_OK ||
	    open_dir(cli, &cfg, &dir, &err) != RH_OK ||
	    take_value(cli, &s, &err) != RH_OK ||
	    tell_host(cli, cfg, "set", &err) != RH_OK ||
	    secret_write(dir, name, &s, &err) != RH_OK)
		code = cli_fail(cli, &err);
	else
		show(cli, "set");
	if (code == EXIT_OK && s.p[s.len - 1] == '\n')
		fprintf(cli->diag, "runhost: warning: the value ends with a "
		    "line feed, which is part of it\n");
	secret_wipe(&s);
	if (dir >= 0)
		close(dir);
	config_free(cfg);
	return code;
}

static void
show_names(const struct cli *cli, char *const *names)
{
	struct buf text = { 0 };
	struct json_out w;

	jw_init(&w, &text);
	jw_object(&w);
	jw_name(&w, "names");
	jw_array(&w);
	for (; *names != NULL; names++) {
		jw_text(&w, *names);
		if (!cli->json)
			fprintf(cli->out, "%s\n", *names);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	if (cli->json)
		print_json(cli->out, text.p, text.len);
	buf_fini(&text);
}

int
cmd_secret_list(struct cli *cli)
{
	struct config *cfg = NULL;
	struct err err = { 0 };
	char **names = NULL;
	int code = EXIT_OK, dir = -1;

	if (open_dir(cli, &cfg, &dir, &err) != RH_OK ||
	    (names = secret_names(dir, &err)) == NULL)
		code = cli_fail(cli, &err);
	else
		show_names(cli, names);
	free(names);
	if (dir >= 0)
		close(dir);
	config_free(cfg);
	return code;
}

int
cmd_secret_remove(struct cli *cli)
{
	const char *name = cli_operand(cli, 0);
	struct config *cfg = NULL;
	struct err err = { 0 };
	int code = EXIT_OK, dir = -1;

	if (secret_name_check(str_of(name), &err) != RH_OK ||
	    open_dir(cli, &cfg, &dir, &err) != RH_OK ||
	    tell_host(cli, cfg, "remove", &err) != RH_OK ||
	    secret_remove(dir, name, &err) != RH_OK)
		code = cli_fail(cli, &err);
	else
		show(cli, "removed");
	if (dir >= 0)
		close(dir);
	config_free(cfg);
	return code;
}
