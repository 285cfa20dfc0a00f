/*
 * Reading the file and trying its cells, each with a principal of its own.
 */
#include "lib/matrix.h"

#include "lib/samples.h"
#include "lib/unit.h"

#include "action/action.h"
#include "auth/session.h"
#include "base/mem.h"

#include <runhost/host.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX	40	/* of all tables */
#define ROWS_MAX	160

struct row {
	char	action[64];
	char	want[COLUMNS_MAX][8];
	int	cells;
	int	first, columns;		/* of its table */
};

struct matrix {
	char	columns[COLUMNS_MAX][24];
	int	column_count;
	int	table;		/* its first column */
	int	tried;
	struct row rows[ROWS_MAX];
	int	row_count;
	void	(*wrong)(const struct matrix_cell *, void *);
	void	*arg;
	struct core c;
};

static void
wrong(struct matrix *m, const char *action, const char *caller,
    const char *want, const char *got)
{
	struct matrix_cell cell = { action, caller, want, got };

	m->wrong(&cell, m->arg);
}

static void
read_line(struct matrix *m, char *line)
{
	struct row *r = &m->rows[m->row_count];
	char *save = NULL, *word = strtok_r(line, " \t\n", &save);

	if (word == NULL || word[0] == '#')
		return;
	if (strcmp(word, "callers:") == 0) {
		m->table = m->column_count;
		while ((word = strtok_r(NULL, " \t\n", &save)) != NULL &&
		    m->column_count < COLUMNS_MAX)
			snprintf(m->columns[m->column_count++],
			    sizeof m->columns[0], "%s", word);
		return;
	}
	if (m->row_count == ROWS_MAX - 1)
		abort();
	m->row_count++;
	r->first = m->table;
	r->columns = m->column_count - m->table;
	snprintf(r->action, sizeof r->action, "%s", word);
	while ((word = strtok_r(NULL, " \t\n", &save)) != NULL &&
	    r->cells < COLUMNS_MAX)
		snprintf(r->want[r->cells++], sizeof r->want[0], "%s", word);
}

static void
read_file(struct matrix *m)
{
	const char *top = getenv("TOP_SRCDIR");
	char path[1024], line[1024];
	FILE *f;

	snprintf(path, sizeof path, "%s/tests/unit/action/matrix.txt",
	    top != NULL ? top : "..");
	if ((f = fopen(path, "re")) == NULL) {
		wrong(m, path, "", "the file", "nothing");
		return;
	}
	while (fgets(line, sizeof line, f) != NULL)
		read_line(m, line);
	fclose(f);
}

static void
grant(struct matrix *m, const char *who, const char *permission,
    const char *more)
{
	lab_must(&m->c, NULL, "grant_add", "{\"grantee\":\"%s\","
	    "\"permission\":\"%s\"%s}", who, permission, more);
}

/* What a cell is made of. */
struct cell {
	const struct sample *s;
	const char *column;
	char	user[PRINCIPAL_MAX];	/* the cell's own */
	char	plugin[PRINCIPAL_MAX];
	struct caller who;
	struct caller owner;		/* makes the run that is named */
	/* the call before it in the same batch; NULL: none */
	const char *revoke;
	const char *identity;		/* caller_plugin_identity, or NULL */
	bool	stolen, stale;		/* the claim that it uses, if any */
	const struct by_run *by;	/* or NULL */
};

#define OTHER	"user:somebody.else"

/* Makes runs of anybody, as the host may. */
static struct caller
maker(const char *owner)
{
	return (struct caller){ .kind = CALLER_SYSTEM, .principal = "system",
	    .chain = { owner }, .chain_len = 1 };
}

/* A plugin between: user holds the permission if users, plugin if plugins. */
static void
through_plugin(struct matrix *m, struct cell *x, bool users, bool plugins)
{
	x->who = lab_plugin(x->plugin, x->user);
	if (users)
		grant(m, x->user, x->s->action, "");
	if (plugins)
		grant(m, x->plugin, x->s->action, ",\"owner\":\"*\"");
}

