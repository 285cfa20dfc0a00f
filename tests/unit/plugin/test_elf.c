/*
 * Which objects may be given to the loader: a sound one, altered in one
 * place each; and a real plugin, altered and cut everywhere.
 */
#include "lib/tiny.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "plugin/elf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Checks a copy of exactly these bytes, where a sanitizer sees the ends. */
static rh_status
check(const void *bytes, size_t len, elf_more more, struct err *err)
{
	uint8_t *copy = mem_alloc(len + 1);
	rh_status rc;

	memcpy(copy + 1, bytes, len);
	*err = (struct err){ .status = RH_OK };
	rc = elf_check_bytes(copy + 1, len, more, err);
	free(copy);
	return rc;
}

static void
test_sound(void)
{
	struct tiny t = tiny_object("x");
	struct err err;

	CHECK_OK(check(&t, sizeof t, NULL, &err), &err);
}

static void
head(struct tiny *t, int i)
{
	switch (i) {
	case 0: t->head.e_ident[0] = 'E'; break;
	case 1: t->head.e_ident[EI_CLASS] = ELFCLASS32; break;
	case 2: t->head.e_ident[EI_DATA] ^= 3; break;
	case 3: t->head.e_machine ^= 0x55; break;
	case 4: t->head.e_type = ET_EXEC; break;
	case 5: t->head.e_phentsize = 32; break;
	case 6: t->head.e_phnum = 0; break;
	case 7: t->head.e_phnum = 65; break;
	case 8: t->head.e_phoff = sizeof *t - 8; break;
	case 9: t->head.e_phoff = UINT64_MAX - 7; break;
	case 10: t->head.e_phoff += 1; break;
	case 11: t->head.e_ident[EI_OSABI] = ELFOSABI_FREEBSD; break;
	}
}

static void
segment(struct tiny *t, int i)
{
	Elf64_Phdr *all = &t->seg[TINY_ALL], *dyn = &t->seg[TINY_DYNAMIC];
	Elf64_Phdr *stack = &t->seg[TINY_STACK];

	switch (i) {
	case 0: all->p_filesz = all->p_memsz = sizeof *t + 1; break;
	case 1: all->p_offset = UINT64_MAX; break;
	case 2: all->p_memsz -= 8; break;
	case 3: all->p_vaddr = UINT64_MAX - 65535; break;
	case 4: all->p_align = 3 << 16; break;
	case 5: all->p_align = 8; break;
	case 6: all->p_vaddr += 64; break;
	case 7: all->p_flags = PF_R | PF_W | PF_X; break;
	case 8: all->p_type = PT_NULL; break;
	case 9: dyn->p_type = PT_NULL; break;
	case 10: dyn->p_type = PT_INTERP; break;
	case 11: stack->p_type = PT_NULL; break;
	case 12: stack->p_flags |= PF_X; break;
	case 13: *stack = *dyn; break;
	case 14: *dyn = *all; break;
	case 15: dyn->p_vaddr += 16; break;
	case 16: dyn->p_offset += 4; dyn->p_vaddr += 4; break;
	case 17: dyn->p_filesz = 16; break;
	case 18: dyn->p_filesz = 0; break;
	}
}

static void
dynamic(struct tiny *t, int i)
{
	Elf64_Dyn *spare = &t->dyn[TINY_SPARE];

	strcpy(t->strings + TINY_SALT, "/opt/lib");
	*spare = (Elf64_Dyn){ DT_SONAME, { TINY_SALT } };
	switch (i) {
	case 0: spare->d_tag = DT_RPATH; break;
	case 1: spare->d_tag = DT_RUNPATH; break;
	case 2: spare->d_tag = DT_AUDIT; break;
	case 3: spare->d_tag = DT_DEPAUDIT; break;
	case 4: spare->d_tag = DT_AUXILIARY; break;
	case 5: spare->d_tag = DT_FILTER; break;
	case 6: spare->d_tag = DT_NEEDED; break;
	case 7: spare->d_tag = DT_TEXTREL; break;
	case 8: spare->d_tag = DT_FLAGS; spare->d_un.d_val = DF_TEXTREL; break;
	case 9: spare->d_tag = DT_FLAGS_1; spare->d_un.d_val = 0x08000000; break;
	case 10: spare->d_tag = DT_FLAGS_1; spare->d_un.d_val = DF_1_NOOPEN; break;
	case 11: spare->d_tag = DT_NEEDED; spare->d_un.d_val = 64; break;
	case 12: spare->d_tag = DT_RUNPATH; t->strings[TINY_SALT] = '\n'; break;
	case 13: spare->d_tag = DT_STRTAB; break;
	case 14: t->dyn[TINY_STRSZ].d_tag = DT_SYMENT; break;
	case 15: t->dyn[TINY_STRTAB].d_un.d_ptr = 1 << 20; break;
	case 16: t->dyn[TINY_STRSZ].d_un.d_val = UINT64_MAX; break;
	case 17: t->dyn[TINY_STRSZ].d_un.d_val = 0; break;
	case 18: t->strings[sizeof t->strings - 1] = 'x'; break;
	case 19: t->dyn[TINY_NULL].d_tag = DT_DEBUG; break;
	}
}

