/*
 * Who is calling: fixed by the channel a call came through, never by a
 * field in it.
 */
#ifndef AUTH_CALLER_H
#define AUTH_CALLER_H

#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum caller_kind {
	CALLER_UNSET,
	CALLER_ANONYMOUS,	/* no token, or an unknown one */
	CALLER_TOKEN,		/* user:, service: or runtime: by its token */
	CALLER_LOCAL,		/* local:<uid> by the kernel's word */
	CALLER_PLUGIN,		/* plugin:<id>, inside an invocation */
	CALLER_HOST,		/* runtime:local, the host's own pool */
	CALLER_SYSTEM		/* sweeps and recovery; never starts a chain */
};

struct session;

#define CALLER_CHAIN_MAX	8
#define PRINCIPAL_MAX		128	/* bytes, with its NUL */

struct caller {
	enum caller_kind kind;
	const char *principal;	/* "user:alice"; "anonymous" */
	/* CALLER_TOKEN: what it brought; asked for again at each admission. */
	uint8_t	token[HASH_LEN];
	const char *source;	/* where from, for counting refusals: "127.0.0.1" */
	/* Who called whom until now, origin first, without principal. */
	const char *chain[CALLER_CHAIN_MAX];
	size_t	chain_len;
	/* A plugin's own attempt; 0: none.  Implies rights on that run only. */
	int64_t	run_no;
	int64_t	fence;
	/* What that gives, set by admission; NULL: nothing. */
	struct session *session;
	bool	inproc;		/* shown in its audit rows */
	bool	bad_token;	/* anonymous: what it brought isn't good */
};

extern const struct caller caller_system;	/* "system" */
extern const struct caller caller_host;		/* "runtime:local" */

/* "user:", "service:", "runtime:" and a name of [A-Za-z0-9._@-]{1,100}. */
bool	principal_check(const char *);

#endif
