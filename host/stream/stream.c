/*
 * One stream: where it stands, what is rendered but not yet read, and what
 * it was told meanwhile.  A page is rendered and freed at once; what would
 * be more than FRAMES_BYTES is read again when the client has taken that.
 */
#include "stream/stream.h"

#include "base/mem.h"
#include "json/write.h"
#include "ledger/host.h"
#include "store/store_run.h"
#include "stream/hub.h"
#include "stream/record.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_MAGIC	0x5354524du
#define PAGE_ROWS	50
#define FRAMES_BYTES	32768	/* rendered at a time, but for the last event */

struct stream {
	uint32_t magic;
	struct streams *hub;
	struct hub_seat seat;
	struct watch *watch;
	int64_t	run_no;		/* that it watches */
	char	*run_id;
	void	(*resume)(void *);
	void	*arg;

	/* of the reading thread */
	struct arena arena;	/* of the caller's texts */
	struct caller caller;
	int64_t	seq;		/* last one shown */
	int64_t	last_seq;	/* of the run, when it was looked at last */
	enum run_state state;	/* likewise */
	size_t	rows;		/* to ask for */
	bool	more;		/* the page had more */
	struct buf out;
	size_t	out_at;
	bool	over;		/* the last words are in out */

	pthread_mutex_t lock;	/* guards what follows */
	struct call *landed;	/* a page that was answered */
	bool	asking;		/* one is on its way */
	bool	parked;
	bool	fresh;		/* there may be more to read */
	bool	beat;
	bool	gone;
	bool	ended;
	bool	closed;
};

static struct stream *
stream_cast(void *p)
{
	struct stream *s = p;

	assert(s->magic == STREAM_MAGIC);
	return s;
}

/* Frees the memory of a stream that has no seat. */
static void
stream_drop(struct stream *s)
{
	call_free(s->landed);
	buf_fini(&s->out);
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

/* Locked. */
static void
stream_unpark(struct stream *s)
{
	if (!s->parked)
		return;
	s->parked = false;
	s->resume(s->arg);
}

void
stream_news(struct hub_seat *seat, enum hub_news news)
{
	struct stream *s = stream_cast((char *)seat -
	    offsetof(struct stream, seat));

	pthread_mutex_lock(&s->lock);
	s->gone |= news == HUB_GONE;
	s->ended |= news == HUB_END;
	s->beat |= news == HUB_BEAT;
	s->fresh |= news == HUB_BEAT;	/* asks for permission again, too */
	stream_unpark(s);
	pthread_mutex_unlock(&s->lock);
}

static void
stream_wake(void *arg)
{
	struct stream *s = stream_cast(arg);

	pthread_mutex_lock(&s->lock);
	s->fresh = true;
	stream_unpark(s);
	pthread_mutex_unlock(&s->lock);
}

static void
stream_landed(struct call *call)
{
	struct stream *s = stream_cast(call->owner);
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

static struct call *
page_call(struct stream *s)
{
	struct call *call;
	struct json_out out;
	struct buf body = { 0 };
	char cursor[24];

	snprintf(cursor, sizeof cursor, "%" PRId64, s->seq);
	jw_init(&out, &body);
	jw_object(&out);
	jw_m_text(&out, "run_id", s->run_id);
	jw_m_text(&out, "after_cursor", cursor);
	jw_m_i64(&out, "limit", (int64_t)s->rows);
	jw_end_object(&out);
	call = call_open("run_events_page", &s->caller, body.p, body.len);
	call->done = stream_landed;
	call->owner = s;
	buf_fini(&body);
	return call;
}

/* Watches its own run, once a page has told its number; then reads again. */
static void
stream_watch(struct stream *s, const struct event_page *page)
{
	if (s->watch != NULL)
		return;
	s->run_no = page->run_no;
	s->watch = host_watch(hub_host(s->hub), s->run_no, stream_wake, s);
	pthread_mutex_lock(&s->lock);
	s->fresh = true;
	pthread_mutex_unlock(&s->lock);
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

	stream_watch(s, page);
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

static void
page_ask(struct stream *s)
{
	struct call *call = page_call(s);

	pthread_mutex_lock(&s->lock);
	s->asking = true;
	s->fresh = false;
	pthread_mutex_unlock(&s->lock);
	host_submit(hub_host(s->hub), call);
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
		page_ask(s);
	} else if (n.beat) {
		buf_adds(&s->out, ": keep-alive\n\n");
	} else {
		return STREAM_WAIT;
	}
	return STREAM_DATA;
}

enum stream_got
stream_read(struct stream *s, char *p, size_t size, size_t *len)
{
	enum stream_got got;
	size_t left;

	while ((left = s->out.len - s->out_at) == 0) {
		buf_clear(&s->out);
		s->out_at = 0;
		if ((got = stream_step(s)) != STREAM_DATA)
			return got;
	}
	beat_done(s);
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
	pthread_mutex_init(&s->lock, NULL);
	copy_caller(s, &new->take_first->caller);
	return s;
}

rh_status
stream_open(struct streams *hub, const struct stream_new *new,
    struct stream **out, struct err *err)
{
	struct stream *s = stream_new(hub, new);
	rh_status rc;

	s->seat.principal = s->caller.principal;
	if ((rc = hub_add(hub, &s->seat, new->fd, err)) == RH_OK) {
		say_rows(s, new->take_first->result);
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

	host_unwatch(hub_host(s->hub), s->watch);
	hub_remove(s->hub, &s->seat);
	pthread_mutex_lock(&s->lock);
	s->closed = true;
	s->parked = false;
	asking = s->asking;
	pthread_mutex_unlock(&s->lock);
	if (!asking)
		stream_free(s);
}
