/*
 * The host's insides, shared by the files of this folder only.
 *
 * lock guards lanes, status, policy, clock and head; no call is made under
 * it that could wait.
 */
#ifndef LEDGER_HOST_IMPL_H
#define LEDGER_HOST_IMPL_H

#include "action/effect.h"
#include "action/gate.h"
#include "action/memory.h"
#include "base/metric.h"
#include "ledger/host.h"
#include "ledger/host_start.h"
#include "ledger/ledger.h"

#include <pthread.h>
#include <stdatomic.h>

STAILQ_HEAD(call_list, call);
LIST_HEAD(watch_list, watch);

/* In the order in which the writer takes from them. */
enum lane {
	LANE_OF_MUST, LANE_OF_EVENTS, LANE_OF_CANCELS, LANE_OF_CLIENTS, LANES
};

/* A committed batch on its way to its callers. */
struct batch {
	STAILQ_ENTRY(batch) link;
	struct call *calls[LEDGER_BATCH];
	size_t	count;
	struct effects effects;
};
STAILQ_HEAD(batch_list, batch);

#define READERS_MAX	8

/* Claims by queue; names beyond the bound are counted together. */
#define QUEUES_COUNTED	200
struct queue_counts {
	struct queue_count {
		char	*name;
		int64_t	claims;
	} of[QUEUES_COUNTED + 1];
	size_t	n;
};

struct host {
	struct host_config cf;
	struct action_env env;
	struct ledger *ledger;
	char	*db_path;

	pthread_mutex_t lock;
	pthread_cond_t work;		/* for the writer */
	struct call_list lanes[LANES];
	size_t	lane_len[LANES], lane_max[LANES];
	size_t	waiting;
	bool	writer_idle, stopping, failed, draining, loaded, disk_low;
	char	degraded[HOST_PARTS][STATUS_REASON_LEN];	/* "": well */
	int64_t	started_us;
	struct policy *policy;
	struct run_counts runs;		/* as of the last commit */
	int	wal_pages;
	struct clock_ledger clock;
	struct call *reloading;		/* has read files, isn't answered */
	pthread_cond_t reloaded;
	void	(*on_effects)(void *, struct effects *);
	void	*effects_arg;

	/* finished batches, for the reply thread */
	pthread_mutex_t reply_lock;
	pthread_cond_t replies;
	struct batch_list finished;
	bool	replying;
	bool	no_more_batches;

	pthread_mutex_t watch_lock;
	struct watch_list watches;

	/* answers that wait */
	pthread_mutex_t wait_lock;
	struct call_list waits;
	uint64_t wait_turn;
	uint64_t answers;		/* how often a question has ended */
	bool	no_more_waits;

	/* connections of readers that are not in use */
	pthread_mutex_t reader_lock;
	struct db *readers[READERS_MAX];
	size_t	reader_count;
	/* reads that may wait: those of the audit log */
	pthread_cond_t slow_work;
	struct call_list slow_reads;
	bool	no_more_reads;

	_Atomic int64_t low_water_bytes;
	/* checkpoints: asked for by the writer, done by their thread */
	pthread_mutex_t checkpoint_lock;
	pthread_cond_t checkpoint_work;
	_Atomic int checkpoint_pages;
	bool	checkpoint_wanted, checkpoint_done, checkpoint_stop;

	/* signed heads */
	pthread_mutex_t head_lock;
	pthread_cond_t head_work;
	struct chain_head head;		/* committed */
	struct head_sig signed_head;
	bool	keeper_stop;
	struct signer *signer;
	atomic_bool verifier_stop;

	/* counted where it happens, shown by meters.c */
	struct metric_hist claims, batches;
	struct queue_counts queues;	/* under lock */
	_Atomic int64_t leases_lost;
	_Atomic int64_t turned_away[TALLY_STATUSES];	/* by status */

	pthread_t writer, replier, slow_reader, checkpointer, keeper, verifier;
};

/* reads.c */
void	reads_perform(struct host *, struct call *);
/* Answers what has been decided, when it is on record, or counted. */
void	reads_answer(struct host *, struct call *);
void	*reads_slow_main(void *);
void	reads_fini(struct host *);

/* writer.c */
void	*writer_main(void *);
void	*replier_main(void *);
void	*checkpointer_main(void *);

/* keeper.c */
void	*keeper_main(void *);
void	*verifier_main(void *);
void	keeper_sign(struct host *);
void	keeper_head(void *, struct head_sig *);

/*
 * waits.c.  answers, park_read: a read that waits is parked unless something
 * came since answers was asked; then it is to read again.  park: the call's answer waits; else it is to be given now.  wake:
 * after the replies of a batch.  end: those whose time is over, or all, for
 * good.
 */
enum parked { PARKED_NOT, PARKED, PARKED_AGAIN };
uint64_t host_answers(struct host *);
enum parked host_park_read(struct host *, struct call *, uint64_t answers);
bool	host_park(struct host *, struct call *);
void	host_wake_waits(struct host *, const struct effects *);
void	host_end_waits(struct host *, bool all);

/* counts.c: what the effects of a batch add to the numbers. */
void	host_count(struct host *, const struct effects *);
void	host_put_claims(struct host *, struct metric_text *);
void	host_counts_fini(struct host *);

/* host.c */
void	host_again(struct host *, struct call *);	/* into its lane, or done */
void	host_init_lanes(struct host *);
void	host_reloaded(struct host *, struct call *);	/* before its done() */
void	host_wake_watches(struct host *, const struct effects *);

#endif
