/*
 * Writes the pages that are made from tables into a tree.
 *
 *	pages TREE
 */
#include "lib/pages.h"

#include <errno.h>
#include <string.h>

static int
write_page(const char *tree, const struct page *p)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", tree, p->path);
	if ((f = fopen(path, "w")) == NULL) {
		fprintf(stderr, "pages: %s: %s\n", path, strerror(errno));
		return 1;
	}
	p->write(f);
	if (fclose(f) == 0)
		return 0;
	fprintf(stderr, "pages: %s: %s\n", path, strerror(errno));
	return 1;
}

int
main(int argc, char **argv)
{
	const struct page *p;

	if (argc != 2) {
		fprintf(stderr, "usage: pages TREE\n");
		return 2;
	}
	for (p = page_table; p->path != NULL; p++) {
		if (write_page(argv[1], p) != 0)
			return 1;
	}
	return 0;
}
