/*
 * Ends of the process, and disks that fail: in order, by a signal, with the
 * power, while it starts.  What a call came to may then be unknown, but not
 * halfway: the ledger is one of the models that could be.
 */
#include "model/world.h"

#include "base/mem.h"
#include "lib/faultvfs.h"
#include "store/db.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
forget_process(struct world *w)
{
	farm_fini(w);
	compare_close(w);
	lab_close(&w->c);
	tally_free(w->c.tally);
	w->c.tally = w->c.env.tally = tally_new();
}

static void
opened(struct world *w)
{
	w->opened_at = gate_now(ledger_gate(w->c.ledger));
	w->opened_boot = w->c.clock.boot;
	compare_open(w);
}

/* What a start does, in the model. */
static void
predict_start(struct world *w, struct model *m)
{
	struct m_call c = { .kind = DO_MARK, .who = by_system,
	    .a = "host_start" };

	m_forget(m, w->c.clock.wall);
	m_recover(m, NULL);
	m_apply(m, &c);
}

/* Opens the ledger: it must be one of these, as they were before. */
void
reopen(struct world *w, struct model *const *could, size_t n)
{
	char why[2][600] = { "", "" };
	struct err err = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		predict_start(w, could[i]);
	if (lab_open(&w->c, &err) != RH_OK) {
		fail(w, "the ledger doesn't open: %s", err.msg);
		return;
	}
	opened(w);
	/* The clock goes on from the last row: it is one of the marks. */
	for (i = 0; i < n; i++) {
		if (compare_quietly(w, could[i], why[i % 2]) &&
		    world_now(w) == could[i]->now)
			break;
	}
	if (i == n) {
		fail(w, "after the start, at %lld: %s%s%s",
		    (long long)world_now(w), why[0], n > 1 ? "; or " : "",
		    why[1]);
		return;
	}
	w->kept = i;
	if (could[i] != w->m)
		*w->m = *could[i];
	compare(w, false);
	compare_chain(w);
	if (!w->failed)
		farm_init(w);
}

/* As a host stops: what was counted is written. */
void
restart(struct world *w)
{
	struct item *items[1] = { item_new(DO_FLUSH, &by_system) };

	tell(w, "restart");
	tried.restarts++;
	items[0]->m.on = true;
	batch_plain(w, items, 1);
	if (w->failed)
		return;
	forget_process(w);
	m_begin(w->m, world_now(w));
	reopen(w, (struct model *const[]){ w->m }, 1);
}

/* Whether an op is known says what became of it. */
static void
check_ops(struct world *w, struct item **items, size_t n, bool done)
{
	struct call *call;
	char hex[ID_HEX_LEN];
	size_t i;

	for (i = 0; i < n && !w->failed; i++) {
		if (items[i]->m.status != RH_OK || items[i]->m.silent ||
		    !m_always(items[i]->m.kind))
			continue;
		call = lab_do(&w->c, NULL, "op_get", "{\"op_id\":\"%s\"}",
		    id_hex(&items[i]->call->op, hex));
		if (call->status != RH_OK || call->reply.p == NULL ||
		    (strstr(call->reply.p, "\"found\":true") != NULL) != done)
			fail(w, "op_get of a %s that was%s done: %s",
			    m_names[items[i]->m.kind], done ? "" : "n't",
			    call->reply.p != NULL ? call->reply.p :
			    call->err.msg);
	}
}

/* The database is now what the disk kept. */
static void
take_cut(struct world *w, const char *dir)
{
	static const char *const ends[] = { "", "-wal" };
	char from[600];
	char to[400];
	size_t i;

	lab_wipe(&w->c);
	for (i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(from, sizeof from, "%s/runhost.db%s", dir, ends[i]);
		snprintf(to, sizeof to, "%s%s", w->c.db_path, ends[i]);
		rename(from, to);
	}
}

