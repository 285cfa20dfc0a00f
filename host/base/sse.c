/*
 * The parser of server-sent events: bytes into lines, lines into fields,
 * fields into events.
 */
#include "base/sse.h"

#include <string.h>

void
sse_init(struct sse *s, size_t max,
    void (*event)(void *, const struct sse_event *), void *arg)
{
	memset(s, 0, sizeof *s);
	s->max = max;
	s->event = event;
	s->arg = arg;
}

void
sse_fini(struct sse *s)
{
	buf_fini(&s->line);
	buf_fini(&s->data);
}

void
sse_reset(struct sse *s)
{
	buf_clear(&s->line);
	buf_clear(&s->data);
	s->name[0] = '\0';
	s->any_data = false;
	s->after_cr = false;
	s->begun = false;
}

static void
copy(char *out, size_t size, struct str value)
{
	size_t n = value.len < size ? value.len : size - 1;

	memcpy(out, value.p, n);
	out[n] = '\0';
}

static rh_status
field(struct sse *s, struct str name, struct str value, struct err *err)
{
	if (str_is(name, "data")) {
		if (s->data.len + value.len + 1 > s->max)
			return err_set(err, RH_ETOOBIG, "an event of the "
			    "stream is larger than %zu bytes", s->max);
		if (s->any_data)
			buf_addc(&s->data, '\n');
		buf_add(&s->data, value.p, value.len);
		s->any_data = true;
	}
	if (str_is(name, "event"))
		copy(s->name, sizeof s->name, value);
	/* An id that can't be sent back whole is as good as none. */
	if (str_is(name, "id") && value.len < sizeof s->id &&
	    memchr(value.p, '\0', value.len) == NULL)
		copy(s->id, sizeof s->id, value);
	return RH_OK;
}

static void
dispatch(struct sse *s)
{
	struct sse_event ev = {
		.id = s->id,
		.name = s->name[0] != '\0' ? s->name : "message",
		.data = s->data.p != NULL ? s->data.p : "",
		.data_len = s->data.len,
	};

	if (s->any_data)
		s->event(s->arg, &ev);
	buf_clear(&s->data);
	s->name[0] = '\0';
	s->any_data = false;
}

static rh_status
end_line(struct sse *s, struct err *err)
{
	struct str name = { s->line.p != NULL ? s->line.p : "", s->line.len };
	struct str value = { "", 0 };
	const char *colon;

	if (name.len == 0) {
		dispatch(s);
		return RH_OK;
	}
	if ((colon = memchr(name.p, ':', name.len)) != NULL) {
		value.p = colon + 1;
		value.len = name.len - (size_t)(colon - name.p) - 1;
		name.len = (size_t)(colon - name.p);
		if (value.len > 0 && value.p[0] == ' ') {
			value.p++;
			value.len--;
		}
	}
	return field(s, name, value, err);
}

/* Takes a byte order mark off the first line of the stream. */
static void
begin(struct sse *s)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (s->begun)
		return;
	s->begun = true;
	if (s->line.len < 3 || memcmp(s->line.p, mark, 3) != 0)
		return;
	s->line.len -= 3;
	memmove(s->line.p, s->line.p + 3, s->line.len + 1);
}

/* Up to the first end of a line; the number of bytes before it. */
static size_t
plain(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len && p[i] != '\n' && p[i] != '\r'; i++)
		continue;
	return i;
}

rh_status
sse_feed(struct sse *s, const char *p, size_t len, struct err *err)
{
	rh_status rc;
	size_t n;

	while (len > 0) {
		if (s->after_cr && *p == '\n') {
			p++;
			len--;
		}
		s->after_cr = false;
		n = plain(p, len);
		if (s->line.len + n > s->max)
			return err_set(err, RH_ETOOBIG, "a line of the event "
			    "stream is longer than %zu bytes", s->max);
		buf_add(&s->line, p, n);
		if (n == len)
			return RH_OK;
		begin(s);
		if ((rc = end_line(s, err)) != RH_OK)
			return rc;
		buf_clear(&s->line);
		s->after_cr = p[n] == '\r';
		p += n + 1;
		len -= n + 1;
	}
	return RH_OK;
}
