/*
 * Parameters of an action: what a value of each must look like.
 */
#ifndef EXEC_PARAM_H
#define EXEC_PARAM_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHOICES_MAX	16
#define VALUE_MAX	(64 * 1024)	/* bytes; the kernel takes 128 KiB */

enum param_type {
	PARAM_STRING, PARAM_INTEGER, PARAM_BOOLEAN, PARAM_PATH, PARAM_ONE_OF,
	PARAM_TYPES
};
extern const char *const param_types[PARAM_TYPES];

struct param {
	const char *name;
	enum param_type type;
	const char *summary;		/* or NULL */
	const char *preset;		/* NULL: must be given */
	int64_t	min, max;		/* of an integer */
	const char *choices[CHOICES_MAX];
	size_t	choice_count;
	bool	dash;			/* may begin an argument with "-" */
};

/* Whether the value will do; why: what is wrong, as "is not …". */
bool	param_check(const struct param *, const char *value,
	    struct text *why);

/* "a whole number from 1 up to 9", "one of "a", "b"". */
void	param_form(const struct param *, struct text *);

#endif
