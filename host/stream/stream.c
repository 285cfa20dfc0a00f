/*
 * One stream: where it stands, what is rendered but not yet read, and what
 * it was told meanwhile.  The newest events come from the run's tail, older
 * ones from pages of its own.  A page is rendered and freed at once; what
 * would be more than FRAMES_BYTES is read again when the client has taken
 * that.
 */
#include "stream/stream.h"

#include "auth/policy.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ledger/host.h"
#include "stream/page.h"
#include "stream/record.h"
#include "stream/stream_impl.h"
#include "stream/tail.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#define STREAM_MAGIC	0x5354524du
#define PAGE_ROWS	50
#define ASK_US		US_PER_S	/* how long the caller's right holds */

struct stream *
stream_cast(struct hub_seat *seat)
{
	struct stream *s = (struct stream *)((char *)seat -
	    offsetof(struct stream, seat));

	assert(s->magic == STREAM_MAGIC);
	return s;
}

/* Frees the memory of a stream that has no seat. */
static void
stream_drop(struct stream *s)
{
	call_free(s->landed);
	buf_fini(&s->out);
	buf_fini(&s->rest);
	arena_fini(&s->arena);
	pthread_mutex_destroy(&s->lock);
	free(s->run_id);
	s->magic = 0;
	free(s);
}

static void
stream_free(struct stream *s)
{
	struct streams *hub = s->hub;

	stream_drop(s);
	hub_release(hub);
}

/* Locked: whoever reads should do so. */
static void
stream_unpark(struct stream *s)
{
	if (!s->parked)
		return;
	s->parked = false;
	if (s->pumped)
		hub_ready(s->hub, &s->seat);
	else
		s->resume(s->arg);
}

void
stream_news(struct hub_seat *seat, enum hub_news news)
{
	struct stream *s = stream_cast(seat);

	pthread_mutex_lock(&s->lock);
	s->gone |= news == HUB_GONE;
	s->ended |= news == HUB_END;
	s->beat |= news == HUB_BEAT;
	/* A heartbeat asks for permission again, too. */
	s->fresh |= news == HUB_BEAT || news == HUB_EVENTS;
	if (news != HUB_ROOM)
		stream_unpark(s);
	/* One whose socket is full isn't parked, and waits for these. */
	if (s->pumped && news != HUB_EVENTS)
		hub_ready(s->hub, &s->seat);
	pthread_mutex_unlock(&s->lock);
}

static void
stream_landed(struct call *call)
{
	struct stream *s = call->owner;
	bool closed;

	pthread_mutex_lock(&s->lock);
	s->landed = call;
	s->asking = false;
	closed = s->closed;
	stream_unpark(s);
	pthread_mutex_unlock(&s->lock);
	if (closed)
		stream_free(s);
}

/*
 * Renders what the page has for this stream.  Large events make the next
 * page a shorter one, so that few are read twice.
 */
static void
say_rows(struct stream *s, const struct event_page *page)
{
	const struct event_row *ev;
	size_t i, shown = 0;

	for (i = 0; i < page->count && s->out.len < FRAMES_BYTES; i++) {
		ev = &page->rows[i];
		if (ev->seq <= s->seq)
			continue;
		event_frame(&s->out, s->run_id, ev);
		s->seq = ev->seq;
		shown++;
	}
	s->more = i < page->count || (page->has_more && page->count > 0);
	s->rows = s->out.len < FRAMES_BYTES ? PAGE_ROWS : shown;
	s->last_seq = page->last_seq;
	s->state = page->state;
}

/* Shows the page that was answered. */
static void
page_turn(struct stream *s, struct call *call)
{
	if (call->status == RH_OK) {
		say_rows(s, call->result);
	} else {
		error_frame(&s->out, &call->err);
		s->over = true;
	}
	call_free(call);
}

static uint64_t
version_now(struct stream *s)
{
	struct policy *p = host_policy(hub_host(s->hub));
	uint64_t version = policy_version(p);

	policy_unref(p);
	return version;
}

/* Locked for as long as it takes: what is told later is not forgotten. */
static void
fresh_take(struct stream *s)
{
	pthread_mutex_lock(&s->lock);
	s->fresh = false;
	pthread_mutex_unlock(&s->lock);
}

static void
page_ask(struct stream *s)
{
	struct call *call = page_call(&s->caller, s->run_id, s->seq, s->rows);

	call->done = stream_landed;
	call->owner = s;
	s->asked_us = clock_real.boot_us(&clock_real);
	s->version = version_now(s);
	pthread_mutex_lock(&s->lock);
	s->asking = true;
	s->fresh = false;
	pthread_mutex_unlock(&s->lock);
	host_submit(hub_host(s->hub), call);
}

/* From the tail, for one who was allowed to see it a moment ago. */
static enum tail_got
tail_read(struct stream *s)
{
	const struct tail *t = s->tail;
	enum tail_got got = TAIL_MISSED;

	if (clock_real.boot_us(&clock_real) - s->asked_us > ASK_US)
		return got;
	hub_lock(s->hub);
	if (t->version == s->version)
		got = tail_take(t, &s->seq, FRAMES_BYTES, &s->out);
	if (got != TAIL_MISSED && s->seq == t->last) {
		s->last_seq = t->last;
		s->state = t->state;
	}
	hub_unlock(s->hub);
	return got;
}

struct news {
	bool	fresh, beat, gone, ended, asking;
	struct call *landed;
};