/* What a plugin without grants asks by; the user holds the permission. */
static const struct by_run {
	const char *column;
	bool	own;		/* by the target, where that is a run */
	bool	named;		/* as run_id, from outside of any run */
	bool	ended, late;
	bool	other;		/* it is another plugin's */
	const char *conversation;	/* the target's is "sample" */
	int	fence;		/* added to that of the attempt */
	int64_t	given, taken;	/* bits */
} by_runs[] = {
	{ .column = "run", .own = true, .conversation = "sample",
	    .given = -1 },
	{ .column = "preset", .own = true, .conversation = "sample" },
	{ .column = "taken", .own = true, .conversation = "sample",
	    .taken = -1 },
	{ .column = "like", .conversation = "sample", .given = -1 },
	{ .column = "unlike", .conversation = "else", .given = -1 },
	{ .column = "former", .own = true, .conversation = "sample",
	    .given = -1, .fence = -1 },
	{ .column = "named", .named = true, .conversation = "sample",
	    .given = -1 },
	{ .column = "ended", .named = true, .ended = true,
	    .conversation = "sample", .given = -1 },
	{ .column = "over", .named = true, .ended = true, .late = true,
	    .conversation = "sample", .given = -1 },
	{ .column = "another", .named = true, .other = true,
	    .conversation = "sample", .given = -1 },
	{ .column = NULL },
};

static bool
arrange_run(struct matrix *m, struct cell *x)
{
	const struct by_run *by = by_runs;

	while (by->column != NULL && strcmp(by->column, x->column) != 0)
		by++;
	if (by->column == NULL)
		return false;
	x->by = by;
	x->who = lab_plugin(by->other ? "plugin:other" : "plugin:demo",
	    x->user);
	grant(m, x->user, x->s->action, "");
	return true;
}

/* The run becomes the next, is claimed, and has the column's bits. */
static int64_t
carry_out(struct matrix *m, const struct cell *x, int64_t no)
{
	int64_t bits = api_preset(&(struct scope){ .conversation = "c" });
	char sql[200];

	bits = (bits | (x->by->given & INT64_MAX)) & ~x->by->taken;
	snprintf(sql, sizeof sql, "UPDATE run_live SET priority = %lld WHERE"
	    " run_no = %lld; UPDATE run SET apis = %lld WHERE run_no = %lld",
	    1000 + (long long)no, (long long)no, (long long)bits,
	    (long long)no);
	lab_sql(&m->c, sql);
	lab_offer(&m->c, 1);
	CHECK_INT(lab_report(&m->c, no, lab_fence(&m->c, no), 1), RH_OK);
	return lab_fence(&m->c, no);
}

/* The same call, of which run_id was the target, asked for by another run. */
static struct call *
by_name(struct matrix *m, const struct cell *x, struct call *call,
    const char *run)
{
	const char *at = strstr(call->body, "\"run_id\"");
	struct call *other;

	if (strstr(call->action->schema, "\"run_id\"") == NULL)
		return call;
	other = at == NULL ? lab_call(&m->c, &x->who, x->s->action,
	    "{\"run_id\":%s%s%s", run, call->body_len > 2 ? "," : "",
	    call->body + 1) : lab_call(&m->c, &x->who, x->s->action,
	    "{\"run_id\":%s,%.*s\"target_run_id\"%s", run,
	    (int)(at - call->body - 1), call->body + 1, at + 8);
	call_prepare(other, m->c.registry);
	return other;
}

/* The plugin's side of a call by a run. */
static struct call *
ask_by_run(struct matrix *m, struct cell *x, struct call *call)
{
	const char *id = NULL;
	int64_t no, fence;

	if (!x->by->own || strstr(x->s->body, "$run\"") == NULL)
		id = sample_field(lab_must(&m->c, &x->owner, "run_create",
		    "{\"command\":\"/demo\",\"conversation_id\":\"%s\"}",
		    x->by->conversation), "run_id");
	no = lab_number(&m->c, "SELECT max(run_no) FROM run");
	fence = carry_out(m, x, no);
	if (x->by->ended)
		CHECK_INT(lab_finish(&m->c, no, fence, RH_COMPLETED), RH_OK);
	if (x->by->late)
		clock_fake_advance(&m->c.clock, m->c.env.session_ttl_us);
	if (x->by->named)
		return by_name(m, x, call, id);
	call->caller.run_no = no;
	call->caller.fence = fence + x->by->fence;
	return call;
}

