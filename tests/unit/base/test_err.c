/* Messages, and the table of reasons. */
#include "lib/unit.h"

#include "base/err.h"
#include "base/str.h"

#include <errno.h>

static void
test_set(void)
{
	struct err e = { .hint = "old" };

	CHECK_INT(err_set(&e, RH_EPERM, "no \"%s\" for %d", "x", 7), RH_EPERM);
	CHECK_INT(e.status, RH_EPERM);
	CHECK_STR(e.msg, "no \"x\" for 7");
	CHECK_STR(e.hint, "");
	CHECK_INT(err_set(NULL, RH_EFULL, "nobody reads this"), RH_EFULL);
}

static void
test_wrap(void)
{
	struct err e;

	err_set(&e, RH_EIO, "inner");
	err_hint(&e, "try %d", 2);
	CHECK_INT(err_wrap(&e, "outer %s", "a"), RH_EIO);
	CHECK_STR(e.msg, "outer a: inner");
	CHECK_STR(e.hint, "try 2");
}

static void
test_errno(void)
{
	struct err e;

	errno = ENOENT;
	CHECK_INT(err_errno(&e, RH_EIO, "opening \"%s\"", "x"), RH_EIO);
	CHECK_STR(e.msg, "opening \"x\": No such file or directory");
	CHECK_INT(errno, ENOENT);
	CHECK_INT(err_errno(NULL, RH_EIO, "x"), RH_EIO);
}

/* A message of n times "a", then many of a character of three bytes. */
static void
check_cut(size_t n)
{
	char text[2000] = "";
	struct err e;
	size_t i;

	memset(text, 'a', n);
	for (i = n; i + 3 < sizeof text; i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	err_set(&e, RH_EINPUT, "%s", text);
	CHECK(str_utf8(e.msg, strlen(e.msg)));
	CHECK(strlen(e.msg) >= sizeof e.msg - 4);
	err_wrap(&e, "%s", text);
	CHECK(str_utf8(e.msg, strlen(e.msg)));
	err_hint(&e, "%s", text);
	CHECK(str_utf8(e.hint, strlen(e.hint)));
}

static void
test_cut(void)
{
	check_cut(0);
	check_cut(1);
	check_cut(2);
}

static void
test_cut_keeps_whole(void)
{
	char text[512];
	struct err e;

	memset(text, 'a', sizeof text);
	memcpy(text + 508, "\xe2\x82\xac", 4);
	err_set(&e, RH_EINPUT, "%s", text);
	CHECK_UINT(strlen(e.msg), 511);
}

static void
test_table_complete(void)
{
	const struct err_reason *r;
	rh_status s;

	for (s = RH_OK; s <= RH_ELATE; s++)
		CHECK_INT(err_reason(s)->status, s);
	for (r = err_reason_table, s = RH_OK; r->code != NULL; r++, s++) {
		CHECK_INT(r->status, s);
		CHECK(r->http >= 200 && r->http <= 599);
		CHECK((r->http == 200) == (r->status == RH_OK));
		CHECK((r->exit_code == 0) == (r->status == RH_OK));
		CHECK(r->exit_code <= 6);
		CHECK(r->meaning[0] != '\0');
	}
	CHECK_INT(s, RH_ELATE + 1);
}

static void
test_reason_unknown(void)
{
	CHECK_STR(err_reason(-1)->code, "INTERNAL_ERROR");
	CHECK_STR(err_reason(9999)->code, "INTERNAL_ERROR");
	CHECK_INT(err_reason(RH_EHEADERS)->http, 431);
	CHECK_INT(err_reason(RH_EPERM)->exit_code, 3);
}

const struct unit_test base_err_tests[] = {
	{ "an error has a status, a message and no stale hint", test_set },
	{ "wrapping puts the outer words in front", test_wrap },
	{ "the text of errno is appended and errno kept", test_errno },
	{ "a message cut short ends with a whole character", test_cut },
	{ "a last character that fits is kept", test_cut_keeps_whole },
	{ "every status has its row, in order", test_table_complete },
	{ "an unknown status is our own fault", test_reason_unknown },
	{ NULL, NULL },
};
