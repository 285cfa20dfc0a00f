/*
 * The files of a new plugin; that they build is shown by a scenario.
 */
#include "lib/unit.h"
#include "kit/template.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
test_names(void)
{
	static const char *const bad[] = {
		"", "A", "1a", "a b", "a.b", "a/b", "../a", "-a", "a\n", "host",
		"amplify", "abcdefghijklmnopqrstuvwxyzabcdefghijklmno", "\xc3\xa4",
	};
	static const char *const good[] = { "a", "a-b_c9", "greeter",
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmn" };
	struct template t = { .id = "org.example.x", .kinds = 3 };
	struct err err;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		t.name = bad[i];
		CHECK_INT(template_check(&t, &err), RH_EINPUT);
	}
	for (i = 0; i < sizeof good / sizeof good[0]; i++) {
		t.name = good[i];
		CHECK_OK(template_check(&t, &err), &err);
	}
	t.id = "runhost.x";
	CHECK_INT(template_check(&t, &err), RH_EINPUT);
	CHECK_HAS(err.msg, "reserved");
}

/* What is there in C for one kind, and not for the other. */
static void
test_kinds(void)
{
	struct template t = { .name = "abc", .id = "org.example.xyz" };
	struct buf name = { 0 }, text = { 0 };
	size_t part, files;

	for (t.kinds = 1; t.kinds <= 3; t.kinds++) {
		for (part = files = 0; template_file(&t, &part, &name, &text);
		    files++) {
			CHECK(strstr(text.p, "@NAME@") == NULL &&
			    strstr(text.p, "@ID@") == NULL);
			if (strcmp(name.p, "abc.c") != 0)
				continue;
			CHECK_HAS(text.p, ".id = \"org.example.xyz\"");
			CHECK_INT(strstr(text.p, "\"/abc\"") != NULL,
			    (t.kinds & TEMPLATE_RUNNER) != 0);
			CHECK_INT(strstr(text.p, "\"abc.greet\"") != NULL,
			    (t.kinds & TEMPLATE_ACTION) != 0);
		}
		CHECK_INT(files, 4);
	}
	buf_fini(&name);
	buf_fini(&text);
}

static void
test_written(void)
{
	struct template t = { .name = "abc", .id = "org.example.abc",
		.kinds = 3 };
	char was[4096];
	struct stat st;
	struct err err;

	if (!CHECK(getcwd(was, sizeof was) != NULL) ||
	    !CHECK_INT(chdir(unit_tmpdir()), 0))
		return;
	CHECK_OK(template_write(&t, &err), &err);
	CHECK(stat("abc/test.sh", &st) == 0 && (st.st_mode & 0100) != 0);
	CHECK(stat("abc/abc.c", &st) == 0 && st.st_size > 1000);
	CHECK_INT(truncate("abc/abc.c", 1), 0);
	CHECK_INT(template_write(&t, &err), RH_ECONFLICT);
	CHECK_HAS(err.msg, "\"abc\" exists already");
	CHECK(stat("abc/abc.c", &st) == 0 && st.st_size == 1);
	CHECK_INT(chdir(was), 0);
}

const struct unit_test kit_template_tests[] = {
	{ "names that fit nowhere are refused", test_names },
	{ "each kind has its pieces", test_kinds },
	{ "nothing is overwritten", test_written },
	{ NULL, NULL }
};
