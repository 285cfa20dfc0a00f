/*
 * Starts and stops the daemons: one a listener, all over the same handler.
 */
#include "http/http.h"

#include "base/log.h"
#include "base/mem.h"
#include "http/handler.h"
#include "http/listen.h"
#include "http/rate.h"
#include "http/reply.h"
#include "http/server.h"
#include "stream/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define POOL_BYTES	16384	/* of a connection: 10 to 22 kB a stream */
#define THREADS_MAX	4
#define IDLE_S		30	/* of a client that takes nothing */
#define LOCAL_CONNECTIONS 64
/*
 * At its own limit libmicrohttpd stops to accept: who comes then isn't
 * refused but waits, connected, for others to leave; and each of its threads
 * has a share of the limit.  So handler_admit() keeps that of the TCP door;
 * commands on the Unix socket may well wait for each other.
 */
#define NEVER_REACHED	1000000u
#define TLS_PRIORITIES	"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

const struct http_limits http_limits_default = {
	.body_bytes = 1 << 20,
	.header_bytes = 8192,
	.request_ms = 15000,
	.answer_ms = 60000,
	.connections = 1000,
	.streams = 4096,
	.heartbeat_ms = 15000,
};

bool
http_enter(struct http *http)
{
	bool open;

	pthread_mutex_lock(&http->lock);
	open = !http->stopping;
	http->calls += open;
	pthread_mutex_unlock(&http->lock);
	return open;
}

void
http_leave(struct http *http)
{
	pthread_mutex_lock(&http->lock);
	if (--http->calls == 0 && http->stopping)
		pthread_cond_signal(&http->idle);
	pthread_mutex_unlock(&http->lock);
}

/* libmicrohttpd's own remarks: never about who or what, but many. */
static void
on_log(void *cls, const char *fmt, va_list ap)
{
	char text[256];
	size_t len;

	(void)cls;
	vsnprintf(text, sizeof text, fmt, ap);
	len = strcspn(text, "\n");
	log_line(LOG_DEBUG, "http: %.*s", (int)len, text);
}

static unsigned
thread_count(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (unsigned)n;
}

/* Half of the descriptors stay for the database, workers and plugins. */
static unsigned
connection_limit(const struct http *http)
{
	unsigned limit = http->cf.limits.connections;
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur / 2 < limit)
		return (unsigned)rl.rlim_cur / 2;
	return limit;
}

struct options {
	struct MHD_OptionItem item[8];
	size_t	count;
};

static void
option_add(struct options *o, enum MHD_OPTION option, unsigned value,
    void *ptr)
{
	o->item[o->count++] = (struct MHD_OptionItem){ option, (intptr_t)value,
		ptr };
}

/* What not every listener has. */
static void
door_options(const struct door *door, bool tls, struct options *o)
{
	struct http *http = door->http;
	unsigned threads = thread_count();

	o->count = 0;
	if (!door->local && threads > 1)
		option_add(o, MHD_OPTION_THREAD_POOL_SIZE, threads, NULL);
	if (!door->local && http->cf.limits.per_address > 0)
		option_add(o, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		    http->cf.limits.per_address, NULL);
	if (tls) {
		option_add(o, MHD_OPTION_HTTPS_MEM_CERT, 0, http->tls_cert);
		option_add(o, MHD_OPTION_HTTPS_MEM_KEY, 0, http->tls_key);
		option_add(o, MHD_OPTION_HTTPS_PRIORITIES, 0, TLS_PRIORITIES);
	}
	option_add(o, MHD_OPTION_END, 0, NULL);
}

static rh_status
door_open(struct door *door, struct err *err)
{
	bool tls = !door->local && door->http->tls_cert != NULL;
	struct options more;

	door->limit = door->local ? NEVER_REACHED :
	    connection_limit(door->http);
	door_options(door, tls, &more);
	door->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
	    MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
	    (tls ? MHD_USE_TLS : 0), 0, handler_admit, door,
	    handler_request, door,
	    MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
	    MHD_OPTION_LISTEN_SOCKET, door->fd,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
	    MHD_OPTION_CONNECTION_LIMIT,
	    door->local ? LOCAL_CONNECTIONS : NEVER_REACHED,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_NOTIFY_COMPLETED, handler_completed, door,
	    MHD_OPTION_NOTIFY_CONNECTION, handler_connection, door,
	    MHD_OPTION_UNESCAPE_CALLBACK, handler_unescape, NULL,
	    MHD_OPTION_ARRAY, more.item,
	    MHD_OPTION_END);
	if (door->daemon != NULL)
		return RH_OK;
	err_set(err, RH_EIO, "the HTTP server does not start on %s",
	    door->local ? door->http->cf.socket_path :
	    door->http->cf.address);
	return err_hint(err, tls ? "are certificate and key a pair of PEM "
	    "files?" : "the log at level debug says why");
}

/* A listener that others can reach is encrypted, or somebody says aloud
 * that it isn't. */
static rh_status
check_safety(const struct http_config *cf, struct err *err)
{
	bool loopback;

	if ((cf->tls_cert == NULL) != (cf->tls_key == NULL))
		return err_set(err, RH_EINPUT, "a TLS certificate and its key "
		    "go together; only one is configured");
	if (cf->address == NULL)
		return RH_OK;
	if (listen_is_loopback(cf->address, &loopback, err) != RH_OK)
		return err->status;
	if (loopback || cf->tls_cert != NULL)
		return RH_OK;
	if (cf->insecure) {
		log_event(LOG_WARN, "listening beyond this machine without "
		    "TLS", "address", cf->address, NULL);
		return RH_OK;
	}
	err_set(err, RH_EINPUT, "listening on %s, beyond this machine, needs "
	    "TLS: tokens would travel in the clear", cf->address);
	return err_hint(err, "give --tls-cert and --tls-key, or "
	    "--insecure-listen behind a proxy that has them");
}

