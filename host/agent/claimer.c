/*
 * The thread that claims: one request at a time, which waits at the host
 * while there is nothing, for as many runs as there is room.
 */
#include "agent/agent_impl.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "plugin/registry.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_MAX_S	20
#define TOKEN_MAX	1024	/* bytes; the host's own have 68 */
#define SECONDS_MAX	(INT64_C(1) << 40)

static struct room *
room_of(struct agent *a, const char *plugin)
{
	struct room *r;

	LIST_FOREACH(r, &a->rooms, next)
		if (strcmp(r->plugin, plugin) == 0)
			return r;
	r = mem_zalloc(sizeof *r);
	r->plugin = plugin;
	LIST_INSERT_HEAD(&a->rooms, r, next);
	return r;
}

/*
 * Room is taken back when no claim is on its way: what that brings was
 * promised, and comes before the answer.
 */
void
claimer_offer(struct agent *a, struct call *c)
{
	const struct offer_args *args = c->args;
	struct room *r;
	bool now = true;

	pthread_mutex_lock(&a->lock);
	r = room_of(a, args->plugin);
	if (args->n > 0) {
		r->n += args->n;
	} else if (a->claiming) {
		r->back = c;
		now = false;
	} else {
		r->n = 0;
	}
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	if (now)
		call_answer(c, RH_OK, NULL);
}

static void
answer_back(struct agent *a)
{
	struct call *c;
	struct room *r;

	do {
		c = NULL;
		pthread_mutex_lock(&a->lock);
		a->claiming = false;
		LIST_FOREACH(r, &a->rooms, next) {
			if (r->back == NULL)
				continue;
			c = r->back;
			r->back = NULL;
			r->n = 0;
			break;
		}
		pthread_cond_broadcast(&a->changed);
		pthread_mutex_unlock(&a->lock);
		if (c != NULL)
			call_answer(c, RH_OK, NULL);
	} while (c != NULL);
}

/* Under the lock. */
static bool
may_claim(const struct agent *a)
{
	const struct room *r;

	if (!a->registered || a->drain || a->claim_count >= a->cfg.capacity)
		return false;
	LIST_FOREACH(r, &a->rooms, next)
		if (r->n > 0 && r->back == NULL)
			return true;
	return false;
}

/* Under the lock: the runners of plugins that have room. */
static void
add_runners(struct agent *a, struct json_out *j)
{
	const struct plugin *p;
	const struct room *r;
	size_t i;

	jw_name(j, "runner_ids");
	jw_array(j);
	LIST_FOREACH(r, &a->rooms, next) {
		p = registry_find(a->cfg.registry, str_of(r->plugin));
		if (r->n <= 0 || r->back != NULL || p == NULL)
			continue;
		for (i = 0; i < p->runner_count; i++)
			jw_text(j, p->runners[i].runner_id);
	}
	jw_end_array(j);
}

/* A claim that waits is as good as lost when its host is. */
static int64_t
wait_s(const struct agent *a)
{
	int64_t s = a->cfg.lease_s / 2;

	return s < 1 ? 1 : s > WAIT_MAX_S ? WAIT_MAX_S : s;
}

static const char *
copy(struct arena *to, struct wire_reply *r, const char *name)
{
	const char *text = wire_text(r, 0, name);

	return text != NULL ? arena_strdup(to, text) : NULL;
}

static const char *
copy_raw(struct arena *to, struct wire_reply *r, const char *name)
{
	struct str raw = json_raw(&r->doc, json_member(&r->doc, 0, name));

	return raw.len > 0 ? arena_strndup(to, raw.p, raw.len) : NULL;
}

static enum run_cause
cause_of(struct wire_reply *r)
{
	static const char *const names[] = {
		[CAUSE_FIRST] = "first", [CAUSE_RETRY] = "retry",
		[CAUSE_RESUME] = "resume", [CAUSE_TAKEOVER] = "takeover",
	};
	const char *name = wire_text(r, 0, "attempt_reason");
	size_t i;

	for (i = CAUSE_FIRST; name != NULL && i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum run_cause)i;
	return CAUSE_FIRST;
}

/* What is beyond these is no time; none of them may overflow. */
static int64_t
seconds(struct wire_reply *r, const char *name, int64_t absent)
{
	int64_t s = wire_i64(r, 0, name, absent);

	return s < 0 ? 0 : s > SECONDS_MAX ? SECONDS_MAX : s;
}

/*
 * Its deadline is a time of the host's clock; what counts here is how far it
 * was when the host said so, and the host rounds down.
 */
