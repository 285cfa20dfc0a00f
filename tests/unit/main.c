/*
 * The table of unit suites.  A new suite is declared and listed under its
 * folder, so that lines of different folders do not meet.
 */
#include "lib/unit.h"

#define SUITE(list) extern const struct unit_test list[]

/* base */
SUITE(base_str_tests);

/* json */

/* store */

/* auth */

/* audit */

/* plugin */

/* worker */

/* run */

/* action */

/* ledger */

/* sched */

/* stream */

/* http */

/* cli */

static const struct unit_suite suites[] = {
	/* base */
	{ "base/str", base_str_tests },

	/* json */

	/* store */

	/* auth */

	/* audit */

	/* plugin */

	/* worker */

	/* run */

	/* action */

	/* ledger */

	/* sched */

	/* stream */

	/* http */

	/* cli */

	{ NULL, NULL },
};

int
main(int argc, char **argv)
{
	return unit_main(suites, argc, argv);
}
