/*
 * Every action, with something failing at every place where something can:
 * a statement, a read, a write or sync of the disk, once or for ever.  The
 * call is between two others in one batch, which it must never harm.
 */
#include "lib/faultvfs.h"
#include "lib/samples.h"
#include "lib/totals.h"
#include "lib/unit.h"

#include "action/action.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/store_audit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/* One row of the samples under test. */
struct trial {
	struct core c;
	const struct sample *s;
	struct totals of_grant;		/* what A and B change, each */
	struct totals of_call;		/* what the call changes */
	struct call *calls[3];		/* A, the call, B */
	struct totals before;
	char	where[160];		/* for messages */
};

#define EXPECT(cond, ...)						\
	do {								\
		if (!(cond))						\
			unit_check(false, __FILE__, __LINE__, __VA_ARGS__); \
	} while (0)

/* Makes the three calls; nothing may fail yet. */
static void
arrange(struct trial *t)
{
	t->calls[0] = lab_call(&t->c, NULL, "grant_add",
	    "{\"grantee\":\"user:a\",\"permission\":\"run_get\"}");
	t->calls[1] = sample_call(&t->c, t->s, NULL, NULL);
	t->calls[2] = lab_call(&t->c, NULL, "grant_add",
	    "{\"grantee\":\"user:b\",\"permission\":\"run_get\"}");
	call_prepare(t->calls[0], t->c.registry);
	call_prepare(t->calls[2], t->c.registry);
	lab_forget(&t->c);
	totals_read(lab_outside(&t->c), &t->before);
	sqlite3_db_release_memory(t->c.writer_handle);
}

/* What was asked for outside by a call that isn't done must not be. */
static void
check_effects(struct trial *t)
{
	struct effect *e;

	STAILQ_FOREACH(e, &t->c.effects, link)
		EXPECT(e->kind != EFFECT_INVOKE ||
		    (e->call->status == RH_OK && e->call->deferred),
		    "%s: an action is to be invoked that wasn't recorded",
		    t->where);
}

/* Exactly what was answered as done is there. */
static void
check_done(struct trial *t)
{
	struct totals now, want = { { 0 } }, is;
	int i;

	totals_read(lab_outside(&t->c), &now);
	is = totals_change(&t->before, &now);
	for (i = 0; i < 3; i++)
		want = totals_sum(&want, i == 1 ? &t->of_call : &t->of_grant,
		    t->calls[i]->status == RH_OK);
	for (i = 0; i < TOTALS; i++)
		EXPECT(is.n[i] == want.n[i], "%s: total %d changed by %lld,"
		    " not by %lld", t->where, i, (long long)is.n[i],
		    (long long)want.n[i]);
	check_effects(t);
	CORE_CHECK(&t->c);
}

/* What failed succeeds when nothing fails any more. */
static void
check_again(struct trial *t)
{
	int i;

	for (i = 0; i < 3; i++) {
		if (t->calls[i]->status == RH_OK)
			continue;
		lab_batch(&t->c, &t->calls[i], 1);
		EXPECT(t->calls[i]->status == RH_OK, "%s: call %d run "
		    "again: %s", t->where, i, t->calls[i]->err.msg);
	}
	check_done(t);
}

static void
reference(struct trial *t)
{
	struct totals after;
	int i;

	/* Twice: the first has scopes and the like to make. */
	for (i = 0; i < 2; i++) {
		arrange(t);
		lab_batch(&t->c, &t->calls[0], 1);
		totals_read(lab_outside(&t->c), &after);
		t->of_grant = totals_change(&t->before, &after);
		t->before = after;
		lab_batch(&t->c, &t->calls[1], 1);
		totals_read(lab_outside(&t->c), &after);
		t->of_call = totals_change(&t->before, &after);
		EXPECT(t->calls[1]->status == RH_OK, "%s: %s", t->s->action,
		    t->calls[1]->err.msg);
	}
}

static bool
is_write(const struct sample *s)
{
	const struct action *r = action_find(str_of(s->action));

	return r == NULL || (r->runs & RUN_WRITE) != 0;
}

