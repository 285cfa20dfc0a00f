/*
 * Bytes that runs leave: whole or in pieces, read back as they were.
 */
#include "unit/ledger/field.h"
#include "lib/samples.h"
#include "lib/unit.h"

#include "base/base64.h"
#include "base/mem.h"

#include <runhost/host.h>

#include <stdlib.h>
#include <string.h>

#define CHUNK	65536

/* n chunks and some more bytes, none like another; in base64. */
static const char *
bytes(struct core *c, int from, size_t len)
{
	struct arena *a = &lab_must(c, NULL, "host_ping", "{}")->arena;
	char *p = mem_alloc(len + 1);
	struct buf b = { 0 };
	const char *text;
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = (char)((from * CHUNK + (int)i) * 2654435761u >> 13);
	base64_add(&b, p, len);
	text = arena_strdup(a, b.p);
	buf_fini(&b);
	free(p);
	return text;
}

static struct call *
put(struct core *c, const char *run, const char *content, const char *more)
{
	return lab_do(c, NULL, "artifact_put", "{\"run_id\":\"%s\","
	    "\"content\":\"%s\"%s}", run, content, more);
}

static struct call *
get(struct core *c, struct call *of, const char *more)
{
	return lab_do(c, NULL, "artifact_get", "{\"artifact_id\":%s%s}",
	    sample_field(of, "artifact_id"), more);
}

