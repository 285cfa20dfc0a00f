#include "lib/cli.h"

#include "base/mem.h"
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

struct cli_result
cli_do(const char *const *words)
{
	struct cli_result r;
	size_t out_len, diag_len;
	FILE *out = open_memstream(&r.out, &out_len);
	FILE *diag = open_memstream(&r.diag, &diag_len);
	char *argv[32] = { "runhost" };
	int argc = 1, i;

	/* The parser may write into argv, as main's may be written to. */
	while (words[argc - 1] != NULL && argc < (int)ARRAY_LEN(argv) - 1) {
		argv[argc] = mem_strdup(words[argc - 1]);
		argc++;
	}
	argv[argc] = NULL;
	{
		char *given[ARRAY_LEN(argv)];

		for (i = 0; i < argc; i++)
			given[i] = argv[i];
		r.code = cli_run(argc, given, out, diag);
	}
	for (i = 1; i < argc; i++)
		free(argv[i]);
	fclose(out);
	fclose(diag);
	return r;
}

void
cli_result_free(struct cli_result *r)
{
	free(r->out);
	free(r->diag);
}