/* Whether this statement is to be interrupted. */
struct interrupter {
	sqlite3	*h;
	const char *sql;	/* every one of this text; or NULL: */
	int	nth;		/* the n-th of all */
	int	count, hits;
};

static int
on_statement(unsigned what, void *arg, void *st, void *sql)
{
	struct interrupter *in = arg;

	(void)what;
	(void)sql;
	/* The errors of these are the disk's, below. */
	if (strcmp(sqlite3_sql(st), "COMMIT") == 0 ||
	    strcmp(sqlite3_sql(st), "ROLLBACK") == 0)
		return 0;
	in->count++;
	if (in->sql != NULL ? strcmp(sqlite3_sql(st), in->sql) == 0 :
	    in->count == in->nth) {
		in->hits++;
		sqlite3_interrupt(in->h);
	}
	return 0;
}

static void
watch(struct interrupter *in, sqlite3 *h)
{
	in->h = h;
	in->count = in->hits = 0;
	sqlite3_trace_v2(h, SQLITE_TRACE_STMT, on_statement, in);
}

static void
unwatch(struct interrupter *in)
{
	sqlite3_trace_v2(in->h, 0, NULL, NULL);
}

/* A new ledger: the schema of the first is copied, which is made slowly. */
static void
trial_begin(struct trial *t, const struct sample *s)
{
	char cmd[1000];

	memset(t, 0, sizeof *t);
	t->s = s;
	faultvfs_register();
	faultvfs_plan(NULL);
	lab_init(&t->c);
	t->c.vfs = FAULTVFS_NAME;
	lab_wipe(&t->c);
	snprintf(cmd, sizeof cmd, "cd '%s' && cp new.db runhost.db 2>/dev/null",
	    t->c.dir);
	if (system(cmd) != 0) {
		lab_restart(&t->c);
		lab_close(&t->c);
		snprintf(cmd, sizeof cmd, "cp '%s' '%s/new.db'", t->c.db_path,
		    t->c.dir);
		CHECK_INT(system(cmd), 0);
	}
	lab_restart(&t->c);
}

/* Every sample that writes, each in a ledger of its own. */
static void
each_write(void (*one)(struct trial *))
{
	const struct sample *s;
	struct trial t;

	for (s = sample_table; s->action != NULL; s++) {
		if (!is_write(s))
			continue;
		trial_begin(&t, s);
		reference(&t);
		one(&t);
		faultvfs_plan(NULL);
		lab_fini(&t.c);
	}
}

static void
one_interrupted(struct trial *t)
{
	struct interrupter in = { 0 };
	int n = 0;

	do {
		in.nth = ++n;
		snprintf(t->where, sizeof t->where, "%s, statement %d",
		    t->s->action, n);
		arrange(t);
		watch(&in, t->c.writer_handle);
		EXPECT(lab_batch(&t->c, t->calls, 3), "%s: unknown",
		    t->where);
		unwatch(&in);
		check_done(t);
		check_again(t);
	} while (in.hits > 0 && n < 500);
	EXPECT(n > 8, "%s: only %d statements", t->s->action, n);
}

static void
test_interrupted(void)
{
	each_write(one_interrupted);
}

/* The texts that the call executes and the two around it don't. */
struct texts {
	const char *own[64];
	size_t	count;
	const char *grants[64];
	size_t	grant_count;
	bool	of_grant;
};

static int
collect(unsigned what, void *arg, void *st, void *sql)
{
	struct texts *x = arg;
	const char **list = x->of_grant ? x->grants : x->own;
	size_t *n = x->of_grant ? &x->grant_count : &x->count, i;

	(void)what;
	(void)sql;
	for (i = 0; i < *n; i++) {
		if (list[i] == sqlite3_sql(st))
			return 0;
	}
	if (*n < 64)
		list[(*n)++] = sqlite3_sql(st);
	return 0;
}

