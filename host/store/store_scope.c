/*
 * The table scope.
 */
#include "store/store_scope.h"

#include "base/hash.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/scope_cache.h"
#include "store/store_owner.h"

static const char sql_find[] =
"SELECT scope_no, owner_no FROM scope WHERE digest = ?1";

static const char sql_insert[] =
"INSERT INTO scope (digest, owner_no, workspace, bot, conversation, thread,"
"	runner) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

static const char sql_get[] =
"SELECT o.name, s.workspace, s.bot, s.conversation, s.thread, s.runner"
" FROM scope s JOIN owner o USING (owner_no) WHERE s.scope_no = ?1";

static const char sql_drop[] =
"DELETE FROM scope WHERE scope_no = ?1"
" AND NOT EXISTS (SELECT 1 FROM run WHERE scope_no = ?1)";

static void
scope_digest(const struct scope *s, uint8_t out[HASH_LEN])
{
	const char *const fields[] = {
		s->owner, s->workspace, s->bot, s->conversation, s->thread,
		s->runner,
	};
	struct hash h;
	size_t i;

	hash_begin(&h, NULL, 0);
	for (i = 0; i < ARRAY_LEN(fields); i++)
		hash_add_field(&h, fields[i],
		    fields[i] != NULL ? strlen(fields[i]) : 0);
	hash_end(&h, out);
}

static rh_status
insert(struct db *db, const uint8_t digest[HASH_LEN], const struct scope *s,
    struct scope_ref *ref, struct err *err)
{
	struct q q;
	rh_status rc;

	if ((rc = store_owner_intern(db, s->owner, &ref->owner_no,
	    err)) != RH_OK)
		return rc;
	q = q_begin(db, sql_insert);
	q_blob(&q, digest, HASH_LEN);
	q_i64(&q, ref->owner_no);
	q_text(&q, s->workspace);
	q_text(&q, s->bot);
	q_text(&q, s->conversation);
	q_text(&q, s->thread);
	q_text(&q, s->runner);
	if ((rc = q_exec(&q, err)) == RH_OK)
		ref->scope_no = q_rowid(&q);
	return rc;
}

rh_status
store_scope_intern(struct db *db, const struct scope *s,
    struct scope_ref *ref, struct err *err)
{
	struct scope_cache *cache = db_scopes(db);
	uint8_t digest[HASH_LEN];
	struct q q;
	rh_status rc;

	scope_digest(s, digest);
	*ref = scope_cache_find(cache, digest);
	if (ref->scope_no != 0)
		return RH_OK;
	q = q_begin(db, sql_find);
	q_blob(&q, digest, sizeof digest);
	if (q_row(&q)) {
		ref->scope_no = q_get_i64(&q);
		ref->owner_no = q_get_i64(&q);
	}
	if ((rc = q_end(&q, err)) != RH_OK || (ref->scope_no == 0 &&
	    (rc = insert(db, digest, s, ref, err)) != RH_OK))
		return rc;
	scope_cache_add_digest(cache, *ref, digest);
	scope_cache_add(cache, ref->scope_no, s);
	return RH_OK;
}

static void
read_scope(struct q *q, struct arena *a, struct scope *s)
{
	s->owner = q_get_text(q, a);
	s->workspace = q_get_text(q, a);
	s->bot = q_get_text(q, a);
	s->conversation = q_get_text(q, a);
	s->thread = q_get_text(q, a);
	s->runner = q_get_text(q, a);
	s->line = NULL;
}

rh_status
store_scope_get(struct db *db, int64_t no, struct arena *a, struct scope *s,
    struct err *err)
{
	struct scope_cache *cache = db_scopes(db);
	struct q q;
	bool found;
	rh_status rc;

	if (scope_cache_get(cache, no, a, s))
		return RH_OK;
	q = q_begin(db, sql_get);
	q_i64(&q, no);
	if ((found = q_row(&q)))
		read_scope(&q, a, s);
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	if (!found)
		return err_set(err, RH_ENOENT, "no such scope");
	scope_cache_add(cache, no, s);
	return RH_OK;
}

rh_status
store_scope_drop(struct db *db, int64_t no, struct err *err)
{
	struct q q = q_begin(db, sql_drop);
	rh_status rc;

	q_i64(&q, no);
	if ((rc = q_exec(&q, err)) == RH_OK && q_changes(&q) == 1)
		scope_cache_drop(db_scopes(db), no);
	return rc;
}
