/*
 * The ledger as it is on disk, read by a connection of its own, against the
 * model.  The first difference is the answer.
 */
#include "model/world.h"

#include "audit/verify.h"
#include "base/mem.h"
#include "store/db.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One comparison on its way. */
struct look {
	struct world *w;
	struct model *m;
	char	*why;		/* of 600; "" while all is the same */
	sqlite3_stmt *st;
	int	col;		/* that is read next */
};

static void differs(struct look *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
differs(struct look *l, const char *fmt, ...)
{
	va_list ap;

	if (l->why[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(l->why, 600, fmt, ap);
	va_end(ap);
}

static void
ask(struct look *l, const char *sql, int64_t arg)
{
	if (sqlite3_prepare_v3(l->w->db, sql, -1, 0, &l->st, NULL) !=
	    SQLITE_OK) {
		differs(l, "%s: %s", sql, sqlite3_errmsg(l->w->db));
		l->st = NULL;
		return;
	}
	sqlite3_bind_int64(l->st, 1, arg);
}

static bool
row(struct look *l)
{
	l->col = 0;
	if (l->st != NULL && sqlite3_step(l->st) == SQLITE_ROW)
		return true;
	sqlite3_finalize(l->st);
	l->st = NULL;
	return false;
}

static int64_t
integer(struct look *l)
{
	return sqlite3_column_int64(l->st, l->col++);
}

static const char *
text(struct look *l)
{
	return (const char *)sqlite3_column_text(l->st, l->col++);
}

/* A number of the row, and what it should be. */
static void
is(struct look *l, const char *what, int64_t no, int64_t want)
{
	int64_t got = integer(l);

	if (got != want)
		differs(l, "%s of %lld is %lld, not %lld", what,
		    (long long)no, (long long)got, (long long)want);
}

static void
is_text(struct look *l, const char *what, int64_t no, const char *want)
{
	const char *got = text(l);

	if (!m_same(got, want))
		differs(l, "%s of %lld is %s, not %s", what, (long long)no,
		    got != NULL ? got : "(null)",
		    want != NULL ? want : "(null)");
}

/* Rows of the query, one: what the model counts. */
static void
counts(struct look *l, const char *what, const char *sql, int64_t arg,
    int64_t want)
{
	ask(l, sql, arg);
	if (row(l))
		is(l, what, arg, want);
	sqlite3_finalize(l->st);
	l->st = NULL;
}

/* Ids and hashes are the ledger's to choose: they are learned. */

static void
learn_ids(struct look *l)
{
	size_t i = l->m->run_count;
	struct m_run *r;

	while (i > 0 && l->m->runs[i - 1].id[0] == '\0' &&
	    !l->m->runs[i - 1].deleted)
		i--;
	ask(l, "SELECT run_no, lower(hex(id)) FROM run WHERE run_no > ?1"
	    " ORDER BY run_no", (int64_t)i);
	while (row(l)) {
		i = (size_t)integer(l);
		if (i > l->m->run_count) {
			differs(l, "there is a run %zu", i);
			continue;
		}
		r = &l->m->runs[i - 1];
		snprintf(r->id, sizeof r->id, "run_%s", text(l));
	}
}

static void
look_at_tokens(struct look *l)
{
	size_t n = 0, k;
	struct m_token *t;

	ask(l, "SELECT token_no, principal, ifnull(expires, 0),"
	    " ifnull(revoked, 0), hash FROM token ORDER BY token_no", 0);
	while (row(l)) {
		k = (size_t)integer(l);
		for (n++; n < k && n <= l->m->token_count; n++) {
			if (!l->m->tokens[n - 1].gone)
				differs(l, "token %zu is missing", n);
		}
		if (k > l->m->token_count || l->m->tokens[k - 1].gone) {
			differs(l, "there is a token %zu", k);
			continue;
		}
		t = &l->m->tokens[k - 1];
		is_text(l, "principal of token", (int64_t)n, t->principal);
		is(l, "expiry of token", (int64_t)n, t->expires);
		is(l, "revocation of token", (int64_t)n, t->revoked);
		memcpy(t->hash, sqlite3_column_blob(l->st, 4), 32);
	}
	for (n++; n <= l->m->token_count; n++) {
		if (!l->m->tokens[n - 1].gone)
			differs(l, "token %zu is missing", n);
	}
}

/* How long a run is held back is the ledger's dice; not too long or short. */
static void
learn_hold(struct look *l, struct m_run *r, int64_t hold)
{
	if (r->hold >= 0)
		return;
	tried.held_back++;
	if (hold < r->hold_from || hold > r->hold_to)
		differs(l, "run %lld is held back until %lld, not from %lld to "
		    "%lld", (long long)r->no, (long long)hold,
		    (long long)r->hold_from, (long long)r->hold_to);
	r->hold = hold;
	r->due = r->deadline != 0 && r->deadline < hold ? r->deadline : hold;
}

static void
look_at_runtimes(struct look *l)
{
	const struct m_runtime *t;
	int64_t n = 0;

	ask(l, "SELECT id, name, stale, draining, ifnull(capacity, 0),"
	    " heartbeat, deadline, json_extract(labels, '$.zone')"
	    " FROM runtime JOIN owner USING (owner_no) ORDER BY runtime_no",
	    0);
	while (row(l)) {
		if (n == (int64_t)l->m->runtime_count) {
			differs(l, "there is a runtime %s", text(l));
			continue;
		}
		t = &l->m->runtimes[n++];
		is_text(l, "id of runtime", n, t->id);
		is_text(l, "owner of runtime", n, t->owner);
		is(l, "staleness of runtime", n, t->stale);
		is(l, "draining of runtime", n, t->draining);
		is(l, "capacity of runtime", n, t->capacity);
		is(l, "heartbeat of runtime", n, t->heartbeat);
		is(l, "deadline of runtime", n, t->deadline);
		is_text(l, "label of runtime", n, t->label);
	}
	if (n != (int64_t)l->m->runtime_count)
		differs(l, "runtime %s is missing", l->m->runtimes[n].id);
}

static void
look_at_live(struct look *l)
{
	struct m_run *r;
	int64_t no = 0, got;

	ask(l, "SELECT run_no, state, fence, attempts, failures, losses,"
	    " ifnull(lease, 0), ifnull(due, 0), ifnull(cancel, 0), last_seq,"
	    " percent, inproc, cause, priority, cancel_reason,"
	    " ifnull(runtime, ''), token IS NOT NULL, ifnull(hold, 0)"
	    " FROM run_live ORDER BY run_no", 0);
	while (row(l) && l->why[0] == '\0') {
		got = integer(l);
		for (no++; no < got; no++) {
			r = m_run(l->m, no);
			if (r != NULL && m_is_live(r))
				differs(l, "run %lld should be live",
				    (long long)no);
		}
		r = m_run(l->m, no);
		if (r == NULL || !m_is_live(r)) {
			differs(l, "run %lld is live", (long long)no);
			continue;
		}
		learn_hold(l, r, sqlite3_column_int64(l->st, 17));
		is(l, "state of run", no, r->state);
		is(l, "fence of run", no, r->fence);
		is(l, "attempts of run", no, r->attempts);
		is(l, "failures of run", no, r->failures);
		is(l, "losses of run", no, r->losses);
		is(l, "lease of run", no, r->lease);
		is(l, "due time of run", no, r->due);
		is(l, "cancel of run", no, r->cancel);
		is(l, "last event of run", no, r->last_seq);
		is(l, "percent of run", no, r->percent);
		is(l, "inproc of run", no, r->inproc);
		is(l, "cause of run", no, r->cause);
		is(l, "priority of run", no, r->priority);
		is_text(l, "cancel's reason of run", no, r->cancel_reason);
		is_text(l, "runtime of run", no, r->remote ?
		    r->runtime : r->lease != 0 ? "local" : "");
		is(l, "remote claim of run", no, r->remote);
		is(l, "hold of run", no, r->hold);
	}
	sqlite3_finalize(l->st);
	l->st = NULL;
	for (no++; no <= (int64_t)l->m->run_count; no++) {
		r = m_run(l->m, no);
		if (r != NULL && m_is_live(r))
			differs(l, "run %lld should be live", (long long)no);
	}
}

static void
look_at_end(struct look *l, const struct m_run *r)
{
	int64_t no = r->no;
	bool found = false;

	ask(l, "SELECT state, attempts, last_seq, percent, ifnull(expires, 0),"
	    " ifnull(cancel, 0), inproc FROM run_end WHERE run_no = ?1", no);
	while (row(l)) {
		found = true;
		is(l, "end of run", no, r->state);
		is(l, "attempts of run", no, r->attempts);
		is(l, "last event of run", no, r->last_seq);
		is(l, "percent of run", no, r->percent);
		is(l, "expiry of run", no, r->expires);
		is(l, "cancel of run", no, r->cancel);
		is(l, "inproc of run", no, r->inproc);
	}
	if (!found)
		differs(l, "run %lld has not ended", (long long)no);
}

/* From 1 without a gap, and each as it was sent; removed ones go by and by. */
static void
look_at_events(struct look *l, const struct m_run *r)
{
	int64_t seq = 0;
	uint64_t sum = 0;

	ask(l, "SELECT seq, type, data FROM event WHERE run_no = ?1"
	    " ORDER BY seq", r->no);
	while (row(l)) {
		is(l, "event's number of run", r->no, ++seq);
		sum = m_sum(sum, text(l));
		sum = m_sum(sum, text(l));
	}
	if (seq != r->last_seq)
		differs(l, "run %lld has %lld events, not %lld",
		    (long long)r->no, (long long)seq,
		    (long long)r->last_seq);
	else if (sum != r->events)
		differs(l, "run %lld has other events", (long long)r->no);
}

static void
look_at_run(struct look *l, const struct m_run *r)
{
	if (r->deleted) {
		counts(l, "rows of the removed run",
		    "SELECT (SELECT count(*) FROM run WHERE run_no = ?1) +"
		    " (SELECT count(*) FROM run_end WHERE run_no = ?1)",
		    r->no, 0);
		return;
	}
	if (!m_is_live(r))
		look_at_end(l, r);
	look_at_events(l, r);
	counts(l, "checkpoints of run",
	    "SELECT count(*) FROM checkpoint WHERE run_no = ?1", r->no,
	    r->checkpoints);
}

static void
look_at_grants(struct look *l)
{
	struct m_grant *g;
	size_t i = 0, k;

	ask(l, "SELECT grant_no, grantee, permission, owner, workspace,"
	    " conversation, runner, ifnull(expires, 0) FROM grants"
	    " ORDER BY grant_no", 0);
	while (row(l)) {
		k = (size_t)integer(l);
		for (i++; i < k && i <= l->m->grant_count; i++) {
			if (!l->m->grants[i - 1].gone)
				differs(l, "grant %zu is missing", i);
		}
		if (k > l->m->grant_count || l->m->grants[k - 1].gone) {
			differs(l, "there is a grant %zu", k);
			continue;
		}
		g = &l->m->grants[k - 1];
		is_text(l, "grantee of grant", g->no, g->grantee);
		is_text(l, "permission of grant", g->no, g->permission);
		is_text(l, "owner of grant", g->no, g->scope.owner);
		is_text(l, "workspace of grant", g->no, g->scope.workspace);
		is_text(l, "conversation of grant", g->no,
		    g->scope.conversation);
		is_text(l, "runner of grant", g->no, g->scope.runner);
		is(l, "expiry of grant", g->no, g->expires);
	}
	for (i++; i <= l->m->grant_count; i++) {
		if (!l->m->grants[i - 1].gone)
			differs(l, "grant %zu is missing", i);
	}
}

static void
look_at_keys(struct look *l)
{
	const char *principal, *key;
	struct m_key *k;
	int64_t n = 0;
	size_t i;

	ask(l, "SELECT principal, key, expires, ifnull(run_no, 0),"
	    " reply IS NOT NULL FROM idem WHERE expires > ?1", l->m->now);
	while (row(l)) {
		n++;
		principal = text(l);
		key = text(l);
		k = m_key_find(l->m, principal, key);
		if (k == NULL) {
			differs(l, "there is a key %s of %s", key, principal);
			continue;
		}
		is(l, "expiry of key", n, k->expires);
		is(l, "run of key", n, k->run_no);
		is(l, "reply of key", n, k->has_reply);
	}
	for (i = 0; i < l->m->key_count; i++)
		n -= l->m->keys[i].expires > l->m->now;
	if (n != 0)
		differs(l, "%lld keys too many", (long long)n);
	for (n = 0, i = 0; i < l->m->early_count; i++)
		n += l->m->early[i].expires > l->m->now;
	counts(l, "early cancels", "SELECT count(*) FROM early_cancel"
	    " WHERE expires > ?1", l->m->now, n);
}

#define SUM_OF_STATE							\
	"SELECT ifnull(sum(CASE ?1 WHEN 1 THEN created WHEN 2 THEN queued" \
	" WHEN 3 THEN claimed WHEN 4 THEN running WHEN 5 THEN interrupted" \
	" WHEN 6 THEN completed WHEN 7 THEN failed WHEN 8 THEN cancelled" \
	" ELSE timeout END), 0) FROM"

static void
look_at_rest(struct look *l)
{
	int64_t n[STATES + 1] = { 0 }, made[STATES + 1] = { 0 };
	size_t i;
	int s;

	counts(l, "intents", "SELECT count(*) FROM intent", 0,
	    (int64_t)l->m->intent_count);
	counts(l, "values", "SELECT count(*) FROM plugin_state", 0,
	    (int64_t)l->m->value_count);
	for (i = 0; i < l->m->value_count; i++)
		made[0] += l->m->values[i].version;
	counts(l, "versions of values",
	    "SELECT ifnull(sum(version), 0) FROM plugin_state", 0, made[0]);
	counts(l, "unaudited runners", "SELECT count(*) FROM unaudited", 0,
	    (l->m->unaudited[0] != NULL) + (l->m->unaudited[1] != NULL));
	counts(l, "trusted plugins", "SELECT count(*) FROM plugin_trust", 0,
	    l->m->trusted);
	counts(l, "keys", "SELECT count(*) + count(revoked) FROM signing_key",
	    0, l->m->key);
	for (i = 0; i < l->m->run_count; i++) {
		n[l->m->runs[i].deleted ? 0 : l->m->runs[i].state]++;
		made[l->m->runs[i].state]++;
	}
	for (s = 1; s <= STATES; s++) {
		counts(l, "counted runs of state", SUM_OF_STATE " run_count",
		    s, n[s]);
		/* Hours where they are added up, minutes behind these. */
		counts(l, "runs in statistics of state", SUM_OF_STATE
		    " run_stat, (SELECT ifnull(max(value), 0) AS folded"
		    " FROM meta WHERE key = 'stat_folded') WHERE"
		    " (level = 1 AND slot >= folded) OR"
		    " (level = 2 AND slot * 60 < folded)", s, made[s]);
	}
}

/* Rows of counts come in an order of their own. */
static bool
take_count(struct look *l, struct m_row *rows, size_t n, size_t from)
{
	size_t i;

	for (i = from; i < n && rows[i].count != 0; i++) {
		if (sqlite3_column_int64(l->st, 5) == rows[i].count &&
		    strcmp(rows[i].principal, (const char *)
		    sqlite3_column_text(l->st, 1)) == 0 &&
		    strcmp(rows[i].action, (const char *)
		    sqlite3_column_text(l->st, 2)) == 0 &&
		    rows[i].decision == sqlite3_column_int64(l->st, 3)) {
			rows[i] = rows[from];
			return true;
		}
	}
	return false;
}

static void
look_at_row(struct look *l, const struct m_row *want)
{
	int64_t seq = integer(l);

	is_text(l, "principal of audit row", seq, want->principal);
	is_text(l, "action of audit row", seq, want->action);
	is(l, "decision of audit row", seq, want->decision);
	if (want->run_no != 0)
		is_text(l, "target of audit row", seq,
		    l->m->runs[want->run_no - 1].id);
}

/* What was recorded since the last look, row by row. */
static int64_t
look_at_audit(struct look *l)
{
	static struct m_row rows[M_ROWS];
	size_t n = 0, count = l->m->row_count;
	int64_t seq = l->w->audit_seen;

	memcpy(rows, l->m->rows, count * sizeof *rows);
	ask(l, "SELECT seq, principal, action, decision, target,"
	    " ifnull(json_extract(detail, '$.count'), 0) FROM audit"
	    " WHERE seq > ?1 ORDER BY seq", seq);
	while (row(l) && l->why[0] == '\0') {
		seq = sqlite3_column_int64(l->st, 0);
		if (n >= count) {
			differs(l, "audit row %lld, %s by %s, too many",
			    (long long)seq, sqlite3_column_text(l->st, 2),
			    sqlite3_column_text(l->st, 1));
			break;
		}
		if (rows[n].count == 0 || !take_count(l, rows, count, n))
			look_at_row(l, &rows[n]);
		n++;
	}
	sqlite3_finalize(l->st);
	l->st = NULL;
	if (n < count)
		differs(l, "no audit row for %s by %s", rows[n].action,
		    rows[n].principal);
	return seq;
}

static void
look_at_all(struct look *l)
{
	size_t i;

	look_at_grants(l);
	look_at_keys(l);
	look_at_rest(l);
	for (i = 0; i < l->m->run_count && l->why[0] == '\0'; i++)
		look_at_run(l, &l->m->runs[i]);
}

/* The runs that have ended since they were looked at. */
static void
look_at_ended(struct look *l)
{
	const struct m_run *r;
	size_t i;

	for (i = 0; i < l->m->run_count; i++) {
		r = &l->m->runs[i];
		if (l->w->end_seen[r->no] || r->deleted || m_is_live(r))
			continue;
		look_at_end(l, r);
		look_at_events(l, r);
		if (l->why[0] == '\0') {
			l->w->end_seen[r->no] = true;
			tried.ended[r->state]++;
		}
	}
}

bool
compare_quietly(struct world *w, struct model *m, char why[600])
{
	struct look l = { .w = w, .m = m, .why = why };

	why[0] = '\0';
	sqlite3_exec(w->db, "BEGIN", NULL, NULL, NULL);
	learn_ids(&l);
	look_at_audit(&l);
	look_at_tokens(&l);
	look_at_live(&l);
	look_at_runtimes(&l);
	look_at_all(&l);
	sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL);
	return why[0] == '\0';
}

void
compare(struct world *w, bool all)
{
	char why[600] = "";
	struct look l = { .w = w, .m = w->m, .why = why };

	sqlite3_exec(w->db, "BEGIN", NULL, NULL, NULL);
	learn_ids(&l);
	w->audit_seen = look_at_audit(&l);
	w->m->row_count = 0;
	look_at_tokens(&l);
	look_at_live(&l);
	look_at_runtimes(&l);
	look_at_ended(&l);
	if (all)
		look_at_all(&l);
	sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL);
	if (why[0] != '\0')
		fail(w, "%s", why);
	if (w->m->broken != NULL)
		fail(w, "%s", w->m->broken);
}

void
compare_chain(struct world *w)
{
	static const struct audit_check all = { .anchor = NULL };
	struct audit_report r;
	struct err err = { 0 };

	if (gate_check(ledger_gate(w->c.ledger), &err) != RH_OK)
		fail(w, "memory: %s", err.msg);
	else if (audit_verify(w->c.reader, &all, &r, &err) != RH_OK)
		fail(w, "the chain: %s", err.msg);
	else if (!r.ok)
		fail(w, "the chain: %s", r.problem);
}

void
compare_open(struct world *w)
{
	if (sqlite3_open_v2(w->c.db_path, &w->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, w->c.vfs) != SQLITE_OK)
		fail(w, "%s: %s", w->c.db_path, sqlite3_errmsg(w->db));
}

void
compare_close(struct world *w)
{
	sqlite3_close(w->db);
	w->db = NULL;
}
