/*
 * Manifests of the runner exec: what is taken, and where and why the rest
 * is refused.
 */
#include "lib/unit.h"

#include "runner_exec/manifest.h"
#include "runner_exec/show.h"
#include "runner_exec/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define A	"[action a]\nargv = [\"/bin/a\"]\n"

/* "line:column reason", or "taken". */
static const char *
judge(const char *text, size_t len, char out[300])
{
	struct manifest_error e = { { 0, 0 }, "" };
	struct manifest *m;
	char *exact = malloc(len > 0 ? len : 1);

	/* So that a sanitizer sees who reads beyond. */
	memcpy(exact, text, len);
	m = manifest_parse(exact, len, &e);
	if (m != NULL)
		snprintf(out, 300, "taken");
	else
		snprintf(out, 300, "%u:%u %s", e.place.line, e.place.column,
		    e.reason);
	manifest_free(m);
	free(exact);
	return out;
}

static void
test_refused(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "1:1 there is no action" },
		{ "# nothing\n\n", "3:1 there is no action" },
		{ "argv = []", "1:1 a section [action NAME] comes first" },
		{ "[act a]", "1:2 a section is [action NAME]" },
		{ "[action 1]", "1:9 a name is missing here: a letter, then "
		    "letters, digits, \"_\" and \"-\", 63 in all" },
		{ "[action a", "1:10 \"]\" is missing here" },
		{ "[action a] b", "1:12 the line should end here, or a # "
		    "comment begin" },
		{ "[action a]", "1:1 action \"a\" has no argv" },
		{ A A, "3:1 there is an action \"a\" already" },
		{ A "argv = [\"/b\"]", "3:1 \"argv\" is there already" },
		{ A "colour = 1", "3:1 here is one of summary argv cwd env "
		    "param stdin timeout success retry output_max protocol" },
		{ A "cwd \"/\"", "3:5 \"=\" is missing here" },
		{ A "cwd = /", "3:7 a text in \"\" is missing here" },
		{ A "cwd = \"x", "3:7 this text has no \" at its end" },
		{ A "cwd = \"x\ny\"", "3:7 this text has no \" at its end" },
		{ A "cwd = \"\\x\"", "3:8 behind \"\\\" there may be one of "
		    "\" \\ n t" },
		{ A "cwd = \"\\", "3:8 behind \"\\\" there may be one of "
		    "\" \\ n t" },
		{ A "cwd = \"x\"", "3:7 the directory is an absolute path, "
		    "without \".\", \"..\" and \"//\"" },
		{ A "cwd = \"/a/../b\"", "3:7 the directory is an absolute "
		    "path, without \".\", \"..\" and \"//\"" },
		{ A "summary = \"\xc3\xa4\xff\"", "3:13 no byte 0xff may be "
		    "here: texts are UTF-8 without control characters" },
		{ A "summary = \"a\tb\"", "3:13 no byte 0x09 may be here: "
		    "texts are UTF-8 without control characters" },
		{ A "timeout = 0", "3:11 a whole number from 1 to 86400 is "
		    "missing here" },
		{ A "timeout = 12s", "3:11 a whole number from 1 to 86400 is "
		    "missing here" },
		{ A "timeout = 99999999999999999999", "3:11 a whole number "
		    "from 1 to 86400 is missing here" },
		{ A "success = [0, 256]", "3:15 a whole number from 0 to 255 "
		    "is missing here" },
		{ A "success = [0 1]", "3:14 \",\" or \"]\" is missing here" },
		{ A "success = [0", "3:13 \",\" or \"]\" is missing here" },
		{ A "stdin = file", "3:9 here is none or input" },
		{ A "protocol = http", "3:12 here is none or lines" },
		{ A "env LD_PRELOAD = \"x\"", "3:5 the variable \"LD_PRELOAD\" "
		    "can't be set here" },
		{ A "env A = \"1\"\nenv A = \"2\"", "4:5 there is a variable "
		    "\"A\" already" },
		{ A "env A = \"{b}\"", "3:9 there is no parameter \"b\" to "
		    "fill in" },
		{ A "env A = \"{\"", "3:9 a brace stands alone: a place is "
		    "{name}, and braces are written {{ and }}" },
		{ A "env A = \"}\"", "3:9 a brace stands alone: a place is "
		    "{name}, and braces are written {{ and }}" },
		{ A "param b = string", "3:7 nothing uses the parameter "
		    "\"b\"" },
		{ A "param B = string", "3:7 parameters are in lower case" },
		{ A "param help = string", "3:7 \"help\" shows the action" },
		{ A "param b = text", "3:11 here is a type: string, integer, "
		    "boolean, path or one-of [\"a\", \"b\"]" },
		{ A "param b = one-of []", "3:20 the choices are missing" },
		{ A "param b = string min 1", "3:18 here may be, once each: "
		    "default \"VALUE\", dash, \"SUMMARY\", and min N and max N "
		    "of an integer" },
		{ A "param b = integer min 2 max 1", "3:7 min is above max" },
		{ A "param b = integer max 9 default \"10\"", "3:7 the default "
		    "of \"b\" \"10\" is not a whole number up to 9" },
		{ A "param b = string\nparam b = string", "4:7 there is a "
		    "parameter \"b\" already" },
		{ "[action a]\nargv = []", "2:8 the program is missing" },
		{ "[action a]\nargv = [\"sh\"]", "2:9 the program is an "
		    "absolute path, without \".\", \"..\" and \"//\"" },
		{ "[action a]\nargv = [\"/bin/{x}\"]", "2:9 the program is "
		    "what is granted, so it can't be filled in" },
		{ "[action a]\nargv = [\"/a\", \"{x}\"]", "2:15 there is no "
		    "parameter \"x\" to fill in" },
		{ "[action a]\r\n", "1:11 the line should end here, or a # "
		    "comment begin" },
	};
	char got[300];
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		CHECK_STR(judge(rows[i].text, strlen(rows[i].text), got),
		    rows[i].want);
	CHECK_STR(judge("\0", 1, got), "1:1 a section [action NAME] comes "
	    "first");
}

