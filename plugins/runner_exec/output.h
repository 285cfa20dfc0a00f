/*
 * What a program prints, on its way to the host: no character is cut in
 * two, and nothing goes beyond the action's cap.
 */
#ifndef EXEC_OUTPUT_H
#define EXEC_OUTPUT_H

#include <runhost/host.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output {
	const struct rh_host *host;
	uint64_t handle;
	uint32_t stream;	/* RH_STDOUT, RH_STDERR */
	int64_t	*left;		/* of the cap; both streams share it */
	char	rest[4];	/* the beginning of a character */
	size_t	rest_len;
	bool	cut;		/* something was dropped */
};

void	output_put(struct output *, const char *p, size_t len);
void	output_end(struct output *);

#endif
