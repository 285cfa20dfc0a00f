/*
 * What replies hold, for docs/actions.md, and the list of all actions in
 * docs/ledger.md.
 */
#include "lib/page_replies.h"

#include "base/arena.h"
#include "json/read.h"
#include "lib/replies.h"

#include <stdlib.h>
#include <string.h>

static const struct reply_words *
words_of(const char *action)
{
	const struct reply_words *w;

	for (w = action_replies; w->action != NULL; w++) {
		if (strcmp(w->action, action) == 0)
			return w;
	}
	fprintf(stderr, "pages: say in tests/lib/replies.c what %s "
	    "replies\n", action);
	abort();
}

static void
check_shape(const char *name, size_t len)
{
	const struct shape *s;

	for (s = shape_table; s->name != NULL; s++) {
		if (strlen(s->name) == len && memcmp(s->name, name, len) == 0)
			return;
	}
	fprintf(stderr, "pages: no shape \"%.*s\"\n", (int)len, name);
	abort();
}

/* One word of a reply; see replies.h. */
static void
write_word(FILE *f, const char *word, size_t len, const char *page)
{
	const char *sometimes = "", *list = memchr(word, '[', len);

	if (word[len - 1] == '?') {
		sometimes = "?";
		len--;
	}
	if (*word == '@') {
		check_shape(word + 1, len - 1);
		fprintf(f, "all of [%.*s](%s#%.*s)%s", (int)len - 1, word + 1,
		    page, (int)len - 1, word + 1, sometimes);
	} else if (list != NULL) {
		size_t shape = (size_t)(word + len - list) - 2;

		check_shape(list + 1, shape);
		fprintf(f, "`%.*s` of [%.*s](%s#%.*s)%s", (int)(list - word),
		    word, (int)shape, list + 1, page, (int)shape, list + 1,
		    sometimes);
	} else {
		fprintf(f, "`%.*s`%s", (int)len, word, sometimes);
	}
}

static void
write_words(FILE *f, const char *words, const char *page)
{
	const char *comma = "";
	size_t len;

	for (; *words != '\0'; words += len + strspn(words + len, " ")) {
		len = strcspn(words, " ");
		fputs(comma, f);
		write_word(f, words, len, page);
		comma = ", ";
	}
}

/* Of its own, and those that follow from its row. */
static void
write_errors(FILE *f, const struct action *r)
{
	const char *own = words_of(r->name)->errors;
	const char *sep = "";

	if (r->scope != SCOPE_NONE && r->scope != SCOPE_LIST &&
	    r->scope != SCOPE_ALL) {
		fputs("`NOT_FOUND`", f);
		sep = ", ";
	}
	if (r->repeat == REPEAT_KEY) {
		fprintf(f, "%s`IDEMPOTENCY_MISMATCH`, `CONFLICT`", sep);
		sep = ", ";
	}
	if (own != NULL) {
		fputs(sep, f);
		write_words(f, own, "");
	}
}

void
write_reply_rows(FILE *f, const struct action *r)
{
	fputs("| reply | ", f);
	write_words(f, words_of(r->name)->members, "");
	fputs(" |\n| errors | ", f);
	write_errors(f, r);
	fputs(" |\n", f);
}

void
write_shapes(FILE *f)
{
	const struct shape_field *x;
	const struct shape *s;

	fputs("\n# Records in replies\n", f);
	for (s = shape_table; s->name != NULL; s++) {
		fprintf(f, "\n## %s\n\n%s\n\n| | |\n|---|---|\n", s->name,
		    s->about);
		for (x = s->fields; x->name != NULL; x++)
			fprintf(f, "| `%s` | %s |\n", x->name, x->text);
	}
}

static void
write_arguments(FILE *f, const struct action *r)
{
	const char *comma = "";
	struct json_doc d;
	struct arena a;
	struct str s;
	int n;

	arena_init(&a);
	if (json_parse(&a, r->schema, strlen(r->schema),
	    &json_limits_default, &d, NULL) != RH_OK)
		abort();
	n = json_first(&d, json_member(&d, 0, "properties"));
	for (; n >= 0; n = json_next(&d, n)) {
		if (!json_str(&d, n, &a, &s) ||
		    str_is(s, "caller_plugin_identity"))
			continue;
		fprintf(f, "%s`" STR_FMT "`", comma, STR_ARG(s));
		comma = ", ";
	}
	arena_fini(&a);
}

void
page_ledger(FILE *f)
{
	const struct action *r;

	fputs("\nMade by `make docs` from the table of actions; don't edit."
	    " What the arguments mean, and the\n"
	    "records in replies, are in [the list of actions](actions.md);"
	    " `?` marks what isn't always there.\n"
	    "Errors that any action may have aren't repeated here: see "
	    "[the top of that list](actions.md).\n\n"
	    "| action | permission | scope | arguments | reply | errors |\n"
	    "|---|---|---|---|---|---|\n", f);
	for (r = action_table; r->name != NULL; r++) {
		if (r->who == PERM_INTERNAL)
			continue;
		fprintf(f, "| [`%s`](actions.md#%s) | %s | %s | ", r->name,
		    r->name, r->who == PERM_ANYONE ? "none needed" :
		    "of its name", page_scope(r->scope));
		write_arguments(f, r);
		fputs(" | ", f);
		write_words(f, words_of(r->name)->members, "actions.md");
		fputs(" | ", f);
		write_errors(f, r);
		fputs(" |\n", f);
	}
}
