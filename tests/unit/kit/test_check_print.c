/*
 * Reports of checks as JUnit and JSON.
 */
#include "lib/unit.h"
#include "json/read.h"
#include "kit/check.h"

static struct check_row rows[] = {
	{ "one", "the first", NULL, false },
	{ "two", "the second", NULL, false },
	{ "three", "the third", NULL, false },
	{ "four", "the fourth", NULL, false },
};
static char bad[] = "a<b> & \"c\"\n\x01\xff \xef\xbf\xbf \xc3\xa4";
static char note[] = "only this";

static struct check_result results[] = {
	{ .row = &rows[0], .state = CHECK_PASS, .us = 1234567, .runs = 2 },
	{ .row = &rows[1], .state = CHECK_FAIL, .finding_count = 2,
	  .findings = { bad, note } },
	{ .row = &rows[2], .state = CHECK_SKIP, .finding_count = 1,
	  .findings = { note } },
	{ .row = &rows[3], .state = CHECK_WARN, .us = 5000,
	  .finding_count = 1, .findings = { note } },
};
static char path[] = "./x.so", id[] = "org.example.x", version[] = "1";
static const struct check_report report = {
	.path = path, .id = id, .version = version, .results = results,
	.count = 4, .states = { [CHECK_PASS] = 1, [CHECK_FAIL] = 1,
	    [CHECK_SKIP] = 1, [CHECK_WARN] = 1 },
};

static void
test_junit(void)
{
	struct buf b = { 0 };

	check_junit(&report, &b);
	CHECK_STR(b.p,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuites tests=\"4\" failures=\"1\" errors=\"0\" "
	    "skipped=\"1\" time=\"1.239\">\n"
	    "  <testsuite name=\"org.example.x\" tests=\"4\" failures=\"1\" "
	    "errors=\"0\" skipped=\"1\" time=\"1.239\">\n"
	    "    <testcase classname=\"org.example.x\" name=\"one\" "
	    "time=\"1.234\"/>\n"
	    "    <testcase classname=\"org.example.x\" name=\"two\" "
	    "time=\"0.000\">\n"
	    "      <failure message=\"a&lt;b&gt; &amp; &quot;c&quot;&#10;"
	    "\\x01\\xff \\xef\\xbf\\xbf \xc3\xa4\">"
	    "a&lt;b&gt; &amp; &quot;c&quot;&#10;\\x01\\xff "
	    "\\xef\\xbf\\xbf \xc3\xa4\nonly this\n</failure>\n"
	    "    </testcase>\n"
	    "    <testcase classname=\"org.example.x\" name=\"three\" "
	    "time=\"0.000\">\n"
	    "      <skipped message=\"only this\">only this\n</skipped>\n"
	    "    </testcase>\n"
	    "    <testcase classname=\"org.example.x\" name=\"four\" "
	    "time=\"0.005\">\n"
	    "      <system-out>only this\n</system-out>\n"
	    "    </testcase>\n"
	    "  </testsuite>\n</testsuites>\n");
	buf_fini(&b);
}

static void
test_json(void)
{
	struct arena arena = { 0 };
	struct buf b = { 0 };
	struct json_doc doc;
	struct err err;
	int checks, two;

	check_json(&report, &b);
	if (CHECK_OK(json_parse(&arena, b.p, b.len, NULL, &doc, &err), &err)) {
		CHECK(json_is(&doc, json_member(&doc, 0, "id"), id));
		checks = json_member(&doc, 0, "checks");
		CHECK_INT(json_size(&doc, checks), 4);
		two = json_next(&doc, json_first(&doc, checks));
		CHECK(json_is(&doc, json_member(&doc, two, "state"), "fail"));
		CHECK_INT(json_size(&doc, json_member(&doc, two, "findings")),
		    2);
	}
	buf_fini(&b);
	arena_fini(&arena);
}

const struct unit_test kit_check_print_tests[] = {
	{ "JUnit's XML holds whatever a plugin says", test_junit },
	{ "so does JSON", test_json },
	{ NULL, NULL }
};
