/*
 * A plugin asks the host for what its capabilities give: a connection, a
 * secret; and secrets are changed.  A use is decided in the writer's transaction, by the policy of that moment;
 * a refusal is on disk before the plugin hears it.
 */
#include "action/act.h"

#include "action/admit.h"
#include "action/attempt.h"
#include "auth/capability.h"
#include "base/secret.h"

static rh_status
write_row(struct act *a, struct call *c, const struct use_args *u,
    enum audit_decision d, struct err *err)
{
	struct audit_row row;

	record_fill(a, c, d, &row);
	row.action = u->what;
	row.permission = u->capability;
	return act_record(a, c, &row, err);
}

/* As any refusal: a row, unless the plugin has had too many. */
static rh_status
note_refusal(struct act *a, struct call *c, const struct use_args *u,
    struct err *err)
{
	struct tally_key key;

	c->status = u->why.status;
	c->err = u->why;
	key = record_key(a, c, false);
	key.action = u->what;
	if (c->noted == NOTED_NOT)
		c->noted = tally_note(a->env->tally, &key, a->now) ?
		    NOTED_ROW : NOTED_COUNTED;
	record_failure(a, c);
	c->status = RH_OK;
	return c->noted == NOTED_COUNTED ? RH_OK :
	    write_row(a, c, u, AUDIT_DENY, err);
}

/* Capabilities are the plugin's own, whoever made it run. */
rh_status
capability_use(struct act *a, struct call *c, struct err *err)
{
	struct use_args *u = c->args;

	a->target = u->target;
	if (u->judged)
		return note_refusal(a, c, u, err);
	u->allowed = capability_held(a->policy, c->caller.principal,
	    u->capability, a->now);
	if (u->allowed)
		return u->recorded ? write_row(a, c, u, AUDIT_ALLOW, err) :
		    RH_OK;
	err_set(&u->why, RH_EPERM, "\"%s\" lacks the permission \"%s\"",
	    c->caller.principal, u->capability);
	err_hint(&u->why, "an admin grants it with: runhost grant add %s %s",
	    c->caller.principal, u->capability);
	return note_refusal(a, c, u, err);
}

/*
 * The value is written by the process that asks, which could write the file
 * without asking.
 */
rh_status
secret_change(struct act *a, struct call *c, struct err *err)
{
	const char *name = call_text(c, "name");
	const char *change = call_text(c, "change");
	struct buf b = { 0 };
	struct json_out j;

	if (secret_name_check(str_of(name), err) != RH_OK)
		return err_wrap(err, "body.name");
	act_target(a, c, name);
	a->detail = arena_printf(&c->arena, "{\"change\":\"%s\"}", change);
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "name", name);
	jw_m_text(&j, "change", change);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}
