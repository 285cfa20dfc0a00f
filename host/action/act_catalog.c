/*
 * Decisions about plugins: a row of the catalog each, and an effect that has
 * the registry and the pools follow it.
 */
#include "action/act.h"

#include "action/attempt.h"
#include "action/catalog.h"
#include "action/signer.h"
#include "store/store_plugin.h"
#include "store/store_use.h"

static const struct ruling {
	enum catalog_state row;
	enum plugin_state state;
	const char *verb;	/* for those whose runs it ends */
} to_enable = { CATALOG_ENABLED, PLUGIN_ENABLED, "enabled" },
    to_disable = { CATALOG_DISABLED, PLUGIN_DISABLED, "disabled" },
    to_remove = { CATALOG_REMOVED, PLUGIN_GONE, "removed" },
    to_quarantine = { CATALOG_QUARANTINED, PLUGIN_QUARANTINED,
	"quarantined" };

static const char *
wants_json(struct arena *a, const struct plugin *p)
{
	struct buf b = { 0 };
	struct json_out j;
	const char *text;
	size_t i;

	jw_init(&j, &b);
	jw_array(&j);
	for (i = 0; i < p->want_count; i++)
		jw_text(&j, p->wants[i]);
	jw_end_array(&j);
	text = arena_strdup(a, b.p);
	buf_fini(&b);
	return text;
}

/* The row of a plugin as it was found. */
static rh_status
row_of(struct act *a, struct call *c, const struct plugin *p,
    struct plugin_row *r, struct err *err)
{
	struct signer s;
	rh_status rc;

	if ((rc = signer_of(a->db, &c->arena, p, &s, err)) != RH_OK)
		return rc;
	*r = (struct plugin_row){
		.id = p->id, .version = p->version, .file = p->file,
		.signer = s.text, .wants = wants_json(&c->arena, p),
	};
	memcpy(r->digest, p->image.digest, HASH_LEN);
	return RH_OK;
}

static void
reply_row(struct act *a, struct call *c, const struct plugin_row *r)
{
	char hex[HASH_HEX_LEN];
	struct buf b = { 0 };
	struct json_out j;

	str_hex(hex, r->digest, HASH_LEN);
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "id", r->id);
	jw_m_text(&j, "state", catalog_state_names[r->state]);
	jw_m_text(&j, "digest", hex);
	jw_m_text(&j, "version", r->version);
	jw_m_text(&j, "file", r->file);
	jw_m_text(&j, "signer", r->signer);
	jw_m_text(&j, "reason", r->reason);
	jw_end_object(&j);
	a->detail = arena_strdup(&c->arena, b.p);
	act_reply(c, &b);
}

static void
follow(struct act *a, const struct ruling *to, const struct plugin_row *r)
{
	struct effect *e = act_effect(a, EFFECT_CATALOG, 0);

	e->plugin = arena_strdup(&e->arena, r->id);
	e->state = to->state;
	memcpy(e->digest, r->digest, HASH_LEN);
	if (r->reason != NULL)
		e->reason = arena_strdup(&e->arena, r->reason);
	e->why = arena_printf(&e->arena, "plugin \"%s\" was %s by %s%s%s",
	    r->id, to->verb, r->changed_by, r->reason != NULL ? ": " : "",
	    r->reason != NULL ? r->reason : "");
}

/* Writes it down, has it followed, and says so. */
static rh_status
decide(struct act *a, struct call *c, const struct ruling *to,
    struct plugin_row *r, struct err *err)
{
	rh_status rc;

	r->state = to->row;
	r->changed_us = a->now;
	r->changed_by = c->caller.principal;
	if (to->row == CATALOG_ENABLED) {
		r->enabled_us = a->now;
		r->enabled_by = c->caller.principal;
	}
	if ((rc = store_plugin_put(a->db, r, err)) != RH_OK)
		return rc;
	follow(a, to, r);
	reply_row(a, c, r);
	return RH_OK;
}

/* No plugin has the id: it may be that of a file that was refused. */
static rh_status
find_refused(struct act *a, struct call *c, const char *id, struct err *err)
{
	struct plugin_row r;
	struct err own;
	bool found;
	rh_status rc;

	if ((rc = store_plugin_find(a->db, id, &c->arena, &r, &found,
	    &own)) != RH_OK)
		*err = own;
	else if (found)
		catalog_refused(a->env->registry, &r, err);
	return err->status;
}

/* Beside those enabled in this batch, too: the registry follows its COMMIT. */
static rh_status
fits(struct act *a, struct call *c, const struct plugin *p, struct err *err)
{
	struct registry *reg = a->env->registry;
	struct plugin_row *rows;
	size_t i, n = 0;
	rh_status rc;

	if ((rc = registry_fits(reg, p, err)) != RH_OK ||
	    (rc = store_plugin_list(a->db, &c->arena, &rows, &n, err)) !=
	    RH_OK)
		return rc;
	for (i = 0; i < n && rc == RH_OK; i++) {
		if (rows[i].state == CATALOG_ENABLED &&
		    strcmp(rows[i].id, p->id) != 0)
			rc = registry_fits_next(reg, p, rows[i].id,
			    rows[i].digest, err);
	}
	return rc;
}

