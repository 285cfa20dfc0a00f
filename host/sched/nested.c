/*
 * Calls that a plugin makes while it is invoked: of the host's actions or
 * of another plugin's, with the rights of the whole chain of callers.  Its
 * other frames don't wait for the answer.
 */
#include "sched/control.h"

#include "auth/policy.h"
#include "sched/uses.h"

/*
 * What the plugin called, for the admin who grants: the plugin's own part
 * only, others of the chain may lack the right as well.
 */
static void
note_call(struct job *j, const struct call *c)
{
	struct sched *s = j->s;
	struct caller alone = { .kind = CALLER_PLUGIN,
	    .principal = j->plug->principal };
	struct verdict v = { .known = false };
	struct policy *p;

	if (s->to->policy == NULL || (c->status != RH_OK &&
	    c->status != RH_EPERM))
		return;
	if (c->status == RH_EPERM) {
		p = s->to->policy(s->host);
		authorize(p, &alone, c->name, NULL, s->plan.now, &v);
		policy_unref(p);
		if (v.known)
			return;
	}
	use_note(s->uses, j->plug->plugin->id, c->name, c->status == RH_OK,
	    s->plan.now);
}

static void
nested_done(struct submit *sub, struct call *c)
{
	struct op *op = (struct op *)sub;
	struct job *j = op_job(op);
	struct buf envelope = { 0 };

	if (j != NULL) {
		plan_nested(j->at, -1);
		note_call(j, c);
		call_render(c);
		if (c->status != RH_OK)
			error_envelope(c, &envelope);
		if (c->status == RH_OK)
			link_reply(j, op->seq, RH_OK, c->reply.p,
			    c->reply.len);
		else
			link_reply(j, op->seq, c->status, envelope.p,
			    envelope.len);
		lane_resume(j);
	}
	buf_fini(&envelope);
	op_free(op);
	call_free(c);
}

void
nested_submit(struct op *op)
{
	struct job *j = op_job(op);
	struct call *c;

	c = call_open(op->a.p, &j->caller, op->b.p, op->b.len);
	plan_nested(j->at, 1);
	op->submit.done = nested_done;
	if (j->caller.chain_len < CALLER_CHAIN_MAX) {
		sched_submit(j->s, c, &op->submit);
		return;
	}
	c->status = err_set(&c->err, RH_EDEADLOCK, "\"%s\" would be the "
	    "call number %d of a chain, %d are allowed", op->a.p,
	    CALLER_CHAIN_MAX + 1, CALLER_CHAIN_MAX);
	nested_done(&op->submit, c);
}

struct attempt *
nested_parent(const struct call *c)
{
	const struct submit *sub = c->owner;

	if (c->done != inbox_done || sub->done != nested_done)
		return NULL;
	return plan_attempt(&sub->s->plan,
	    ((const struct op *)(const void *)sub)->handle);
}
