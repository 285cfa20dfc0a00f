/*
 * Names in order.  Sorting keeps the search for duplicates from being
 * quadratic whatever the names are.
 */
#include "json/names.h"
#include "json/text.h"

#include <stdlib.h>

struct str
json_body(const struct json_doc *doc, int node)
{
	struct str raw = json_raw(doc, node);

	return (struct str){ raw.p + 1, raw.len - 2 };
}

struct str
json_plain(const struct json_doc *doc, int node, struct arena *a)
{
	struct str body = json_body(doc, node);
	char *copy;

	if (memchr(body.p, '\\', body.len) == NULL)
		return body;
	copy = arena_alloc(a, body.len);
	return (struct str){ copy, jt_unescape(body, copy) };
}

int
json_name_cmp(struct str a, struct str b)
{
	int d = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);

	return d != 0 ? d : (a.len > b.len) - (a.len < b.len);
}

static int
compare(const void *va, const void *vb)
{
	const struct json_name *a = va, *b = vb;
	int d = json_name_cmp(a->s, b->s);

	/* of twins, the first one goes first */
	return d != 0 ? d : a->node - b->node;
}

/* Most objects are small: then qsort() takes longer than the sorting. */
static void
sort(struct json_name *rows, size_t count)
{
	struct json_name row;
	size_t i, k;

	if (count > JSON_FEW_NAMES) {
		qsort(rows, count, sizeof *rows, compare);
		return;
	}
	for (i = 1; i < count; i++) {
		row = rows[i];
		for (k = i; k > 0 && compare(&row, &rows[k - 1]) < 0; k--)
			rows[k] = rows[k - 1];
		rows[k] = row;
	}
}

void
json_names(const struct json_doc *doc, int object, struct arena *a,
    struct json_name *rows)
{
	size_t count = 0;
	int node;

	for (node = json_first(doc, object); node != -1;
	    node = json_next(doc, node)) {
		rows[count].s = json_plain(doc, node, a);
		rows[count++].node = node;
	}
	sort(rows, count);
}