static const char *const head_words[] = {
	"is not an ELF file", "its ELF class is 1, not 2", "its ELF byte order",
	"its ELF machine is ", "its ELF type is 2, not 3",
	"its ELF program header size is 32, not 56",
	"has 0 program headers, not 1 to 64",
	"has 65 program headers, not 1 to 64", "3 program headers at byte ",
	"3 program headers at byte 18446744073709551608 are beyond the",
	"program headers at byte 65 ", "its ELF system (OS/ABI) is 9, not 0",
	NULL
};
static const char *const segment_words[] = {
	"segment 0 has 377 bytes at byte 0, beyond the 376 of the file",
	"segment 0 has 376 bytes at byte 18446744073709551615, beyond",
	"segment 0 has more bytes in the file (376) than in memory (368)",
	"segment 0 has 376 bytes at address 0xffffffffffff0000, above",
	"segment 0 is aligned to 196608", "segment 0 at address 0x0, byte 0, is "
	"not aligned to pages of ", "segment 0 at address 0x40, byte 0, is not",
	"segment 0 is writable and executable",
	"has no segment that is loaded", "has no dynamic section",
	"is a program (it names an interpreter), not a shared object",
	"doesn't say whether its stack is executable (no segment GNU_STACK)",
	"wants an executable stack (flags 7 of GNU_STACK)",
	"has two segments DYNAMIC",
	"begins before 0x", "dynamic section of 80 bytes at address 0x",
	"is in no segment, or not aligned",
	"dynamic section of 1 entries has no end, or more than 1024",
	"dynamic section of 0 entries has no end", NULL
};
static const char *const dynamic_words[] = {
	"has RPATH \"/opt/lib\"; rebuild without -rpath",
	"has RUNPATH \"/opt/lib\"; rebuild without -rpath",
	"has AUDIT \"/opt/lib\"; rebuild without --audit",
	"has DEPAUDIT \"/opt/lib\"; rebuild without --depaudit",
	"has AUXILIARY \"/opt/lib\"; rebuild without --auxiliary",
	"has FILTER \"/opt/lib\"; rebuild without --filter",
	"needs library \"/opt/lib\"",
	"relocates its code (TEXTREL); rebuild with -fPIC",
	"relocates its code (TEXTREL); rebuild with -fPIC",
	"is a program (PIE), not a shared object",
	"forbids dlopen (NOOPEN); rebuild without -z nodlopen",
	"needs library \"(beyond the string table)\"",
	"has RUNPATH \"(can't be shown)\"",
	"has 2 string tables and 1 sizes of them, not one of each",
	"has 1 string tables and 0 sizes of them, not one of each",
	"string table of 64 bytes at address 0x100000 is in no segment",
	"string table of 18446744073709551615 bytes", "string table of 0 bytes",
	"or has no end", "dynamic section of 5 entries has no end", NULL
};

static void
refused(void (*alter)(struct tiny *, int), const char *const *words)
{
	struct tiny t;
	struct err err;
	int i;

	for (i = 0; words[i] != NULL; i++) {
		t = tiny_object("x");
		alter(&t, i);
		CHECK_INT(check(&t, sizeof t, NULL, &err), RH_EPLUGIN);
		CHECK_HAS(err.msg, words[i]);
	}
}

static void
test_header(void)
{
	refused(head, head_words);
}

static void
test_segments(void)
{
	refused(segment, segment_words);
}

static void
test_dynamic(void)
{
	refused(dynamic, dynamic_words);
}

