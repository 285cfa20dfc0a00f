#include "cli/print.h"

#include "lib/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const heads[] = { "ID", "STATUS", "NOTE", NULL };

static void
expect(const char *const *cells, int width, const char *want)
{
	struct table t;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	table_init(&t, heads);
	for (; *cells != NULL; cells++)
		table_cell(&t, *cells);
	table_print(&t, width, f);
	table_fini(&t);
	fclose(f);
	CHECK_STR(text, want);
	free(text);
}

static void
test_aligned(void)
{
	static const char *const cells[] = {
		"a", "SUCCEEDED", "x", "long-id", "OK", "", NULL
	};

	expect(cells, 0,
	    "ID       STATUS     NOTE\n"
	    "a        SUCCEEDED  x\n"
	    "long-id  OK         -\n");
}

static void
test_utf8(void)
{
	static const char *const cells[] = {
		"\xc3\xa4\xc3\xb6", "1", "x", "abc", "2", "y", NULL
	};

	expect(cells, 0,
	    "ID   STATUS  NOTE\n"
	    "\xc3\xa4\xc3\xb6   1       x\n"
	    "abc  2       y\n");
}

static void
test_cut(void)
{
	static const char *const cells[] = { "a", "b", "a long note", NULL };

	expect(cells, 18,
	    "ID  STATUS  NOTE\n"
	    "a   b       a lon\xe2\x80\xa6\n");
	expect(cells, 0, "ID  STATUS  NOTE\na   b       a long note\n");
}

static void
test_safe(void)
{
	static const char *const cells[] = { "a\nb", "\x1b[1m", "\t", NULL };

	expect(cells, 0,
	    "ID    STATUS   NOTE\n"
	    "a\\nb  \\x1b[1m  \\x09\n");
}

static void
test_times(void)
{
	char out[PRINT_TIME_LEN];
	char *old = getenv("TZ");

	old = old != NULL ? strdup(old) : NULL;
	setenv("TZ", "XYZ-3", 1);
	tzset();
	CHECK_STR(print_time(1700000000, out), "2023-11-15 01:13:20");
	CHECK_STR(print_time(0, out), "-");
	CHECK_STR(print_time_iso("2023-11-14T22:13:20.123Z", out),
	    "2023-11-15 01:13:20");
	CHECK_STR(print_time_iso("tomorrow", out), "tomorrow");
	CHECK_STR(print_time_iso(NULL, out), "-");
	if (old != NULL)
		setenv("TZ", old, 1);
	else
		unsetenv("TZ");
	tzset();
	free(old);
}

static void
test_durations(void)
{
	char out[PRINT_TIME_LEN];

	CHECK_STR(print_duration(2.04, out), "2.0 s");
	CHECK_STR(print_duration(185, out), "3 min 5 s");
	CHECK_STR(print_duration(7260, out), "2 h 1 min");
}

static void
test_envelope(void)
{
	struct err err = { 0 };
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	err_set(&err, RH_ENOENT, "run \"x\" isn't there");
	print_envelope(f, &err);
	fclose(f);
	CHECK_STR(text, "{\"ok\":false,\"data\":null,"
	    "\"error\":\"run \\\"x\\\" isn't there\",\"hint\":null,"
	    "\"reason_code\":\"NOT_FOUND\"}\n");
	free(text);
}

const struct unit_test cli_print_tests[] = {
	{ "columns are as wide as their widest cell, empty cells a dash", test_aligned },
	{ "columns are measured in characters, not bytes", test_utf8 },
	{ "a row is cut at the terminal's edge, and only there", test_cut },
	{ "control characters in cells are shown", test_safe },
	{ "times are local, to the second", test_times },
	{ "durations are for people", test_durations },
	{ "an error of our own is the host's envelope", test_envelope },
	{ NULL, NULL }
};
