/*
 * Admission of what plugins ask: which run gives them something, and what
 * the runs that they make may give in turn.
 */
#include "action/admit.h"

#include "action/act.h"
#include "auth/session.h"
#include "store/store_session.h"

/* Whether the caller's attempt is the run's, by the channel that it has. */
bool
is_attempt(const struct call *c, int64_t run_no, int64_t fence)
{
	return c->caller.kind == CALLER_PLUGIN && c->caller.run_no != 0 &&
	    c->caller.run_no == run_no && c->caller.fence == fence;
}

/*
 * Only where it decides something: a plugin's call of an action that can be
 * given, or one that makes a run.
 */
rh_status
find_session(struct act *a, struct call *c, struct err *err)
{
	struct session_row row;
	struct session *s;
	rh_status rc;

	c->caller.session = NULL;
	if (c->caller.kind != CALLER_PLUGIN || c->caller.run_no == 0 ||
	    c->action == NULL || a->db == NULL ||
	    (api_bit(str_of(c->name)) == 0 && c->action->scope != SCOPE_NEW))
		return RH_OK;
	rc = store_session_get(a->db, c->caller.run_no, &c->arena, &row, err);
	if (rc == RH_ENOENT)
		return RH_OK;
	if (rc != RH_OK || !is_attempt(c, c->caller.run_no, row.fence))
		return rc;	/* another attempt has it, or none */
	s = arena_zalloc(&c->arena, sizeof *s);
	s->run_no = c->caller.run_no;
	s->scope = row.scope;
	s->apis = row.has_apis ? row.apis : api_preset(&row.scope);
	c->caller.session = s;
	return RH_OK;
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
