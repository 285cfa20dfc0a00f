/*
 * The tables artifact and artifact_chunk.
 */
#include "store/store_artifact.h"

#include "base/buf.h"
#include "store/db.h"
#include "store/keyset.h"
#include "store/store_weight.h"

#include <string.h>

static const char sql_insert[] =
"INSERT INTO artifact (id, run_no, scope_no, maker, state, type, mime, name,"
"	source, attempt, metadata, size, digest, sha256, hashing, created,"
"	expires, due)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
"	?16, ?17, ?18)";

static const char sql_grow[] =
"UPDATE artifact SET state = ?2, size = ?3, digest = ?4, sha256 = ?5,"
"	hashing = ?6, due = ?7 WHERE artifact_no = ?1 AND state = 1";

static const char sql_chunk[] =
"INSERT INTO artifact_chunk (artifact_no, no, digest, data)"
" VALUES (?1, ?2, ?3, ?4)";

#define ROW								\
"SELECT artifact_no, id, run_no, scope_no, maker, state, type, mime, name,"	\
"	source, attempt, metadata, size, created, expires, due, digest,"	\
"	sha256, hashing FROM artifact"

static const char sql_find[] =
ROW " WHERE id = ?1 AND state < 3 AND (expires IS NULL OR expires > ?2)";

static const char sql_get[] =
ROW " WHERE artifact_no = ?1";

static const char sql_count[] =
"SELECT count(*) FROM (SELECT 1 FROM artifact INDEXED BY artifact_run"
"	WHERE run_no = ?1 AND state < 3 LIMIT ?2)";

static const char sql_digests[] =
"SELECT digest FROM artifact_chunk WHERE artifact_no = ?1 AND no >= ?2"
" ORDER BY no LIMIT ?3";

static const char sql_read[] =
"SELECT no, digest, data FROM artifact_chunk"
" WHERE artifact_no = ?1 AND no >= ?2 AND no <= ?3 ORDER BY no";

#define PAGE(index, column)						\
"SELECT artifact_no FROM artifact INDEXED BY " index			\
" WHERE " column " = ?1 AND artifact_no > ?2 AND artifact_no < ?3"	\
"	AND state = 2 ORDER BY artifact_no DESC LIMIT ?4"
#define TOTAL(index, column)						\
"SELECT count(*) FROM (SELECT 1 FROM artifact INDEXED BY " index	\
"	WHERE " column " = ?1 AND state = 2 LIMIT ?2)"

static const char sql_of_run[] = PAGE("artifact_run", "run_no");
static const char sql_of_scope[] = PAGE("artifact_scope", "scope_no");
static const char sql_total_run[] = TOTAL("artifact_run", "run_no");
static const char sql_total_scope[] = TOTAL("artifact_scope", "scope_no");

static const char *const sql_weigh[] = {
	"UPDATE run_live SET bytes = bytes + ?2 WHERE run_no = ?1",
	"UPDATE run_end SET bytes = bytes + ?2 WHERE run_no = ?1",
};

static const char sql_due[] =
"SELECT artifact_no FROM artifact INDEXED BY artifact_due"
" WHERE due IS NOT NULL AND due <= ?1 ORDER BY due LIMIT ?2";

static const char sql_let_go[] =
"UPDATE artifact SET state = 3, due = 0, hashing = NULL"
" WHERE artifact_no = ?1";

/* Numbers have no gap, so this is so many rows at most. */
static const char sql_purge[] =
"DELETE FROM artifact_chunk WHERE artifact_no = ?1 AND no <"
"	(SELECT min(no) FROM artifact_chunk WHERE artifact_no = ?1) + ?2";

static const char sql_gone[] =
"DELETE FROM artifact WHERE artifact_no = ?1 AND NOT EXISTS"
"	(SELECT 1 FROM artifact_chunk WHERE artifact_no = ?1)";

static int64_t
of(const char *text)
{
	return text != NULL ? (int64_t)strlen(text) : 0;
}

int64_t
weight_artifact(const struct artifact *x)
{
	int64_t chunks = (x->size + ARTIFACT_CHUNK - 1) / ARTIFACT_CHUNK;

	return (1 + chunks) * WEIGHT_ROW + x->size + of(x->type) +
	    of(x->mime) + of(x->name) + of(x->metadata);
}

static void
put_digests(struct q *q, const struct artifact *x)
{
	bool whole = x->state == ARTIFACT_WHOLE;

	q_blob(q, whole ? x->digest : NULL, HASH_LEN);
	q_blob(q, whole ? x->sha256 : NULL, HASH_LEN);
	q_blob(q, whole ? NULL : x->hashing, DIGESTS_SAVED);
}

