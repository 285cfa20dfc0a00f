/*
 * The one door.  Every operation is a row of the action table, and
 * the gate is the only way to one: find the row, authorize, apply,
 * record.  An action that writes runs inside the writer's transaction.
 */
#ifndef ACTION_ACTION_H
#define ACTION_ACTION_H

#include "action/call.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gate;
struct act;
struct registry;
struct schema;

enum action_who {
	WHO_UNSET,
	PERM_ANYONE,		/* open, without identity */
	PERM_OF_ITS_NAME,	/* who holds the permission of this name */
	PERM_INTERNAL		/* the host's own calls; no door reaches it */
};

enum action_scope {
	SCOPE_UNSET,
	SCOPE_NONE,		/* touches no run */
	SCOPE_RUN,		/* one run, named by run_id */
	SCOPE_KEPT,		/* what plugins keep of such a run's kind */
	SCOPE_NEW,		/* makes a run; its scope is checked */
	SCOPE_RUNTIME,		/* one runtime, named by runtime_id */
	SCOPE_ENROL,		/* the same, or makes it */
	SCOPE_CLAIM,		/* runs that the caller reaches, for its runtime */
	SCOPE_HELD,		/* one run, and the claim that holds it */
	SCOPE_PULLED,		/* the same, or the caller's own attempt */
	SCOPE_WRITTEN,		/* the same; without a claim what anybody may */
	SCOPE_ENDING,		/* the same; without a claim by an admin grant */
	SCOPE_TALK,		/* a conversation, as far as the caller reaches */
	SCOPE_EVENT,		/* one event, by the run that it is of */
	SCOPE_ATTEMPT,		/* one run: of its attempt, or by permission */
	SCOPE_ARTIFACT,		/* the same, of the run of an artifact */
	SCOPE_ARTIFACTS,	/* the same, or a conversation as SCOPE_TALK */
	SCOPE_ANSWER,		/* the same, or by a question's token */
	SCOPE_LIST,		/* shows what the caller reaches */
	SCOPE_ALL		/* is about everybody's */
};

enum action_audit {
	AUDIT_UNSET, AUDIT_ALWAYS, AUDIT_SUMMARY, AUDIT_DENIED, AUDIT_ADMIN,
	AUDIT_RUNNER		/* always, unless its runner isn't audited */
};

enum action_repeat {
	REPEAT_UNSET,
	REPEAT_SAFE,		/* again is harmless */
	REPEAT_KEY,		/* takes an idempotency key */
	REPEAT_NEVER		/* a key is refused */
};

/* How it runs. */
#define RUN_READ	0x01u	/* one read snapshot, any thread */
#define RUN_WRITE	0x02u	/* the writer's transaction */
#define RUN_LOG		0x04u	/* a read of the audit log: counts become rows first */
#define RUN_FILES	0x08u	/* of the host are read for it, before it */
#define LANE_CLIENT	0x10u	/* may be refused when the host is full */
#define LANE_EVENTS	0x20u	/* a worker's reports; full: not read on */
#define LANE_CANCEL	0x40u	/* before clients, and on a full disk too */
#define LANE_MUST	0x80u	/* never refused; the host's own calls only */
#define UNDO		0x100u	/* may fail after its first write */
#define RUN_PLUGIN	0x200u	/* a plugin's file is read for it, before it */

struct action_fn {
	/* Any thread: parse what the schema can't, hash.  May be NULL. */
	rh_status (*prepare)(struct call *, struct registry *, struct err *);
	/* In the transaction or snapshot.  May be run again. */
	rh_status (*apply)(struct act *, struct call *, struct err *);
	/* Any thread, after COMMIT.  NULL: the reply is {}. */
	void	(*render)(const struct call *, struct buf *);
};

struct action {
	const char *name;
	enum action_who who;
	enum action_scope scope;
	enum action_audit audit;
	enum action_repeat repeat;
	unsigned runs;
	struct action_fn fn;
	const char *schema;	/* JSON Schema subset of the body */
	const char *summary;	/* one line for help and documents */
};

extern const struct action action_table[];	/* ended by a NULL name */

const struct action *action_find(struct str name);	/* or NULL */
/* The compiled schema of a row; compiled once, at start. */
void		 action_init(void);
const struct schema *action_schema(const struct action *);

#endif