static char *
copy_text(const char *text)
{
	return text != NULL ? mem_strdup(text) : NULL;
}

static void
make_last_words(struct http *http)
{
	struct err err;

	err_set(&err, RH_ELATE, "the request did not come whole within "
	    "%d ms", http->cf.limits.request_ms);
	http->late = reply_whole(&err);
	err_set(&err, RH_ETOOBIG, "the body is larger than %zu bytes",
	    http->cf.limits.body_bytes);
	http->too_big = reply_whole(&err);
}

static struct http *
http_new(const struct http_config *cf)
{
	struct http *http = mem_zalloc(sizeof *http);
	int i;

	http->cf = *cf;
	http->cf.address = copy_text(cf->address);
	http->cf.tls_cert = copy_text(cf->tls_cert);
	http->cf.tls_key = copy_text(cf->tls_key);
	http->cf.socket_path = copy_text(cf->socket_path);
	http->cf.version = copy_text(cf->version);
	make_last_words(http);
	http->rate = rate_new(cf->limits.per_second);
	pthread_mutex_init(&http->lock, NULL);
	pthread_cond_init(&http->idle, NULL);
	for (i = 0; i < DOORS; i++)
		http->doors[i] = (struct door){ .http = http, .fd = -1,
			.local = i == DOOR_UNIX };
	return http;
}

static void
http_free(struct http *http)
{
	rate_free(http->rate);
	pthread_cond_destroy(&http->idle);
	pthread_mutex_destroy(&http->lock);
	free((char *)http->cf.address);
	free((char *)http->cf.tls_cert);
	free((char *)http->cf.tls_key);
	free((char *)http->cf.socket_path);
	free((char *)http->cf.version);
	free(http->late);
	free(http->too_big);
	free(http->tls_cert);
	free(http->tls_key);
	free(http);
}

static int
tick_of(int request_ms)
{
	int tick = request_ms / 10;

	return tick < 10 ? 10 : tick > 500 ? 500 : tick;
}

rh_status
http_open(const struct http_config *cf, struct http **out, struct err *err)
{
	struct http *http;

	if (check_safety(cf, err) != RH_OK ||
	    (cf->socket_path != NULL &&
	    listen_check_unix(cf->socket_path, err) != RH_OK))
		return err->status;
	http = http_new(cf);
	if (cf->tls_cert != NULL &&
	    (listen_pem(cf->tls_cert, &http->tls_cert, err) != RH_OK ||
	    listen_pem(cf->tls_key, &http->tls_key, err) != RH_OK))
		goto fail;
	if (cf->address != NULL && listen_tcp(cf->address, cf->port,
	    &http->doors[DOOR_TCP].fd, &http->port, err) != RH_OK)
		goto fail;
	*out = http;
	return RH_OK;

fail:
	http_stop(http);
	return err->status;
}

/* All sockets before the first daemon, so that nobody is let in by half. */
rh_status
http_start(struct http *http, struct host *host, struct registry *registry,
    pid_t spawner, struct err *err)
{
	const struct http_config *cf = &http->cf;
	const struct streams_config streams = {
		.heartbeat_ms = cf->limits.heartbeat_ms,
		.max = cf->limits.streams,
		.max_each = cf->limits.streams_each,
	};
	int i;

	http->host = host;
	http->registry = registry;
	if (peer_rule_init(&http->rule, cf->owner, cf->host_pid, spawner,
	    err) != RH_OK ||
	    (cf->socket_path != NULL && listen_unix(cf->socket_path,
	    &http->doors[DOOR_UNIX].fd, err) != RH_OK) ||
	    streams_start(host, &streams, &http->streams, err) != RH_OK ||
	    conns_start(&http->conns, tick_of(cf->limits.request_ms),
	    err) != RH_OK)
		return err->status;
	for (i = 0; i < DOORS; i++)
		if (http->doors[i].fd >= 0 &&
		    door_open(&http->doors[i], err) != RH_OK)
			return err->status;
	return RH_OK;
}

static void
doors_close(struct http *http)
{
	int i;

	if (http->doors[DOOR_UNIX].fd >= 0)
		unlink(http->cf.socket_path);
	for (i = 0; i < DOORS; i++) {
		/* A daemon closes its listener itself. */
		if (http->doors[i].daemon != NULL)
			MHD_stop_daemon(http->doors[i].daemon);
		else if (http->doors[i].fd >= 0)
			close(http->doors[i].fd);
	}
}

/*
 * libmicrohttpd may not be stopped while a connection is suspended: first
 * every call is answered, then every stream is ended and resumed.  Who comes
 * in between hears that the host is stopping.  MHD_quiesce_daemon() would keep
 * them out, but ends the process when one of its threads accepts meanwhile.
 */
void
http_stop(struct http *http)
{
	if (http == NULL)
		return;
	pthread_mutex_lock(&http->lock);
	http->stopping = true;
	while (http->calls > 0)
		pthread_cond_wait(&http->idle, &http->lock);
	pthread_mutex_unlock(&http->lock);
	if (http->streams != NULL)
		streams_end(http->streams);
	doors_close(http);
	streams_free(http->streams);
	conns_stop(&http->conns);
	http_free(http);
}

size_t
http_streams_of(const struct http *http, const char *principal)
{
	return http->streams != NULL ?
	    streams_count_of(http->streams, principal) : 0;
}

void
http_set_limits(struct http *http, unsigned per_second, unsigned streams_each)
{
	rate_set(http->rate, per_second);
	streams_set_max_each(http->streams, streams_each);
}

uint16_t
http_port(const struct http *http)
{
	return http->port;
}
