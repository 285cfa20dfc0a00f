/*
 * Whether a call may pass: the action exists, its target exists and is
 * reachable, the caller holds the permission.  The same for reads and
 * writes.
 */
#ifndef ACTION_ADMIT_H
#define ACTION_ADMIT_H

#include "action/gate.h"

/*
 * Sets act->run_no, call->admin.  RH_EAUTH, RH_EPERM, RH_ENOENT are
 * refusals, to be recorded as such.
 */
rh_status	admit(struct act *, struct call *, struct err *);
bool		is_refusal(rh_status);

/* For the files of admission: a refusal that names what is missing. */
struct verdict;
rh_status	refuse(const struct call *, const struct verdict *,
		    struct err *);
/* The run that the body names; its absence and its being hidden look alike. */
struct scope;
rh_status	find_run(struct act *, struct call *, struct scope *,
		    struct err *);
/* Whether the permission reaches the run that was found, or not, as said. */
rh_status	admit_found(struct act *, struct call *,
		    const char *permission, const struct scope *,
		    rh_status found, struct err *);
/* admit_runtime.c: finds the runtime that the body names, a->runtime. */
rh_status	find_runtime(struct act *, struct call *, struct err *);
rh_status	admit_runtime(struct act *, struct call *, struct err *);
rh_status	no_runtime(const char *id, struct err *);
/* admit_claim.c: a->runtime is the caller's; a->live, a->held are found. */
rh_status	admit_claim(struct act *, struct call *, struct err *);
rh_status	admit_held(struct act *, struct call *, struct err *);
rh_status	admit_pulled(struct act *, struct call *, struct err *);
/* admit_talk.c: a->scopes of a conversation; a->run_no of an event. */
rh_status	admit_talk(struct act *, struct call *, struct err *);
rh_status	admit_event(struct act *, struct call *, struct err *);
rh_status	not_held(const char *why, struct err *);	/* RH_ESTALE */
struct run_live;
/* Whether the body's token is that of the run's present claim. */
rh_status	check_claim(struct act *, struct call *,
		    const struct run_live *, struct err *);
/* admit_attempt.c */
rh_status	admit_attempt(struct act *, struct call *, struct err *);
rh_status	admit_answer(struct act *, struct call *, struct err *);
rh_status	admit_artifact(struct act *, struct call *, struct err *);
rh_status	admit_artifacts(struct act *, struct call *, struct err *);
/* The run that the body names: a->run_no, call->admin. */
rh_status	admit_target(struct act *, struct call *, struct err *);
/* Where grants go by lines: the run's, for a scope of it. */
rh_status	add_line(struct act *, struct call *, int64_t run_no,
		    struct scope *, struct err *);
/* A line as grants see it; labels is a JSON object, or NULL. */
const struct scope_line *line_of(struct arena *, const char *queue,
		    const char *labels);
rh_status	no_run(const char *id, struct err *);
/* admit_session.c: what the caller's run gives it, c->caller.session. */
rh_status	find_session(struct act *, struct call *, struct err *);
bool		is_attempt(const struct call *, int64_t run_no,
		    int64_t fence);
rh_status	admit_apis(const struct call *, struct err *);
/* What call_prepare() had against the call, for the time after admission. */
rh_status	refused_by_prepare(const struct call *, struct err *);

/* The row for a call, with act's target and detail filled in. */
void		record_fill(const struct act *, const struct call *,
		    enum audit_decision, struct audit_row *);
/* What a refusal's or failure's row says, when the action said nothing. */
void		record_failure(struct act *, struct call *);
/* Key of a refusal or read in the tally. */
struct tally_key record_key(const struct act *, const struct call *,
		    bool read);

#endif
