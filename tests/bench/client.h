/*
 * Keep-alive HTTP clients for load: many connections in one thread, one
 * request on each at a time.  Just enough to read the host's answers: a
 * status, a Content-Length, a body.
 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_MAX	(256 * 1024)
#define REQUEST_MAX	(16 * 1024)
#define TOKEN_MAX	200

struct client {
	int	fd;
	bool	busy;		/* waits for its answer */
	bool	stream;		/* bytes are taken as they come */
	int64_t	since_ns;	/* when its request was due */
	void	*arg;
	char	*in;		/* ANSWER_MAX + 1 */
	size_t	in_len;
};

struct answer {
	int	status;
	const char *body;	/* ends in NUL; until the next request */
	size_t	len;
};

struct clients;

/*
 * n connections to a port of loopback.  answered() is called for each whole
 * answer, and for each piece of a stream (status 0; len 0: it was closed).
 */
struct clients	*clients_new(int port, const char *token, int n,
		    void (*answered)(struct client *, const struct answer *));
void		 clients_free(struct clients *);
struct client	*clients_at(struct clients *, int i);
struct client	*clients_idle(struct clients *);	/* NULL: all are busy */

/* A new connection in the place of one that may be closed. */
void		 clients_redial(struct clients *, struct client *);

/* A whole request, with whatever headers. */
void		 client_send_text(struct client *, const char *, size_t);
/* body NULL: GET. */
void		 client_send(struct clients *, struct client *,
		    const char *path, const char *body);
/* Deals with what came; waits for it for so long at most. */
void		 clients_wait(struct clients *, int64_t timeout_ns);
/* Sends, and waits for the answer; ends the program unless it is 2xx. */
const char	*clients_ask(struct clients *, const char *path,
		    const char *body);

/* The token in a file; a new one that its holder makes.  role may be NULL. */
void		 token_read(const char *file, char out[TOKEN_MAX]);
void		 token_make(int port, const char *by, const char *principal,
		    const char *role, char out[TOKEN_MAX]);
/* The string behind "name":" in an answer, which must be there. */
void		 answer_text(const char *body, const char *name, char *out,
		    size_t size);

/* As many connections as the machine allows, and no signal for a closed one. */
void		 clients_allow(void);

int64_t		 now_ns(void);
_Noreturn void	 die(const char *fmt, ...)
		    __attribute__((format(printf, 1, 2)));

#endif
