#include "lib/pages.h"

#include "lib/unit.h"

static void
test_pages(void)
{
	const struct page *p;

	for (p = page_table; p->path != NULL; p++)
		page_check_made(p);
}

const struct unit_test docs_pages_tests[] = {
	{ "the pages of docs/ are what the tables of the host say", test_pages },
	{ NULL, NULL }
};
