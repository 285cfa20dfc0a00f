/*
 * A host table for tests: writes down what a plugin does with it.  One
 * invocation at a time; time does not pass.
 */
#ifndef ABI_FAKE_H
#define ABI_FAKE_H

#include <runhost/host.h>

#include "base/buf.h"

#include <stdbool.h>

struct fake {
	struct rh_host host;
	struct rh_invocation inv;	/* all texts "", JSON ones empty JSON */
	struct buf reports;	/* a line each: "progress DONE 100 -" … */
	struct buf pieces;	/* data of the events, a line each */
	uint64_t output_bytes;	/* through output() */
	int64_t	waited_ms;
	int	waits;		/* calls of wait() with a time */
	int	stop_at;	/* the wait that is told to stop; 0: none */
	rh_status stop;		/* and what it is told from then on */
	bool	finished;
	uint32_t kind;		/* of the outcome */
	int32_t	exit_code;
	uint32_t retryable;
	struct buf output;
	struct buf error;
	struct buf metadata;
};

void	fake_init(struct fake *);	/* one at a time */
void	fake_fini(struct fake *);
struct rh_text fake_text(const char *);

#endif
