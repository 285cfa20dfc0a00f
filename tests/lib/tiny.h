/*
 * The smallest shared object that passes for a plugin's file, where a test
 * wants one that no worker will open.
 */
#ifndef LIB_TINY_H
#define LIB_TINY_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { TINY_ALL, TINY_DYNAMIC, TINY_STACK, TINY_SEGMENTS };
enum { TINY_STRTAB, TINY_STRSZ, TINY_NEEDED, TINY_SPARE, TINY_NULL,
    TINY_ENTRIES };

struct tiny {
	Elf64_Ehdr head;
	Elf64_Phdr seg[TINY_SEGMENTS];
	Elf64_Dyn dyn[TINY_ENTRIES];
	char	strings[64];	/* "", "libc.so.6" and, from SALT on, any */
};

#define TINY_SALT	16

static inline Elf64_Phdr
tiny_segment(uint32_t type, uint32_t flags, size_t at, size_t len)
{
	return (Elf64_Phdr){ .p_type = type, .p_flags = flags, .p_offset = at,
	    .p_vaddr = at, .p_filesz = len, .p_memsz = len, .p_align = 8 };
}

/* Files with another salt have other digests. */
static inline struct tiny
tiny_object(const char *salt)
{
	static const Elf64_Half machine =
#if defined(__x86_64__)
	    EM_X86_64;
#elif defined(__aarch64__)
	    EM_AARCH64;
#elif defined(__riscv)
	    EM_RISCV;
#elif defined(__powerpc64__)
	    EM_PPC64;
#else
	    EM_S390;
#endif
	const size_t dyn = offsetof(struct tiny, dyn);
	struct tiny t;

	memset(&t, 0, sizeof t);
	memcpy(t.head.e_ident, ELFMAG, SELFMAG);
	t.head.e_ident[EI_CLASS] = ELFCLASS64;
	t.head.e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ?
	    ELFDATA2LSB : ELFDATA2MSB;
	t.head.e_ident[EI_VERSION] = EV_CURRENT;
	t.head.e_type = ET_DYN;
	t.head.e_machine = machine;
	t.head.e_version = EV_CURRENT;
	t.head.e_ehsize = sizeof t.head;
	t.head.e_phentsize = sizeof t.seg[0];
	t.head.e_phnum = TINY_SEGMENTS;
	t.head.e_phoff = offsetof(struct tiny, seg);
	t.seg[TINY_ALL] = tiny_segment(PT_LOAD, PF_R, 0, sizeof t);
	t.seg[TINY_ALL].p_align = 65536;
	t.seg[TINY_DYNAMIC] = tiny_segment(PT_DYNAMIC, PF_R, dyn,
	    sizeof t.dyn);
	t.seg[TINY_STACK] = tiny_segment(PT_GNU_STACK, PF_R | PF_W, 0, 0);
	t.dyn[TINY_STRTAB].d_tag = DT_STRTAB;
	t.dyn[TINY_STRTAB].d_un.d_ptr = offsetof(struct tiny, strings);
	t.dyn[TINY_STRSZ].d_tag = DT_STRSZ;
	t.dyn[TINY_STRSZ].d_un.d_val = sizeof t.strings;
	t.dyn[TINY_NEEDED].d_tag = DT_NEEDED;
	t.dyn[TINY_NEEDED].d_un.d_val = 1;
	t.dyn[TINY_SPARE].d_tag = DT_SONAME;
	memcpy(t.strings + 1, "libc.so.6", 9);
	memcpy(t.strings + TINY_SALT, salt, strlen(salt));
	return t;
}

static inline bool
tiny_write(int fd, const char *salt)
{
	struct tiny t = tiny_object(salt);

	return write(fd, &t, sizeof t) == (ssize_t)sizeof t;
}

#endif