rh_status
plugin_enable(struct act *a, struct call *c, struct err *err)
{
	const char *id = call_text(c, "id");
	struct plugin_row r;
	struct plugin *p;
	rh_status rc;

	act_target(a, c, id);
	if ((rc = registry_meant(a->env->registry, id, call_text(c, "digest"),
	    &p, err)) == RH_ENOENT)
		return find_refused(a, c, id, err);
	if (rc != RH_OK || (rc = fits(a, c, p, err)) != RH_OK ||
	    (rc = signer_check(a->db, p, a->env->all_signed, err)) != RH_OK ||
	    (rc = row_of(a, c, p, &r, err)) != RH_OK)
		return rc;
	return decide(a, c, &to_enable, &r, err);
}

/* The row that is there, or what would be one. */
static rh_status
find_row(struct act *a, struct call *c, const char *id, struct plugin_row *r,
    struct err *err)
{
	struct plugin *p;
	bool found;
	rh_status rc;

	if ((rc = store_plugin_find(a->db, id, &c->arena, r, &found,
	    err)) != RH_OK || (found && r->state != CATALOG_REMOVED))
		return rc;
	if ((rc = registry_meant(a->env->registry, id, NULL, &p, err)) ==
	    RH_OK)
		rc = row_of(a, c, p, r, err);
	return rc;
}

static rh_status
put_away(struct act *a, struct call *c, const struct ruling *to,
    struct err *err)
{
	const char *id = call_text(c, "id");
	struct plugin_row r;
	rh_status rc;

	act_target(a, c, id);
	if ((rc = find_row(a, c, id, &r, err)) != RH_OK)
		return rc;
	r.reason = NULL;
	return decide(a, c, to, &r, err);
}

rh_status
plugin_disable(struct act *a, struct call *c, struct err *err)
{
	return put_away(a, c, &to_disable, err);
}

rh_status
plugin_remove(struct act *a, struct call *c, struct err *err)
{
	rh_status rc = put_away(a, c, &to_remove, err);

	/* Its grants stay, for who brings it back; what it did is history. */
	return rc != RH_OK ? rc :
	    store_use_forget(a->db, call_text(c, "id"), err);
}

/*
 * The row that the host's own decision was about: of this file, and nobody
 * decided otherwise meanwhile.
 */
static rh_status
find_crashed(struct act *a, struct call *c, struct plugin_row *r, bool *same,
    struct err *err)
{
	const struct quarantine_args *args = c->args;
	struct plugin *p;
	char hex[HASH_HEX_LEN];
	bool found;
	rh_status rc;

	if ((rc = store_plugin_find(a->db, args->id, &c->arena, r, &found,
	    err)) != RH_OK)
		return rc;
	*same = !found || (r->state == CATALOG_ENABLED &&
	    hash_eq(r->digest, args->digest));
	if (found)
		return RH_OK;
	str_hex(hex, args->digest, HASH_LEN);
	if ((rc = registry_meant(a->env->registry, args->id, hex, &p,
	    err)) == RH_OK)
		rc = row_of(a, c, p, r, err);
	return rc;
}

rh_status
plugin_quarantine(struct act *a, struct call *c, struct err *err)
{
	const struct quarantine_args *args = c->args;
	struct plugin_row r;
	bool same;
	rh_status rc;

	act_target(a, c, args->id);
	if ((rc = find_crashed(a, c, &r, &same, err)) != RH_OK)
		return rc;
	if (!same) {
		a->unrecorded = true;
		return RH_OK;
	}
	r.reason = args->reason;
	return decide(a, c, &to_quarantine, &r, err);
}

/* The registry has it in use already; somebody was quicker. */
static void
leave(struct act *a, const struct plugin_row *r)
{
	static const struct ruling *const rulings[] = {
		[CATALOG_ENABLED] = &to_enable,
		[CATALOG_DISABLED] = &to_disable,
		[CATALOG_QUARANTINED] = &to_quarantine,
		[CATALOG_REMOVED] = &to_remove,
	};

	a->unrecorded = true;
	follow(a, rulings[r->state], r);
}

static rh_status
enrol(struct act *a, struct call *c, struct err *err)
{
	const struct enroll_args *args = c->args;
	struct plugin_row r;
	rh_status rc;

	if ((rc = row_of(a, c, args->plugin, &r, err)) != RH_OK)
		return rc;
	r.state = CATALOG_ENABLED;
	r.enabled_us = r.changed_us = a->now;
	r.enabled_by = r.changed_by = c->caller.principal;
	r.reason = args->reason;
	reply_row(a, c, &r);
	return store_plugin_put(a->db, &r, err);
}

rh_status
plugin_enroll(struct act *a, struct call *c, struct err *err)
{
	const struct enroll_args *args = c->args;
	struct plugin_row r;
	bool found;
	rh_status rc;

	act_target(a, c, args->plugin->id);
	if ((rc = store_plugin_find(a->db, args->plugin->id, &c->arena, &r,
	    &found, err)) != RH_OK)
		return rc;
	if (!found || catalog_enrols(a->env, &r, args->plugin,
	    args->starting) != NULL)
		return enrol(a, c, err);
	leave(a, &r);
	return RH_OK;
}
