/*
 * The runner "echo": gives back the JSON that it was given, first in pieces
 * as events "echo.piece" {"text": …}, then whole as its output.  Without an
 * input it is the array of arguments.
 *
 * delay_ms, in the configuration or (first) in the run's metadata, is how
 * long it waits before each piece; 0 when unset.
 */
#include <runhost/easy.h>

#include <stdlib.h>

#define DELAY_MAX_MS	3600000
#define PIECES		8	/* as many as that, unless they get too big */
#define PIECE_MIN	16
#define PIECE_MAX	4096	/* quoted it must fit into an event */

static int64_t
delay_of(const struct rh_invocation *inv)
{
	int64_t ms;

	ms = rh_json_i64(inv->config, "delay_ms", 0);
	ms = rh_json_i64(inv->metadata, "delay_ms", ms);
	if (ms < 0)
		return 0;
	return ms < DELAY_MAX_MS ? ms : DELAY_MAX_MS;
}

/* At most max bytes from the front, not ending inside a character. */
static struct rh_text
front_of(struct rh_text t, uint64_t max)
{
	if (t.len <= max)
		return t;
	while (max > 1 && ((unsigned char)t.p[max] & 0xc0) == 0x80)
		max--;
	t.len = max;
	return t;
}

static rh_status
send_piece(const struct rh_host *host, const struct rh_invocation *inv,
    struct rh_text piece)
{
	char data[RH_JSON_QUOTED_MAX(PIECE_MAX) + 16] = "{\"text\":";
	uint64_t len = strlen(data);

	len += rh_json_quote(data + len, piece.p, piece.len);
	data[len++] = '}';
	return host->event(inv->handle, "echo.piece", 10, data, len);
}

/* RH_OK, or what told it to stop. */
static rh_status
send_pieces(const struct rh_host *host, const struct rh_invocation *inv,
    struct rh_text rest)
{
	int64_t delay_ms = delay_of(inv);
	uint64_t max = (rest.len + PIECES - 1) / PIECES;
	struct rh_text piece;
	rh_status rc;

	if (max < PIECE_MIN)
		max = PIECE_MIN;
	if (max > PIECE_MAX)
		max = PIECE_MAX;
	while (rest.len > 0) {
		if ((rc = host->wait(inv->handle, delay_ms)) != RH_OK)
			return rc;
		piece = front_of(rest, max);
		if ((rc = send_piece(host, inv, piece)) != RH_OK)
			return rc;
		rest.p += piece.len;
		rest.len -= piece.len;
	}
	return RH_OK;
}

static void
run(const struct rh_invocation *inv, const struct rh_host *host)
{
	struct rh_outcome outcome = rh_outcome_of(RH_COMPLETED);
	struct rh_text json = inv->input;
	rh_status rc;

	if (json.len == 0 || rh_text_is(json, "null"))
		json = inv->args;
	rh_progress(host, inv, "ECHOING", 0, NULL);
	rc = send_pieces(host, inv, json);
	if (rc == RH_ECANCELED || rc == RH_EDEADLINE) {
		rh_finish_as_stopped(host, inv);
		return;
	}
	if (rc != RH_OK) {
		rh_failed(host, inv, 1, "the host refused a piece");
		return;
	}
	rh_progress(host, inv, "DONE", 100, NULL);
	outcome.output = json;
	if (host->finish(inv->handle, &outcome) == RH_ETOOBIG)
		rh_failed(host, inv, 1, "the input is too big for an output");
}

static const struct rh_runner echo = {
	.size = sizeof echo,
	.flags = RH_RUNNER_IDEMPOTENT,
	.name = "echo",
	.summary = "Gives back what it is given, in pieces",
	.run = run,
};
static const struct rh_runner *const runners[] = { &echo, NULL };

static const char *const examples[] = { "/echo hello world", NULL };
static const struct rh_command command = {
	.size = sizeof command,
	.flags = RH_COMMAND_ANY_ACTION,
	.name = "/echo",
	.summary = "Gives back its arguments",
	.runner = "echo",
	.examples = examples,
};
static const struct rh_command *const commands[] = { &command, NULL };

RH_PLUGIN(0,
	.flags = RH_PLUGIN_STATELESS | RH_PLUGIN_THREADS,
	.id = "echo",
	.version = "1.0.0",
	.summary = "A runner that gives back what it is given",
	.runners = runners,
	.commands = commands,
);
