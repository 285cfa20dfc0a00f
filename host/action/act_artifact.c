/*
 * artifact_put: bytes that a run leaves, at once or in pieces.  What a piece
 * says of itself is worked out before its turn; pieces come in order, so the
 * digests of all go along.
 */
#include "action/act_artifact.h"

#include "base/base64.h"
#include "base/mem.h"
#include "json/read.h"

#include <string.h>

#define TYPE_MAX	64
#define MIME_MAX	127
#define NAME_MAX	255
#define METADATA_MAX	(16 * 1024)
#define PART_KEPT_US	(3600 * US_PER_S)	/* without another piece */

struct put_args {
	struct artifact x;	/* what a new one is made with */
	bool	has_id, complete;
	int64_t	offset, expires_s;
	struct str bytes;
	struct chunk *chunks;
	size_t	n;
	const char *digest, *sha256;	/* that it shall have, in hex; or NULL */
	uint8_t	is_digest[HASH_LEN], is_sha256[HASH_LEN]; /* of one that is all */
};

static rh_status
take_hex(struct call *c, const char *name, const char **out, struct err *err)
{
	uint8_t bytes[HASH_LEN];
	char *text;
	rh_status rc;

	if ((rc = take_name(c, name, 2 * HASH_LEN, out, err)) != RH_OK ||
	    *out == NULL)
		return rc;
	if (!str_unhex(str_of(*out), bytes, sizeof bytes))
		return err_set(err, RH_EINPUT, "body.%s: must be 64 "
		    "hexadecimal digits", name);
	text = arena_alloc(&c->arena, HASH_HEX_LEN);
	str_hex(text, bytes, sizeof bytes);
	*out = text;
	return RH_OK;
}

/* The piece in chunks, each with its digest; all but a last are whole. */
static rh_status
take_content(struct call *c, struct put_args *p, struct err *err)
{
	struct str text, left;
	char *bytes;
	size_t i;

	if (!json_str(&c->in, json_member(&c->in, 0, "content"), &c->arena,
	    &text))
		return err_set(err, RH_EINPUT, "body.content: must be a text "
		    "in base64");
	bytes = arena_alloc(&c->arena, text.len + 1);
	p->bytes.p = bytes;
	if (!base64_read(text, bytes, &p->bytes.len))
		return err_set(err, RH_EINPUT, "body.content: must be base64, "
		    "padded and without line ends");
	if (!p->complete && (p->bytes.len == 0 ||
	    p->bytes.len % ARTIFACT_CHUNK != 0))
		return err_set(err, RH_EINPUT, "body.content: %zu bytes; a "
		    "piece that isn't the last has a multiple of %d",
		    p->bytes.len, ARTIFACT_CHUNK);
	left = p->bytes;
	p->n = (left.len + ARTIFACT_CHUNK - 1) / ARTIFACT_CHUNK;
	p->chunks = arena_alloc(&c->arena, (p->n + 1) * sizeof *p->chunks);
	for (i = 0; i < p->n; i++) {
		p->chunks[i].data = (struct str){ left.p,
		    left.len < ARTIFACT_CHUNK ? left.len : ARTIFACT_CHUNK };
		hash_of(left.p, p->chunks[i].data.len, p->chunks[i].digest);
		left.p += p->chunks[i].data.len;
		left.len -= p->chunks[i].data.len;
	}
	return RH_OK;
}

static rh_status
take_metadata(struct call *c, struct put_args *p, struct err *err)
{
	int node = json_member(&c->in, 0, "metadata");
	struct buf b = { 0 };
	rh_status rc = RH_OK;

	p->x.metadata = "{}";
	if (json_type(&c->in, node) != JSON_OBJECT)
		return RH_OK;
	json_canonical(&c->in, node, &b);
	if (b.len > METADATA_MAX)
		rc = err_set(err, RH_ETOOBIG, "body.metadata: %zu bytes are "
		    "more than %d", b.len, METADATA_MAX);
	p->x.metadata = arena_strndup(&c->arena, b.p, b.len);
	buf_fini(&b);
	return rc;
}

