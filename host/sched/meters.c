/*
 * What is counted of the workers of each plugin that is or was in use.
 */
#include "sched/control.h"

#include "base/mem.h"
#include "base/metric.h"

struct column {
	enum metric_id id;
	size_t	at;		/* in struct plug */
};

static const struct column columns[] = {
	{ METRIC_WORKERS, offsetof(struct plug, workers) },
	{ METRIC_WORKER_STARTS, offsetof(struct plug, starts) },
	{ METRIC_WORKER_DEATHS, offsetof(struct plug, deaths) },
	{ METRIC_QUARANTINES, offsetof(struct plug, quarantines) },
};

void
sched_meters(struct sched *s, struct metric_text *t)
{
	const struct column *c;
	struct plug *plug;
	int limit;

	pthread_mutex_lock(&s->lock);
	for (c = columns; c < columns + ARRAY_LEN(columns); c++) {
		STAILQ_FOREACH(plug, &s->plugs, next) {
			if (!plug->listed)
				continue;
			metric_put(t, c->id, plug->plugin->id,
			    atomic_load_explicit((_Atomic int64_t *)
			    ((char *)plug + c->at), memory_order_relaxed));
		}
	}
	pthread_mutex_unlock(&s->lock);
	for (limit = 0; limit < LIMITS; limit++)
		metric_put(t, METRIC_LIMITS, limit_name(limit),
		    atomic_load_explicit(&s->limit_hits[limit],
		    memory_order_relaxed));
}
