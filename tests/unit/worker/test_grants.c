/*
 * What a granted program brings along: its interpreter, its loader.
 */
#include "lib/unit.h"

#include "base/mem.h"
#include "worker/grants.h"
#include "worker/interpreter.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The linker may put the name behind anything. */
static void
test_interpreter(void)
{
	const Elf64_Phdr interp = { .p_type = PT_INTERP, .p_offset = 8000,
		.p_filesz = sizeof "/lib/ld.so" };
	const Elf64_Ehdr head = { .e_ident = { 0x7f, 'E', 'L', 'F',
		ELFCLASS64 }, .e_phoff = sizeof head, .e_phnum = 1,
		.e_phentsize = sizeof interp };
	char *found;
	char path[300];
	int fd;

	snprintf(path, sizeof path, "%s/program", unit_tmpdir());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0700);
	CHECK(pwrite(fd, &head, sizeof head, 0) == sizeof head &&
	    pwrite(fd, &interp, sizeof interp, sizeof head) == sizeof interp);
	CHECK(interpreter_of(fd) == NULL);
	CHECK(pwrite(fd, "/lib/ld.so", sizeof "/lib/ld.so", 8000) > 0);
	if (CHECK((found = interpreter_of(fd)) != NULL))
		CHECK_STR(found, "/lib/ld.so");
	free(found);
	close(fd);
	fd = open("/", O_PATH | O_CLOEXEC);
	CHECK(interpreter_of(fd) == NULL);
	close(fd);
}

/* What a program names as its interpreter comes along, or not. */
static void
check_brought(const char *script, bool is_written, const char *want)
{
	struct profile_path path = { .use = PATH_EXEC, .path = script,
		.is_written = is_written };
	const struct worker_profile p = { .paths = &path, .path_count = 1 };
	struct grants g = { 0 };
	char brought[800] = "";
	struct err err;
	size_t i;

	CHECK_OK(grants_open(&g, &p, &err), &err);
	for (i = 0; i < g.count; i++)
		if (strcmp(g.list[i].path, script) != 0)
			snprintf(brought + strlen(brought), sizeof brought -
			    strlen(brought), "%s ", g.list[i].path);
	CHECK_STR(brought, want);
	grants_close(&g);
}

static void
test_brought(void)
{
	static const char *const not_programs[] = { "/", "/proc", "/etc",
		"/etc/passwd", "/dev/null" };
	char path[300];
	FILE *f;
	size_t i;

	snprintf(path, sizeof path, "%s/script", unit_tmpdir());
	for (i = 0; i < ARRAY_LEN(not_programs); i++) {
		f = fopen(path, "w");
		fprintf(f, "#!%s\n", not_programs[i]);
		fclose(f);
		check_brought(path, false, "");
	}
	f = fopen(path, "w");
	fprintf(f, "#! /usr/bin/env sh\n");
	fclose(f);
	check_brought(path, true, "");
	check_brought(path, false, "/usr/bin/env "
	    "/lib64/ld-linux-x86-64.so.2 ");
}

const struct unit_test worker_grants_tests[] = {
	{ "a program's loader is found wherever its name is",
	    test_interpreter },
	{ "a program brings programs only, and none that it may write",
	    test_brought },
	{ NULL, NULL },
};