/* What the artifact is, which its first piece says. */
static rh_status
take_kind(struct call *c, struct put_args *p, struct err *err)
{
	static const char *const names[] = { "artifact_type", "mime_type",
		"name", "metadata", "expires_in_seconds" };
	size_t i;
	rh_status rc;

	for (i = 0; p->has_id && i < ARRAY_LEN(names); i++) {
		if (json_type(&c->in, json_member(&c->in, 0, names[i])) >
		    JSON_NULL)
			return err_set(err, RH_EINPUT, "body.%s: the first "
			    "piece says it", names[i]);
	}
	if ((rc = take_name(c, "artifact_type", TYPE_MAX, &p->x.type,
	    err)) != RH_OK ||
	    (rc = take_name(c, "mime_type", MIME_MAX, &p->x.mime,
	    err)) != RH_OK ||
	    (rc = take_name(c, "name", NAME_MAX, &p->x.name, err)) != RH_OK ||
	    (rc = take_metadata(c, p, err)) != RH_OK)
		return rc;
	if (p->x.type == NULL)
		p->x.type = "file";
	if (p->x.mime == NULL)
		p->x.mime = "application/octet-stream";
	json_i64(&c->in, json_member(&c->in, 0, "expires_in_seconds"),
	    &p->expires_s);
	return RH_OK;
}

rh_status
artifact_id(struct call *c, struct id *id, bool *given, struct err *err)
{
	const char *text = call_text(c, "artifact_id");

	*given = text != NULL;
	memset(id, 0, sizeof *id);
	if (text == NULL)
		return RH_OK;
	if (strncmp(text, "art_", 4) == 0 && strlen(text) == 4 + 2 * ID_LEN &&
	    str_unhex(str_of(text + 4), id->b, sizeof id->b))
		return RH_OK;
	return err_set(err, RH_EINPUT, "body.artifact_id: must be \"art_\" and "
	    "32 hexadecimal digits");
}

rh_status
artifact_put_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct put_args *p = arena_zalloc(&c->arena, sizeof *p);
	struct digests d;
	rh_status rc;

	(void)reg;
	c->args = p;
	p->complete = true;
	if ((rc = artifact_id(c, &p->x.id, &p->has_id, err)) != RH_OK ||
	    (rc = json_opt_bool(&c->in, 0, "complete", &p->complete,
	    err)) != RH_OK ||
	    (rc = take_hex(c, "digest", &p->digest, err)) != RH_OK ||
	    (rc = take_hex(c, "sha256", &p->sha256, err)) != RH_OK ||
	    (rc = take_kind(c, p, err)) != RH_OK ||
	    (rc = take_content(c, p, err)) != RH_OK)
		return rc;
	json_i64(&c->in, json_member(&c->in, 0, "offset"), &p->offset);
	if (p->offset % ARTIFACT_CHUNK != 0 || (!p->has_id && p->offset != 0))
		return err_set(err, RH_EINPUT, "body.offset: %lld isn't where "
		    "a piece may begin", (long long)p->offset);
	if (!p->complete && (p->digest != NULL || p->sha256 != NULL))
		return err_set(err, RH_EINPUT, "body.%s: comes with the last "
		    "piece", p->digest != NULL ? "digest" : "sha256");
	if (p->has_id)
		return RH_OK;
	/* Off the writer's thread. */
	digests_begin(&d);
	digests_add(&d, p->bytes.p, p->bytes.len);
	if (!p->complete)
		digests_save(&d, p->x.hashing);
	digests_end(&d, p->is_digest, p->is_sha256);
	return RH_OK;
}

/* With the last piece: the bytes are those that were meant. */
static rh_status
check_digests(const struct put_args *p, const uint8_t *digest,
    const uint8_t *sha256, struct err *err)
{
	const char *const want[2] = { p->digest, p->sha256 };
	const uint8_t *const is[2] = { digest, sha256 };
	static const char *const names[2] = { "digest", "sha256" };
	char hex[HASH_HEX_LEN];
	int i;

	for (i = 0; i < 2; i++) {
		str_hex(hex, is[i], HASH_LEN);
		if (want[i] != NULL && strcmp(want[i], hex) != 0)
			return err_set(err, RH_EINPUT, "body.%s: %s is not "
			    "that of the bytes, %s", names[i], want[i], hex);
	}
	return RH_OK;
}

