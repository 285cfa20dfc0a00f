/*
 * Reads, by anybody: may it, does an admin's right show it, and is what it
 * shows what the model has.
 */
#include "model/world.h"

#include "base/mem.h"

#include <string.h>

#define ARGS_LEN 300

struct reading {
	struct m_caller who;
	struct m_run *run;		/* or NULL */
	rh_status status;
	bool	admin;
	char	has[200];		/* a part of the reply; "" for none */
};

/* A run that the caller may see, or the answer that there is none. */
static void
of_run(struct world *w, struct reading *r, const char *action)
{
	struct m_verdict v;

	m_decide_run(w->m, &r->who, action, r->run, &v);
	r->status = !v.known ? RH_EPERM :
	    r->run == NULL || !v.allow ? RH_ENOENT : RH_OK;
	r->admin = v.admin;
}

static void
of_host(struct world *w, struct reading *r, const char *action)
{
	struct m_verdict v;

	m_decide(w->m, &r->who, action, NULL, &v);
	r->status = v.allow ? RH_OK : RH_EPERM;
	r->admin = true;
}

/* About everybody's runs, and no runner's in particular. */
static void
of_all(struct world *w, struct reading *r, const char *action)
{
	static const struct m_scope all = { .owner = "*", .runner = "" };
	struct m_verdict v;

	m_decide(w->m, &r->who, action, &all, &v);
	r->status = v.allow ? RH_OK : RH_EPERM;
	r->admin = true;
}

static void
of_list(struct world *w, struct reading *r, const char *action)
{
	struct m_verdict v;

	m_decide(w->m, &r->who, action, NULL, &v);
	r->status = v.known ? RH_OK : RH_EPERM;
	r->admin = !m_lists_own_only(w->m, &r->who, action);
}

static void
get(struct world *w, struct reading *r)
{
	of_run(w, r, "run_get");
	if (r->run != NULL)
		snprintf(r->has, sizeof r->has, "\"run_id\":\"%s\"",
		    r->run->id);
}

static void
events(struct world *w, struct reading *r)
{
	static const char *const names[] = { "", "created", "queued",
		"claimed", "running", "interrupted", "completed", "failed",
		"cancelled", "timeout" };

	of_run(w, r, "run_events_page");
	if (r->run != NULL)
		snprintf(r->has, sizeof r->has, "\"last_sequence\":%lld,"
		    "\"status\":\"%s\"", (long long)r->run->last_seq,
		    names[r->run->state]);
}

/* How many runs the caller sees: each is asked for by itself. */
static long
visible(struct world *w, const struct m_caller *who, const char *action)
{
	struct m_verdict v;
	long n = 0;
	size_t i;

	for (i = 0; i < w->m->run_count; i++) {
		if (w->m->runs[i].deleted)
			continue;
		m_decide(w->m, who, action, &w->m->runs[i].scope, &v);
		n += v.allow;
	}
	return n;
}

static void
list(struct world *w, struct reading *r)
{
	of_list(w, r, "run_list");
	snprintf(r->has, sizeof r->has, "\"total_count\":%ld",
	    visible(w, &r->who, "run_list"));
}

static void
total(struct world *w, struct reading *r)
{
	of_list(w, r, "run_counts");
	snprintf(r->has, sizeof r->has, "\"total_runs\":%ld",
	    visible(w, &r->who, "run_counts"));
}

/* Whatever retention removed; the window begins before the model. */
static void
stats(struct world *w, struct reading *r)
{
	static const char *const names[] = { "", "created", "queued",
		"claimed", "running", "interrupted", "completed", "failed",
		"cancelled", "timeout" };
	int state = 1 + (int)below(w, STATES), n = 0;
	size_t i;

	of_all(w, r, "run_stats");
	for (i = 0; i < w->m->run_count; i++)
		n += w->m->runs[i].state == state;
	snprintf(r->has, sizeof r->has, "\"%s_count\":%d,", names[state], n);
}

static void
runner_stats(struct world *w, struct reading *r)
{
	of_all(w, r, "runner_stats");
}

static void
runtime_stats(struct world *w, struct reading *r)
{
	of_all(w, r, "runtime_stats");
}

static void
runners(struct world *w, struct reading *r)
{
	of_all(w, r, "runner_list");
}

/* Those that the caller may touch. */
static void
runtimes(struct world *w, struct reading *r)
{
	struct m_scope scope = { .runner = "" };
	struct m_verdict v;
	long n = 0;
	size_t i;

	of_list(w, r, "runtime_list");
	for (i = 0; i < w->m->runtime_count; i++) {
		scope.owner = w->m->runtimes[i].owner;
		m_decide(w->m, &r->who, "runtime_list", &scope, &v);
		n += v.allow;
	}
	snprintf(r->has, sizeof r->has, "\"total_count\":%ld", n);
}

static void
value(struct world *w, struct reading *r)
{
	const struct m_value *v;
	char place[160];

	of_run(w, r, "state_get");
	if (r->status != RH_OK)
		return;
	m_place_of(r->run, "actor", place);
	v = m_value_find(w->m, place, "x");
	snprintf(r->has, sizeof r->has, "\"value\":%s,\"version\":%lld",
	    v != NULL ? v->value : "null",
	    v != NULL ? (long long)v->version : 0LL);
}

