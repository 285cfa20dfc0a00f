/*
 * What the ledger decided, brought to the attempts and pools it is about.
 */
#include "sched/control.h"

#include "base/mem.h"

static void
on_queued(struct sched *s, struct effect *e)
{
	struct plug *plug = e->plugin != NULL ? plug_find(s, e->plugin) :
	    NULL;

	if (plug != NULL)
		pool_place(plug->pool);
	effect_free(e);
}

static void
on_cancel(struct sched *s, struct effect *e)
{
	struct attempt *a = plan_run(&s->plan, e->run_no, e->fence);

	if (a != NULL)
		plan_cancel(a);
	effect_free(e);
}

static void
on_fenced(struct sched *s, struct effect *e)
{
	struct attempt *a = plan_run(&s->plan, e->run_no, e->fence);

	if (a != NULL)
		lane_stale(a->job);
	effect_free(e);
}

static void
on_trust(struct sched *s, struct effect *e)
{
	struct plug *plug = plug_find(s, e->plugin);

	if (plug != NULL)
		plan_trust(plug->pool, plug->plugin->trusted);
	effect_free(e);
}

static void
on_policy(struct sched *s, struct effect *e)
{
	struct plug *plug;

	STAILQ_FOREACH(plug, &s->plugs, next)
		given_look(plug);
	effect_free(e);
}

static void
on_trial(struct sched *s, struct effect *e)
{
	struct plug *plug = plug_find(s, e->plugin);

	if (plug != NULL)
		trial_begin(plug, e->wait_us);
	effect_free(e);
}

static void
on_catalog(struct sched *s, struct effect *e)
{
	plugs_settle(s, e->plugin, e->why);
	effect_free(e);
}

static void
on_install(struct sched *s, struct effect *e)
{
	plug_install(s, e->file, e->call);
	effect_free(e);
}

void
effect_happened(struct sched *s, struct effect *e)
{
	static void (*const happened[])(struct sched *, struct effect *) = {
		[EFFECT_QUEUED] = on_queued,
		[EFFECT_START] = job_start,
		[EFFECT_CANCEL] = on_cancel,
		[EFFECT_FENCED] = on_fenced,
		[EFFECT_INVOKE] = job_invoke,
		[EFFECT_TRUST] = on_trust,
		[EFFECT_POLICY] = on_policy,
		[EFFECT_TRIAL] = on_trial,
		[EFFECT_CATALOG] = on_catalog,
		[EFFECT_INSTALL] = on_install,
	};

	if (e->kind < ARRAY_LEN(happened) && happened[e->kind] != NULL)
		happened[e->kind](s, e);
	else
		effect_free(e);
}
