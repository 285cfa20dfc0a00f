/*
 * The HTTP client, on libcurl's multi interface: one transfer at a time,
 * beside one descriptor that may interrupt it.  libcurl is opened by the
 * first transfer: with the twenty libraries behind it, it is half of what a
 * host would hold that never makes one (docs/decisions/018-libcurl-on-demand.md).
 */
#include "base/httpc.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

struct httpc {
	CURLM	*multi;
	char	*base_url;
	char	*unix_path;
	char	*bearer;	/* whole header, or NULL */
	char	*ca_file;
	int64_t	connect_ms;
	int64_t	timeout_ms;
	size_t	body_max;
	bool	forgets;
};

/* One request on its way. */
struct transfer {
	struct httpc *client;
	CURL	*easy;
	struct curl_slist *headers;
	const struct httpc_sink *sink;	/* NULL: collect */
	struct httpc_reply *reply;
	struct err *err;
	rh_status refused;	/* by the sink or a limit */
	int64_t	last_us;	/* when something last came */
	char	detail[CURL_ERROR_SIZE];
};

#define LIBRARY "libcurl.so.4"

#define FUNCTIONS(F) \
	F(version) F(global_init) F(slist_append) F(slist_free_all) \
	F(easy_init) F(easy_cleanup) F(easy_setopt) F(easy_getinfo) \
	F(easy_strerror) F(multi_init) F(multi_cleanup) F(multi_add_handle) \
	F(multi_remove_handle) F(multi_poll) F(multi_perform) \
	F(multi_info_read)
#define MEMBER(f)	__typeof__(&curl_##f) f;
#define ROW(f)		{ "curl_" #f, offsetof(struct library, f) },

static struct library {
	FUNCTIONS(MEMBER)
} curl;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char trouble[200];	/* why it can't be used; empty: it can */

static void
open_library(void)
{
	static const struct {
		const char *name;
		size_t	offset;
	} rows[] = { FUNCTIONS(ROW) };
	void *object = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *f;
	size_t i;

	for (i = 0; object != NULL && i < ARRAY_LEN(rows); i++) {
		if ((f = dlsym(object, rows[i].name)) == NULL)
			object = NULL;
		memcpy((char *)&curl + rows[i].offset, &f, sizeof f);
	}
	if (object == NULL)
		snprintf(trouble, sizeof trouble, "%s", dlerror());
	else if (curl.global_init(CURL_GLOBAL_ALL) != CURLE_OK)
		snprintf(trouble, sizeof trouble, LIBRARY
		    " could not be initialized");
}

static rh_status
need_library(struct err *err)
{
	pthread_once(&once, open_library);
	if (trouble[0] == '\0')
		return RH_OK;
	return err_set(err, RH_EUNAVAIL, "libcurl is not there: %s", trouble);
}

const char *
httpc_version(void)
{
	return need_library(NULL) == RH_OK ? curl.version() : "no libcurl";
}

static char *
dup_or_null(const char *s)
{
	return s != NULL ? mem_strdup(s) : NULL;
}

struct httpc *
httpc_open(const struct httpc_options *o)
{
	struct httpc *c = mem_zalloc(sizeof *c);

	c->base_url = mem_strdup(o->base_url);
	c->unix_path = dup_or_null(o->unix_path);
	c->ca_file = dup_or_null(o->ca_file);
	if (o->token != NULL)
		c->bearer = mem_printf("Authorization: Bearer %s", o->token);
	c->connect_ms = o->connect_ms;
	c->timeout_ms = o->timeout_ms;
	c->body_max = o->body_max;
	c->forgets = o->forgets;
	return c;
}

void
httpc_close(struct httpc *c)
{
	if (c == NULL)
		return;
	if (c->multi != NULL)
		curl.multi_cleanup(c->multi);
	if (c->bearer != NULL)
		hash_wipe(c->bearer, strlen(c->bearer));
	free(c->bearer);
	free(c->base_url);
	free(c->unix_path);
	free(c->ca_file);
	free(c);
}

static size_t
on_body(char *p, size_t one, size_t n, void *arg)
{
	struct transfer *t = arg;
	long status = 0;

	t->last_us = clock_real.boot_us(&clock_real);
	curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (t->sink != NULL && status == 200) {
		t->refused = t->sink->data(t->sink->arg, p, one * n, t->err);
		return t->refused == RH_OK ? n : 0;
	}
	if (t->reply->body.len + n > t->client->body_max) {
		t->refused = err_set(t->err, RH_ETOOBIG,
		    "the host's reply is larger than %zu bytes",
		    t->client->body_max);
		return 0;
	}
	buf_add(&t->reply->body, p, n);
	return n;
}

static size_t
on_header(char *p, size_t one, size_t n, void *arg)
{
	static const char name[] = "retry-after:";
	struct transfer *t = arg;
	struct str value = { p, one * n };

	if (value.len < sizeof name || strncasecmp(p, name, sizeof name - 1))
		return n;
	value.p += sizeof name - 1;
	value.len -= sizeof name - 1;
	while (value.len > 0 && value.p[0] == ' ')
		value.p++, value.len--;
	while (value.len > 0 && strchr(" \r\n", value.p[value.len - 1]))
		value.len--;
	str_i64(value, 0, 86400, &t->reply->retry_after_s);
	return n;
}

