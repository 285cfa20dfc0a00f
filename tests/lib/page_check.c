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

static void
compare(const char *top, const char *page, const char *want, size_t len)
{
	struct buf have = { 0 };
	size_t at;

	read_page(top, page, &have);
	for (at = 0; at < len && at < have.len; at++)
		if (want[at] != have.p[at])
			break;
	if (!CHECK(at == len && at == have.len))
		fprintf(stderr, "# %s differs from byte %zu on; "
		    "run \"make docs\"\n", page, at);
	buf_fini(&have);
}

static const char *
top_of_tree(void)
{
	const char *top = getenv("TOP_SRCDIR");

	if (top == NULL)
		unit_skip("TOP_SRCDIR isn't set");
	return top;
}

void
page_check(const char *path, void (*write)(FILE *))
{
	const struct page p = { path, NULL, write };

	page_check_made(&p);
}

void
page_check_made(const struct page *p)
{
	const char *top = top_of_tree();
	size_t len;
	char *want;
	FILE *f;

	if (top == NULL)
		return;
	f = open_memstream(&want, &len);
	page_make(p, top, f);
	fclose(f);
	compare(top, p->path, want, len);
	free(want);
}
