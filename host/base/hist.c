/*
 * Counts in buckets that grow with the value.
 */
#include "base/hist.h"

#define PER_DOUBLING	16
#define FIRST_BITS	4	/* below 2^4 each value has its own bucket */
#define COUNT_DIGITS	12

int
hist_bucket(int64_t value)
{
	int top, bucket;

	if (value < PER_DOUBLING)
		return value > 0 ? (int)value : 0;
	top = 63 - __builtin_clzll((unsigned long long)value);
	bucket = (top - FIRST_BITS + 1) * PER_DOUBLING +
	    (int)(value >> (top - FIRST_BITS) & (PER_DOUBLING - 1));
	return bucket < HIST_BUCKETS ? bucket : HIST_BUCKETS - 1;
}

int64_t
hist_middle(int bucket)
{
	int shift = bucket / PER_DOUBLING - 1;
	int64_t low;

	if (shift <= 0)
		return bucket;
	low = (int64_t)(PER_DOUBLING + bucket % PER_DOUBLING) << shift;
	return low + (INT64_C(1) << shift) / 2;
}

void
hist_count(struct hist *h, int bucket, int64_t n)
{
	h->n[bucket] += n;
	h->total += n;
}

int64_t
hist_percentile(const struct hist *h, int hundredths)
{
	int64_t rank = h->total / 100 * hundredths +
	    (h->total % 100 * hundredths + 99) / 100;
	int i;

	if (h->total <= 0)
		return -1;
	if (rank < 1)
		rank = 1;
	for (i = 0; i < HIST_BUCKETS - 1; i++) {
		if ((rank -= h->n[i]) <= 0)
			break;
	}
	return hist_middle(i);
}

/* Digits, from behind. */
static char *
put(char *end, int64_t n)
{
	do
		*--end = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	return end;
}

static void
write_one(struct buf *b, int bucket, int64_t n)
{
	char text[32], *end = text + sizeof text, *p = put(end, n);

	*--p = ':';
	p = put(p, bucket);
	if (b->len > 0)
		*--p = ' ';
	buf_add(b, p, (size_t)(end - p));
}

void
hist_write(const struct hist *h, struct buf *b)
{
	int i;

	for (i = 0; i < HIST_BUCKETS; i++) {
		if (h->n[i] > 0)
			write_one(b, i, h->n[i]);
	}
}

/* A number of so many digits at most; -1: there is none. */
static inline int64_t
take(const char **p, const char *end, int digits)
{
	const char *s = *p, *last = end - s > digits ? s + digits : end;
	int64_t n = 0;

	for (; s < last && (unsigned char)(*s - '0') <= 9; s++)
		n = n * 10 + (*s - '0');
	if (s == *p)
		return -1;
	*p = s;
	return n;
}

/* The next of a text, which is not empty. */
static inline bool
take_one(struct str *s, int *bucket, int64_t *n)
{
	const char *p = s->p, *end = s->p + s->len;
	int64_t no = take(&p, end, 3);

	if (no < 0 || no >= HIST_BUCKETS || p == end || *p++ != ':' ||
	    (*n = take(&p, end, COUNT_DIGITS)) < 0)
		return false;
	*bucket = (int)no;
	if (p < end && (*p++ != ' ' || p == end))
		return false;
	s->p = p;
	s->len = (size_t)(end - p);
	return true;
}

bool
hist_add_text(struct hist *h, struct str s)
{
	int64_t n;
	int bucket;

	while (s.len > 0) {
		if (!take_one(&s, &bucket, &n))
			return false;
		hist_count(h, bucket, n);
	}
	return true;
}

bool
hist_merge_text(struct str s, const int *more, size_t count, struct buf *b)
{
	const int *end = more + count;
	int64_t n = 0, added;
	int old = HIST_BUCKETS, bucket;

	for (;;) {
		if (old == HIST_BUCKETS && s.len > 0 &&
		    !take_one(&s, &old, &n))
			return false;
		bucket = more < end && *more < old ? *more : old;
		if (bucket == HIST_BUCKETS)
			return true;
		for (added = 0; more < end && *more == bucket; more++)
			added++;
		if (bucket == old) {
			added += n;
			old = HIST_BUCKETS;
		}
		write_one(b, bucket, added);
	}
}
