/*
 * What authors of plugins rely on: the layout of the structs, easy.h, and
 * plugins of this tree that use both.
 */
#include "layout.h"

#include "lib/unit.h"

#define SUITE(list) extern const struct unit_test list[]

SUITE(easy_tests);
SUITE(echo_tests);
SUITE(exec_tests);
SUITE(hello_tests);
SUITE(manifest_tests);
SUITE(mock_tests);

static const struct unit_suite suites[] = {
	{ "sdk/easy", easy_tests },
	{ "plugins/echo", echo_tests },
	{ "plugins/exec", exec_tests },
	{ "plugins/exec manifest", manifest_tests },
	{ "plugins/hello", hello_tests },
	{ "plugins/mock", mock_tests },
	{ NULL, NULL },
};

int
main(int argc, char **argv)
{
	return unit_main(suites, argc, argv);
}