static void
plan_cut_in(struct world *w, char dir[300], bool *power, int most)
{
	struct fault_plan plan = { .ops = FAULT_WRITES,
	    .nth = 1 + (int)below(w, most), .cut_dir = dir,
	    .cut_seed = (uint64_t)below(w, INT32_MAX) };
	char path[340];

	snprintf(dir, 300, "%s/cut", w->c.dir);
	mkdir(dir, 0700);
	*power = once_in(w, 2);
	plan.cut_whole = !*power;
	tried.cuts += *power;
	tried.kills += !*power;
	faultvfs_record(true);
	faultvfs_know(w->c.db_path);
	snprintf(path, sizeof path, "%s-wal", w->c.db_path);
	faultvfs_know(path);
	faultvfs_plan(&plan);
}

/* Whether the end came in time; else it comes now. */
static bool
cut_came(void)
{
	bool came = faultvfs_hits() > 0;

	if (!came)
		faultvfs_cut_now();
	faultvfs_plan(NULL);
	faultvfs_record(false);
	return came;
}

static void
free_items(struct item **items, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(items[i]);
}

/* The end comes at some write of a batch, or of the checkpoint after it. */
void
crash(struct world *w, struct item **items, size_t n)
{
	struct model *const could[] = { w->m, w->before };
	bool power, came;
	struct err err;
	char dir[300];

	batch_build(w, items, n);
	*w->before = *w->m;
	m_begin(w->before, world_now(w));
	batch_predict(w, w->m, items, n);
	plan_cut_in(w, dir, &power, 16);
	batch_run(w, items, n);
	came = faultvfs_hits() > 0;
	if (!came && once_in(w, 2))
		db_checkpoint(ledger_db(w->c.ledger), once_in(w, 2), NULL,
		    &err);
	cut_came();
	tell(w, "the %s, %s", power ? "power goes" : "host is killed",
	    came ? "in a batch" : "after a batch");
	forget_process(w);
	take_cut(w, dir);
	reopen(w, could, came ? 2 : 1);
	if (!w->failed)
		check_ops(w, items, n, w->kept == 0);
	free_items(items, n);
}

/* The end comes while the host starts. */
void
crash_at_start(struct world *w)
{
	struct model *const could[] = { w->m, w->before, w->spare };
	struct m_call mark = { .kind = DO_MARK, .who = by_system,
	    .a = "host_start" };
	struct err err = { 0 };
	bool power, came;
	char dir[300];

	forget_process(w);
	m_begin(w->m, world_now(w));
	*w->before = *w->m;
	m_forget(w->before, w->c.clock.wall);
	m_recover(w->before, NULL);
	*w->spare = *w->before;
	m_apply(w->spare, &mark);
	plan_cut_in(w, dir, &power, 12);
	if (lab_open(&w->c, &err) != RH_OK)
		fail(w, "the ledger doesn't open: %s", err.msg);
	came = cut_came();
	tell(w, "the %s while the host starts",
	    power ? "power goes" : "host is killed");
	lab_close(&w->c);
	take_cut(w, dir);
	if (came)
		reopen(w, could, 3);
	else
		reopen(w, could + 2, 1);
}

/* One that was told so did nothing, but its refusal may have been noted. */
static void
predict_full(struct world *w, struct item *it)
{
	if (it->m.noted == NOT_NOTED) {
		*w->spare = *w->m;
		m_apply(w->spare, &it->m);
		if (it->m.noted != NOT_NOTED)
			m_note(w->m, &it->m);
	}
	it->m.status = RH_EFULL;
	it->m.replayed = it->call->replayed;
}

/* The calls came one by one; some found the disk still full. */
static void
predict_alone(struct world *w, struct item **items, size_t n)
{
	size_t i;

	m_begin(w->m, world_now(w));
	/* They were refused before, and are not counted twice. */
	for (i = 0; i < n; i++) {
		if (items[i]->m.noted != NOT_NOTED)
			m_note(w->m, &items[i]->m);
	}
	for (i = 0; i < n; i++) {
		if (items[i]->call->status == RH_EFULL) {
			predict_full(w, items[i]);
			continue;
		}
		m_apply(w->m, &items[i]->m);
		m_claims(w->m);
	}
}

/* After a batch that was carried out, one way or another. */
static void
settle(struct world *w, struct item **items, size_t n)
{
	if (batch_answers(w, items, n))
		compare(w, false);
	if (!w->failed)
		compare_chain(w);
	batch_close(w, items, n);
}

