/*
 * Questions of runs to people, for the files that ask, answer and end them.
 */
#ifndef ACTION_ACT_INTERACTION_H
#define ACTION_ACT_INTERACTION_H

#include "action/act.h"
#include "store/store_interaction.h"

#define INTERACTION_JSON_MAX (64 * 1024)	/* of a question, of an answer */

/* What is stored of a callback token: it is good for one question. */
void		interaction_hash(const char *token, int64_t run_no,
		    const char *id, uint8_t out[HASH_LEN]);

/* A member's JSON as written, NULL when absent; RH_ETOOBIG, RH_EINPUT. */
rh_status	interaction_take(struct call *, const char *name, size_t max,
		    const char **, struct err *);

/* "host.interaction.<what>", on a live run; it counts for the run's owner. */
void		interaction_event(struct call *, const char *what,
		    const char *id, const char *by, int64_t now_us,
		    struct event_new *);
rh_status	interaction_note(struct act *, const struct run_live *,
		    const struct event_new *, struct err *);
void		interaction_detail(struct act *, struct call *, const char *id,
		    const char *from, const char *to, const char *by);

#endif