/* It fits: the bound of one, and what the owner may store. */
static rh_status
check_room(struct act *a, const struct run_row *run, int64_t size,
    int64_t more, struct err *err)
{
	int64_t max = a->env->artifact_max;

	if (size > max)
		return err_set(err, RH_ETOOBIG, "body.content: an artifact of "
		    "%lld bytes is more than artifact.max_bytes, %lld",
		    (long long)size, (long long)max);
	return act_bytes_check(a, run->owner_no, run->scope.owner, more, err);
}

static rh_status
weigh(struct act *a, const struct run_row *run, int64_t more, struct err *err)
{
	bool there;
	rh_status rc = store_artifact_weigh(a->db, run->run_no, more, &there,
	    err);

	if (rc == RH_OK)
		act_bytes(a, run->owner_no, more);
	return rc;
}

static rh_status
make(struct act *a, struct call *c, struct put_args *p, struct artifact *x,
    const struct run_row *run, struct err *err)
{
	int64_t n;
	rh_status rc;

	*x = p->x;
	x->id = act_id(a);
	x->run_no = run->run_no;
	x->scope_no = run->scope_no;
	x->maker = c->caller.principal;
	x->source = a->held != NULL ? "runner" : "caller";
	x->attempt = a->held != NULL ? a->held->fence : 0;
	x->size = (int64_t)p->bytes.len;
	x->state = p->complete ? ARTIFACT_WHOLE : ARTIFACT_PART;
	memcpy(x->digest, p->is_digest, HASH_LEN);
	memcpy(x->sha256, p->is_sha256, HASH_LEN);
	x->created_us = a->now;
	x->expires_us = p->expires_s != 0 ?
	    a->now + p->expires_s * US_PER_S : 0;
	x->due_us = p->complete ? x->expires_us : a->now + PART_KEPT_US;
	if ((rc = store_artifact_count(a->db, run->run_no, ARTIFACTS_MAX, &n,
	    err)) != RH_OK)
		return rc;
	if (n >= ARTIFACTS_MAX)
		return err_set(err, RH_ERATE, "the run has %d artifacts, and "
		    "may have no more", ARTIFACTS_MAX);
	if ((p->complete && (rc = check_digests(p, x->digest,
	    x->sha256, err)) != RH_OK) ||
	    (rc = check_room(a, run, x->size, weight_artifact(x),
	    err)) != RH_OK ||
	    (rc = store_artifact_insert(a->db, x, err)) != RH_OK ||
	    (rc = store_artifact_chunks(a->db, x->no, 0, p->chunks, p->n,
	    err)) != RH_OK)
		return rc;
	return weigh(a, run, weight_artifact(x), err);
}

/* Pieces that are there already, as after a reply that was lost. */
static rh_status
compare(struct act *a, const struct put_args *p, const struct artifact *x,
    struct err *err)
{
	bool same = false;
	rh_status rc = RH_OK;

	if (p->offset + (int64_t)p->bytes.len <= x->size &&
	    (x->state == ARTIFACT_PART || !p->complete ||
	    p->offset + (int64_t)p->bytes.len == x->size))
		rc = store_artifact_same(a->db, x->no,
		    p->offset / ARTIFACT_CHUNK, p->chunks, p->n, &same, err);
	if (rc != RH_OK || same)
		return rc;
	err_set(err, RH_ECONFLICT, "the piece at %lld isn't the next one: "
	    "%lld bytes are there", (long long)p->offset, (long long)x->size);
	return err_hint(err, "go on at the offset %lld, or begin anew",
	    (long long)x->size);
}

