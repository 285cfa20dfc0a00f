/*
 * Frames and fields.  Nothing here knows what a message means; whatever is
 * read comes from a peer that is not trusted, so every length is compared
 * with what is left before it is used.
 */
#include "worker/protocol.h"

#include "base/mem.h"

#include <endian.h>
#include <string.h>

const struct frame_rule frame_rules[FRAME_TYPES] = {
	/*			   name		worker handle seq   body */
	[FRAME_HELLO]		= { "HELLO",	 true, false, false, true },
	[FRAME_REFUSED]		= { "REFUSED",	 true, false, false, true },
	[FRAME_STARTED]		= { "STARTED",	 true, true,  false, false },
	[FRAME_EVENTS]		= { "EVENTS",	 true, true,  false, true },
	[FRAME_CHECKPOINT]	= { "CHECKPOINT", true, true, true,  true },
	[FRAME_FLUSH]		= { "FLUSH",	 true, true,  true,  false },
	[FRAME_STATE_GET]	= { "STATE_GET", true, true,  true,  true },
	[FRAME_STATE_SET]	= { "STATE_SET", true, true,  true,  true },
	[FRAME_CALL]		= { "CALL",	 true, true,  true,  true },
	[FRAME_CONNECT]		= { "CONNECT",	 true, true,  true,  true },
	[FRAME_SECRET]		= { "SECRET",	 true, true,  true,  true },
	[FRAME_LOG]		= { "LOG",	 true, true,  false, true },
	[FRAME_FINISH]		= { "FINISH",	 true, true,  true,  true },
	[FRAME_PONG]		= { "PONG",	 true, false, true,  false },
	[FRAME_INVOKE]		= { "INVOKE",	false, true,  false, true },
	[FRAME_CANCEL]		= { "CANCEL",	false, true,  false, false },
	[FRAME_DROP]		= { "DROP",	false, true,  false, false },
	[FRAME_REPLY]		= { "REPLY",	false, true,  true,  true },
	[FRAME_PING]		= { "PING",	false, false, true,  false },
	[FRAME_EXIT]		= { "EXIT",	false, false, false, false },
	[FRAME_TRACE]		= { "TRACE",	 true, false, false, true },
	[FRAME_CONFINED]	= { "CONFINED",	 true, false, false, true },
};

void
frame_pack_head(uint8_t out[FRAME_HEAD], const struct frame_head *h)
{
	uint16_t magic = htole16(FRAME_MAGIC);
	uint32_t len = htole32(h->len), seq = htole32(h->seq);
	uint64_t handle = htole64(h->handle);

	memset(out, 0, FRAME_HEAD);
	memcpy(out, &magic, 2);
	out[2] = h->type;
	out[3] = h->flags;
	memcpy(out + 4, &len, 4);
	memcpy(out + 8, &handle, 8);
	memcpy(out + 16, &seq, 4);
}

static void
unpack_head(const uint8_t *p, struct frame_head *h)
{
	memcpy(&h->magic, p, 2);
	h->type = p[2];
	h->flags = p[3];
	memcpy(&h->len, p + 4, 4);
	memcpy(&h->handle, p + 8, 8);
	memcpy(&h->seq, p + 16, 4);
	memcpy(&h->reserved, p + 20, 4);
	h->magic = le16toh(h->magic);
	h->len = le32toh(h->len);
	h->handle = le64toh(h->handle);
	h->seq = le32toh(h->seq);
	h->reserved = le32toh(h->reserved);
}

/* What a type must have, it has; what it must not, it has not. */
static rh_status
check_rule(const struct frame_head *h, bool from_worker, struct err *err)
{
	const struct frame_rule *r = &frame_rules[h->type];

	if (r->from_worker != from_worker)
		return err_set(err, RH_EPROTO, "frame %s from the %s",
		    r->name, from_worker ? "worker" : "host");
	if (r->handle != (h->handle != 0))
		return err_set(err, RH_EPROTO, "frame %s %s a handle",
		    r->name, r->handle ? "without" : "with");
	if (r->seq != (h->seq != 0))
		return err_set(err, RH_EPROTO, "frame %s %s a seq", r->name,
		    r->seq ? "without" : "with");
	if (!r->body && (h->len != 0 || h->flags != 0))
		return err_set(err, RH_EPROTO, "frame %s with a body",
		    r->name);
	return RH_OK;
}