static int64_t
deadline_of(const struct agent *a, struct wire_reply *r)
{
	int64_t at = seconds(r, "deadline_at", 0);
	int64_t then = seconds(r, "last_claimed_at", at);

	if (at == 0)
		return 0;
	return agent_now(a) + (at - then + 1) * US_PER_S;
}

/* What an attempt before this one left. */
static void
fill_checkpoint(struct wire_reply *r, struct arena *to,
    struct run_claimed *got)
{
	int node = json_member(&r->doc, 0, "checkpoint");
	const char *name = wire_text(r, node, "name");
	const char *data = wire_text(r, node, "data");
	char *bytes;
	size_t len;

	if (name == NULL || data == NULL)
		return;
	bytes = arena_alloc(to, strlen(data) / 4 * 3 + 1);
	if (!base64_read(str_of(data), bytes, &len))
		return;
	got->checkpoint_name = arena_strdup(to, name);
	got->checkpoint = (struct str){ bytes, len };
}

static void
fill(const struct agent *a, struct wire_reply *r, struct effect *e,
    const struct plugin_runner *runner)
{
	struct run_claimed *got = arena_zalloc(&e->arena, sizeof *got);
	struct run_row *row = &got->row;
	struct arena *to = &e->arena;

	e->claimed = got;
	e->plugin = runner->plugin->id;
	row->run_no = e->run_no;
	id_parse(str_of(wire_text(r, 0, "run_id")), &row->id);
	row->scope.owner = copy(to, r, "owner");
	row->plugin = runner->plugin->id;
	row->runner = runner->name;
	row->action_id = copy(to, r, "action_id");
	row->session_id = copy(to, r, "session_id");
	row->command = copy(to, r, "command");
	row->raw_args = copy(to, r, "raw_args");
	row->args = copy_raw(to, r, "args");
	row->flags = copy_raw(to, r, "flags");
	row->input = copy_raw(to, r, "input");
	row->metadata = copy_raw(to, r, "metadata");
	row->created_us = seconds(r, "created_at", 0) * US_PER_S;
	row->timeout_us = seconds(r, "timeout_seconds", 0) * US_PER_S;
	row->deadline_us = deadline_of(a, r);
	row->attempts = (int32_t)wire_i64(r, 0, "attempt", 1);
	got->cause = cause_of(r);
	fill_checkpoint(r, to, got);
}

static void
start(struct agent *a, struct wire_reply *r,
    const struct plugin_runner *runner, int64_t asked_us)
{
	struct effects list = STAILQ_HEAD_INITIALIZER(list);
	struct effect *e;
	struct claim *c;
	struct room *room;

	pthread_mutex_lock(&a->lock);
	c = claim_new(a, wire_text(r, 0, "run_id"),
	    wire_text(r, 0, "claim_token"), wire_i64(r, 0, "attempt", 1),
	    asked_us);
	e = effect_add(&list, EFFECT_START, c->no);
	room = room_of(a, runner->plugin->id);
	if (room->n > 0)
		room->n--;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	e->fence = 1;
	fill(a, r, e, runner);
	a->take(a->take_arg, &list);
	effects_clear(&list);
}

/* A body about a claim that is in the reply only. */
static rh_status
about(struct agent *a, struct wire_reply *r, const char *action,
    const char *reason, struct err *err)
{
	struct buf body = { 0 };
	struct wire_reply answer;
	struct json_out j;
	rh_status rc;

	body_begin(a, NULL, &j, &body);
	jw_m_text(&j, "run_id", wire_text(r, 0, "run_id"));
	jw_m_text(&j, "claim_token", wire_text(r, 0, "claim_token"));
	if (reason != NULL)
		jw_m_text(&j, "status_reason", reason);
	else
		jw_m_i64(&j, "lease_seconds", a->cfg.lease_s);
	jw_end_object(&j);
	rc = wire_call(a->cfg.clients[0], action, &body, NULL, &answer, err);
	wire_free(&answer);
	buf_fini(&body);
	return rc;
}

/*
 * A claim that waited was granted some time after it was asked for: nobody
 * here knows when.  A new lease says how long it is good.
 */
static rh_status
be_sure(struct agent *a, struct wire_reply *r, int64_t *asked_us,
    struct err *err)
{
	int64_t now = agent_boot();

	if (now - *asked_us < a->cfg.lease_s * US_PER_S / 4)
		return RH_OK;
	*asked_us = now;
	return about(a, r, "run_renew_claim", NULL, err);
}

static rh_status
take(struct agent *a, struct wire_reply *r, int64_t asked_us,
    struct err *err)
{
	const char *id = wire_text(r, 0, "runner_id");
	const struct plugin_runner *runner = id == NULL ? NULL :
	    registry_runner_id(a->cfg.registry, str_of(id));
	const char *token = wire_text(r, 0, "claim_token");
	struct id run;
	rh_status rc;