static void
test_libraries(void)
{
	static const char *const more[] = { "libx.so.1", "libcurl.so.4", NULL };
	struct tiny t = tiny_object("libcurl.so.4");
	struct err err;

	t.dyn[TINY_SPARE] = (Elf64_Dyn){ DT_NEEDED, { TINY_SALT } };
	CHECK_INT(check(&t, sizeof t, NULL, &err), RH_EPLUGIN);
	CHECK_STR(err.msg, "needs library \"libcurl.so.4\"");
	CHECK_HAS(err.hint, "\"plugins.needed_libraries\"");
	CHECK_OK(check(&t, sizeof t, more, &err), &err);
	memcpy(t.strings + TINY_SALT, "libm.so.6", 10);
	CHECK_OK(check(&t, sizeof t, NULL, &err), &err);
	t.dyn[TINY_SPARE].d_un.d_val += 1;
	CHECK_INT(check(&t, sizeof t, more, &err), RH_EPLUGIN);
	CHECK_STR(err.msg, "needs library \"ibm.so.6\"");
}

/* A plugin as it was built; NULL: isn't there. */
static uint8_t *
built(const char *name, size_t *len)
{
	const char *top = getenv("TOP_BUILDDIR");
	uint8_t *bytes = NULL;
	char path[512];
	struct stat st;
	int fd;

	snprintf(path, sizeof path, "%s/.libs/%s.so", top != NULL ? top : ".",
	    name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!CHECK(fd >= 0 && fstat(fd, &st) == 0))
		return NULL;
	*len = (size_t)st.st_size;
	bytes = mem_alloc(*len);
	CHECK_INT(read(fd, bytes, *len), (int64_t)*len);
	close(fd);
	return bytes;
}

static void
test_built(void)
{
	static const char *const names[] = { "runner_mock", "runner_echo",
	    "action_hello", "test_probe", "test_stuck", "test_future" };
	uint8_t *bytes;
	struct err err;
	size_t i, len;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		if ((bytes = built(names[i], &len)) == NULL)
			continue;
		CHECK_OK(check(bytes, len, NULL, &err), &err);
		free(bytes);
	}
}

/* Where the last byte that is loaded ends. */
static size_t
loaded(const uint8_t *bytes)
{
	Elf64_Ehdr h;
	Elf64_Phdr s;
	size_t i, end = 0;

	memcpy(&h, bytes, sizeof h);
	for (i = 0; i < h.e_phnum; i++) {
		memcpy(&s, bytes + h.e_phoff + i * sizeof s, sizeof s);
		if (s.p_type == PT_LOAD && s.p_offset + s.p_filesz > end)
			end = s.p_offset + s.p_filesz;
	}
	return end;
}

static void
test_cut(void)
{
	size_t len, at, end, wrong = 0;
	uint8_t *bytes = built("runner_mock", &len);
	struct err err;

	if (bytes == NULL)
		return;
	end = loaded(bytes);
	CHECK(end > 0 && end < len);
	for (at = 1; at < len; at += at < 512 ? 1 : 61)
		if ((check(bytes, at, NULL, &err) == RH_OK) != (at >= end))
			wrong++;
	CHECK_UINT(wrong, 0);
	CHECK_INT(check(bytes, end - 1, NULL, &err), RH_EPLUGIN);
	CHECK_OK(check(bytes, end, NULL, &err), &err);
	free(bytes);
}

/* Refused with a reason, or one that the loader may see: never a fault. */
static void
test_mutants(void)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };
	size_t len, at, i, refusals = 0, silent = 0;
	uint8_t *bytes = built("runner_mock", &len);
	struct err err;

	for (at = 0; bytes != NULL && at < len; at += at < 1024 ? 1 : 512) {
		for (i = 0; i < ARRAY_LEN(masks); i++) {
			bytes[at] ^= masks[i];
			if (check(bytes, len, NULL, &err) != RH_OK) {
				refusals++;
				silent += err.msg[0] == '\0';
			}
			bytes[at] ^= masks[i];
		}
	}
	CHECK(refusals > 200);
	CHECK_UINT(silent, 0);
	free(bytes);
}

const struct unit_test plugin_elf_tests[] = {
	{ "the smallest shared object is sound", test_sound },
	{ "what the header says wrongly is named", test_header },
	{ "what a segment says wrongly is named", test_segments },
	{ "paths, auditors and the like are named with what they say",
	  test_dynamic },
	{ "only libraries of the list may be needed", test_libraries },
	{ "plugins that were built here are sound", test_built },
	{ "a plugin that was cut is refused where its segments end", test_cut },
	{ "a plugin that was altered anywhere is refused or whole",
	  test_mutants },
	{ NULL, NULL },
};
