/*
 * Guesses which name was meant: the nearest by edit distance, if it is
 * near enough to be a slip of the fingers.
 */
#include "cli/options.h"

#include <string.h>

#define WORD_MAX	48

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein's distance, one row of his table at a time. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[WORD_MAX + 1], left, diagonal, cost;
	size_t i, j, n = strlen(b);

	for (j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (i = 1; a[i - 1] != '\0'; i++) {
		diagonal = row[0];
		row[0] = (unsigned)i;
		for (j = 1; j <= n; j++) {
			left = row[j];
			cost = a[i - 1] != b[j - 1];
			row[j] = min3(row[j] + 1, row[j - 1] + 1,
			    diagonal + cost);
			diagonal = left;
		}
	}
	return row[n];
}

void
nearest_init(struct nearest *n, const char *word)
{
	n->word = word;
	n->best = NULL;
	/* Up to a third of the word may be wrong. */
	n->distance = (unsigned)strlen(word) / 3 + 2;
}

void
nearest_try(struct nearest *n, const char *name)
{
	unsigned d;

	if (strlen(n->word) > WORD_MAX || strlen(name) > WORD_MAX)
		return;
	d = distance(n->word, name);
	if (d >= n->distance)
		return;
	n->distance = d;
	n->best = name;
}
