/*
 * Reads the head of a file and nothing of its sections: what the kernel itself
 * reads when it executes one.
 */
#include "worker/interpreter.h"

#include "base/mem.h"
#include "worker/profile.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD	4096	/* of these both are found at the beginning */

static char *
absolute(const char *p, size_t len)
{
	if (len < 2 || p[0] != '/' || memchr(p, '\0', len) != NULL)
		return NULL;
	return mem_strndup(p, len);
}

/* #! and blanks, then the path, then perhaps an argument. */
static char *
of_script(const char *head, size_t len)
{
	const char *p = head + 2, *end = memchr(head, '\n', len);

	if (end == NULL)
		end = head + len;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	head = p;
	while (p < end && *p != ' ' && *p != '\t' && *p != '\r')
		p++;
	return absolute(head, (size_t)(p - head));
}

/* Its place is the linker's choice, so it is read from there. */
static char *
at_offset(int in, const Elf64_Phdr *p)
{
	char path[PROFILE_TEXT_MAX];

	if (p->p_filesz < 2 || p->p_filesz > sizeof path ||
	    p->p_offset > INT64_MAX || pread(in, path, p->p_filesz,
	    (off_t)p->p_offset) != (ssize_t)p->p_filesz)
		return NULL;
	return absolute(path, p->p_filesz - 1);
}

static char *
of_elf(int in, const char *head, size_t len)
{
	Elf64_Ehdr e;
	Elf64_Phdr p;
	size_t i, at;

	if (len < sizeof e)
		return NULL;
	memcpy(&e, head, sizeof e);
	if (e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_phentsize != sizeof p)
		return NULL;
	for (i = 0; i < e.e_phnum; i++) {
		if (e.e_phoff > len || (at = e.e_phoff + i * sizeof p) >
		    len - sizeof p)
			return NULL;
		memcpy(&p, head + at, sizeof p);
		if (p.p_type == PT_INTERP)
			return at_offset(in, &p);
	}
	return NULL;
}

char *
interpreter_of(int fd)
{
	char *found = NULL;
	char head[HEAD], path[32];
	struct stat st;
	ssize_t len;
	int in;

	/* Opening anything else may wait, or do something. */
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return NULL;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if ((in = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return NULL;
	len = read(in, head, sizeof head);
	if (len > 2 && memcmp(head, "#!", 2) == 0)
		found = of_script(head, (size_t)len);
	else if (len > SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0)
		found = of_elf(in, head, (size_t)len);
	close(in);
	return found;
}
