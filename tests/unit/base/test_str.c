/* Text checks and conversions. */
#include "lib/unit.h"

#include "base/str.h"

static bool
utf8(const char *s)
{
	return str_utf8(s, strlen(s));
}

static void
test_utf8_valid(void)
{
	CHECK(utf8(""));
	CHECK(utf8("plain text of more than eight bytes"));
	CHECK(utf8("\x7f"));
	CHECK(utf8("\xc2\x80"));
	CHECK(utf8("\xdf\xbf"));
	CHECK(utf8("\xe0\xa0\x80"));
	CHECK(utf8("\xed\x9f\xbf"));		/* U+D7FF */
	CHECK(utf8("\xee\x80\x80"));		/* U+E000 */
	CHECK(utf8("\xef\xbf\xbf"));
	CHECK(utf8("\xf0\x90\x80\x80"));	/* U+10000 */
	CHECK(utf8("\xf4\x8f\xbf\xbf"));	/* U+10FFFF */
	CHECK(str_utf8("a\0b", 3));
}

static void
test_utf8_invalid(void)
{
	CHECK(!utf8("\x80"));
	CHECK(!utf8("\xbf"));
	CHECK(!utf8("\xc0\xaf"));		/* overlong '/' */
	CHECK(!utf8("\xc1\xbf"));
	CHECK(!utf8("\xe0\x9f\xbf"));		/* overlong U+07FF */
	CHECK(!utf8("\xed\xa0\x80"));		/* U+D800 */
	CHECK(!utf8("\xed\xbf\xbf"));		/* U+DFFF */
	CHECK(!utf8("\xf0\x8f\xbf\xbf"));	/* overlong U+FFFF */
	CHECK(!utf8("\xf4\x90\x80\x80"));	/* U+110000 */
	CHECK(!utf8("\xf5\x80\x80\x80"));
	CHECK(!utf8("\xff"));
	CHECK(!utf8("12345678\xff"));
	CHECK(!utf8("1234567\xff" "8"));
}

static void
test_utf8_cut(void)
{
	CHECK(!str_utf8("\xc2\x80", 1));
	CHECK(!str_utf8("\xe1\x80\x80", 2));
	CHECK(!str_utf8("\xf0\x90\x80\x80", 3));
	CHECK(!utf8("\xc3("));
	CHECK(!utf8("\xe2\x28\xa1"));
	CHECK(!utf8("\xe2\x82\x28"));
	CHECK(!utf8("\xf0\x90\x28\xbc"));
	CHECK(!utf8("\xf0\x90\x80\x28"));
}

static void
test_utf8_next(void)
{
	CHECK_UINT(str_utf8_next("a", 1), 1);
	CHECK_UINT(str_utf8_next("\xc3\xa4x", 3), 2);
	CHECK_UINT(str_utf8_next("\xe2\x82\xac", 3), 3);
	CHECK_UINT(str_utf8_next("\xf0\x9f\x98\x80", 4), 4);
	CHECK_UINT(str_utf8_next("\xf0\x9f\x98\x80", 3), 0);
	CHECK_UINT(str_utf8_next("a", 0), 0);
}

static void
test_i64(void)
{
	int64_t v = 77;

	CHECK(str_i64(STR("0"), 0, 10, &v));
	CHECK_INT(v, 0);
	CHECK(str_i64(STR("9223372036854775807"), 0, INT64_MAX, &v));
	CHECK_INT(v, INT64_MAX);
	CHECK(str_i64(STR("-9223372036854775808"), INT64_MIN, 0, &v));
	CHECK_INT(v, INT64_MIN);
	CHECK(str_i64(STR("-5"), -5, -5, &v));
	CHECK_INT(v, -5);
}

static void
test_i64_refused(void)
{
	static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "1.0",
	    "0x1", "11", "-1", "9223372036854775808", "1e1", "--1" };
	int64_t v = 77;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK(!str_i64(str_of(bad[i]), 0, 10, &v));
	CHECK(!str_i64(STR("9223372036854775808"), INT64_MIN, INT64_MAX, &v));
	CHECK(!str_i64(STR("-9223372036854775809"), INT64_MIN, INT64_MAX,
	    &v));
	CHECK_INT(v, 77);
}

