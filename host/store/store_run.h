/*
 * Runs: the wide row written at creation and at the end, and the narrow one
 * that lives while the run does.  Every change is guarded in SQL by state
 * and fence; what the guard refuses answers RH_ESTALE or RH_ESTATE.
 */
#ifndef STORE_STORE_RUN_H
#define STORE_STORE_RUN_H

#include "store/scope.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum run_state {
	RUN_CREATED = 1, RUN_QUEUED, RUN_CLAIMED, RUN_RUNNING,
	RUN_INTERRUPTED, RUN_COMPLETED, RUN_FAILED, RUN_CANCELLED, RUN_TIMEOUT
};
#define RUN_STATES	9
#define RUN_FIRST_TERMINAL RUN_COMPLETED

/* What a run is made of. */
struct run_new {
	struct id id;
	struct scope scope;
	const char *plugin;	/* extension_id */
	const char *runner;	/* runner name */
	const char *action_id;	/* or NULL */
	const char *session_id;	/* or NULL */
	const char *command;	/* or NULL */
	const char *raw_args;	/* or NULL */
	const char *args;	/* JSON array */
	const char *flags;	/* JSON object */
	const char *input;	/* JSON, or NULL */
	const char *metadata;	/* JSON object */
	const char *chain;	/* JSON array of principals that made it */
	bool	idempotent;
	bool	dry_run;
	int32_t	priority;
	int64_t	timeout_us;	/* of an attempt */
	int64_t	deadline_us;	/* wall; over all attempts; 0: none */
	int32_t	max_failures;	/* attempts that may fail: 1 = no retry */
	int32_t	max_losses;
	int64_t	retention_us;	/* after the end; 0: keep */
	int64_t	created_us;
};

/* A run as it stands, for readers. */
struct run_row {
	int64_t	run_no;
	struct id id;
	int64_t	scope_no;
	struct scope scope;
	enum run_state state;
	const char *plugin, *runner, *action_id, *session_id;
	const char *command, *raw_args, *args, *flags, *input, *metadata;
	const char *chain;
	bool	idempotent, dry_run;
	int32_t	priority;
	int64_t	timeout_us, deadline_us, retention_us;
	int64_t	created_us, started_us, ended_us, updated_us;
	int32_t	attempts;
	int32_t	percent;
	const char *stage;	/* current stage, or NULL */
	int64_t	last_seq;	/* of its events */
	int64_t	fence;		/* of the present attempt; 0: none */
	int64_t	lease_us;	/* until; 0: none */
	int64_t	cancel_us;	/* asked at; 0: not */
	const char *runtime;	/* that holds it, or NULL */
	bool	inproc;
	/* the end */
	int32_t	exit_code;
	bool	has_exit_code;
	const char *output;	/* the outcome's, or NULL */
	const char *error;	/* or NULL */
	const char *reason;	/* status_reason, or NULL */
	const char *result_meta;	/* JSON object, or NULL */
	bool	truncated;	/* output was dropped */
};

struct run_page {
	struct run_row *rows;
	size_t	count;
	int64_t	next;		/* cursor, or 0 */
	int64_t	total;		/* all matches */
};

/* An event as stored. */
struct event_row {
	int64_t	run_no;
	int64_t	seq;
	int64_t	at_us;
	const char *type;
	const char *data;	/* JSON object */
};

struct event_page {
	struct event_row *rows;
	size_t	count;
	bool	has_more;
	int64_t	last_seq;	/* of the run, in the same snapshot */
	enum run_state state;	/* of the run, in the same snapshot */
};

bool		run_is_terminal(enum run_state);
const char	*run_state_name(enum run_state);	/* ledger word */
const char	*run_state_native(enum run_state);	/* PENDING … CANCELED */

#endif