rh_status
frame_check(const void *datagram, size_t len, bool from_worker,
    struct frame_head *h, struct err *err)
{
	if (len < FRAME_HEAD || len > FRAME_MAX)
		return err_set(err, RH_EPROTO,
		    "frame of %zu bytes, not %d to %d", len, FRAME_HEAD,
		    FRAME_MAX);
	unpack_head(datagram, h);
	if (h->magic != FRAME_MAGIC)
		return err_set(err, RH_EPROTO, "frame magic 0x%04x, not 0x%04x",
		    h->magic, FRAME_MAGIC);
	if (h->type == FRAME_NONE || h->type >= FRAME_TYPES)
		return err_set(err, RH_EPROTO, "frame of unknown type %u",
		    h->type);
	if ((h->flags & ~FRAME_MORE) != 0 || h->reserved != 0)
		return err_set(err, RH_EPROTO,
		    "frame %s with unknown flags 0x%02x, reserved 0x%x",
		    frame_rules[h->type].name, h->flags, h->reserved);
	if (h->len != len - FRAME_HEAD)
		return err_set(err, RH_EPROTO,
		    "frame %s says %u bytes of body, has %zu",
		    frame_rules[h->type].name, h->len, len - FRAME_HEAD);
	if ((h->flags & FRAME_MORE) != 0 && h->len == 0)
		return err_set(err, RH_EPROTO, "frame %s: empty fragment",
		    frame_rules[h->type].name);
	return check_rule(h, from_worker, err);
}

void
field_add_raw_u8(struct buf *b, uint8_t v)
{
	buf_add(b, &v, sizeof v);
}

void
field_add_raw_u32(struct buf *b, uint32_t v)
{
	v = htole32(v);
	buf_add(b, &v, sizeof v);
}

void
field_add_raw_u64(struct buf *b, uint64_t v)
{
	v = htole64(v);
	buf_add(b, &v, sizeof v);
}

void
field_add(struct buf *b, const void *p, size_t len)
{
	field_add_raw_u32(b, (uint32_t)len);
	if (len > 0)
		buf_add(b, p, len);
}

void
field_add_u32(struct buf *b, uint32_t v)
{
	field_add_raw_u32(b, sizeof v);
	field_add_raw_u32(b, v);
}

void
field_add_u64(struct buf *b, uint64_t v)
{
	field_add_raw_u32(b, sizeof v);
	field_add_raw_u64(b, v);
}

void
field_begin(struct field_reader *r, const void *p, size_t len)
{
	r->p = p;
	r->left = len;
	r->bad = false;
}

/* The next len bytes, or NULL: then the reader is bad and at its end. */
static const char *
take(struct field_reader *r, size_t len)
{
	const char *p = r->p;

	if (r->bad || r->left < len) {
		r->bad = true;
		r->left = 0;
		return NULL;
	}
	if (len > 0)
		r->p += len;
	r->left -= len;
	return p;
}

uint8_t
field_raw_u8(struct field_reader *r)
{
	const char *p = take(r, 1);

	return p != NULL ? (uint8_t)*p : 0;
}

uint32_t
field_raw_u32(struct field_reader *r)
{
	const char *p = take(r, 4);
	uint32_t v = 0;

	if (p != NULL)
		memcpy(&v, p, sizeof v);
	return le32toh(v);
}

uint64_t
field_raw_u64(struct field_reader *r)
{
	const char *p = take(r, 8);
	uint64_t v = 0;

	if (p != NULL)
		memcpy(&v, p, sizeof v);
	return le64toh(v);
}

struct str
field_get(struct field_reader *r)
{
	uint32_t len = field_raw_u32(r);
	const char *p = take(r, len);

	return p != NULL ? (struct str){ p, len } : (struct str){ "", 0 };
}

/* A field that is an integer of exactly so many bytes follows. */
static bool
is_next_size(struct field_reader *r, uint32_t size)
{
	if (field_raw_u32(r) != size)
		r->bad = true;
	return !r->bad;
}

uint32_t
field_get_u32(struct field_reader *r)
{
	return is_next_size(r, 4) ? field_raw_u32(r) : 0;
}

uint64_t
field_get_u64(struct field_reader *r)
{
	return is_next_size(r, 8) ? field_raw_u64(r) : 0;
}

bool
field_end(struct field_reader *r)
{
	return !r->bad && r->left == 0;
}
