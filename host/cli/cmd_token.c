/*
 * token create, list, revoke.
 */
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A new file that only its owner can read, before there is a token. */
static rh_status
open_out(const char *path, int *fd, struct err *err)
{
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (*fd >= 0)
		return RH_OK;
	if (errno == EEXIST) {
		err_set(err, RH_ECONFLICT, "token file \"%s\" is already "
		    "there", path);
		return err_hint(err, "choose another name, or move it away");
	}
	return err_errno(err, RH_EIO, "token file \"%s\"", path);
}

static rh_status
write_token(const char *path, int fd, const char *token, struct err *err)
{
	size_t len = strlen(token);

	if (write(fd, token, len) != (ssize_t)len ||
	    write(fd, "\n", 1) != 1 || fsync(fd) != 0)
		return err_errno(err, RH_EIO, "token file \"%s\"", path);
	return RH_OK;
}

/* The token is shown once; nobody can ask for it again. */
static int
show_created(const struct cli *cli, int fd, struct reply *r)
{
	const char *path = cli_opt(cli, "out");
	const char *token = reply_text(r, 0, "token");
	struct err err = { 0 };

	if (token == NULL)
		token = "";
	if (path != NULL && write_token(path, fd, token, &err) != RH_OK) {
		err_hint(&err, "revoke it: runhost token revoke %s",
		    reply_word(r, 0, "token_id"));
		return cli_fail(cli, &err);
	}
	if (cli->json && path == NULL) {
		print_json(cli->out, r->raw.body.p, r->raw.body.len);
		return EXIT_OK;
	}
	fprintf(cli->diag, "token %s of %s; it is not shown again\n",
	    reply_word(r, 0, "token_id"), reply_word(r, 0, "principal"));
	fprintf(cli->out, "%s\n", path == NULL ? token : path);
	return EXIT_OK;
}

int
cmd_token_create(struct cli *cli)
{
	struct member members[] = {
		{ .name = "principal", .text = cli_operand(cli, 0) },
		{ .name = "label", .text = cli_opt(cli, "label") },
		{ .name = "role", .text = cli_opt(cli, "role") },
		{ .name = "expires_in_seconds",
		  .raw = cli_opt(cli, "expires") },
		{ .name = NULL }
	};
	char *body = body_of(members);
	const char *path = cli_opt(cli, "out");
	struct reply r = { 0 };
	struct err err = { 0 };
	struct door door = { .dir_fd = -1 };
	rh_status rc = RH_OK;
	int code, fd = -1;

	if (path != NULL)
		rc = open_out(path, &fd, &err);
	if (rc == RH_OK)
		rc = door_open(cli, &door, &err);
	if (rc == RH_OK)
		rc = door_action(&door, "token_create", body, &r, &err);
	code = rc == RH_OK ? show_created(cli, fd, &r) : cli_fail(cli, &err);
	if (rc != RH_OK && fd >= 0)
		unlink(path);
	if (fd >= 0)
		close(fd);
	reply_free(&r);
	door_close(&door);
	free(body);
	return code;
}

static void
show_list(const struct cli *cli, struct reply *r)
{
	static const struct column columns[] = {
		{ "TOKEN",	"token_id",	SHOW_TEXT },
		{ "PRINCIPAL",	"principal",	SHOW_TEXT },
		{ "LABEL",	"label",	SHOW_TEXT },
		{ "CREATED",	"created_at",	SHOW_TIME },
		{ "BY",		"created_by",	SHOW_TEXT },
		{ "EXPIRES",	"expires_at",	SHOW_TIME },
		{ "REVOKED",	"revoked_at",	SHOW_TIME },
		{ NULL, NULL, SHOW_END }
	};

	reply_table(cli, r, "items", columns);
}

int
cmd_token_list(struct cli *cli)
{
	return call_action(cli, "token_list", "{}", show_list);
}

static void
show_revoked(const struct cli *cli, struct reply *r)
{
	fprintf(cli->out, "%s revoked\n", reply_word(r, 0, "token_id"));
}

int
cmd_token_revoke(struct cli *cli)
{
	struct member members[] = {
		{ .name = "token_id", .text = cli_operand(cli, 0) },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = call_action(cli, "token_revoke", body, show_revoked);

	free(body);
	return code;
}
