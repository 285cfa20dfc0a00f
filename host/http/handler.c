/*
 * The way of a request.  All of it runs on the connection's own thread, but
 * call_done(), which only flips the turn and resumes.
 */
#include "http/handler.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/identity.h"
#include "http/rate.h"
#include "http/reply.h"
#include "http/routes.h"
#include "ledger/host.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whose move it is while a call is on its way. */
enum { TURN_NONE, TURN_HOST, TURN_PARKED, TURN_DONE };

/* A body this many times too large is still read, to be refused politely. */
#define BODY_PATIENCE	8

static struct conn *
conn_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(mhd,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info->socket_context;
}

static void
request_free(struct request *r)
{
	call_free(r->call);
	if (r->body.p != NULL)
		hash_wipe(r->body.p, r->body.len);
	buf_fini(&r->body);
	arena_fini(&r->arena);
	free(r);
}

/* Headers that another reader might understand otherwise than we do. */
struct headers {
	size_t	bytes;
	unsigned tokens, hosts, lengths, encodings;
};

static enum MHD_Result
count_header(void *cls, enum MHD_ValueKind kind, const char *name,
    size_t name_len, const char *value, size_t len)
{
	struct headers *h = cls;

	h->bytes += name_len + len + 4;
	(void)value;
	if (kind != MHD_HEADER_KIND)
		return MHD_YES;
	h->tokens += strcasecmp(name, "Authorization") == 0;
	h->hosts += strcasecmp(name, "Host") == 0;
	h->lengths += strcasecmp(name, "Content-Length") == 0;
	h->encodings += strcasecmp(name, "Transfer-Encoding") == 0;
	return MHD_YES;
}

/* Why a request has no one meaning, or NULL. */
static const char *
ambiguity(const struct headers *h)
{
	if (h->tokens > 1)
		return "there is more than one Authorization header";
	if (h->hosts > 1)
		return "there is more than one Host header";
	if (h->lengths + h->encodings > 1)
		return "the length of the body is said more than once";
	return NULL;
}

/* True when the request must not be read any further. */
static bool
check_headers(struct request *r, const char *url)
{
	size_t limit = r->http->cf.limits.header_bytes;
	struct headers h = { .bytes = strlen(url) };
	const char *why;

	MHD_get_connection_values_n(r->mhd, MHD_HEADER_KIND, count_header, &h);
	MHD_get_connection_values_n(r->mhd, MHD_GET_ARGUMENT_KIND,
	    count_header, &h);
	if (h.bytes > limit)
		err_set(&r->refused, RH_EHEADERS, "the headers are %zu bytes, "
		    "the limit is %zu", h.bytes, limit);
	if ((why = ambiguity(&h)) == NULL)
		return false;
	err_set(&r->refused, RH_EREQUEST, "%s", why);
	return true;
}

static void
check_rate(struct request *r)
{
	const char *who = r->caller.kind == CALLER_ANONYMOUS ?
	    r->caller.source : r->caller.principal;

	if (rate_take(r->http->rate, who, clock_real.boot_us(&clock_real)))
		return;
	err_set(&r->refused, RH_ERATE, "more than %u requests a second",
	    rate_limit(r->http->rate));
	err_hint(&r->refused, "wait a second");
}

static void
refuse_body(struct request *r)
{
	err_set(&r->refused, RH_ETOOBIG, "the body is larger than %zu bytes",
	    r->http->cf.limits.body_bytes);
}

/* True when an announced body is refused before it is sent. */
static bool
check_length(struct request *r)
{
	size_t limit = r->http->cf.limits.body_bytes;
	const char *text = request_header(r, "Content-Length");
	int64_t len;

	if (text == NULL || !str_i64(str_of(text), 0, INT64_MAX, &len) ||
	    (uint64_t)len <= limit)
		return false;
	refuse_body(r);
	return request_header(r, "Expect") != NULL ||
	    (uint64_t)len > limit * BODY_PATIENCE;
}

static enum MHD_Result
request_refuse(struct request *r)
{
	struct reply reply = { 0 };

	reply_error(&reply, &r->refused);
	return reply_send(r, &reply) ? MHD_YES : MHD_NO;
}

/* What can be written past libmicrohttpd: nothing where TLS is between. */
static const char *
last_word(const struct request *r, const char *text)
{
	return r->door->local || r->http->tls_cert == NULL ? text : "";
}

/* The first line and the headers are there; the body isn't. */
static enum MHD_Result
request_head(struct request *r, const char *method, const char *url)
{
	r->is_head = strcmp(method, "HEAD") == 0;
	identity_of(r);
	if (check_headers(r, url))
		return request_refuse(r);
	if (r->refused.status == RH_OK)
		check_rate(r);
	if (r->refused.status == RH_OK)
		route_find(r, method, url);
	if (r->refused.status == RH_OK)
		identity_same_site(r, method, &r->refused);
	if (check_length(r))
		return request_refuse(r);
	conn_await(r->conn, last_word(r, r->http->late));
	return MHD_YES;
}

static enum MHD_Result
request_body(struct request *r, const char *p, size_t len)
{
	size_t limit = r->http->cf.limits.body_bytes;

	r->body_seen += len;
	if (r->body_seen > limit * BODY_PATIENCE) {
		if (conn_arrived(r->conn))
			conn_say(r->conn, last_word(r, r->http->too_big));
		return MHD_NO;
	}
	if (r->body_seen > limit)
		refuse_body(r);
	else if (r->refused.status == RH_OK)
		buf_add(&r->body, p, len);
	return MHD_YES;
}

