/*
 * The authorization matrix must hold.  matrix_mutant.c shows that it can
 * fail.
 */
#include "lib/matrix.h"
#include "lib/unit.h"

#include <stdio.h>

static void
wrong(const struct matrix_cell *x, void *arg)
{
	(void)arg;
	unit_check(false, __FILE__, __LINE__, "%s by %s: %s, not %s",
	    x->action, x->caller, x->got, x->want);
}

static void
test_matrix(void)
{
	printf("# %d cells of the authorization matrix were tried\n",
	    matrix_run(wrong, NULL));
}

const struct unit_test action_matrix_tests[] = {
	{ "every action answers every caller as matrix.txt says",
	    test_matrix },
	{ NULL, NULL },
};
