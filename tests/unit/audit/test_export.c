/*
 * Exported pages of the audit log, verified by code that shares nothing with
 * the host's but the words of audit/chain.h.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "action/attempt.h"
#include "base/buf.h"
#include "base/mem.h"
#include "json/read.h"

#include <runhost/host.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* Of Python's hashlib.blake2b(…, digest_size=32), fields as below. */
static const uint8_t published[HASH_LEN] = {
	0xc3, 0x26, 0x03, 0xfb, 0x0a, 0xea, 0x15, 0xa5,
	0x54, 0x83, 0x33, 0x62, 0xa8, 0xc1, 0x53, 0xde,
	0xf8, 0x87, 0xe9, 0x14, 0x96, 0xa2, 0x17, 0x10,
	0x8d, 0xbd, 0x2a, 0x34, 0xfa, 0xa9, 0x9d, 0x29,
};

static void
test_published(void)
{
	struct audit_row r = {
		.chain = 3, .seq = 258, .at_us = 1800000000000001,
		.principal = "user:alice", .via = "[\"user:bob\"]",
		.action = "run_create", .permission = NULL,
		.decision = AUDIT_DENY, .target = "",
		.detail = "{\"a\":\"\303\251\"}",
	};
	uint8_t prev[HASH_LEN], got[HASH_LEN];
	uint8_t i;

	for (i = 0; i < HASH_LEN; i++)
		prev[i] = i;
	for (i = 0; i < ID_LEN; i++)
		r.op.b[i] = i;
	chain_hash(&r, prev, got);
	CHECK_BYTES(got, published, HASH_LEN);
}

/* What is hashed, written down byte by byte. */
static void
put_int(struct buf *b, uint64_t v, int bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		buf_addc(b, (char)(v & 0xff));
}

static void
put_field(struct buf *b, const char *p, size_t len)
{
	put_int(b, p != NULL ? len : 0xffffffff, 4);
	if (p != NULL)
		buf_add(b, p, len);
}

/* An exported row, and what was read of it. */
struct row {
	const struct json_doc *d;
	int	node;
	struct arena *a;
};

static struct str
get(const struct row *r, const char *name)
{
	struct str s = { NULL, 0 };
	int node = json_member(r->d, r->node, name);

	unit_check(node >= 0, __FILE__, __LINE__, "a row has no %s", name);
	if (json_type(r->d, node) != JSON_NULL)
		CHECK(json_str(r->d, node, r->a, &s));
	return s;
}

static int64_t
get_int(const struct row *r, const char *name)
{
	int64_t v = 0;

	CHECK(json_i64(r->d, json_member(r->d, r->node, name), &v));
	return v;
}

static void
get_hex(const struct row *r, const char *name, char *out, size_t len)
{
	CHECK(str_unhex(get(r, name), out, len));
}

static void
put_text(struct buf *b, const struct row *r, const char *name)
{
	struct str s = get(r, name);

	put_field(b, s.p, s.len);
}

static char
decision(const struct row *r)
{
	static const char *const words[] = { "allow", "deny", "error",
	    "intent", "outcome" };
	struct str s = get(r, "decision");
	char i;

	for (i = 0; i < 5; i++) {
		if (str_is(s, words[(int)i]))
			return (char)(i + 1);
	}
	return 0;
}

static void
hash_row(const struct row *r, const char *prev, char hash[HASH_LEN])
{
	struct buf b = { 0 };
	char op[ID_LEN], d = decision(r);

	get_hex(r, "op_id", op, sizeof op);
	buf_adds(&b, "rh1");
	put_int(&b, (uint64_t)get_int(r, "chain"), 8);
	put_int(&b, (uint64_t)get_int(r, "seq"), 8);
	buf_add(&b, prev, HASH_LEN);
	put_int(&b, (uint64_t)get_int(r, "at_us"), 8);
	put_field(&b, op, sizeof op);
	put_text(&b, r, "principal");
	put_text(&b, r, "via_text");
	put_text(&b, r, "action");
	put_text(&b, r, "permission");
	put_field(&b, &d, 1);
	put_text(&b, r, "target");
	put_text(&b, r, "detail_text");
	crypto_generichash((unsigned char *)hash, HASH_LEN,
	    (const unsigned char *)b.p, b.len, NULL, 0);
	buf_fini(&b);
}

