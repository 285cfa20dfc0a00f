/*
 * Any bytes as a manifest of the runner exec.  It is taken, or refused with
 * a place within it and a reason; what is taken can be shown, and each of
 * its places has a parameter.
 */
#include "manifest.h"
#include "show.h"
#include "template.h"

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
check_places(const struct action *a, const char *text)
{
	struct piece piece;
	int more;

	while ((more = template_next(&text, &piece)) > 0)
		must(!piece.is_place ||
		    action_param(a, piece.p, piece.len) >= 0);
	must(more == 0);
}

static void
check_action(const struct manifest *m, const struct action *a)
{
	struct text why = { 0 };
	size_t i;

	must(manifest_find(m, a->name, strlen(a->name)) == a);
	must(a->argc >= 1 && a->argc <= ARGV_MAX && a->argv[0][0] == '/');
	must(a->argv[a->argc] == NULL && a->cwd[0] == '/');
	for (i = 1; i < a->argc; i++)
		check_places(a, a->argv[i]);
	for (i = 0; i < a->env_count; i++)
		check_places(a, a->env[i].value);
	for (i = 0; i < a->param_count; i++)
		must(a->params[i].preset == NULL || param_check(
		    &a->params[i], a->params[i].preset, &why));
	text_free(&why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manifest_error e = { { 0, 0 }, "" };
	struct manifest *m = manifest_parse((const char *)data, size, &e);
	const struct action *a;
	struct text shown = { 0 };
	size_t n = 0;

	if (m == NULL) {
		must(e.reason[0] != '\0' && e.place.line >= 1 &&
		    e.place.line <= size + 1 && e.place.column >= 1 &&
		    e.place.column <= size + 1);
		return 0;
	}
	for (a = m->actions; a != NULL; a = a->next, n++)
		check_action(m, a);
	must(n == m->count && n >= 1 && n <= ACTIONS_MAX);
	show_actions(m, &shown);
	text_free(&shown);
	manifest_free(m);
	return 0;
}
