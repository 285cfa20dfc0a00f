/*
 * Unit tests: tables of named functions, run by CUnit, reported as TAP.
 * A failing check prints both values and the test goes on.
 *
 *	unit [-l] [PATTERN]	-l lists; PATTERN: part of "suite: test"
 */
#ifndef LIB_UNIT_H
#define LIB_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unit_test {
	const char *name;	/* a sentence without full stop */
	void	(*run)(void);
};

struct unit_suite {
	const char *name;	/* "folder/module" */
	const struct unit_test *tests;	/* ended by a NULL name */
};

/* suites is ended by a NULL name.  The exit status of main(). */
int	unit_main(const struct unit_suite *suites, int argc, char **argv);

/* Marks the running test as skipped; it still has to return. */
void	unit_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * A new empty directory for the running test, removed with all its content
 * when the test ends.  Borrowed until then; one a test.
 */
const char *unit_tmpdir(void);

#define CHECK(cond) \
	unit_check((cond), __FILE__, __LINE__, "%s", #cond)
#define CHECK_INT(got, want) \
	unit_check_int((got), (want), #got, __FILE__, __LINE__)
#define CHECK_UINT(got, want) \
	unit_check_uint((got), (want), #got, __FILE__, __LINE__)
#define CHECK_STR(got, want) \
	unit_check_str((got), (want), #got, __FILE__, __LINE__)
/* want is a part of got */
#define CHECK_HAS(got, want) \
	unit_check_has((got), (want), #got, __FILE__, __LINE__)
#define CHECK_BYTES(got, want, len) \
	unit_check_bytes((got), (want), (len), #got, __FILE__, __LINE__)
/* A call that must succeed; prints the message of the struct err if not. */
#define CHECK_OK(call, err) \
	unit_check_ok((call), (err), #call, __FILE__, __LINE__)

/* Each returns whether it held, for tests that cannot go on otherwise. */
struct err;
bool	unit_check(bool, const char *file, int line, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));
bool	unit_check_int(int64_t got, int64_t want, const char *expr,
	    const char *file, int line);
bool	unit_check_uint(uint64_t got, uint64_t want, const char *expr,
	    const char *file, int line);
bool	unit_check_str(const char *got, const char *want, const char *expr,
	    const char *file, int line);
bool	unit_check_has(const char *got, const char *want, const char *expr,
	    const char *file, int line);
bool	unit_check_bytes(const void *got, const void *want, size_t len,
	    const char *expr, const char *file, int line);
bool	unit_check_ok(int32_t status, const struct err *, const char *expr,
	    const char *file, int line);

#endif
