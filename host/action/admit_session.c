/*
 * Admission of what plugins ask: which run gives them something, and what
 * the runs that they make may give in turn.
 */
#include "action/admit.h"

#include "action/act.h"
#include "auth/session.h"
#include "plugin/registry.h"
#include "store/store_run.h"
#include "store/store_session.h"

#include <string.h>

/* Whether the caller's attempt is the run's, by the channel that it has. */
bool
is_attempt(const struct call *c, int64_t run_no, int64_t fence)
{
	return c->caller.kind == CALLER_PLUGIN && c->caller.run_no != 0 &&
	    c->caller.run_no == run_no && c->caller.fence == fence;
}

/* The attempt's own run; live only while the attempt still holds it. */
static bool
is_own(const struct call *c, const struct session_row *r)
{
	return r->run_no == c->caller.run_no &&
	    is_attempt(c, r->run_no, r->fence);
}

/*
 * Whether the caller's plugin, the file that it is now, carried the run out,
 * and may still be asked to answer for it.
 */
static bool
carried_out(const struct act *a, const struct call *c,
    const struct session_row *r)
{
	const struct plugin *p = registry_find(a->env->registry,
	    str_of(r->plugin));

	if (p == NULL || r->image == 0 || r->image != image_tag(&p->image) ||
	    (r->inproc && !p->trusted) ||
	    strncmp(c->caller.principal, "plugin:", 7) != 0 ||
	    strcmp(c->caller.principal + 7, r->plugin) != 0)
		return false;
	if (r->ended_us != 0)
		return a->now - r->ended_us < a->env->session_ttl_us;
	/* Held, but not by an attempt of which the caller is a former one. */
	return r->fence != 0 && r->run_no != c->caller.run_no;
}

static rh_status
take_session(struct act *a, struct call *c, int64_t run_no, struct err *err)
{
	struct session_row row;
	struct session *s;
	bool own;
	rh_status rc;

	if ((rc = store_session_get(a->db, run_no, &c->arena, &row,
	    err)) != RH_OK)
		return rc == RH_ENOENT ? RH_OK : rc;
	own = is_own(c, &row);
	if (!own && !carried_out(a, c, &row))
		return RH_OK;
	s = arena_zalloc(&c->arena, sizeof *s);
	s->run_no = run_no;
	s->scope = row.scope;
	s->apis = row.has_apis ? row.apis : api_preset(&row.scope);
	if (row.ended_us != 0)
		s->apis = api_kept(s->apis);
	s->named = !own;
	c->caller.session = s;
	return RH_OK;
}

/* Whether run_id is where the caller asks from, and nothing else. */
static bool
is_apart(const struct call *c)
{
	switch (c->action->scope) {
	case SCOPE_RUN:
	case SCOPE_KEPT:
	case SCOPE_HELD:
	case SCOPE_PULLED:
	case SCOPE_TALK:
	case SCOPE_EVENT:
	case SCOPE_WRITTEN:
	case SCOPE_ENDING:
	case SCOPE_ATTEMPT:
	case SCOPE_ANSWER:
	case SCOPE_ARTIFACT:
	case SCOPE_ARTIFACTS:
		return json_type(&c->in, json_member(&c->in, 0,
		    "target_run_id")) == JSON_STRING;
	case SCOPE_NONE:	/* there it is a filter, or a question */
		return false;
	default:
		return true;
	}
}

/*
 * The run that run_id names, if the plugin carried it out.  Where it is also
 * the target, one that isn't so is a target like any other; else it is
 * refused as if it weren't there.
 */
static rh_status
named_session(struct act *a, struct call *c, const char *text,
    struct err *err)
{
	struct id id;
	int64_t run_no;
	rh_status rc = RH_ENOENT;

	if (id_parse(str_of(text), &id)) {
		text = id_run(&id, arena_alloc(&c->arena, ID_RUN_LEN));
		rc = store_run_find(a->db, &id, &run_no, &c->arena, NULL, err);
	}
	if (rc == RH_OK)
		rc = take_session(a, c, run_no, err);
	if (rc != RH_OK && rc != RH_ENOENT)
		return rc;
	if (c->caller.session != NULL || !is_apart(c))
		return RH_OK;
	a->target = text;
	return no_run(text, err);
}

/*
 * Which run gives a plugin something: the one that it names, else the one
 * that it carries out.
 */
rh_status
find_session(struct act *a, struct call *c, struct err *err)
{
	const char *named = NULL;
	rh_status rc;

	c->caller.session = NULL;
	if (c->caller.kind != CALLER_PLUGIN || a->db == NULL)
		return RH_OK;
	if (c->refusal == RH_OK && c->action->scope != SCOPE_NONE)
		named = call_text(c, "run_id");
	if (named != NULL && (rc = named_session(a, c, named, err)) != RH_OK)
		return rc;
	if (c->caller.session != NULL || c->caller.run_no == 0 ||
	    (api_bit(str_of(c->name)) == 0 && c->action->scope != SCOPE_NEW))
		return RH_OK;
	return take_session(a, c, c->caller.run_no, err);
}

/*
 * What a run that a plugin makes gives its own plugin: no more than the
 * maker has, or, for one that makes it outside of a run, than any run gives.
 */
rh_status
admit_apis(const struct call *c, struct err *err)
{
	const struct session *s = c->caller.session;
	struct scope scope;
	int64_t limit, *apis, asked;
	int i;

	if (c->caller.kind != CALLER_PLUGIN || c->refusal != RH_OK)
		return RH_OK;
	apis = run_create_apis(c, &scope, &asked);
	limit = s != NULL ? s->apis : api_preset(&scope);
	for (i = 0; api_table[i] != NULL; i++) {
		if ((asked & ~limit & INT64_C(1) << i) == 0)
			continue;
		err_set(err, RH_EPERM, "\"%s\" can't give \"%s\" to the run: "
		    "it hasn't got it itself", c->caller.principal,
		    api_table[i]);
		return err_hint(err, "leave it out of available_apis, or have "
		    "the plugin's own run made with it");
	}
	*apis &= limit;
	return RH_OK;
}