static rh_status
grow(struct act *a, const struct put_args *p, struct artifact *x,
    const struct run_row *run, struct err *err)
{
	int64_t was = weight_artifact(x), first = x->size / ARTIFACT_CHUNK;
	bool new = p->offset == x->size;
	struct digests d;
	rh_status rc;

	if (!x->hashed || !digests_load(&d, x->hashing))
		return err_set(err, RH_ECONFLICT, "the artifact was begun by "
		    "another version of the host: begin anew");
	if (new) {
		digests_add(&d, p->bytes.p, p->bytes.len);
		x->size += (int64_t)p->bytes.len;
	}
	if (p->complete) {
		digests_end(&d, x->digest, x->sha256);
		if ((rc = check_digests(p, x->digest, x->sha256,
		    err)) != RH_OK)
			return rc;
		x->state = ARTIFACT_WHOLE;
	} else {
		digests_save(&d, x->hashing);
	}
	x->due_us = p->complete ? x->expires_us : a->now + PART_KEPT_US;
	if ((rc = check_room(a, run, x->size, weight_artifact(x) - was,
	    err)) != RH_OK ||
	    (rc = store_artifact_grow(a->db, x, err)) != RH_OK ||
	    (new && (rc = store_artifact_chunks(a->db, x->no, first,
	    p->chunks, p->n, err)) != RH_OK))
		return rc;
	return weigh(a, run, weight_artifact(x) - was, err);
}

/* Another piece; what isn't whole is there for who began it only. */
static rh_status
go_on(struct act *a, struct call *c, struct put_args *p, struct artifact *x,
    const struct run_row *run, bool *known, struct err *err)
{
	rh_status rc;

	if ((rc = store_artifact_find(a->db, &p->x.id, a->now, &c->arena, x,
	    err)) != RH_OK)
		return rc;
	if (x->no == 0 || x->run_no != a->run_no ||
	    strcmp(x->maker, c->caller.principal) != 0)
		return err_set(err, RH_ENOENT, "no artifact \"%s\" that the "
		    "caller has begun", call_text(c, "artifact_id"));
	*known = x->state == ARTIFACT_WHOLE || p->offset != x->size;
	if (*known && (rc = compare(a, p, x, err)) != RH_OK)
		return rc;
	if (x->state == ARTIFACT_WHOLE)
		return check_digests(p, x->digest, x->sha256, err);
	/* The end of what is there may be told apart from its last piece. */
	if (*known && !(p->complete &&
	    p->offset + (int64_t)p->bytes.len == x->size))
		return p->complete ? err_set(err, RH_ECONFLICT, "%lld bytes "
		    "are there, the piece ends before", (long long)x->size) :
		    RH_OK;
	return grow(a, p, x, run, err);
}

static void
put_detail(struct act *a, struct call *c, const struct artifact *x,
    const struct put_args *p)
{
	char hex[HASH_HEX_LEN], id[ID_HEX_LEN];
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "artifact_id", arena_printf(&c->arena, "art_%s",
	    id_hex(&x->id, id)));
	jw_m_text(&j, "source", x->source);
	jw_m_i64(&j, "offset", p->offset);
	jw_m_i64(&j, "bytes", (int64_t)p->bytes.len);
	if (x->state == ARTIFACT_WHOLE) {
		str_hex(hex, x->digest, HASH_LEN);
		jw_m_text(&j, "digest", hex);
	}
	jw_end_object(&j);
	act_detail(a, c, &b);
}

rh_status
artifact_put(struct act *a, struct call *c, struct err *err)
{
	struct put_args *p = c->args;
	struct buf b = { 0 };
	struct json_out j;
	struct artifact x;
	struct run_row run;
	bool known = false;
	rh_status rc;

	if ((rc = store_run_get(a->db, a->run_no, &c->arena, &run,
	    err)) != RH_OK)
		return rc;
	rc = p->has_id ? go_on(a, c, p, &x, &run, &known, err) :
	    make(a, c, p, &x, &run, err);
	if (rc != RH_OK)
		return rc;
	put_detail(a, c, &x, p);
	jw_init(&j, &b);
	jw_object(&j);
	write_artifact(&j, a->target, &x);
	jw_m_bool(&j, "complete", x.state == ARTIFACT_WHOLE);
	jw_m_bool(&j, "duplicate", known);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}
