/*
 * The checks of the unit tests where no test runs: one that doesn't hold
 * ends the process, which is how a fuzzer hears of it.
 */
#include "base/err.h"
#include "lib/unit.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char tmpdir[] = "/dev/shm/runhost-fuzz-XXXXXX";

bool
unit_check(bool held, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	if (held)
		return true;
	fprintf(stderr, "%s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

bool
unit_check_int(int64_t got, int64_t want, const char *expr, const char *file,
    int line)
{
	return unit_check(got == want, file, line, "%s", expr);
}

bool
unit_check_uint(uint64_t got, uint64_t want, const char *expr,
    const char *file, int line)
{
	return unit_check(got == want, file, line, "%s", expr);
}

bool
unit_check_ok(int32_t status, const struct err *err, const char *expr,
    const char *file, int line)
{
	if (status != RH_OK)
		fprintf(stderr, "%s\n", err != NULL ? err->msg : "");
	return unit_check(status == RH_OK, file, line, "%s", expr);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void
tmpdir_remove(void)
{
	nftw(tmpdir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *
unit_tmpdir(void)
{
	static bool made;

	if (!made && mkdtemp(tmpdir) == NULL)
		abort();
	if (!made)
		atexit(tmpdir_remove);
	made = true;
	return tmpdir;
}
