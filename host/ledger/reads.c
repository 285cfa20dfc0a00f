/*
 * Reads: on the calling thread with a connection from a small pool, or on a
 * thread of their own when they must wait for the writer first.
 */
#include "ledger/host_impl.h"

#include "action/action.h"
#include "action/admit.h"
#include "action/attempt.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/db.h"

#include <stdlib.h>

#define SLOW_MAX	256	/* reads of the audit log that may wait */

static struct db *
reader_take(struct host *h, struct err *err)
{
	struct db *db = NULL;

	pthread_mutex_lock(&h->reader_lock);
	if (h->reader_count > 0)
		db = h->readers[--h->reader_count];
	pthread_mutex_unlock(&h->reader_lock);
	if (db == NULL)
		db_open(h->db_path, DB_READER, NULL, &db, err);
	return db;
}

static void
reader_give(struct host *h, struct db *db)
{
	pthread_mutex_lock(&h->reader_lock);
	if (h->reader_count < READERS_MAX) {
		h->readers[h->reader_count++] = db;
		db = NULL;
	}
	pthread_mutex_unlock(&h->reader_lock);
	db_close(db);
}

void
reads_fini(struct host *h)
{
	while (h->reader_count > 0)
		db_close(h->readers[--h->reader_count]);
}

/* A row about this read or refusal, written by the writer. */
static struct call *
note_make(const struct call *c, rh_status status)
{
	struct call *note = call_internal("audit_note", &c->caller,
	    sizeof(struct note_args));
	struct note_args *n = note->args;

	n->action = arena_strdup(&note->arena, c->name);
	if (c->target != NULL)
		n->target = arena_strdup(&note->arena, c->target);
	if (c->detail != NULL)
		n->detail = arena_strdup(&note->arena, c->detail);
	n->status = status;
	if (status != RH_OK)
		n->error = arena_strdup(&note->arena, c->err.msg);
	return note;
}

/* The read's row is on disk: now it may be answered. */
static void
note_done(struct call *note)
{
	struct call *c = note->owner;

	if (note->status != RH_OK) {
		/* What can't be recorded isn't shown. */
		c->status = note->status;
		c->err = note->err;
	}
	call_free(note);
	c->done(c);
}

void
reads_answer(struct host *h, struct call *c)
{
	struct act a = { .env = &h->env, .now = host_now(h),
	    .target = c->target };
	/* The host itself only looks whether a run is still there. */
	bool refused = is_refusal(c->status) && c->caller.kind != CALLER_HOST;
	bool shown = c->status == RH_OK && c->admin && c->action != NULL &&
	    c->action->audit == AUDIT_ADMIN;
	struct tally_key key;
	struct call *note;

	if (!refused && !shown) {
		c->done(c);
		return;
	}
	key = record_key(&a, c, shown);
	if (!tally_note(h->env.tally, &key, a.now)) {
		c->done(c);
		return;
	}
	note = note_make(c, c->status);
	if (shown) {
		note->owner = c;
		note->done = note_done;
		host_submit(h, note);
		return;
	}
	note->done = call_free;
	host_submit(h, note);
	c->done(c);
}

/* The policy must be the same before and after: a revoke holds at once. */
static void
read_once(struct host *h, struct db *db, struct call *c)
{
	struct policy *p, *after;
	bool same = false;

	while (!same) {
		p = host_policy(h);
		c->result = NULL;
		c->wait_ask = 0;
		gate_read(db, &h->env, p, host_now(h), c);
		after = host_policy(h);
		same = policy_version(p) == policy_version(after);
		policy_unref(p);
		policy_unref(after);
	}
}

static void
read_now(struct host *h, struct call *c)
{
	struct db *db = reader_take(h, &c->err);
	enum parked parked;
	uint64_t answers;

	if (db == NULL) {
		c->status = c->err.status;
		c->done(c);
		return;
	}
	do {
		answers = c->wait_us != 0 ? host_answers(h) : 0;
		read_once(h, db, c);
		parked = host_park_read(h, c, answers);
	} while (parked == PARKED_AGAIN);
	reader_give(h, db);
	if (parked == PARKED_NOT)
		reads_answer(h, c);
}

void
reads_perform(struct host *h, struct call *c)
{
	struct call *other;
	size_t n = 0;

	if ((c->action->runs & RUN_LOG) == 0) {
		read_now(h, c);
		return;
	}
	pthread_mutex_lock(&h->reader_lock);
	STAILQ_FOREACH(other, &h->slow_reads, link)
		n++;
	if (n < SLOW_MAX && !h->no_more_reads) {
		STAILQ_INSERT_TAIL(&h->slow_reads, c, link);
		pthread_cond_signal(&h->slow_work);
		pthread_mutex_unlock(&h->reader_lock);
		return;
	}
	pthread_mutex_unlock(&h->reader_lock);
	c->status = err_set(&c->err, RH_EBUSY, "too many reads of the audit "
	    "log are waiting");
	c->done(c);
}

/*
 * What was counted until now becomes rows, so that the log is complete, for
 * who may read it: nobody else makes the writer work.
 */
static void
flush_for(struct host *h, struct call *reader)
{
	struct policy *p = host_policy(h);
	bool may = gate_admits(&h->env, p, host_now(h), reader);
	struct call *c;

	policy_unref(p);
	if (!may)
		return;
	c = call_internal("audit_flush", &caller_system,
	    sizeof(struct flush_args));
	((struct flush_args *)c->args)->all = true;
	host_call(h, c);
	call_free(c);
}

void *
reads_slow_main(void *arg)
{
	struct host *h = arg;
	struct call *c;

	for (;;) {
		pthread_mutex_lock(&h->reader_lock);
		while ((c = STAILQ_FIRST(&h->slow_reads)) == NULL &&
		    !h->no_more_reads)
			pthread_cond_wait(&h->slow_work, &h->reader_lock);
		if (c != NULL)
			STAILQ_REMOVE_HEAD(&h->slow_reads, link);
		pthread_mutex_unlock(&h->reader_lock);
		if (c == NULL)
			return NULL;
		flush_for(h, c);
		read_now(h, c);
	}
}
