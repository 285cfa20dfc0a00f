#include "cli/help.h"

#include "base/buf.h"
#include "lib/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The page is what the tables say; "make docs" writes it. */
static void
same(const char *page, void (*write)(FILE *))
{
	const char *top = getenv("TOP_SRCDIR");
	struct buf have = { 0 };
	char path[4096], piece[4096];
	size_t n, want_len, at;
	char *want;
	FILE *f;

	if (top == NULL) {
		unit_skip("TOP_SRCDIR isn't set");
		return;
	}
	f = open_memstream(&want, &want_len);
	write(f);
	fclose(f);
	snprintf(path, sizeof path, "%s/%s", top, page);
	if ((f = fopen(path, "r")) != NULL) {
		while ((n = fread(piece, 1, sizeof piece, f)) > 0)
			buf_add(&have, piece, n);
		fclose(f);
	}
	for (at = 0; at < want_len && at < have.len; at++)
		if (want[at] != have.p[at])
			break;
	if (!CHECK(at == want_len && at == have.len))
		fprintf(stderr, "# %s differs from byte %zu on; "
		    "run \"make docs\"\n", page, at);
	buf_fini(&have);
	free(want);
}

static void
test_cli(void)
{
	same("docs/cli.md", help_markdown);
}

static void
test_configuration(void)
{
	same("docs/configuration.md", help_markdown_settings);
}

const struct unit_test cli_docs_tests[] = {
	{ "docs/cli.md is what the table of commands says", test_cli },
	{ "docs/configuration.md is what the table of settings says", test_configuration },
	{ NULL, NULL }
};
