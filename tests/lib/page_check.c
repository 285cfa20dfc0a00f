/*
 * Comparing a page with what its table says.
 */
#include "lib/pages.h"

#include "base/buf.h"
#include "lib/unit.h"

#include <stdlib.h>

static void
read_page(const char *top, const char *page, struct buf *have)
{
	char path[4096], piece[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", top, page);
	if ((f = fopen(path, "r")) == NULL)
		return;
	while ((n = fread(piece, 1, sizeof piece, f)) > 0)
		buf_add(have, piece, n);
	fclose(f);
}

void
page_check(const char *page, void (*write)(FILE *))
{
	const char *top = getenv("TOP_SRCDIR");
	struct buf have = { 0 };
	size_t want_len, at;
	char *want;
	FILE *f;

	if (top == NULL) {
		unit_skip("TOP_SRCDIR isn't set");
		return;
	}
	f = open_memstream(&want, &want_len);
	write(f);
	fclose(f);
	read_page(top, page, &have);
	for (at = 0; at < want_len && at < have.len; at++)
		if (want[at] != have.p[at])
			break;
	if (!CHECK(at == want_len && at == have.len))
		fprintf(stderr, "# %s differs from byte %zu on; "
		    "run \"make docs\"\n", page, at);
	buf_fini(&have);
	free(want);
}
