/*
 * One query over all tables.
 */
#include "lib/totals.h"

#include "lib/unit.h"

#include <sqlite3.h>
#include <string.h>

/* What the ledger holds, as numbers that every action changes. */
static const char sql_totals[] =
"SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM run_end),"
" (SELECT ifnull(sum(state), 0) FROM run_end), (SELECT count(*) FROM run_live),"
" (SELECT ifnull(sum(state), 0) FROM run_live),"
" (SELECT ifnull(sum(fence), 0) FROM run_live),"
" (SELECT ifnull(sum(attempts + 100 * failures + 10000 * losses), 0)"
"	FROM run_live),"
" (SELECT ifnull(sum(last_seq), 0) FROM run_live),"
" (SELECT ifnull(sum(percent), 0) FROM run_live),"
" (SELECT count(cancel) FROM run_live), (SELECT count(*) FROM event),"
" (SELECT count(*) FROM checkpoint),"
" (SELECT ifnull(sum(status), 0) FROM interaction),"
" (SELECT ifnull(sum(asks), 0) FROM run_live),"
" (SELECT ifnull(sum(state), 0) FROM artifact),"
" (SELECT count(*) FROM artifact_chunk),"
" (SELECT ifnull(sum(queued + 10 * claimed + 100 * running + 1000 * completed"
"	+ 2000 * failed + 3000 * cancelled + 4000 * timeout), 0) FROM run_count),"
" (SELECT ifnull(sum(queued + 10 * claimed + 100 * running + 1000 * completed"
"	+ 2000 * failed + 3000 * cancelled + 4000 * timeout), 0)"
"	FROM run_stat WHERE level = 1), (SELECT count(*) FROM scope),"
" (SELECT count(*) FROM owner),"
" (SELECT count(*) FROM token), (SELECT count(revoked) FROM token),"
" (SELECT count(*) FROM grants), (SELECT count(*) FROM plugin_trust),"
" (SELECT ifnull(sum(state), 0) FROM plugin),"
" (SELECT count(*) FROM signing_key), (SELECT count(revoked) FROM signing_key),"
" (SELECT count(*) FROM unaudited), (SELECT count(*) FROM idem),"
" (SELECT count(reply) FROM idem), (SELECT count(*) FROM intent),"
" (SELECT ifnull(sum(version), 0) FROM plugin_state),"
" (SELECT count(*) FROM meta), (SELECT count(*) FROM input_event),"
" (SELECT count(*) FROM transcript), (SELECT count(*) FROM steering),"
" (SELECT ifnull(sum(value), 0) FROM meta WHERE key = 'indexed'),"
" (SELECT count(*) FROM audit WHERE decision IN (1, 4, 5))";

void
totals_read(sqlite3 *h, struct totals *t)
{
	sqlite3_stmt *st = NULL;
	int i;

	memset(t, 0, sizeof *t);
	CHECK_INT(sqlite3_prepare_v2(h, sql_totals, -1, &st, NULL),
	    SQLITE_OK);
	CHECK_INT(sqlite3_column_count(st), TOTALS);
	if (CHECK_INT(sqlite3_step(st), SQLITE_ROW)) {
		for (i = 0; i < TOTALS; i++)
			t->n[i] = sqlite3_column_int64(st, i);
	}
	sqlite3_finalize(st);
}

void
totals_of(const char *path, struct totals *t)
{
	sqlite3 *h = NULL;

	CHECK_INT(sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE, NULL),
	    SQLITE_OK);
	totals_read(h, t);
	sqlite3_close(h);
}

struct totals
totals_change(const struct totals *from, const struct totals *to)
{
	struct totals t;
	int i;

	for (i = 0; i < TOTALS; i++)
		t.n[i] = to->n[i] - from->n[i];
	return t;
}

struct totals
totals_sum(const struct totals *a, const struct totals *b, bool with_b)
{
	struct totals t = *a;
	int i;

	for (i = 0; with_b && i < TOTALS; i++)
		t.n[i] += b->n[i];
	return t;
}

bool
totals_are(const struct totals *a, const struct totals *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}