static const char whole[] =
    "# an example\n"
    "[action a-1]  # with a comment\n"
    "summary = \"S\\\"\\\\\\n\\t\"\n"
    "\targv = [ \"/bin/a\" , \"{x}{{\", \"\" ]\n"
    "param x = integer default \"-3\" dash \"an x\" min -5 max 7\n"
    "param y = one-of [\"p\", \"q\"]\n"
    "env Y = \"{y}\"\n"
    "cwd = \"/tmp\"\n"
    "timeout = 5\n"
    "success = [0, 3]\n"
    "retry = []\n"
    "output_max = 0\n"
    "stdin = input\n"
    "protocol = lines\n"
    "[action b]\n"
    "argv = [\"/bin/b\"]";

static void
test_taken(void)
{
	struct manifest_error e;
	struct manifest *m = manifest_parse(whole, strlen(whole), &e);
	const struct action *a;

	if (!CHECK(m != NULL))
		return;
	CHECK_UINT(m->count, 2);
	CHECK(manifest_find(m, "a", 1) == NULL);
	a = manifest_find(m, "a-1", 3);
	if (CHECK(a != NULL)) {
		CHECK_STR(a->summary, "S\"\\\n\t");
		CHECK_UINT(a->argc, 3);
		CHECK_STR(a->argv[1], "{x}{{");
		CHECK_STR(a->argv[2], "");
		CHECK_INT(a->params[0].min, -5);
		CHECK_INT(a->params[0].max, 7);
		CHECK(a->params[0].dash && !a->params[1].dash);
		CHECK_STR(a->params[1].choices[1], "q");
		CHECK_STR(a->cwd, "/tmp");
		CHECK_INT(a->timeout_s, 5);
		CHECK_INT(a->success[1], 3);
		CHECK_UINT(a->retry_count, 0);
		CHECK_INT(a->output_max, 0);
		CHECK(a->input && a->lines);
	}
	a = manifest_find(m, "b", 1);
	if (CHECK(a != NULL)) {
		CHECK_STR(a->cwd, "/");
		CHECK_INT(a->timeout_s, 0);
		CHECK_INT(a->output_max, 1024 * 1024);
		CHECK(!a->input && !a->lines);
	}
	manifest_free(m);
}

/* Whatever is missing of it, it is judged, within its bytes. */
static void
test_cut(void)
{
	char got[300];
	size_t i;

	for (i = 0; i < sizeof whole; i++)
		CHECK(judge(whole, i, got)[0] != '\0');
}

/* Many of something, with what comes before and after. */
static const char *
many(const char *before, const char *one, int n, const char *after,
    char got[300])
{
	struct text t = { 0 };
	int i;

	text_adds(&t, before);
	for (i = 0; i < n; i++)
		text_printf(&t, one, i, i);
	text_adds(&t, after);
	judge(t.p, t.len, got);
	text_free(&t);
	return got;
}

