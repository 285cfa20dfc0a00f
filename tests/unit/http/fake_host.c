/*
 * The fake: a gate of one rule (anonymous callers are refused), an action
 * for each that the doors use, and a run with events in memory.
 */
#include "http/fake_host.h"

#include "action/action.h"
#include "action/replies.h"
#include "auth/policy.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/queue.h"
#include "json/write.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX	20000
#define PAGE_MAX	1000

struct watch {
	LIST_ENTRY(watch) link;
	int64_t	run_no;
	void	(*wake)(void *);
	void	*arg;
};

struct host {
	bool	async;
	pthread_t thread;
	struct queue *queue;
	pthread_mutex_t lock;
	pthread_mutex_t watch_lock;
	pthread_cond_t released;
	bool	held;
	bool	revoked;
	uint64_t version;	/* of the policy, less one */
	bool	replay;
	rh_status fail;
	char	reason[160];
	struct event_row *events;
	size_t	count;
	bool	ended;
	LIST_HEAD(, watch) watches;
	struct fake_seen seen;
};

/* --- calls, as action/call.c makes them --- */

struct call *
call_open(const char *action, const struct caller *caller, const char *body,
    size_t len)
{
	struct call *call = mem_zalloc(sizeof *call);

	call->name = arena_strdup(&call->arena, action);
	call->caller = *caller;
	call->caller.principal = arena_strdup(&call->arena, caller->principal);
	call->caller.source = arena_strdup(&call->arena, caller->source);
	call->body = arena_strndup(&call->arena, body, len);
	call->body_len = len;
	return call;
}

void
call_free(struct call *call)
{
	if (call == NULL)
		return;
	buf_fini(&call->reply);
	arena_fini(&call->arena);
	free(call);
}

const struct action *
action_find(struct str name)
{
	(void)name;
	return NULL;
}

void
call_render(struct call *call)
{
	if (call->reply.len > 0)
		return;
	if (call->replayed)
		buf_adds(&call->reply, "{\"run_id\":\"" FAKE_RUN "\"}");
	else
		buf_printf(&call->reply, "{\"action\":\"%s\",\"body\":%s}",
		    call->name, call->body);
}

/* --- policy --- */

struct policy *
host_policy(struct host *h)
{
	return (struct policy *)h;
}

uint64_t
policy_version(const struct policy *p)
{
	struct host *h = (struct host *)p;
	uint64_t version;

	pthread_mutex_lock(&h->lock);
	version = h->version + 1;
	pthread_mutex_unlock(&h->lock);
	return version;
}

void
policy_unref(struct policy *p)
{
	(void)p;
}

bool
token_hash(struct str text, uint8_t hash[HASH_LEN])
{
	hash_of(text.p, text.len, hash);
	return true;
}

const char *
policy_token(const struct policy *p, const uint8_t hash[HASH_LEN],
    int64_t now_us)
{
	struct host *h = (struct host *)p;
	uint8_t known[HASH_LEN];
	bool revoked;

	(void)now_us;
	token_hash(STR(FAKE_TOKEN), known);
	pthread_mutex_lock(&h->lock);
	revoked = h->revoked;
	pthread_mutex_unlock(&h->lock);
	return hash_eq(hash, known) && !revoked ? "user:alice" : NULL;
}

/* --- actions --- */

static rh_status
fake_page(struct host *h, struct call *call)
{
	struct event_page *page = arena_zalloc(&call->arena, sizeof *page);
	const char *p;
	int64_t after = 0, limit = 50;
	size_t i, n;

	h->seen.pages++;
	if ((p = strstr(call->body, "\"after_cursor\":\"")) != NULL)
		after = atoll(p + 16);
	if ((p = strstr(call->body, "\"limit\":")) != NULL)
		limit = atoll(p + 8);
	if (limit < 1 || limit > PAGE_MAX)
		return err_set(&call->err, RH_EINPUT, "limit: %lld",
		    (long long)limit);
	page->run_no = 1;
	page->rows = arena_zalloc(&call->arena, PAGE_MAX * sizeof *page->rows);
	for (i = (size_t)after, n = 0; i < h->count && n < (size_t)limit; i++)
		page->rows[n++] = h->events[i];
	page->count = n;
	page->has_more = (size_t)after + n < h->count;
	page->last_seq = (int64_t)h->count;
	page->state = h->ended ? RUN_COMPLETED : RUN_RUNNING;
	call->result = page;
	return RH_OK;
}

