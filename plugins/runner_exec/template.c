/*
 * A step gives the next piece; the same steps check a manifest and fill it.
 */
#include "template.h"

#include <string.h>

bool
name_is(const char *p, size_t len)
{
	size_t i;

	if (len == 0 || len > NAME_LEN_MAX || p[0] < 'a' || p[0] > 'z')
		return false;
	for (i = 1; i < len; i++)
		if (!(p[i] >= 'a' && p[i] <= 'z') &&
		    !(p[i] >= '0' && p[i] <= '9') && p[i] != '_' &&
		    p[i] != '-')
			return false;
	return true;
}

int
template_next(const char **at, struct piece *piece)
{
	const char *p = *at, *close;

	if (*p == '\0')
		return 0;
	*piece = (struct piece){ p, strcspn(p, "{}"), false };
	if (piece->len > 0) {
		*at = p + piece->len;
		return 1;
	}
	if (p[1] == p[0]) {
		piece->len = 1;
		*at = p + 2;
		return 1;
	}
	if (*p == '}' || (close = strchr(p, '}')) == NULL ||
	    !name_is(p + 1, (size_t)(close - p - 1)))
		return -1;
	*piece = (struct piece){ p + 1, (size_t)(close - p - 1), true };
	*at = close + 1;
	return 1;
}
