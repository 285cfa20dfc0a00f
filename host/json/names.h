/*
 * The names of an object, unescaped and in order of their bytes: what
 * duplicates, canonical forms and schemas are made from.  Private to this
 * folder.
 */
#ifndef JSON_NAMES_H
#define JSON_NAMES_H

#include "base/arena.h"
#include "base/str.h"
#include "json/read.h"

#define JSON_FEW_NAMES	12	/* no more than a small object has */

struct json_name {
	struct str s;	/* in the document's text, or in the arena */
	int	node;
};

/* A string's body: what stands between the quotes, escapes included. */
struct str	json_body(const struct json_doc *, int node);

/* A name or string without its escapes: the document's bytes if it has none. */
struct str	json_plain(const struct json_doc *, int node,
		    struct arena *);

/* Order of bytes; a prefix goes before what it begins. */
int		json_name_cmp(struct str, struct str);

/* rows has json_size(doc, object) elements. */
void		json_names(const struct json_doc *, int object, struct arena *,
		    struct json_name *rows);

#endif
