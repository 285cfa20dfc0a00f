/*
 * The functions of the action table, and what they share.
 */
#ifndef ACTION_ACT_H
#define ACTION_ACT_H

#include "action/action.h"
#include "action/gate.h"
#include "action/pending.h"
#include "action/replies.h"
#include "json/write.h"

/* The run that a body names: run_id, or target_run_id.  RH_EINPUT. */
rh_status	body_run_id(const struct call *, struct id *, const char **text,
		    struct err *);
/* The scope of the run that a run_create will make. */
void		run_create_scope(const struct call *, struct scope *);
/* What it gives its plugin, and what of that the body names; its scope. */
int64_t		*run_create_apis(const struct call *, struct scope *,
		    int64_t *asked);

/* For apply: text or JSON for the audit row, from what was written. */
void		act_target(struct act *, struct call *, const char *);
void		act_detail(struct act *, struct call *, struct buf *take);
const char	*call_text(struct call *, const char *field);	/* or NULL */

/* What a grant may name: RH_EINPUT, with a hint.  act_can.c */
struct grant_row;
rh_status	grantee_check(const char *field, const char *, struct err *);
/* Spells the scope's runner as runs do, in the registry's memory. */
rh_status	grant_scope_check(const struct act *, struct grant_row *,
		    struct err *);
/* Whether queues and labels, if it names any, can narrow it. */
rh_status	grant_line_check(const struct grant_row *, struct err *);
rh_status	permission_known(const struct act *, const char *permission,
		    struct err *);

/*
 * act_line.c: who may take a new run (queue_name, requested_runtime_id,
 * labels); whether a runner that no plugin here offers may be asked for, by
 * its whole name; an object of texts, as its canonical JSON, NULL when absent.
 */
rh_status	line_of_new(struct call *, struct run_new *, struct err *);
bool		runner_elsewhere(struct call *, const char *name,
		    struct run_new *);
rh_status	take_labels(struct call *, const char *name, const char **json,
		    struct err *);
/* A text of the body; NULL: none, or null. */
#define NAME_MAX_LEN	255	/* bytes, of one that others are found by */
rh_status	take_text(struct call *, const char *name, size_t max,
		    const char **out, struct err *);
/* Text of at most max bytes, and at least one; NULL when absent. */
rh_status	take_name(struct call *, const char *name, size_t max,
		    const char **, struct err *);

/* A new secret: a prefix of four, then 32 random bytes in hex. */
#define ACT_TOKEN_LEN	(4 + 2 * 32 + 1)
void		act_token(struct act *, const char *prefix,
		    char text[ACT_TOKEN_LEN]);

#define SECONDS_MAX	3600	/* of leases and times to live */
int64_t		clamp_seconds(int64_t);		/* 1 to that */
/* A runtime's members. */
struct runtime_row;
void		write_runtime(struct json_out *, const struct runtime_row *);
const char	*runtime_status(bool stale, bool draining);
/* Whether a runtime's labels have all of want. */
bool		labels_hold(struct arena *, const char *labels,
		    const struct json_doc *want);

/* An event's members; run_id is as its run is shown. */
void		write_event(struct json_out *, const char *run_id,
		    const struct event_row *);
/* A run as its ledger object. */
void		write_run(struct json_out *, const struct run_row *);
/* available_apis: each that there is, and whether it is given. */
void		write_apis(struct json_out *, int64_t bits);
void		write_epoch(struct json_out *, const char *name, int64_t us);
/* The plugin in use that the body's id means; it is the row's target. */
struct plugin;
rh_status	plugin_in_use(struct act *, struct call *, struct plugin **,
		    struct err *);
/* Members of plugin_get, for callers who may know; NULL: it isn't there. */
rh_status	write_rights(struct act *, struct call *, struct json_out *,
		    const char *id, const struct plugin *, struct err *);
/* The object of the run a->run_no, left open for more members. */
rh_status	begin_run(struct act *, struct call *, struct json_out *,
		    struct buf *, struct run_row *, struct err *);
/* A cursor in the body: a decimal string or integer; 0 when absent.  RH_EINPUT. */
rh_status	take_cursor(struct call *, const char *name, int64_t *,
		    struct err *);
