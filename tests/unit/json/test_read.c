/*
 * The index: structure, walking, duplicate names, canonical forms, and
 * documents in which every byte takes every value.
 */
#include "lib/unit.h"

#include "base/buf.h"
#include "docs.h"
#include "json/read.h"

#include <stdio.h>
#include <stdlib.h>

/* A document over an exact copy of its text. */
struct fixture {
	struct arena arena;
	struct json_doc doc;
	struct err err;
	char	*text;
	rh_status rc;
};

static void
setup(struct fixture *f, const char *text, size_t len)
{
	memset(f, 0, sizeof *f);
	arena_init(&f->arena);
	f->text = doc_copy(text, len);
	f->rc = json_parse(&f->arena, f->text, len, NULL, &f->doc, &f->err);
}

static void
teardown(struct fixture *f)
{
	arena_fini(&f->arena);
	free(f->text);
}

static void
test_refused(void)
{
	const struct doc *d;
	struct fixture f;

	for (d = docs_refused; d->text != NULL; d++) {
		setup(&f, d->text, d->len);
		CHECK_INT(f.rc, RH_EJSON);
		CHECK_STR(f.err.msg, d->want);
		CHECK_INT(json_type(&f.doc, 0), JSON_ABSENT);
		teardown(&f);
	}
}

static void
test_duplicates(void)
{
	const struct doc *d;
	struct fixture f;

	for (d = docs_duplicate; d->text != NULL; d++) {
		setup(&f, d->text, d->len);
		CHECK_INT(f.rc, RH_EJSON);
		CHECK_STR(f.err.msg, d->want);
		CHECK_INT(json_type(&f.doc, 0), JSON_ABSENT);
		teardown(&f);
	}
}

/* 1,000 names, the same one spelled in two ways at first and last. */
static void
test_many_names(void)
{
	static const char *const last[] = { "\"n1000\"", "\"\\u006e1\"" };
	struct buf b = { 0 };
	struct fixture f;
	int i, k;

	for (k = 0; k < 2; k++) {
		buf_clear(&b);
		for (i = 1; i < 1000; i++)
			buf_printf(&b, "%c\"n%d\":%d", i == 1 ? '{' : ',', i,
			    i);
		buf_printf(&b, ",%s:0}", last[k]);
		setup(&f, b.p, b.len);
		CHECK_INT(f.rc, k == 0 ? RH_OK : RH_EJSON);
		CHECK_INT(json_size(&f.doc, 0), k == 0 ? 1000 : 0);
		CHECK_STR(f.err.msg, k == 0 ? "" :
		    "duplicate name \"n1\" at offset 10774");
		teardown(&f);
	}
	buf_fini(&b);
}

static void
test_long_name_in_message(void)
{
	struct buf b = { 0 }, name = { 0 };
	struct fixture f;
	int i;

	buf_addc(&name, 'a');
	for (i = 0; i < 100; i++)
		buf_adds(&name, "\xc3\xa4");
	buf_printf(&b, "{\"%s\":1,\"%s\":2}", name.p, name.p);
	buf_fini(&name);
	setup(&f, b.p, b.len);
	CHECK_INT(f.rc, RH_EJSON);
	/* cut at a whole character */
	CHECK_HAS(f.err.msg, "\xc3\xa4\"... at offset 207");
	CHECK(str_utf8(f.err.msg, strlen(f.err.msg)));
	teardown(&f);
	buf_fini(&b);
}

static void
test_top_scalars(void)
{
	static const struct {
		const char *text;
		enum json_type type;
		const char *raw;
	} table[] = {
		{ "1", JSON_NUMBER, "1" },
		{ " -1.5e3\n", JSON_NUMBER, "-1.5e3" },
		{ "true", JSON_BOOL, "true" },
		{ "\tfalse ", JSON_BOOL, "false" },
		{ "null", JSON_NULL, "null" },
		{ "\"\"", JSON_STRING, "\"\"" },
		{ " \" a \" ", JSON_STRING, "\" a \"" },
		{ "\"[\"", JSON_STRING, "\"[\"" },
		{ " [] ", JSON_ARRAY, "[]" },
		{ " { } ", JSON_OBJECT, "{ }" },
	};
	struct fixture f;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		setup(&f, table[i].text, strlen(table[i].text));
		CHECK_OK(f.rc, &f.err);
		CHECK_INT(f.doc.count, 1);
		CHECK_INT(json_type(&f.doc, 0), table[i].type);
		CHECK(str_is(json_raw(&f.doc, 0), table[i].raw));
		CHECK_INT(json_size(&f.doc, 0), 0);
		CHECK_INT(json_first(&f.doc, 0), -1);
		CHECK_INT(json_next(&f.doc, 0), -1);
		CHECK_INT(json_value(&f.doc, 0), -1);
		teardown(&f);
	}
}

