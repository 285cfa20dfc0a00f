/*
 * Which capabilities a principal has, by the policy of now.
 */
#include "auth/capability.h"

#include "auth/policy.h"
#include "store/store_auth.h"

#include <string.h>

static bool
is_live(const struct grant_row *g, int64_t now)
{
	return g->expires_us == 0 || g->expires_us > now;
}

bool
capability_held(const struct policy *p, const char *principal,
    const char *capability, int64_t now)
{
	const struct grant_row *g;
	size_t n;

	for (g = policy_grants(p, principal, &n); n > 0; g++, n--) {
		if (strcmp(g->permission, capability) == 0 && is_live(g, now))
			return true;
	}
	return false;
}

/* What an older host let pass and isn't one grants nothing. */
const struct grant_row *
capability_next(const struct policy *p, const char *principal, int64_t now,
    size_t *i, struct capability *c)
{
	size_t n;
	const struct grant_row *g = policy_grants(p, principal, &n);
	struct err why;

	while (*i < n) {
		const struct grant_row *row = &g[(*i)++];

		if (capability_is(row->permission) && is_live(row, now) &&
		    capability_parse(row->permission, c, &why) == RH_OK)
			return row;
	}
	return NULL;
}