static bool
is_shared(const struct texts *x, const char *sql)
{
	size_t i;

	for (i = 0; i < x->grant_count; i++) {
		if (strcmp(x->grants[i], sql) == 0)
			return true;
	}
	return false;
}

/*
 * The full-text index keeps a reader open up to there, so that SQLite never
 * forgets the interrupt by which a statement is made to fail.
 */
static bool
is_stuck(const struct sample *s, const char *sql)
{
	return strcmp(s->action, "history_index") == 0 &&
	    strcmp(sql, "RELEASE act") == 0;
}

/* A statement of the call fails whenever it is tried. */
static void
one_doomed(struct trial *t)
{
	struct texts x = { .of_grant = true };
	struct interrupter in = { 0 };
	size_t i;

	arrange(t);
	sqlite3_trace_v2(t->c.writer_handle, SQLITE_TRACE_STMT, collect, &x);
	lab_batch(&t->c, &t->calls[0], 1);
	x.of_grant = false;
	lab_batch(&t->c, &t->calls[1], 1);
	sqlite3_trace_v2(t->c.writer_handle, 0, NULL, NULL);
	for (i = 0; i < x.count; i++) {
		if (is_shared(&x, x.own[i]) || is_stuck(t->s, x.own[i]))
			continue;
		in.sql = x.own[i];
		snprintf(t->where, sizeof t->where, "%s, always at \"%.60s\"",
		    t->s->action, in.sql);
		arrange(t);
		watch(&in, t->c.writer_handle);
		EXPECT(lab_batch(&t->c, t->calls, 3), "%s: unknown",
		    t->where);
		unwatch(&in);
		EXPECT(t->calls[0]->status == RH_OK &&
		    t->calls[2]->status == RH_OK, "%s: harmed the others: %s",
		    t->where, t->calls[0]->err.msg);
		EXPECT(in.hits == 0 || t->calls[1]->status != RH_OK,
		    "%s: done all the same", t->where);
		check_done(t);
		check_again(t);
	}
}

static void
test_doomed(void)
{
	each_write(one_doomed);
}

static void
one_unreadable(struct trial *t)
{
	struct fault_plan plan = { .ops = FAULT_READ | FAULT_OPEN };
	int n = 0, hits;

	do {
		plan.nth = ++n;
		snprintf(t->where, sizeof t->where, "%s, read %d",
		    t->s->action, n);
		arrange(t);
		faultvfs_plan(&plan);
		EXPECT(lab_batch(&t->c, t->calls, 3), "%s: unknown",
		    t->where);
		hits = faultvfs_hits();
		faultvfs_plan(NULL);
		check_done(t);
		check_again(t);
	} while (hits > 0 && n < 500);
}

static void
test_unreadable(void)
{
	each_write(one_unreadable);
}

/* What a host that starts after this one was killed would find. */
static void
totals_after_kill(struct trial *t, struct totals *out)
{
	char cmd[1600], path[400];

	snprintf(cmd, sizeof cmd, "rm -rf '%s/after' && mkdir '%s/after' && "
	    "cp '%s' '%s-wal' '%s/after'", t->c.dir, t->c.dir, t->c.db_path,
	    t->c.db_path, t->c.dir);
	CHECK_INT(system(cmd), 0);
	snprintf(path, sizeof path, "%s/after/runhost.db", t->c.dir);
	totals_of(path, out);
}

/* Unknown: each call was told so, and all are there or none is. */
static void
check_unknown(struct trial *t)
{
	struct totals now, all, is, nothing = { { 0 } };
	int i;

	for (i = 0; i < 3; i++)
		EXPECT(t->calls[i]->status == RH_EUNKNOWN,
		    "%s: call %d was told %d", t->where, i,
		    t->calls[i]->status);
	EXPECT(lab_effect(&t->c, EFFECT_NONE, 0) == NULL &&
	    STAILQ_EMPTY(&t->c.effects), "%s: effects of an unknown batch",
	    t->where);
	totals_after_kill(t, &now);
	is = totals_change(&t->before, &now);
	all = totals_sum(&t->of_grant, &t->of_grant, true);
	all = totals_sum(&all, &t->of_call, true);
	EXPECT(totals_are(&is, &all) || totals_are(&is, &nothing),
	    "%s: neither whole nor absent", t->where);
}

