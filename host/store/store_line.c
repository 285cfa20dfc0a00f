/*
 * The table line.
 */
#include "store/store_line.h"

#include "base/hash.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/store_run.h"

#include <string.h>

static const char sql_find[] =
"SELECT line_no FROM line WHERE digest = ?1";

static const char sql_count[] =
"SELECT count(*) FROM line WHERE pin IS ?1";

static const char sql_insert[] =
"INSERT INTO line (digest, plugin, runner, queue, pin, labels)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

#define LINE	"SELECT line_no, plugin, runner, queue, labels FROM line"

static const char *const sql_list[] = {
	LINE " WHERE pin IS NULL AND line_no > 1",
	LINE " WHERE pin = ?1",
};

static const char sql_of_run[] =
"SELECT queue, labels FROM run WHERE run_no = ?1";

static const char sql_drop[] =
"DELETE FROM line WHERE line_no IN (SELECT n.line_no FROM line n"
"	WHERE n.line_no > 1 AND NOT EXISTS (SELECT 1 FROM run_live l"
"	WHERE l.line_no = n.line_no AND l.line_no > 1) LIMIT ?1)";

static void
line_digest(const struct run_new *r, uint8_t out[HASH_LEN])
{
	const char *const fields[] = {
		r->plugin, r->scope.runner, r->queue, r->pin, r->labels,
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
check_room(struct db *db, const char *pin, struct err *err)
{
	int64_t max = pin != NULL ? LINES_PINNED_MAX : LINES_OPEN_MAX, n;
	struct q q = q_begin(db, sql_count);
	rh_status rc;

	q_text(&q, pin);
	n = q_row(&q) ? q_get_i64(&q) : 0;
	if ((rc = q_end(&q, err)) != RH_OK || n < max)
		return rc;
	err_set(err, RH_ERUNS, "live runs ask for %lld different sets of "
	    "runner, queue and labels%s%s, the limit is %lld", (long long)n,
	    pin != NULL ? " of runtime " : "", pin != NULL ? pin : "",
	    (long long)max);
	return err_hint(err, "use one of the queues and label sets that are "
	    "in use, or wait for runs to end");
}

static rh_status
insert(struct db *db, const uint8_t digest[HASH_LEN],
    const struct run_new *r, int64_t *no, struct err *err)
{
	struct q q;
	rh_status rc;

	if ((rc = check_room(db, r->pin, err)) != RH_OK)
		return rc;
	q = q_begin(db, sql_insert);
	q_blob(&q, digest, HASH_LEN);
	q_text(&q, r->plugin);
	q_text(&q, r->scope.runner);
	q_text(&q, r->queue);
	q_text(&q, r->pin);
	q_text(&q, r->labels != NULL ? r->labels : "{}");
	if ((rc = q_exec(&q, err)) == RH_OK)
		*no = q_rowid(&q);
	return rc;
}

rh_status
store_line_intern(struct db *db, const struct run_new *r, int64_t *no,
    struct err *err)
{
	uint8_t digest[HASH_LEN];
	struct q q;
	rh_status rc;

	*no = LINE_PLAIN;
	if (r->queue == NULL && r->pin == NULL && r->labels == NULL)
		return RH_OK;
	line_digest(r, digest);
	q = q_begin(db, sql_find);
	q_blob(&q, digest, sizeof digest);
	*no = q_row(&q) ? q_get_i64(&q) : 0;
	if ((rc = q_end(&q, err)) != RH_OK || *no != 0)
		return rc;
	return insert(db, digest, r, no, err);
}

/* Makes room for one more. */
static struct line *
next_line(struct arena *a, struct line **list, size_t *count)
{
	size_t n = *count;
	struct line *grown;

	if ((n & (n - 1)) == 0) {
		grown = arena_alloc(a, (n != 0 ? 2 * n : 1) * sizeof *grown);
		if (n > 0)
			memcpy(grown, *list, n * sizeof *grown);
		*list = grown;
	}
	return &(*list)[(*count)++];
}

rh_status
store_line_list(struct db *db, const char *runtime, const char *queue,
    struct arena *a, struct line **list, size_t *count, struct err *err)
{
	struct line *l;
	struct q q;
	size_t i;
	rh_status rc = RH_OK;

	*list = NULL;
	*count = 0;
	for (i = 0; i < ARRAY_LEN(sql_list) && rc == RH_OK; i++) {
		q = q_begin(db, sql_list[i]);
		if (i > 0)
			q_text(&q, runtime);
		while (q_row(&q)) {
			l = next_line(a, list, count);
			l->no = q_get_i64(&q);
			l->plugin = q_get_text(&q, a);
			l->runner = q_get_text(&q, a);
			l->queue = q_get_text(&q, a);
			l->labels = q_get_text(&q, a);
			if (queue != NULL && (l->queue == NULL ||
			    strcmp(l->queue, queue) != 0))
				--*count;
		}
		rc = q_end(&q, err);
	}
	return rc;
}

rh_status
store_line_of_run(struct db *db, int64_t run_no, struct arena *a,
    const char **queue, const char **labels, struct err *err)
{
	struct q q = q_begin(db, sql_of_run);

	*queue = *labels = NULL;
	q_i64(&q, run_no);
	if (q_row(&q)) {
		*queue = q_get_text(&q, a);
		*labels = q_get_text(&q, a);
	}
	return q_end(&q, err);
}

rh_status
store_line_drop(struct db *db, int64_t max, struct err *err)
{
	struct q q = q_begin(db, sql_drop);

	q_i64(&q, max);
	return q_exec(&q, err);
}
