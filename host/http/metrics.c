/*
 * GET /metrics, and what the doors count.
 */
#include "http/routes.h"

#include "base/metric.h"
#include "stream/stream.h"

struct call *
metrics_ask(struct request *r)
{
	static const char *const queries[] = { NULL };
	struct buf body = { 0 };
	struct err err = { 0 };

	request_only(r, queries, &err);
	return request_call(r, "host_metrics", &body, &err);
}

void
metrics_answer(struct request *r, struct reply *reply)
{
	reply->type = "text/plain; version=0.0.4; charset=utf-8";
	buf_adds(&reply->body, r->call->result);
}

void
http_meters(struct http *http, struct metric_text *t)
{
	static const char *const classes[HTTP_CLASSES] = {
		NULL, "1xx", "2xx", "3xx", "4xx", "5xx"
	};
	size_t i;

	metric_put(t, METRIC_STREAMS, NULL,
	    (int64_t)streams_count(http->streams));
	for (i = 2; i < HTTP_CLASSES; i++)
		metric_put(t, METRIC_REQUESTS, classes[i],
		    atomic_load_explicit(&http->answered[i],
		    memory_order_relaxed));
}
