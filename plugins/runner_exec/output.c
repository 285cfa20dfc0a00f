/*
 * The rest of a character is kept until its other bytes come.
 */
#include "output.h"

#include "text.h"

#include <string.h>

static void
send(struct output *o, const char *p, size_t len)
{
	if ((int64_t)len > *o->left) {
		len = (size_t)*o->left;
		len -= utf8_cut(p, len);
		o->cut = true;
	}
	if (o->cut)
		*o->left = 0;
	else
		*o->left -= (int64_t)len;
	if (len > 0)
		o->host->output(o->handle, o->stream, p, len);
}

/* The character that began before; how much of p belongs to it. */
static size_t
finish_rest(struct output *o, const char *p, size_t len)
{
	size_t took = 0;

	while (o->rest_len > 0 && took < len) {
		if (((unsigned char)p[took] & 0xc0) == 0x80)
			o->rest[o->rest_len++] = p[took++];
		if (utf8_cut(o->rest, o->rest_len) == 0 ||
		    (took < len && ((unsigned char)p[took] & 0xc0) != 0x80)) {
			send(o, o->rest, o->rest_len);
			o->rest_len = 0;
		}
	}
	return took;
}

void
output_put(struct output *o, const char *p, size_t len)
{
	size_t n = finish_rest(o, p, len);

	p += n;
	len -= n;
	if (len == 0)
		return;
	n = utf8_cut(p, len);
	memcpy(o->rest, p + len - n, n);
	o->rest_len = n;
	if (len > n)
		send(o, p, len - n);
}

void
output_end(struct output *o)
{
	if (o->rest_len > 0)
		send(o, o->rest, o->rest_len);
	o->rest_len = 0;
}
