/*
 * The runner exec: what it makes of a run's words, and what it tells of a
 * program.  Time and stopping are a real host's (tests/scenario/).
 */
#include "lib/unit.h"

#include "runner_exec/lines.h"
#include "runner_exec/output.h"
#include "shipped.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char manifest[] =
    "[action words]\n"
    "argv = [\"/bin/sh\", \"-c\", \"printf '<%s>' \\\"$0\\\" \\\"$@\\\"\", "
    "\"{a}\", \"x{b}{{}}\", \"{c}\"]\n"
    "param a = string\n"
    "param b = path default \"/tmp\"\n"
    "param c = one-of [\"red\", \"-1\"] default \"-1\"\n"
    "[action sh]\n"
    "argv = [\"/bin/sh\", \"-c\", \"{s}\"]\n"
    "param s = string dash\n"
    "env GIVEN = \"<{s}>\"\n"
    "protocol = lines\n"
    "success = [0, 5]\n"
    "retry = [6]\n"
    "[action cat]\n"
    "argv = [\"/bin/cat\"]\n"
    "stdin = input\n"
    "output_max = 100000\n";

static char config[4200];

static void
begin(struct fake *f, const char *action, const char *args)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof path, "%s/exec.conf", unit_tmpdir());
	if ((file = fopen(path, "w")) == NULL)
		abort();
	fputs(manifest, file);
	fclose(file);
	chmod(path, 0644);
	snprintf(config, sizeof config, "{\"manifest\":\"%s\"}", path);
	fake_init(f);
	f->inv.config = fake_text(config);
	f->inv.action_id = fake_text(action);
	f->inv.args = fake_text(args);
}

static void
test_words(void)
{
	static const struct {
		const char *args, *flags, *input;
		const char *error;
	} rows[] = {
		{ "[]", "{}", "null", "parameter \"a\" of action \"words\" is "
		    "missing: a text" },
		{ "[\"-x\"]", "{}", "null", "parameter \"a\" begins with "
		    "\"-\", which the program could take for an option" },
		{ "[\"v\",\"-1\"]", "{\"b\":\"/\"}", "null", "parameter \"c\" "
		    "begins with \"-\", which the program could take for an "
		    "option" },
		{ "[\"--a=1\",\"--a=2\"]", "{}", "null", "parameter \"a\" is "
		    "given twice: as an argument and as an argument" },
		{ "[]", "{\"a\":1}", "{\"a\":2}", "parameter \"a\" is given "
		    "twice: as a flag and as a member of the input" },
		{ "[\"1\",\"/\",\"red\",\"4\"]", "{}", "null", "one argument "
		    "too many: \"4\"; action \"words\" has 3 parameters" },
		{ "[\"--d=1\"]", "{}", "null", "action \"words\" has no "
		    "parameter \"d\" (an argument; behind \"--\" it would be "
		    "a value); there are a, b, c" },
		{ "[\"--a\"]", "{}", "null", "write \"--a=VALUE\"" },
		{ "[\"v\",\"../x\"]", "{}", "null", "parameter \"b\" \"../x\" "
		    "is not an absolute path without \".\" and \"..\"" },
		{ "[]", "{\"a\":[]}", "null", "parameter \"a\" is neither a "
		    "text, a number nor true or false" },
		{ "[]", "{\"a\":null}", "null", "parameter \"a\" is neither a "
		    "text, a number nor true or false" },
		{ "[]", "{\"a\":\"x\\u0000y\"}", "null", "parameter \"a\" is "
		    "neither a text, a number nor true or false" },
		{ "[]", "{}", "[1]", "the input is no object with parameters "
		    "of action \"words\"; only actions with stdin = input "
		    "take others" },
		{ "[]", "{}", "{\"z\":1}", "action \"words\" has no parameter "
		    "\"z\" (a member of the input); there are a, b, c" },
	};
	struct fake f;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin(&f, "words", rows[i].args);
		f.inv.flags = fake_text(rows[i].flags);
		f.inv.input = fake_text(rows[i].input);
		if (shipped_run("runner_exec", &f)) {
			CHECK_UINT(f.kind, RH_FAILED);
			CHECK_INT(f.exit_code, 2);
			CHECK_STR(f.error.p, rows[i].error);
			CHECK_UINT(f.output_bytes, 0);
		}
		fake_fini(&f);
	}
}

/* Runs "sh" with a script; what is printed, reported and said at the end. */
static void
runs(struct fake *f, const char *script, uint32_t kind)
{
	static char args[1024];

	snprintf(args, sizeof args, "[\"--\",\"%s\"]", script);
	begin(f, "sh", args);
	f->inv.run_id = fake_text("run_7");
	f->inv.attempt = 2;
	f->inv.checkpoint_name = fake_text("at");
	f->inv.checkpoint = fake_text("{\"n\": 3}");
	if (shipped_run("runner_exec", f))
		CHECK_UINT(f->kind, kind);
}

