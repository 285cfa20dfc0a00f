/*
 * A page that is partly written by hand.
 */
#include "lib/pages.h"

#include <stdlib.h>
#include <string.h>

/* Lines up to the one behind which the page is made, and that one. */
static void
copy_head(const struct page *p, FILE *in, FILE *out)
{
	char *line = NULL;
	size_t room = 0;
	bool done = false;

	while (!done && getline(&line, &room, in) > 0) {
		fputs(line, out);
		line[strcspn(line, "\n")] = '\0';
		done = strcmp(line, p->after) == 0;
	}
	if (!done)
		fprintf(stderr, "pages: %s has no line \"%s\"\n", p->path,
		    p->after);
	free(line);
}

void
page_make(const struct page *p, const char *tree, FILE *out)
{
	char path[4096];
	FILE *in;

	snprintf(path, sizeof path, "%s/%s", tree, p->path);
	if (p->after != NULL && (in = fopen(path, "r")) != NULL) {
		copy_head(p, in, out);
		fclose(in);
	}
	p->write(out);
}
