/*
 * What a plugin may do, does, and was denied, as the admin sees it: its
 * grants, counts, the commands that would give it more, and trials, which
 * find out what that is.
 */
#include "action/act.h"

#include "action/attempt.h"
#include "action/suggest.h"
#include "auth/policy.h"
#include "plugin/registry.h"
#include "store/store_auth.h"
#include "store/store_use.h"
#include "worker/profile.h"

#include <stdatomic.h>

/* A plugin by itself, without a chain. */
struct asked {
	struct act *a;
	struct call *c;
	struct json_out *j;
	const char *principal;
	struct use_row *uses;
	size_t	use_count;
};

rh_status
plugin_uses(struct act *a, struct call *c, struct err *err)
{
	const struct uses_args *args = c->args;
	size_t i;
	rh_status rc = RH_OK;

	a->unrecorded = true;
	for (i = 0; i < args->count && rc == RH_OK; i++)
		rc = store_use_add(a->db, &args->rows[i], err);
	return rc;
}

static bool
is_held(const struct asked *q, const char *permission)
{
	const struct caller alone = { .kind = CALLER_PLUGIN,
	    .principal = q->principal };
	struct verdict v;

	authorize(q->a->policy, &alone, permission, NULL, q->a->now, &v);
	return v.known;
}

/* So, or by what was granted of the directories above. */
static bool
is_given(const struct asked *q, const char *permission)
{
	const struct grant_row *g;
	size_t n;

	for (g = policy_grants(q->a->policy, q->principal, &n); n > 0;
	    g++, n--) {
		if ((g->expires_us == 0 || g->expires_us > q->a->now) &&
		    suggest_holds(g->permission, permission))
			return true;
	}
	return is_held(q, permission);
}

static const struct use_row *
use_of(const struct asked *q, const char *permission)
{
	size_t i;

	for (i = 0; i < q->use_count; i++) {
		if (strcmp(q->uses[i].permission, permission) == 0)
			return &q->uses[i];
	}
	return NULL;
}

static void
write_granted(const struct asked *q)
{
	const struct grant_row *g;
	const struct use_row *u;
	size_t n;

	jw_name(q->j, "granted");
	jw_array(q->j);
	for (g = policy_grants(q->a->policy, q->principal, &n); n > 0;
	    g++, n--) {
		if (g->expires_us != 0 && g->expires_us <= q->a->now)
			continue;
		u = use_of(q, g->permission);
		jw_object(q->j);
		jw_m_text(q->j, "permission", g->permission);
		write_cursor(q->j, "grant_id", g->grant_no);
		jw_m_text(q->j, "created_by", g->created_by);
		write_epoch(q->j, "created_at", g->created_us);
		write_epoch(q->j, "expires_at", g->expires_us);
		jw_m_i64(q->j, "used", u != NULL ? u->used : 0);
		write_epoch(q->j, "used_at", u != NULL ? u->used_us : 0);
		jw_m_text(q->j, "note", u != NULL ? u->note : NULL);
		jw_end_object(q->j);
	}
	jw_end_array(q->j);
}

static void
write_denied(const struct asked *q)
{
	const struct use_row *u = q->uses;
	size_t n = q->use_count;

	jw_name(q->j, "denied");
	jw_array(q->j);
	for (; n > 0; u++, n--) {
		if (u->denied == 0)
			continue;
		jw_object(q->j);
		jw_m_text(q->j, "permission", u->permission[0] != '\0' ?
		    u->permission : "(others)");
		jw_m_i64(q->j, "count", u->denied);
		write_epoch(q->j, "denied_at", u->denied_us);
		jw_m_text(q->j, "note", u->note);
		jw_end_object(q->j);
	}
	jw_end_array(q->j);
}

/* What it says that it wants, and has no grant of. */
static void
write_missing(const struct asked *q, const struct plugin *p)
{
	struct suggest s = { .arena = &q->c->arena };
	size_t i;

	for (i = 0; p != NULL && i < p->want_count; i++) {
		if (!is_held(q, p->wants[i]))
			suggest_add(&s, p->wants[i], NULL);
	}
	suggest_write(&s, q->j, "missing", q->principal);
}

/* What would have let pass all that was denied, and may be granted. */
static void
write_suggested(const struct asked *q)
{
	struct suggest s = { .arena = &q->c->arena };
	const struct use_row *u;
	size_t i;

	for (i = 0; i < q->use_count; i++) {
		u = &q->uses[i];
		if (u->denied != 0 && u->permission[0] != '\0' &&
		    !is_given(q, u->permission))
			suggest_add(&s, u->permission, u->note);
	}
	suggest_collapse(&s);
	suggest_write(&s, q->j, "suggested", q->principal);
}

rh_status
write_rights(struct act *a, struct call *c, struct json_out *j,
    const char *id, const struct plugin *p, struct err *err)
{
	struct asked q = { .a = a, .c = c, .j = j };
	struct verdict v;
	rh_status rc;

	/* Whose rights these are is for those who may list grants. */
	authorize(a->policy, &c->caller, "grant_list", NULL, a->now, &v);
	if (!v.allow)
		return RH_OK;
	q.principal = arena_printf(&c->arena, "plugin:%s", id);
	if ((rc = store_use_list(a->db, id, &c->arena, &q.uses,
	    &q.use_count, err)) != RH_OK)
		return rc;
	write_granted(&q);
	write_denied(&q);
	write_missing(&q, p);
	write_suggested(&q);
	return RH_OK;
}

#define TRIAL_SECONDS	600

/* Where nothing can be seen, nobody shall wait for it. */
static rh_status
check_trial(const struct plugin *p, struct err *err)
{
	uint32_t tier = atomic_load(&p->tier);

	if (p->trusted) {
		err_set(err, RH_ESTATE, "plugin \"%s\" runs inside the host, "
		    "where nothing is denied to it", p->id);
		return err_hint(err, "runhost plugin untrust %s", p->id);
	}
	if (tier != TIER_NONE && tier < TIER_EXPECTED)
		return err_set(err, RH_ENOSYS, "workers of plugin \"%s\" have "
		    "no processes of their own here (tier \"%s\"), so what "
		    "they ask for can't be seen", p->id, tier_name(tier));
	return RH_OK;
}

rh_status
plugin_trial(struct act *a, struct call *c, struct err *err)
{
	int64_t us = take_seconds(c, "seconds", TRIAL_SECONDS) * US_PER_S;
	struct plugin *p;
	struct effect *e;
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	if ((rc = plugin_in_use(a, c, &p, err)) != RH_OK ||
	    (rc = check_trial(p, err)) != RH_OK ||
	    (rc = store_use_pardon(a->db, p->id, err)) != RH_OK)
		return rc;
	e = act_effect(a, EFFECT_TRIAL, 0);
	e->plugin = arena_strdup(&e->arena, p->id);
	e->wait_us = us;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "id", p->id);
	write_epoch(&j, "until", a->now + us);
	jw_end_object(&j);
	a->detail = arena_strdup(&c->arena, b.p);
	act_reply(c, &b);
	return RH_OK;
}