static void
add_headers(struct transfer *t, const struct httpc_request *rq)
{
	const char *const *h;

	if (t->client->bearer != NULL)
		t->headers = curl.slist_append(t->headers, t->client->bearer);
	if (rq->body != NULL)
		t->headers = curl.slist_append(t->headers,
		    "Content-Type: application/json");
	/* Waiting for "100 Continue" would cost a round trip. */
	t->headers = curl.slist_append(t->headers, "Expect:");
	for (h = rq->headers; h != NULL && *h != NULL; h++)
		t->headers = curl.slist_append(t->headers, *h);
}

/* A socket that is closed with something unsent forgets it. */
static int
on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	(void)arg;
	(void)purpose;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	return CURL_SOCKOPT_OK;
}

static void
begin(struct transfer *t, const struct httpc_request *rq)
{
	const struct httpc *c = t->client;
	CURL *e = t->easy = curl.easy_init();
	char *url = mem_printf("%s%s", c->base_url, rq->path);

	add_headers(t, rq);
	curl.easy_setopt(e, CURLOPT_URL, url);
	curl.easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl.easy_setopt(e, CURLOPT_PROXY, "");
	curl.easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl.easy_setopt(e, CURLOPT_ERRORBUFFER, t->detail);
	curl.easy_setopt(e, CURLOPT_CUSTOMREQUEST, rq->method);
	curl.easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	curl.easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_ms);
	curl.easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl.easy_setopt(e, CURLOPT_WRITEDATA, t);
	curl.easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl.easy_setopt(e, CURLOPT_HEADERDATA, t);
	if (c->forgets)
		curl.easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, on_socket);
	if (c->unix_path != NULL)
		curl.easy_setopt(e, CURLOPT_UNIX_SOCKET_PATH, c->unix_path);
	if (c->ca_file != NULL)
		curl.easy_setopt(e, CURLOPT_CAINFO, c->ca_file);
	if (rq->body != NULL) {
		curl.easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)rq->body_len);
		curl.easy_setopt(e, CURLOPT_POSTFIELDS, rq->body);
	}
	curl.easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(t->sink == NULL ?
	    c->timeout_ms : t->sink->whole_ms));
	curl.multi_add_handle(c->multi, e);
	free(url);
}

static void
end(struct transfer *t)
{
	curl.multi_remove_handle(t->client->multi, t->easy);
	curl.easy_cleanup(t->easy);
	curl.slist_free_all(t->headers);
}

/* Waits for the transfer or the descriptor beside it. */
static rh_status
wait_once(struct transfer *t)
{
	const struct httpc_sink *s = t->sink;
	struct curl_waitfd extra = { .fd = -1, .events = CURL_WAIT_POLLIN };
	int64_t silent_ms;

	if (s != NULL)
		extra.fd = s->wake_fd;
	curl.multi_poll(t->client->multi, &extra, extra.fd >= 0, 250, NULL);
	if (s == NULL)
		return RH_OK;
	if (extra.revents != 0 && s->wake != NULL)
		return s->wake(s->arg, t->err);
	silent_ms = (clock_real.boot_us(&clock_real) - t->last_us) / US_PER_MS;
	if (silent_ms <= s->idle_ms)
		return RH_OK;
	return err_set(t->err, RH_EUNAVAIL,
	    "the host has sent nothing for %lld s",
	    (long long)(silent_ms / 1000));
}

static rh_status
explain(struct transfer *t, CURLcode code)
{
	const struct httpc *c = t->client;
	const char *where = c->unix_path != NULL ? c->unix_path : c->base_url;
	const char *why = t->detail;
	curl_off_t connect_us = 0;

	curl.easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connect_us);
	if (why[0] == '\0')
		why = curl.easy_strerror(code);
	/* curl names the host of the URL, which a socket doesn't have. */
	if (code == CURLE_COULDNT_CONNECT && c->unix_path != NULL)
		return err_set(t->err, RH_EUNAVAIL, "no host answers at "
		    "\"%s\"", where);
	if (code == CURLE_OPERATION_TIMEDOUT && connect_us > 0)
		return err_set(t->err, RH_EDEADLINE,
		    "no answer from \"%s\" in time: %s", where, why);
	return err_set(t->err, RH_EUNAVAIL, "no host at \"%s\": %s",
	    where, why);
}

static rh_status
run(struct transfer *t)
{
	struct httpc *c = t->client;
	CURLcode code = CURLE_OK;
	CURLMsg *msg;
	rh_status rc;
	int running = 1, left;
	long status = 0;

	for (;;) {
		curl.multi_perform(c->multi, &running);
		if (running == 0)
			break;
		if ((rc = wait_once(t)) != RH_OK)
			return rc;
	}
	while ((msg = curl.multi_info_read(c->multi, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			code = msg->data.result;
	if (t->refused != RH_OK)
		return t->refused;
	if (code != CURLE_OK)
		return explain(t, code);
	curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	t->reply->status = (int)status;
	return RH_OK;
}

rh_status
httpc_stream(struct httpc *c, const struct httpc_request *rq,
    const struct httpc_sink *sink, struct httpc_reply *reply, struct err *err)
{
	struct transfer t = {
		.client = c, .sink = sink, .reply = reply, .err = err,
	};
	rh_status rc;

	memset(reply, 0, sizeof *reply);
	if ((rc = need_library(err)) != RH_OK)
		return rc;
	if (c->multi == NULL)
		c->multi = curl.multi_init();
	t.last_us = clock_real.boot_us(&clock_real);
	begin(&t, rq);
	rc = run(&t);
	end(&t);
	return rc;
}

rh_status
httpc_send(struct httpc *c, const struct httpc_request *rq,
    struct httpc_reply *reply, struct err *err)
{
	return httpc_stream(c, rq, NULL, reply, err);
}
