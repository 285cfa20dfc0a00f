/*
 * What the host tells of itself in numbers: one table of metrics, counters
 * that other layers keep, and the text that Prometheus reads (version 0.0.4).
 * Who counts and who asks is not known here.
 */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include "base/buf.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum metric_id {
	METRIC_BUILD_INFO, METRIC_READY,
	METRIC_RUNS, METRIC_RUNS_ENDED, METRIC_QUEUE_AGE, METRIC_CLAIM,
	METRIC_CLAIMS, METRIC_LEASES_LOST, METRIC_RUNTIMES,
	METRIC_RUNTIMES_HOLD, METRIC_RUNTIMES_CAPACITY,
	METRIC_WAITING, METRIC_BATCH, METRIC_COMMIT, METRIC_WAL_BYTES,
	METRIC_WAL_PAGES, METRIC_REFUSALS, METRIC_AUDIT_SEQ,
	METRIC_AUDIT_SIGNED_SEQ, METRIC_AUDIT_SIGNED_AGE,
	METRIC_WORKERS, METRIC_WORKER_STARTS, METRIC_WORKER_DEATHS,
	METRIC_QUARANTINES, METRIC_LIMITS,
	METRIC_STREAMS, METRIC_REQUESTS,
	METRIC_PROC_START, METRIC_PROC_CPU, METRIC_PROC_RSS, METRIC_PROC_FDS,
	METRIC_PROC_FDS_MAX, METRICS
};

enum metric_kind {
	METRIC_UNSET, METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM
};

/* Times are counted in microseconds and shown in seconds. */
struct metric {
	const char *name;
	enum metric_kind kind;
	bool	is_time;
	const char *label;	/* NULL: one value */
	const int64_t *bounds;	/* of a histogram; ended by 0 */
	const char *help;	/* one line */
};
extern const struct metric metric_table[METRICS];
extern const char *const metric_kind_names[];

#define METRIC_BUCKETS	20	/* bounds of a histogram, and what is above */

/* All zero is an empty one.  Any thread may add while another shows. */
struct metric_hist {
	_Atomic uint64_t n[METRIC_BUCKETS];
	_Atomic int64_t sum;
};
void	metric_observe(struct metric_hist *, enum metric_id, int64_t value);

/* The text in the making.  All values of a metric follow each other. */
struct metric_text {
	struct buf buf;
	bool	begun[METRICS];
	enum metric_id last;
};
void	metric_put(struct metric_text *, enum metric_id, const char *label,
	    int64_t value);
void	metric_put_hist(struct metric_text *, enum metric_id,
	    struct metric_hist *);
/* What the system says of this process. */
void	metric_put_process(struct metric_text *);

#endif
