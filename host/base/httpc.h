/*
 * An HTTP client for one server, over TCP or a Unix socket.  Bounded in
 * time and size; follows no redirects and uses no proxy, so that a token
 * goes nowhere but to the server that was named.
 */
#ifndef BASE_HTTPC_H
#define BASE_HTTPC_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct httpc;

struct httpc_options {
	const char *base_url;	/* "http://127.0.0.1:8080"; no slash at the end */
	const char *unix_path;	/* socket to connect to instead, or NULL */
	const char *token;	/* sent as bearer token, or NULL */
	const char *ca_file;	/* certificates to trust, or NULL: the system's */
	int64_t	connect_ms;
	int64_t	timeout_ms;	/* of a whole request; not of a stream */
	size_t	body_max;	/* of a reply */
	bool	forgets;	/* what isn't on its way when a request is
				 * given up is not sent by the kernel later */
};

struct httpc_request {
	const char *method;	/* "GET", "POST" */
	const char *path;	/* with its query, encoded */
	const char *const *headers;	/* "Name: value", NULL-ended, or NULL */
	const char *body;	/* JSON, or NULL */
	size_t	body_len;
};

struct httpc_reply {
	int	status;		/* 0: none came */
	struct buf body;	/* the caller's to buf_fini() */
	int64_t	retry_after_s;	/* of the header, or 0 */
};

/* What to do with the body of a 200 as it comes. */
struct httpc_sink {
	/* Anything but RH_OK ends the stream with that status. */
	rh_status (*data)(void *arg, const char *, size_t, struct err *);
	/* wake_fd became readable; likewise.  May be NULL. */
	rh_status (*wake)(void *arg, struct err *);
	void	*arg;
	int	wake_fd;	/* or -1 */
	int64_t	idle_ms;	/* silence that counts as gone */
	int64_t	whole_ms;	/* for all of it; 0: as long as it takes */
};

/* "libcurl/7.88.1 OpenSSL/3.0.19 …"; "no libcurl". */
const char	*httpc_version(void);

/* Copies what it is given.  Connects, and opens libcurl, at the first request. */
struct httpc	*httpc_open(const struct httpc_options *);
void		httpc_close(struct httpc *);	/* NULL is fine; wipes the token */

/*
 * RH_OK: the server answered, with whatever status.  RH_EUNAVAIL: it can't
 * be reached, or libcurl isn't there; RH_EDEADLINE: no whole answer in time; RH_ETOOBIG.
 */
rh_status	httpc_send(struct httpc *, const struct httpc_request *,
		    struct httpc_reply *, struct err *);

/*
 * The same for a body without end.  RH_OK: the server ended it, or its
 * status was not 200 (the body is then in the reply).  RH_EUNAVAIL also
 * when the stream broke or fell silent.
 */
rh_status	httpc_stream(struct httpc *, const struct httpc_request *,
		    const struct httpc_sink *, struct httpc_reply *,
		    struct err *);

#endif
