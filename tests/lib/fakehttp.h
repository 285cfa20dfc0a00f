/*
 * An HTTP server for tests of clients: answers each request with the next
 * unused answer written for it, word for word, and closes the connection.
 * A thread a connection.  Keeps what it was asked.
 */
#ifndef LIB_FAKEHTTP_H
#define LIB_FAKEHTTP_H

struct fake_answer {
	const char *request;	/* "GET /ready": start of the request line */
	const char *answer;	/* all of it, as sent; "" closes at once */
};

/* Whole answers of common forms. */
#define FAKE_JSON(status, body) \
	"HTTP/1.1 " status "\r\nContent-Type: application/json\r\n" \
	"Connection: close\r\n\r\n" body
#define FAKE_STREAM(body) \
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" \
	"Connection: close\r\n\r\n" body

struct fakehttp;

/* answers are ended by a NULL request.  On 127.0.0.1, a port of its own;
 * with a path: on that Unix socket. */
struct fakehttp	*fakehttp_start(const struct fake_answer *answers,
		    const char *unix_path);
const char	*fakehttp_url(const struct fakehttp *);
/* Everything that was received so far; borrowed until the stop. */
const char	*fakehttp_seen(struct fakehttp *);
void		 fakehttp_stop(struct fakehttp *);

#endif
