/*
 * The other end of an HTTP connection, byte by byte, so that a test can
 * send what no decent client would.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "base/buf.h"
#include "base/err.h"
#include "http/http.h"

#include <stdbool.h>

/* A server over a fake host. */
struct served {
	struct host *host;
	struct registry *registry;
	struct http *http;
	struct http_config cf;	/* set before serve(); start from served_init() */
	char	socket[128];
};

void	served_init(struct served *, bool async);
bool	serve(struct served *);		/* with its Unix socket in unit_tmpdir() */
void	served_fini(struct served *);

struct client {
	int	fd;
	struct buf in;		/* read, not yet taken */
};

struct answer {
	int	status;		/* 0: none came, the connection ended */
	struct buf head;
	struct buf body;
};

bool	client_open(struct client *, const struct served *);
bool	client_open_unix(struct client *, const char *path);
void	client_close(struct client *);
bool	client_send(struct client *, const char *text);
bool	client_recv(struct client *, struct answer *);	/* a whole answer */
void	answer_fini(struct answer *);
/* The value of a header, "" when there is none; until the next call. */
const char *answer_header(const struct answer *, const char *name);

/* Reads more; false at the end of the connection or after five seconds. */
bool	client_more(struct client *);
/* Reads until text has come, and takes all up to its end. */
bool	client_until(struct client *, const char *text, struct buf *taken);

/*
 * One request on a connection of its own.  extra: header lines, each with
 * CR LF, or "".  body NULL: none.
 */
void	ask(const struct served *, const char *method, const char *path,
	    const char *extra, const char *body, struct answer *);

#define AUTH	"Authorization: Bearer rh_alice\r\n"

#endif
