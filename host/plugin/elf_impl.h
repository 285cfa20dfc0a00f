/*
 * What the two halves of the ELF check share.  Private to them.
 */
#ifndef PLUGIN_ELF_IMPL_H
#define PLUGIN_ELF_IMPL_H

#include "plugin/elf.h"

#include <elf.h>
#include <stdbool.h>

#define ELF_SEGMENTS	64

/* Refuses, in one line. */
#define bad(err, ...)	err_set((err), RH_EPLUGIN, __VA_ARGS__)

struct elf {
	const uint8_t *p;
	size_t	len;
	elf_more more;
	Elf64_Phdr seg[ELF_SEGMENTS];
	size_t	segs;
	const Elf64_Phdr *dynamic, *stack;	/* NULL: not seen */
	const char *strings;	/* strsz bytes, the last one 0 */
	uint64_t strsz;
};

/* Whether [at, at + n) lies within size. */
static inline bool
within(uint64_t at, uint64_t n, uint64_t size)
{
	return at <= size && n <= size - at;
}

/* Of an object whose segments are sound. */
rh_status	elf_check_dynamic(struct elf *, struct err *);

#endif