static void
test_walk(void)
{
	static const char text[] =
	    "[{\"a\":[1,[2,3],{}],\"b\":{\"c\":null}}, [] ,\"x\",7]";
	static const enum json_type types[] = {
		JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_NUMBER,
	};
	struct fixture f;
	int n, i = 0, a, b;

	setup(&f, text, sizeof text - 1);
	CHECK_OK(f.rc, &f.err);
	CHECK_INT(json_size(&f.doc, 0), 4);
	for (n = json_first(&f.doc, 0); n != -1; n = json_next(&f.doc, n))
		CHECK_INT(json_type(&f.doc, n), types[i++]);
	CHECK_INT(i, 4);

	n = json_first(&f.doc, 0);
	CHECK_INT(json_size(&f.doc, n), 2);
	a = json_first(&f.doc, n);
	b = json_next(&f.doc, a);
	CHECK(str_is(json_raw(&f.doc, a), "\"a\""));
	CHECK(str_is(json_raw(&f.doc, b), "\"b\""));
	CHECK_INT(json_next(&f.doc, b), -1);
	CHECK_INT(json_size(&f.doc, a), 0);
	CHECK(str_is(json_raw(&f.doc, json_value(&f.doc, a)),
	    "[1,[2,3],{}]"));
	CHECK_INT(json_size(&f.doc, json_value(&f.doc, a)), 3);
	CHECK_INT(json_next(&f.doc, json_value(&f.doc, a)), -1);
	CHECK(str_is(json_raw(&f.doc, json_value(&f.doc, b)),
	    "{\"c\":null}"));
	CHECK_INT(json_value(&f.doc, json_value(&f.doc, a)), -1);
	teardown(&f);
}

static void
test_member(void)
{
	static const char text[] = "{\"a\":1,\"\\u0062\":2,\"\":3,"
	    "\"n\\u0000\":4,\"\\ud83d\\ude00\":5,\"deep\":{\"a\":6},"
	    "\"\\\\u0063\":7}";
	static const struct {
		const char *name;
		const char *raw;	/* NULL: absent */
	} table[] = {
		{ "a", "1" }, { "b", "2" }, { "", "3" },
		{ "n", NULL },		/* not the one with U+0000 */
		{ "\xf0\x9f\x98\x80", "5" }, { "deep", "{\"a\":6}" },
		{ "\\u0062", NULL },	/* not as it was written */
		{ "\\u0063", "7" }, { "c", NULL }, { "A", NULL },
		{ "a ", NULL }, { "dee", NULL }, { "deepe", NULL },
	};
	struct fixture f;
	size_t i;
	int n;

	setup(&f, text, sizeof text - 1);
	CHECK_OK(f.rc, &f.err);
	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		n = json_member(&f.doc, 0, table[i].name);
		CHECK_INT(n != -1, table[i].raw != NULL);
		if (table[i].raw != NULL)
			CHECK(str_is(json_raw(&f.doc, n), table[i].raw));
	}
	CHECK_INT(json_member(&f.doc, 1, "a"), -1);
	teardown(&f);
}

