/*
 * Text for people and programs: times, safe text, JSON lines.
 */
#include "cli/print.h"

#include "json/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

int
print_width(FILE *f)
{
	struct winsize size;
	int fd = fileno(f);

	if (fd < 0 || !isatty(fd))
		return 0;
	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

const char *
print_time(int64_t wall_s, char out[PRINT_TIME_LEN])
{
	time_t t = (time_t)wall_s;
	struct tm tm;

	if (wall_s == 0 || localtime_r(&t, &tm) == NULL ||
	    strftime(out, PRINT_TIME_LEN, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(out, PRINT_TIME_LEN, "-");
	return out;
}

bool
print_parse_iso(const char *iso, int64_t *wall_s)
{
	struct tm tm = { 0 };
	const char *rest = strptime(iso, "%Y-%m-%dT%H:%M:%S", &tm);

	if (rest == NULL || (*rest != '.' && *rest != 'Z'))
		return false;
	*wall_s = (int64_t)timegm(&tm);
	return true;
}

const char *
print_time_iso(const char *iso, char out[PRINT_TIME_LEN])
{
	int64_t wall_s;

	if (iso == NULL || *iso == '\0')
		return print_time(0, out);
	if (print_parse_iso(iso, &wall_s))
		return print_time(wall_s, out);
	snprintf(out, PRINT_TIME_LEN, "%s", iso);
	return out;
}

const char *
print_duration(double s, char out[PRINT_TIME_LEN])
{
	long whole = (long)s;

	if (s < 60)
		snprintf(out, PRINT_TIME_LEN, "%.1f s", s);
	else if (whole < 3600)
		snprintf(out, PRINT_TIME_LEN, "%ld min %ld s", whole / 60,
		    whole % 60);
	else
		snprintf(out, PRINT_TIME_LEN, "%ld h %ld min", whole / 3600,
		    whole % 3600 / 60);
	return out;
}

/* Bytes of one control character at p; 0: none.  C1 ones have two. */
static size_t
control(const char *p, size_t len)
{
	unsigned char c = (unsigned char)p[0];

	if (c < 0x20 || c == 0x7f)
		return 1;
	return c == 0xc2 && len > 1 && (unsigned char)p[1] < 0xa0 ? 2 : 0;
}

static void
escape(struct buf *out, const char *p, size_t len, const char *keep)
{
	size_t i, n;

	for (i = 0; i < len; i += n > 0 ? n : 1) {
		n = control(p + i, len - i);
		if (n == 0 || (p[i] != '\0' && strchr(keep, p[i]) != NULL))
			buf_addc(out, p[i]);
		else if (p[i] == '\n')
			buf_adds(out, "\\n");
		else
			buf_printf(out, "\\x%02x",
			    (unsigned char)p[i + n - 1]);
	}
}

void
print_line(struct buf *out, const char *p, size_t len)
{
	escape(out, p, len, "");
}

void
print_safe(FILE *f, const char *p, size_t len)
{
	struct buf out = { 0 };

	escape(&out, p, len, "\n\t");
	fwrite(out.p, 1, out.len, f);
	buf_fini(&out);
}

void
print_piece(FILE *f, const char *p, size_t len)
{
	if (print_width(f) == 0)
		fwrite(p, 1, len, f);
	else
		print_safe(f, p, len);
}

void
print_output(FILE *f, const char *p, size_t len)
{
	if (len == 0)
		return;
	print_piece(f, p, len);
	if (print_width(f) != 0 && p[len - 1] != '\n')
		fputc('\n', f);
}

void
print_json(FILE *f, const char *p, size_t len)
{
	fwrite(p, 1, len, f);
	if (len == 0 || p[len - 1] != '\n')
		fputc('\n', f);
}

void
print_envelope(FILE *f, const struct err *err)
{
	struct buf text = { 0 };
	struct json_out w;

	jw_init(&w, &text);
	jw_object(&w);
	jw_m_bool(&w, "ok", false);
	jw_m_null(&w, "data");
	jw_m_text(&w, "error", err->msg);
	jw_m_text(&w, "hint", err->hint[0] != '\0' ? err->hint : NULL);
	jw_m_text(&w, "reason_code", err_reason(err->status)->code);
	jw_end_object(&w);
	print_json(f, text.p, text.len);
	buf_fini(&text);
}
