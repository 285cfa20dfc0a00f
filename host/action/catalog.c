/*
 * What the catalog's rows say of plugins that were found.
 */
#include "action/catalog.h"

#include <string.h>

const char *const catalog_state_names[] = {
	[CATALOG_UNSET] = "unset", [CATALOG_ENABLED] = "enabled",
	[CATALOG_DISABLED] = "disabled",
	[CATALOG_QUARANTINED] = "quarantined",
	[CATALOG_REMOVED] = "removed",
};

const char catalog_found[] = "found while plugins.enable_found is set";

static bool
is_of(const struct plugin_row *r, const struct plugin *p)
{
	return r != NULL && r->state != CATALOG_REMOVED &&
	    hash_eq(r->digest, p->image.digest);
}

enum plugin_state
catalog_state_of(const struct plugin_row *r, struct plugin *p)
{
	static const enum plugin_state states[] = {
		[CATALOG_ENABLED] = PLUGIN_ENABLED,
		[CATALOG_DISABLED] = PLUGIN_DISABLED,
		[CATALOG_QUARANTINED] = PLUGIN_QUARANTINED,
	};
	char hex[HASH_HEX_LEN];

	if (r == NULL || r->state == CATALOG_REMOVED)
		return PLUGIN_DISCOVERED;
	if (!is_of(r, p)) {
		str_hex(hex, r->digest, HASH_LEN);
		p->bound = arena_strdup(&p->arena, hex);
		return PLUGIN_DISCOVERED;
	}
	if (r->state == CATALOG_QUARANTINED)
		p->error = arena_strdup(&p->arena, r->reason != NULL ?
		    r->reason : "");
	return states[r->state];
}

static bool
is_shipped(const struct action_env *env, const struct plugin *p)
{
	size_t i;

	for (i = 0; i < env->shipped_count; i++) {
		if (hash_eq(env->shipped[i], p->image.digest))
			return true;
	}
	return false;
}

/* What came with a host may be what came with the one before it. */
static bool
is_undecided(const struct plugin_row *r)
{
	return r == NULL || (r->state == CATALOG_ENABLED &&
	    strcmp(r->changed_by, caller_system.principal) == 0);
}

const char *
catalog_enrols(const struct action_env *env, const struct plugin_row *r,
    const struct plugin *p, bool starting)
{
	if (is_of(r, p))
		return NULL;
	if (starting && is_undecided(r) && is_shipped(env, p))
		return "shipped with this build";
	if (r == NULL && env->enable_found)
		return catalog_found;
	return NULL;
}

const struct plugin *
catalog_refused(struct registry *reg, const struct plugin_row *r,
    struct err *err)
{
	const struct plugin *p = NULL;

	if (r->file != NULL && r->state != CATALOG_REMOVED)
		p = registry_refused(reg, r->file);
	if (p == NULL)
		return NULL;
	err_set(err, RH_ESTATE, "plugin \"%s\": its file is refused: %s",
	    r->id, p->error);
	err_hint(err, "mend the file, then: runhost plugin install %s",
	    r->file);
	return p;
}

void
catalog_write(struct json_out *j, const struct plugin_row *r)
{
	static const struct plugin_row none;
	char hex[HASH_HEX_LEN] = "";

	if (r == NULL || r->state == CATALOG_REMOVED)
		r = &none;
	else
		str_hex(hex, r->digest, HASH_LEN);
	jw_m_text(j, "catalog_digest", hex[0] != '\0' ? hex : NULL);
	jw_m_text(j, "enabled_by", r->enabled_by);
	if (r->enabled_us != 0)
		jw_m_time(j, "enabled_at", r->enabled_us);
	else
		jw_m_null(j, "enabled_at");
	jw_m_text(j, "changed_by", r->changed_by);
	if (r->changed_us != 0)
		jw_m_time(j, "changed_at", r->changed_us);
	else
		jw_m_null(j, "changed_at");
	jw_m_text(j, "reason", r->reason);
}
