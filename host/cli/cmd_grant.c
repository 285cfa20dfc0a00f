/*
 * grant add, list, remove; can.
 */
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/reply.h"
#include "json/write.h"

#include <stdlib.h>
#include <string.h>

static void
show_grant(const struct cli *cli, struct reply *r)
{
	fprintf(cli->diag, "grant %s of %s to %s\n",
	    reply_word(r, 0, "grant_id"), reply_word(r, 0, "permission"),
	    reply_word(r, 0, "grantee"));
	fprintf(cli->out, "%s\n", reply_word(r, 0, "grant_id"));
}

static char *
queues_of(const struct cli *cli)
{
	struct buf text = { 0 };
	struct json_out w;
	const char *queue;
	size_t i;

	if (cli_opt(cli, "queue") == NULL)
		return NULL;
	jw_init(&w, &text);
	jw_array(&w);
	for (i = 0; (queue = cli_opt_at(cli, "queue", i)) != NULL; i++)
		jw_text(&w, queue);
	jw_end_array(&w);
	return buf_take(&text);
}

/* NULL: there are none, or one of them isn't NAME=VALUE. */
static char *
labels_of(const struct cli *cli, struct err *err)
{
	struct buf text = { 0 }, name = { 0 };
	const char *label = NULL, *eq = NULL;
	struct json_out w;
	size_t i;

	if (cli_opt(cli, "label") == NULL)
		return NULL;
	jw_init(&w, &text);
	jw_object(&w);
	for (i = 0; (label = cli_opt_at(cli, "label", i)) != NULL &&
	    (eq = strchr(label, '=')) != NULL; i++) {
		buf_clear(&name);
		buf_add(&name, label, (size_t)(eq - label));
		jw_m_text(&w, name.len > 0 ? name.p : "", eq + 1);
	}
	jw_end_object(&w);
	buf_fini(&name);
	if (label == NULL)
		return buf_take(&text);
	buf_fini(&text);
	err_set(err, RH_EINPUT, "--label \"%s\": must be NAME=VALUE", label);
	return NULL;
}

int
cmd_grant_add(struct cli *cli)
{
	struct err err = { 0 };
	char *queues = queues_of(cli), *labels = labels_of(cli, &err);
	struct member members[] = {
		{ .name = "grantee", .text = cli_operand(cli, 0) },
		{ .name = "permission", .text = cli_operand(cli, 1) },
		{ .name = "owner", .text = cli_opt(cli, "owner") },
		{ .name = "workspace", .text = cli_opt(cli, "workspace") },
		{ .name = "bot", .text = cli_opt(cli, "bot") },
		{ .name = "conversation",
		  .text = cli_opt(cli, "conversation") },
		{ .name = "thread", .text = cli_opt(cli, "thread") },
		{ .name = "runner", .text = cli_opt(cli, "runner") },
		{ .name = "queues", .raw = queues },
		{ .name = "labels", .raw = labels },
		{ .name = "expires_in_seconds",
		  .raw = cli_opt(cli, "expires") },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = err.status != RH_OK ? cli_fail(cli, &err) :
	    call_action(cli, "grant_add", body, show_grant);

	free(body);
	free(labels);
	free(queues);
	return code;
}

static void
show_list(const struct cli *cli, struct reply *r)
{
	static const struct column columns[] = {
		{ "GRANT",	"grant_id",	SHOW_TEXT },
		{ "GRANTEE",	"grantee",	SHOW_TEXT },
		{ "PERMISSION",	"permission",	SHOW_TEXT },
		{ "SCOPE",	"scope",	SHOW_MEMBERS },
		{ "EXPIRES",	"expires_at",	SHOW_TIME },
		{ "CREATED",	"created_at",	SHOW_TIME },
		{ "BY",		"created_by",	SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};

	reply_table(cli, r, "items", columns);
}

int
cmd_grant_list(struct cli *cli)
{
	struct member members[] = {
		{ .name = "grantee", .text = cli_operand(cli, 0) },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = call_action(cli, "grant_list", body, show_list);

	free(body);
	return code;
}

static void
show_removed(const struct cli *cli, struct reply *r)
{
	fprintf(cli->out, "%s removed\n", reply_word(r, 0, "grant_id"));
}

int
cmd_grant_remove(struct cli *cli)
{
	struct member members[] = {
		{ .name = "grant_id", .text = cli_operand(cli, 0) },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = call_action(cli, "grant_remove", body, show_removed);

	free(body);
	return code;
}

static void
show_verdict(const struct cli *cli, struct reply *r)
{
	const char *reason = reply_text(r, 0, "reason");
	const char *command = reply_text(r, 0, "grant_command");
	struct buf line = { 0 };

	buf_adds(&line, reply_bool(r, 0, "allowed") ? "yes" : "no");
	if (reason != NULL && *reason != '\0') {
		buf_adds(&line, ": ");
		print_line(&line, reason, strlen(reason));
	}
	fprintf(cli->out, "%s\n", line.p);
	fflush(cli->out);
	if (command != NULL)
		fprintf(cli->diag, "hint: %s\n", command);
	buf_fini(&line);
}

int
cmd_can(struct cli *cli)
{
	struct member members[] = {
		{ .name = "principal", .text = cli_operand(cli, 0) },
		{ .name = "permission", .text = cli_operand(cli, 1) },
		{ .name = "run_id", .text = cli_operand(cli, 2) },
		{ .name = NULL }
	};
	char *body = body_of(members);
	struct reply r = { 0 };
	struct err err = { 0 };
	struct door door;
	int code;

	if (door_open(cli, &door, &err) != RH_OK ||
	    door_action(&door, "permission_check", body, &r, &err) != RH_OK) {
		code = cli_fail(cli, &err);
	} else {
		code = reply_bool(&r, 0, "allowed") ? EXIT_OK : EXIT_REFUSED;
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
