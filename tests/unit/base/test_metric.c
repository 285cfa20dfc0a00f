/*
 * The text of metrics, byte by byte.  That the whole of a host's text is
 * well formed is tests/scenario/860-metrics.scn.
 */
#include "lib/unit.h"

#include "base/metric.h"

#include <ctype.h>
#include <string.h>

static void
test_table(void)
{
	const struct metric *m, *other;
	const char *p;
	size_t n;

	for (m = metric_table; m < metric_table + METRICS; m++) {
		if (!CHECK(m->name != NULL && m->kind != METRIC_UNSET))
			continue;
		for (p = m->name; *p != '\0'; p++)
			CHECK(islower((unsigned char)*p) || *p == '_');
		for (other = metric_table; other < m; other++)
			CHECK(strcmp(other->name, m->name) != 0);
		/* So that neither needs to be escaped. */
		CHECK(strpbrk(m->help, "\\\n|") == NULL);
		CHECK((m->kind == METRIC_HISTOGRAM) == (m->bounds != NULL));
		for (n = 0; m->bounds != NULL && m->bounds[n] != 0; n++)
			CHECK(n == 0 || m->bounds[n] > m->bounds[n - 1]);
		CHECK(n < METRIC_BUCKETS);
		p = strstr(m->name, "_total");
		CHECK((m->kind == METRIC_COUNTER) ==
		    (p != NULL && strcmp(p, "_total") == 0));
	}
}

static void
test_values(void)
{
	struct metric_text t = { .last = METRICS };

	metric_put(&t, METRIC_STREAMS, NULL, 7);
	metric_put(&t, METRIC_WORKERS, "a\"b\\c\nd", -1);
	metric_put(&t, METRIC_WORKERS, "", 2);
	metric_put(&t, METRIC_QUEUE_AGE, NULL, 1500000);
	CHECK_STR(t.buf.p,
	    "# HELP runhost_streams Open event streams\n"
	    "# TYPE runhost_streams gauge\n"
	    "runhost_streams 7\n"
	    "# HELP runhost_workers Workers of a plugin\n"
	    "# TYPE runhost_workers gauge\n"
	    "runhost_workers{plugin=\"a\\\"b\\\\c\\nd\"} -1\n"
	    "runhost_workers{plugin=\"\"} 2\n"
	    "# HELP runhost_queue_oldest_age_seconds Time since the oldest of "
	    "the queued runs was made; 0: none is queued\n"
	    "# TYPE runhost_queue_oldest_age_seconds gauge\n"
	    "runhost_queue_oldest_age_seconds 1.5\n");
	buf_fini(&t.buf);
}

/* A value on a bound is below it; what is above all is in +Inf only. */
static void
test_histogram(void)
{
	struct metric_text t = { .last = METRICS };
	struct metric_hist h = { 0 };

	metric_observe(&h, METRIC_BATCH, 1);
	metric_observe(&h, METRIC_BATCH, 2);
	metric_observe(&h, METRIC_BATCH, 3);
	metric_observe(&h, METRIC_BATCH, 512);
	metric_observe(&h, METRIC_BATCH, 513);
	metric_put_hist(&t, METRIC_BATCH, &h);
	CHECK_HAS(t.buf.p,
	    "# TYPE runhost_batch_calls histogram\n"
	    "runhost_batch_calls_bucket{le=\"1\"} 1\n"
	    "runhost_batch_calls_bucket{le=\"2\"} 2\n"
	    "runhost_batch_calls_bucket{le=\"4\"} 3\n");
	CHECK_HAS(t.buf.p,
	    "runhost_batch_calls_bucket{le=\"256\"} 3\n"
	    "runhost_batch_calls_bucket{le=\"512\"} 4\n"
	    "runhost_batch_calls_bucket{le=\"+Inf\"} 5\n"
	    "runhost_batch_calls_sum 1031\n"
	    "runhost_batch_calls_count 5\n");
	buf_fini(&t.buf);
}

const struct unit_test base_metric_tests[] = {
	{ "the table of metrics is sound", test_table },
	{ "values and labels are spelled", test_values },
	{ "a histogram's buckets are cumulative", test_histogram },
	{ NULL, NULL }
};
