/*
 * What plugins print: through the host table, or on descriptors 1 and 2,
 * which end in pipes.  A run's becomes its events, up to its cap; what a
 * worker prints between runs is for the log.
 */
#include "sched/control.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "json/write.h"

#include <errno.h>
#include <unistd.h>

#define PIECE_MAX	(32 * 1024 - 64)	/* of text, as it is written */
#define DRAIN_MAX	(1024 * 1024)	/* others write on while we read */
#define IDLE_MAX	1024		/* of a piece in the log */

static const char *const stream_names[] = {
	[STREAM_OUT] = "stdout", [STREAM_ERR] = "stderr",
};

/* Bytes that the byte or character at p takes in JSON; *n: its own length. */
static size_t
written_size(const char *p, size_t left, size_t *n)
{
	unsigned char c = (unsigned char)*p;

	*n = str_utf8_next(p, left);
	if (*n == 0) {
		*n = 1;
		return 3;		/* U+FFFD */
	}
	if (c < 0x20)
		return 6;
	return c == '"' || c == '\\' ? 2 : *n;
}

/* How much of a text fits one event. */
static size_t
piece_of(struct str s)
{
	size_t at = 0, size = 0, n;

	while (at < s.len) {
		size += written_size(s.p + at, s.len - at, &n);
		if (size > PIECE_MAX)
			break;
		at += n;
	}
	return at;
}

static void
add_piece(struct job *j, int stream, struct str text, int64_t at_us)
{
	struct batch *b = batch_of(j);
	struct buf data = { 0 };
	struct json_out w;

	b->out_bytes += (int64_t)text.len;
	jw_init(&w, &data);
	jw_object(&w);
	jw_m_text(&w, "stream", stream_names[stream]);
	jw_m_str(&w, "text", text);
	jw_end_object(&w);
	batch_event(j, "output", (struct str){ data.p, data.len }, at_us);
	buf_fini(&data);
}

/* What the run may still write; the rest is dropped, and said once. */
static struct str
within_cap(struct job *j, struct str s)
{
	int64_t most = j->plug->limits.output_bytes, left = most - j->out_bytes;

	if (most == 0 || (int64_t)s.len <= left)
		return s;
	s.len = left > 0 ? (size_t)left : 0;
	if (!j->capped) {
		limit_hit(j->s, LIMIT_OUTPUT);
		batch_of(j)->truncated = true;
		lane_touch(j);
	}
	j->capped = j->truncated = true;
	return s;
}

/* Bytes at the end that begin a character and don't end it. */
static size_t
open_end(struct str s)
{
	size_t i, need;
	unsigned char c;

	for (i = 1; i <= 3 && i <= s.len; i++) {
		c = (unsigned char)s.p[s.len - i];
		if (c < 0x80)
			return 0;
		if (c < 0xc0)
			continue;
		need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
		return need > i ? i : 0;
	}
	return 0;
}

static void
add_text(struct job *j, int stream, struct str s, int64_t at_us)
{
	size_t n;

	s = within_cap(j, s);
	j->out_bytes += (int64_t)s.len;
	while (s.len > 0) {
		n = piece_of(s);
		add_piece(j, stream, (struct str){ s.p, n }, at_us);
		s.p += n;
		s.len -= n;
	}
}

void
output_add(struct job *j, int stream, struct str s, int64_t at_us)
{
	struct tail *t = &j->tails[stream];
	struct buf joined = { 0 };
	size_t rest;

	if (t->len > 0) {
		buf_add(&joined, t->p, t->len);
		buf_add(&joined, s.p, s.len);
		s = (struct str){ joined.p, joined.len };
	}
	rest = open_end(s);
	t->len = rest;
	s.len -= rest;
	if (rest > 0)
		memcpy(t->p, s.p + s.len, rest);
	add_text(j, stream, s, at_us);
	buf_fini(&joined);
}

void
output_flush(struct job *j)
{
	struct tail t;
	int i;

	for (i = 0; i < STREAMS; i++) {
		t = j->tails[i];
		j->tails[i].len = 0;
		add_text(j, i, (struct str){ t.p, t.len }, 0);
	}
}

static void
log_idle(struct link *l, int stream, const char *p, size_t len)
{
	char text[IDLE_MAX + 1];

	if (!log_allowed(&l->log, l->s->plan.now))
		return;
	while (len > 0 && (p[len - 1] == '\n' || p[len - 1] == '\r'))
		len--;
	if (len > IDLE_MAX)
		len = IDLE_MAX;
	memcpy(text, p, len);
	text[len] = '\0';
	log_event(LOG_INFO, text, "plugin", link_name(l), "stream",
	    stream_names[stream], NULL);
}

/* Bytes that were read; 0: nothing there now, or the pipe has ended. */
static size_t
read_piece(struct link *l, int stream)
{
	char piece[32 * 1024];
	struct attempt *a = l->w->running;
	ssize_t n;

	if (l->pipes[stream] < 0)
		return 0;
	do
		n = read(l->pipes[stream], piece, sizeof piece);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0) {
		link_close_fd(l, &l->pipes[stream]);
		return 0;
	}
	limit_traffic(l, 1, n);
	if (a == NULL || a->kind != JOB_RUN)
		log_idle(l, stream, piece, (size_t)n);
	else if (a->phase == PHASE_LIVE)
		output_add(a->job, stream, (struct str){ piece, (size_t)n },
		    0);
	return (size_t)n;
}

void
output_drain(struct link *l)
{
	size_t n, sum;
	int i;

	for (i = 0; i < STREAMS; i++)
		for (sum = 0; sum < DRAIN_MAX; sum += n)
			if ((n = read_piece(l, i)) == 0)
				break;
}

void
output_ready(struct link *l, int which)
{
	/* A start that was said before this was printed comes first. */
	if (!l->paused)
		link_read(l);
	if (l->dead)
		return;
	if (link_must_pause(l))
		link_pause(l);
	else
		read_piece(l, which);
}
