/*
 * What a plugin may report: forms, sizes and ranges, in one place.  Judged
 * on the worker's side, so that the plugin is told at once, and again by
 * the host, which trusts no worker.
 */
#ifndef WORKER_REPORT_H
#define WORKER_REPORT_H

#include "base/err.h"
#include "worker/invoke.h"

#include <stdbool.h>

#define REPORT_STAGE_MAX	64
#define REPORT_MESSAGE_MAX	(4 * 1024)
#define REPORT_DATA_MAX		(32 * 1024)
#define REPORT_LOG_MAX		(4 * 1024)
#define REPORT_OUTPUT_MAX	(1024 * 1024)	/* of an outcome */
#define REPORT_ERROR_MAX	(16 * 1024)
#define REPORT_METADATA_MAX	(16 * 1024)
#define REPORT_NAME_MAX		128		/* of a checkpoint */
#define REPORT_CHECKPOINT_MAX	(1024 * 1024)
#define REPORT_KEY_MAX		255		/* of a state */
#define REPORT_VALUE_MAX	(256 * 1024)
#define REPORT_ARGS_MAX		(1024 * 1024)	/* of a call */

/*
 * All answer RH_OK, RH_EINPUT or RH_ETOOBIG, naming member and limit.
 * That percent never goes down is the caller's to compare.
 */
rh_status	report_event(const struct event_record *, struct err *);
rh_status	report_checkpoint(struct str name, struct str bytes,
		    struct err *);
rh_status	report_state(struct str scope, struct str key, struct err *);
rh_status	report_value(struct str json, struct err *);	/* of a state */
rh_status	report_call(struct str action, struct str args, struct err *);
rh_status	report_log(uint32_t level, struct str text, struct err *);
rh_status	report_connect(struct str host, int64_t port, int64_t timeout_ms,
		    struct err *);
rh_status	report_secret(struct str name, struct err *);
/* RH_ENOSYS for an unknown kind. */
rh_status	report_outcome(const struct rh_outcome *, struct err *);

bool		report_kind_known(uint32_t outcome_kind);

/* An event type that only the host writes, as "host.started" or "output". */
bool		report_type_reserved(struct str type);

#endif
