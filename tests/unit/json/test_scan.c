/*
 * The strict scan: what is refused and why, what is accepted, the limits,
 * and documents that are cut or spoilt at every byte.
 */
#include "lib/unit.h"

#include "base/buf.h"
#include "docs.h"
#include "json/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rh_status
scan(const char *text, size_t len, const struct json_limits *limits,
    size_t *tokens, struct err *err)
{
	char *copy = doc_copy(text, len);
	rh_status rc;

	memset(err, 0, sizeof *err);
	rc = json_scan(copy, len, limits, tokens, err);
	free(copy);
	return rc;
}

static void
test_refused(void)
{
	const struct doc *d;
	struct err err;
	size_t tokens;

	for (d = docs_refused; d->text != NULL; d++) {
		tokens = 99;
		CHECK_INT(scan(d->text, d->len, NULL, &tokens, &err),
		    RH_EJSON);
		CHECK_STR(err.msg, d->want);
		CHECK_UINT(tokens, 0);
	}
	CHECK(d - docs_refused >= 150);
}

static void
test_accepted(void)
{
	const struct doc *d;
	struct err err;
	size_t tokens;

	for (d = docs_accepted; d->text != NULL; d++) {
		CHECK_OK(scan(d->text, d->len, NULL, &tokens, &err), &err);
		CHECK(tokens > 0);
	}
	CHECK(d - docs_accepted >= 60);
}

static void
test_null_text(void)
{
	struct err err;
	size_t tokens;

	CHECK_INT(json_scan(NULL, 0, NULL, &tokens, &err), RH_EJSON);
}

static void
test_tokens(void)
{
	static const struct {
		const char *text;
		size_t	count;
	} table[] = {
		{ "1", 1 }, { "\"\"", 1 }, { "[]", 1 }, { "[1,2,3]", 4 },
		{ "{}", 1 }, { "{\"a\":1}", 3 }, { "{\"a\":[1,{}]}", 5 },
		{ "[[],[],{}]", 4 }, { "{\"a\":{\"b\":{\"c\":null}}}", 7 },
	};
	struct err err;
	size_t i, tokens;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		CHECK_OK(scan(table[i].text, strlen(table[i].text), NULL,
		    &tokens, &err), &err);
		CHECK_UINT(tokens, table[i].count);
	}
}

static void
repeat(struct buf *b, const char *s, int n)
{
	while (n-- > 0)
		buf_adds(b, s);
}

/* levels of open, a core, levels of close */
static rh_status
scan_nested(const char *open, const char *core, const char *shut, int levels,
    struct err *err)
{
	struct buf b = { 0 };
	size_t tokens;
	rh_status rc;

	repeat(&b, open, levels);
	buf_adds(&b, core);
	repeat(&b, shut, levels);
	rc = scan(b.p, b.len, NULL, &tokens, err);
	buf_fini(&b);
	return rc;
}

static void
test_depth(void)
{
	struct err err;

	CHECK_OK(scan_nested("[", "", "]", 64, &err), &err);
	CHECK_OK(scan_nested("[", "1", "]", 64, &err), &err);
	CHECK_OK(scan_nested("{\"a\":", "1", "}", 64, &err), &err);
	CHECK_OK(scan_nested("[{\"a\":", "1", "}]", 32, &err), &err);

	CHECK_INT(scan_nested("[", "", "]", 65, &err), RH_ETOOBIG);
	CHECK_STR(err.msg,
	    "more than 64 levels of nesting, the limit, at offset 64");
	CHECK_INT(scan_nested("[", "[]", "]", 64, &err), RH_ETOOBIG);
	CHECK_INT(scan_nested("{\"a\":", "1", "}", 65, &err), RH_ETOOBIG);
	CHECK_STR(err.msg,
	    "more than 64 levels of nesting, the limit, at offset 320");
	CHECK_INT(scan_nested("[", "", "", 100000, &err), RH_ETOOBIG);
}

static void
test_depth_returns(void)
{
	struct buf b = { 0 };
	struct err err;
	size_t tokens;

	/* many levels one after another aren't deep */
	buf_adds(&b, "[0");
	repeat(&b, ",[[[{\"a\":[]}]]]", 100);
	buf_adds(&b, "]");
	CHECK_OK(scan(b.p, b.len, NULL, &tokens, &err), &err);
	CHECK_UINT(tokens, 2 + 100 * 6);
	buf_fini(&b);
}

static void
test_limits(void)
{
	static const struct json_limits small = {
		.size = 40, .tokens = 6, .string = 4, .members = 2,
	};
	static const struct {
		const char *text;
		const char *want;	/* NULL: accepted */
	} table[] = {
		{ "                                       1", NULL },
		{ "                                        1",
		  "41 bytes of JSON are above the limit of 40" },
		{ "[1,2,3,4,5]", NULL },
		{ "[1,2,3,4,5,6]",
		  "more than 6 values and names, the limit, at offset 11" },
		{ "{\"a\":1,\"b\":[]}", NULL },
		{ "{\"a\":1,\"b\":[1,2]}",
		  "more than 6 values and names, the limit, at offset 14" },
		{ "[[1,2],\"a\",{\"b\":1}]",
		  "more than 6 values and names, the limit, at offset 12" },
		{ "\"abcd\"", NULL },
		{ "\"abcde\"",
		  "more than 4 bytes in a string, the limit, at offset 0" },
		{ "[\"\\u0061\"]",
		  "more than 4 bytes in a string, the limit, at offset 1" },
		{ "{\"abcde\":1}",
		  "more than 4 bytes in a string, the limit, at offset 1" },
		{ "{\"a\":1,\"b\":2,\"c\":3}",
		  "more than 2 members in an object, the limit, at offset 13" },
	};
	struct err err;
	size_t i, tokens;
	rh_status rc;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		rc = scan(table[i].text, strlen(table[i].text), &small,
		    &tokens, &err);
		CHECK_INT(rc, table[i].want == NULL ? RH_OK : RH_ETOOBIG);
		if (table[i].want != NULL)
			CHECK_STR(err.msg, table[i].want);
	}
}