/* A disk that is full for a moment or longer, or that fails. */
void
fault(struct world *w, struct item **items, size_t n)
{
	bool full = !once_in(w, 3), known;
	struct fault_plan plan = { .full = full,
	    .ops = full ? FAULT_WRITE : FAULT_WRITES,
	    .nth = 1 + (int)below(w, 8), .for_ever = once_in(w, 2),
	    .torn = once_in(w, 2) };
	struct model *const could[] = { w->m, w->before };
	int hits;

	tell(w, "%s at write %d%s", full ? "a full disk" : "an I/O error",
	    plan.nth, plan.for_ever ? " and after" : "");
	batch_build(w, items, n);
	*w->before = *w->m;
	batch_predict(w, w->m, items, n);
	faultvfs_plan(&plan);
	known = batch_run(w, items, n);
	hits = faultvfs_hits();
	faultvfs_plan(NULL);
	tried.faults += hits > 0;
	if (known && hits > 0) {
		tried.rollbacks++;
		*w->m = *w->before;
		predict_alone(w, items, n);
	}
	if (known) {
		settle(w, items, n);
		return;
	}
	tried.unknown++;
	tell(w, "the outcome is unknown");
	m_begin(w->before, world_now(w));
	forget_process(w);
	reopen(w, could, 2);
	if (!w->failed)
		check_ops(w, items, n, w->kept == 0);
	free_items(items, n);
}

/* Ends the n-th statement of the writer. */
struct interrupter {
	sqlite3	*db;
	struct item **items;
	size_t	n;
	int	left;
	bool	hit;
};

/* What the batch hasn't come to by now was not refused before. */
static void
forget_unreached(struct interrupter *in)
{
	size_t i;

	for (i = 0; i < in->n; i++) {
		if (in->items[i]->call->noted == NOTED_NOT)
			in->items[i]->m.noted = NOT_NOTED;
	}
}

static int
on_statement(unsigned what, void *arg, void *st, void *sql)
{
	struct interrupter *in = arg;

	(void)what, (void)sql;
	/* What these do when they fail is the disk's affair. */
	if (strcmp(sqlite3_sql(st), "COMMIT") == 0 ||
	    strcmp(sqlite3_sql(st), "ROLLBACK") == 0 || --in->left != 0)
		return 0;
	in->hit = true;
	forget_unreached(in);
	sqlite3_interrupt(in->db);
	return 0;
}

/* One call failed before it wrote anything: the others are as they were. */
static void
predict_failed(struct world *w, struct item **items, size_t n,
    const struct item *failed)
{
	size_t i;

	m_begin(w->m, world_now(w));
	for (i = 0; i < n; i++) {
		items[i]->m.noted = NOT_NOTED;
		if (items[i] != failed) {
			m_apply(w->m, &items[i]->m);
			continue;
		}
		items[i]->m.noted_as = RH_EIO;
		items[i]->m.replayed = items[i]->call->replayed;
		m_fail(w->m, &items[i]->m, RH_EIO);
	}
	m_claims(w->m);
}

/*
 * A statement fails.  What a call does about it is its own affair before its
 * first write; later the batch is void, and its calls come one by one.
 */
void
interrupt(struct world *w, struct item **items, size_t n)
{
	struct interrupter in = { .db = w->c.writer_handle, .items = items,
	    .n = n, .left = 1 + (int)below(w, 60) };
	struct item *failed = NULL;
	size_t i;

	tell(w, "statement %d fails", in.left);
	batch_build(w, items, n);
	*w->before = *w->m;
	batch_predict(w, w->m, items, n);
	sqlite3_trace_v2(in.db, SQLITE_TRACE_STMT, on_statement, &in);
	if (!batch_run(w, items, n))
		fail(w, "a failed statement makes an unknown outcome");
	sqlite3_trace_v2(in.db, 0, NULL, NULL);
	tried.interrupts += in.hit;
	for (i = 0; i < n; i++) {
		if (items[i]->call->status == RH_EIO)
			failed = items[i];
	}
	if (in.hit) {
		*w->m = *w->before;
		if (failed != NULL)
			predict_failed(w, items, n, failed);
		else
			predict_alone(w, items, n);
	}
	settle(w, items, n);
}
