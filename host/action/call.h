/*
 * One call of an action on its way: made by a door, carried out by the
 * gate, answered by done().  Owned by the door that made it.
 */
#ifndef ACTION_CALL_H
#define ACTION_CALL_H

#include "auth/caller.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "json/read.h"

#include <sys/queue.h>

struct action;
struct registry;
struct plugin_action;

struct call {
	STAILQ_ENTRY(call) link;	/* of whoever holds the call now */
	struct arena arena;		/* of everything the call points to */

	/* set by the door, with call_open() */
	const char *name;		/* as asked for, in UTF-8 */
	const struct action *action;	/* of the host, or NULL */
	const struct plugin_action *plugin_action; /* of a plugin, or NULL */
	struct caller caller;
	const char *body;		/* JSON object; "{}" when none */
	size_t	body_len;
	const char *key;		/* Idempotency-Key, or NULL */
	void	(*done)(struct call *);
	void	*owner;			/* the door's own */
	bool	streams;		/* the door shows runs with streams and stages */
	bool	(*left)(const struct call *);	/* whether nobody will read the
				 * answer any more; NULL: can't be told */

	/* set by prepare, or by the host for its internal actions */
	struct json_doc in;
	void	*args;			/* of the action's own type */
	uint8_t	key_digest[32];
	bool	keyed;			/* key_digest is that of the request */
	bool	prepared;
	const char *holders;		/* what of it only the run's holder may; or NULL */
	bool	loading;		/* plugins were, before it was searched for */
	rh_status refusal;		/* of prepare; RH_OK: none */
	const char *refusal_msg, *refusal_hint;

	/* set by the gate */
	rh_status status;
	struct err err;
	void	*result;		/* of the action's own type */
	struct id op;			/* set when it reached the writer */
	const char *target, *detail;	/* of a read, for its record */
	bool	admin;			/* the right came from an admin grant */
	enum { NOTED_NOT, NOTED_ROW, NOTED_COUNTED } noted; /* its refusal */
	bool	replayed;		/* reply is a stored one */
	bool	deferred;		/* answered later: a plugin carries it out */

	/*
	 * An answer that may wait: for so long, set by prepare; while idle,
	 * until the run has ended, or until a question of wait_ask has, set by
	 * apply.  The rest is the host's.
	 */
	int64_t	wait_us, wait_until;
	bool	idle;
	int64_t	wait_run, wait_ask;
	struct id wait_id;
	uint64_t wait_turn;
	int	wait_tries;

	/* set by render: a JSON value, when status is RH_OK */
	struct buf reply;
};

/*
 * call_open: a zeroed call of the action with this name.  A name that no
 * action has is kept: the gate refuses and records it (RH_ENOENT).
 * caller's texts are copied into the call's arena; so is the body.
 */
struct call	*call_open(const char *action, const struct caller *,
		    const char *body, size_t body_len);
void		 call_free(struct call *);	/* NULL is fine */

/*
 * Finds the action, parses the body, checks it against the action's schema,
 * runs prepare.  Any thread.  A call that fails here has its refusal set and
 * still goes through the gate, which records and answers it.
 */
void		 call_prepare(struct call *, struct registry *);

/* Renders the reply once; any thread; after done(). */
void		 call_render(struct call *);

#endif