static void
news_take(struct stream *s, struct news *n)
{
	pthread_mutex_lock(&s->lock);
	n->fresh = s->fresh;
	n->beat = s->beat;
	n->gone = s->gone;
	n->ended = s->ended;
	n->asking = s->asking;
	n->landed = s->landed;
	s->landed = NULL;
	pthread_mutex_unlock(&s->lock);
}

static void
beat_done(struct stream *s)
{
	pthread_mutex_lock(&s->lock);
	s->beat = false;
	pthread_mutex_unlock(&s->lock);
}

static bool
all_was_said(const struct stream *s)
{
	return run_is_terminal(s->state) && s->seq >= s->last_seq;
}

/* More of the run: from its tail, or a page that is asked for. */
static void
events_ask(struct stream *s, const struct news *n)
{
	if (s->more || n->beat) {
		page_ask(s);
		return;
	}
	fresh_take(s);
	switch (tail_read(s)) {
	case TAIL_MISSED:
		page_ask(s);
		break;
	case TAIL_TOOK:		/* there may be more of it */
		pthread_mutex_lock(&s->lock);
		s->fresh = true;
		pthread_mutex_unlock(&s->lock);
		break;
	default:
		break;
	}
}

/* One step towards more bytes; STREAM_DATA when it got on. */
static enum stream_got
stream_step(struct stream *s)
{
	struct news n;

	news_take(s, &n);
	if (n.landed != NULL) {
		page_turn(s, n.landed);
		return STREAM_DATA;
	}
	if (n.gone)
		return STREAM_GONE;
	if (n.ended || s->over)
		return STREAM_END;
	if (n.asking)
		return STREAM_WAIT;
	if (all_was_said(s)) {
		end_frame(&s->out, s->run_id, s->state, s->last_seq);
		s->over = true;
	} else if (n.fresh || s->more) {
		events_ask(s, &n);
	} else if (n.beat) {
		buf_adds(&s->out, ": keep-alive\n\n");
	} else {
		return STREAM_WAIT;
	}
	return STREAM_DATA;
}

enum stream_got
stream_more(struct stream *s)
{
	enum stream_got got;

	while (s->out_at == s->out.len) {
		buf_clear(&s->out);
		s->out_at = 0;
		if ((got = stream_step(s)) != STREAM_DATA) {
			buf_fini(&s->out);	/* it may be quiet for long */
			return got;
		}
	}
	beat_done(s);
	return STREAM_DATA;
}

enum stream_got
stream_read(struct stream *s, char *p, size_t size, size_t *len)
{
	enum stream_got got = stream_more(s);
	size_t left = s->out.len - s->out_at;

	if (got != STREAM_DATA)
		return got;
	*len = left < size ? left : size;
	memcpy(p, s->out.p + s->out_at, *len);
	s->out_at += *len;
	return STREAM_DATA;
}

bool
stream_park(struct stream *s)
{
	bool park;

	pthread_mutex_lock(&s->lock);
	park = s->landed == NULL && !s->gone && !s->ended &&
	    (s->asking || (!s->fresh && !s->beat));
	s->parked = park;
	pthread_mutex_unlock(&s->lock);
	return park;
}

bool
stream_hand_over(struct stream *s)
{
	bool taken;

	pthread_mutex_lock(&s->lock);
	taken = s->seat.fd >= 0 && hub_ready(s->hub, &s->seat);
	s->pumped = taken;
	pthread_mutex_unlock(&s->lock);
	return taken;
}

static void
copy_caller(struct stream *s, const struct caller *who)
{
	size_t i;

	s->caller = *who;
	s->caller.principal = arena_strdup(&s->arena, who->principal);
	s->caller.source = arena_strdup(&s->arena, who->source);
	for (i = 0; i < who->chain_len; i++)
		s->caller.chain[i] = arena_strdup(&s->arena, who->chain[i]);
}

static struct stream *
stream_new(struct streams *hub, const struct stream_new *new)
{
	struct stream *s = mem_zalloc(sizeof *s);

	s->magic = STREAM_MAGIC;
	s->hub = hub;
	s->run_id = mem_strdup(new->run_id);
	s->seq = new->after_seq;
	s->resume = new->resume;
	s->arg = new->arg;
	s->fresh = true;	/* the first page came before it listened */
	pthread_mutex_init(&s->lock, NULL);
	copy_caller(s, &new->take_first->caller);
	return s;
}

rh_status
stream_open(struct streams *hub, const struct stream_new *new,
    struct stream **out, struct err *err)
{
	const struct event_page *page = new->take_first->result;
	struct stream *s = stream_new(hub, new);
	rh_status rc;

	s->seat.principal = s->caller.principal;
	if ((rc = hub_add(hub, &s->seat, new->fd, err)) == RH_OK) {
		s->tail = hub_listen(hub, &s->seat, page->run_no, s->run_id);
		say_rows(s, page);
		*out = s;
	} else {
		stream_drop(s);
	}
	call_free(new->take_first);
	return rc;
}

void
stream_close(struct stream *s)
{
	bool asking;

	hub_leave(s->hub, &s->seat, s->tail);
	hub_remove(s->hub, &s->seat);
	pthread_mutex_lock(&s->lock);
	s->closed = true;
	s->parked = false;
	asking = s->asking;
	pthread_mutex_unlock(&s->lock);
	if (!asking)
		stream_free(s);
}
