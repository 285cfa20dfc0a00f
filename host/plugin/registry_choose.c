/*
 * Which of the plugins that were found is in use, as it was decided.
 */
#include "plugin/registry_impl.h"

#include <string.h>

bool
plugin_is_idle(const struct plugin *p)
{
	enum plugin_state state = p->state;

	return state == PLUGIN_DISCOVERED || state == PLUGIN_DISABLED ||
	    state == PLUGIN_QUARANTINED;
}

static const char *
hex_of(const struct plugin *p, char hex[HASH_HEX_LEN])
{
	str_hex(hex, p->image.digest, HASH_LEN);
	return hex;
}

const char *
plugin_mend(const struct plugin *p, struct arena *a)
{
	char hex[HASH_HEX_LEN];

	if (!plugin_is_idle(p))
		return NULL;
	if (p->bound == NULL)
		return arena_printf(a, "runhost plugin enable %s", p->id);
	return arena_printf(a, "runhost plugin enable %s --digest %s", p->id,
	    hex_of(p, hex));
}

void
plugin_explain(const struct plugin *p, struct err *err)
{
	const char *bound = p->bound, *why = p->error;
	struct arena a = { 0 };
	char hex[HASH_HEX_LEN];

	if (bound != NULL)
		err_set(err, RH_ESTATE, "the catalog has plugin \"%s\" with "
		    "digest %s, the file %s has digest %s", p->id, bound,
		    p->file, hex_of(p, hex));
	else if (p->state == PLUGIN_QUARANTINED)
		err_set(err, RH_ESTATE, "plugin \"%s\" is out of use: %s",
		    p->id, why != NULL ? why : "");
	else if (p->state == PLUGIN_DISABLED)
		err_set(err, RH_ESTATE, "plugin \"%s\" is disabled", p->id);
	else
		err_set(err, RH_ESTATE, "plugin \"%s\" was found and is not "
		    "enabled", p->id);
	err_hint(err, "%s", plugin_mend(p, &a));
	arena_fini(&a);
}

/* Whether anything may be asked of it but its file. */
static bool
is_described(const struct plugin *p)
{
	return p->state == PLUGIN_ENABLED || plugin_is_idle(p) ||
	    (p->state == PLUGIN_REFUSED && p->id != NULL);
}

/* Another file of its id was decided about: the one in use, or NULL. */
static void
other_decided(struct plugin *p, const char *bound, const char *file)
{
	p->bound = arena_strdup(&p->arena, bound);
	if (p->state == PLUGIN_REFUSED ||
	    (file == NULL && p->state != PLUGIN_ENABLED))
		return;
	/* That file is in use now. */
	if (file != NULL && strcmp(p->file, file) == 0)
		p->state = PLUGIN_GONE;
	else
		p->state = PLUGIN_DISCOVERED;
}

static void
others(struct registry *reg, const char *id, const uint8_t digest[HASH_LEN],
    const char *file)
{
	struct plugin *p;
	char hex[HASH_HEX_LEN];
	size_t i;

	str_hex(hex, digest, HASH_LEN);
	for (i = 0; i < reg->count; i++) {
		p = reg->items[i];
		if (is_described(p) && strcmp(p->id, id) == 0 &&
		    !hash_eq(p->image.digest, digest))
			other_decided(p, hex, file);
	}
}

void
registry_replace(struct registry *reg, const struct plugin *p)
{
	others(reg, p->id, p->image.digest, p->file);
}

static void
decide(struct plugin *p, enum plugin_state state, const char *reason)
{
	p->bound = NULL;
	p->error = state == PLUGIN_QUARANTINED ?
	    arena_strdup(&p->arena, reason != NULL ? reason : "") : NULL;
	p->state = state;
}

static bool
is_decided(const struct plugin *p, const char *id,
    const uint8_t digest[HASH_LEN], enum plugin_state state)
{
	if (!is_described(p) || strcmp(p->id, id) != 0)
		return false;
	if (state == PLUGIN_GONE)
		return true;
	return hash_eq(p->image.digest, digest) &&
	    p->state != PLUGIN_REFUSED &&
	    (state != PLUGIN_QUARANTINED || p->state == PLUGIN_ENABLED ||
	    p->state == PLUGIN_QUARANTINED);
}

void
registry_decide(struct registry *reg, const char *id,
    const uint8_t digest[HASH_LEN], enum plugin_state state,
    const char *reason)
{
	const char *file = NULL;
	struct plugin *p;
	bool none = true;
	size_t i;

	registry_lock_write(reg);
	for (i = 0; i < reg->count; i++) {
		p = reg->items[i];
		if (!is_decided(p, id, digest, state))
			continue;
		decide(p, state, reason);
		none = false;
		if (state == PLUGIN_ENABLED)
			file = p->file;
	}
	if (state != PLUGIN_GONE && (state != PLUGIN_QUARANTINED || !none))
		others(reg, id, digest, file);
	registry_unlock(reg);
}

