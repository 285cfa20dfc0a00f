/*
 * The table of metrics and its text.  Help and type stand once, before the
 * first value of a metric; that values of one are not torn apart is asserted.
 */
#include "base/metric.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const int64_t commit_bounds[] = {
	50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000,
	250000, 500000, 1000000, 0
};
static const int64_t claim_bounds[] = {
	500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
	1000000, 2500000, 5000000, 10000000, 30000000, 60000000, 300000000,
	1800000000, 0
};
static const int64_t batch_bounds[] = {
	1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 0
};

const char *const metric_kind_names[] = {
	[METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge",
	[METRIC_HISTOGRAM] = "histogram",
};

const struct metric metric_table[METRICS] = {
	/*		name			kind		time	label		bounds		help */
	[METRIC_BUILD_INFO] = { "runhost_build_info", METRIC_GAUGE, false, "version", NULL,	"Always 1; the label says which build this is" },
	[METRIC_READY] = { "runhost_ready",	METRIC_GAUGE,	false,	NULL,		NULL,		"1 when /ready says yes" },
	[METRIC_RUNS] = { "runhost_runs",	METRIC_GAUGE,	false,	"state",	NULL,		"Runs that haven't ended; those queued are the depth of the queue" },
	[METRIC_RUNS_ENDED] = { "runhost_runs_ended_total", METRIC_COUNTER, false, "state", NULL, "Runs that have ended since the start" },
	[METRIC_QUEUE_AGE] = { "runhost_queue_oldest_age_seconds", METRIC_GAUGE, true, NULL, NULL, "Time since the oldest of the queued runs was made; 0: none is queued" },
	[METRIC_CLAIM] = { "runhost_claim_latency_seconds", METRIC_HISTOGRAM, true, NULL, claim_bounds, "Time from making a run to its first claim" },
	[METRIC_CLAIMS] = { "runhost_claims_total", METRIC_COUNTER, false, "queue", NULL,	"Claims since the start, by the queue that the run asked for; empty: none. Beyond 200 queues all others are one, \"(other)\"" },
	[METRIC_LEASES_LOST] = { "runhost_leases_lost_total", METRIC_COUNTER, false, NULL, NULL,	"Leases that ran out since the start, of the host's own pool or elsewhere" },
	[METRIC_RUNTIMES] = { "runhost_runtimes", METRIC_GAUGE, false, "status",	NULL,		"Runtimes elsewhere" },
	[METRIC_RUNTIMES_HOLD] = { "runhost_runtime_runs", METRIC_GAUGE, false, NULL, NULL,	"Runs that runtimes elsewhere hold: their load" },
	[METRIC_RUNTIMES_CAPACITY] = { "runhost_runtime_capacity", METRIC_GAUGE, false, NULL, NULL, "Runs that runtimes which aren't stale may hold together; of those that named a capacity" },
	[METRIC_WAITING] = { "runhost_waiting_calls", METRIC_GAUGE, false, "lane",	NULL,		"Calls that wait for the writer" },
	[METRIC_BATCH] = { "runhost_batch_calls", METRIC_HISTOGRAM, false, NULL,	batch_bounds,	"Calls that a transaction carried" },
	[METRIC_COMMIT] = { "runhost_commit_seconds", METRIC_HISTOGRAM, true, NULL,	commit_bounds,	"Time of a COMMIT, with the sync of the disk" },
	[METRIC_WAL_BYTES] = { "runhost_wal_bytes", METRIC_GAUGE, false, NULL,	NULL,		"Size of the write-ahead log's file, which keeps the largest it had" },
	[METRIC_WAL_PAGES] = { "runhost_wal_pages", METRIC_GAUGE, false, NULL,	NULL,		"Pages in the write-ahead log as of the last commit" },
	[METRIC_REFUSALS] = { "runhost_refusals_total", METRIC_COUNTER, false, "reason", NULL,	"Calls that were refused, and failures that are recorded like refusals, by reason code" },
	[METRIC_AUDIT_SEQ] = { "runhost_audit_head_seq", METRIC_GAUGE, false, NULL,	NULL,		"Number of the newest row of the audit log" },
	[METRIC_AUDIT_SIGNED_SEQ] = { "runhost_audit_signed_seq", METRIC_GAUGE, false, NULL, NULL,	"Number of the newest row that a signed head covers" },
	[METRIC_AUDIT_SIGNED_AGE] = { "runhost_audit_signed_age_seconds", METRIC_GAUGE, true, NULL, NULL, "Time since a head was signed; not there before the first" },
	[METRIC_WORKERS] = { "runhost_workers", METRIC_GAUGE,	false,	"plugin",	NULL,		"Workers of a plugin" },
	[METRIC_WORKER_STARTS] = { "runhost_worker_starts_total", METRIC_COUNTER, false, "plugin", NULL, "Workers that were started; beyond the first ones these are restarts" },
	[METRIC_WORKER_DEATHS] = { "runhost_worker_deaths_total", METRIC_COUNTER, false, "plugin", NULL, "Workers that ended though the host hadn't let them go" },
	[METRIC_QUARANTINES] = { "runhost_plugin_quarantines_total", METRIC_COUNTER, false, "plugin", NULL, "How often a plugin was put into quarantine because its workers crashed" },
	[METRIC_LIMITS] = { "runhost_limits_reached_total", METRIC_COUNTER, false, "limit", NULL, "Attempts that reached a limit: memory, cpu and calls end one, messages and bytes slow it, events and output cut it short" },
	[METRIC_STREAMS] = { "runhost_streams", METRIC_GAUGE,	false,	NULL,		NULL,		"Open event streams" },
	[METRIC_REQUESTS] = { "runhost_http_requests_total", METRIC_COUNTER, false, "class", NULL,	"Requests that were answered, by class of the status" },
	[METRIC_PROC_START] = { "process_start_time_seconds", METRIC_GAUGE, true, NULL, NULL,	"When the host was started, since 1970" },
	[METRIC_PROC_CPU] = { "process_cpu_seconds_total", METRIC_COUNTER, true, NULL, NULL,	"Processor time of the host, without its workers" },
	[METRIC_PROC_RSS] = { "process_resident_memory_bytes", METRIC_GAUGE, false, NULL, NULL,	"Resident memory of the host, without its workers" },
	[METRIC_PROC_FDS] = { "process_open_fds", METRIC_GAUGE, false, NULL,	NULL,		"Open descriptors of the host" },
	[METRIC_PROC_FDS_MAX] = { "process_max_fds", METRIC_GAUGE, false, NULL,	NULL,		"How many it may have" },
};

static size_t
bucket_of(const struct metric *m, int64_t value)
{
	size_t i = 0;

	while (m->bounds[i] != 0 && value > m->bounds[i])
		i++;
	assert(i < METRIC_BUCKETS);
	return i;
}

void
metric_observe(struct metric_hist *h, enum metric_id id, int64_t value)
{
	if (value < 0)
		value = 0;
	atomic_fetch_add_explicit(&h->n[bucket_of(&metric_table[id], value)],
	    1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum, value, memory_order_relaxed);
}

static void
begin(struct metric_text *t, enum metric_id id)
{
	const struct metric *m = &metric_table[id];

	if (t->begun[id]) {
		assert(t->last == id);
		return;
	}
	t->begun[id] = true;
	t->last = id;
	buf_printf(&t->buf, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help,
	    m->name, metric_kind_names[m->kind]);
}

static void
add_label(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "{%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			buf_adds(b, "\\n");
		else if (*value == '"' || *value == '\\')
			buf_printf(b, "\\%c", *value);
		else
			buf_addc(b, *value);
	}
	buf_adds(b, "\"}");
}

