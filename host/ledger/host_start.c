/*
 * Putting the host together and taking it apart.
 */
#include "ledger/host_impl.h"

#include "action/attempt.h"
#include "action/signer.h"
#include "auth/policy.h"
#include "base/log.h"
#include "base/mem.h"
#include "plugin/registry.h"
#include "store/db.h"
#include "store/store_auth.h"
#include "store/store_misc.h"

#include <stdlib.h>
#include <string.h>

static void
init_locks(struct host *h)
{
	pthread_condattr_t mono;

	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_mutex_init(&h->lock, NULL);
	pthread_mutex_init(&h->reply_lock, NULL);
	pthread_mutex_init(&h->watch_lock, NULL);
	pthread_mutex_init(&h->wait_lock, NULL);
	pthread_mutex_init(&h->reader_lock, NULL);
	pthread_mutex_init(&h->checkpoint_lock, NULL);
	pthread_mutex_init(&h->head_lock, NULL);
	pthread_cond_init(&h->work, NULL);
	pthread_cond_init(&h->reloaded, NULL);
	pthread_cond_init(&h->replies, NULL);
	pthread_cond_init(&h->slow_work, NULL);
	pthread_cond_init(&h->checkpoint_work, NULL);
	pthread_cond_init(&h->head_work, &mono);
	pthread_condattr_destroy(&mono);
}

static void
init_lists(struct host *h)
{
	host_init_lanes(h);
	STAILQ_INIT(&h->finished);
	STAILQ_INIT(&h->waits);
	STAILQ_INIT(&h->slow_reads);
	LIST_INIT(&h->watches);
}

static void
start_thread(pthread_t *t, const char *name, void *(*fn)(void *),
    struct host *h)
{
	if (pthread_create(t, NULL, fn, h) != 0) {
		log_line(LOG_ERROR, "no thread could be made");
		abort();
	}
	pthread_setname_np(*t, name);
}

static rh_status
open_ledger(struct host *h, struct err *err)
{
	struct ledger_config cf = {
		.path = h->cf.db_path, .anchor = h->cf.anchor_path,
		.key = h->signed_head.key,
		.accept_loss = h->cf.accept_loss, .watch = h->cf.watch,
		.env = &h->env,
		.clock = h->cf.clock, .rand = &rand_system,
	};
	rh_status rc;

	if ((rc = signer_open(h->cf.key_path, &h->signer, err)) != RH_OK)
		return rc;
	signer_key(h->signer, h->signed_head.key);
	if ((rc = ledger_open(&cf, &h->ledger, err)) != RH_OK)
		return rc;
	h->policy = gate_policy(ledger_gate(h->ledger));
	h->head = *gate_head(ledger_gate(h->ledger));
	h->runs = *gate_runs(ledger_gate(h->ledger));
	clock_ledger_init(&h->clock, h->cf.clock, h->head.at_us);
	h->started_us = clock_ledger_now(&h->clock);
	return RH_OK;
}

static void
host_free(struct host *h)
{
	ledger_close(h->ledger);
	signer_close(h->signer);
	policy_unref(h->policy);
	tally_free(h->env.tally);
	host_counts_fini(h);
	free(h->db_path);
	free(h);
}

rh_status
host_start(const struct host_config *cf, struct host **out, struct err *err)
{
	struct host *h = mem_zalloc(sizeof *h);
	rh_status rc;

	h->cf = *cf;
	h->env = *cf->env;
	h->env.tally = tally_new();
	h->env.head = keeper_head;
	h->env.head_arg = h;
	h->db_path = mem_strdup(cf->db_path);
	h->checkpoint_pages = cf->checkpoint_pages;
	h->low_water_bytes = cf->low_water_bytes;
	init_locks(h);
	init_lists(h);
	if ((rc = open_ledger(h, err)) != RH_OK) {
		host_free(h);
		return rc;
	}
	start_thread(&h->writer, "writer", writer_main, h);
	start_thread(&h->replier, "replier", replier_main, h);
	start_thread(&h->slow_reader, "slow-reader", reads_slow_main, h);
	start_thread(&h->checkpointer, "checkpointer", checkpointer_main, h);
	start_thread(&h->keeper, "keeper", keeper_main, h);
	start_thread(&h->verifier, "verifier", verifier_main, h);
	*out = h;
	return RH_OK;
}

