/*
 * plugin dev: a plugin in the hands of its author.  One loop waits for what
 * is typed, for Ctrl-C, for the file to change, and for the plugin.
 */
#include "cli/cli.h"

#include "base/clock.h"
#include "base/mem.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "json/write.h"
#include "kit/dev.h"
#include "worker/spawner.h"
#include "worker/strays.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT_S	300
#define MEMORY		(INT64_C(512) * 1024 * 1024)	/* as a host gives */
#define LINE_MAX_BYTES	(64 * 1024)
#define SHOWN_MAX	400	/* bytes of a text in a line for people */

/* What each deed is called, and what its numbers and texts are. */
static const struct {
	const char *name, *number, *a, *b, *c;
	bool	status;
} deed_table[DEED_KINDS] = {
	[DEED_STARTED] = { .name = "started" },
	[DEED_PROGRESS] = { "progress", "percent", "stage", "message", NULL, false },
	[DEED_EVENT] = { "event", NULL, "type", "data", NULL, false },
	[DEED_OUTPUT] = { "output", "stream", NULL, "text", NULL, false },
	[DEED_PRINTED] = { "printed", "stream", NULL, "text", NULL, false },
	[DEED_CHECKPOINT] = { "checkpoint", NULL, "name", "bytes", NULL, false },
	[DEED_FLUSH] = { .name = "flush" },
	[DEED_STATE_GET] = { "state_get", NULL, "scope", "key", "value", true },
	[DEED_STATE_SET] = { "state_set", NULL, "scope", "key", "value", false },
	[DEED_CALL] = { "call", NULL, "action", "args", "reply", true },
	[DEED_CONNECT] = { "connect", NULL, "host", NULL, NULL, true },
	[DEED_SECRET] = { "secret", NULL, "name", NULL, NULL, true },
	[DEED_LOG] = { "log", "level", NULL, "text", NULL, false },
	[DEED_REFUSED] = { "refused", NULL, "call", "why", NULL, true },
	[DEED_FINISH] = { "finish", "exit_code", "kind", "output", "error", false },
	[DEED_RETURNED] = { .name = "returned" },
	[DEED_ENDED] = { "worker", NULL, "last call", "end", NULL, false },
};

struct session {
	struct cli *cli;
	struct dev dev;
	struct interrupt in;
	struct buf typed;	/* read, not taken yet */
	bool	typed_end;
	bool	changed;	/* to be opened anew */
	bool	leaves;
	char	*first;		/* the command of the command line, or NULL */
	bool	first_due;
	int	code;
};