/* Where a verifier is: the last row it has seen. */
struct verifier {
	int64_t	seq;
	char	hash[HASH_LEN];
};

static void
verify_row(struct verifier *v, const struct row *r)
{
	char prev[HASH_LEN], said[HASH_LEN], is[HASH_LEN];

	CHECK_INT(get_int(r, "seq"), v->seq + 1);
	get_hex(r, "prev_hash", prev, sizeof prev);
	get_hex(r, "hash", said, sizeof said);
	CHECK_BYTES(prev, v->hash, sizeof prev);
	hash_row(r, prev, is);
	if (!CHECK_BYTES(is, said, sizeof is))
		unit_check(false, __FILE__, __LINE__, "row %lld: " STR_FMT,
		    (long long)v->seq + 1, STR_ARG(json_raw(r->d, r->node)));
	v->seq++;
	memcpy(v->hash, said, sizeof said);
}

/* The whole log in pages; the number of the last row. */
static int64_t
verify_pages(struct core *c, int limit)
{
	struct verifier v = { 0 };
	struct call *call;
	struct json_doc d;
	struct arena a;
	struct row r = { .d = &d, .a = &a };
	int64_t n;

	do {
		n = 0;
		call = lab_must(c, NULL, "audit_export", "{\"limit\":%d,"
		    "\"after_cursor\":\"%lld\"}", limit, (long long)v.seq);
		arena_init(&a);
		if (!CHECK_INT(json_parse(&a, call->reply.p, call->reply.len,
		    &json_limits_default, &d, NULL), RH_OK))
			return 0;
		for (r.node = json_first(&d, json_member(&d, 0, "items"));
		    r.node >= 0; r.node = json_next(&d, r.node), n++)
			verify_row(&v, &r);
		CHECK(n <= limit);
		arena_fini(&a);
	} while (n > 0);
	return v.seq;
}

/* Rows of every kind, with texts that JSON spells in its own way. */
static void
make_rows(struct core *c)
{
	struct caller anyone = lab_anonymous(), alice = lab_user("user:alice"),
	    plugin = lab_plugin("plugin:demo", "user:alice");
	struct call *call, *end;
	int64_t no;

	lab_must(c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"*\",\"workspace\":\"w\\u0001\\\"\\\\\\u00e9"
	    "\\ud83d\\ude00\\u0007\"}");
	no = lab_run(c, NULL, "/demo", NULL);
	lab_offer(c, 1);
	lab_report(c, no, lab_fence(c, no), 2);
	lab_finish(c, no, lab_fence(c, no), RH_FAILED);
	lab_do(c, &alice, "grant_add", "{}");
	lab_do(c, &anyone, "grant_add", "{}");
	lab_do(c, &plugin, "run_create", "{\"command\":\"/demo\"}");
	lab_do(c, NULL, "run_create", "{\"command\":\"\\u2028\\n\\\"\"}");
	lab_do(c, NULL, "no \"such\"\n\t\303\251", "{}");
	lab_do(c, NULL, "not \377 UTF-8 \300\200", "{}");
	lab_do(c, NULL, "run_cancel", "{\"run_id\":\"\\u0000\\ufffd\\n\"}");
	call = lab_must(c, NULL, "demo.greet",
	    "{ \"name\" : \"\\u00e9/\\/\" , \"password\":\"x\" }");
	end = lab_internal(c, "action_outcome", sizeof(struct outcome_args));
	*(struct outcome_args *)end->args = (struct outcome_args){
		.call = call, .status = RH_EPLUGIN,
		.error = "not \377 UTF-8, \001 nor \"printable\"",
	};
	lab_batch(c, &end, 1);
}

static void
test_export(void)
{
	static const int limits[] = { 1, 2, 3, 7, 1000 };
	struct core c;
	int64_t last;
	size_t i;

	lab_start(&c);
	make_rows(&c);
	lab_restart(&c);
	last = lab_number(&c, "SELECT max(seq) FROM audit");
	CHECK(last > 12);
	CHECK_INT(lab_number(&c, "SELECT count(DISTINCT decision) FROM "
	    "audit"), 5);
	for (i = 0; i < ARRAY_LEN(limits); i++)
		CHECK_INT(verify_pages(&c, limits[i]), last);
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test audit_export_tests[] = {
	{ "a row's hash is that of a published vector", test_published },
	{ "exported pages hold all that a verifier needs", test_export },
	{ NULL, NULL },
};