/*
 * Every third write of a sample, begun at another place with each: a ledger
 * has to be made for each of them, and a COMMIT's writes are much alike.
 */
static void
one_unwritten(struct trial *t)
{
	struct fault_plan plan = { .ops = FAULT_WRITES };
	const struct sample *s = t->s;
	int n = (int)((s - sample_table) % 3) - 2, hits;
	bool known;

	do {
		plan.nth = n += 3;
		plan.torn = n % 2 == 0;
		snprintf(t->where, sizeof t->where, "%s, write %d", s->action,
		    n);
		arrange(t);
		faultvfs_plan(&plan);
		known = lab_batch(&t->c, t->calls, 3);
		hits = faultvfs_hits();
		faultvfs_plan(NULL);
		EXPECT(known == (hits == 0), "%s: known %d, hits %d",
		    t->where, known, hits);
		if (known) {
			check_done(t);
		} else {
			check_unknown(t);
			lab_fini(&t->c);
			trial_begin(t, s);
			reference(t);
		}
	} while (hits > 0 && n < 100);
	EXPECT(n > 3, "%s: only %d writes", s->action, n);
}

static void
test_unwritten(void)
{
	/* Every unknown outcome is a line of the log. */
	log_level_set(LOG_ERROR + 1);
	each_write(one_unwritten);
	log_level_set(LOG_INFO);
}

/* A refusal is one, whether or not its row reached the disk. */
static void
test_verdicts_stay(void)
{
	static const char body[] = "{\"grantee\":\"user:a\","
	    "\"permission\":\"run_get\"}";
	struct fault_plan plan = { .ops = FAULT_SYNC, .nth = 1 };
	struct caller alice = lab_user("user:alice");
	struct trial t;
	struct call *c[2];

	log_level_set(LOG_ERROR + 1);
	trial_begin(&t, sample_table);
	c[0] = lab_call(&t.c, &alice, "grant_add", "%s", body);
	c[1] = lab_call(&t.c, NULL, "grant_add", "%s", body);
	call_prepare(c[0], t.c.registry);
	call_prepare(c[1], t.c.registry);
	faultvfs_plan(&plan);
	CHECK(!lab_batch(&t.c, c, 2));
	faultvfs_plan(NULL);
	CHECK_INT(c[0]->status, RH_EPERM);
	CHECK_HAS(c[0]->err.msg, "grant_add");
	CHECK_INT(c[1]->status, RH_EUNKNOWN);
	CHECK_HAS(c[1]->err.hint, "op_get");
	lab_fini(&t.c);
	log_level_set(LOG_INFO);
}

/* Of calls that run again alone, only the one at the failed COMMIT is. */
static void
test_rest_not_done(void)
{
	struct fault_plan plan = { .ops = FAULT_SYNC, .nth = 1 };
	struct interrupter in = { .nth = 6 };
	struct trial t;
	int i, unknown = 0, not_done = 0;

	log_level_set(LOG_ERROR + 1);
	trial_begin(&t, sample_table);
	reference(&t);
	arrange(&t);
	faultvfs_plan(&plan);
	watch(&in, t.c.writer_handle);
	CHECK(!lab_batch(&t.c, t.calls, 3));
	unwatch(&in);
	faultvfs_plan(NULL);
	for (i = 0; i < 3; i++) {
		unknown += t.calls[i]->status == RH_EUNKNOWN;
		not_done += t.calls[i]->status == RH_EUNAVAIL;
	}
	CHECK_INT(in.hits, 1);
	CHECK_INT(unknown, 1);
	CHECK_INT(not_done, 2);
	lab_fini(&t.c);
	log_level_set(LOG_INFO);
}

