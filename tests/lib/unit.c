/*
 * CUnit keeps the tests and their failures; this file prints them as TAP
 * and adds what CUnit lacks: both values, a time limit, temporary folders.
 */
#include "lib/unit.h"

#include "base/err.h"
#include "base/mem.h"

#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SECONDS_PER_TEST 240

static int	done;			/* tests reported */
static int	failed;
static char	skipped[256];		/* why the running test is skipped */
static char	tmpdir[128];		/* of the running test, or "" */
static char	running[256];		/* to be named when it does not end */
static pid_t	self;

bool
unit_check(bool held, const char *file, int line, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return CU_assertImplementation(held, (unsigned)line, text, file, "",
	    CU_FALSE);
}

bool
unit_check_int(int64_t got, int64_t want, const char *expr, const char *file,
    int line)
{
	return unit_check(got == want, file, line, "%s is %lld, not %lld",
	    expr, (long long)got, (long long)want);
}

bool
unit_check_uint(uint64_t got, uint64_t want, const char *expr,
    const char *file, int line)
{
	return unit_check(got == want, file, line, "%s is %llu, not %llu",
	    expr, (unsigned long long)got, (unsigned long long)want);
}

bool
unit_check_str(const char *got, const char *want, const char *expr,
    const char *file, int line)
{
	bool same;

	same = got == want ||
	    (got != NULL && want != NULL && strcmp(got, want) == 0);
	return unit_check(same, file, line, "%s is \"%s\", not \"%s\"", expr,
	    got != NULL ? got : "(NULL)", want != NULL ? want : "(NULL)");
}

bool
unit_check_has(const char *got, const char *want, const char *expr,
    const char *file, int line)
{
	return unit_check(got != NULL && strstr(got, want) != NULL, file,
	    line, "%s is \"%s\", without \"%s\"", expr,
	    got != NULL ? got : "(NULL)", want);
}

bool
unit_check_bytes(const void *got, const void *want, size_t len,
    const char *expr, const char *file, int line)
{
	const unsigned char *g = got, *w = want;
	size_t i;

	for (i = 0; i < len && g[i] == w[i]; i++)
		continue;
	return unit_check(i == len, file, line,
	    "%s differs at byte %zu of %zu: %02x, not %02x", expr, i, len,
	    i < len ? g[i] : 0, i < len ? w[i] : 0);
}

bool
unit_check_ok(int32_t status, const struct err *err, const char *expr,
    const char *file, int line)
{
	/* Only a failure fills err. */
	const char *why = status != RH_OK && err != NULL ? err->msg : "";

	return unit_check(status == RH_OK, file, line, "%s answers %d: %s",
	    expr, (int)status, why);
}

void
unit_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(skipped, sizeof skipped, fmt, ap);
	va_end(ap);
}

/* In memory, if there is room: thousands of ledgers are no disk's business. */
static const char *
tmp_base(void)
{
	const char *set = getenv("TMPDIR");
	struct statvfs f;

	if (set != NULL && set[0] == '/')
		return set;
	if (access("/dev/shm", W_OK | X_OK) != 0 ||
	    statvfs("/dev/shm", &f) != 0 || (f.f_flag & ST_NOEXEC) ||
	    f.f_bavail < (UINT64_C(1) << 30) / f.f_frsize)
		return "/tmp";
	return "/dev/shm";
}

const char *
unit_tmpdir(void)
{
	if (tmpdir[0] != '\0')
		return tmpdir;
	snprintf(tmpdir, sizeof tmpdir, "%.80s/runhost-unit-XXXXXX",
	    tmp_base());
	if (mkdtemp(tmpdir) == NULL) {
		printf("Bail out! mkdtemp: %s\n", strerror(errno));
		exit(1);
	}
	return tmpdir;
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
	if (tmpdir[0] != '\0')
		nftw(tmpdir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	tmpdir[0] = '\0';
}

/*
 * Names the test that hangs or crashes.  Only async-signal-safe calls, as
 * the test may hold any lock; a child that crashes may be what is wanted.
 */
static void
on_fatal(int sig)
{
	const char *why = sig == SIGALRM ? "\nBail out! time limit in: " :
	    "\nBail out! crashed in: ";
	ssize_t n;

	if (getpid() == self) {
		n = write(STDOUT_FILENO, why, strlen(why));
		n = write(STDOUT_FILENO, running, strlen(running));
		n = write(STDOUT_FILENO, "\n", 1);
		(void)n;
	}
	raise(sig);		/* SA_RESETHAND: now the default */
}

/* Sanitizers report a crash themselves, with more than we know. */
static void
signals_init(void)
{
	static const int fatal[] = { SIGALRM,
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
		SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT,
#endif
	};
	struct sigaction sa = { .sa_handler = on_fatal,
		.sa_flags = SA_RESETHAND };
	size_t i;

	self = getpid();
	for (i = 0; i < ARRAY_LEN(fatal); i++)
		sigaction(fatal[i], &sa, NULL);
}

static void
on_start(const CU_pTest test, const CU_pSuite suite)
{
	snprintf(running, sizeof running, "%s: %s", suite->pName, test->pName);
	skipped[0] = '\0';
	alarm(SECONDS_PER_TEST);
}

static void
on_complete(const CU_pTest test, const CU_pSuite suite,
    const CU_pFailureRecord first)
{
	CU_pFailureRecord f;

	alarm(0);
	tmpdir_remove();
	printf("%sok %d - %s: %s%s%s\n", first != NULL ? "not " : "", ++done,
	    suite->pName, test->pName, skipped[0] != '\0' ? " # SKIP " : "",
	    skipped);
	if (first != NULL)
		failed++;
	for (f = first; f != NULL; f = f->pNext)
		printf("# %s:%u: %s\n", f->strFileName, f->uiLineNumber,
		    f->strCondition);
	fflush(stdout);
}

static bool
is_wanted(const char *suite, const char *test, const char *pattern)
{
	char name[512];

	snprintf(name, sizeof name, "%s: %s", suite, test);
	return pattern == NULL || strstr(name, pattern) != NULL;
}

/* Registers the wanted tests with CUnit, or lists them; their number. */
static int
tests_add(const struct unit_suite *suite, const char *pattern, bool list)
{
	const struct unit_test *t;
	CU_pSuite cu = NULL;
	int n = 0;

	for (t = suite->tests; t->name != NULL; t++) {
		if (!is_wanted(suite->name, t->name, pattern))
			continue;
		n++;
		if (list) {
			printf("%s: %s\n", suite->name, t->name);
			continue;
		}
		if (cu == NULL)
			cu = CU_add_suite(suite->name, NULL, NULL);
		if (cu == NULL || CU_add_test(cu, t->name, t->run) == NULL) {
			printf("Bail out! CUnit: %s\n", CU_get_error_msg());
			exit(1);
		}
	}
	return n;
}

int
unit_main(const struct unit_suite *suites, int argc, char **argv)
{
	const struct unit_suite *s;
	bool list = false;
	int n = 0, i = 1;

	if (i < argc && strcmp(argv[i], "-l") == 0) {
		list = true;
		i++;
	}
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	for (s = suites; s->name != NULL; s++)
		n += tests_add(s, argv[i], list);
	if (list)
		return 0;
	printf("1..%d\n", n);
	fflush(stdout);
	signals_init();
	CU_set_test_start_handler(on_start);
	CU_set_test_complete_handler(on_complete);
	CU_run_all_tests();
	CU_cleanup_registry();
	return n == 0 || failed != 0 || done != n;
}