/* Whole seconds of a number, which may be a clock's with its fraction. */
int64_t		take_seconds(const struct call *, const char *name,
		    int64_t usual);
/* A limit: out of bounds it is the bound. */
size_t		take_limit(const struct call *, const char *name, size_t usual,
		    size_t most);
void		write_cursor(struct json_out *, const char *name, int64_t);
/* The run; its streams and stages, too, if the door shows them. */
rh_status	view_load(struct act *, struct call *, int64_t run_no,
		    struct run_view *, struct err *);

#define ACTION_APPLY(name)						\
	rh_status name(struct act *, struct call *, struct err *)
#define ACTION_PREPARE(name)						\
	rh_status name(struct call *, struct registry *, struct err *)
#define ACTION_RENDER(name)						\
	void name(const struct call *, struct buf *)

/*
 * Carries out a decision on a live run: ends it, queues it again or parks
 * it, with the event that says so; fills the audit row.
 */
struct decision;
rh_status	run_settle(struct act *, struct call *, struct run_live *,
		    struct decision *, struct err *);

/* The live row, if the attempt is still the run's: RH_ESTALE. */
rh_status	attempt_get(struct act *, struct call *, int64_t run_no,
		    int64_t fence, struct run_live *, struct err *);

/*
 * act_answer.c: ends the questions of a run that is about to end, with its
 * last events; a slice of those whose time is over.
 */
rh_status	interactions_cancel(struct act *, struct call *,
		    struct run_live *, struct err *);
rh_status	interactions_expire(struct act *, struct call *, bool *more,
		    struct err *);
/* act_artifacts.c: a slice of those whose time is over, and of their bytes. */
rh_status	artifacts_expire(struct act *, struct call *, bool *more,
		    struct err *);

/* Counts a run that has ended, and what its end weighs. */
void		act_ended(struct act *, const struct run_live *,
		    const struct run_end *);
/* Whom a run that the caller makes belongs to. */
const char	*call_owner(const struct call *);

/* How long after a cancel request a held run is ended all the same. */
int64_t		cancel_grace(const struct act *, const struct run_live *);
/* Ends the queued run a->run_no as cancelled. */
rh_status	run_cancel_made(struct act *, struct call *,
		    const char *reason, struct err *);

/* act_create.c, act_run.c, act_list.c, act_cancel.c, act_expire.c */
ACTION_PREPARE(run_create_prepare);
ACTION_APPLY(run_create);
ACTION_RENDER(run_create_render);
ACTION_APPLY(run_get);
ACTION_RENDER(run_get_render);
ACTION_PREPARE(run_list_prepare);
ACTION_APPLY(run_list);
ACTION_RENDER(run_list_render);
ACTION_PREPARE(run_events_prepare);
ACTION_APPLY(run_events);
ACTION_RENDER(run_events_render);
ACTION_PREPARE(run_cancel_prepare);
ACTION_APPLY(run_cancel);
ACTION_RENDER(run_cancel_render);
ACTION_APPLY(run_counts);
ACTION_APPLY(run_cleanup);

/* act_stats.c, act_runners.c */
ACTION_PREPARE(stats_prepare);
ACTION_APPLY(run_stats);
ACTION_APPLY(runner_stats);
ACTION_APPLY(runtime_stats);
ACTION_APPLY(runner_list);

/* act_attempt.c, act_state.c, act_sweep.c, act_recover.c */
ACTION_APPLY(slots_offer);
ACTION_APPLY(run_report);
ACTION_APPLY(run_finish);
ACTION_APPLY(run_checkpoint);
ACTION_APPLY(run_renew);
ACTION_APPLY(run_release);
ACTION_APPLY(plugin_state_get);
ACTION_APPLY(plugin_state_set);
ACTION_APPLY(sweep);
ACTION_APPLY(recover);

/* act_values.c */
ACTION_APPLY(state_get);
ACTION_APPLY(state_set);
ACTION_APPLY(state_delete);
ACTION_APPLY(state_list);