static void
test_bounds(void)
{
	char got[300];

	CHECK_STR(many("", "[action a%d]\nargv = [\"/%d\"]\n", 64, "", got),
	    "taken");
	CHECK_STR(many("", "[action a%d]\nargv = [\"/%d\"]\n", 65, "", got),
	    "129:1 64 actions are possible");
	CHECK_STR(many("[action a]\nargv = [\"/a\"", ", \"%d %d\"", 63, "]",
	    got), "taken");
	CHECK_HAS(many("[action a]\nargv = [\"/a\"", ", \"%d %d\"", 64, "]",
	    got), " 64 arguments are possible");
	CHECK_STR(many(A, "env A%d = \"%d\"\n", 32, "", got), "taken");
	CHECK_STR(many(A, "env A%d = \"%d\"\n", 33, "", got),
	    "35:5 32 variables are possible");
	CHECK_STR(many(A, "param p%d = string default \"%d\"\n", 17, "", got),
	    "19:7 16 parameters are possible");
	CHECK_STR(many(A "success = [1", ", %d, %d", 8, "]", got),
	    "3:60 16 codes are possible");
	CHECK_STR(many(A "param p = one-of [\"x\"", ", \"%d %d\"", 16, "]",
	    got), "3:139 16 choices are possible");
	CHECK_STR(many(A, "# %d %d\n", 9000, "", got),
	    "1:1 the file has more than 65536 bytes");
	CHECK_HAS(many(A "summary = \"", "%d %d", 70, "\"", got),
	    "bytes; 300 are possible");
}

static void
test_template(void)
{
	const char *at = "a{b}{{c}}{d-1}";
	struct piece p;
	char got[64] = "";

	while (template_next(&at, &p) > 0)
		snprintf(got + strlen(got), sizeof got - strlen(got),
		    "%s%.*s|", p.is_place ? "$" : "", (int)p.len, p.p);
	CHECK_STR(got, "a|$b|{|c|}|$d-1|");
	for (at = "{", CHECK_INT(template_next(&at, &p), -1);;) {
		at = "{A}";
		CHECK_INT(template_next(&at, &p), -1);
		at = "{}";
		CHECK_INT(template_next(&at, &p), -1);
		at = "}";
		CHECK_INT(template_next(&at, &p), -1);
		break;
	}
}

static void
test_values(void)
{
	static const struct {
		struct param p;
		const char *good, *bad;		/* words */
	} rows[] = {
		{ { .type = PARAM_INTEGER, .min = -3, .max = 12 },
		    "-3 0 7 12", "-4 13 07 +1 1.0 1e1 -0 - x 1x "
		    "9999999999999999999" },
		{ { .type = PARAM_BOOLEAN }, "true false", "yes True 1" },
		{ { .type = PARAM_PATH }, "/ /a /a/b.c /..a /a..", "a ./a "
		    "/a/ // /a//b /. /.. /a/../b /a/./b ../a" },
		{ { .type = PARAM_ONE_OF, .choices = { "a", "bc" },
		    .choice_count = 2 }, "a bc", "b A abc" },
		{ { .type = PARAM_STRING }, "x -y $(z) {a}", "" },
	};
	char words[200], *word;
	struct text why = { 0 };
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		snprintf(words, sizeof words, "%s", rows[i].good);
		for (word = strtok(words, " "); word != NULL;
		    word = strtok(NULL, " "))
			unit_check(param_check(&rows[i].p, word, &why),
			    __FILE__, __LINE__, "%s is taken", word);
		snprintf(words, sizeof words, "%s", rows[i].bad);
		for (word = strtok(words, " "); word != NULL;
		    word = strtok(NULL, " "))
			unit_check(!param_check(&rows[i].p, word, &why),
			    __FILE__, __LINE__, "%s is refused", word);
		CHECK(param_check(&rows[i].p, "", &why) ==
		    (rows[i].p.type == PARAM_STRING));
	}
	text_free(&why);
}

static void
test_shown(void)
{
	struct manifest_error e;
	struct manifest *m = manifest_parse(whole, strlen(whole), &e);
	struct text t = { 0 };

	if (!CHECK(m != NULL))
		return;
	show_actions(m, &t);
	CHECK_STR(t.p, "/exec a-1 [x] y < input\n"
	    "    S\"\\\n\t\n"
	    "    x: a whole number from -5 up to 7, otherwise \"-3\"; an x\n"
	    "    y: one of \"p\", \"q\"\n"
	    "/exec b\n");
	text_free(&t);
	manifest_free(m);
}

const struct unit_test manifest_tests[] = {
	{ "what isn't understood is refused with its place", test_refused },
	{ "every key is read", test_taken },
	{ "one that ends anywhere is judged", test_cut },
	{ "nothing is without a bound", test_bounds },
	{ "places and braces of a text", test_template },
	{ "values of each type", test_values },
	{ "actions are shown with what they take", test_shown },
	{ NULL, NULL },
};
