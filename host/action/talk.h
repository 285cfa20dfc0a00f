/*
 * What people and runners say, as it is kept: texts cut to size, contents in
 * base64 taken out.  Pure functions over JSON; what is too large is said to
 * be so in its place.
 */
#ifndef ACTION_TALK_H
#define ACTION_TALK_H

#include "base/arena.h"
#include "base/str.h"
#include "json/read.h"

#define TALK_CONTENT_MAX	4000		/* characters of an item */
#define TALK_SUMMARY_MAX	1000		/* characters of an event's */
#define TALK_JSON_MAX		(64 * 1024)	/* bytes of what is kept whole */

/* At most max characters; what is cut ends in an ellipsis. */
const char	*talk_clip(struct arena *, struct str, size_t max);

/*
 * The text of a message: itself, or its "text", or its "content" or
 * "contents", whose parts are texts or have one.  NULL: there is none.
 */
const char	*talk_text(struct arena *, const struct json_doc *, int node);

/*
 * The value without what it holds in base64: each such text becomes one that
 * says its size.  More than TALK_JSON_MAX: an object that says so.  NULL for
 * a value that isn't there.
 */
const char	*talk_json(struct arena *, const struct json_doc *, int node);

#endif