void
host_committed(struct host *h)
{
	struct call *c = call_internal("audit_flush", &caller_system,
	    sizeof(struct flush_args));

	host_call(h, c);
	call_free(c);
}

static void
record_stop(struct host *h)
{
	struct call *c = call_internal("audit_flush", &caller_system,
	    sizeof(struct flush_args));
	struct mark_args *m;

	((struct flush_args *)c->args)->all = true;
	host_call(h, c);
	call_free(c);
	c = call_internal("host_mark", &caller_system, sizeof *m);
	m = c->args;
	m->what = "host_stop";
	host_call(h, c);
	call_free(c);
}

static void
stop_helpers(struct host *h)
{
	atomic_store(&h->verifier_stop, true);
	pthread_join(h->verifier, NULL);
	pthread_mutex_lock(&h->reader_lock);
	h->no_more_reads = true;
	pthread_cond_signal(&h->slow_work);
	pthread_mutex_unlock(&h->reader_lock);
	pthread_join(h->slow_reader, NULL);
	pthread_mutex_lock(&h->head_lock);
	h->keeper_stop = true;
	pthread_cond_signal(&h->head_work);
	pthread_mutex_unlock(&h->head_lock);
	pthread_join(h->keeper, NULL);
	pthread_mutex_lock(&h->checkpoint_lock);
	h->checkpoint_stop = true;
	pthread_cond_signal(&h->checkpoint_work);
	pthread_mutex_unlock(&h->checkpoint_lock);
	pthread_join(h->checkpointer, NULL);
}

void
host_stop(struct host *h)
{
	if (h == NULL)
		return;
	host_end_waits(h, true);
	stop_helpers(h);
	record_stop(h);
	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	pthread_cond_signal(&h->work);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->writer, NULL);
	pthread_join(h->replier, NULL);
	keeper_sign(h);
	reads_fini(h);
	if (!h->failed)
		db_checkpoint(ledger_db(h->ledger), true, NULL, NULL);
	host_free(h);
}

bool
host_remembers(struct host *h, const char *key)
{
	struct db *db;
	int64_t v = 0;

	if (db_open(h->db_path, DB_READER, NULL, &db, NULL) != RH_OK)
		return false;
	store_meta_get_i64(db, key, &v, NULL);
	db_close(db);
	return v != 0;
}

bool
host_trusts(struct host *h, const struct plugin *p)
{
	struct policy *policy = NULL;
	int64_t now = host_now(h);
	bool trusted = false;
	struct db *db;
	struct err err;

	if (db_open(h->db_path, DB_READER, NULL, &db, NULL) != RH_OK)
		return false;
	store_trust_get(db, p->id, p->image.digest, &trusted, NULL);
	if (trusted && (policy_load(db, now, &policy, &err) != RH_OK ||
	    signer_inprocess(db, policy, p, now, &err) != RH_OK)) {
		log_event(LOG_WARN, "plugin is not trusted any more",
		    "plugin", p->id, "reason", err.msg, "hint", err.hint,
		    NULL);
		trusted = false;
	}
	policy_unref(policy);
	db_close(db);
	return trusted;
}

rh_status
host_check_signer(struct host *h, const struct plugin *p, bool needed,
    struct err *err)
{
	struct db *db;
	rh_status rc;

	if ((rc = db_open(h->db_path, DB_READER, NULL, &db, err)) != RH_OK)
		return rc;
	rc = signer_check(db, p, needed, err);
	db_close(db);
	return rc;
}