static void
keys(struct world *w, struct reading *r)
{
	char place[160];
	bool x, y;

	of_run(w, r, "state_list");
	if (r->status != RH_OK)
		return;
	m_place_of(r->run, "actor", place);
	x = m_value_find(w->m, place, "x") != NULL;
	y = m_value_find(w->m, place, "y") != NULL;
	snprintf(r->has, sizeof r->has, "\"keys\":[%s%s%s]",
	    x ? "\"x\"" : "", x && y ? "," : "", y ? "\"y\"" : "");
}

static void
op(struct world *w, struct reading *r)
{
	of_list(w, r, "op_get");
	r->admin = false;
	snprintf(r->has, sizeof r->has, "\"found\":false");
}

static void
check(struct world *w, struct reading *r)
{
	struct m_caller asked = { .who = BY_TOKEN, .principal = "user:a" };
	struct m_verdict v;

	of_host(w, r, "permission_check");
	m_decide(w->m, &asked, "run_get", r->run != NULL ? &r->run->scope :
	    NULL, &v);
	if (r->status == RH_OK && r->run == NULL)
		r->status = RH_ENOENT;
	snprintf(r->has, sizeof r->has, "\"allowed\":%s,\"admin\":%s",
	    v.allow ? "true" : "false", v.admin ? "true" : "false");
}

static void
ping(struct world *w, struct reading *r)
{
	(void)w;
	r->status = RH_OK;
	r->admin = false;
}

#define RUN_ID	"\"run_id\":\"%s\""

static const struct {
	const char *action, *body;
	void	(*expect)(struct world *, struct reading *);
} readings[] = {
	{ "run_get", "{" RUN_ID "}", get },
	{ "run_events_page", "{" RUN_ID "}", events },
	{ "run_list", "{\"limit\":3}", list },
	{ "run_counts", "{}", total },
	{ "runtime_list", "{}", runtimes },
	{ "state_get", "{" RUN_ID ",\"scope\":\"actor\",\"key\":\"x\"}",
	    value },
	{ "state_list", "{" RUN_ID ",\"scope\":\"actor\"}", keys },
	{ "run_stats", "{\"start_time\":1}", stats },
	{ "runner_stats", "{\"start_time\":1}", runner_stats },
	{ "runtime_stats", "{}", runtime_stats },
	{ "runner_list", "{}", runners },
	{ "op_get", "{\"op_id\":\"00000000000000000000000000000001\"}", op },
	{ "permission_check", "{\"principal\":\"user:a\",\"permission\":"
	    "\"run_get\"," RUN_ID "}", check },
	{ "host_ping", "{}", ping },
	{ "host_metrics", "{}", NULL },
	{ "token_list", "{}", NULL },
	{ "grant_list", "{}", NULL },
	{ "key_list", "{}", NULL },
	{ "plugin_list", "{}", NULL },
	{ "plugin_get", "{\"id\":\"demo\"}", NULL },
	{ "action_list", "{}", NULL },
	{ "audit_list", "{\"limit\":3}", NULL },
	{ "audit_export", "{\"limit\":3}", NULL },
	{ "audit_head", "{}", NULL },
};

/* Which of them are reads of the table: for the list of what was tried. */
const char *
read_name(size_t i)
{
	return i < ARRAY_LEN(readings) ? readings[i].action : NULL;
}

static void
judge(struct world *w, const struct reading *r, const struct call *call)
{
	if (call->status != r->status)
		fail(w, "%s %s by %s answers %d (%s), not %d", call->name,
		    call->body, r->who.principal, call->status,
		    call->err.msg, r->status);
	else if (r->status == RH_OK && call->admin != r->admin)
		fail(w, "%s %s by %s: by an admin's right is %d", call->name,
		    call->body, r->who.principal, call->admin);
	else if (r->status == RH_OK && strstr(call->reply.p, r->has) == NULL)
		fail(w, "%s %s by %s lacks %s: %.300s", call->name,
		    call->body, r->who.principal, r->has, call->reply.p);
}

static void
expect(struct world *w, struct reading *r, size_t i)
{
	if (readings[i].expect != ping && !m_is_somebody(w->m, &r->who))
		r->status = RH_EAUTH;
	else if (readings[i].expect != NULL)
		readings[i].expect(w, r);
	else
		of_host(w, r, readings[i].action);
}

void
read_something(struct world *w)
{
	size_t i = (size_t)below(w, ARRAY_LEN(readings));
	int64_t n = (int64_t)w->m->run_count;
	struct reading r = { .who = choose_caller(w) };
	struct caller who = batch_caller(w, &r.who);
	const char *id = "run_00000000000000000000000000000001";
	char body[ARGS_LEN];
	struct call *call;

	if (n > 0 && !once_in(w, 10))
		r.run = m_run(w->m, n - below(w, n < 60 ? n : 60));
	if (r.run != NULL)
		id = r.run->id;
	w->m->now = world_now(w);
	expect(w, &r, i);
	snprintf(body, sizeof body, readings[i].body, id);
	call = call_open(readings[i].action, &who, body, strlen(body));
	STAILQ_INSERT_TAIL(&w->c.calls, call, link);
	lab_apply(&w->c, call);
	tell(w, "read %s by %s: %d", call->name, r.who.principal,
	    call->status);
	tried.reads[i]++;
	judge(w, &r, call);
}
