/*
 * The checkpoint table.  What is read back is compared with its digest, so
 * that a damaged one is passed over rather than handed to a plugin.
 */
#include "store/store_checkpoint.h"

#include "base/hash.h"
#include "store/db.h"
#include "store/store_run.h"
#include "store/store_weight.h"

static const char sql_add[] =
"INSERT INTO checkpoint (run_no, no, at, attempt, name, digest, data)"
" VALUES (?1, (SELECT ifnull(max(no), 0) + 1 FROM checkpoint"
"	WHERE run_no = ?1), ?2, ?3, ?4, ?5, ?6) RETURNING no";

static const char sql_trim[] =
"DELETE FROM checkpoint WHERE run_no = ?1 AND no <= ?2";

static const char sql_trimmed[] =
"SELECT sum(" WEIGHT_ROW_SQL " + " WEIGHT_OF_SQL("name") " + "
	WEIGHT_OF_SQL("data") ") FROM checkpoint WHERE run_no = ?1"
" AND no <= ?2";

static const char sql_weigh[] =
"UPDATE run_live SET bytes = bytes + ?2 WHERE run_no = ?1";

static const char sql_newest[] =
"SELECT no, name, digest, data FROM checkpoint WHERE run_no = ?1"
" ORDER BY no DESC";

static rh_status
trim(struct db *db, int64_t run_no, int64_t no, int64_t *grown,
    struct err *err)
{
	struct q q = q_begin(db, sql_trimmed);
	rh_status rc;

	q_i64(&q, run_no);
	q_i64(&q, no);
	*grown -= q_row(&q) ? q_get_i64(&q) : 0;
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	q = q_begin(db, sql_trim);
	q_i64(&q, run_no);
	q_i64(&q, no);
	return q_exec(&q, err);
}

rh_status
store_checkpoint_add(struct db *db, int64_t run_no, int64_t attempt,
    struct str name, struct str data, int64_t now, int64_t *grown,
    struct err *err)
{
	uint8_t digest[HASH_LEN];
	struct q q = q_begin(db, sql_add);
	int64_t no = 0;
	rh_status rc;

	hash_of(data.p, data.len, digest);
	q_i64(&q, run_no);
	q_i64(&q, now);
	q_i64(&q, attempt);
	q_str(&q, name);
	q_blob(&q, digest, sizeof digest);
	q_blob(&q, data.len > 0 ? data.p : "", data.len);
	if (q_row(&q))
		no = q_get_i64(&q);
	*grown = weight_pair(name, data);
	if ((rc = q_exec(&q, err)) != RH_OK || (no > CHECKPOINTS_KEPT &&
	    (rc = trim(db, run_no, no - CHECKPOINTS_KEPT, grown,
	    err)) != RH_OK))
		return rc;
	q = q_begin(db, sql_weigh);
	q_i64(&q, run_no);
	q_i64(&q, *grown);
	return q_exec(&q, err);
}

rh_status
store_checkpoint_newest(struct db *db, int64_t run_no, struct arena *a,
    struct run_claimed *out, struct err *err)
{
	struct q q = q_begin(db, sql_newest);
	uint8_t want[HASH_LEN], is[HASH_LEN];
	struct str title;
	const void *p;
	size_t len;
	int64_t no;

	out->checkpoint_name = NULL;
	out->checkpoint = (struct str){ NULL, 0 };
	q_i64(&q, run_no);
	while (out->checkpoint_name == NULL && q_row(&q)) {
		no = q_get_i64(&q);
		title = q_get_str(&q);
		if (!q_get_fixed(&q, want, sizeof want))
			continue;
		p = q_get_blob(&q, &len);
		hash_of(p, len, is);
		if (!hash_eq(want, is))
			continue;
		out->checkpoint_name = arena_strndup(a, title.p, title.len);
		out->checkpoint_no = no;
		out->checkpoint = (struct str){ arena_dup(a,
		    p != NULL ? p : "", len + (len == 0)), len };
	}
	return q_end(&q, err);
}