/* act_event.c, act_talk.c, act_search.c, act_steer.c */
ACTION_APPLY(event_get);
ACTION_PREPARE(event_page_prepare);
ACTION_APPLY(event_page);
ACTION_PREPARE(history_page_prepare);
ACTION_APPLY(history_page);
ACTION_PREPARE(history_search_prepare);
ACTION_APPLY(history_search);
ACTION_APPLY(history_index);
ACTION_PREPARE(steering_push_prepare);
ACTION_APPLY(steering_push);
ACTION_PREPARE(steering_pull_prepare);
ACTION_APPLY(steering_pull);

/* act_runtime.c, act_runtimes.c, act_reconcile.c */
ACTION_PREPARE(runtime_prepare);
ACTION_APPLY(runtime_register);
ACTION_APPLY(runtime_heartbeat);
ACTION_APPLY(runtime_drain);
ACTION_PREPARE(runtime_list_prepare);
ACTION_APPLY(runtime_list);
ACTION_APPLY(runtime_reconcile);

/* act_claim.c, act_held.c */
ACTION_PREPARE(run_claim_prepare);
ACTION_APPLY(run_claim);
ACTION_RENDER(run_claim_render);
ACTION_APPLY(run_start);
ACTION_APPLY(run_renew_claim);
ACTION_APPLY(run_release_claim);

/* act_append.c, act_finalize.c */
ACTION_PREPARE(run_append_prepare);
ACTION_APPLY(run_append_result);
ACTION_PREPARE(run_finalize_prepare);
ACTION_APPLY(run_finalize);
ACTION_RENDER(run_finalize_render);

/* act_interaction.c, act_answer.c */
ACTION_PREPARE(interaction_create_prepare);
ACTION_APPLY(interaction_create);
ACTION_PREPARE(interaction_answer_prepare);
ACTION_APPLY(interaction_answer);
ACTION_PREPARE(interaction_get_prepare);
ACTION_APPLY(interaction_get);

/* act_artifact.c, act_artifacts.c */
ACTION_PREPARE(artifact_put_prepare);
ACTION_APPLY(artifact_put);
ACTION_PREPARE(artifact_get_prepare);
ACTION_APPLY(artifact_get);
ACTION_PREPARE(artifact_list_prepare);
ACTION_APPLY(artifact_list);

/* act_plugin.c */
ACTION_APPLY(plugin_install);
ACTION_RENDER(plugin_install_render);
ACTION_APPLY(plugin_enable);
ACTION_APPLY(plugin_disable);
ACTION_APPLY(plugin_remove);
ACTION_APPLY(plugin_verify);
ACTION_APPLY(plugin_quarantine);
ACTION_APPLY(plugin_enroll);
ACTION_APPLY(plugin_list);
ACTION_APPLY(plugin_get);
ACTION_APPLY(plugin_trust);
ACTION_APPLY(plugin_untrust);
ACTION_APPLY(plugin_trial);
ACTION_APPLY(action_list);
ACTION_APPLY(action_outcome);
ACTION_APPLY(host_ping);

/* act_host.c */
ACTION_APPLY(host_metrics);
ACTION_RENDER(host_metrics_render);
ACTION_APPLY(config_reload);
rh_status	action_intent(struct act *, struct call *, struct err *);

/* act_key.c */
ACTION_APPLY(key_trust);
ACTION_APPLY(key_list);
ACTION_APPLY(key_revoke);

/* act_auth.c, act_can.c */
ACTION_APPLY(token_create);
ACTION_APPLY(token_list);
ACTION_APPLY(token_revoke);
ACTION_PREPARE(grant_add_prepare);
ACTION_APPLY(grant_add);
ACTION_APPLY(grant_list);
ACTION_APPLY(grant_remove);
ACTION_APPLY(can);
ACTION_APPLY(runner_audit);

/* act_audit.c */
ACTION_APPLY(audit_list);
ACTION_APPLY(audit_export);
ACTION_APPLY(audit_head);
ACTION_APPLY(capability_use);
ACTION_APPLY(secret_change);
ACTION_APPLY(plugin_uses);
ACTION_APPLY(audit_note);
ACTION_APPLY(audit_flush);
ACTION_APPLY(op_get);

ACTION_APPLY(host_mark);
ACTION_APPLY(host_backup);

/* The reply is what apply put into call->result, a text in the arena. */
ACTION_RENDER(act_reply_render);
/* For apply: takes the buffer's text as the reply of act_reply_render(). */
void		act_reply(struct call *, struct buf *take);

#endif
