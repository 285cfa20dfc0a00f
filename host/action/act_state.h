/*
 * Plugins' own values, as the plugin and as callers from outside reach them.
 * Private to the
 * files of actions.
 */
#ifndef ACTION_ACT_STATE_H
#define ACTION_ACT_STATE_H

#include "action/act.h"
#include "store/store_state.h"

/* To what a value belongs: within the scope of a run. */
struct state_kind {
	struct str scope;	/* runner, actor, conversation, subject */
	const char *subject_type, *subject_id;	/* of the last; or NULL */
};

#define STATE_KEY_MAX	255
#define STATE_VALUE_MAX	(256 * 1024)

/* The name that plugins' own code uses for a key. */
struct str	state_key(const char *);
/*
 * Members of an object from outside: "scope" with "subject_type" and
 * "subject_id"; "key", as plugins' own code spells it; "value", as written.
 * RH_EINPUT, RH_ETOOBIG.
 */
rh_status	state_read_kind(const struct json_doc *, int obj,
		    struct arena *, struct state_kind *, struct err *);
rh_status	state_read_key(const struct json_doc *, int obj,
		    struct arena *, struct str *, struct err *);
rh_status	state_read_value(const struct json_doc *, int obj, struct str *,
		    struct err *);

struct state_place {
	uint8_t	key[HASH_LEN];	/* digest of all it belongs to */
	struct scope run;
};

/* RH_EINPUT: no such scope; RH_ESTATE: the run has nothing of the kind. */
rh_status	state_place(struct act *, struct call *, int64_t run_no,
		    const struct state_kind *, struct state_place *,
		    struct err *);

/*
 * Sets, or deletes with "null"; refused, RH_ERATE or RH_EFULL, before
 * anything is written.
 */
rh_status	state_put(struct act *, struct call *,
		    const struct state_place *, struct str key,
		    struct str value, struct err *);

/* What a "state.updated" sets, read from its data. */
struct state_update {
	struct state_kind kind;
	struct str key, value;
};
rh_status	state_update_read(const struct json_doc *, int data,
		    struct arena *, struct state_update *, struct err *);
/* For the run; refused before anything is written, as is_verdict() says. */
rh_status	state_update(struct act *, struct call *, int64_t run_no,
		    const struct state_update *, struct err *);
/* Whether it says something of the event, not of the ledger. */
bool		is_verdict(rh_status);

/*
 * Sets the values of a report's "state.updated", by the host's own pool.
 * Where that can't be, a "host.state_refused" that says why takes the
 * event's place; r's events are in the call's arena then.  RH_ESTALE.
 */
rh_status	state_updates(struct act *, struct call *,
		    struct run_report *r, struct err *);

#endif