static void
test_whole(void)
{
	static const struct { const char *content, *more, *says; } bad[] = {
		{ "Zg", "", "content" }, { "Zg==", ",\"offset\":65536",
		    "offset" },
		{ "Zg==", ",\"complete\":false", "content" },
		{ "Zg==", ",\"sha256\":\"00\"", "sha256" },
		{ "Zg==", ",\"name\":\"\"", "name" },
		{ "Zm9v", ",\"digest\":\"2c26b46b68ffc68ff99b453c1d304134"
		    "13422d706483bfa0f98a5e886266e7ae\"",
		    "digest: 2c26b46b68ffc68ff99b453c1d304134"
		    "13422d706483bfa0f98a5e886266e7ae is not that of the "
		    "bytes, b8fe9f7f6255a6fa08f668ab632a8d08"
		    "1ad87983c77cd274e48ce450f0b349fd" },
		{ "Zm9v", ",\"artifact_id\":\"x\"", "artifact_id" },
		{ "Zm9v", ",\"expires_in_seconds\":0", "expires_in" },
	};
	struct core c;
	struct call *call, *made;
	const char *id;
	size_t i;

	lab_start(&c);
	lab_run(&c, NULL, "/demo", &id);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		call = put(&c, id, bad[i].content, bad[i].more);
		CHECK_INT(call->status, RH_EINPUT);
		CHECK_HAS(call->err.msg, bad[i].says);
	}
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM artifact"), 0);
	/* "foo", of which sha256sum and b2sum -l 256 say this. */
	made = put(&c, id, "Zm9v", ",\"sha256\":\"2C26b46b68ffc68ff99b453c1d30"
	    "413413422d706483bfa0f98a5e886266e7ae\",\"name\":\"n\","
	    "\"metadata\":{\"a\":1}");
	CHECK_INT(made->status, RH_OK);
	CHECK_HAS(made->reply.p, "\"digest\":\"b8fe9f7f6255a6fa08f668ab632a8d08"
	    "1ad87983c77cd274e48ce450f0b349fd\"");
	CHECK_HAS(made->reply.p, "\"source\":\"caller\"");
	call = get(&c, made, "");
	CHECK_HAS(call->reply.p, "\"content\":\"Zm9v\",\"has_more\":false");
	CHECK_HAS(call->reply.p, "\"metadata\":{\"a\":1}");
	CHECK(strstr(call->reply.p, "maker") == NULL &&
	    strstr(call->reply.p, "workspace") == NULL);
	CHECK_HAS(get(&c, made, ",\"offset\":1,\"limit\":1")->reply.p,
	    "\"content\":\"bw==\",\"has_more\":true,\"next_offset\":2");
	CHECK_HAS(get(&c, made, ",\"offset\":3")->reply.p,
	    "\"length\":0,\"content\":\"\",\"has_more\":false");
	CHECK_INT(put(&c, id, "", "")->status, RH_OK);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_pieces(void)
{
	struct core c;
	struct call *first, *call;
	struct caller bob;
	const char *id, *two, *more;

	lab_start(&c);
	bob = lab_token(&c, "user:bob", ",\"role\":\"admin\"");
	lab_run(&c, NULL, "/demo", &id);
	two = bytes(&c, 0, 2 * CHUNK);
	first = put(&c, id, two, ",\"complete\":false");
	CHECK_INT(first->status, RH_OK);
	CHECK_HAS(first->reply.p, "\"digest\":null");
	more = sample_field(first, "artifact_id");
	/* Others don't see it, nor go on with it. */
	CHECK_INT(get(&c, first, "")->status, RH_ENOENT);
	CHECK_HAS(lab_must(&c, NULL, "artifact_list", "{\"run_id\":\"%s\"}",
	    id)->reply.p, "\"items\":[]");
	CHECK_INT(lab_do(&c, &bob, "artifact_put", "{\"run_id\":\"%s\","
	    "\"content\":\"\",\"offset\":131072,\"artifact_id\":%s}", id,
	    more)->status, RH_ENOENT);
	/* The same piece again, one behind a gap, another in its place. */
	call = lab_do(&c, NULL, "artifact_put", "{\"run_id\":\"%s\","
	    "\"content\":\"%s\",\"complete\":false,\"artifact_id\":%s}", id,
	    two, more);
	CHECK_HAS(call->reply.p, "\"duplicate\":true");
	call = lab_do(&c, NULL, "artifact_put", "{\"run_id\":\"%s\","
	    "\"content\":\"Zg==\",\"offset\":196608,\"artifact_id\":%s}", id,
	    more);
	CHECK_INT(call->status, RH_ECONFLICT);
	CHECK_HAS(call->err.hint, "131072");
	CHECK_INT(lab_do(&c, NULL, "artifact_put", "{\"run_id\":\"%s\","
	    "\"content\":\"%s\",\"complete\":false,\"artifact_id\":%s}", id,
	    bytes(&c, 7, 2 * CHUNK), more)->status, RH_ECONFLICT);
	CHECK_INT(lab_do(&c, NULL, "artifact_put", "{\"run_id\":\"%s\","
	    "\"content\":\"Zg==\",\"name\":\"n\",\"offset\":131072,"
	    "\"artifact_id\":%s}", id, more)->status, RH_EINPUT);
	CHECK_INT(lab_do(&c, NULL, "artifact_put", "{\"run_id\":\"%s\","
	    "\"content\":\"Zg==\",\"offset\":131072,\"sha256\":\"%064d\","
	    "\"artifact_id\":%s}", id, 0, more)->status, RH_EINPUT);
	CORE_CHECK(&c);
	lab_restart(&c);
	call = lab_do(&c, NULL, "artifact_put", "{\"run_id\":\"%s\","
	    "\"content\":\"%s\",\"offset\":131072,\"artifact_id\":%s}", id,
	    bytes(&c, 2, 5), more);
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "\"complete\":true");
	/* In one piece it has the same digests. */
	first = put(&c, id, bytes(&c, 0, 2 * CHUNK + 5), arena_printf(
	    &call->arena, ",\"digest\":%s,\"sha256\":%s",
	    sample_field(call, "digest"), sample_field(call, "sha256")));
	CHECK_INT(first->status, RH_OK);
	CHECK_STR(sample_field(get(&c, call, ""), "content"),
	    sample_field(get(&c, first, ""), "content"));
	CHECK_HAS(get(&c, call, ",\"offset\":65530,\"limit\":12")->reply.p,
	    "\"length\":12,");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_damage(void)
{
	static const char *const sql[] = {
		"UPDATE artifact_chunk SET data = zeroblob(65536) WHERE no = 1",
		"UPDATE artifact_chunk SET digest = zeroblob(32) WHERE no = 1",
		"UPDATE artifact_chunk SET data = x'00' WHERE no = 1",
		"DELETE FROM artifact_chunk WHERE no = 1",
	};
	struct core c;
	struct call *made, *call;
	const char *id;
	size_t i;

	lab_start(&c);
	lab_run(&c, NULL, "/demo", &id);
	made = put(&c, id, bytes(&c, 0, 2 * CHUNK + 9), "");
	for (i = 0; i < ARRAY_LEN(sql); i++) {
		lab_sql(&c, sql[i]);
		call = get(&c, made, "");
		CHECK_INT(call->status, RH_EIO);
		CHECK_HAS(call->err.msg, "integrity");
		CHECK_HAS(call->err.msg, "65536");
		CHECK_INT(get(&c, made, ",\"limit\":65536")->status, RH_OK);
		CHECK_INT(get(&c, made, ",\"offset\":131072")->status, RH_OK);
	}
	lab_fini(&c);
}

