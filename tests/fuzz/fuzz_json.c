/*
 * Any bytes as a document.  What is accepted has a canonical form that is
 * read back the same; what the scan accepts only twins among names may
 * still keep from being parsed; and any bytes can be written as a string.
 */
#include "base/buf.h"
#include "json/read.h"
#include "json/write.h"

#include <stdlib.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* Every getter on every node, and on the two beside the document. */
static void
read_all(const struct json_doc *doc, struct arena *a)
{
	int node, i, n;
	struct str s;
	int64_t i64;
	double d;
	bool b;

	for (node = -1; node <= doc->count; node++) {
		json_raw(doc, node);
		json_bool(doc, node, &b);
		json_i64(doc, node, &i64);
		json_double(doc, node, &d);
		if (json_str(doc, node, a, &s))
			must(json_is(doc, node, s.p));
		n = 0;
		for (i = json_first(doc, node); i != -1;
		    i = json_next(doc, i))
			n++;
		must(n == json_size(doc, node));
	}
}

static void
check_document(const char *text, size_t len, struct arena *a)
{
	struct buf once = { 0 }, twice = { 0 };
	struct json_doc doc, again;
	struct err err;
	rh_status scanned, parsed;
	size_t count;

	scanned = json_scan(text, len, NULL, &count, &err);
	must(scanned == RH_OK || scanned == RH_EJSON ||
	    scanned == RH_ETOOBIG);
	parsed = json_parse(a, text, len, NULL, &doc, &err);
	if (parsed != RH_OK) {
		must(parsed == scanned || (scanned == RH_OK &&
		    strncmp(err.msg, "duplicate name ", 15) == 0));
		return;
	}
	must(scanned == RH_OK && (size_t)doc.count == count);
	read_all(&doc, a);
	json_canonical(&doc, 0, &once);
	/* \u escapes may grow, but only within what is allowed */
	must(json_parse(a, once.p, once.len, NULL, &again, &err) == RH_OK);
	must(again.count == doc.count);
	json_canonical(&again, 0, &twice);
	must(once.len == twice.len &&
	    memcmp(once.p, twice.p, once.len) == 0);
	buf_fini(&once);
	buf_fini(&twice);
}

static void
check_string(const char *text, size_t len, struct arena *a)
{
	struct buf b = { 0 };
	struct json_doc doc;
	struct json_out o;
	struct str s;

	jw_init(&o, &b);
	jw_str(&o, (struct str){ text, len });
	must(json_parse(a, b.p, b.len, NULL, &doc, NULL) == RH_OK);
	if (str_utf8(text, len) && memchr(text, '\0', len) == NULL)
		must(json_str(&doc, 0, a, &s) &&
		    str_eq(s, (struct str){ text, len }));
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena a;

	arena_init(&a);
	check_document((const char *)data, len, &a);
	if (len > 0)
		check_string((const char *)data, len, &a);
	arena_fini(&a);
	return 0;
}
