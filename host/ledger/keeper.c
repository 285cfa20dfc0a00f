/*
 * What is done by the clock: signed heads, counts that have become due.  And,
 * on a thread of its own, once after the start: the verification of the
 * whole chain, however long that takes.
 */
#include "ledger/host_impl.h"

#include "action/attempt.h"
#include "audit/verify.h"
#include "base/fault.h"
#include "base/log.h"
#include "store/db.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <time.h>

#define SIGN_IDLE_US	(3600 * US_PER_S)
#define VERIFIER_NICE	10	/* nobody waits for it */

void
keeper_head(void *arg, struct head_sig *out)
{
	struct host *h = arg;

	pthread_mutex_lock(&h->head_lock);
	*out = h->signed_head;
	pthread_mutex_unlock(&h->head_lock);
}

/* Signs the committed head, when it is new or the hour is over. */
void
keeper_sign(struct host *h)
{
	struct chain_head head;
	struct head_sig sig;
	struct err err;
	int64_t now = host_now(h), last;
	int64_t last_seq;

	pthread_mutex_lock(&h->head_lock);
	head = h->head;
	last = h->signed_head.at_us;
	last_seq = h->signed_head.seq;
	pthread_mutex_unlock(&h->head_lock);
	if (head.seq == 0 || (head.seq == last_seq &&
	    now - last < SIGN_IDLE_US))
		return;
	FAULT("audit.before_head");
	signer_sign(h->signer, &head, now, &sig);
	if (anchor_append(h->cf.anchor_path, &sig, &err) != RH_OK) {
		host_degraded(h, PART_ANCHOR, err.msg);
		return;
	}
	host_degraded(h, PART_ANCHOR, NULL);
	pthread_mutex_lock(&h->head_lock);
	h->signed_head = sig;
	pthread_mutex_unlock(&h->head_lock);
}

void *
verifier_main(void *arg)
{
	struct host *h = arg;
	uint8_t key[HEAD_KEY_LEN];
	const struct audit_check check = { .anchor = h->cf.anchor_path,
	    .key = key, .stop = &h->verifier_stop };
	struct audit_report r;
	struct db *db;
	struct err err;
	char reason[600];
	rh_status rc;

	/* Of this thread alone: whoever serves goes first. */
	setpriority(PRIO_PROCESS, 0, VERIFIER_NICE);
	signer_key(h->signer, key);
	if ((rc = db_open(h->db_path, DB_SCAN, NULL, &db, &err)) == RH_OK)
		rc = audit_verify(db, &check, &r, &err);
	db_close(db);
	if (rc == RH_ECANCELED || (rc == RH_OK && r.ok))
		return NULL;
	snprintf(reason, sizeof reason, "audit log: %s",
	    rc == RH_OK ? r.problem : err.msg);
	host_degraded(h, PART_AUDIT_LOG, reason);
	return NULL;
}

static void
flush_due(struct host *h)
{
	struct call *c;

	if (!tally_due(h->env.tally, host_now(h), false))
		return;
	c = call_internal("audit_flush", &caller_system,
	    sizeof(struct flush_args));
	host_call(h, c);
	call_free(c);
}

static void
look_at_disk(struct host *h)
{
	struct statvfs st;
	int64_t least = h->low_water_bytes;
	bool low;

	if (statvfs(h->db_path, &st) != 0)
		return;
	low = (int64_t)(st.f_bavail * st.f_frsize) < least;
	pthread_mutex_lock(&h->lock);
	if (low && !h->disk_low)
		log_line(LOG_ERROR, "less than %lld bytes of disk are free",
		    (long long)least);
	h->disk_low = low;
	pthread_mutex_unlock(&h->lock);
}

/* A second, or less when the host stops; false then. */
static bool
wait_second(struct host *h)
{
	struct timespec until;
	bool go;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&h->head_lock);
	while (!h->keeper_stop && pthread_cond_timedwait(&h->head_work,
	    &h->head_lock, &until) == 0)
		continue;
	go = !h->keeper_stop;
	pthread_mutex_unlock(&h->head_lock);
	return go;
}

void *
keeper_main(void *arg)
{
	struct host *h = arg;

	do {
		keeper_sign(h);
		flush_due(h);
		host_end_waits(h, false);
		look_at_disk(h);
	} while (wait_second(h));
	return NULL;
}
