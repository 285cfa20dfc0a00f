/*
 * Admission to what hangs on a run: questions to people, artifacts.  An
 * attempt needs no grant for those of its own run; it is known by its channel,
 * or by its claim.
 */
#include "action/admit.h"

#include "action/act_artifact.h"
#include "action/act_interaction.h"

#include <string.h>

static bool
names_run(struct call *c)
{
	return call_text(c, "run_id") != NULL ||
	    call_text(c, "target_run_id") != NULL;
}

/* A plugin that names no run means the one that it carries out. */
static rh_status
find_target(struct act *a, struct call *c, struct scope *scope,
    struct err *err)
{
	struct run_row row;
	rh_status rc;

	if (c->refusal != RH_OK || c->caller.run_no == 0 || names_run(c))
		return find_run(a, c, scope, err);
	rc = store_run_get(a->db, c->caller.run_no, &c->arena, &row, err);
	if (rc != RH_OK)
		return rc;
	a->run_no = row.run_no;
	a->target = id_run(&row.id, arena_alloc(&c->arena, ID_RUN_LEN));
	*scope = row.scope;
	return RH_OK;
}

static rh_status
get_live(struct act *a, struct call *c, struct err *err)
{
	struct run_live *l = arena_zalloc(&c->arena, sizeof *l);
	rh_status rc = store_live_get(a->db, a->run_no, &c->arena, l, err);

	if (rc == RH_OK)
		a->live = l;
	return rc == RH_ESTATE ? RH_OK : rc;
}

/* It is, while its attempt still is the run's. */
static bool
is_own(const struct act *a, const struct call *c)
{
	const struct run_live *l = a->live;

	return l != NULL && is_attempt(c, l->run_no, l->fence) &&
	    (l->state == RUN_CLAIMED || l->state == RUN_RUNNING);
}

/* By its claim: who may claim such runs may do what carrying one out takes. */
static rh_status
admit_holder(struct act *a, struct call *c, const struct scope *scope,
    rh_status found, struct err *err)
{
	rh_status rc = admit_found(a, c, "run_claim", scope, found, err);

	if (rc != RH_OK || c->refusal != RH_OK)
		return rc;
	if (a->live == NULL)
		return not_held("the run has already ended", err);
	if ((rc = check_claim(a, c, a->live, err)) != RH_OK)
		return rc;
	a->held = a->live;
	c->admin = false;	/* its own attempt's */
	return RH_OK;
}

static rh_status
admit_to(struct act *a, struct call *c, rh_status (*find)(struct act *,
    struct call *, struct scope *, struct err *), struct err *err)
{
	struct scope scope;
	rh_status rc, lrc;

	a->live = a->held = NULL;
	rc = find(a, c, &scope, err);
	if (rc == RH_OK && (lrc = get_live(a, c, err)) != RH_OK)
		return lrc;
	if (c->caller.run_no != 0 && c->refusal != RH_OK)
		return RH_OK;	/* it hears what is wrong with the body */
	if (rc == RH_OK && c->caller.run_no == a->run_no) {
		if (!is_own(a, c))
			return not_held("the attempt has ended", err);
		a->held = a->live;
		return RH_OK;
	}
	if (call_text(c, "claim_token") != NULL ||
	    call_text(c, "runtime_id") != NULL)
		return admit_holder(a, c, &scope, rc, err);
	return admit_found(a, c, c->name, &scope, rc, err);
}

rh_status
admit_attempt(struct act *a, struct call *c, struct err *err)
{
	return admit_to(a, c, find_target, err);
}

/* By what it is of; one that isn't whole yet isn't there. */
static rh_status
find_by_artifact(struct act *a, struct call *c, struct scope *scope,
    struct err *err)
{
	struct artifact x;
	struct id id;
	bool given;
	rh_status rc;

	if (c->refusal != RH_OK)
		return err_set(err, RH_EINPUT, "%s", c->refusal_msg);
	a->target = call_text(c, "artifact_id");
	if ((rc = artifact_id(c, &id, &given, err)) != RH_OK ||
	    (rc = store_artifact_find(a->db, &id, a->now, &c->arena, &x,
	    err)) != RH_OK)
		return rc;
	if (x.no == 0 || x.state != ARTIFACT_WHOLE)
		return err_set(err, RH_ENOENT, "no artifact");
	a->run_no = x.run_no;
	if ((rc = store_run_scope(a->db, x.run_no, &c->arena, scope,
	    err)) != RH_OK)
		return rc;
	return add_line(a, c, x.run_no, scope, err);
}

rh_status
admit_artifact(struct act *a, struct call *c, struct err *err)
{
	rh_status rc = admit_to(a, c, find_by_artifact, err);

	if (rc != RH_ENOENT)
		return rc;
	return err_set(err, RH_ENOENT, "no artifact \"%s\"",
	    a->target != NULL ? a->target : "");
}

rh_status
admit_artifacts(struct act *a, struct call *c, struct err *err)
{
	a->scopes = NULL;
	if (names_run(c) || call_text(c, "conversation_id") == NULL)
		return admit_attempt(a, c, err);
	return admit_talk(a, c, err);
}

/* Whether the body has the token of the question that it names. */
static rh_status
has_token(struct act *a, struct call *c, bool *has, struct err *err)
{
	const char *token = call_text(c, "callback_token");
	const char *id = call_text(c, "interaction_id");
	uint8_t hash[HASH_LEN];
	struct interaction i;
	rh_status rc;

	*has = false;
	if (token == NULL || id == NULL)
		return RH_OK;
	if ((rc = store_interaction_find(a->db, a->run_no, id, &c->arena, &i,
	    err)) != RH_OK || i.status == ASK_NONE)
		return rc;
	interaction_hash(token, a->run_no, id, hash);
	*has = hash_eq(hash, i.token);
	return RH_OK;
}

rh_status
admit_answer(struct act *a, struct call *c, struct err *err)
{
	struct scope scope;
	bool has = false;
	rh_status rc, trc;

	a->live = NULL;
	rc = find_run(a, c, &scope, err);
	if (rc == RH_OK && ((trc = get_live(a, c, err)) != RH_OK ||
	    (trc = has_token(a, c, &has, err)) != RH_OK))
		return trc;
	a->by_token = has;
	return has ? RH_OK : admit_found(a, c, c->name, &scope, rc, err);
}