/* A lock from outside is waited for once, not for every call. */
static void
test_locked(void)
{
	struct interrupter in = { .nth = -1 };
	struct trial t;
	struct call *c[20];
	struct db *other;
	struct err err = { 0 };
	int i;

	trial_begin(&t, sample_table);
	CHECK_OK(db_open(t.c.db_path, DB_WRITER, FAULTVFS_NAME, &other,
	    &err), &err);
	CHECK_OK(db_begin(other, &err), &err);
	sqlite3_busy_timeout(t.c.writer_handle, 1);
	for (i = 0; i < 20; i++) {
		c[i] = lab_call(&t.c, NULL, "grant_add", "{\"grantee\":"
		    "\"user:u%d\",\"permission\":\"run_get\"}", i);
		call_prepare(c[i], t.c.registry);
	}
	watch(&in, t.c.writer_handle);
	CHECK(lab_batch(&t.c, c, 20));
	unwatch(&in);
	CHECK_INT(in.count, 1);
	for (i = 0; i < 20; i++)
		CHECK_INT(c[i]->status, RH_EUNAVAIL);
	CHECK_HAS(c[19]->err.msg, "locked");
	db_close(other);
	CHECK(lab_batch(&t.c, c, 20));
	CHECK_INT(c[19]->status, RH_OK);
	CORE_CHECK(&t.c);
	lab_fini(&t.c);
}

/* The connection of an unknown outcome isn't even used to tidy up. */
static void
test_left_alone(void)
{
	struct fault_plan plan = { .ops = FAULT_SYNC, .nth = 1 };
	struct trial t;
	struct call *c;

	log_level_set(LOG_ERROR + 1);
	trial_begin(&t, sample_table);
	c = lab_call(&t.c, NULL, "grant_add", "{\"grantee\":\"user:a\","
	    "\"permission\":\"run_get\"}");
	call_prepare(c, t.c.registry);
	faultvfs_plan(&plan);
	CHECK(!lab_batch(&t.c, &c, 1));
	CHECK_INT(c->status, RH_EUNKNOWN);
	plan = (struct fault_plan){ .ops = FAULT_WRITES, .nth = 1000000 };
	faultvfs_plan(&plan);
	lab_close(&t.c);
	CHECK_INT(faultvfs_count(), 0);
	faultvfs_plan(NULL);
	lab_fini(&t.c);
	log_level_set(LOG_INFO);
}

/* What somebody reads stays in the WAL, and is synced there. */
static void
test_start_beside_reader(void)
{
	const struct fault_plan plan = { .ops = FAULT_SYNC, .nth = 1,
	    .only = "-wal" };
	struct trial t;
	struct db *reader;
	struct audit_row row;
	struct arena a;
	struct err err = { 0 };

	log_level_set(LOG_ERROR + 1);
	trial_begin(&t, sample_table);
	arena_init(&a);
	CHECK_OK(db_open(t.c.db_path, DB_READER, FAULTVFS_NAME, &reader,
	    &err), &err);
	CHECK_OK(db_begin(reader, &err), &err);
	CHECK_OK(store_audit_last(reader, &a, &row, &err), &err);
	arena_fini(&a);
	CHECK_OK(db_checkpoint(ledger_db(t.c.ledger), false, NULL, &err),
	    &err);
	lab_must(&t.c, NULL, "grant_add", "{\"grantee\":\"user:a\","
	    "\"permission\":\"run_get\"}");
	lab_close(&t.c);
	faultvfs_plan(&plan);
	CHECK_INT(lab_open(&t.c, &err), RH_EIO);
	CHECK_HAS(err.msg, "sync of the WAL");
	faultvfs_plan(NULL);
	lab_close(&t.c);
	CHECK_OK(lab_open(&t.c, &err), &err);
	CORE_CHECK(&t.c);
	db_close(reader);
	lab_fini(&t.c);
	log_level_set(LOG_INFO);
}

