/*
 * Whether the bytes of a plugin are a shared object that may be given to the
 * loader: one of this machine, whole, that brings no search path, no other
 * library than those named here, no auditor and no executable stack.  What
 * its code does later is the sandbox's business.
 */
#ifndef PLUGIN_ELF_H
#define PLUGIN_ELF_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct image;

/* Names of libraries that may be needed beyond the usual; ended by NULL. */
typedef const char *const *elf_more;

/*
 * RH_EPLUGIN, with name in front, what is wrong and the value.  more may be
 * NULL.
 */
rh_status	elf_check(const struct image *, const char *name,
		    elf_more more, struct err *);
/* The same for bytes, which may be aligned in any way. */
rh_status	elf_check_bytes(const uint8_t *bytes, size_t len,
		    elf_more more, struct err *);

#endif