rh_status
store_artifact_insert(struct db *db, struct artifact *x, struct err *err)
{
	struct q q = q_begin(db, sql_insert);
	rh_status rc;

	q_blob(&q, x->id.b, sizeof x->id.b);
	q_i64(&q, x->run_no);
	q_i64(&q, x->scope_no);
	q_text(&q, x->maker);
	q_i64(&q, x->state);
	q_text(&q, x->type);
	q_text(&q, x->mime);
	q_text(&q, x->name);
	q_text(&q, x->source);
	q_i64(&q, x->attempt);
	q_text(&q, x->metadata);
	q_i64(&q, x->size);
	put_digests(&q, x);
	q_i64(&q, x->created_us);
	q_i64_or_null(&q, x->expires_us);
	q_i64_or_null(&q, x->due_us);
	if ((rc = q_exec(&q, err)) == RH_OK)
		x->no = q_rowid(&q);
	return rc;
}

rh_status
store_artifact_grow(struct db *db, const struct artifact *x, struct err *err)
{
	struct q q = q_begin(db, sql_grow);

	q_i64(&q, x->no);
	q_i64(&q, x->state);
	q_i64(&q, x->size);
	put_digests(&q, x);
	q_i64_or_null(&q, x->due_us);
	return q_exec(&q, err);
}

rh_status
store_artifact_chunks(struct db *db, int64_t no, int64_t first,
    const struct chunk *c, size_t n, struct err *err)
{
	struct q q;
	size_t i;
	rh_status rc = RH_OK;

	for (i = 0; i < n && rc == RH_OK; i++) {
		q = q_begin(db, sql_chunk);
		q_i64(&q, no);
		q_i64(&q, first + (int64_t)i);
		q_blob(&q, c[i].digest, HASH_LEN);
		q_blob(&q, c[i].data.p, c[i].data.len);
		rc = q_exec(&q, err);
	}
	return rc;
}

static void
read_row(struct q *q, struct arena *a, struct artifact *x)
{
	x->no = q_get_i64(q);
	q_get_fixed(q, x->id.b, sizeof x->id.b);
	x->run_no = q_get_i64(q);
	x->scope_no = q_get_i64(q);
	x->maker = q_get_text(q, a);
	x->state = (enum artifact_state)q_get_i64(q);
	x->type = q_get_text(q, a);
	x->mime = q_get_text(q, a);
	x->name = q_get_text(q, a);
	x->source = q_get_text(q, a);
	x->attempt = q_get_i64(q);
	x->metadata = q_get_text(q, a);
	x->size = q_get_i64(q);
	x->created_us = q_get_i64(q);
	x->expires_us = q_get_i64(q);
	x->due_us = q_get_i64(q);
	q_get_fixed(q, x->digest, HASH_LEN);
	q_get_fixed(q, x->sha256, HASH_LEN);
	x->hashed = q_get_fixed(q, x->hashing, sizeof x->hashing);
}

rh_status
store_artifact_find(struct db *db, const struct id *id, int64_t now,
    struct arena *a, struct artifact *x, struct err *err)
{
	struct q q = q_begin(db, sql_find);

	memset(x, 0, sizeof *x);
	q_blob(&q, id->b, sizeof id->b);
	q_i64(&q, now);
	if (q_row(&q))
		read_row(&q, a, x);
	return q_end(&q, err);
}

rh_status
store_artifact_get(struct db *db, int64_t no, struct arena *a,
    struct artifact *x, struct err *err)
{
	struct q q = q_begin(db, sql_get);

	memset(x, 0, sizeof *x);
	q_i64(&q, no);
	if (q_row(&q))
		read_row(&q, a, x);
	return q_end(&q, err);
}

static rh_status
count(struct db *db, const char *sql, int64_t of_no, int64_t max, int64_t *n,
    struct err *err)
{
	struct q q = q_begin(db, sql);

