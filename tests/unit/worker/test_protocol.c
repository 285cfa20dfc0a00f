/*
 * Frames and fields: what is whole is taken, everything else is refused.
 */
#include "lib/unit.h"

#include "base/err.h"
#include "worker/protocol.h"

#include <string.h>

/* A frame that its rule allows, without body. */
static size_t
make_frame(uint8_t out[FRAME_HEAD], int type)
{
	const struct frame_rule *r = &frame_rules[type];
	struct frame_head h = {
		.type = (uint8_t)type, .handle = r->handle ? 7 : 0,
		.seq = r->seq ? 9 : 0,
	};

	frame_pack_head(out, &h);
	return FRAME_HEAD;
}

static void
test_every_type(void)
{
	uint8_t f[FRAME_HEAD];
	struct frame_head h;
	struct err err;
	size_t len;
	int t;

	for (t = 1; t < FRAME_TYPES; t++) {
		CHECK(frame_rules[t].name != NULL);
		len = make_frame(f, t);
		CHECK_OK(frame_check(f, len, frame_rules[t].from_worker, &h,
		    &err), &err);
		CHECK_INT(h.type, t);
		CHECK_UINT(h.handle, frame_rules[t].handle ? 7 : 0);
		CHECK_UINT(h.seq, frame_rules[t].seq ? 9 : 0);
		CHECK_INT(frame_check(f, len, !frame_rules[t].from_worker, &h,
		    &err), RH_EPROTO);
		CHECK_HAS(err.msg, frame_rules[t].name);
	}
}

static void
test_truncated(void)
{
	uint8_t f[FRAME_HEAD];
	struct frame_head h;
	struct err err;
	size_t n;

	make_frame(f, FRAME_STARTED);
	for (n = 0; n < FRAME_HEAD; n++)
		CHECK_INT(frame_check(f, n, true, &h, &err), RH_EPROTO);
	CHECK_HAS(err.msg, "frame of 23 bytes");
}

static void
test_mutated(void)
{
	uint8_t f[FRAME_HEAD], was;
	struct frame_head h;
	struct err err;
	size_t i;
	int v;

	make_frame(f, FRAME_STARTED);
	for (i = 0; i < FRAME_HEAD; i++) {
		was = f[i];
		for (v = 0; v < 256; v++) {
			f[i] = (uint8_t)v;
			if (v == was ||
			    frame_check(f, FRAME_HEAD, true, &h, &err) != RH_OK)
				continue;
			/* Only these two say something else now. */
			CHECK(i == 2 || (i >= 8 && i < 16));
			CHECK(h.type != FRAME_STARTED || h.handle != 7);
		}
		f[i] = was;
	}
}

static void
test_body_length(void)
{
	static uint8_t f[FRAME_MAX + 1];
	struct frame_head h = {
		.type = FRAME_HELLO, .len = FRAME_BODY_MAX,
	};
	struct frame_head got;
	struct err err;

	frame_pack_head(f, &h);
	CHECK_OK(frame_check(f, FRAME_MAX, true, &got, &err), &err);
	CHECK_UINT(got.len, FRAME_BODY_MAX);
	CHECK_INT(frame_check(f, FRAME_MAX - 1, true, &got, &err), RH_EPROTO);
	CHECK_INT(frame_check(f, FRAME_MAX + 1, true, &got, &err), RH_EPROTO);
}

static void
test_no_body(void)
{
	uint8_t f[FRAME_HEAD + 1] = { 0 };
	struct frame_head h = { .type = FRAME_STARTED, .handle = 1, .len = 1 };
	struct frame_head got;
	struct err err;

	frame_pack_head(f, &h);
	CHECK_INT(frame_check(f, sizeof f, true, &got, &err), RH_EPROTO);
	CHECK_STR(err.msg, "frame STARTED with a body");
}

static void
test_empty_fragment(void)
{
	uint8_t f[FRAME_HEAD];
	struct frame_head h = { .type = FRAME_HELLO, .flags = FRAME_MORE };
	struct frame_head got;
	struct err err;

	frame_pack_head(f, &h);
	CHECK_INT(frame_check(f, sizeof f, true, &got, &err), RH_EPROTO);
	CHECK_STR(err.msg, "frame HELLO: empty fragment");
}

static void
test_fields(void)
{
	struct buf b = { 0 };
	struct field_reader r;
	struct str s;

	field_add(&b, "abc", 3);
	field_add(&b, NULL, 0);
	field_add_u32(&b, 0xfffffffe);
	field_add_u64(&b, UINT64_MAX - 1);
	field_add_raw_u8(&b, 200);
	field_add_raw_u32(&b, 70000);
	field_add_raw_u64(&b, 1ULL << 40);
	field_begin(&r, b.p, b.len);
	s = field_get(&r);
	CHECK(str_is(s, "abc"));
	CHECK_UINT(field_get(&r).len, 0);
	CHECK_UINT(field_get_u32(&r), 0xfffffffe);
	CHECK_UINT(field_get_u64(&r), UINT64_MAX - 1);
	CHECK_UINT(field_raw_u8(&r), 200);
	CHECK_UINT(field_raw_u32(&r), 70000);
	CHECK(!field_end(&r));
	CHECK_UINT(field_raw_u64(&r), 1ULL << 40);
	CHECK(field_end(&r));
	buf_fini(&b);
}

static void
test_short_fields(void)
{
	struct buf b = { 0 };
	struct field_reader r;
	size_t n;

	field_add(&b, "abcdef", 6);
	for (n = 0; n < b.len; n++) {
		field_begin(&r, b.p, n);
		CHECK_UINT(field_get(&r).len, 0);
		CHECK(r.bad);
		CHECK_UINT(field_raw_u8(&r), 0);
		CHECK(!field_end(&r));
	}
	buf_fini(&b);
}

static void
test_wrong_size(void)
{
	struct buf b = { 0 };
	struct field_reader r;

	field_add_u64(&b, 5);
	field_begin(&r, b.p, b.len);
	CHECK_UINT(field_get_u32(&r), 0);
	CHECK(r.bad);
	field_begin(&r, "\xff\xff\xff\xff", 4);
	CHECK_UINT(field_get(&r).len, 0);
	CHECK(r.bad);
	buf_fini(&b);
}

const struct unit_test worker_protocol_tests[] = {
	{ "every type is taken from its side and refused from the other",
	    test_every_type },
	{ "a frame without its whole head is refused", test_truncated },
	{ "no byte of a head can be changed unseen", test_mutated },
	{ "the length must be that of the datagram", test_body_length },
	{ "a type without a body is refused with one", test_no_body },
	{ "an empty fragment is refused", test_empty_fragment },
	{ "fields come back as they were added", test_fields },
	{ "a field that is cut short is bad for good", test_short_fields },
	{ "an integer of another size is bad", test_wrong_size },
	{ NULL, NULL },
};
