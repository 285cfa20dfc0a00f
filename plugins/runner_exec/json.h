/*
 * What easy.h leaves out of JSON: walking, and the text of a value.  The
 * host gives valid JSON only; nothing here leaves it, whatever it holds.
 */
#ifndef EXEC_JSON_H
#define EXEC_JSON_H

#include <runhost/host.h>

#include "text.h"

#include <stdbool.h>

struct json_walk {
	const char *p, *end;
	bool	is_object;
};

/* Whether it is an array or an object. */
bool	walk_begin(struct json_walk *, struct rh_text json);
/* The next element; key, as written with its quotes, of an object. */
bool	walk_next(struct json_walk *, struct rh_text *key,
	    struct rh_text *value);

/*
 * A string's text, or a number or truth value as it is written.  false: it
 * is neither, or holds U+0000.
 */
bool	json_text(struct rh_text value, struct text *out);

#endif