/* Any thread.  After the turn is done r may be gone. */
static void
call_done(struct call *call)
{
	struct request *r = call->owner;
	struct http *http = r->http;
	struct MHD_Connection *mhd = r->mhd;

	if (atomic_exchange(&r->turn, TURN_DONE) == TURN_PARKED)
		MHD_resume_connection(mhd);
	http_leave(http);
}

/* The whole request is there: what is left to come is its end. */
static bool
call_left(const struct call *call)
{
	const struct request *r = call->owner;
	struct pollfd p = { .fd = r->conn->fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1;
}

/*
 * True when the call is done already.  Else the connection is suspended;
 * should done() come in between, it is resumed at once.
 */
static bool
request_submit(struct request *r)
{
	int turn = TURN_HOST;

	r->call->done = call_done;
	r->call->left = call_left;
	r->call->owner = r;
	atomic_store(&r->turn, TURN_HOST);
	host_submit(r->http->host, r->call);
	if (atomic_load(&r->turn) == TURN_DONE)
		return true;
	MHD_suspend_connection(r->mhd);
	if (!atomic_compare_exchange_strong(&r->turn, &turn, TURN_PARKED))
		MHD_resume_connection(r->mhd);
	return false;
}

/* Makes the route's call; true when there is nothing to wait for. */
static bool
request_ask(struct request *r)
{
	if (r->refused.status != RH_OK || r->route->ask == NULL)
		return true;
	if (!http_enter(r->http)) {
		err_set(&r->refused, RH_EUNAVAIL, "the host is stopping");
		return true;
	}
	r->call = r->route->ask(r);
	return request_submit(r);
}

static enum MHD_Result
request_answer(struct request *r)
{
	struct reply reply = { 0 };

	if (r->refused.status != RH_OK)
		return request_refuse(r);
	if (r->call != NULL && r->call->status != RH_OK)
		reply_error(&reply, &r->call->err);
	else
		r->route->answer(r, &reply);
	return reply_send(r, &reply) ? MHD_YES : MHD_NO;
}

enum MHD_Result
handler_request(void *cls, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **state)
{
	struct request *r = *state;
	struct door *door = cls;
	enum MHD_Result ok;

	if (r == NULL) {
		*state = r = mem_zalloc(sizeof *r);
		r->door = door;
		r->http = door->http;
		r->mhd = mhd;
		r->conn = conn_of(mhd);
		r->has_chunks = strcmp(version, "HTTP/1.1") == 0 &&
		    (door->local || r->http->tls_cert == NULL);
		return request_head(r, method, url);
	}
	if (*upload_size > 0) {
		ok = request_body(r, upload, *upload_size);
		*upload_size = 0;
		return ok;
	}
	/* All of it is there, or the host has answered. */
	conn_disarm(r->conn);
	if (r->call == NULL) {
		if (!conn_arrived(r->conn))
			return MHD_NO;
		if (!request_ask(r))
			return MHD_YES;
	}
	assert(r->call == NULL || atomic_load(&r->turn) == TURN_DONE);
	return request_answer(r);
}

void
handler_completed(void *cls, struct MHD_Connection *mhd, void **state,
    enum MHD_RequestTerminationCode why)
{
	struct door *door = cls;
	struct request *r = *state;

	(void)mhd;
	(void)why;
	if (r == NULL)
		return;
	*state = NULL;
	conn_arrived(r->conn);
	conn_arm(r->conn, door->http->cf.limits.request_ms);
	request_free(r);
}

static void
conn_name(struct conn *conn, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info;
	const struct sockaddr *sa;
	const void *addr;

	info = MHD_get_connection_info(mhd,
	    MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	sa = info->client_addr;
	addr = sa->sa_family == AF_INET6 ?
	    (const void *)&((const struct sockaddr_in6 *)sa)->sin6_addr :
	    (const void *)&((const struct sockaddr_in *)sa)->sin_addr;
	if (inet_ntop(sa->sa_family, addr, conn->source,
	    sizeof conn->source) == NULL)
		snprintf(conn->source, sizeof conn->source, "unknown");
}

enum MHD_Result
handler_admit(void *cls, const struct sockaddr *from, socklen_t len)
{
	struct door *door = cls;

	(void)from;
	(void)len;
	return atomic_load(&door->connections) < door->limit ? MHD_YES :
	    MHD_NO;
}

void
handler_connection(void *cls, struct MHD_Connection *mhd, void **state,
    enum MHD_ConnectionNotificationCode what)
{
	struct door *door = cls;
	struct http *http = door->http;
	const union MHD_ConnectionInfo *info;
	struct conn *conn;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		atomic_fetch_sub(&door->connections, 1);
		conn_remove(&http->conns, *state);
		return;
	}
	atomic_fetch_add(&door->connections, 1);
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	conn = conn_add(&http->conns, info->connect_fd,
	    http->cf.limits.request_ms);
	*state = conn;
	if (!door->local) {
		conn_name(conn, mhd);
		return;
	}
	snprintf(conn->source, sizeof conn->source, "unix");
	conn->local = peer_is_local(&http->rule, conn->fd, &conn->uid);
}

size_t
handler_unescape(void *cls, struct MHD_Connection *mhd, char *s)
{
	char *in, *out;
	uint8_t byte;

	(void)cls;
	(void)mhd;
	for (in = out = s; *in != '\0'; out++) {
		if (*in == '%' && in[1] != '\0' && in[2] != '\0' &&
		    str_unhex((struct str){ in + 1, 2 }, &byte, 1) &&
		    byte != 0) {
			*out = (char)byte;
			in += 3;
			continue;
		}
		*out = *in++;
	}
	*out = '\0';
	return (size_t)(out - s);
}
