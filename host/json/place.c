/*
 * Places in values, as messages spell them.
 */
#include "base/buf.h"
#include "json/place.h"
#include "json/text.h"

#include <stdio.h>

#define PLACE_MAX	200	/* of 512 bytes of a message */

static bool
is_word(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!jt_is(s.p[i], JT_PLAIN) ||
		    strchr(" .:[]'\x7f", s.p[i]) != NULL)
			return false;
	return s.len > 0;
}

static void
add(struct buf *out, const struct place *at)
{
	char shown[JT_SHOW_LEN];

	if (at->up != NULL)
		add(out, at->up);
	if (at->index >= 0) {
		buf_printf(out, "[%d]", at->index);
		return;
	}
	if (at->up != NULL)
		buf_addc(out, '.');
	buf_adds(out, is_word(at->name) ? jt_clip(at->name, shown) :
	    jt_quote(at->name, shown));
}

rh_status
place_refuse(const struct place *at, struct err *err, const char *fmt, ...)
{
	char what[sizeof err->msg];
	struct buf b = { 0 };
	const char *from;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	add(&b, at);
	from = b.p;
	if (b.len > PLACE_MAX) {
		from += b.len - PLACE_MAX;
		while (((unsigned char)*from & 0xc0) == 0x80)
			from++;
	}
	err_set(err, RH_EINPUT, "%s%s: %s", from == b.p ? "" : "...", from,
	    what);
	buf_fini(&b);
	return RH_EINPUT;
}
