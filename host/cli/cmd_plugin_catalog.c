/*
 * plugin enable, disable, remove, verify.
 */
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/reply.h"

#include "base/mem.h"
#include "plugin/sign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
of_id(const struct cli *cli, const char *action, const char *digest,
    void (*show)(const struct cli *, struct reply *))
{
	struct member members[] = {
		{ .name = "id", .text = cli_operand(cli, 0) },
		{ .name = "digest", .text = digest },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = call_action(cli, action, body, show);

	free(body);
	return code;
}

static void
show_state(const struct cli *cli, struct reply *r)
{
	fprintf(cli->out, "%s is %s (digest %s)\n", reply_word(r, 0, "id"),
	    reply_word(r, 0, "state"), reply_word(r, 0, "digest"));
}

int
cmd_plugin_enable(struct cli *cli)
{
	return of_id(cli, "plugin_enable", cli_opt(cli, "digest"),
	    show_state);
}

int
cmd_plugin_disable(struct cli *cli)
{
	return of_id(cli, "plugin_disable", NULL, show_state);
}

static void
delete_one(const struct cli *cli, const char *file)
{
	if (unlink(file) == 0)
		fprintf(cli->out, "deleted %s\n", file);
	else if (errno != ENOENT)
		fprintf(cli->diag, "runhost: %s stays: %s\n", file,
		    strerror(errno));
}

/*
 * The host said where it is: as somebody else than its owner one doesn't
 * delete whatever it names.
 */
static void
delete_files(const struct cli *cli, const struct door *d, const char *file)
{
	char *signature;

	if (!d->local || d->owner != geteuid()) {
		fprintf(cli->diag, "runhost: %s stays: delete it yourself, "
		    "for this is not the user of the host\n", file);
		return;
	}
	signature = mem_printf("%s" SIGN_SUFFIX, file);
	delete_one(cli, file);
	delete_one(cli, signature);
	free(signature);
}

static void
show_removed(const struct cli *cli, const struct door *d, struct reply *r)
{
	const char *file = reply_text(r, 0, "file");

	show_state(cli, r);
	if (file == NULL)
		return;
	if (cli_flag(cli, "delete"))
		delete_files(cli, d, file);
	else
		fprintf(cli->out, "its file stays: %s\n", file);
}

int
cmd_plugin_remove(struct cli *cli)
{
	struct member members[] = {
		{ .name = "id", .text = cli_operand(cli, 0) },
		{ .name = NULL }
	};
	char *body = body_of(members);
	struct reply r = { 0 };
	struct err err = { 0 };
	struct door door;
	int code = EXIT_OK;
	rh_status rc;

	if ((rc = door_open(cli, &door, &err)) == RH_OK)
		rc = door_action(&door, "plugin_remove", body, &r, &err);
	if (rc != RH_OK)
		code = cli_fail(cli, &err);
	else if (cli->json)
		print_json(cli->out, r.raw.body.p, r.raw.body.len);
	else
		show_removed(cli, &door, &r);
	reply_free(&r);
	door_close(&door);
	free(body);
	return code;
}

static void
show_verdict(const struct cli *cli, struct reply *r)
{
	static const struct column columns[] = {
		{ "file",	"file",			SHOW_TEXT },
		{ "file's digest", "file_digest",	SHOW_TEXT },
		{ "loaded",	"loaded_digest",	SHOW_TEXT },
		{ "catalog",	"catalog_digest",	SHOW_TEXT },
		{ "problem",	"problem",		SHOW_TEXT },
		{ "mend with",	"mend",			SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};

	reply_lines(cli, r, 0, columns);
	if (reply_bool(r, 0, "ok"))
		fprintf(cli->out, "ok: file, loaded and catalog are the "
		    "same\n");
}

int
cmd_plugin_verify(struct cli *cli)
{
	struct member members[] = {
		{ .name = "id", .text = cli_operand(cli, 0) },
		{ .name = NULL }
	};
	char *body = body_of(members);
	struct reply r = { 0 };
	struct err err = { 0 };
	struct door door;
	int code;
	rh_status rc;

	if ((rc = door_open(cli, &door, &err)) == RH_OK)
		rc = door_action(&door, "plugin_verify", body, &r, &err);
	if (rc != RH_OK) {
		code = cli_fail(cli, &err);
	} else {
		code = reply_bool(&r, 0, "ok") ? EXIT_OK : EXIT_FAILED;
		if (cli->json)
			print_json(cli->out, r.raw.body.p, r.raw.body.len);
		else
			show_verdict(cli, &r);
	}
	reply_free(&r);
	door_close(&door);
	free(body);
	return code;
}
