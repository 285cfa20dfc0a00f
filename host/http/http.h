/*
 * The HTTP doors: a TCP listener and a Unix socket over one set of routes.
 * They translate between HTTP and actions; whether a caller may do what it
 * asks is the gate's to say, never theirs.
 *
 * A caller is a bearer token's principal; on the Unix socket, without a
 * token, "local:<uid>" by the kernel's word; else anonymous.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct host;
struct http;
struct registry;

struct http_limits {
	size_t	body_bytes;	/* of a request: 413 */
	size_t	header_bytes;	/* of its line and headers together: 431 */
	int	request_ms;	/* for line, headers and body; then cut off */
	int	answer_ms;	/* for taking an answer that is no stream */
	unsigned connections;	/* TCP; the Unix socket has 64 of its own */
	unsigned per_address;	/* of these, from one address; 0: any number */
	unsigned per_second;	/* requests of one caller: 429; 0: no limit */
	unsigned streams;	/* open event streams: 503 */
	unsigned streams_each;	/* of these, of one caller: 429; 0: any number */
	int	heartbeat_ms;	/* a comment on a quiet stream */
};

/* 1 MiB, 8 KiB, 15 s, 60 s, 1,000, any, no limit, 500, 15 s */
extern const struct http_limits http_limits_default;

struct http_config {
	const char *address;	/* numeric or "localhost"; NULL: no TCP */
	uint16_t port;		/* 0: a free one */
	/*
	 * Beyond loopback TLS is needed, or insecure.  Paths of PEM files,
	 * both or none; TLS is then spoken on loopback, too.
	 */
	const char *tls_cert;
	const char *tls_key;
	bool	insecure;

	const char *socket_path;	/* Unix socket, made 0600; NULL: none */
	uid_t	owner;		/* whose processes are "local:", besides root's */
	pid_t	host_pid;	/* its descendants never are; 0: this process */

	const char *version;
	size_t	action_count;	/* of the host, for /info */
	struct http_limits limits;
};

/*
 * Judges the configuration, which is copied, and takes the TCP address; no
 * file is made.  RH_EINPUT: it makes no sense or isn't safe; RH_EIO: the
 * system refused.  What it made is http_stop()'s to free.
 */
rh_status	http_open(const struct http_config *, struct http **,
		    struct err *);
/*
 * Opens the doors and their threads.  host and registry are borrowed until
 * http_stop(), which a start that failed needs, too.  spawner: 0 or the
 * process whose descendants, as this one's, never are "local:".
 */
rh_status	http_start(struct http *, struct host *, struct registry *,
		    pid_t spawner, struct err *);

/*
 * Stops listening, answers what is on its way, ends all streams, closes.
 * host must still answer calls.  NULL is fine.
 */
void		http_stop(struct http *);

/* Limits of a caller from now on; as above. */
void		http_set_limits(struct http *, unsigned per_second,
		    unsigned streams_each);
/* What the doors count; as above. */
struct metric_text;
void		http_meters(struct http *, struct metric_text *);
uint16_t	http_port(const struct http *);	/* 0: no TCP */
/* Open event streams of a caller; any thread, until http_stop(). */
size_t		http_streams_of(const struct http *, const char *principal);

#endif
