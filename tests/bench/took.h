/*
 * How long things took: collected, and asked for their percentiles.
 */
#ifndef BENCH_TOOK_H
#define BENCH_TOOK_H

#include <stddef.h>
#include <stdint.h>

struct took {
	int64_t	*ns;
	size_t	n, max;
};

void	took_add(struct took *, int64_t ns);
/* In µs; 0.5: the median, 1: the longest.  Sorts them. */
double	took_us(struct took *, double part);
void	took_free(struct took *);

#endif