static void
test_absent(void)
{
	static const int nodes[] = { -1, -2, 3, 1000000 };
	int64_t i64 = 7;
	double d = 7;
	bool yes = true;
	struct str s = STR("old");
	struct fixture f;
	size_t i;

	setup(&f, "{\"a\":1}", 7);
	for (i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
		CHECK_INT(json_type(&f.doc, nodes[i]), JSON_ABSENT);
		CHECK_UINT(json_raw(&f.doc, nodes[i]).len, 0);
		CHECK_INT(json_member(&f.doc, nodes[i], "a"), -1);
		CHECK_INT(json_size(&f.doc, nodes[i]), 0);
		CHECK_INT(json_first(&f.doc, nodes[i]), -1);
		CHECK_INT(json_next(&f.doc, nodes[i]), -1);
		CHECK_INT(json_value(&f.doc, nodes[i]), -1);
		CHECK(!json_bool(&f.doc, nodes[i], &yes));
		CHECK(!json_i64(&f.doc, nodes[i], &i64));
		CHECK(!json_double(&f.doc, nodes[i], &d));
		CHECK(!json_str(&f.doc, nodes[i], &f.arena, &s));
		CHECK(!json_is(&f.doc, nodes[i], ""));
	}
	CHECK(yes && i64 == 7 && str_is(s, "old"));
	teardown(&f);
}

static void
test_type_names(void)
{
	CHECK_STR(json_type_words(JSON_ABSENT), "absent");
	CHECK_STR(json_type_words(JSON_NULL), "null");
	CHECK_STR(json_type_words(JSON_BOOL), "a boolean");
	CHECK_STR(json_type_words(JSON_NUMBER), "a number");
	CHECK_STR(json_type_words(JSON_STRING), "a string");
	CHECK_STR(json_type_words(JSON_ARRAY), "an array");
	CHECK_STR(json_type_words(JSON_OBJECT), "an object");
}

static void
test_wide(void)
{
	struct buf b = { 0 };
	struct fixture f;
	int i, n, count = 0;

	for (i = 0; i < 20000; i++)
		buf_adds(&b, i == 0 ? "[{}" : ",{}");
	buf_addc(&b, ']');
	setup(&f, b.p, b.len);
	CHECK_OK(f.rc, &f.err);
	CHECK_INT(f.doc.count, 20001);
	CHECK_INT(json_size(&f.doc, 0), 20000);
	for (n = json_first(&f.doc, 0); n != -1; n = json_next(&f.doc, n))
		count += json_type(&f.doc, n) == JSON_OBJECT;
	CHECK_INT(count, 20000);
	teardown(&f);
	buf_fini(&b);
}

/* Siblings on each of 64 levels, before and after the deeper one. */
static void
test_deep(void)
{
	struct buf b = { 0 };
	struct fixture f;
	int i, n = 0;

	for (i = 0; i < 64; i++)
		buf_adds(&b, i % 2 == 0 ? "[0," : "{\"a\":0,\"b\":");
	buf_adds(&b, "1");
	for (i = 64; i-- > 0;)
		buf_adds(&b, i % 2 == 0 ? ",2]" : ",\"c\":2}");
	setup(&f, b.p, b.len);
	CHECK_OK(f.rc, &f.err);
	for (i = 0; i < 64; i++) {
		CHECK_INT(json_size(&f.doc, n), 3);
		n = json_next(&f.doc, json_first(&f.doc, n));
		if (i % 2 == 1)
			n = json_value(&f.doc, n);
	}
	CHECK(str_is(json_raw(&f.doc, n), "1"));
	teardown(&f);
	buf_fini(&b);
}

static void
test_canonical(void)
{
	const struct doc *d;
	struct buf b = { 0 };
	struct fixture f;

	for (d = docs_accepted; d->text != NULL; d++) {
		setup(&f, d->text, d->len);
		CHECK_OK(f.rc, &f.err);
		buf_clear(&b);
		json_canonical(&f.doc, 0, &b);
		CHECK_STR(b.p, d->want);
		teardown(&f);
	}
	buf_fini(&b);
}