static void
one_full(struct trial *t)
{
	struct fault_plan plan = { .ops = FAULT_WRITE, .full = true };
	const struct totals none = { { 0 } };
	bool writes = !totals_are(&t->of_call, &none);
	int n = 0, hits, i;

	do {
		plan.nth = ++n;
		plan.for_ever = n % 2 == 1;
		snprintf(t->where, sizeof t->where, "%s, full at write %d",
		    t->s->action, n);
		arrange(t);
		faultvfs_plan(&plan);
		EXPECT(lab_batch(&t->c, t->calls, 3), "%s: unknown",
		    t->where);
		hits = faultvfs_hits();
		faultvfs_plan(NULL);
		for (i = 0; i < 3; i++)
			EXPECT(t->calls[i]->status == RH_OK ||
			    t->calls[i]->status == RH_EFULL,
			    "%s: call %d was told %d (%s)", t->where, i,
			    t->calls[i]->status, t->calls[i]->err.msg);
		EXPECT(hits == 0 || !plan.for_ever || !writes ||
		    t->calls[1]->status == RH_EFULL, "%s: done on a full disk",
		    t->where);
		check_done(t);
		check_again(t);
	} while (hits > 0 && n < 100);
	EXPECT(n > 3, "%s: only %d writes", t->s->action, n);
}

static void
test_full(void)
{
	each_write(one_full);
}

/* Reads: an error, or the answer; and nothing stays behind. */
static void
one_read(struct trial *t, bool statement, int n, int *hits)
{
	struct fault_plan plan = { .ops = FAULT_READ, .nth = n };
	struct interrupter in = { .nth = n };
	struct call *call = sample_call(&t->c, t->s, NULL, NULL);

	snprintf(t->where, sizeof t->where, "%s, %s %d", t->s->action,
	    statement ? "statement" : "read", n);
	sqlite3_db_release_memory(t->c.reader_handle);
	if (statement)
		watch(&in, t->c.reader_handle);
	else
		faultvfs_plan(&plan);
	lab_apply(&t->c, call);
	*hits = statement ? in.hits : faultvfs_hits();
	if (statement)
		unwatch(&in);
	faultvfs_plan(NULL);
	EXPECT(call->status == RH_OK || *hits > 0, "%s: %s", t->where,
	    call->err.msg);
	EXPECT(call->status == RH_OK || call->status == RH_EIO,
	    "%s: answers %d (%s)", t->where, call->status, call->err.msg);
	EXPECT(!db_in_transaction(t->c.reader), "%s: still in a "
	    "transaction", t->where);
	if (call->status != RH_OK) {
		lab_apply(&t->c, call);
		EXPECT(call->status == RH_OK, "%s, again: %s", t->where,
		    call->err.msg);
	}
}

static void
test_reads(void)
{
	const struct sample *s;
	struct trial t;
	int kind, n, hits;

	for (s = sample_table; s->action != NULL; s++) {
		if (is_write(s))
			continue;
		trial_begin(&t, s);
		for (kind = 0; kind < 2; kind++) {
			n = 0;
			do {
				one_read(&t, kind == 0, ++n, &hits);
			} while (hits > 0 && n < 200);
		}
		lab_fini(&t.c);
	}
}

static void
test_complete(void)
{
	CHECK_STR(sample_missing(), "");
}

const struct unit_test ledger_faults_tests[] = {
	{ "every action has a sample", test_complete },
	{ "a statement that fails once voids nothing but its batch",
	    test_interrupted },
	{ "a call that always fails harms no other", test_doomed },
	{ "a page that can't be read is an error, not a loss",
	    test_unreadable },
	{ "an error at COMMIT is an unknown outcome for all",
	    test_unwritten },
	{ "an unknown outcome changes no verdict", test_verdicts_stay },
	{ "what was not tried again is not done, and known to be",
	    test_rest_not_done },
	{ "a lock from outside is waited for once", test_locked },
	{ "after an unknown outcome the files are left alone",
	    test_left_alone },
	{ "a start beside a reader syncs the WAL all the same",
	    test_start_beside_reader },
	{ "a full disk is a definite answer", test_full },
	{ "a read that fails leaves nothing behind", test_reads },
	{ NULL, NULL },
};
