/*
 * run, watch: starts a slash command, follows it, prints what it wrote.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/door.h"
#include "cli/follow.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/reply.h"
#include "json/scan.h"
#include "json/write.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_PAUSE_MS	20
#define LAST_PAUSE_MS	500

/* What the start of a run goes through. */
struct start {
	const struct cli *cli;
	struct door door;
	struct interrupt interrupt;
};

/* KEY=VALUE; the value is JSON if it can be, else text. */
static rh_status
add_metadata(struct json_out *w, const char *text, struct err *err)
{
	const char *eq = strchr(text, '=');
	struct err ignored;
	char *name;
	size_t tokens;

	if (eq == NULL || eq == text)
		return err_set(err, RH_EINPUT,
		    "--set takes KEY=VALUE, not \"%s\"", text);
	name = mem_strndup(text, (size_t)(eq - text));
	jw_name(w, name);
	free(name);
	if (json_scan(eq + 1, strlen(eq + 1), &json_limits_default, &tokens,
	    &ignored) == RH_OK)
		jw_raw(w, str_of(eq + 1));
	else
		jw_text(w, eq + 1);
	return RH_OK;
}

static rh_status
metadata_text(const struct cli *cli, char **out, struct err *err)
{
	struct buf text = { 0 };
	struct json_out w;
	const char *set;
	rh_status rc = RH_OK;
	size_t i;

	*out = NULL;
	jw_init(&w, &text);
	jw_object(&w);
	for (i = 0; (set = cli_opt_at(cli, "set", i)) != NULL; i++)
		if ((rc = add_metadata(&w, set, err)) != RH_OK)
			break;
	if (rc != RH_OK || i == 0) {
		buf_fini(&text);
		return rc;
	}
	jw_end_object(&w);
	*out = buf_take(&text);
	return RH_OK;
}

static char *
execute_body(const struct cli *cli, const char *metadata)
{
	const char *session = cli_opt(cli, "session");
	char *command = cli_command(cli, 0), *body;
	struct member members[] = {
		{ .name = "session_id", .text = session ? session : "cli" },
		{ .name = "command", .text = command },
		{ .name = "dry_run",
		  .raw = cli_flag(cli, "dry-run") ? "true" : NULL },
		{ .name = "metadata", .raw = metadata },
		{ .name = "timeout_seconds", .raw = cli_opt(cli, "timeout") },
		{ .name = NULL }
	};

	body = body_of(members);
	free(command);
	return body;
}

/* Whether an answer, or the lack of one, may be another one soon. */
static bool
is_passing(rh_status rc)
{
	return rc == RH_EDEADLINE || rc == RH_EUNAVAIL || rc == RH_EBUSY;
}

/*
 * Sends the request until the host takes it.  A host that is there but
 * starting or full is asked for wait_s; one that doesn't answer once more.
 */
static rh_status
send_until_taken(struct start *s, const struct httpc_request *rq,
    struct reply *r, struct err *err)
{
	int64_t until = clock_real.boot_us(&clock_real) +
	    cli_int(s->cli, "wait", 30) * US_PER_S;
	int unanswered = 0, pause_ms = FIRST_PAUSE_MS;
	rh_status rc;

	for (;;) {
		rc = door_send(&s->door, rq, r, err);
		if (!is_passing(rc))
			return rc;
		if (r->raw.status == 0 && unanswered++ > 0)
			return rc;
		if (clock_real.boot_us(&clock_real) >= until)
			return rc;
		if (interrupt_wait(&s->interrupt, pause_ms))
			return rc;
		reply_free(r);
		if (pause_ms < LAST_PAUSE_MS)
			pause_ms *= 2;
	}
}

/*
 * A key of its own for every command given, so that a request that is sent
 * again because its answer was lost starts no second run.
 */
static rh_status
execute(struct start *s, const char *body, struct reply *r, struct err *err)
{
	unsigned char random[16];
	char hex[2 * sizeof random + 1], key[64];
	const char *headers[] = { key, NULL };
	struct httpc_request rq = {
		.method = "POST", .path = "/api/extensions/execute",
		.headers = headers, .body = body, .body_len = strlen(body),
	};

	rand_bytes(&rand_system, random, sizeof random);
	str_hex(hex, random, sizeof random);
	snprintf(key, sizeof key, "Idempotency-Key: %s", hex);
	return send_until_taken(s, &rq, r, err);
}

static int
start(struct start *s, const char *body)
{
	const struct cli *cli = s->cli;
	struct follow_args args = {
		.retry_s = cli_int(cli, "wait", 30), .cancel = true,
		.interrupt = &s->interrupt,
	};
	struct reply r = { 0 };
	struct err err = { 0 };
	int code = EXIT_OK;

	if (execute(s, body, &r, &err) != RH_OK) {
		code = cli_fail(cli, &err);
	} else if ((args.run_id = reply_text(&r, 0, "run_id")) == NULL) {
		err_set(&err, RH_EPROTO, "the host's reply names no run");
		code = cli_fail(cli, &err);
	} else if (!cli_flag(cli, "detach")) {
		if (!cli->json)
			fprintf(cli->diag, "run %s\n", args.run_id);
		code = follow_run(cli, &s->door, &args);
	} else if (cli->json) {
		print_json(cli->out, r.raw.body.p, r.raw.body.len);
	} else {
		fprintf(cli->out, "%s\n", args.run_id);
	}
	reply_free(&r);
	return code;
}

int
cmd_run(struct cli *cli)
{
	struct start s = { .cli = cli };
	struct err err = { 0 };
	char *metadata, *body;
	int code;

	if (metadata_text(cli, &metadata, &err) != RH_OK)
		return cli_usage(cli, "%s", err.msg);
	body = execute_body(cli, metadata);
	interrupt_hold(&s.interrupt);
	if (door_open(cli, &s.door, &err) == RH_OK)
		code = start(&s, body);
	else
		code = cli_fail(cli, &err);
	door_close(&s.door);
	interrupt_release(&s.interrupt);
	free(body);
	free(metadata);
	return code;
}

int
cmd_watch(struct cli *cli)
{
	struct interrupt interrupt;
	struct follow_args args = {
		.run_id = cli_operand(cli, 0), .after = cli_opt(cli, "after"),
		.retry_s = cli_int(cli, "wait", 30), .interrupt = &interrupt,
	};
	struct err err = { 0 };
	struct door door;
	int code;

	interrupt_hold(&interrupt);
	if (door_open(cli, &door, &err) == RH_OK)
		code = follow_run(cli, &door, &args);
	else
		code = cli_fail(cli, &err);
	door_close(&door);
	interrupt_release(&interrupt);
	return code;
}
