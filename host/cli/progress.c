/*
 * Draws progress.
 */
#include "cli/progress.h"

#include "cli/print.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BAR		20
#define ERASE_LINE	"\r\x1b[K"

static int
bounded(int64_t percent)
{
	if (percent < 0)
		return 0;
	return percent > 100 ? 100 : (int)percent;
}

static void
add_text(struct buf *out, const char *before, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	buf_adds(out, before);
	print_line(out, text, strlen(text));
}

/* Cuts what was added since from to a number of code points. */
static void
cut(struct buf *out, size_t from, int width)
{
	size_t i;

	for (i = from; i < out->len; i++)
		if (((unsigned char)out->p[i] & 0xc0) != 0x80 && width-- == 0)
			break;
	out->len = i;
	out->p[i] = '\0';
}

void
progress_bar(struct buf *out, const struct progress_report *r, int width)
{
	int percent = bounded(r->percent), i;
	size_t from = out->len;

	buf_addc(out, '[');
	for (i = 0; i < BAR; i++)
		buf_addc(out, i < percent * BAR / 100 ? '#' : '-');
	buf_printf(out, "] %3d %%", percent);
	add_text(out, " ", r->stage);
	add_text(out, "  ", r->message);
	cut(out, from, width);
}

void
progress_line(struct buf *out, const struct progress_report *r)
{
	add_text(out, "", r->stage != NULL ? r->stage : "PROGRESS");
	buf_printf(out, " %d %%", bounded(r->percent));
	add_text(out, " ", r->message);
}

void
progress_init(struct progress *p, FILE *f)
{
	p->f = f;
	p->width = f != NULL ? print_width(f) : 0;
	p->drawn = false;
}

void
progress_show(struct progress *p, const struct progress_report *r)
{
	struct buf line = { 0 };

	if (p->f == NULL)
		return;
	if (p->width > 0) {
		/* The last column would wrap on some terminals. */
		progress_bar(&line, r, p->width - 1);
		fprintf(p->f, ERASE_LINE "%s", line.p);
		p->drawn = true;
	} else {
		progress_line(&line, r);
		fprintf(p->f, "%s\n", line.p);
	}
	fflush(p->f);
	buf_fini(&line);
}

void
progress_end(struct progress *p)
{
	if (p->f == NULL || !p->drawn)
		return;
	fputc('\n', p->f);
	fflush(p->f);
	p->drawn = false;
}

void
progress_note(struct progress *p, const char *fmt, ...)
{
	struct buf line = { 0 };
	char text[1024];
	va_list ap;

	if (p->f == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	print_line(&line, text, strlen(text));
	progress_end(p);
	fprintf(p->f, "%s\n", line.p);
	fflush(p->f);
	buf_fini(&line);
}
