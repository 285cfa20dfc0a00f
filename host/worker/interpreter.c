/*
 * Reads the head of a file and nothing of its sections: what the kernel itself
 * reads when it executes one.
 */
#include "worker/interpreter.h"

#include "base/mem.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEAD	4096	/* both are found at the beginning */

static const char *
absolute(const char *p, size_t len)
{
	if (len < 2 || p[0] != '/' || memchr(p, '\0', len) != NULL)
		return NULL;
	return mem_strndup(p, len);
}

/* #! and blanks, then the path, then perhaps an argument. */
static const char *
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

static const char *
of_elf(const char *head, size_t len)
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
		if (p.p_type != PT_INTERP)
			continue;
		if (p.p_offset > len || p.p_filesz > len - p.p_offset ||
		    p.p_filesz == 0)
			return NULL;
		return absolute(head + p.p_offset, p.p_filesz - 1);
	}
	return NULL;
}

const char *
interpreter_of(int fd)
{
	char head[HEAD], path[32];
	ssize_t len;
	int in;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if ((in = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) < 0)
		return NULL;
	len = read(in, head, sizeof head);
	close(in);
	if (len > 2 && memcmp(head, "#!", 2) == 0)
		return of_script(head, (size_t)len);
	if (len > SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0)
		return of_elf(head, (size_t)len);
	return NULL;
}
