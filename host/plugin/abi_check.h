/*
 * Inside of abi.c and abi_list.c: a check under way, and the judgements
 * that both need.  Everybody else includes plugin/abi.h.
 */
#ifndef PLUGIN_ABI_CHECK_H
#define PLUGIN_ABI_CHECK_H

#include "plugin/form.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rh_entry;

/* Bytes up to the end of a member: what must be there when it is read. */
#define SIZE_TO(type, member) \
	(offsetof(struct type, member) + sizeof(((struct type *)0)->member))

struct check {
	const struct rh_entry *e;
	char	at[64];		/* which element: "runners[2].", or "" */
	char	text[400];	/* problems, joined by "; " */
	size_t	len;
	unsigned left_out;	/* problems for which text had no room */
};

/* Adds one problem, with the place in front. */
void	check_problem(struct check *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* All return whether it held. */
bool	check_text(struct check *, const char *member, const char *text,
	    enum form);			/* must be there */
bool	check_optional(struct check *, const char *member, const char *text,
	    enum form);			/* NULL is fine */
bool	check_size(struct check *, uint32_t size, size_t least);
bool	check_flags(struct check *, const char *member, uint64_t flags,
	    uint64_t known);
bool	check_room(struct check *, const char *list, size_t i);
bool	check_strings(struct check *, const char *member,
	    const char *const *list, enum form);

/* Runners, actions and commands of the entry. */
void	check_lists(struct check *);

#endif
