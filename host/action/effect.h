/*
 * What must happen outside after a COMMIT: the only way in which an action
 * reaches beyond the database.  In commit order.
 */
#ifndef ACTION_EFFECT_H
#define ACTION_EFFECT_H

#include "base/arena.h"
#include "store/store_run.h"

#include <sys/queue.h>

struct call;
struct plugin;

enum effect_kind {
	EFFECT_NONE,
	EFFECT_QUEUED,		/* n runs wait; plugin: make room in its pool,
				 * NULL: they are for runtimes elsewhere */
	EFFECT_START,		/* a run was claimed for the local pool */
	EFFECT_TAKEN,		/* a run was claimed elsewhere: queue, wait_us */
	EFFECT_LOST,		/* a lease of run_no ran out */
	EFFECT_CANCEL,		/* an attempt is to stop: run_no, fence */
	EFFECT_EVENTS,		/* events of run_no were committed */
	EFFECT_ANSWERED,	/* a question of run_no isn't pending any more */
	EFFECT_ENDED,		/* run_no has reached a terminal state */
	EFFECT_FENCED,		/* an attempt lost its run: run_no, fence */
	EFFECT_INVOKE,		/* a plugin's action is to run: call */
	EFFECT_TRUST,		/* trust in the plugin changed */
	EFFECT_TRIAL,		/* the plugin's workers are watched: wait_us */
	EFFECT_CATALOG,		/* a plugin was enabled, disabled and so on */
	EFFECT_INSTALL,		/* a file is to be tried: call */
	EFFECT_POLICY,		/* grants or tokens changed */
	EFFECT_CONFIG		/* settings are to hold: call */
};

struct effect {
	STAILQ_ENTRY(effect) link;
	enum effect_kind kind;
	const char *plugin;	/* id; in the arena */
	const char *queue;	/* or NULL; in the arena */
	int	n;
	int64_t	wait_us;	/* since it was made; -1: it was claimed before;
				 * TRIAL: for so long */
	int64_t	run_no;
	int64_t	fence;
	struct run_claimed *claimed;	/* START; in the arena */
	bool	inproc;		/* START: in this process; TRUST: trusted now */
	struct plugin *file;	/* INSTALL */
	/* CATALOG: what was decided, an enum plugin_state, of which file; why */
	int	state;
	uint8_t	digest[HASH_LEN];	/* TRUST: of what is trusted */
	const char *reason;	/* or NULL; in the arena */
	const char *why;	/* for what it was busy with; in the arena */
	struct call *call;	/* INVOKE, INSTALL: belongs to who carries it out;
				 * CONFIG: not answered yet */
	struct arena arena;
};
STAILQ_HEAD(effects, effect);

struct effect	*effect_add(struct effects *, enum effect_kind,
		    int64_t run_no);
struct effect	*effects_last(struct effects *);	/* or NULL */
void		 effect_free(struct effect *);	/* NULL is fine; not the call */
/* Removes what stands behind last; NULL: everything. */
void		 effects_cut(struct effects *, struct effect *last);
void		 effects_clear(struct effects *);

#endif