static void
test_gone(void)
{
	struct core c;
	struct call *made;
	const char *id;
	int64_t no;
	int i;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	made = put(&c, id, bytes(&c, 0, 6 * CHUNK + 9),
	    ",\"expires_in_seconds\":10");
	CHECK_INT(put(&c, id, bytes(&c, 0, CHUNK), ",\"complete\":false")
	    ->status, RH_OK);
	CHECK_INT(put(&c, id, bytes(&c, 3, 5 * CHUNK), "")->status, RH_OK);
	clock_fake_advance(&c.clock, 10 * US_PER_S);
	CHECK_INT(get(&c, made, "")->status, RH_ENOENT);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM artifact"), 2);
	CORE_CHECK(&c);
	/* Nobody goes on with this one. */
	clock_fake_advance(&c.clock, 3600 * US_PER_S);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM artifact"), 1);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM artifact_chunk"), 5);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE action ="
	    " 'artifact_sweep'"), 2);
	CORE_CHECK(&c);
	/* The others go with their run, also those that came after its end. */
	lab_offer(&c, 1);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED), RH_OK);
	CHECK_INT(put(&c, id, "Zg==", "")->status, RH_OK);
	CORE_CHECK(&c);
	lab_sql(&c, "UPDATE run_end SET expires = 1");
	for (i = 0; i < 4; i++)
		lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM artifact"), 0);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM artifact_chunk"), 0);
	CHECK_INT(lab_number(&c, "SELECT sum(bytes) FROM owner"), 0);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_bounds(void)
{
	struct core c;
	struct call *call;
	const char *id;

	lab_start(&c);
	lab_run(&c, NULL, "/demo", &id);
	c.env.artifact_max = CHUNK;
	call = put(&c, id, bytes(&c, 0, CHUNK + 1), "");
	CHECK_INT(call->status, RH_ETOOBIG);
	CHECK_HAS(call->err.msg, "artifact.max_bytes");
	c.env.quota_bytes = 20000;
	call = put(&c, id, bytes(&c, 0, 30000), "");
	CHECK_INT(call->status, RH_EBYTES);
	c.env.quota_bytes = 0;
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM artifact"), 0);
	lab_must(&c, NULL, "artifact_put", "{\"run_id\":\"%s\","
	    "\"content\":\"\"}", id);
	lab_sql(&c, "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1"
	    " FROM k WHERE i < 999) INSERT INTO artifact (id, run_no, scope_no,"
	    " maker, state, type, mime, source, attempt, metadata, size,"
	    " digest, sha256, created) SELECT randomblob(16), run_no,"
	    " scope_no, maker, state, type, mime, source, attempt, metadata,"
	    " size, digest, sha256, created FROM artifact, k");
	CHECK_INT(put(&c, id, "", "")->status, RH_ERATE);
	call = lab_must(&c, NULL, "artifact_list", "{\"run_id\":\"%s\","
	    "\"limit\":100}", id);
	CHECK_HAS(call->reply.p, "\"next_cursor\":\"901\"");
	CHECK_HAS(call->reply.p, "\"has_more\":true,\"total_count\":1000");
	call = lab_must(&c, NULL, "artifact_list", "{\"run_id\":\"%s\","
	    "\"limit\":100,\"before_cursor\":\"101\"}", id);
	CHECK_HAS(call->reply.p, "\"has_more\":false");
	lab_fini(&c);
}

static void
test_attempts(void)
{
	struct field f;
	struct call *won, *call;

	field_start(&f);
	field_make(&f, "\"conversation_id\":\"c\"");
	CHECK_INT(field_claim(&f, &f.a, "", &won), 1);
	call = field_use(&f, &f.a, "artifact_put", won,
	    ",\"content\":\"Zm9v\"");
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "\"source\":\"runner\"");
	CHECK_INT(field_use(&f, &f.b, "artifact_put", won,
	    ",\"content\":\"Zm9v\"")->status, RH_EPERM);
	CHECK_INT(field_use(&f, &f.a, "artifact_list", won, "")->status,
	    RH_OK);
	CHECK_INT(lab_do(&f.c, &f.a, "artifact_get", "{\"artifact_id\":%s}",
	    sample_field(call, "artifact_id"))->status, RH_EPERM);
	CHECK_INT(lab_do(&f.c, &f.a, "artifact_get", "{\"artifact_id\":%s,"
	    "\"runtime_id\":\"ra\",\"claim_token\":%s}",
	    sample_field(call, "artifact_id"),
	    sample_field(won, "claim_token"))->status, RH_OK);
	/* By conversation, over its runs. */
	field_make(&f, "\"conversation_id\":\"c\"");
	call = lab_must(&f.c, NULL, "artifact_list", "{\"conversation_id\":"
	    "\"c\"}");
	CHECK_HAS(call->reply.p, "\"total_count\":1");
	field_finish(&f);
}

const struct unit_test ledger_artifacts_tests[] = {
	{ "an artifact is what its digests say", test_whole },
	{ "pieces come in order, once, and give the same", test_pieces },
	{ "bytes that were changed are named, never shown", test_damage },
	{ "artifacts go when their time is over, or with their run",
	    test_gone },
	{ "artifacts are bounded in size and number", test_bounds },
	{ "an attempt leaves what its run shows", test_attempts },
	{ NULL, NULL },
};
