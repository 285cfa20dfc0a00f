/* The doors over a fake host: a program of its own, see fake_host.h. */
#include "lib/unit.h"


#define SUITE(list) extern const struct unit_test list[]

SUITE(http_routes_tests);
SUITE(http_runs_tests);
SUITE(http_limits_tests);
SUITE(http_rate_tests);
SUITE(http_peer_tests);
SUITE(http_sse_tests);
SUITE(http_churn_tests);
SUITE(http_conn_tests);

static const struct unit_suite suites[] = {
	{ "http/routes", http_routes_tests },
	{ "http/runs", http_runs_tests },
	{ "http/limits", http_limits_tests },
	{ "http/rate", http_rate_tests },
	{ "http/peer", http_peer_tests },
	{ "http/sse", http_sse_tests },
	{ "http/churn", http_churn_tests },
	{ "http/conn", http_conn_tests },
	{ NULL, NULL },
};

int
main(int argc, char **argv)
{
	return unit_main(suites, argc, argv);
}
