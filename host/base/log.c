/*
 * One line on standard error, by one write(2), so that lines of several
 * threads and processes do not mix.  Has its own small escaper: base knows
 * nothing of json/.
 */
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define FIELD_MAX	4096	/* bytes of a text before escaping */

static const char *const level_names[] = { "debug", "info", "warn", "error" };

static int level_least = LOG_INFO;
static bool as_text;

void
log_level_set(enum log_level level)
{
	__atomic_store_n(&level_least, (int)level, __ATOMIC_RELAXED);
}

void
log_format_set(enum log_format format)
{
	__atomic_store_n(&as_text, format == LOG_TEXT ||
	    (format == LOG_AUTO && isatty(STDERR_FILENO)), __ATOMIC_RELAXED);
}

static bool
is_text(void)
{
	return __atomic_load_n(&as_text, __ATOMIC_RELAXED);
}

bool
log_wanted(enum log_level level)
{
	return (int)level >= __atomic_load_n(&level_least, __ATOMIC_RELAXED);
}

/*
 * Code points that a terminal or log viewer would act on instead of showing:
 * C1 controls, line and paragraph separators, bidirectional controls.
 */
static const struct range {
	uint32_t first, last;
} hidden_table[] = {
	{ 0x7f, 0x9f },
	{ 0x061c, 0x061c },
	{ 0x200e, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2066, 0x2069 },
	{ 0xfeff, 0xfeff },
};

static bool
is_hidden(uint32_t c)
{
	size_t i;

	if (c < 0x20)
		return true;
	for (i = 0; i < sizeof hidden_table / sizeof hidden_table[0]; i++)
		if (c >= hidden_table[i].first && c <= hidden_table[i].last)
			return true;
	return false;
}

static uint32_t
code_point(const char *p, size_t len)
{
	static const uint8_t first_mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)p[0] & first_mask[len];
	size_t i;

	for (i = 1; i < len; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3f);
	return c;
}

static void
add_char(struct buf *b, const char *p, size_t len, bool quoted)
{
	uint32_t c = code_point(p, len);

	if (c == '\\' || (c == '"' && quoted))
		buf_printf(b, "\\%c", (char)c);
	else if (is_hidden(c))
		buf_printf(b, "\\u%04x", (unsigned)c);
	else
		buf_add(b, p, len);
}

/* Cut at a length, and what is no UTF-8 replaced. */
static void
add_escaped(struct buf *b, const char *s, bool quoted)
{
	size_t len = strnlen(s, FIELD_MAX + 1), i = 0, n;
	bool cut = len > FIELD_MAX;

	if (cut)
		len = FIELD_MAX;
	while (i < len) {
		n = str_utf8_next(s + i, len - i);
		if (n != 0) {
			add_char(b, s + i, n, quoted);
			i += n;
			continue;
		}
		/* A character cut by the limit is no fault of the text. */
		if (cut && len - i < 4 && str_utf8_next(s + i, 4) != 0)
			break;
		buf_adds(b, "\xef\xbf\xbd");
		i++;
	}
	if (cut)
		buf_adds(b, "\xe2\x80\xa6");
}

static void
add_quoted(struct buf *b, const char *s)
{
	buf_addc(b, '"');
	add_escaped(b, s, true);
	buf_addc(b, '"');
}

/* What can be told from its neighbours without quotes has none. */
static bool
is_word(const char *s)
{
	return s[0] != '\0' && strpbrk(s, " \"=\\") == NULL;
}

static void
add_field(struct buf *b, const char *name, const char *text)
{
	if (is_text()) {
		buf_printf(b, " %s=", name);
		if (is_word(text))
			add_escaped(b, text, false);
		else
			add_quoted(b, text);
		return;
	}
	buf_addc(b, b->len == 0 ? '{' : ',');
	add_quoted(b, name);
	buf_addc(b, ':');
	add_quoted(b, text);
}

static void
line_begin(struct buf *b, enum log_level level, const char *msg)
{
	char time[CLOCK_ISO_LEN];

	buf_init(b);
	clock_iso(clock_real.wall_us(&clock_real), time);
	if (is_text()) {
		buf_printf(b, "%s %-5s ", time, level_names[level]);
		add_escaped(b, msg, false);
		return;
	}
	add_field(b, "time", time);
	add_field(b, "level", level_names[level]);
	add_field(b, "msg", msg);
}

/* A log that nobody can take is dropped: there is nowhere to say so. */
static void
line_end(struct buf *b)
{
	ssize_t n;

	buf_adds(b, is_text() ? "\n" : "}\n");
	do
		n = write(STDERR_FILENO, b->p, b->len);
	while (n < 0 && errno == EINTR);
	buf_fini(b);
}

void
log_event(enum log_level level, const char *msg, ...)
{
	const char *name, *text;
	int saved = errno;
	struct buf b;
	va_list ap;

	if (!log_wanted(level))
		return;
	line_begin(&b, level, msg);
	va_start(ap, msg);
	while ((name = va_arg(ap, const char *)) != NULL) {
		text = va_arg(ap, const char *);
		if (text != NULL)
			add_field(&b, name, text);
	}
	va_end(ap);
	line_end(&b);
	errno = saved;
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	int saved = errno;
	struct buf b;
	char text[FIELD_MAX + 8];
	va_list ap;

	if (!log_wanted(level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	line_begin(&b, level, text);
	line_end(&b);
	errno = saved;
}
