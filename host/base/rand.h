/*
 * Random bytes from libsodium, or from a seed when a test wants the same
 * run again.  rand_init() comes before any other call of the process.
 */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

struct rand_src {
	void	(*bytes)(struct rand_src *, void *, size_t);
	uint64_t state;			/* of the seeded source */
};

void	rand_init(void);	/* ends the process if there is no source */

extern struct rand_src rand_system;
void	rand_seeded_init(struct rand_src *, uint64_t seed);	/* tests only */

void	rand_bytes(struct rand_src *, void *, size_t);
uint64_t rand_below(struct rand_src *, uint64_t bound);	/* [0, bound) */

#endif