	if (token == NULL || strlen(token) > TOKEN_MAX ||
	    wire_text(r, 0, "run_id") == NULL ||
	    !id_parse(str_of(wire_text(r, 0, "run_id")), &run))
		return err_set(err, RH_EPROTO, "the host's answer to a claim "
		    "has no run or no token");
	if (runner == NULL) {
		about(a, r, "run_release_claim", "its runtime has no such "
		    "runner", err);
		return err_set(err, RH_EPROTO, "the host gave a run of a "
		    "runner that was not asked for");
	}
	if ((rc = be_sure(a, r, &asked_us, err)) != RH_OK)
		return err_wrap(err, "a claim that came late");
	start(a, r, runner, asked_us);
	return RH_OK;
}

static rh_status
on_data(void *arg, const char *p, size_t n, struct err *err)
{
	struct buf *b = arg;

	if (b->len + n > WIRE_REPLY_MAX)
		return err_set(err, RH_ETOOBIG, "the host's reply is larger "
		    "than %d bytes", WIRE_REPLY_MAX);
	buf_add(b, p, n);
	return RH_OK;
}

static rh_status
on_hang_up(void *arg, struct err *err)
{
	(void)arg;
	return err_set(err, RH_ECANCELED, "stopped");
}

static rh_status
claim(struct agent *a, const struct buf *body, struct err *err)
{
	int64_t ms = wait_s(a) * 1000 + 1000 +
	    agent_request_ms(a->cfg.lease_s);
	struct buf got = { 0 };
	const struct httpc_sink sink = {
		.data = on_data, .wake = on_hang_up, .arg = &got,
		.wake_fd = wake_fd(&a->hang_up), .idle_ms = ms, .whole_ms = ms,
	};
	int64_t asked_us = agent_boot();
	struct wire_reply r;
	rh_status rc = wire_call(a->cfg.clients[0], "run_claim", body, &sink,
	    &r, err);

	if (rc == RH_OK && json_type(&r.doc, 0) == JSON_OBJECT)
		rc = take(a, &r, asked_us, err);
	else if (rc == RH_OK && agent_boot() - asked_us <
	    wait_s(a) * US_PER_S / 2)
		rc = err_set(err, RH_EUNAVAIL, "the host lets no claim wait");
	wire_free(&r);
	buf_fini(&got);
	return rc;
}

/* Under the lock. */
static void
write_body(struct agent *a, struct buf *body)
{
	struct json_out j;

	body_begin(a, NULL, &j, body);
	if (a->cfg.queue != NULL)
		jw_m_text(&j, "queue_name", a->cfg.queue);
	jw_m_i64(&j, "lease_seconds", a->cfg.lease_s);
	jw_m_i64(&j, "wait_seconds", wait_s(a));
	add_runners(a, &j);
	jw_end_object(&j);
}

/* After a failure: said once, then with others of its kind when it is over. */
static void
failed(struct agent *a, rh_status rc, int tries, const struct err *err)
{
	int64_t until = agent_boot() + agent_pause(a, tries);

	if (tries == 1 && rc != RH_ECANCELED)
		log_event(LOG_WARN, "claiming doesn't go on", "error",
		    err->msg, "hint", err->hint[0] != '\0' ? err->hint : NULL,
		    NULL);
	pthread_mutex_lock(&a->lock);
	if (rc == RH_ESTATE)
		a->beat_us = 0;		/* it takes us for gone */
	pthread_cond_broadcast(&a->changed);
	while (!a->stop && agent_boot() < until)
		agent_wait(a, until);
	pthread_mutex_unlock(&a->lock);
}

void *
claimer_main(void *arg)
{
	struct agent *a = arg;
	struct buf body = { 0 };
	struct err err;
	rh_status rc;
	int tries = 0;

	for (;;) {
		pthread_mutex_lock(&a->lock);
		while (!a->stop && !may_claim(a))
			agent_wait(a, INT64_MAX);
		if (a->stop)
			break;
		a->claiming = true;
		buf_clear(&body);
		write_body(a, &body);
		pthread_mutex_unlock(&a->lock);
		memset(&err, 0, sizeof err);
		rc = claim(a, &body, &err);
		answer_back(a);
		tries = rc == RH_OK ? 0 : tries + 1;
		if (rc != RH_OK)
			failed(a, rc, tries, &err);
	}
	pthread_mutex_unlock(&a->lock);
	buf_fini(&body);
	return NULL;
}