void
registry_trust(struct registry *reg, const char *id, const uint8_t *digest)
{
	struct plugin *p;
	size_t i;

	registry_lock_write(reg);
	for (i = 0; i < reg->count; i++) {
		p = reg->items[i];
		if (is_described(p) && strcmp(p->id, id) == 0)
			p->trusted = digest != NULL &&
			    hash_eq(p->image.digest, digest);
	}
	registry_unlock(reg);
}

const struct plugin *
registry_known(struct registry *reg, const char *id, const uint8_t *digest)
{
	const struct plugin *p, *best = NULL;
	size_t i;

	registry_lock_read(reg);
	for (i = 0; i < reg->count; i++) {
		p = reg->items[i];
		if (p->state != PLUGIN_REFUSED && is_described(p) &&
		    strcmp(p->id, id) == 0 && (digest == NULL ||
		    hash_eq(p->image.digest, digest)) &&
		    (best == NULL || p->state == PLUGIN_ENABLED))
			best = p;
	}
	registry_unlock(reg);
	return best;
}

static bool
is_meant(const struct plugin *p, const char *id, const char *digest)
{
	char hex[HASH_HEX_LEN];

	return is_described(p) && strcmp(p->id, id) == 0 &&
	    (digest == NULL || strcmp(digest, hex_of(p, hex)) == 0);
}

/* Rather one that could be in use than one that is, than one that can't. */
static int
rank(const struct plugin *p)
{
	return plugin_is_idle(p) ? 3 : p->state == PLUGIN_ENABLED ? 2 : 1;
}

static rh_status
not_meant(const struct registry *reg, const char *id, const char *digest,
    struct err *err)
{
	char hex[HASH_HEX_LEN];
	size_t i;

	for (i = 0; digest != NULL && i < reg->count; i++) {
		if (!is_meant(reg->items[i], id, NULL))
			continue;
		err_set(err, RH_ENOENT, "plugin \"%s\" has digest %s, not %s",
		    id, hex_of(reg->items[i], hex), digest);
		return err_hint(err, "look at what is there: runhost plugin "
		    "list");
	}
	err_set(err, RH_ENOENT, "no plugin \"%s\"", id);
	return err_hint(err, "list them with: runhost plugin list");
}

static rh_status
choose(const struct registry *reg, const char *id, const char *digest,
    struct plugin **out, struct err *err)
{
	struct plugin *p, *best = NULL;
	char one[HASH_HEX_LEN], two[HASH_HEX_LEN];
	size_t i;

	for (i = 0; i < reg->count; i++) {
		p = reg->items[i];
		if (!is_meant(p, id, digest) ||
		    (best != NULL && rank(p) < rank(best)))
			continue;
		if (best != NULL && rank(p) == rank(best) && rank(p) == 3) {
			err_set(err, RH_ECONFLICT, "plugin \"%s\" may be %s "
			    "(digest %s) or %s (digest %s)", id, best->file,
			    hex_of(best, one), p->file, hex_of(p, two));
			return err_hint(err, "say which with: --digest HEX");
		}
		best = p;
	}
	if (best == NULL)
		return not_meant(reg, id, digest, err);
	*out = best;
	return RH_OK;
}

rh_status
registry_meant(struct registry *reg, const char *id, const char *digest,
    struct plugin **p, struct err *err)
{
	rh_status rc;

	registry_lock_read(reg);
	rc = choose(reg, id, digest, p, err);
	registry_unlock(reg);
	if (rc != RH_OK || (*p)->state != PLUGIN_REFUSED)
		return rc;
	err_set(err, RH_ESTATE, "plugin \"%s\" is refused: %s", id,
	    (*p)->error);
	return err_hint(err, "mend the file, then: runhost plugin install "
	    "FILE");
}

const struct plugin *
registry_refused(struct registry *reg, const char *file)
{
	const struct plugin *p, *found = NULL;
	size_t i;

	registry_lock_read(reg);
	for (i = 0; i < reg->count && found == NULL; i++) {
		p = reg->items[i];
		if (p->state == PLUGIN_REFUSED && p->id == NULL &&
		    strcmp(p->file, file) == 0)
			found = p;
	}
	registry_unlock(reg);
	return found;
}

rh_status
registry_fits(struct registry *reg, const struct plugin *p, struct err *err)
{
	rh_status rc;

	registry_lock_read(reg);
	rc = registry_unique(reg, p, err);
	registry_unlock(reg);
	return rc;
}

rh_status
registry_fits_next(struct registry *reg, const struct plugin *p,
    const char *id, const uint8_t digest[HASH_LEN], struct err *err)
{
	const struct plugin *q;
	rh_status rc = RH_OK;
	size_t i;

	registry_lock_read(reg);
	for (i = 0; i < reg->count && rc == RH_OK; i++) {
		q = reg->items[i];
		if (plugin_is_idle(q) && strcmp(q->id, id) == 0 &&
		    hash_eq(q->image.digest, digest))
			rc = registry_apart(p, q, err);
	}
	registry_unlock(reg);
	return rc;
}
