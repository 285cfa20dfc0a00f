/*
 * Writes the pages that are made from tables into a tree.
 *
 *	pages TREE
 */
#include "lib/pages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
write_page(const char *tree, const struct page *p)
{
	char path[4096], *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	bool done;

	page_make(p, tree, f);
	fclose(f);
	snprintf(path, sizeof path, "%s/%s", tree, p->path);
	f = fopen(path, "w");
	done = f != NULL && fwrite(text, 1, len, f) == len;
	done = f != NULL && fclose(f) == 0 && done;
	if (!done)
		fprintf(stderr, "pages: %s: %s\n", path, strerror(errno));
	free(text);
	return done ? 0 : 1;
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
