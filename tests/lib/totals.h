/*
 * What a ledger holds, as numbers of which every action changes some: so
 * that a test can say "wholly there" and "wholly absent".
 */
#ifndef LIB_TOTALS_H
#define LIB_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#define TOTALS		38

struct totals {
	int64_t	n[TOTALS];
};

struct sqlite3;

void	totals_read(struct sqlite3 *, struct totals *);
void	totals_of(const char *db_path, struct totals *);
struct totals	totals_change(const struct totals *from,
		    const struct totals *to);
/* a, and b if it is to be counted. */
struct totals	totals_sum(const struct totals *a, const struct totals *b,
		    bool with_b);
bool	totals_are(const struct totals *, const struct totals *);

#endif
