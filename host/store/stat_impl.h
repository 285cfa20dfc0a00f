/*
 * What writing, reading and adding up of statistics share.  Private to them.
 */
#ifndef STORE_STAT_IMPL_H
#define STORE_STAT_IMPL_H

#include "base/buf.h"
#include "base/clock.h"
#include "store/store_stat.h"

#define MINUTE_US	(60 * US_PER_S)

/* Levels are numbered from 1; a slot of each is whole ones of the former. */
#define STAT_LEVELS	3
extern const int64_t stat_len[STAT_LEVELS];	/* in minutes */

/* Hours before this minute are added up, days that end before it, too. */
#define FACT_STAT_FOLDED "stat_folded"

struct stat_at {
	int64_t	level, slot;
	const char *runner_id;
};

/* texts: NULL for what there is, or none. */
struct stat_values {
	const int64_t *n;	/* from 1 */
	const int64_t *sum_us;
	const char *text[STAT_TIMES];
};

rh_status	stat_damaged(struct err *);
/* A row that isn't there. */
rh_status	stat_put(struct db *, const struct stat_at *,
		    const struct stat_values *, struct err *);

/* The rows of these slots of a level; runner_id NULL: of all. */
struct stat_range {
	int	level;
	int64_t	from, until;
	const char *runner_id;
	struct stat_sum *(*of)(struct str runner_id, void *);
	void	*arg;
};
rh_status	stat_scan(struct db *, const struct stat_range *,
		    struct err *);

#endif
