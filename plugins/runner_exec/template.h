/*
 * Texts with places to be filled: "{name}" is a place, "{{" and "}}" are
 * braces.  What is put into a place is never looked at again.
 */
#ifndef EXEC_TEMPLATE_H
#define EXEC_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

struct piece {
	const char *p;
	size_t	len;
	bool	is_place;	/* the name between its braces */
};

/* 1: a piece, *at is behind it; 0: the end; -1: *at is a lone brace. */
int	template_next(const char **at, struct piece *);

/* [a-z][a-z0-9_-]*, at most 63 bytes: names of parameters. */
#define NAME_LEN_MAX	63
bool	name_is(const char *, size_t len);

#endif
