/*
 * The host's own calls: what the scheduler and the sweeps submit.  They go
 * through the gate like any other, as PERM_INTERNAL actions; call->args is
 * one of these, in the call's arena.
 */
#ifndef ACTION_ATTEMPT_H
#define ACTION_ATTEMPT_H

#include "action/call.h"
#include "store/store_run.h"

struct plugin;

/*
 * "slots_offer" (must; caller_host): more runs of a plugin may be claimed
 * for the local pool.  n may be negative to take an offer back; what was
 * claimed meanwhile comes as EFFECT_START all the same.  The writer claims
 * against offers at the end of every batch, as "run_claim".
 */
struct offer_args {
	const char *plugin;
	int	n;
	bool	inproc;		/* how the plugin's runs are carried out now */
};

/*
 * "run_report" (events; the plugin as caller): events of an attempt.
 * RH_ESTALE: the attempt has lost its run.  result: struct report_reply.
 */
struct report_args {
	struct run_report report;
};
struct report_reply {
	int64_t	last_seq;
	bool	cancel;		/* a cancel was requested */
};

/*
 * "run_finalize" (must; the plugin, or caller_system when the host ends it):
 * the last events and the outcome, at once.  Whether the run ends or is
 * queued again is decided inside.  kind: RH_COMPLETED ...  retry: another
 * attempt may succeed, if the run allows one.  result: struct finish_reply.
 */
struct finish_args {
	struct run_report report;	/* with its run_no and fence */
	uint32_t kind;
	bool	retry;
	bool	host;		/* ended by the host: cause is in error */
	struct run_end end;	/* state is set inside */
};
struct finish_reply {
	enum run_state state;	/* RUN_QUEUED: another attempt comes */
};

/* "run_checkpoint" (must; the plugin): events before it, then the bytes. */
struct checkpoint_args {
	struct run_report report;
	struct str name, data;
};

/* "run_renew" (must; caller_host): new leases for attempts. */
struct renew_args {
	const struct attempt_ref {
		int64_t	run_no, fence;
	} *attempts;
	size_t	count;
	bool	*lost;		/* set per attempt: RH_ESTALE */
};

/*
 * "run_release" (must; caller_host): a claimed run goes back.  started
 * false: nothing counts.  started true: the attempt counts as lost.
 */
struct release_args {
	int64_t	run_no, fence;
	bool	started;
	const char *why;	/* for the event, as "worker retired" */
};

/*
 * "plugin_state_get", "plugin_state_set" (must; the plugin): scope is
 * "runner", "actor" or "conversation".  get: value in the args.
 */
struct state_args {
	int64_t	run_no, fence;
	struct str scope, key;
	struct str value;	/* JSON; "null" deletes */
};

/*
 * "plugin_enroll" (must; caller_system): a plugin that was found is enabled
 * without anybody's word.  "plugin_quarantine" (must; caller_system): the
 * plugin of an id is in use no more, until somebody enables it.  Who decided
 * otherwise meanwhile was quicker: then nothing is written.
 */
struct enroll_args {
	const struct plugin *plugin;
	const char *reason;
	bool	starting;	/* the host was, when it was found */
};
struct quarantine_args {
	const char *id;
	uint8_t	digest[HASH_LEN];	/* of the file that it is about */
	const char *reason;	/* for people */
};

/*
 * "action_outcome" (must; the plugin): how the action of call ended.  call is answered
 * by done() after this COMMIT.
 */
struct outcome_args {
	struct call *call;	/* of EFFECT_INVOKE */
	rh_status status;	/* RH_OK, or why it failed */
	const char *error;	/* in words; NULL when RH_OK */
	struct str output;	/* JSON reply when RH_OK; invalid: RH_EPLUGIN */
};

/*
 * "capability_use" (must; the plugin): it asks the host for what a capability
 * of its own gives.  Answers RH_OK, and whether it may.
 */
struct use_args {
	const char *what;	/* "net.connect": the action of its row */
	const char *capability;	/* "net.connect:db:5432" */
	const char *target;	/* id of the run; or NULL */
	bool	recorded;	/* that it was allowed has a row, too */
	bool	judged;		/* it was allowed, and is refused for why */
	bool	allowed;	/* out */
	struct err why;		/* of a refusal; out, unless judged */
};

/*
 * "audit_note" (must; the caller of what is noted): a row for something
 * that happened outside the writer: a read, or a refusal.
 */
struct note_args {
	const char *action;
	const char *target, *detail;	/* or NULL */
	rh_status status;	/* RH_OK: allowed; else the refusal */
	const char *error;	/* of a refusal */
};

/* "audit_flush" (must; caller_system): counted refusals and reads become rows. */
struct flush_args {
	bool	all;		/* else only what is due */
};

/*
 * "recover" (must; caller_system): attempts and plugins' actions of a former
 * process, a slice of each.
 */
struct recover_args {
	struct recover_place {
		int64_t	run_no;
		struct id intent;
	} after, reached;	/* in, from zero; out: where the next begins */
	bool	more;		/* out: there is a next */
	struct skipped *skipped;
};

/*
 * Out: what a sweep or the recovery left as it is, and why: a run, or the
 * action of a plugin.
 */
struct skipped {
	struct skipped *next;
	int64_t	run_no;		/* 0: none */
	const char *run;	/* its id; or NULL */
	const char *op;		/* of the action; or NULL */
	const char *error;
};
void		log_skipped(const char *what, const struct skipped *);

/*
 * "host_mark" (must; caller_system): a row about the host itself: start,
 * stop, accepted loss, restore, migration.
 */
struct mark_args {
	const char *what;	/* "host_start" */
	const char *remember;	/* a fact of the meta table to set; or NULL */
	const char *forget;	/* one that the row takes over; or NULL */
	const char *target;	/* or NULL */
	const char *detail;	/* JSON object, or NULL */
};

/* "sweep" (must; caller_system): due runs, expired ones, keys; bounded. */
struct sweep_args {
	bool	more;		/* out: more is due now */
	struct skipped *skipped;
};

/* "history_index" (must; caller_system): a slice of what was said. */
struct index_args {
	bool	more;		/* out: more is due now */
};

/* "plugin_uses" (must; caller_system): what plugins used and were denied. */
struct uses_args {
	struct use_row *rows;	/* store/store_use.h */
	size_t	count;
};

/*
 * "config_reload": args are what config_read() found; in the call's arena.
 */
struct reload_args {
	const char *file;	/* that was read; or NULL */
	const char *text;	/* JSON: reply, and detail of the row */
	const struct setting_change *changes;	/* of the reader's own type */
	size_t	count;
};

/*
 * A call of these: no body, prepared, with args of this size, zeroed.
 * The caller fills args and done, then submits.
 */
struct call	*call_internal(const char *action, const struct caller *,
		    size_t args_size);

#endif