/* Each kind of caller: what it holds, and whose run it is after. */
static void
arrange(struct matrix *m, struct cell *x)
{
	const char *k = x->column, *action = x->s->action;

	x->who = lab_token(&m->c, x->user, strcmp(k, "old-token") == 0 ?
	    ",\"expires_in_seconds\":1" : "");
	x->owner = maker(x->user);
	if (arrange_run(m, x))
		return;
	if (strcmp(k, "anonymous") == 0)
		x->who = lab_anonymous();
	else if (strcmp(k, "old-token") == 0)
		grant(m, x->user, action, "");
	else if (strcmp(k, "no-token") == 0)
		grant(m, x->user, action, ""), x->revoke = "token_revoke";
	else if (strcmp(k, "own") == 0)
		grant(m, x->user, action, "");
	else if (strcmp(k, "other") == 0)
		grant(m, x->user, action, ""), x->owner = maker(OTHER);
	else if (strcmp(k, "all") == 0)
		grant(m, x->user, action, ",\"owner\":\"*\""),
		    x->owner = maker(OTHER);
	else if (strcmp(k, "scope") == 0)
		grant(m, x->user, "*", ",\"workspace\":\"elsewhere\"");
	else if (strcmp(k, "expired") == 0)
		grant(m, x->user, action, ",\"expires_in_seconds\":1");
	else if (strcmp(k, "revoked") == 0)
		grant(m, x->user, action, ""),
		    x->revoke = "grant_remove";
	else if (strcmp(k, "viewer") == 0)
		grant(m, x->user, "role:viewer", "");
	else if (strcmp(k, "operator") == 0)
		grant(m, x->user, "role:operator", "");
	else if (strcmp(k, "admin") == 0)
		grant(m, x->user, "role:admin", ""), x->owner = maker(OTHER);
	else if (strcmp(k, "local") == 0)
		x->who = lab_local(), x->owner = maker(OTHER);
	else if (strcmp(k, "chain") == 0)
		through_plugin(m, x, true, true);
	else if (strcmp(k, "no-plugin") == 0)
		through_plugin(m, x, true, false);
	else if (strcmp(k, "no-user") == 0)
		through_plugin(m, x, false, true);
	else if (strcmp(k, "stolen") == 0 || strcmp(k, "stale") == 0) {
		grant(m, x->user, action, ",\"owner\":\"*\"");
		x->owner = maker(OTHER);
		x->stolen = strcmp(k, "stolen") == 0;
		x->stale = !x->stolen;
	} else if (strcmp(k, "as-system") == 0)
		grant(m, x->user, action, ",\"owner\":\"*\""),
		    x->identity = "system";
	else if (strcmp(k, "none") != 0)
		wrong(m, action, k, "a known caller", "");
}

static const char *
verdict(rh_status s)
{
	static char other[16];

	switch (s) {
	case RH_OK:
		return "ok";
	case RH_EAUTH:
		return "401";
	case RH_EPERM:
		return "403";
	case RH_ENOENT:
		return "404";
	case RH_ESTALE:
	case RH_ESTATE:
		return "409";
	}
	snprintf(other, sizeof other, "status %d", s);
	return other;
}

/* The call with another name in a field. */
static struct call *
with_identity(struct core *c, const struct cell *x, const struct call *call)
{
	struct call *other = lab_call(c, &x->who, x->s->action,
	    "{\"caller_plugin_identity\":\"%s\"%s%s", x->identity,
	    call->body_len > 2 ? "," : "", call->body + 1);

	call_prepare(other, c->registry);
	return other;
}