	q_i64(&q, of_no);
	q_i64(&q, max);
	*n = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

rh_status
store_artifact_count(struct db *db, int64_t run_no, int64_t max, int64_t *n,
    struct err *err)
{
	return count(db, sql_count, run_no, max, n, err);
}

rh_status
store_artifact_same(struct db *db, int64_t no, int64_t first,
    const struct chunk *c, size_t n, bool *same, struct err *err)
{
	struct q q = q_begin(db, sql_digests);
	uint8_t digest[HASH_LEN];
	size_t i = 0;

	q_i64(&q, no);
	q_i64(&q, first);
	q_i64(&q, (int64_t)n);
	while (i < n && q_row(&q) && q_get_fixed(&q, digest, HASH_LEN) &&
	    hash_eq(digest, c[i].digest))
		i++;
	*same = i == n;
	return q_end(&q, err);
}

static rh_status
damaged(const struct artifact *x, int64_t no, struct err *err)
{
	char id[ID_HEX_LEN];

	err_set(err, RH_EIO, "artifact \"art_%s\": the bytes from %lld on "
	    "aren't what was written (integrity)", id_hex(&x->id, id),
	    (long long)(no * ARTIFACT_CHUNK));
	return err_hint(err, "the rest may still be read: ask for other "
	    "offsets; restore a backup");
}

/* How long the chunk of this number is. */
static size_t
chunk_len(const struct artifact *x, int64_t no)
{
	int64_t left = x->size - no * ARTIFACT_CHUNK;

	return (size_t)(left < ARTIFACT_CHUNK ? left : ARTIFACT_CHUNK);
}

rh_status
store_artifact_read(struct db *db, const struct artifact *x, int64_t offset,
    size_t max, struct buf *out, struct err *err)
{
	int64_t end = x->size - offset < (int64_t)max ? x->size :
	    offset + (int64_t)max;
	int64_t no = offset / ARTIFACT_CHUNK, last = (end - 1) / ARTIFACT_CHUNK;
	size_t from = (size_t)(offset % ARTIFACT_CHUNK), len;
	uint8_t want[HASH_LEN], is[HASH_LEN];
	const char *p;
	struct q q;
	bool good = true;
	rh_status rc;

	if (offset >= end)
		return RH_OK;
	q = q_begin(db, sql_read);
	q_i64(&q, x->no);
	q_i64(&q, no);
	q_i64(&q, last);
	while (no <= last && good && q_row(&q)) {
		good = q_get_i64(&q) == no && q_get_fixed(&q, want, HASH_LEN);
		p = q_get_blob(&q, &len);
		hash_of(p != NULL ? p : "", len, is);
		good = good && len == chunk_len(x, no) && hash_eq(want, is);
		if (good)
			buf_add(out, p + from, len - from);
		no += good;
		from = 0;
	}
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	if (no <= last)
		return damaged(x, no, err);
	out->len = (size_t)(end - offset);
	return RH_OK;
}

rh_status
store_artifact_page(struct db *db, struct keyset *k, bool by_run,
    struct err *err)
{
	size_t i;
	rh_status rc = RH_OK;

	for (i = 0; i < k->scope_count && rc == RH_OK; i++)
		rc = keyset_add(db, k, by_run ? sql_of_run : sql_of_scope,
		    k->scopes[i], NULL, err);
	keyset_end(k);
	return rc;
}

rh_status
store_artifact_total(struct db *db, const int64_t *scopes, size_t n,
    bool by_run, int64_t max, int64_t *total, struct err *err)
{
	int64_t one;
	size_t i;
	rh_status rc = RH_OK;

	*total = 0;
	for (i = 0; i < n && rc == RH_OK && *total < max; i++) {
		rc = count(db, by_run ? sql_total_run : sql_total_scope,
		    scopes[i], max - *total, &one, err);
		*total += one;
	}
	return rc;
}

rh_status
store_artifact_weigh(struct db *db, int64_t run_no, int64_t bytes,
    bool *there, struct err *err)
{
	struct q q;
	size_t i;
	rh_status rc;

	*there = false;
	for (i = 0; i < 2 && !*there; i++) {
		q = q_begin(db, sql_weigh[i]);
		q_i64(&q, run_no);
		q_i64(&q, bytes);
		if ((rc = q_exec(&q, err)) != RH_OK)
			return rc;
		*there = q_changes(&q) == 1;
	}
	return RH_OK;
}

rh_status
store_artifact_due(struct db *db, int64_t now, int64_t *nos, size_t max,
    size_t *n, struct err *err)
{
	struct q q = q_begin(db, sql_due);

	*n = 0;
	q_i64(&q, now);
	q_i64(&q, (int64_t)max);
	while (q_row(&q))
		nos[(*n)++] = q_get_i64(&q);
	return q_end(&q, err);
}

rh_status
store_artifact_let_go(struct db *db, int64_t no, struct err *err)
{
	struct q q = q_begin(db, sql_let_go);

	q_i64(&q, no);
	return q_exec(&q, err);
}

rh_status
store_artifact_purge(struct db *db, int64_t no, int64_t *budget,
    struct err *err)
{
	struct q q = q_begin(db, sql_purge);
	rh_status rc;

	q_i64(&q, no);
	q_i64(&q, *budget);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	*budget -= q_changes(&q);
	q = q_begin(db, sql_gone);
	q_i64(&q, no);
	if ((rc = q_exec(&q, err)) == RH_OK)
		*budget -= q_changes(&q);
	return rc;
}