static void
test_ends(void)
{
	static const struct {
		const char *script;
		uint32_t kind;
		int	exit_code;
		uint32_t retryable;
		const char *error, *metadata;
	} rows[] = {
		{ "exit 0", RH_COMPLETED, 0, 0, "",
		    "{\"exit_code\":0,\"truncated\":false}" },
		{ "exit 5", RH_COMPLETED, 0, 0, "",
		    "{\"exit_code\":5,\"truncated\":false}" },
		{ "exit 6", RH_FAILED, 6, 1, "exited 6",
		    "{\"exit_code\":6,\"truncated\":false}" },
		{ "exit 124", RH_TIMEOUT, 124, 0, "exited 124",
		    "{\"exit_code\":124,\"truncated\":false}" },
		{ "kill -9 $$", RH_FAILED, 137, 0, "killed SIGKILL",
		    "{\"signal\":\"SIGKILL\",\"truncated\":false}" },
		{ "echo ::error so\\u00e4; exit 1", RH_FAILED, 1, 0,
		    "exited 1: so\xc3\xa4",
		    "{\"exit_code\":1,\"truncated\":false}" },
		{ "printf '::error \\\\377'; exit 1", RH_FAILED, 1, 0,
		    "exited 1: ?", "{\"exit_code\":1,\"truncated\":false}" },
	};
	struct fake f;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		runs(&f, rows[i].script, rows[i].kind);
		CHECK_INT(f.exit_code, rows[i].exit_code);
		CHECK_UINT(f.retryable, rows[i].retryable);
		CHECK_STR(f.error.p, rows[i].error);
		CHECK_STR(f.metadata.p, rows[i].metadata);
		fake_fini(&f);
	}
}

/* What a program says of itself is cut where an outcome ends. */
static void
test_long_error(void)
{
	struct fake f;

	runs(&f, "printf '::error '; head -c 60000 /dev/zero | tr '\\\\0' x; "
	    "exit 1", RH_FAILED);
	CHECK_UINT(f.error.len, 16 * 1024);
	fake_fini(&f);
}

static void
test_protocol(void)
{
	struct fake f;

	runs(&f, "echo '::progress 5 a b'; echo '::progress 7'; "
	    "echo '::checkpoint x y z'; echo '::event e {\\\"k\\\":1}'; "
	    "echo '::result no'; echo '::result yes'; echo '::progress x'",
	    RH_COMPLETED);
	CHECK_STR(f.output.p, "yes");
	CHECK_HAS(f.reports.p, "progress sh 5 a b\nprogress sh 7 -\n");
	CHECK_HAS(f.reports.p, "event e\nevent exec.bad_line\n");
	CHECK_STR(f.pieces.p, "{\"k\":1}\n{\"line\":7,\"reason\":\"progress "
	    "is a whole number from 0 to 100, and a text\"}\n");
	CHECK_UINT(f.output_bytes, strlen("::progress x\n"));
	fake_fini(&f);
}

/* By name, as env prints it: nothing of ours is there but what is said. */
static void
test_environment(void)
{
	struct fake f;

	setenv("OURS", "secret", 1);
	runs(&f, "x=$(env | grep -v ^PWD= | grep -v ^_= | grep -v ^SHLVL= | "
	    "sort | tr '\\\\n' '|'); printf '::result %s' \\\"$x\\\"",
	    RH_COMPLETED);
	unsetenv("OURS");
	CHECK_HAS(f.output.p, "GIVEN=<x=$(env");
	CHECK_HAS(f.output.p, "|LC_ALL=C.UTF-8|PATH=/usr/bin:/bin|"
	    "RUNHOST_ATTEMPT=2|RUNHOST_CHECKPOINT={\"n\": 3}|"
	    "RUNHOST_CHECKPOINT_NAME=at|RUNHOST_RUN_ID=run_7|");
	CHECK(strstr(f.output.p, "OURS") == NULL);
	fake_fini(&f);
}

/* More than a pipe holds, both ways at once. */
static void
test_input(void)
{
	struct buf big = { 0 };
	struct fake f;
	int i;

	buf_addc(&big, '"');
	for (i = 0; i < 40000; i++)
		buf_adds(&big, "\\u20ac");
	buf_addc(&big, '"');
	begin(&f, "cat", "[]");
	f.inv.input = (struct rh_text){ big.p, big.len };
	if (shipped_run("runner_exec", &f)) {
		CHECK_UINT(f.kind, RH_COMPLETED);
		CHECK_STR(f.metadata.p, "{\"exit_code\":0,"
		    "\"truncated\":true}");
		CHECK_UINT(f.output_bytes, 99999);	/* no third of a sign */
	}
	fake_fini(&f);
	buf_fini(&big);
}

