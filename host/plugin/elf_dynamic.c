/*
 * The dynamic section of an ELF file: what the loader would open, search and
 * relocate.  Found by its segment and read through the map of segments, as
 * the loader does.
 */
#include "plugin/elf_impl.h"

#include "base/mem.h"
#include "plugin/form.h"

#include <string.h>

#define ENTRIES_MAX	1024
#define PIE		UINT64_C(0x08000000)	/* DF_1_PIE */

#if defined(__x86_64__)
#define LOADER		"ld-linux-x86-64.so.2"
#elif defined(__aarch64__)
#define LOADER		"ld-linux-aarch64.so.1"
#elif defined(__riscv)
#define LOADER		"ld-linux-riscv64-lp64d.so.1"
#elif defined(__powerpc64__)
#define LOADER		"ld64.so.2"
#else
#define LOADER		"ld64.so.1"
#endif

static const char *const usual[] = {
	"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6",
	"libpthread.so.0", "libdl.so.2", "librt.so.1", LOADER,
#ifdef SANITIZED
	"libasan.so.8", "libubsan.so.1", "libtsan.so.2",
#endif
	NULL
};

/* The n bytes of the file that are mapped at an address; NULL: aren't. */
static const uint8_t *
mapped(const struct elf *e, uint64_t addr, uint64_t n)
{
	const Elf64_Phdr *s;
	size_t i;

	for (i = 0; i < e->segs; i++) {
		s = &e->seg[i];
		if (s->p_type == PT_LOAD && addr >= s->p_vaddr &&
		    within(addr - s->p_vaddr, n, s->p_filesz))
			return e->p + s->p_offset + (addr - s->p_vaddr);
	}
	return NULL;
}

/* NULL: not a string of the table. */
static const char *
string(const struct elf *e, uint64_t at)
{
	return at < e->strsz ? e->strings + at : NULL;
}

/* For a message. */
static const char *
shown(const struct elf *e, uint64_t at)
{
	const char *s = string(e, at);

	if (s == NULL)
		return "(beyond the string table)";
	return form_quotable(str_of(s)) ? s : "(can't be shown)";
}

static bool
is_listed(elf_more list, const char *name)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static rh_status
check_needed(const struct elf *e, const Elf64_Dyn *d, struct err *err)
{
	const char *name = string(e, d->d_un.d_val);

	if (name != NULL && (is_listed(usual, name) ||
	    is_listed(e->more, name)))
		return RH_OK;
	bad(err, "needs library \"%s\"", shown(e, d->d_un.d_val));
	return err_hint(err, "link it in statically, or list it in the "
	    "setting \"plugins.needed_libraries\"");
}

static rh_status
check_path(const struct elf *e, const Elf64_Dyn *d, struct err *err)
{
	return bad(err, "has %s \"%s\"; rebuild without -rpath",
	    d->d_tag == DT_RPATH ? "RPATH" : "RUNPATH",
	    shown(e, d->d_un.d_val));
}

static rh_status
check_loads(const struct elf *e, const Elf64_Dyn *d, struct err *err)
{
	static const struct {
		Elf64_Sxword tag;
		const char *name, *flag;
	} tags[] = {
		{ DT_AUDIT,	"AUDIT",	"--audit" },
		{ DT_DEPAUDIT,	"DEPAUDIT",	"--depaudit" },
		{ DT_AUXILIARY,	"AUXILIARY",	"--auxiliary" },
		{ DT_FILTER,	"FILTER",	"--filter" },
	};
	size_t i = 0;

	while (tags[i].tag != d->d_tag)
		i++;
	return bad(err, "has %s \"%s\"; rebuild without %s", tags[i].name,
	    shown(e, d->d_un.d_val), tags[i].flag);
}

static rh_status
text_relocations(struct err *err)
{
	return bad(err, "relocates its code (TEXTREL); rebuild with -fPIC");
}

static rh_status
check_textrel(const struct elf *e, const Elf64_Dyn *d, struct err *err)
{
	(void)e, (void)d;
	return text_relocations(err);
}

