/*
 * stats: a window's runs, as numbers with bars.
 */
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/reply.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BAR	24	/* characters of the longest */

/* So many of most, at least one for any. */
static const char *
bar(int64_t n, int64_t most, char out[BAR + 1])
{
	int64_t len = most > 0 ? (n * BAR + most / 2) / most : 0;

	if (len == 0 && n > 0)
		len = 1;
	memset(out, '#', (size_t)len);
	out[len] = '\0';
	return out;
}

static void
show_window(const struct cli *cli, struct reply *r)
{
	char from[PRINT_TIME_LEN], until[PRINT_TIME_LEN];

	fprintf(cli->out, "%-14s %s to %s\n", "made",
	    print_time(reply_i64(r, 0, "start_time", 0), from),
	    print_time(reply_i64(r, 0, "end_time", 0), until));
}

static void
show_rate(const struct cli *cli, struct reply *r, const char *name,
    const char *field)
{
	const char *text = reply_text(r, 0, field);

	if (text != NULL)
		fprintf(cli->out, "%-14s %.1f %%\n", name,
		    100 * strtod(text, NULL));
}

static const char *
seconds(struct reply *r, const char *which, const char *what,
    char out[PRINT_TIME_LEN])
{
	char *field = mem_printf("%s_%s_seconds", which, what);
	const char *text = reply_text(r, 0, field);

	free(field);
	return text != NULL ? print_duration(strtod(text, NULL), out) : "-";
}

static void
show_times(const struct cli *cli, struct reply *r, const char *name,
    const char *what)
{
	char avg[PRINT_TIME_LEN], p50[PRINT_TIME_LEN], p95[PRINT_TIME_LEN],
	    p99[PRINT_TIME_LEN];

	fprintf(cli->out, "%-14s average %s, half within %s, 95 %% within %s,"
	    " 99 %% within %s\n", name, seconds(r, "avg", what, avg),
	    seconds(r, "p50", what, p50), seconds(r, "p95", what, p95),
	    seconds(r, "p99", what, p99));
}

static void
show_runs(const struct cli *cli, struct reply *r)
{
	static const char *const states[] = {
		"created", "queued", "claimed", "running", "interrupted",
		"completed", "failed", "timeout", "cancelled",
	};
	int64_t n[ARRAY_LEN(states)], most = 0;
	char text[BAR + 1], *field;
	size_t i;

	for (i = 0; i < ARRAY_LEN(states); i++) {
		field = mem_printf("%s_count", states[i]);
		n[i] = reply_i64(r, 0, field, 0);
		most = n[i] > most ? n[i] : most;
		free(field);
	}
	show_window(cli, r);
	fprintf(cli->out, "%-14s %lld, %s an hour\n", "runs",
	    (long long)reply_i64(r, 0, "total_count", 0),
	    reply_word(r, 0, "throughput_per_hour"));
	for (i = 0; i < ARRAY_LEN(states); i++) {
		if (n[i] > 0)
			fprintf(cli->out, "  %-12s %-10lld %s\n", states[i],
			    (long long)n[i], bar(n[i], most, text));
	}
	show_rate(cli, r, "succeeded", "success_rate");
	show_rate(cli, r, "  of finished", "finished_success_rate");
	show_rate(cli, r, "failed", "failure_rate");
	show_times(cli, r, "took", "duration");
	show_times(cli, r, "waited", "queue_wait");
}

static void
add_runner(struct table *t, struct reply *r, int obj, int64_t most)
{
	static const struct column columns[] = {
		{ "", "total_runs",	SHOW_TEXT },
		{ "", "active_runs",	SHOW_TEXT },
		{ "", "completed_runs",	SHOW_TEXT },
		{ "", "failed_runs",	SHOW_TEXT },
		{ "", "p50_duration_seconds", SHOW_SECONDS },
		{ "", "p95_duration_seconds", SHOW_SECONDS },
		{ "", "p95_queue_wait_seconds", SHOW_SECONDS },
		{ NULL, NULL, SHOW_END }
	};
	const struct column *c;
	char text[BAR + 1];

	table_cell(t, reply_text(r, obj, "runner_id"));
	for (c = columns; c->show != SHOW_END; c++)
		table_cell(t, reply_show(r, obj, c));
	table_cell(t, bar(reply_i64(r, obj, "total_runs", 0), most, text));
}

