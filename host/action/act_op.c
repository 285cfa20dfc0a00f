/*
 * op_get: what became of an operation whose answer was lost.
 */
#include "action/act.h"

#include "auth/policy.h"
#include "store/store_misc.h"

#define OUTCOME_LOOK_MAX 50000	/* rows behind an intent that are looked at */

struct op_found {
	struct id op;
	struct audit_row row;
	struct arena *arena;
	bool	found;
	/* of an intent: what its outcome's row says, or NULL */
	const char *names_it;	/* as in the outcome's detail */
	const char *outcome;
	int	looks;
};

/* The last row of the op says what became of it. */
static bool
op_row(const struct audit_row *r, void *arg)
{
	struct op_found *f = arg;

	if (id_cmp(&r->op, &f->op) != 0)
		return false;
	f->found = true;
	f->row = *r;
	f->row.principal = arena_strdup(f->arena, r->principal);
	f->row.action = arena_strdup(f->arena, r->action);
	f->row.target = r->target != NULL ?
	    arena_strdup(f->arena, r->target) : NULL;
	return true;
}

static rh_status
op_find(struct act *a, struct op_found *f, struct err *err)
{
	struct audit_walk w = { .row = op_row, .arg = f };
	int64_t seq;
	rh_status rc;

	if ((rc = store_audit_find_op(a->db, &f->op, &seq, err)) != RH_OK ||
	    seq == 0)
		return rc;
	w.from = seq - 1;
	return store_audit_walk(a->db, &w, err);
}

/*
 * The outcome of an intent names it in its detail.  Quotes within a plugin's
 * words are escaped there, so no error text looks like this member.
 */
static bool
outcome_row(const struct audit_row *r, void *arg)
{
	struct op_found *f = arg;

	if (r->decision == AUDIT_OUTCOME && r->detail != NULL &&
	    strstr(r->detail, f->names_it) != NULL)
		f->outcome = arena_strdup(f->arena, r->detail);
	return f->outcome == NULL && f->looks-- > 0;
}

static rh_status
find_outcome(struct act *a, struct op_found *f, struct err *err)
{
	struct audit_walk w = { .from = f->row.seq, .row = outcome_row,
	    .arg = f };
	char hex[ID_HEX_LEN];
	bool running;
	rh_status rc;

	if (!f->found || f->row.decision != AUDIT_INTENT)
		return RH_OK;
	if ((rc = store_intent_find(a->db, &f->op, &running, err)) != RH_OK ||
	    running)
		return rc;
	f->names_it = arena_printf(f->arena, "\"intent\":\"%s\"",
	    id_hex(&f->op, hex));
	f->looks = OUTCOME_LOOK_MAX;
	return store_audit_walk(a->db, &w, err);
}

rh_status
op_get(struct act *a, struct call *c, struct err *err)
{
	struct op_found f = { .arena = &c->arena };
	struct scope scope = { .runner = "" };
	const char *text = call_text(c, "op_id");
	struct verdict v = { 0 };
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	if (!id_parse(str_of(text), &f.op))
		return err_set(err, RH_EINPUT, "op_id \"%s\": must be 32 "
		    "hexadecimal digits", text);
	if ((rc = op_find(a, &f, err)) != RH_OK)
		return rc;
	if (f.found) {
		/* Somebody else's op looks as if there were none. */
		scope.owner = f.row.principal;
		authorize(a->policy, &c->caller, c->name, &scope, a->now, &v);
		f.found = v.allow;
	}
	if ((rc = find_outcome(a, &f, err)) != RH_OK)
		return rc;
	c->admin = v.admin;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "op_id", text);
	jw_m_bool(&j, "found", f.found);
	if (f.found) {
		jw_m_text(&j, "action", f.row.action);
		jw_m_text(&j, "decision", audit_decision_name(f.row.decision));
		jw_m_text(&j, "principal", f.row.principal);
		jw_m_text(&j, "target", f.row.target);
		jw_m_time(&j, "at", f.row.at_us);
		jw_m_raw(&j, "outcome", str_of(f.outcome != NULL ?
		    f.outcome : "null"));
	}
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}
