/*
 * One program from its start to its end: what it prints, what it is given,
 * and what stops it.
 */
#ifndef EXEC_WORK_H
#define EXEC_WORK_H

#include <runhost/host.h>

#include "manifest.h"
#include "protocol.h"

#include <stdbool.h>

enum work_stop {
	STOP_NONE,
	STOP_HOST,	/* cancelled, or the run's deadline */
	STOP_TIMEOUT	/* the action's own */
};

struct work {
	const struct rh_host *host;
	const struct rh_invocation *inv;
	const struct action *action;
	struct protocol protocol;
	enum work_stop stop;
	bool	cut;		/* output was dropped */
	int	code, status;	/* how it ended, as si_code and si_status */
};

/* false: it didn't start, and why says so. */
bool	work_run(struct work *, char *const *argv, char *const *envp,
	    struct text *why);
void	work_free(struct work *);

#endif
