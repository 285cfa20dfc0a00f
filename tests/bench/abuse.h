/*
 * Clients that are too many, too slow or unwelcome, and those that suffer
 * beside them.  A mode is a function that prints one line of name=value.
 */
#ifndef BENCH_ABUSE_H
#define BENCH_ABUSE_H

#include "client.h"

#define RUN_ID_LEN	37	/* "run_" and 32 digits, NUL */

struct abuse {
	const char *mode, *kind, *file;
	char	token[200];
	int	port, clients, count, addresses, trickle_ms;
	double	rate, seconds;
};

/* Times that something took, in ns. */
struct times {
	int64_t	*ns;
	size_t	n, max;
};

extern struct abuse abuse;

void	mode_probe(void);
void	mode_flood(void);
void	mode_hold(void);
void	mode_post(void);
void	mode_full(void);

void	times_add(struct times *, int64_t ns);
/* In µs; 0 when there are none. */
double	times_at(struct times *, double part);

/*
 * Whether the mode goes on: until its seconds are over or, without any,
 * until standard input is closed.
 */
bool	goes_on(int64_t since_ns);

/* A run of the mock that takes no time. */
#define RUN_PATH	"/api/extensions/execute"
#define RUN_BODY	"{\"session_id\":\"s\",\"command\":\"/mock demo\"," \
			"\"metadata\":{\"delay_ms\":0}}"
void	take_run_id(const char *body, char id[RUN_ID_LEN]);

/* An event stream, as far as its records' numbers and end are concerned. */
struct follow {
	char	line[32];
	size_t	len;
	int64_t	seq;		/* of the last event */
	bool	ended;
};
/* Ends the program when an event is missing or comes twice. */
void	follow_take(struct follow *, const char *piece, size_t len);

#endif
