/*
 * Whether bytes are one strict JSON document (RFC 8259), in one pass and
 * without memory: UTF-8, grammar, depth and size are judged here, before
 * any other code reads a byte.  Duplicate names are judged by json_parse().
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "base/err.h"

#include <stddef.h>

#define JSON_MAX_DEPTH	64

struct json_limits {
	size_t	size;		/* bytes of the document */
	size_t	tokens;		/* values and names together */
	size_t	string;		/* bytes of one string, as written */
	size_t	members;	/* of one object */
	int	depth;		/* 0: JSON_MAX_DEPTH, which it never exceeds */
};

/*
 * 1 MiB, 100,000 tokens, 1 MiB, 1,000 members.  Whatever the limits, no
 * document exceeds 2 GiB.
 */
extern const struct json_limits json_limits_default;

/*
 * The same for values that are kept and shown within other documents, less
 * deep: or who asks for a list could not read it for one of its elements.
 */
extern const struct json_limits json_limits_kept;

/*
 * RH_OK and the number of tokens; RH_EJSON with a message that ends in
 * "at offset N"; RH_ETOOBIG naming the limit, that of depth included.
 * No limits (NULL) means json_limits_default.
 */
rh_status	json_scan(const char *, size_t len, const struct json_limits *,
		    size_t *token_count, struct err *);

#endif