static void
test_canonical_order(void)
{
	/* by bytes: upper before lower case, prefixes first, UTF-8 last;
	 * U+FF5E is before U+1F600, which UTF-16 would turn round */
	static const char text[] = "{\"b\" : [ 1 , 2 ], \"aa\":0,\"a\":{"
	    "\"z\":1.0,\"y\":1e2},\"B\":\"\\u00e4\\/\","
	    "\"\\ud83d\\ude00\":1,\"\\uff5e\":2,\"\":null,\"\\u0001\":3}";
	struct buf b = { 0 };
	struct fixture f;

	setup(&f, text, sizeof text - 1);
	CHECK_OK(f.rc, &f.err);
	json_canonical(&f.doc, 0, &b);
	CHECK_STR(b.p, "{\"\":null,\"\\u0001\":3,\"B\":\"\xc3\xa4/\","
	    "\"a\":{\"y\":1e2,\"z\":1.0},\"aa\":0,\"b\":[1,2],"
	    "\"\xef\xbd\x9e\":2,\"\xf0\x9f\x98\x80\":1}");
	buf_clear(&b);
	json_canonical(&f.doc, json_member(&f.doc, 0, "b"), &b);
	CHECK_STR(b.p, "[1,2]");
	teardown(&f);
	buf_fini(&b);
}

/* Accepted text has a canonical form, which is its own canonical form. */
static bool
is_sound(const char *text, size_t len)
{
	struct buf once = { 0 }, twice = { 0 };
	struct fixture f, g;
	bool sound;

	setup(&f, text, len);
	if (f.rc != RH_OK) {
		sound = f.rc == RH_EJSON && f.doc.count == 0;
		teardown(&f);
		return sound;
	}
	json_canonical(&f.doc, 0, &once);
	setup(&g, once.p, once.len);
	if (g.rc == RH_OK)
		json_canonical(&g.doc, 0, &twice);
	sound = g.rc == RH_OK && f.doc.count == g.doc.count &&
	    once.len == twice.len && memcmp(once.p, twice.p, once.len) == 0;
	teardown(&f);
	teardown(&g);
	buf_fini(&once);
	buf_fini(&twice);
	return sound;
}

static const char rich[] =
    " {\"a\":[1,-2.5e+3,true,false,null],\"\\u00e4\":\"\\ud83d\\ude00\\n\","
    "\"b\":{\"\":\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\",\"c\":[[],{}]}} ";

static void
test_mutated(void)
{
	char text[sizeof rich];
	size_t i, len = sizeof rich - 1;
	int c;

	for (i = 0; i < len; i++) {
		memcpy(text, rich, sizeof rich);
		for (c = 0; c < 256; c++) {
			text[i] = (char)c;
			if (!CHECK(is_sound(text, len)))
				printf("# byte %zu is %d\n", i, c);
		}
	}
}

static void
test_bytes_missing_and_doubled(void)
{
	char text[sizeof rich + 1];
	size_t i, len = sizeof rich - 1;

	for (i = 0; i < len; i++) {
		memcpy(text, rich, i);
		memcpy(text + i, rich + i + 1, len - i - 1);
		CHECK(is_sound(text, len - 1));
		memcpy(text, rich, i + 1);
		memcpy(text + i + 1, rich + i, len - i);
		CHECK(is_sound(text, len + 1));
		CHECK(is_sound(rich, i));
	}
}

/* What the fuzzer starts from is sound, too. */
static void
test_sound(void)
{
	const struct doc *d;

	for (d = docs_accepted; d->text != NULL; d++)
		CHECK(is_sound(d->text, d->len));
	CHECK(is_sound(rich, sizeof rich - 1));
}

const struct unit_test json_read_tests[] = {
	{ "what the scan refuses isn't parsed", test_refused },
	{ "duplicate names are refused however they are spelled",
	  test_duplicates },
	{ "one duplicate among 1,000 names is found", test_many_names },
	{ "a long name is cut in a message", test_long_name_in_message },
	{ "scalars may stand at the top", test_top_scalars },
	{ "children and siblings are walked in order", test_walk },
	{ "members are found by their unescaped names", test_member },
	{ "what isn't there is absent for every getter", test_absent },
	{ "types have names", test_type_names },
	{ "20,000 siblings are linked", test_wide },
	{ "siblings are linked on all 64 levels", test_deep },
	{ "each accepted document has its canonical form", test_canonical },
	{ "names are in the order of their bytes", test_canonical_order },
	{ "canonical forms are their own canonical forms", test_sound },
	{ "any byte may become any other", test_mutated },
	{ "any byte may be missing or doubled",
	  test_bytes_missing_and_doubled },
	{ NULL, NULL }
};
