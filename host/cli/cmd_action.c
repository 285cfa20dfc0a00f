/*
 * action list, call: every action of the host and of its plugins by name.
 */
#include "base/buf.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/reply.h"

#include <errno.h>
#include <string.h>

#define BODY_MAX (16 * 1024 * 1024)

static void
show_list(const struct cli *cli, struct reply *r)
{
	static const struct column columns[] = {
		{ "NAME",	"name",		SHOW_TEXT },
		{ "KIND",	"kind",		SHOW_TEXT },
		{ "WHO",	"who",		SHOW_TEXT },
		{ "SCOPE",	"scope",	SHOW_TEXT },
		{ "RECORDED",	"audit",	SHOW_TEXT },
		{ "PROVIDER",	"provider",	SHOW_TEXT },
		{ "SUMMARY",	"summary",	SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};

	reply_table(cli, r, "items", columns);
}

int
cmd_action_list(struct cli *cli)
{
	return call_action(cli, "action_list", "{}", show_list);
}

static void
show_reply(const struct cli *cli, struct reply *r)
{
	print_json(cli->out, r->raw.body.p, r->raw.body.len);
}

static rh_status
read_stream(FILE *f, struct buf *out, struct err *err)
{
	char piece[8192];
	size_t n;

	while ((n = fread(piece, 1, sizeof piece, f)) > 0) {
		buf_add(out, piece, n);
		if (out->len > BODY_MAX)
			return err_set(err, RH_ETOOBIG, "the body is larger "
			    "than %d bytes", BODY_MAX);
	}
	if (ferror(f))
		return err_errno(err, RH_EIO, "reading the body");
	return RH_OK;
}

/* "-": the body comes from standard input; "@FILE": from a file. */
static rh_status
read_body(const char *from, struct buf *out, struct err *err)
{
	rh_status rc;
	FILE *f;

	if (strcmp(from, "-") == 0)
		return read_stream(stdin, out, err);
	if ((f = fopen(from + 1, "re")) == NULL)
		return err_errno(err, errno == ENOENT ? RH_ENOENT : RH_EIO,
		    "body \"%s\"", from + 1);
	rc = read_stream(f, out, err);
	fclose(f);
	return rc;
}

int
cmd_action_call(struct cli *cli)
{
	const char *body = cli_operand(cli, 1);
	struct buf text = { 0 };
	struct err err = { 0 };
	int code;

	if (body == NULL)
		body = "{}";
	if (strcmp(body, "-") == 0 || body[0] == '@') {
		if (read_body(body, &text, &err) != RH_OK) {
			buf_fini(&text);
			return cli_fail(cli, &err);
		}
		body = text.p != NULL ? text.p : "";
	}
	code = call_action(cli, cli_operand(cli, 0), body, show_reply);
	buf_fini(&text);
	return code;
}
