/*
 * The tables that a policy snapshot is compiled from.
 */
#include "store/store_auth.h"

#include "base/mem.h"
#include "json/read.h"
#include "store/db.h"

static const char sql_token_insert[] =
"INSERT INTO token (hash, principal, label, created, created_by, expires)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING token_no";
static const char sql_token_revoke[] =
"UPDATE token SET revoked = ?2 WHERE token_no = ?1 AND revoked IS NULL";
#define TOKEN_ROWS							\
"SELECT token_no, hash, principal, label, created, created_by, expires,"\
"	revoked FROM token"
static const char sql_token_list[] = TOKEN_ROWS " ORDER BY token_no";
static const char sql_token_live[] = TOKEN_ROWS " INDEXED BY token_live"
" WHERE revoked IS NULL AND expires IS NULL UNION ALL "
TOKEN_ROWS " INDEXED BY token_live WHERE revoked IS NULL AND expires > ?1";
static const char sql_token_expire[] =
"DELETE FROM token WHERE token_no IN (SELECT token_no FROM token"
" INDEXED BY token_expires WHERE expires <= ?1 LIMIT ?2)";
static const char sql_token_forget[] =
"DELETE FROM token WHERE token_no IN (SELECT token_no FROM token"
" INDEXED BY token_revoked WHERE revoked <= ?1 LIMIT ?2)";

static const char sql_grant_insert[] =
"INSERT INTO grants (grantee, permission, owner, workspace, bot,"
"	conversation, thread, runner, created, created_by, expires, queues,"
"	labels)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
" RETURNING grant_no";
static const char sql_grant_delete[] =
"DELETE FROM grants WHERE grant_no = ?1";
#define GRANT_ROWS							\
"SELECT grant_no, grantee, permission, owner, workspace, bot, conversation,"\
"	thread, runner, created, created_by, expires, queues, labels FROM grants"
static const char sql_grant_list[] = GRANT_ROWS " ORDER BY grant_no";
static const char sql_grant_live[] = GRANT_ROWS " INDEXED BY grants_expires"
" WHERE expires IS NULL UNION ALL "
GRANT_ROWS " INDEXED BY grants_expires WHERE expires > ?1";
static const char sql_grant_expire[] =
"DELETE FROM grants WHERE grant_no IN (SELECT grant_no FROM grants"
" INDEXED BY grants_expires WHERE expires <= ?1 LIMIT ?2)";

static const char sql_trust_set[] =
"INSERT INTO plugin_trust (id, digest, created, created_by)"
" VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET"
"	digest = excluded.digest, created = excluded.created,"
"	created_by = excluded.created_by";
static const char sql_trust_delete[] =
"DELETE FROM plugin_trust WHERE id = ?1";
static const char sql_trust_get[] =
"SELECT 1 FROM plugin_trust WHERE id = ?1 AND digest = ?2";
static const char sql_trust_list[] =
"SELECT id, digest FROM plugin_trust";
static const char sql_trust_find[] =
"SELECT digest FROM plugin_trust WHERE id = ?1";

static const char sql_unaudited_add[] =
"INSERT OR IGNORE INTO unaudited (runner) VALUES (?1)";
static const char sql_unaudited_remove[] =
"DELETE FROM unaudited WHERE runner = ?1";
static const char sql_unaudited_list[] =
"SELECT runner FROM unaudited";

/* The list, with room for element n: it doubles at powers of two. */
static void *
list_grow(struct arena *a, void *list, size_t n, size_t size)
{
	void *grown;

	if ((n & (n - 1)) != 0)
		return list;
	grown = arena_alloc(a, (n != 0 ? 2 * n : 1) * size);
	if (n != 0)
		memcpy(grown, list, n * size);
	return grown;
}

static rh_status
exec_found(struct q *q, const char *what, struct err *err)
{
	rh_status rc;

	if ((rc = q_exec(q, err)) != RH_OK)
		return rc;
	return q_changes(q) == 1 ? RH_OK : err_set(err, RH_ENOENT,
	    "no such %s", what);
}

rh_status
store_token_insert(struct db *db, struct token_row *t, struct err *err)
{
	struct q q = q_begin(db, sql_token_insert);

	q_blob(&q, t->hash, sizeof t->hash);
	q_text(&q, t->principal);
	q_text(&q, t->label);
	q_i64(&q, t->created_us);
	q_text(&q, t->created_by);
	q_i64_or_null(&q, t->expires_us);
	if (q_row(&q))
		t->token_no = q_get_i64(&q);
	return q_exec(&q, err);
}