static void
fake_row(struct run_view *v, struct host *h)
{
	static struct run_stage stages[] = {
		{ "LOADING", 15, NULL, 1700000001000000 },
	};

	id_parse(str_of(FAKE_RUN), &v->row.id);
	v->row.state = h->ended ? RUN_COMPLETED : RUN_INTERRUPTED;
	v->row.plugin = v->row.runner = "hello";
	v->row.session_id = "s1";
	v->row.command = "/hello greet you";
	v->row.metadata = "{\"mine\":1,\"both\":\"given\",\"runner\":\"no\"}";
	v->row.result_meta = "{\"both\":\"outcome\",\"out\":[1, 2]}";
	v->row.created_us = 1700000000123000;
	v->row.started_us = 1700000001000000;
	v->row.ended_us = h->ended ? 1700000002500000 : 0;
	v->row.timeout_us = 300 * US_PER_S;
	v->row.percent = 15;
	v->row.stage = "LOADING";
	v->row.attempts = 1;
	v->row.has_exit_code = h->ended;
	v->out = STR("hi\n");
	v->stages = stages;
	v->stage_count = 1;
}

static rh_status
fake_get(struct host *h, struct call *call)
{
	struct run_view *v = arena_zalloc(&call->arena, sizeof *v);

	if (strstr(call->body, FAKE_RUN) == NULL)
		return err_set(&call->err, RH_ENOENT, "run not found");
	fake_row(v, h);
	call->result = v;
	return RH_OK;
}

static rh_status
fake_list(struct host *h, struct call *call)
{
	struct run_list *list = arena_zalloc(&call->arena, sizeof *list);

	list->runs = arena_zalloc(&call->arena, sizeof *list->runs);
	fake_row(list->runs, h);
	list->count = 1;
	list->next = 7;
	list->total = 12;
	call->result = list;
	return RH_OK;
}

static rh_status
fake_create(struct host *h, struct call *call)
{
	struct run_made *made = arena_zalloc(&call->arena, sizeof *made);

	id_parse(str_of(FAKE_RUN), &made->id);
	made->run_no = 1;
	call->op = made->id;
	call->replayed = h->replay;
	call->result = h->replay ? NULL : made;
	return RH_OK;
}

static rh_status
fake_cancel(struct host *h, struct call *call)
{
	struct run_cancelled *c = arena_zalloc(&call->arena, sizeof *c);
	struct run_view view = { 0 };

	fake_row(&view, h);
	c->row = view.row;
	c->row.cancel_us = 5;
	c->already_terminal = h->ended;
	call->result = c;
	return RH_OK;
}

static rh_status
fake_any(struct host *h, struct call *call)
{
	(void)h;
	(void)call;
	return RH_OK;
}

static const struct {
	const char *name;
	rh_status (*apply)(struct host *, struct call *);
} fake_actions[] = {
	{ "run_events_page", fake_page },
	{ "run_get", fake_get },
	{ "run_list", fake_list },
	{ "run_create", fake_create },
	{ "run_cancel", fake_cancel },
	{ "plugin_list", fake_any },
	{ "host_ping", fake_any },
	{ NULL, NULL },
};

static void
fake_note(struct host *h, const struct call *call)
{
	struct fake_seen *s = &h->seen;

	s->count++;
	snprintf(s->action, sizeof s->action, "%s", call->name);
	snprintf(s->body, sizeof s->body, "%s", call->body);
	snprintf(s->principal, sizeof s->principal, "%s",
	    call->caller.principal);
	snprintf(s->source, sizeof s->source, "%s", call->caller.source);
	snprintf(s->key, sizeof s->key, "%s",
	    call->key != NULL ? call->key : "");
}

static rh_status
fake_gate(struct host *h, struct call *call)
{
	size_t i;

	if (call->caller.kind == CALLER_ANONYMOUS)
		return err_set(&call->err, RH_EAUTH, "no token came");
	if (call->caller.kind == CALLER_TOKEN && h->revoked)
		return err_set(&call->err, RH_EAUTH, "the token was revoked");
	if (call->refusal != RH_OK) {
		err_set(&call->err, call->refusal, "%s", call->refusal_msg);
		return err_hint(&call->err, "%s", call->refusal_hint);
	}
	if (h->fail != RH_OK)
		return err_set(&call->err, h->fail, "as the test wants");
	for (i = 0; fake_actions[i].name != NULL; i++)
		if (strcmp(fake_actions[i].name, call->name) == 0)
			return fake_actions[i].apply(h, call);
	return err_set(&call->err, RH_ENOENT, "no action \"%s\"",
	    call->name);
}

static void
fake_carry_out(struct host *h, struct call *call)
{
	pthread_mutex_lock(&h->lock);
	while (h->held)
		pthread_cond_wait(&h->released, &h->lock);
	fake_note(h, call);
	call->status = fake_gate(h, call);
	pthread_mutex_unlock(&h->lock);
	call->done(call);
}

static void *
fake_main(void *arg)
{
	struct host *h = arg;
	void *item;

	while (queue_take(h->queue, &item, 1, -1) > 0)
		fake_carry_out(h, item);
	return NULL;
}