static void
test_default_limits(void)
{
	struct buf b = { 0 };
	struct err err;
	size_t tokens;
	int i;

	repeat(&b, " ", 1024 * 1024 - 1);
	buf_addc(&b, '1');
	CHECK_OK(scan(b.p, b.len, NULL, &tokens, &err), &err);
	buf_addc(&b, ' ');
	CHECK_INT(scan(b.p, b.len, NULL, &tokens, &err), RH_ETOOBIG);

	buf_clear(&b);
	buf_adds(&b, "[0");
	repeat(&b, ",0", 99998);
	buf_addc(&b, ']');
	CHECK_OK(scan(b.p, b.len, NULL, &tokens, &err), &err);
	CHECK_UINT(tokens, 100000);
	b.p[b.len - 1] = ',';
	buf_adds(&b, "0]");
	CHECK_INT(scan(b.p, b.len, NULL, &tokens, &err), RH_ETOOBIG);

	buf_clear(&b);
	for (i = 0; i < 1000; i++)
		buf_printf(&b, "%c\"n%d\":0", i == 0 ? '{' : ',', i);
	buf_addc(&b, '}');
	CHECK_OK(scan(b.p, b.len, NULL, &tokens, &err), &err);
	b.p[b.len - 1] = ',';
	buf_adds(&b, "\"x\":0}");
	CHECK_INT(scan(b.p, b.len, NULL, &tokens, &err), RH_ETOOBIG);
	buf_fini(&b);
}

static void
test_wide(void)
{
	struct buf b = { 0 };
	struct err err;
	size_t tokens;

	buf_adds(&b, "[{}");
	repeat(&b, ",{}", 19999);
	buf_addc(&b, ']');
	CHECK_UINT(b.len, 60001);
	CHECK_OK(scan(b.p, b.len, NULL, &tokens, &err), &err);
	CHECK_UINT(tokens, 20001);
	buf_fini(&b);
}

/*
 * Whether no proper beginning of the document can be one itself, told
 * without the scan: nothing but space goes before or after a closed value
 * whose last byte is what closes it (or the end of a literal).
 */
static bool
is_prefix_free(const struct doc *d)
{
	return strchr("{[\"tfn", d->text[0]) != NULL &&
	    strchr("}]\"el", d->text[d->len - 1]) != NULL;
}

static void
test_truncated(void)
{
	const struct doc *d;
	struct err err;
	size_t tokens, len;
	int docs = 0;

	for (d = docs_accepted; d->text != NULL; d++) {
		if (!is_prefix_free(d))
			continue;
		docs++;
		for (len = 0; len < d->len; len++)
			if (!CHECK_INT(scan(d->text, len, NULL, &tokens,
			    &err), RH_EJSON))
				printf("# %.*s\n", (int)len, d->text);
	}
	CHECK(docs >= 50);
}

/* Whatever is cut off at the end of a number leaves one, or is refused. */
static void
test_truncated_number(void)
{
	static const char number[] = "-12.50e+03";
	static const bool valid[] = {
		false, false, true, true, false, true, true, false, false,
		true, true,
	};
	struct err err;
	size_t tokens, len;

	for (len = 0; len < sizeof number; len++)
		CHECK_INT(scan(number, len, NULL, &tokens, &err) == RH_OK,
		    valid[len]);
}

static void
test_message_is_one_line(void)
{
	char text[] = "[1,?]";
	struct err err;
	size_t tokens, i;
	int c;

	for (c = 0; c < 256; c++) {
		text[3] = (char)c;
		if (scan(text, 5, NULL, &tokens, &err) == RH_OK)
			continue;
		for (i = 0; err.msg[i] != '\0'; i++)
			if (err.msg[i] < ' ' || err.msg[i] > '~')
				break;
		CHECK_INT(err.msg[i], '\0');
		CHECK_HAS(err.msg, "at offset ");
	}
}

const struct unit_test json_scan_tests[] = {
	{ "each malformed document is refused for its reason", test_refused },
	{ "each well-formed document is accepted", test_accepted },
	{ "no text at all is refused", test_null_text },
	{ "values and names are counted", test_tokens },
	{ "64 levels are accepted, 65 are not", test_depth },
	{ "levels that were left don't count", test_depth_returns },
	{ "each limit is kept and named", test_limits },
	{ "the default limits are the documented ones", test_default_limits },
	{ "20,000 empty objects in a row are 20,001 tokens", test_wide },
	{ "a document cut at any byte is refused", test_truncated },
	{ "a number cut at any byte is judged anew", test_truncated_number },
	{ "messages are one line of plain text", test_message_is_one_line },
	{ NULL, NULL }
};