static void
test_hex(void)
{
	unsigned char b[4];
	char out[9];

	str_hex(out, "\x00\x0f\xa5\xff", 4);
	CHECK_STR(out, "000fa5ff");
	CHECK(str_unhex(STR("000FA5ff"), b, 4));
	CHECK_BYTES(b, "\x00\x0f\xa5\xff", 4);
	CHECK(!str_unhex(STR("000fa5f"), b, 4));
	CHECK(!str_unhex(STR("000fa5fff"), b, 4));
	CHECK(!str_unhex(STR("000fa5fg"), b, 4));
	CHECK(!str_unhex(STR(" 00fa5ff"), b, 4));
	str_hex(out, "", 0);
	CHECK_STR(out, "");
}

static void
test_ident(void)
{
	static const char *const good[] = { "a", "a.b", "org.example.hello",
	    "run_get", "a-1", "a_" };
	static const char *const bad[] = { "", "A", "1a", ".a", "a.", "a..b",
	    "a/b", "a b", "\xc3\xa4", "a\n", "aB" };
	char longest[65];
	size_t i;

	for (i = 0; i < sizeof good / sizeof good[0]; i++)
		CHECK(str_ident(str_of(good[i])));
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK(!str_ident(str_of(bad[i])));
	memset(longest, 'a', sizeof longest);
	CHECK(str_ident((struct str){ longest, 63 }));
	CHECK(!str_ident((struct str){ longest, 64 }));
	CHECK(!str_ident((struct str){ "a\0b", 3 }));
}

static void
test_glob(void)
{
	CHECK(str_glob("*", ""));
	CHECK(str_glob("*", "anything"));
	CHECK(str_glob("", ""));
	CHECK(!str_glob("", "x"));
	CHECK(str_glob("run_*", "run_get"));
	CHECK(str_glob("run_*", "run_"));
	CHECK(!str_glob("run_*", "run"));
	CHECK(!str_glob("run_*", "prune_run_get"));
	CHECK(str_glob("*.greet", "hello.greet"));
	CHECK(!str_glob("hello", "hello.greet"));
	CHECK(str_glob("a*b*c", "a-b-b-c"));
	CHECK(!str_glob("a*b*c", "a-b-b-d"));
	CHECK(str_glob("**a", "bca"));
	CHECK(!str_glob("a?c", "abc"));
	CHECK(str_glob("a?c", "a?c"));
	CHECK(!str_glob("[ab]", "a"));
}

static void
test_glob_hard(void)
{
	char text[20001];

	memset(text, 'a', 20000);
	text[20000] = '\0';
	CHECK(!str_glob("a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

static void
test_path_within(void)
{
	CHECK(str_path_within(STR("/a/b"), "/a/b"));
	CHECK(str_path_within(STR("/a/b/c"), "/a/b"));
	CHECK(str_path_within(STR("/a/b"), "/a/b/"));
	CHECK(str_path_within(STR("/a"), "/"));
	CHECK(str_path_within(STR("/"), "/"));
	CHECK(!str_path_within(STR("/a/bc"), "/a/b"));
	CHECK(!str_path_within(STR("/a"), "/a/b"));
}

static void
test_eq(void)
{
	CHECK(str_eq(STR(""), str_of(NULL)));
	CHECK(str_is(STR("abc"), "abc"));
	CHECK(!str_is(STR("abc"), "abcd"));
	CHECK(!str_is(STR("abc"), "abd"));
}

const struct unit_test base_str_tests[] = {
	{ "well-formed UTF-8 is accepted up to its limits", test_utf8_valid },
	{ "overlong forms and surrogates are refused", test_utf8_invalid },
	{ "a character cut short is refused", test_utf8_cut },
	{ "the length of the next character is told", test_utf8_next },
	{ "integers are read up to both ends of the range", test_i64 },
	{ "what is not a plain integer is refused", test_i64_refused },
	{ "hexadecimal goes there and back", test_hex },
	{ "identifiers are narrow", test_ident },
	{ "a star matches any run of characters, nothing else is special",
	    test_glob },
	{ "a pattern of many stars ends soon", test_glob_hard },
	{ "a path is in a directory, or beside it", test_path_within },
	{ "texts are equal by content", test_eq },
	{ NULL, NULL },
};