rh_status
store_token_revoke(struct db *db, int64_t no, int64_t now, struct err *err)
{
	struct q q = q_begin(db, sql_token_revoke);

	q_i64(&q, no);
	q_i64(&q, now);
	return exec_found(&q, "token, or it is revoked already", err);
}

static rh_status
token_rows(struct q *q, struct arena *a, struct token_row **out,
    size_t *count, struct err *err)
{
	struct token_row *t, *list = NULL;
	size_t n = 0;

	while (q_row(q)) {
		list = list_grow(a, list, n, sizeof *list);
		t = &list[n++];
		t->token_no = q_get_i64(q);
		q_get_fixed(q, t->hash, sizeof t->hash);
		t->principal = q_get_text(q, a);
		t->label = q_get_text(q, a);
		t->created_us = q_get_i64(q);
		t->created_by = q_get_text(q, a);
		t->expires_us = q_get_i64(q);
		t->revoked_us = q_get_i64(q);
	}
	*out = list;
	*count = n;
	return q_end(q, err);
}

rh_status
store_token_list(struct db *db, struct arena *a, struct token_row **out,
    size_t *count, struct err *err)
{
	struct q q = q_begin(db, sql_token_list);

	return token_rows(&q, a, out, count, err);
}

rh_status
store_token_live(struct db *db, int64_t now, struct arena *a,
    struct token_row **out, size_t *count, struct err *err)
{
	struct q q = q_begin(db, sql_token_live);

	q_i64(&q, now);
	return token_rows(&q, a, out, count, err);
}

rh_status
store_grant_insert(struct db *db, struct grant_row *g, struct err *err)
{
	struct q q = q_begin(db, sql_grant_insert);

	q_text(&q, g->grantee);
	q_text(&q, g->permission);
	q_text(&q, g->scope.owner);
	q_text(&q, g->scope.workspace);
	q_text(&q, g->scope.bot);
	q_text(&q, g->scope.conversation);
	q_text(&q, g->scope.thread);
	q_text(&q, g->scope.runner);
	q_i64(&q, g->created_us);
	q_text(&q, g->created_by);
	q_i64_or_null(&q, g->expires_us);
	q_text(&q, g->queues);
	q_text(&q, g->labels);
	if (q_row(&q))
		g->grant_no = q_get_i64(&q);
	return q_exec(&q, err);
}

rh_status
store_grant_delete(struct db *db, int64_t no, struct err *err)
{
	struct q q = q_begin(db, sql_grant_delete);

	q_i64(&q, no);
	return exec_found(&q, "grant", err);
}

static const char **
read_names(struct arena *a, const char *json)
{
	const char **list;
	struct json_doc d;
	struct str s;
	int node, n = 0;

	/* What can't be read holds nothing. */
	(void)json_parse(a, json, strlen(json), NULL, &d, NULL);
	list = arena_zalloc(a, ((size_t)json_size(&d, 0) + 1) * sizeof *list);
	for (node = json_first(&d, 0); node >= 0; node = json_next(&d, node))
		if (json_str(&d, node, a, &s))
			list[n++] = s.p;
	return list;
}

static struct grant_label *
read_labels(struct arena *a, const char *json)
{
	struct grant_label *list;
	struct json_doc d;
	struct str name, value;
	int node, n = 0;

	(void)json_parse(a, json, strlen(json), NULL, &d, NULL);
	list = arena_zalloc(a, ((size_t)json_size(&d, 0) + 1) * sizeof *list);
	for (node = json_first(&d, 0); node >= 0; node = json_next(&d, node))
		if (json_str(&d, node, a, &name) &&
		    json_str(&d, json_value(&d, node), a, &value))
			list[n++] = (struct grant_label){ name.p, value.p };
	return list;
}

static rh_status
grant_rows(struct q *q, struct arena *a, struct grant_row **out,
    size_t *count, struct err *err)
{
	struct grant_row *g, *list = NULL;
	size_t n = 0;

	while (q_row(q)) {
		list = list_grow(a, list, n, sizeof *list);
		g = &list[n++];
		g->grant_no = q_get_i64(q);
		g->grantee = q_get_text(q, a);
		g->permission = q_get_text(q, a);
		g->scope.owner = q_get_text(q, a);
		g->scope.workspace = q_get_text(q, a);
		g->scope.bot = q_get_text(q, a);
		g->scope.conversation = q_get_text(q, a);
		g->scope.thread = q_get_text(q, a);
		g->scope.runner = q_get_text(q, a);
		g->created_us = q_get_i64(q);
		g->created_by = q_get_text(q, a);
		g->expires_us = q_get_i64(q);
		g->queues = q_get_text(q, a);
		g->labels = q_get_text(q, a);
		g->queue_names = g->queues != NULL ?
		    read_names(a, g->queues) : NULL;
		g->label_list = g->labels != NULL ?
		    read_labels(a, g->labels) : NULL;
	}
	*out = list;
	*count = n;
	return q_end(q, err);
}

