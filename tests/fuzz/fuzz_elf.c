/*
 * Any bytes as a shared object: refused with a reason, or taken, and then
 * with one more byte at its end, too.  The bytes are mostly laid over an
 * object that is sound, so that more than its header is reached.
 */
#include "base/mem.h"
#include "lib/tiny.h"
#include "plugin/elf.h"

#include <stdlib.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
check(const uint8_t *bytes, size_t len)
{
	static const char *const more[] = { "libx.so.1", NULL };
	struct err err = { 0 };
	uint8_t *copy = mem_alloc(len + 1);
	rh_status rc;

	memcpy(copy, bytes, len);
	rc = elf_check_bytes(copy, len, more, &err);
	must(rc == RH_OK || (rc == RH_EPLUGIN && err.msg[0] != '\0'));
	copy[len] = 0;
	must(rc != RH_OK || elf_check_bytes(copy, len + 1, more, &err) == RH_OK);
	free(copy);
}

/* Triples: an offset of two bytes, and what is put there. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tiny t = tiny_object("libx.so.1");
	size_t i;

	if (len == 0)
		return 0;
	if (data[0] % 4 == 0) {
		check(data + 1, len - 1);
		return 0;
	}
	for (i = 1; i + 2 < len; i += 3)
		((uint8_t *)&t)[(data[i] | data[i + 1] << 8) % sizeof t] =
		    data[i + 2];
	check((const uint8_t *)&t, sizeof t);
	return 0;
}
