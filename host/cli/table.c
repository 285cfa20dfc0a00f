/*
 * Tables of text: measured in code points, cut rather than wrapped.
 */
#include "cli/print.h"

#include "base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
table_init(struct table *t, const char *const *heads)
{
	memset(t, 0, sizeof *t);
	t->heads = heads;
	while (heads[t->columns] != NULL)
		t->columns++;
	assert(t->columns <= TABLE_COLUMNS);
}

void
table_fini(struct table *t)
{
	size_t i;

	for (i = 0; i < t->cell_count; i++)
		free(t->cells[i]);
	free(t->cells);
}

void
table_cell(struct table *t, const char *text)
{
	struct buf safe = { 0 };

	if (text == NULL || *text == '\0')
		text = "-";
	print_line(&safe, text, strlen(text));
	t->cells = mem_realloc(t->cells,
	    (t->cell_count + 1) * sizeof *t->cells);
	t->cells[t->cell_count++] = buf_take(&safe);
}

void
table_cell_i64(struct table *t, int64_t n)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)n);
	table_cell(t, text);
}

/* Code points: good enough for what stands in our columns. */
static int
width_of(const char *s)
{
	int n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Cuts a line to a number of code points, its last one a mark. */
static void
cut(struct buf *line, int width)
{
	size_t i;
	int n = 0;

	if (width <= 0 || width_of(line->p) <= width)
		return;
	for (i = 0; i < line->len; i++) {
		n += ((unsigned char)line->p[i] & 0xc0) != 0x80;
		if (n == width)
			break;
	}
	line->len = i;
	buf_adds(line, "\xe2\x80\xa6");		/* … */
}

static void
row(const struct table *t, const char *const *cells, const int *widths,
    int width, FILE *f)
{
	struct buf line = { 0 };
	int c, pad;

	for (c = 0; c < t->columns; c++) {
		buf_adds(&line, cells[c]);
		pad = c + 1 < t->columns ? widths[c] - width_of(cells[c]) + 2
		    : 0;
		while (pad-- > 0)
			buf_addc(&line, ' ');
	}
	cut(&line, width);
	fprintf(f, "%s\n", line.p);
	buf_fini(&line);
}

void
table_print(const struct table *t, int width, FILE *f)
{
	int widths[TABLE_COLUMNS], c, n;
	size_t i;

	for (c = 0; c < t->columns; c++)
		widths[c] = width_of(t->heads[c]);
	for (i = 0; i < t->cell_count; i++) {
		c = (int)(i % (size_t)t->columns);
		n = width_of(t->cells[i]);
		widths[c] = n > widths[c] ? n : widths[c];
	}
	row(t, t->heads, widths, width, f);
	for (i = 0; i + (size_t)t->columns <= t->cell_count;
	    i += (size_t)t->columns)
		row(t, (const char *const *)t->cells + i, widths, width, f);
}
