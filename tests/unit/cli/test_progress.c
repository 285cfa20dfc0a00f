#include "cli/progress.h"

#include "base/buf.h"
#include "lib/unit.h"

#include <stdio.h>
#include <stdlib.h>

static void
bar(int64_t percent, const char *stage, const char *message, int width,
    const char *want)
{
	struct progress_report r = { percent, stage, message };
	struct buf out = { 0 };

	progress_bar(&out, &r, width);
	CHECK_STR(out.p, want);
	buf_fini(&out);
}

static void
line(int64_t percent, const char *stage, const char *message,
    const char *want)
{
	struct progress_report r = { percent, stage, message };
	struct buf out = { 0 };

	progress_line(&out, &r);
	CHECK_STR(out.p, want);
	buf_fini(&out);
}

static void
test_bar(void)
{
	bar(0, NULL, NULL, 80, "[--------------------]   0 %");
	bar(60, "EXECUTING", "half way", 80,
	    "[############--------]  60 % EXECUTING  half way");
	bar(100, "DONE", "", 80, "[####################] 100 % DONE");
	bar(99, "X", NULL, 80, "[###################-]  99 % X");
}

static void
test_bar_width(void)
{
	bar(60, "EXECUTING", "half way", 33,
	    "[############--------]  60 % EXEC");
	/* A character of several bytes is kept or dropped whole. */
	bar(5, "\xc3\xa4\xc3\xb6\xc3\xbc", NULL, 30,
	    "[#-------------------]   5 % \xc3\xa4");
}

static void
test_range(void)
{
	bar(-5, NULL, NULL, 80, "[--------------------]   0 %");
	bar(500, NULL, NULL, 80, "[####################] 100 %");
}

static void
test_line(void)
{
	line(60, "EXECUTING", "half way", "EXECUTING 60 % half way");
	line(5, "VALIDATING", NULL, "VALIDATING 5 %");
	line(5, NULL, NULL, "PROGRESS 5 %");
}

static void
test_control(void)
{
	line(5, "A\x1b[2J", "two\nlines\r", "A\\x1b[2J 5 % two\\nlines\\x0d");
	line(5, "A", "\xc2\x9b" "2J", "A 5 % \\x9b2J");
}

static void
test_stream(void)
{
	struct progress_report one = { 5, "VALIDATING", NULL };
	struct progress p;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	progress_init(&p, f);
	progress_show(&p, &one);
	progress_note(&p, "cancel requested");
	progress_end(&p);
	fclose(f);
	CHECK_STR(text, "VALIDATING 5 %\ncancel requested\n");
	free(text);
}

static void
test_terminal(void)
{
	struct progress_report one = { 5, "VALIDATING", NULL };
	struct progress_report two = { 100, "DONE", NULL };
	struct progress p;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	progress_init(&p, f);
	p.width = 40;
	progress_show(&p, &one);
	progress_show(&p, &two);
	progress_note(&p, "over");
	fclose(f);
	CHECK_STR(text, "\r\x1b[K[#-------------------]   5 % VALIDATING"
	    "\r\x1b[K[####################] 100 % DONE\nover\n");
	free(text);
}

const struct unit_test cli_progress_tests[] = {
	{ "the bar shows percent, stage and message", test_bar },
	{ "the bar never takes a second line", test_bar_width },
	{ "a percent out of range is drawn at the end of the bar", test_range },
	{ "without a terminal each report is a plain line", test_line },
	{ "text of a plugin can't move the cursor", test_control },
	{ "reports to a file are whole lines", test_stream },
	{ "on a terminal one line is drawn again and again", test_terminal },
	{ NULL, NULL }
};
