/*
 * The header and the segments of an ELF file.  Section headers are never
 * looked at: the loader doesn't, either.  Every offset is compared with what
 * is there before it is used, and everything is copied out, for nothing need
 * be aligned.
 */
#include "plugin/elf_impl.h"

#include "base/mem.h"
#include "plugin/image.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE		EM_X86_64
#elif defined(__aarch64__)
#define MACHINE		EM_AARCH64
#elif defined(__riscv)
#define MACHINE		EM_RISCV
#elif defined(__powerpc64__)
#define MACHINE		EM_PPC64
#elif defined(__s390x__)
#define MACHINE		EM_S390
#else
#error "which ELF machine is this?"
#endif
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define DATA		ELFDATA2LSB
#else
#define DATA		ELFDATA2MSB
#endif

#define SPAN_MAX	(UINT64_C(1) << 30)	/* addresses of all segments */
#define ALIGN_MAX	(UINT64_C(16) << 20)

/* Numbers that have one right value. */
static rh_status
check_numbers(const Elf64_Ehdr *h, struct err *err)
{
	const struct {
		const char *what;
		unsigned long got, want;
	} numbers[] = {
		{ "class", h->e_ident[EI_CLASS], ELFCLASS64 },
		{ "byte order", h->e_ident[EI_DATA], DATA },
		{ "version", h->e_ident[EI_VERSION], EV_CURRENT },
		{ "machine", h->e_machine, MACHINE },
		{ "type", h->e_type, ET_DYN },
		{ "object version", h->e_version, EV_CURRENT },
		{ "system (OS/ABI)", h->e_ident[EI_OSABI] == ELFOSABI_GNU ?
		    ELFOSABI_SYSV : h->e_ident[EI_OSABI], ELFOSABI_SYSV },
		{ "header size", h->e_ehsize, sizeof(Elf64_Ehdr) },
		{ "program header size", h->e_phentsize, sizeof(Elf64_Phdr) },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(numbers); i++)
		if (numbers[i].got != numbers[i].want)
			return bad(err, "its ELF %s is %lu, not %lu as of a "
			    "shared object for this machine",
			    numbers[i].what, numbers[i].got,
			    numbers[i].want);
	return RH_OK;
}

static rh_status
read_header(struct elf *e, struct err *err)
{
	Elf64_Ehdr h;
	rh_status rc;

	if (e->len < SELFMAG || memcmp(e->p, ELFMAG, SELFMAG) != 0)
		return bad(err, "is not an ELF file");
	if (e->len < sizeof h)
		return bad(err, "is %zu bytes, too short for an ELF header",
		    e->len);
	memcpy(&h, e->p, sizeof h);
	if ((rc = check_numbers(&h, err)) != RH_OK)
		return rc;
	if (h.e_phnum == 0 || h.e_phnum > ELF_SEGMENTS)
		return bad(err, "has %u program headers, not 1 to %d",
		    h.e_phnum, ELF_SEGMENTS);
	e->segs = h.e_phnum;
	if (h.e_phoff % 8 != 0 ||
	    !within(h.e_phoff, e->segs * sizeof *e->seg, e->len))
		return bad(err, "%zu program headers at byte %lu are beyond "
		    "the %zu of the file, or not aligned", e->segs,
		    h.e_phoff, e->len);
	memcpy(e->seg, e->p + h.e_phoff, e->segs * sizeof *e->seg);
	return RH_OK;
}

static rh_status
check_extent(const struct elf *e, size_t i, struct err *err)
{
	const Elf64_Phdr *s = &e->seg[i];

	if (!within(s->p_offset, s->p_filesz, e->len))
		return bad(err, "segment %zu has %lu bytes at byte %lu, beyond "
		    "the %zu of the file", i, s->p_filesz, s->p_offset,
		    e->len);
	if (s->p_filesz > s->p_memsz)
		return bad(err, "segment %zu has more bytes in the file (%lu) "
		    "than in memory (%lu)", i, s->p_filesz, s->p_memsz);
	if (!within(s->p_vaddr, s->p_memsz, SPAN_MAX))
		return bad(err, "segment %zu has %lu bytes at address 0x%lx, "
		    "above 0x%lx", i, s->p_memsz, s->p_vaddr, SPAN_MAX);
	if (s->p_align > ALIGN_MAX || (s->p_align & (s->p_align - 1)) != 0)
		return bad(err, "segment %zu is aligned to %lu", i,
		    s->p_align);
	return RH_OK;
}

