/*
 * The host itself: what it counts, and its configuration.
 */
#include "action/act_fleet.h"

#include "action/attempt.h"
#include "base/metric.h"
#include "store/store_run.h"

static void
put_fleet(struct metric_text *t, const struct fleet *f)
{
	metric_put(t, METRIC_RUNTIMES, "online", f->online);
	metric_put(t, METRIC_RUNTIMES, "draining", f->draining);
	metric_put(t, METRIC_RUNTIMES, "stale", f->stale);
	metric_put(t, METRIC_RUNTIMES_HOLD, NULL, f->held);
	metric_put(t, METRIC_RUNTIMES_CAPACITY, NULL, f->capacity);
}

rh_status
host_metrics(struct act *a, struct call *c, struct err *err)
{
	struct metric_text t = { .last = METRICS };
	struct fleet fleet;
	int64_t oldest;
	rh_status rc;

	if ((rc = store_run_oldest_queued(a->db, &oldest, err)) != RH_OK ||
	    (rc = fleet_count(a, &c->arena, &fleet, err)) != RH_OK)
		return rc;
	metric_put(&t, METRIC_BUILD_INFO, a->env->version, 1);
	metric_put(&t, METRIC_QUEUE_AGE, NULL,
	    oldest != 0 ? a->now - oldest : 0);
	put_fleet(&t, &fleet);
	if (a->env->metrics != NULL)
		a->env->metrics(a->env->metrics_arg, &t);
	metric_put_process(&t);
	act_reply(c, &t.buf);
	return RH_OK;
}

/* For who calls it by name: the text in an object. */
void
host_metrics_render(const struct call *c, struct buf *b)
{
	struct json_out j;

	jw_init(&j, b);
	jw_object(&j);
	jw_m_text(&j, "text", c->result);
	jw_end_object(&j);
}

/* The file was read before: here it is only recorded, and said to who acts. */
rh_status
config_reload(struct act *a, struct call *c, struct err *err)
{
	static const struct reload_args none = {
		.text = "{\"file\":null,\"changed\":[],\"restart\":[]}",
	};
	const struct reload_args *args = c->args;

	if (args == NULL && a->env->config_read != NULL)
		return err_set(err, RH_EBUSY, "the caller's rights changed "
		    "meanwhile");
	if (args == NULL)
		args = &none;
	if (args->file != NULL)
		act_target(a, c, args->file);
	a->detail = args->text;
	c->result = (void *)args->text;
	if (args->count > 0)
		act_effect(a, EFFECT_CONFIG, 0)->call = c;
	return RH_OK;
}