void
host_submit(struct host *h, struct call *call)
{
	if (!h->async)
		fake_carry_out(h, call);
	else if (!queue_put(h->queue, call))
		abort();
}

int64_t
host_now(struct host *h)
{
	(void)h;
	return clock_real.wall_us(&clock_real);
}

void
host_status_get(struct host *h, struct host_status *st)
{
	memset(st, 0, sizeof *st);
	pthread_mutex_lock(&h->lock);
	st->ready = h->reason[0] == '\0';
	st->reason_count = !st->ready;
	snprintf(st->reasons[0], sizeof st->reasons[0], "%s", h->reason);
	pthread_mutex_unlock(&h->lock);
}

/* --- watches --- */

struct watch *
host_watch(struct host *h, int64_t run_no, void (*wake)(void *), void *arg)
{
	struct watch *w = mem_zalloc(sizeof *w);

	w->run_no = run_no;
	w->wake = wake;
	w->arg = arg;
	pthread_mutex_lock(&h->watch_lock);
	LIST_INSERT_HEAD(&h->watches, w, link);
	pthread_mutex_unlock(&h->watch_lock);
	return w;
}

void
host_unwatch(struct host *h, struct watch *w)
{
	pthread_mutex_lock(&h->watch_lock);
	LIST_REMOVE(w, link);
	pthread_mutex_unlock(&h->watch_lock);
	free(w);
}

static void
wake_all(struct host *h)
{
	struct watch *w;

	pthread_mutex_lock(&h->watch_lock);
	LIST_FOREACH(w, &h->watches, link)
		w->wake(w->arg);
	pthread_mutex_unlock(&h->watch_lock);
}

int
fake_watches(struct host *h)
{
	struct watch *w;
	int n = 0;

	pthread_mutex_lock(&h->watch_lock);
	LIST_FOREACH(w, &h->watches, link)
		n += w->run_no == 1;
	pthread_mutex_unlock(&h->watch_lock);
	return n;
}

/* --- what tests do to it --- */

struct host *
fake_new(bool async)
{
	struct host *h = mem_zalloc(sizeof *h);

	h->async = async;
	h->events = mem_calloc(EVENTS_MAX, sizeof *h->events);
	LIST_INIT(&h->watches);
	pthread_mutex_init(&h->lock, NULL);
	pthread_mutex_init(&h->watch_lock, NULL);
	pthread_cond_init(&h->released, NULL);
	h->queue = queue_new(4096);
	if (async)
		pthread_create(&h->thread, NULL, fake_main, h);
	return h;
}

void
fake_free(struct host *h)
{
	size_t i;

	fake_release(h);
	queue_close(h->queue);
	if (h->async)
		pthread_join(h->thread, NULL);
	queue_free(h->queue);
	assert(LIST_EMPTY(&h->watches));
	for (i = 0; i < h->count; i++) {
		free((char *)h->events[i].type);
		free((char *)h->events[i].data);
	}
	free(h->events);
	free(h);
}

void
fake_event(struct host *h, const char *type, const char *data)
{
	struct event_row *ev;

	pthread_mutex_lock(&h->lock);
	assert(h->count < EVENTS_MAX);
	ev = &h->events[h->count++];
	ev->run_no = 1;
	ev->seq = (int64_t)h->count;
	ev->at_us = 1700000000000000 + ev->seq;
	ev->type = mem_strdup(type);
	ev->data = mem_strdup(data);
	pthread_mutex_unlock(&h->lock);
	wake_all(h);
}

#define FAKE_SET(h, statement)				\
	do {						\
		pthread_mutex_lock(&(h)->lock);		\
		statement;				\
		pthread_mutex_unlock(&(h)->lock);	\
	} while (0)

void
fake_end(struct host *h)
{
	FAKE_SET(h, h->ended = true);
	wake_all(h);
}

void
fake_revoke(struct host *h)
{
	FAKE_SET(h, h->revoked = true; h->version++);
	wake_all(h);
}

void
fake_hold(struct host *h)
{
	FAKE_SET(h, h->held = true);
}

void
fake_release(struct host *h)
{
	FAKE_SET(h, h->held = false; pthread_cond_broadcast(&h->released));
}

void
fake_fail(struct host *h, rh_status status)
{
	FAKE_SET(h, h->fail = status; h->version++);
}

void
fake_replay(struct host *h, bool on)
{
	FAKE_SET(h, h->replay = on);
}

void
fake_not_ready(struct host *h, const char *reason)
{
	FAKE_SET(h, snprintf(h->reason, sizeof h->reason, "%s", reason));
}

void
fake_seen(struct host *h, struct fake_seen *out)
{
	FAKE_SET(h, *out = h->seen);
}
