/*
 * One episode: a ledger in a test's folder, the model of it, and a farm of
 * simulated workers behind the real scheduler's plan.  Everything follows
 * from the seed and the numbers of the steps that are taken.
 */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include "lib/core.h"
#include "model/model.h"
#include "sched/plan.h"

#include <stdio.h>

#define BATCH_MAX	12
#define PROCS		16
#define FRAMES		200
#define OUTBOX		1024

struct world;

/* A call in the model's words, and the host's call that was made of it. */
struct item {
	struct m_call m;
	struct call *call;
	/* who wants to hear how it ended: the farm */
	void	(*done)(struct world *, struct item *);
	uint64_t handle;		/* of an attempt */
	uint64_t handles[M_REFS];	/* of a renewal */
	struct call *first;		/* of an outcome: the intent */
};

/* A claim's token, as it was answered, and to whom. */
#define TOKENS		64
struct token {
	struct m_claim of;
	struct m_caller by;
	char	text[72];
};

/* What may be asked next, and how often it is. */
struct choice {
	int	weight;
	enum m_kind kind;
	void	(*choose)(struct world *, struct m_call *);
};
typedef void body_fn(struct world *, const struct m_call *, struct buf *);

enum frame_kind { TO_INVOKE, TO_CANCEL, TO_DROP, TO_PING, TO_EXIT };

struct frame {
	enum frame_kind kind;
	uint64_t handle;
	uint32_t seq;
};

/* A worker's process. */
struct proc {
	bool	there, hello, killed, mute;
	struct worker *w;
	struct frame in[FRAMES];
	size_t	in_count;
	uint64_t waiting[FRAMES];
	size_t	waiting_count;
	uint64_t running;
	bool	cancelled;
};

/* An action of a plugin, from its intent to its outcome. */
struct greeting {
	struct call *call;
	const char *principal;
	int64_t	serial;
	uint64_t handle;
};

struct farm {
	struct plan plan;
	struct pool *pool;
	struct proc procs[PROCS];
	bool	up, sweeping, renewing;
	int	offers;			/* on their way */
	struct item *outbox[OUTBOX];
	size_t	outbox_count;
	struct greeting greetings[M_INTENTS];
	size_t	greeting_count;
};

struct world {
	struct core c;
	uint64_t seed;
	struct rand_src rand;		/* of this step */
	int	step;
	struct model *m, *before, *spare;
	int64_t	opened_at, opened_boot;	/* the ledger's clock */
	int64_t	serial;
	struct farm farm;
	/* the database, beside the host */
	struct sqlite3 *db;
	int64_t	audit_seen;
	bool	end_seen[M_RUNS + 1];
	struct token tokens[TOKENS];	/* the newest */
	size_t	token_count;
	size_t	kept;		/* which of the models a crash left */
	/* the first disagreement */
	bool	failed;
	char	why[600];
	FILE	*trace;			/* NULL: not written */
};

/* Counts over all episodes, for main.c. */
struct tried {
	long	calls[KINDS], refused, replays, faults, cuts, kills, unknown;
	long	rollbacks, restarts, lost, interrupts;
	long	claimed, verdicts[OTHER_EVENT + 1], held_back;
	long	reads[32], commands[COMMANDS];
	long	pairs[STATES + 1][STATES + 1];
	long	ended[STATES + 1];
};
extern struct tried tried;

/* world.c */
void	world_init(struct world *, uint64_t seed);
void	world_fini(struct world *);
int64_t	below(struct world *, int64_t n);		/* [0, n) */
bool	once_in(struct world *, int n);
void	fail(struct world *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	tell(struct world *, const char *fmt, ...)	/* the trace */
	    __attribute__((format(printf, 2, 3)));
int64_t	world_now(const struct world *);
void	world_step(struct world *, int step);
struct item *item_new(enum m_kind, const struct m_caller *);

/* batch.c: items are taken over. */
void	batch_plain(struct world *, struct item **, size_t n);
struct caller batch_caller(struct world *, const struct m_caller *);
void	batch_build(struct world *, struct item **, size_t n);
bool	batch_run(struct world *, struct item **, size_t n);
void	batch_predict(struct world *, struct model *, struct item **, size_t n);
bool	batch_answers(struct world *, struct item **, size_t n);
void	batch_close(struct world *, struct item **, size_t n);

/* compare.c: the first difference is told by fail(), or only answered. */
void	compare_open(struct world *);
void	compare_close(struct world *);
bool	compare_quietly(struct world *, struct model *, char why[600]);
void	compare(struct world *, bool all);
void	compare_chain(struct world *);		/* and memory with a reload */

/* choose.c */
struct item *choose_call(struct world *);
struct m_caller choose_caller(struct world *);
void	choose_first(struct world *, struct item **, size_t *n);
extern const struct m_caller by_local, by_host, by_system, by_plugin;

/* away.c: runtimes elsewhere */
extern const struct choice away_choices[];	/* the last: KINDS */
extern body_fn *const away_bodies[KINDS];
void	away_asks(struct world *, struct m_call *);	/* of a new run */
void	away_body_asks(const struct m_call *, struct buf *);
void	away_answer(struct world *, const struct item *);

/* reads.c */
void	read_something(struct world *);
const char *read_name(size_t);		/* of the n-th kind; or NULL */

/* farm.c */
void	farm_init(struct world *);
void	farm_fini(struct world *);
void	farm_tick(struct world *);		/* what the time has come for */
void	farm_work(struct world *);		/* some workers do something */
size_t	farm_calls(struct world *, struct item **, size_t max);
void	farm_effects(struct world *);		/* takes those of the core */
void	farm_done(struct world *, struct item *);
void	farm_check(struct world *);

/* crash.c */
void	restart(struct world *);		/* in order */
void	crash(struct world *, struct item **, size_t n);
void	fault(struct world *, struct item **, size_t n);
void	interrupt(struct world *, struct item **, size_t n);
void	crash_at_start(struct world *);
void	reopen(struct world *, struct model *const *could, size_t n);

/* pairs.c */
void	forbidden(struct world *);

#endif
