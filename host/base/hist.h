/*
 * How values are spread: counts in fixed buckets, sixteen for each doubling,
 * so that a value read back is at most 1/32 (3.2 %) off.  The buckets are the
 * same everywhere and for ever: spreads are added up, and kept as text.
 */
#ifndef BASE_HIST_H
#define BASE_HIST_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIST_BUCKETS	704		/* up to 2^47 */

struct hist {
	int64_t	total;
	int64_t	n[HIST_BUCKETS];
};

/* The bucket of a value; below 0 is 0, what is too large is in the last. */
int	hist_bucket(int64_t value);
/* The middle of a bucket. */
int64_t	hist_middle(int bucket);

void	hist_count(struct hist *, int bucket, int64_t n);
/*
 * The value that so many hundredths of all are not above (nearest rank), by
 * the middle of its bucket; -1 when there is none.
 */
int64_t	hist_percentile(const struct hist *, int hundredths);

/*
 * As text, "bucket:count bucket:count", into an empty buffer; empty for none.
 */
void	hist_write(const struct hist *, struct buf *);
/* Adds what the text says; false, with a part of it added, if it is none. */
bool	hist_add_text(struct hist *, struct str);
/*
 * The text with one more for each of these buckets, which are in order, into
 * an empty buffer; false if it is none.
 */
bool	hist_merge_text(struct str, const int *buckets, size_t n,
	    struct buf *);

#endif
