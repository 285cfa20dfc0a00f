/*
 * What the host counts, for whoever asks.  The writer's numbers are those
 * of its last commit.
 */
#include "ledger/host_impl.h"

#include "base/metric.h"
#include "store/store_run.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const lane_names[LANES] = {
	[LANE_OF_MUST] = "must", [LANE_OF_EVENTS] = "events",
	[LANE_OF_CANCELS] = "cancels", [LANE_OF_CLIENTS] = "clients",
};

static void
put_runs(struct metric_text *t, const struct run_counts *runs)
{
	int s;

	for (s = RUN_QUEUED; s < RUN_FIRST_TERMINAL; s++)
		metric_put(t, METRIC_RUNS,
		    run_state_name((enum run_state)s), runs->n[s]);
	for (; s <= RUN_STATES; s++)
		metric_put(t, METRIC_RUNS_ENDED,
		    run_state_name((enum run_state)s), runs->n[s]);
}

static void
put_wal(struct host *h, struct metric_text *t, int pages)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof path, "%s-wal", h->db_path);
	if (stat(path, &st) == 0)
		metric_put(t, METRIC_WAL_BYTES, NULL, (int64_t)st.st_size);
	metric_put(t, METRIC_WAL_PAGES, NULL, pages);
}

static void
put_audit(struct host *h, struct metric_text *t, int64_t now)
{
	int64_t seq, signed_seq, at;

	pthread_mutex_lock(&h->head_lock);
	seq = h->head.seq;
	signed_seq = h->signed_head.seq;
	at = h->signed_head.at_us;
	pthread_mutex_unlock(&h->head_lock);
	metric_put(t, METRIC_AUDIT_SEQ, NULL, seq);
	metric_put(t, METRIC_AUDIT_SIGNED_SEQ, NULL, signed_seq);
	if (at != 0)
		metric_put(t, METRIC_AUDIT_SIGNED_AGE, NULL, now - at);
}

/* Reason codes of which two statuses share one are shown once. */
static void
put_refusals(struct host *h, struct metric_text *t)
{
	const struct err_reason *r, *other;
	int64_t n[TALLY_STATUSES], sum;

	tally_refusals(h->env.tally, n);
	for (r = err_reason_table; r->code != NULL; r++)
		n[r->status] += atomic_load_explicit(&h->turned_away[r->status],
		    memory_order_relaxed);
	for (r = err_reason_table; r->code != NULL; r++) {
		sum = 0;
		for (other = err_reason_table; other->code != NULL; other++) {
			if (strcmp(other->code, r->code) == 0) {
				if (other < r)
					break;
				sum += n[other->status];
			}
		}
		if (sum > 0)
			metric_put(t, METRIC_REFUSALS, r->code, sum);
	}
}

void
host_meters(struct host *h, struct metric_text *t)
{
	struct host_status status;
	struct run_counts runs;
	size_t waiting[LANES], lane;
	int pages;

	host_status_get(h, &status);
	pthread_mutex_lock(&h->lock);
	runs = h->runs;
	pages = h->wal_pages;
	memcpy(waiting, h->lane_len, sizeof waiting);
	pthread_mutex_unlock(&h->lock);
	metric_put(t, METRIC_READY, NULL, status.ready);
	put_runs(t, &runs);
	metric_put_hist(t, METRIC_CLAIM, &h->claims);
	host_put_claims(h, t);
	metric_put(t, METRIC_LEASES_LOST, NULL, atomic_load_explicit(
	    &h->leases_lost, memory_order_relaxed));
	for (lane = 0; lane < LANES; lane++)
		metric_put(t, METRIC_WAITING, lane_names[lane],
		    (int64_t)waiting[lane]);
	metric_put_hist(t, METRIC_BATCH, &h->batches);
	metric_put_hist(t, METRIC_COMMIT, gate_commits(ledger_gate(h->ledger)));
	put_wal(h, t, pages);
	put_refusals(h, t);
	put_audit(h, t, status.now_us);
	metric_put(t, METRIC_PROC_START, NULL, status.started_us);
}
