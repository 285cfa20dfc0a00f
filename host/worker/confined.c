/*
 * As bytes and back: what a worker says before its plugin is opened is judged
 * like all that comes from there.
 */
#include "worker/confined.h"

#include "worker/protocol.h"

#include <string.h>

void
confined_pack(const struct confined *c, struct buf *b)
{
	const struct confined_row *r;
	size_t i;

	field_add_raw_u32(b, c->tier);
	field_add_raw_u32(b, (uint32_t)c->count);
	for (i = 0; i < c->count; i++) {
		r = &c->rows[i];
		field_add(b, r->name, strlen(r->name));
		field_add_raw_u8(b, r->state);
		field_add_raw_u8(b, r->tier);
		field_add(b, r->why, strlen(r->why));
	}
}

static void
read_text(struct field_reader *r, char *out, size_t size)
{
	struct str s = field_get(r);

	if (s.len >= size || memchr(s.p, '\0', s.len) != NULL) {
		r->bad = true;
		return;
	}
	memcpy(out, s.p, s.len);
	out[s.len] = '\0';
}

rh_status
confined_unpack(struct str body, struct confined *c, struct err *err)
{
	struct confined_row *row;
	struct field_reader r;
	size_t i;

	memset(c, 0, sizeof *c);
	field_begin(&r, body.p, body.len);
	c->tier = field_raw_u32(&r);
	c->count = field_raw_u32(&r);
	if (c->count > LAYERS_MAX || c->tier > TIER_BEST)
		return err_set(err, RH_EPROTO, "CONFINED of another form");
	for (i = 0; i < c->count; i++) {
		row = &c->rows[i];
		read_text(&r, row->name, sizeof row->name);
		row->state = field_raw_u8(&r);
		row->tier = field_raw_u8(&r);
		read_text(&r, row->why, sizeof row->why);
		if (row->state > LAYER_NEEDLESS || row->tier > TIER_BEST)
			r.bad = true;
	}
	if (!field_end(&r))
		return err_set(err, RH_EPROTO, "CONFINED of another form");
	return RH_OK;
}

void
confined_missing(const struct confined *c, enum tier tier, struct buf *b)
{
	const struct confined_row *r;
	size_t i;

	for (i = 0; i < c->count; i++) {
		r = &c->rows[i];
		if (r->state != LAYER_MISSING || r->tier == TIER_NONE ||
		    r->tier > tier)
			continue;
		buf_printf(b, "%s%s: %s", b->len > 0 ? "; " : "", r->name,
		    r->why);
	}
	if (b->len == 0)
		buf_adds(b, "");
}