rh_status
store_grant_list(struct db *db, struct arena *a, struct grant_row **out,
    size_t *count, struct err *err)
{
	struct q q = q_begin(db, sql_grant_list);

	return grant_rows(&q, a, out, count, err);
}

rh_status
store_grant_live(struct db *db, int64_t now, struct arena *a,
    struct grant_row **out, size_t *count, struct err *err)
{
	struct q q = q_begin(db, sql_grant_live);

	q_i64(&q, now);
	return grant_rows(&q, a, out, count, err);
}

rh_status
store_auth_expire(struct db *db, int64_t before, size_t max,
    int64_t *removed, struct err *err)
{
	static const char *const sql[] = { sql_token_expire, sql_token_forget,
	    sql_grant_expire };
	struct q q;
	size_t i;
	rh_status rc;

	*removed = 0;
	for (i = 0; i < ARRAY_LEN(sql); i++) {
		q = q_begin(db, sql[i]);
		q_i64(&q, before);
		q_i64(&q, (int64_t)max);
		if ((rc = q_exec(&q, err)) != RH_OK)
			return rc;
		*removed += q_changes(&q);
	}
	return RH_OK;
}

rh_status
store_trust_set(struct db *db, const char *id, const uint8_t digest[HASH_LEN],
    int64_t now, const char *by, struct err *err)
{
	struct q q = q_begin(db, sql_trust_set);

	q_text(&q, id);
	q_blob(&q, digest, HASH_LEN);
	q_i64(&q, now);
	q_text(&q, by);
	return q_exec(&q, err);
}

rh_status
store_trust_delete(struct db *db, const char *id, struct err *err)
{
	struct q q = q_begin(db, sql_trust_delete);

	q_text(&q, id);
	return exec_found(&q, "trusted plugin", err);
}

rh_status
store_trust_get(struct db *db, const char *id, const uint8_t digest[HASH_LEN],
    bool *out, struct err *err)
{
	struct q q = q_begin(db, sql_trust_get);

	q_text(&q, id);
	q_blob(&q, digest, HASH_LEN);
	*out = q_row(&q);
	return q_end(&q, err);
}

rh_status
store_trust_find(struct db *db, const char *id, uint8_t digest[HASH_LEN],
    bool *found, struct err *err)
{
	struct q q = q_begin(db, sql_trust_find);

	q_text(&q, id);
	if ((*found = q_row(&q)))
		q_get_fixed(&q, digest, HASH_LEN);
	return q_end(&q, err);
}

rh_status
store_trust_list(struct db *db, struct arena *a, struct trust_row **out,
    size_t *count, struct err *err)
{
	struct trust_row *list = NULL;
	struct q q = q_begin(db, sql_trust_list);
	size_t n = 0;

	for (; q_row(&q); n++) {
		list = list_grow(a, list, n, sizeof *list);
		list[n].id = q_get_text(&q, a);
		q_get_fixed(&q, list[n].digest, HASH_LEN);
	}
	*out = list;
	*count = n;
	return q_end(&q, err);
}

rh_status
store_unaudited_set(struct db *db, const char *runner, bool unaudited,
    struct err *err)
{
	struct q q = q_begin(db, unaudited ? sql_unaudited_add :
	    sql_unaudited_remove);

	q_text(&q, runner);
	return q_exec(&q, err);
}

/* All texts of a column, ended by NULL. */
static rh_status
text_list(struct q q, struct arena *a, const char ***out, struct err *err)
{
	const char **list = NULL;
	size_t n = 0;

	for (;; n++) {
		list = list_grow(a, list, n, sizeof *list);
		list[n] = NULL;
		if (!q_row(&q))
			break;
		list[n] = q_get_text(&q, a);
	}
	*out = list;
	return q_end(&q, err);
}

rh_status
store_unaudited_list(struct db *db, struct arena *a, const char ***out,
    struct err *err)
{
	return text_list(q_begin(db, sql_unaudited_list), a, out, err);
}
