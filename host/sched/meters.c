/*
 * What is counted of the workers of each plugin that was described.
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
	size_t i;
	int limit;

	for (c = columns; c < columns + ARRAY_LEN(columns); c++) {
		for (i = 0; i < s->plug_count; i++) {
			plug = &s->plugs[i];
			if (plug->plugin->state == PLUGIN_DISCOVERED ||
			    plug->plugin->id == NULL)
				continue;
			metric_put(t, c->id, plug->plugin->id,
			    atomic_load_explicit((_Atomic int64_t *)
			    ((char *)plug + c->at), memory_order_relaxed));
		}
	}
	for (limit = 0; limit < LIMITS; limit++)
		metric_put(t, METRIC_LIMITS, limit_name(limit),
		    atomic_load_explicit(&s->limit_hits[limit],
		    memory_order_relaxed));
}
