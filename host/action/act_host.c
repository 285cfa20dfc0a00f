/*
 * The host itself: what it counts.
 */
#include "action/act.h"

#include "base/metric.h"
#include "store/store_run.h"

rh_status
host_metrics(struct act *a, struct call *c, struct err *err)
{
	struct metric_text t = { .last = METRICS };
	int64_t oldest;
	rh_status rc;

	if ((rc = store_run_oldest_queued(a->db, &oldest, err)) != RH_OK)
		return rc;
	metric_put(&t, METRIC_BUILD_INFO, a->env->version, 1);
	metric_put(&t, METRIC_QUEUE_AGE, NULL,
	    oldest != 0 ? a->now - oldest : 0);
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