/* Pages belong to one segment: what is read here is what is mapped there. */
static rh_status
check_load(const struct elf *e, size_t i, uint64_t *end, struct err *err)
{
	const Elf64_Phdr *s = &e->seg[i];
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (s->p_align < page ||
	    (s->p_vaddr - s->p_offset) % s->p_align != 0)
		return bad(err, "segment %zu at address 0x%lx, byte %lu, is "
		    "not aligned to pages of %lu", i, s->p_vaddr,
		    s->p_offset, page);
	if (s->p_vaddr / page * page < *end)
		return bad(err, "segment %zu at address 0x%lx begins before "
		    "0x%lx, where another ends", i, s->p_vaddr, *end);
	if ((s->p_flags & PF_W) != 0 && (s->p_flags & PF_X) != 0)
		return bad(err, "segment %zu is writable and executable", i);
	*end = (s->p_vaddr + s->p_memsz + page - 1) / page * page;
	return RH_OK;
}

/* The only one of its kind. */
static rh_status
keep(const Elf64_Phdr **at, const Elf64_Phdr *s, const char *what,
    struct err *err)
{
	if (*at != NULL)
		return bad(err, "has two segments %s", what);
	*at = s;
	return RH_OK;
}

static rh_status
check_segment(struct elf *e, size_t i, uint64_t *end, struct err *err)
{
	const Elf64_Phdr *s = &e->seg[i];
	rh_status rc;

	if (s->p_type == PT_NULL)
		return RH_OK;
	if (s->p_type == PT_INTERP)
		return bad(err, "is a program (it names an interpreter), not "
		    "a shared object");
	if ((rc = check_extent(e, i, err)) != RH_OK)
		return rc;
	if (s->p_type == PT_GNU_STACK)
		return keep(&e->stack, s, "GNU_STACK", err);
	if (s->p_type == PT_DYNAMIC)
		return keep(&e->dynamic, s, "DYNAMIC", err);
	return s->p_type == PT_LOAD ? check_load(e, i, end, err) : RH_OK;
}

static rh_status
check_stack(const struct elf *e, struct err *err)
{
	if (e->stack == NULL)
		bad(err, "doesn't say whether its stack is executable (no "
		    "segment GNU_STACK)");
	else if ((e->stack->p_flags & PF_X) != 0)
		bad(err, "wants an executable stack (flags %u of GNU_STACK)",
		    e->stack->p_flags);
	else
		return RH_OK;
	return err_hint(err, "rebuild with -z noexecstack");
}

static rh_status
check_segments(struct elf *e, struct err *err)
{
	uint64_t end = 0;
	rh_status rc;
	size_t i;

	for (i = 0; i < e->segs; i++)
		if ((rc = check_segment(e, i, &end, err)) != RH_OK)
			return rc;
	if (end == 0)
		return bad(err, "has no segment that is loaded");
	if (e->dynamic == NULL)
		return bad(err, "has no dynamic section");
	return check_stack(e, err);
}

rh_status
elf_check_bytes(const uint8_t *bytes, size_t len, elf_more more,
    struct err *err)
{
	struct elf e = { .p = bytes, .len = len, .more = more };
	rh_status rc;

	if ((rc = read_header(&e, err)) != RH_OK ||
	    (rc = check_segments(&e, err)) != RH_OK)
		return rc;
	return elf_check_dynamic(&e, err);
}

rh_status
elf_check(const struct image *image, const char *name, elf_more more,
    struct err *err)
{
	uint8_t *bytes = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE,
	    image->memfd, 0);
	rh_status rc;

	if (bytes == MAP_FAILED)
		return err_errno(err, RH_EIO, "%s: map", name);
	rc = elf_check_bytes(bytes, image->size, more, err);
	munmap(bytes, image->size);
	return rc == RH_OK ? RH_OK : err_wrap(err, "%s", name);
}