static void
show_runners(const struct cli *cli, struct reply *r)
{
	static const char *const heads[] = {
		"RUNNER", "RUNS", "ACTIVE", "COMPLETED", "FAILED", "HALF",
		"95 %", "WAIT 95 %", "", NULL
	};
	int items = json_member(&r->doc, 0, "items");
	int obj = json_first(&r->doc, items);
	int64_t most = obj >= 0 ? reply_i64(r, obj, "total_runs", 0) : 0;
	struct table t;

	show_window(cli, r);
	table_init(&t, heads);
	for (; obj >= 0; obj = json_next(&r->doc, obj))
		add_runner(&t, r, obj, most);
	table_print(&t, print_width(cli->out), cli->out);
	table_fini(&t);
	reply_more(cli, r, "cursor");
}

static void
show_runtimes(const struct cli *cli, struct reply *r)
{
	static const char *const heads[] = {
		"RUNTIME", "STATUS", "HOLDS", "CAPACITY", "", NULL
	};
	int obj = json_first(&r->doc, json_member(&r->doc, 0, "busiest"));
	int64_t most = obj >= 0 ? reply_i64(r, obj, "held_runs", 0) : 0;
	char text[BAR + 1];
	struct table t;

	fprintf(cli->out, "%-14s %s: %s online, %s draining, %s stale\n"
	    "%-14s %s of %s\n", "runtimes", reply_word(r, 0, "total_count"),
	    reply_word(r, 0, "online_count"),
	    reply_word(r, 0, "draining_count"),
	    reply_word(r, 0, "stale_count"), "runs they hold",
	    reply_word(r, 0, "held_runs"), reply_word(r, 0, "capacity"));
	table_init(&t, heads);
	for (; obj >= 0; obj = json_next(&r->doc, obj)) {
		table_cell(&t, reply_text(r, obj, "runtime_id"));
		table_cell(&t, reply_text(r, obj, "status"));
		table_cell(&t, reply_word(r, obj, "held_runs"));
		table_cell(&t, reply_word(r, obj, "capacity"));
		table_cell(&t, bar(reply_i64(r, obj, "held_runs", 0), most,
		    text));
	}
	table_print(&t, print_width(cli->out), cli->out);
	table_fini(&t);
}

static int
stats_of_runtimes(struct cli *cli)
{
	char *body = mem_strdup("{}");
	int code = call_action(cli, "runtime_stats", body, show_runtimes);

	free(body);
	return code;
}

/* As text that the caller frees. */
static char *
window_start(struct cli *cli)
{
	int64_t end = cli_int(cli, "end", (int64_t)time(NULL));
	int64_t start = end - 3600 * cli_int(cli, "hours", 1);

	return mem_printf("%lld", (long long)(start > 0 ? start : 1));
}

static int
stats_of_runs(struct cli *cli)
{
	bool runners = cli_flag(cli, "runners");
	char *start = window_start(cli);
	struct member members[] = {
		{ .name = "start_time", .raw = start },
		{ .name = "end_time", .raw = cli_opt(cli, "end") },
		{ .name = runners ? "after_cursor" : "runner_id",
		  .text = cli_opt(cli, runners ? "cursor" : "runner") },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = call_action(cli, runners ? "runner_stats" : "run_stats",
	    body, runners ? show_runners : show_runs);

	free(body);
	free(start);
	return code;
}

/* What doesn't go together is not passed over. */
static const char *
stray_option(struct cli *cli)
{
	static const struct stray {
		const char *with, *not[6];
	} strays[] = {
		{ "runtimes", { "runners", "runner", "hours", "end",
		    "cursor" } },
		{ "runners", { "runner" } },
	};
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(strays); i++) {
		for (k = 0; cli_flag(cli, strays[i].with) &&
		    strays[i].not[k] != NULL; k++) {
			if (cli_opt(cli, strays[i].not[k]) != NULL ||
			    cli_flag(cli, strays[i].not[k]))
				return strays[i].not[k];
		}
	}
	return NULL;
}

int
cmd_stats(struct cli *cli)
{
	const char *stray = stray_option(cli);

	if (stray != NULL)
		return cli_usage(cli, "\"--%s\" doesn't go with \"--%s\"",
		    stray, cli_flag(cli, "runtimes") ? "runtimes" :
		    "runners");
	return cli_flag(cli, "runtimes") ? stats_of_runtimes(cli) :
	    stats_of_runs(cli);
}
