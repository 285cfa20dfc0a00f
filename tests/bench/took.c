#include "took.h"

#include <stdio.h>
#include <stdlib.h>

void
took_add(struct took *t, int64_t ns)
{
	if (t->n == t->max) {
		t->max = t->max != 0 ? 2 * t->max : 65536;
		t->ns = realloc(t->ns, t->max * sizeof *t->ns);
		if (t->ns == NULL) {
			fputs("no memory\n", stderr);
			exit(1);
		}
	}
	t->ns[t->n++] = ns;
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

double
took_us(struct took *t, double part)
{
	if (t->n == 0)
		return 0;
	qsort(t->ns, t->n, sizeof *t->ns, compare);
	return (double)t->ns[(size_t)(part * (double)(t->n - 1))] / 1e3;
}

void
took_free(struct took *t)
{
	free(t->ns);
	*t = (struct took){ 0 };
}