static void
say(struct session *s, const char *deed, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A word of our own, beside what the plugin does. */
static void
say(struct session *s, const char *deed, const char *fmt, ...)
{
	struct buf text = { 0 }, line = { 0 };
	struct json_out w;
	char *p;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&p, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (s->cli->json) {
		jw_init(&w, &line);
		jw_object(&w);
		jw_m_text(&w, "deed", deed);
		jw_m_text(&w, "text", p);
		jw_end_object(&w);
		print_json(s->cli->out, line.p, line.len);
	} else {
		print_line(&text, p, (size_t)n);
		fprintf(s->cli->out, "%s: %s\n", deed, text.p);
	}
	fflush(s->cli->out);
	buf_fini(&text);
	buf_fini(&line);
	free(p);
}

static void
show_json(FILE *f, const struct deed *d)
{
	const char *names[] = { deed_table[d->kind].a, deed_table[d->kind].b,
		deed_table[d->kind].c };
	const struct str texts[] = { d->a, d->b, d->c };
	struct buf line = { 0 };
	struct json_out w;
	size_t i;

	jw_init(&w, &line);
	jw_object(&w);
	jw_m_text(&w, "deed", deed_table[d->kind].name);
	jw_m_i64(&w, "us", d->after_us);
	if (deed_table[d->kind].number != NULL)
		jw_m_i64(&w, deed_table[d->kind].number, d->number);
	for (i = 0; i < ARRAY_LEN(names); i++)
		if (names[i] != NULL)
			jw_m_str(&w, names[i], texts[i]);
	if (deed_table[d->kind].status)
		jw_m_text(&w, "status", d->status == RH_OK ? "OK" :
		    err_reason(d->status)->code);
	jw_end_object(&w);
	print_json(f, line.p, line.len);
	buf_fini(&line);
}

static void
show_text(struct buf *line, const char *name, struct str text)
{
	if (name == NULL || text.len == 0)
		return;
	buf_printf(line, "  %s ", name);
	print_line(line, text.p, text.len < SHOWN_MAX ? text.len : SHOWN_MAX);
	if (text.len > SHOWN_MAX)
		buf_printf(line, "… (%zu bytes)", text.len);
}

static void
show_words(FILE *f, const struct deed *d)
{
	struct buf line = { 0 };

	buf_printf(&line, "%7.3f s  %-10s", (double)d->after_us / US_PER_S,
	    deed_table[d->kind].name);
	if (deed_table[d->kind].number != NULL)
		buf_printf(&line, "  %s %lld", deed_table[d->kind].number,
		    (long long)d->number);
	show_text(&line, deed_table[d->kind].a, d->a);
	show_text(&line, deed_table[d->kind].b, d->b);
	show_text(&line, deed_table[d->kind].c, d->c);
	if (deed_table[d->kind].status && d->status != RH_OK)
		buf_printf(&line, "  %s", err_reason(d->status)->code);
	while (line.p[line.len - 1] == ' ')
		line.p[--line.len] = '\0';
	fprintf(f, "%s\n", line.p);
	buf_fini(&line);
}

static void
on_deed(void *arg, const struct deed *d)
{
	struct session *s = arg;

	if (s->cli->json)
		show_json(s->cli->out, d);
	else
		show_words(s->cli->out, d);
	fflush(s->cli->out);
}

/* What can be typed. */
static void
show_plugin(struct session *s)
{
	const struct plugin *p = &s->dev.plugin;
	struct buf has = { 0 };
	size_t i;

	for (i = 0; i < p->command_count; i++)
		buf_printf(&has, " %s", p->commands[i].name);
	for (i = 0; i < p->action_count; i++)
		buf_printf(&has, " %s", p->actions[i].name);
	for (i = 0; i < p->runner_count; i++)
		buf_printf(&has, " %s", p->runners[i].name);
	say(s, "opened", "%s %s, sandbox %s:%s", p->id, p->version,
	    tier_name(s->dev.drive.tier), has.len > 0 ? has.p :
	    " it has nothing to run");
	buf_fini(&has);
}

static void
load(struct session *s)
{
	struct err err;

	s->changed = false;
	if (dev_load(&s->dev, &err) == RH_OK) {
		show_plugin(s);
		s->first_due = s->first != NULL;
		return;
	}
	if (err.status == RH_ECONFLICT)
		return;
	s->code = EXIT_FAILED;
	say(s, "not opened", "%s%s%s", err.msg, err.hint[0] != '\0' ? "; " :
	    "", err.hint);
}

static void
begin(struct session *s, const char *line)
{
	struct err err;

	if (strcmp(line, "quit") == 0) {
		s->leaves = true;
		return;
	}
	say(s, "run", "%s", line);
	if (dev_begin(&s->dev, line, &err) == RH_OK)
		return;
	say(s, "refused", "%s", err.msg);
	s->code = EXIT_FAILED;
}

/* The next whole line that was typed, the caller's; NULL: there is none. */
static char *
take_line(struct session *s)
{
	struct buf *b = &s->typed;
	char *end = b->len > 0 ? memchr(b->p, '\n', b->len) : NULL, *line;
	size_t len, taken;

	if (end == NULL && !(s->typed_end && b->len > 0))
		return NULL;
	len = end != NULL ? (size_t)(end - b->p) : b->len;
	taken = end != NULL ? len + 1 : len;
	while (len > 0 && strchr(" \t\r", b->p[len - 1]) != NULL)
		len--;
	line = mem_strndup(b->p, len);
	memmove(b->p, b->p + taken, b->len - taken);
	b->len -= taken;
	return line;
}

static void
read_typed(struct session *s)
{
	char piece[4096];
	ssize_t n = read(STDIN_FILENO, piece, sizeof piece);

	if (n <= 0 && !(n < 0 && errno == EINTR))
		s->typed_end = true;
	else if (n > 0)
		buf_add(&s->typed, piece, (size_t)n);
	if (s->typed.len > LINE_MAX_BYTES) {
		say(s, "refused", "a line of more than %d bytes",
		    LINE_MAX_BYTES);
		buf_clear(&s->typed);
	}
}

static int
code_of(const struct driven *now)
{
	static const int codes[] = {
		[RH_COMPLETED] = EXIT_OK, [RH_FAILED] = EXIT_FAILED,
		[RH_TIMEOUT] = EXIT_TIMEOUT, [RH_CANCELLED] = EXIT_FAILED,
		[RH_INTERRUPTED] = EXIT_OK,
	};

	return now->finished && now->kind < ARRAY_LEN(codes) ?
	    codes[now->kind] : EXIT_FAILED;
}

/* Ends a run that has ended; begins what is due. */
static void
go_on(struct session *s)
{
	char *line = NULL;

	if (s->dev.running && drive_over(&s->dev.drive)) {
		s->dev.running = false;
		s->code = code_of(&s->dev.drive.now);
	}
	if (s->dev.running)
		return;
	if (s->changed)
		load(s);
	if (s->first_due) {
		s->first_due = false;
		begin(s, s->first);
	} else if ((line = take_line(s)) != NULL && line[0] != '\0')
		begin(s, line);
	else if (line == NULL && s->typed_end)
		s->leaves = true;
	free(line);
}

static void
on_interrupt(struct session *s)
{
	if (!s->dev.running || s->dev.drive.now.cancelled_us != 0) {
		s->leaves = true;
		s->code = s->dev.running ? EXIT_FAILED : s->code;
		return;
	}
	say(s, "cancel", "asked for; Ctrl-C again ends");
	drive_cancel(&s->dev.drive);
}

static void
on_change(struct session *s)
{
	if (!dev_changed(&s->dev))
		return;
	if (s->dev.running && !s->changed)
		say(s, "changed", "opened anew when this run has ended");
	s->changed = true;
}

static void
wait_for(struct session *s)
{
	bool reads = !s->dev.running && !s->typed_end &&
	    (s->typed.len == 0 || memchr(s->typed.p, '\n', s->typed.len) ==
	    NULL);
	struct pollfd p[DRIVE_FDS + 3] = {
		{ .fd = s->in.fd, .events = POLLIN },
		{ .fd = dev_watch_fd(&s->dev), .events = POLLIN },
		{ .fd = reads ? STDIN_FILENO : -1, .events = POLLIN },
	};
	int i, n = 3, left = dev_left_ms(&s->dev);

	if (s->dev.is_open) {
		drive_poll(&s->dev.drive, p + n);
		n += DRIVE_FDS;
	}
	/* Something that was typed or is due waits for nothing. */
	if (!s->dev.running && (s->changed || s->first_due || !reads))
		left = 0;
	if (poll(p, (nfds_t)n, left) == 0 && s->dev.running && left == 0) {
		say(s, "killed", "it runs on behind its time");
		drive_kill(&s->dev.drive);
	}
	if (p[0].revents != 0 && interrupt_take(&s->in))
		on_interrupt(s);
	if (p[1].revents != 0)
		on_change(s);
	if (p[2].revents != 0)
		read_typed(s);
	for (i = 3; i < n; i++)
		if (p[i].revents != 0) {
			drive_read(&s->dev.drive);
			break;
		}
}

/* The words behind the file, as one line; NULL: none. */
static char *
take_first(const struct cli *cli)
{
	struct buf b = { 0 };
	const char *w = cli_operand(cli, 1);
	size_t i;

	if (w != NULL && *w == '/')
		return cli_command(cli, 1);
	for (i = 1; (w = cli_operand(cli, i)) != NULL; i++)
		buf_printf(&b, "%s%s", i > 1 ? " " : "", w);
	return b.len > 0 ? buf_take(&b) : NULL;
}

static int
run(struct session *s, struct spawner *spawner)
{
	struct drive_config cf = {
		.spawner = spawner, .memory_bytes = MEMORY,
		.saw = on_deed, .arg = s,
	};
	struct err err;

	if (dev_init(&s->dev, cli_operand(s->cli, 0), &cf, cli_int(s->cli,
	    "timeout", TIMEOUT_S) * 1000, &err) != RH_OK)
		return cli_fail(s->cli, &err);
	s->first = take_first(s->cli);
	s->changed = true;
	if (isatty(STDIN_FILENO))
		fprintf(s->cli->diag, "type a command, \"resume\" or "
		    "\"quit\"; Ctrl-C cancels\n");
	/* Also when nobody reads any more. */
	for (go_on(s); !s->leaves && !ferror(s->cli->out); go_on(s))
		wait_for(s);
	return s->code;
}

int
cmd_plugin_dev(struct cli *cli)
{
	struct session s = { .cli = cli };
	struct spawner *spawner;
	struct err err;
	int code;

	interrupt_hold(&s.in);
	if ((spawner = spawner_start(&err)) == NULL) {
		interrupt_release(&s.in);
		return cli_fail(cli, &err);
	}
	code = run(&s, spawner);
	dev_fini(&s.dev);
	spawner_stop(spawner);
	strays_end();
	interrupt_release(&s.in);
	free(s.first);
	buf_fini(&s.typed);
	return code;
}
