/*
 * The table, and the search in it.
 */
#include "worker/extensions.h"

#include "base/mem.h"
#include "worker/ext_ask.h"
#include "worker/ext_granted.h"

#include <string.h>

static const struct {
	const char *id;
	const void *table;
} extensions[] = {
	{ RH_GRANTED,	&ext_granted },
	{ RH_NET,	&ext_net },
	{ RH_SECRET,	&ext_secrets },
};

const void *
extension_find(const char *id)
{
	size_t i;

	for (i = 0; id != NULL && i < ARRAY_LEN(extensions); i++)
		if (strcmp(extensions[i].id, id) == 0)
			return extensions[i].table;
	return NULL;
}
