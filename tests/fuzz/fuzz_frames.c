/*
 * Any bytes from the other end of a worker's socket.  The first byte says
 * as what they are read: a frame, the body of one, or a row of datagrams.
 * What is accepted packs to the same bytes again.
 */
#include "base/mem.h"
#include "worker/channel.h"
#include "worker/invoke.h"
#include "worker/report.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* Frees b, which must hold the bytes of s. */
static void
must_be(struct buf *b, struct str s)
{
	must(b->len == s.len && (s.len == 0 || memcmp(b->p, s.p, s.len) == 0));
	buf_fini(b);
}

static void
check_frame(struct str s)
{
	uint8_t head[FRAME_HEAD];
	struct frame_head h;
	struct err err;
	bool up, down;

	up = frame_check(s.p, s.len, true, &h, &err) == RH_OK;
	down = frame_check(s.p, s.len, false, &h, &err) == RH_OK;
	must(!(up && down));
	if (!up && !down)
		return;
	must(h.len == s.len - FRAME_HEAD);
	frame_pack_head(head, &h);
	must(memcmp(head, s.p, FRAME_HEAD) == 0);
}

static void
check_invoke(struct str s)
{
	struct rh_invocation inv;
	struct buf b = { 0 };

	if (invoke_unpack(s, &inv, NULL) != RH_OK)
		return;
	invoke_pack(&b, &inv);
	must_be(&b, s);
}

static void
check_events(struct str s)
{
	struct event_record e;
	struct field_reader r;
	struct buf b = { 0 };
	struct err err;

	events_begin(&r, s);
	while (events_next(&r, &e)) {
		report_event(&e, &err);
		event_pack(&b, &e);
	}
	if (field_end(&r))
		must_be(&b, s);
	buf_fini(&b);
}

static void
check_outcome(struct str s)
{
	struct rh_outcome o;
	struct buf b = { 0 };
	struct err err;

	if (outcome_unpack(s, &o, NULL) != RH_OK)
		return;
	report_outcome(&o, &err);
	outcome_pack(&b, &o);
	must_be(&b, s);
}

static void
check_reply(struct str s)
{
	struct buf b = { 0 };
	rh_status status;
	struct str reply;

	if (reply_unpack(s, &status, &reply, NULL) != RH_OK)
		return;
	reply_pack(&b, status, reply.p, reply.len);
	must_be(&b, s);
}

static void
check_log(struct str s)
{
	struct buf b = { 0 };
	struct str text;
	uint8_t level;

	if (log_unpack(s, &level, &text, NULL) != RH_OK)
		return;
	log_pack(&b, level, text);
	must_be(&b, s);
}

/* Each datagram has its length in front, one byte. */
static void
check_channel(struct str s)
{
	struct channel *chan;
	struct frame_head h;
	struct str body;
	struct err err;
	int sv[2], got;
	size_t len;

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, sv) == 0);
	chan = channel_new(sv[0], false);
	while (s.len > 0) {
		len = (uint8_t)s.p[0] < s.len - 1 ? (uint8_t)s.p[0] :
		    s.len - 1;
		if (send(sv[1], s.p + 1, len, 0) < 0)
			break;
		s.p += 1 + len;
		s.len -= 1 + len;
	}
	close(sv[1]);
	while ((got = channel_recv(chan, &h, &body, &err)) == 1)
		must(body.len == h.len && h.flags == 0);
	must(got == -1);
	channel_free(chan);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const checks[])(struct str) = {
		check_frame, check_invoke, check_events, check_outcome,
		check_reply, check_log, check_channel,
	};
	char *bytes;

	if (len == 0)
		return 0;
	/* A copy of exactly that size, so that one byte too far is seen. */
	bytes = mem_alloc(len - 1);
	memcpy(bytes, data + 1, len - 1);
	checks[data[0] % ARRAY_LEN(checks)]((struct str){ bytes, len - 1 });
	free(bytes);
	return 0;
}
