/*
 * A tail asks for a page, in the host's own name, when its watch was told
 * of a commit; whether a listener may see it is the stream's to ask.
 */
#include "stream/tail.h"

#include "action/action.h"
#include "auth/policy.h"
#include "base/mem.h"
#include "ledger/host.h"
#include "store/store_run.h"
#include "stream/page.h"
#include "stream/record.h"

#include <stdlib.h>
#include <string.h>

#define TAIL_BYTES	(128 * 1024)	/* kept, and at most a page more */
#define PAGE_ROWS	100

/* The replier's thread, or any. */
static void
tail_wake(void *arg)
{
	struct tail *t = arg;

	pthread_mutex_lock(&t->lock);
	t->stale = true;
	pthread_mutex_unlock(&t->lock);
	hub_dirty(t->hub, &t->link);
}

struct tail *
tail_new(struct streams *hub, int64_t run_no, const char *run_id)
{
	struct tail *t = mem_zalloc(sizeof *t);

	t->hub = hub;
	t->run_no = run_no;
	t->run_id = mem_strdup(run_id);
	LIST_INIT(&t->listeners);
	pthread_mutex_init(&t->lock, NULL);
	t->watch = host_watch(hub_host(hub), run_no, tail_wake, t);
	tail_wake(t);
	return t;
}

static void
tail_free(struct tail *t)
{
	struct streams *hub = t->hub;

	call_free(t->landed);
	buf_fini(&t->text);
	free(t->ends);
	free(t->run_id);
	pthread_mutex_destroy(&t->lock);
	free(t);
	hub_release(hub);
}

void
tail_leave(struct tail *t)
{
	bool asking;

	host_unwatch(hub_host(t->hub), t->watch);
	pthread_mutex_lock(&t->lock);
	t->left = true;
	asking = t->asking;
	/* From here on nobody lists it; who asked may free it at once. */
	hub_clean(t->hub, &t->link);
	pthread_mutex_unlock(&t->lock);
	if (!asking)
		tail_free(t);
}

/* Any thread; the one that asked, as a rule. */
static void
tail_landed(struct call *call)
{
	struct tail *t = call->owner;
	bool left;

	pthread_mutex_lock(&t->lock);
	t->landed = call;
	t->asking = false;
	left = t->left;
	if (!left)
		hub_dirty(t->hub, &t->link);
	pthread_mutex_unlock(&t->lock);
	if (left)
		tail_free(t);
}

static uint64_t
version_now(struct tail *t)
{
	struct policy *p = host_policy(hub_host(t->hub));
	uint64_t version = policy_version(p);

	policy_unref(p);
	return version;
}

/* Before the first look nothing is kept: it begins at the run's end. */
static void
tail_ask(struct tail *t)
{
	struct call *call = page_call(&caller_host, t->run_id,
	    t->looked ? t->last : INT64_MAX, PAGE_ROWS);

	t->version = version_now(t);
	call->done = tail_landed;
	call->owner = t;
	host_submit(hub_host(t->hub), call);
}

/* Room for a page: what is oldest goes. */
static void
tail_trim(struct tail *t)
{
	size_t i, at;

	if (t->text.len <= TAIL_BYTES)
		return;
	for (i = 0; t->text.len - t->ends[i] > TAIL_BYTES / 2; i++)
		continue;
	at = t->ends[i++];
	memmove(t->text.p, t->text.p + at, t->text.len - at);
	t->text.len -= at;
	memmove(t->ends, t->ends + i, (t->count - i) * sizeof *t->ends);
	t->count -= i;
	t->base += (int64_t)i;
	for (i = 0; i < t->count; i++)
		t->ends[i] -= at;
}

static void
tail_add(struct tail *t, const struct event_row *ev)
{
	if (t->count == t->cap) {
		t->cap = t->cap == 0 ? 64 : 2 * t->cap;
		t->ends = mem_realloc(t->ends, t->cap * sizeof *t->ends);
	}
	event_frame(&t->text, t->run_id, ev);
	t->ends[t->count++] = t->text.len;
	t->last = ev->seq;
}

static void
tail_show(struct tail *t, const struct event_page *page)
{
	size_t i;

	if (!t->looked) {
		t->base = t->last = page->last_seq;
		t->count = 0;
		buf_clear(&t->text);
	}
	t->looked = true;
	tail_trim(t);
	for (i = 0; i < page->count; i++)
		tail_add(t, &page->rows[i]);
	if (t->last >= page->last_seq)
		t->state = page->state;
	else if (page->count > 0)
		tail_wake(t);		/* there is more */
}

bool
tail_look(struct tail *t)
{
	struct call *landed;
	bool ask, news = false;

	pthread_mutex_lock(&t->lock);
	landed = t->landed;
	t->landed = NULL;
	ask = t->stale && !t->asking;
	t->stale &= !ask;
	t->asking |= ask;
	pthread_mutex_unlock(&t->lock);
	if (landed != NULL) {
		news = true;
		/* Whose right was asked for before doesn't see this page. */
		if (version_now(t) != t->version)
			t->version = 0;
		/* A run that is gone, or an error, is each stream's to hear. */
		if (landed->status == RH_OK)
			tail_show(t, landed->result);
		else
			t->looked = false;
		call_free(landed);
	}
	if (ask)
		tail_ask(t);
	return news;
}

enum tail_got
tail_take(const struct tail *t, int64_t *seq, size_t max, struct buf *out)
{
	size_t i, from, n;

	if (!t->looked || *seq < t->base || *seq > t->last)
		return TAIL_MISSED;
	if (*seq == t->last)
		return TAIL_NOTHING;
	i = (size_t)(*seq - t->base);
	from = i == 0 ? 0 : t->ends[i - 1];
	for (n = i + 1; n < t->count && t->ends[n] - from <= max; n++)
		continue;
	buf_add(out, t->text.p + from, t->ends[n - 1] - from);
	*seq = t->base + (int64_t)n;
	return TAIL_TOOK;
}