static rh_status
check_flags(const struct elf *e, const Elf64_Dyn *d, struct err *err)
{
	(void)e;
	return (d->d_un.d_val & DF_TEXTREL) == 0 ? RH_OK :
	    text_relocations(err);
}

static rh_status
check_flags_1(const struct elf *e, const Elf64_Dyn *d, struct err *err)
{
	(void)e;
	if ((d->d_un.d_val & PIE) != 0)
		return bad(err, "is a program (PIE), not a shared object");
	if ((d->d_un.d_val & DF_1_NOOPEN) != 0)
		return bad(err, "forbids dlopen (NOOPEN); rebuild without "
		    "-z nodlopen");
	return RH_OK;
}

/* Tags that are judged; the others are the loader's. */
static const struct {
	Elf64_Sxword tag;
	rh_status (*check)(const struct elf *, const Elf64_Dyn *,
	    struct err *);
} judged[] = {
	{ DT_NEEDED,	check_needed },
	{ DT_RPATH,	check_path },
	{ DT_RUNPATH,	check_path },
	{ DT_AUDIT,	check_loads },
	{ DT_DEPAUDIT,	check_loads },
	{ DT_AUXILIARY,	check_loads },
	{ DT_FILTER,	check_loads },
	{ DT_TEXTREL,	check_textrel },
	{ DT_FLAGS,	check_flags },
	{ DT_FLAGS_1,	check_flags_1 },
};

static Elf64_Dyn
entry(const uint8_t *at, size_t i)
{
	Elf64_Dyn d;

	memcpy(&d, at + i * sizeof d, sizeof d);
	return d;
}

/* Once each: the loader takes the last, another reader the first. */
static rh_status
find_strings(struct elf *e, const uint8_t *at, size_t n, struct err *err)
{
	uint64_t addr = 0;
	int tables = 0, sizes = 0;
	Elf64_Dyn d;
	size_t i;

	for (i = 0; i < n; i++) {
		d = entry(at, i);
		if (d.d_tag == DT_STRTAB) {
			addr = d.d_un.d_ptr;
			tables++;
		} else if (d.d_tag == DT_STRSZ) {
			e->strsz = d.d_un.d_val;
			sizes++;
		}
	}
	if (tables != 1 || sizes != 1)
		return bad(err, "has %d string tables and %d sizes of them, "
		    "not one of each", tables, sizes);
	e->strings = (const char *)mapped(e, addr, e->strsz);
	if (e->strings == NULL || e->strsz == 0 ||
	    e->strings[e->strsz - 1] != '\0')
		return bad(err, "string table of %lu bytes at address 0x%lx is "
		    "in no segment, or has no end", e->strsz, addr);
	return RH_OK;
}

static rh_status
check_entry(const struct elf *e, const Elf64_Dyn *d, struct err *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(judged); i++)
		if (judged[i].tag == d->d_tag)
			return judged[i].check(e, d, err);
	return RH_OK;
}

rh_status
elf_check_dynamic(struct elf *e, struct err *err)
{
	const Elf64_Phdr *s = e->dynamic;
	const uint8_t *at = mapped(e, s->p_vaddr, s->p_filesz);
	size_t i, n, room = s->p_filesz / sizeof(Elf64_Dyn);
	Elf64_Dyn d;
	rh_status rc;

	if (at != e->p + s->p_offset || s->p_vaddr % 8 != 0)
		return bad(err, "dynamic section of %lu bytes at address 0x%lx, "
		    "byte %lu, is in no segment, or not aligned", s->p_filesz,
		    s->p_vaddr, s->p_offset);
	/* The loader looks for the end without any bound. */
	for (n = 0; n < room && entry(at, n).d_tag != DT_NULL; n++)
		;
	if (n == room || n > ENTRIES_MAX)
		return bad(err, "dynamic section of %zu entries has no end, or "
		    "more than %d", room, ENTRIES_MAX);
	if ((rc = find_strings(e, at, n, err)) != RH_OK)
		return rc;
	for (i = 0; i < n; i++) {
		d = entry(at, i);
		if ((rc = check_entry(e, &d, err)) != RH_OK)
			return rc;
	}
	return RH_OK;
}
