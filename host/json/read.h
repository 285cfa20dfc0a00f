/*
 * A parsed document: an index over the bytes, which stay as they are.
 * Nodes are small integers; node 0 is the top value; -1 is "absent".
 * All getters accept -1 and answer "absent".
 */
#ifndef JSON_READ_H
#define JSON_READ_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/scan.h"

#include <stdbool.h>
#include <stdint.h>

enum json_type {
	JSON_ABSENT, JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING,
	JSON_ARRAY, JSON_OBJECT
};

struct json_tok;

struct json_doc {
	const char *text;	/* borrowed from the caller of json_parse() */
	size_t	len;
	const struct json_tok *toks;	/* in the arena */
	int	count;
};

/*
 * Scans (the errors are those of json_scan()), then indexes.  text must
 * outlive the document.  Refuses duplicate names (compared after
 * unescaping), naming them: RH_EJSON.  After a failure the document is
 * empty: everything in it is absent.
 */
rh_status	json_parse(struct arena *, const char *text, size_t len,
		    const struct json_limits *, struct json_doc *,
		    struct err *);

enum json_type	json_type(const struct json_doc *, int node);
const char	*json_type_words(enum json_type);	/* "an array" */
struct str	json_raw(const struct json_doc *, int node); /* bytes as written */

int		json_member(const struct json_doc *, int object, const char *name);
int		json_size(const struct json_doc *, int node);	/* elements, members */
/*
 * Walk: first child, or -1; the next sibling, or -1.  In objects these are
 * names; a member's value has no siblings.
 */
int		json_first(const struct json_doc *, int node);
int		json_next(const struct json_doc *, int node);
int		json_value(const struct json_doc *, int name_node);	/* of a member */

/*
 * Typed reading.  false: absent, of another type, or out of range, and
 * *out stays as it is.  An integer is written without fraction and
 * exponent: 1.0 and 1e0 are numbers, not integers.  A double is finite
 * (1e400 is refused, 1e-400 is 0).  Strings are unescaped into the arena
 * (NUL added; a string that holds U+0000 is refused).
 */
bool	json_bool(const struct json_doc *, int node, bool *);
bool	json_i64(const struct json_doc *, int node, int64_t *);
bool	json_double(const struct json_doc *, int node, double *);
bool	json_str(const struct json_doc *, int node, struct arena *, struct str *);
bool	json_is(const struct json_doc *, int node, const char *text); /* string equals */

/*
 * What most readers want: field of an object by name, with an error that
 * names field, expectation and what was there (RH_EINPUT).  get: must be
 * there; opt: an absent or null field leaves *out as it is.
 */
rh_status	json_get_str(const struct json_doc *, int obj, const char *name,
		    size_t max_len, struct arena *, const char **, struct err *);
rh_status	json_opt_str(const struct json_doc *, int obj, const char *name,
		    size_t max_len, struct arena *, const char **, struct err *);
rh_status	json_get_i64(const struct json_doc *, int obj, const char *name,
		    int64_t min, int64_t max, int64_t *, struct err *);
rh_status	json_opt_i64(const struct json_doc *, int obj, const char *name,
		    int64_t min, int64_t max, int64_t *, struct err *);
rh_status	json_opt_bool(const struct json_doc *, int obj, const char *name,
		    bool *, struct err *);
/* The node of an object or array field; -1 when absent or null. */
rh_status	json_opt_node(const struct json_doc *, int obj, const char *name,
		    enum json_type, int *, struct err *);

/* Refuses members that are not in the NULL-ended list, naming the first: RH_EINPUT. */
rh_status	json_only(const struct json_doc *, int obj,
		    const char *const names[], struct err *);

/*
 * Canonical bytes for digests: names sorted, no white space, strings
 * unescaped and escaped again in one way, numbers as written.
 */
struct buf;
void	json_canonical(const struct json_doc *, int node, struct buf *);

#endif
