/* The heap, arenas and buffers. */
#include "lib/unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_mem(void)
{
	char *p, *q;

	p = mem_strndup("abcdef", 3);
	CHECK_STR(p, "abc");
	q = mem_printf("%s-%d", p, 5);
	CHECK_STR(q, "abc-5");
	free(p);
	free(q);
	p = mem_zalloc(100);
	CHECK(p[0] == 0 && p[99] == 0);
	p = mem_realloc(p, 0);
	CHECK(p != NULL);
	free(p);
	p = mem_dup(NULL, 0);
	CHECK(p != NULL);
	free(p);
}

#define CAME_BACK 42

/* In a child, as it ends the process; its words are not for the report. */
static void
test_mem_exhausted(void)
{
	const struct rlimit no_core = { 0, 0 };
	void *volatile kept;
	int status = 0;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		close(STDERR_FILENO);
		/* volatile: a compiler may drop what nobody uses */
		kept = mem_calloc(SIZE_MAX / 2, 3);
		_exit(CAME_BACK);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	(void)kept;
	CHECK(!WIFEXITED(status) || WEXITSTATUS(status) != CAME_BACK);
}

static void
test_arena_aligned(void)
{
	struct arena a = { 0 };
	char *p[300];
	size_t i, j;

	for (i = 0; i < ARRAY_LEN(p); i++) {
		p[i] = arena_alloc(&a, i);
		CHECK((uintptr_t)p[i] % 16 == 0);
		memset(p[i], (int)(i & 0x7f), i);
	}
	for (i = 0; i < ARRAY_LEN(p); i++)
		for (j = 0; j < i; j++)
			if (p[i][j] != (char)(i & 0x7f)) {
				CHECK_INT(p[i][j], i & 0x7f);
				break;
			}
	arena_fini(&a);
	CHECK(a.head == NULL);
	CHECK_UINT(a.used, 0);
}

static void
test_arena_large(void)
{
	struct arena a;
	struct arena_block *head;
	char *small, *large;

	arena_init(&a);
	small = arena_alloc(&a, 16);
	head = a.head;
	large = arena_zalloc(&a, 1000000);
	CHECK_INT(large[999999], 0);
	CHECK(a.head == head);
	/* The room left beside the small piece is used on. */
	CHECK((char *)arena_alloc(&a, 16) == small + 16);
	CHECK_UINT(a.used, 1000032);
	arena_fini(&a);
}

static void
test_arena_text(void)
{
	struct arena a = { 0 };
	char *long_text;

	CHECK_STR(arena_strdup(&a, "abc"), "abc");
	CHECK_STR(arena_strndup(&a, "abcdef", 2), "ab");
	CHECK_STR(arena_strndup(&a, NULL, 0), "");
	CHECK_STR(arena_printf(&a, "%d %s", 4, "x"), "4 x");
	long_text = arena_printf(&a, "%10000d", 1);
	CHECK_UINT(strlen(long_text), 10000);
	CHECK_BYTES(arena_dup(&a, "a\0b", 3), "a\0b", 3);
	arena_fini(&a);
}

static void
test_buf(void)
{
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < 1000; i++)
		buf_addc(&b, (char)('a' + i % 26));
	CHECK_UINT(b.len, 1000);
	CHECK_UINT(strlen(b.p), 1000);
	buf_clear(&b);
	CHECK_STR(b.p, "");
	buf_adds(&b, "one ");
	buf_printf(&b, "%d %200s", 2, "x");
	CHECK_UINT(b.len, 206);
	CHECK_HAS(b.p, "one 2 ");
	buf_add(&b, NULL, 0);
	CHECK_UINT(b.len, 206);
	buf_fini(&b);
	CHECK(b.p == NULL);
}

static void
test_buf_take(void)
{
	struct buf b;
	char *p;

	buf_init(&b);
	p = buf_take(&b);
	CHECK_STR(p, "");
	free(p);
	buf_add(&b, "a\0b", 3);
	p = buf_take(&b);
	CHECK_BYTES(p, "a\0b", 4);
	CHECK(b.p == NULL && b.len == 0 && b.cap == 0);
	free(p);
}

static void
test_buf_reserve(void)
{
	struct buf b = { 0 };
	char *p;

	buf_reserve(&b, 5000);
	p = b.p;
	CHECK(b.cap > 5000);
	for (size_t i = 0; i < 5000; i++)
		buf_addc(&b, 'x');
	CHECK(b.p == p);
	buf_fini(&b);
}

const struct unit_test base_mem_tests[] = {
	{ "heap helpers copy, format and clear", test_mem },
	{ "running out of memory ends the process", test_mem_exhausted },
	{ "an arena's pieces are aligned and apart", test_arena_aligned },
	{ "a large piece leaves the room beside it", test_arena_large },
	{ "an arena copies and formats text", test_arena_text },
	{ "a buffer grows and always ends in NUL", test_buf },
	{ "a buffer gives its memory away", test_buf_take },
	{ "reserved room is used without moving", test_buf_reserve },
	{ NULL, NULL },
};
