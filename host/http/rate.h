/*
 * How many requests a second a caller makes.  Fixed memory: thousands of
 * callers are told apart; among more than that who have all called in the
 * same second, one may be charged what another has asked for.
 */
#ifndef HTTP_RATE_H
#define HTTP_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate;

struct rate	*rate_new(unsigned per_second);
void		 rate_free(struct rate *);	/* NULL is fine */

/* From now on; any thread. */
void		 rate_set(struct rate *, unsigned per_second);
unsigned	 rate_limit(const struct rate *);

/* Any thread.  False: who has had its requests of this second. */
bool		 rate_take(struct rate *, const char *who, int64_t now_us);

#endif
