/*
 * Time as the host sees it.  Code that decides anything takes a
 * struct clock, so that a test can turn the hands itself.
 * All times are microseconds.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define US_PER_MS	INT64_C(1000)
#define US_PER_S	INT64_C(1000000)

struct clock {
	int64_t	(*wall_us)(const struct clock *);	/* since 1970, UTC */
	int64_t	(*boot_us)(const struct clock *);	/* CLOCK_BOOTTIME */
};

extern const struct clock clock_real;

/* A clock that moves only when told to. */
struct clock_fake {
	struct clock clock;		/* first */
	int64_t	wall;
	int64_t	boot;
};

void	clock_fake_init(struct clock_fake *, int64_t wall_us);
void	clock_fake_advance(struct clock_fake *, int64_t us);

/*
 * The ledger's clock: wall time at start, then boot time, never backwards.
 */
struct clock_ledger {
	const struct clock *src;
	int64_t	wall0, boot0;	/* at start */
	int64_t	last;		/* last value given */
};

/* floor_us: the newest time already in the ledger, or 0. */
void	clock_ledger_init(struct clock_ledger *, const struct clock *,
	    int64_t floor_us);
int64_t	clock_ledger_now(struct clock_ledger *);

#define CLOCK_ISO_LEN	25
/* "2026-11-21T05:56:50.123Z"; out has CLOCK_ISO_LEN bytes. */
const char *clock_iso(int64_t wall_us, char *out);

#endif
