/*
 * Follows a run to its end: its events as they come, over as many
 * connections as it takes, and its record afterwards.
 */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include "cli/cli.h"
#include "cli/door.h"
#include "cli/interrupt.h"

struct follow_args {
	const char *run_id;
	const char *after;	/* event to go on behind, or NULL */
	int64_t	retry_s;	/* how long to look for a host that went away */
	bool	cancel;		/* Ctrl-C asks for a cancel first */
	struct interrupt *interrupt;	/* held by the caller */
};

/*
 * Shows progress on diag (none with --json) and the run's output as it
 * comes, then the rest of it, or its record with --json.  The exit code is that of the run's end.
 */
int	follow_run(const struct cli *, struct door *,
	    const struct follow_args *);

/* Of a record's status: SUCCEEDED is 0, TIMEOUT 5, FAILED and CANCELED 1. */
int	follow_exit_code(const char *status);
/* Whether a record's status is one of those four. */
bool	follow_is_end(const char *status);

#endif
