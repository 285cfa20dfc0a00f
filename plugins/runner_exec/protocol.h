/*
 * What a program may say by lines that begin with "::"
 * (docs/exec-runner.md): each becomes a call of the host.
 */
#ifndef EXEC_PROTOCOL_H
#define EXEC_PROTOCOL_H

#include <runhost/host.h>

#include "text.h"

#include <stdbool.h>

struct output;

struct protocol {
	const struct rh_host *host;
	uint64_t handle;
	const char *stage;	/* of its progress: the action's name */
	struct output *output;
	struct text result;	/* "::result"; the last one holds */
	struct text error;	/* "::error" */
	bool	has_result, has_error;
	unsigned bad;		/* lines that were none of these */
};

/* false: it is ordinary output, which an event has said why. */
bool	protocol_line(struct protocol *, const char *line, size_t len,
	    unsigned long line_no);
void	protocol_free(struct protocol *);

#endif
