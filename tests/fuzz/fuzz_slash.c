/*
 * Any text as a slash command.  What is taken has its words in order, none
 * longer than the text, and its raw arguments are the text's end.
 */
#include "base/mem.h"
#include "run/slash.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
check(struct arena *a, const char *text)
{
	struct slash s;
	struct err err = { 0 };
	size_t i, sum = 0, raw;

	if (slash_parse(a, text, &s, &err) != RH_OK) {
		must(err.status == RH_EREQUEST && err.msg[0] != '\0');
		return;
	}
	must(s.command[0] == '/' && s.command[1] != '\0');
	must(s.action == NULL || s.action[0] != '\0');
	for (i = 0; i < s.arg_count; i++)
		sum += strlen(s.args[i]);
	must(sum <= strlen(text) && s.arg_count <= strlen(text));
	raw = strlen(s.raw_args);
	must(raw < strlen(text) && strstr(text, s.raw_args) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = mem_alloc(len + 1);
	struct arena a;

	memcpy(text, data, len);
	text[len] = '\0';
	arena_init(&a);
	check(&a, text);
	arena_fini(&a);
	free(text);
	return 0;
}
