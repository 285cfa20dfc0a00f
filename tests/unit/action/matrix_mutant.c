/*
 * The matrix against a host that allows everything: linked with
 * --wrap=authorize and --wrap=authorize_reach, so that the functions below
 * stand where the decisions are.  Every action's row must fail.
 */
#include "lib/matrix.h"
#include "lib/unit.h"

#include "action/action.h"
#include "auth/policy.h"
#include "base/mem.h"
#include "base/rand.h"

#include <string.h>

void	__wrap_authorize(const struct policy *, const struct caller *,
	    const char *, const struct scope *, int64_t, struct verdict *);
enum reach __wrap_authorize_reach(const struct policy *,
	    const struct caller *, const char *, int64_t, const char **);

void
__wrap_authorize(const struct policy *p, const struct caller *c,
    const char *permission, const struct scope *target, int64_t now,
    struct verdict *v)
{
	(void)p;
	(void)c;
	(void)permission;
	(void)target;
	(void)now;
	*v = (struct verdict){ .allow = true, .known = true };
}

enum reach
__wrap_authorize_reach(const struct policy *p, const struct caller *c,
    const char *permission, int64_t now, const char **owner)
{
	(void)p;
	(void)c;
	(void)permission;
	(void)now;
	*owner = NULL;
	return REACH_ALL;
}

struct failed {
	const char *action[256];	/* more than there are */
	size_t	count;
};

static void
remember(const struct matrix_cell *x, void *arg)
{
	const struct action *a = action_find(str_of(x->action));
	struct failed *f = arg;

	if (a != NULL && f->count < ARRAY_LEN(f->action) && (f->count == 0 ||
	    f->action[f->count - 1] != a->name))
		f->action[f->count++] = a->name;
}

static void
test_mutant(void)
{
	const struct action *a;
	struct failed f = { .count = 0 };
	size_t i;

	matrix_run(remember, &f);
	for (a = action_table; a->name != NULL; a++) {
		if (a->who != PERM_OF_ITS_NAME)
			continue;
		for (i = 0; i < f.count && f.action[i] != a->name; i++)
			continue;
		unit_check(i < f.count, __FILE__, __LINE__,
		    "%s: nobody notices that nothing is checked", a->name);
	}
}

static const struct unit_test tests[] = {
	{ "without the decision every action's row fails", test_mutant },
	{ NULL, NULL },
};

static const struct unit_suite suites[] = {
	{ "action/matrix_mutant", tests },
	{ NULL, NULL },
};

int
main(int argc, char **argv)
{
	rand_init();
	return unit_main(suites, argc, argv);
}