static void
add_value(struct buf *b, const struct metric *m, int64_t value)
{
	char text[48];
	int n;

	if (!m->is_time) {
		buf_printf(b, "%lld", (long long)value);
		return;
	}
	if (value < 0)
		value = 0;
	n = snprintf(text, sizeof text, "%lld.%06lld",
	    (long long)(value / 1000000), (long long)(value % 1000000));
	while (text[n - 1] == '0')
		n--;
	buf_add(b, text, (size_t)(text[n - 1] == '.' ? n - 1 : n));
}

void
metric_put(struct metric_text *t, enum metric_id id, const char *label,
    int64_t value)
{
	const struct metric *m = &metric_table[id];

	assert((label != NULL) == (m->label != NULL) &&
	    m->kind != METRIC_HISTOGRAM);
	begin(t, id);
	buf_adds(&t->buf, m->name);
	if (label != NULL)
		add_label(&t->buf, m->label, label);
	buf_addc(&t->buf, ' ');
	add_value(&t->buf, m, value);
	buf_addc(&t->buf, '\n');
}

/* The sum of what it shows is the count: values may come in meanwhile. */
void
metric_put_hist(struct metric_text *t, enum metric_id id,
    struct metric_hist *h)
{
	const struct metric *m = &metric_table[id];
	unsigned long long n = 0;
	size_t i;

	begin(t, id);
	for (i = 0;; i++) {
		n += atomic_load_explicit(&h->n[i], memory_order_relaxed);
		buf_printf(&t->buf, "%s_bucket{le=\"", m->name);
		if (m->bounds[i] == 0)
			break;
		add_value(&t->buf, m, m->bounds[i]);
		buf_printf(&t->buf, "\"} %llu\n", n);
	}
	buf_printf(&t->buf, "+Inf\"} %llu\n%s_sum ", n, m->name);
	add_value(&t->buf, m, atomic_load_explicit(&h->sum,
	    memory_order_relaxed));
	buf_printf(&t->buf, "\n%s_count %llu\n", m->name, n);
}