struct heard {
	char	text[400];
};

static void
hear_plain(void *arg, const char *p, size_t len)
{
	struct heard *h = arg;
	size_t at = strlen(h->text);

	snprintf(h->text + at, sizeof h->text - at, "[%.*s]", (int)len, p);
}

static bool
hear_command(void *arg, const char *line, size_t len)
{
	struct heard *h = arg;
	size_t at = strlen(h->text);

	if (len > 2 && line[2] == '!')
		return false;
	snprintf(h->text + at, sizeof h->text - at, "<%.*s>", (int)len, line);
	return true;
}

static void
test_lines(void)
{
	static const struct {
		const char *pieces, *want;	/* between bars */
	} rows[] = {
		{ "a|b\n", "[a][b][\n]" },
		{ "::x y\n", "<::x y>" },
		{ "::x y\r\n", "<::x y>" },
		{ ":|:x|y\nz", "<::xy>[z]" },
		{ ":|\n::", "[:\n]<::>" },
		{ ":x\n:", "[:x][\n][:]" },
		{ "a::b\n", "[a::b][\n]" },
		{ "\n\n::a\n", "[\n][\n]<::a>" },
		{ "::!no\nb", "[::!no\n][b]" },
		{ "::!no", "[::!no]" },
	};
	char pieces[100], *piece;
	struct heard h;
	struct lines l;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		h.text[0] = '\0';
		l = (struct lines){ .plain = hear_plain,
		    .command = hear_command, .arg = &h, .line_no = 1 };
		snprintf(pieces, sizeof pieces, "%s", rows[i].pieces);
		for (piece = strtok(pieces, "|"); piece != NULL;
		    piece = strtok(NULL, "|"))
			lines_put(&l, piece, strlen(piece));
		lines_end(&l);
		lines_free(&l);
		CHECK_STR(h.text, rows[i].want);
	}
}

static void
test_long_line(void)
{
	static char big[LINE_MAX_BYTES + 2];
	struct heard h = { "" };
	struct lines l = {
		.plain = hear_plain, .command = hear_command, .arg = &h,
		.line_no = 1,
	};

	memset(big, ':', sizeof big);
	lines_put(&l, big, LINE_MAX_BYTES);
	CHECK_STR(h.text, "");
	lines_put(&l, big, 1);
	CHECK_HAS(h.text, "[::::");
	h.text[0] = '\0';
	lines_put(&l, "x\n::y\n", 6);
	CHECK_STR(h.text, "[x][\n]<::y>");
	CHECK_UINT(l.line_no, 3);
	lines_free(&l);
}

static char put[64];

static rh_status
take_output(uint64_t handle, uint32_t stream, const char *p, uint64_t len)
{
	(void)handle, (void)stream;
	snprintf(put + strlen(put), sizeof put - strlen(put), "%.*s|",
	    (int)len, p);
	return RH_OK;
}

static void
test_characters(void)
{
	const struct rh_host host = { .output = take_output };
	int64_t left = 12;
	struct output o = { .host = &host, .left = &left };

	put[0] = '\0';
	output_put(&o, "a\xe2", 2);
	output_put(&o, "\x82", 1);
	output_put(&o, "\xac" "b", 2);
	output_put(&o, "\xc3", 1);
	output_put(&o, "z\xf0\x9f", 3);
	CHECK_STR(put, "a|\xe2\x82\xac|b|\xc3|z|");
	put[0] = '\0';
	output_put(&o, "\x98\x80yy", 4);
	CHECK_STR(put, "\xf0\x9f\x98\x80|y|");
	CHECK(o.cut);
	output_put(&o, "n\xc3", 2);
	output_end(&o);
	CHECK_STR(put, "\xf0\x9f\x98\x80|y|");
}

const struct unit_test exec_tests[] = {
	{ "what a run gives is refused with its reason", test_words },
	{ "how the program ends is how the run does", test_ends },
	{ "a long error is cut", test_long_error },
	{ "lines of the protocol become reports", test_protocol },
	{ "the environment holds what was declared", test_environment },
	{ "a program reads and writes at once, up to its cap", test_input },
	{ "lines that begin with :: are taken out, however they come",
	  test_lines },
	{ "a line that is too long is no command", test_long_line },
	{ "characters stay whole, and nothing passes the cap",
	  test_characters },
	{ NULL, NULL },
};
