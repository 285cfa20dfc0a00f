/*
 * Every move that the table of states doesn't have, tried on a run of the
 * ledger through the guarded statements: nothing may change.
 */
#include "model/world.h"

#include "base/mem.h"
#include "store/db.h"

#include <string.h>

struct trying {
	struct world *w;
	struct db *db;
	struct run_live live;		/* of the run, as it is */
	int	from;
};

static rh_status
to_queued(struct trying *t, int64_t fence)
{
	struct run_requeue r = { .run_no = t->live.run_no, .fence = fence,
	    .now_us = t->w->m->now };
	struct err err;

	return store_run_requeue(t->db, &r, &err);
}

static rh_status
to_running(struct trying *t, int64_t fence)
{
	struct event_new e = { .type = "output", .data = STR("{}") };
	struct run_report r = { .run_no = t->live.run_no, .fence = fence,
	    .events = &e, .event_count = 1, .percent = 50 };
	struct run_tail tail;
	struct err err;

	return store_run_report(t->db, &r, t->w->m->now, &tail, &err);
}

static rh_status
to_interrupted(struct trying *t, int64_t fence)
{
	struct err err;

	return store_run_interrupt(t->db, t->live.run_no, fence,
	    t->w->m->now, &err);
}

/* By who believes that the run is in a state that it isn't in. */
static rh_status
to_end(struct trying *t, int64_t fence, int believed, int to)
{
	struct run_live live = t->live;
	struct run_end end = { .state = (enum run_state)to };
	struct err err;

	live.fence = fence;
	live.state = (enum run_state)believed;
	return store_run_end(t->db, &live, &end, t->w->m->now, &err);
}

static void
must_be_stale(struct trying *t, rh_status rc, int to, const char *how)
{
	if (rc != RH_ESTALE)
		fail(t->w, "run %lld goes from %s to %s%s: %d",
		    (long long)t->live.run_no,
		    run_state_name((enum run_state)t->from),
		    run_state_name((enum run_state)to), how, rc);
}

/* A claim takes what is queued: this one only if it is. */
static void
must_not_be_claimed(struct trying *t)
{
	struct run_claim how = { .plugin = "demo", .runtime = "local",
	    .now_us = t->w->m->now, .lease_us = t->w->m->now + 1 };
	struct run_claimed got;
	struct arena arena;
	struct err err;

	memset(&got, 0, sizeof got);
	arena_init(&arena);
	if (store_run_claim(t->db, &how, &arena, &got, &err) != RH_OK ||
	    got.row.run_no == t->live.run_no)
		must_be_stale(t, RH_OK, CLAIMED, " by a claim");
	arena_fini(&arena);
}

static void
try_end(struct trying *t, int64_t fence, int to, const char *how)
{
	int believed;

	for (believed = CREATED; believed <= INTERRUPTED; believed++) {
		if (m_may_go(believed, to) &&
		    (believed != t->from || fence != t->live.fence))
			must_be_stale(t, to_end(t, fence, believed, to), to,
			    how);
	}
}

static void
try_move(struct trying *t, int64_t fence, int to, const char *how)
{
	if (to == QUEUED)
		must_be_stale(t, to_queued(t, fence), to, how);
	else if (to == RUNNING)
		must_be_stale(t, to_running(t, fence), to, how);
	else if (to == INTERRUPTED)
		must_be_stale(t, to_interrupted(t, fence), to, how);
	else if (to >= COMPLETED)
		try_end(t, fence, to, how);
}

static void
try_all(struct trying *t)
{
	int to;

	for (to = CREATED; to <= STATES && !t->w->failed; to++) {
		/* An event on a running run is no move. */
		if (!m_may_go(t->from, to) && !(t->from == RUNNING &&
		    to == RUNNING)) {
			try_move(t, t->live.fence, to, "");
			tried.pairs[t->from][to]++;
		}
		try_move(t, t->live.fence + 1, to, " by a later attempt");
		if (t->live.fence > 0)
			try_move(t, t->live.fence - 1, to,
			    " by an earlier one");
	}
}

/* No run stays in this state long enough to be met there. */
static void
make_created(struct trying *t)
{
	char sql[200];
	struct err err;

	snprintf(sql, sizeof sql, "UPDATE run_live SET state = 1 WHERE run_no"
	    " = %lld", (long long)t->live.run_no);
	if (db_script(t->db, sql, &err) != RH_OK)
		fail(t->w, "%s", err.msg);
	t->from = CREATED;
}

/* Any run; one in a state that few are in, where there is one. */
static const struct m_run *
some_run(struct world *w)
{
	int64_t n = (int64_t)w->m->run_count, i, from = below(w, n);
	bool even = once_in(w, 2);

	for (i = 0; i < n && even; i++) {
		if (w->m->runs[(from + i) % n].state == INTERRUPTED)
			return &w->m->runs[(from + i) % n];
	}
	return &w->m->runs[from];
}

void
forbidden(struct world *w)
{
	struct trying t = { .w = w, .db = ledger_db(w->c.ledger) };
	const struct m_run *r;
	int64_t before;
	struct arena arena;
	struct err err;

	if (w->m->run_count == 0)
		return;
	r = some_run(w);
	t.live.run_no = r->no;
	t.live.fence = r->fence;
	t.from = r->state;
	arena_init(&arena);
	tell(w, "what run %lld may not", (long long)r->no);
	if (db_begin(t.db, &err) != RH_OK)
		fail(w, "%s", err.msg);
	if (m_is_live(r))
		store_live_get(t.db, r->no, &arena, &t.live, &err);
	if (r->state == QUEUED && once_in(w, 2))
		make_created(&t);
	before = db_changes_total(t.db);
	try_all(&t);
	if (db_changes_total(t.db) != before)
		fail(w, "what run %lld may not was written",
		    (long long)r->no);
	if (t.from != QUEUED && !w->failed) {
		must_not_be_claimed(&t);
		tried.pairs[t.from][CLAIMED]++;
	}
	db_rollback(t.db);
	arena_fini(&arena);
}