/* Of what the caller was given last. */
static struct call *
revocation(struct matrix *m, const char *action)
{
	bool token = strcmp(action, "token_revoke") == 0;
	struct call *call = lab_call(&m->c, NULL, action, "{\"%s\":\"%s\"}",
	    token ? "token_id" : "grant_id", lab_text(&m->c, token ?
	    "SELECT max(token_no) FROM token" :
	    "SELECT max(grant_no) FROM grants"));

	call_prepare(call, m->c.registry);
	return call;
}

static const char *
try(struct matrix *m, struct cell *x)
{
	struct caller victim = lab_user(OTHER);	/* of whom it is stolen */
	struct call *calls[2], *call;
	bool reads;

	arrange(m, x);
	if (x->revoke != NULL)
		calls[0] = revocation(m, x->revoke);
	call = sample_call(&m->c, x->s, x->stolen ? &victim : &x->who,
	    &x->owner);
	if (x->stolen)
		call->caller = x->who;
	if (x->by != NULL)
		call = ask_by_run(m, x, call);
	if (x->stale)
		lab_pass(&m->c, 65);
	if (x->identity != NULL && call->action != NULL)
		call = with_identity(&m->c, x, call);
	clock_fake_advance(&m->c.clock, 2 * US_PER_S);
	reads = call->action != NULL && (call->action->runs & RUN_READ) != 0;
	if (x->revoke == NULL) {
		lab_apply(&m->c, call);
	} else if (reads) {
		lab_batch(&m->c, calls, 1);
		lab_apply(&m->c, call);
	} else {
		calls[1] = call;
		lab_batch(&m->c, calls, 2);
	}
	return verdict(call->status);
}

/* Of a run's plugin: one that names a run, if there is any. */
static const struct sample *
sample_of(const char *action, bool by_run)
{
	const struct sample *s = sample_table, *found = NULL;

	for (; s->action != NULL; s++) {
		if (strcmp(s->action, action) != 0)
			continue;
		if (found == NULL)
			found = s;
		if (!by_run)
			break;
		if (s->body != NULL && strstr(s->body, "$run\"") != NULL)
			return s;
	}
	return found;
}

static void
try_row(struct matrix *m, const struct row *r)
{
	const struct sample *s = sample_of(r->action, r->first > 0);
	struct cell x;
	const char *got;
	int i;

	if (s == NULL || s->body == NULL) {
		wrong(m, r->action, "", "a public action", "none");
		return;
	}
	if (r->cells != r->columns)
		wrong(m, r->action, "", "a verdict a caller", "another number");
	for (i = 0; i < r->cells && i < r->columns; i++) {
		x = (struct cell){ .s = s,
		    .column = m->columns[r->first + i] };
		snprintf(x.user, sizeof x.user, "user:%s.%s", r->action,
		    x.column);
		snprintf(x.plugin, sizeof x.plugin, "plugin:%s.%s", r->action,
		    x.column);
		got = try(m, &x);
		m->tried++;
		if (strcmp(got, r->want[i]) != 0)
			wrong(m, r->action, x.column, r->want[i], got);
	}
}

static bool
has_row(const struct matrix *m, const char *action)
{
	int i;

	for (i = 0; i < m->row_count; i++) {
		if (strcmp(m->rows[i].action, action) == 0)
			return true;
	}
	return false;
}

int
matrix_run(void (*report)(const struct matrix_cell *, void *), void *arg)
{
	struct matrix *m = mem_zalloc(sizeof *m);
	const struct action *a;
	int i, tried;

	m->wrong = report;
	m->arg = arg;
	lab_start(&m->c);
	read_file(m);
	for (a = action_table; a->name != NULL; a++) {
		if (a->who != PERM_INTERNAL && !has_row(m, a->name))
			wrong(m, a->name, "", "a row", "none");
	}
	for (i = 0; i < m->row_count; i++)
		try_row(m, &m->rows[i]);
	CORE_CHECK(&m->c);
	lab_fini(&m->c);
	tried = m->tried;
	free(m);
	return tried;
}
