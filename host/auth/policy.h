/*
 * Grants and tokens, compiled into a snapshot that never changes.  The
 * writer makes a new one when a grant or token changes and publishes it
 * with the COMMIT; readers hold a reference for the length of one call.
 */
#ifndef AUTH_POLICY_H
#define AUTH_POLICY_H

#include "auth/caller.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"
#include "store/scope.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct grant_row;
struct policy;

/* What holds now, from the tables of db: the only way to make one. */
rh_status	 policy_load(struct db *, int64_t now_us, struct policy **,
		    struct err *);
/* RH_EINTERNAL unless the tables would give the same for the same time. */
rh_status	 policy_check(const struct policy *, struct db *,
		    struct err *);
struct policy	*policy_ref(struct policy *);
void		 policy_unref(struct policy *);		/* NULL is fine */
uint64_t	 policy_version(const struct policy *);

/* The hash of a token's text; false unless it is "rh_" and 64 characters. */
bool		 token_hash(struct str text, uint8_t hash[HASH_LEN]);
/*
 * The principal of a token, or NULL when it is unknown, revoked or expired.
 * Borrowed from the policy.
 */
const char	*policy_token(const struct policy *,
		    const uint8_t hash[HASH_LEN], int64_t now_us);
bool		 policy_audited(const struct policy *, const char *runner_id);
/* Whether some grant names queues or labels: then a run's line matters. */
bool		 policy_lined(const struct policy *);
/* The n grants of a principal or role; borrowed. */
const struct grant_row *policy_grants(const struct policy *,
		    const char *grantee, size_t *n);

struct verdict {
	bool	allow;
	bool	admin;		/* by an admin grant, not as the owner */
	/*
	 * Refused.  known: the permission is held, but not for this target,
	 * so the target must look as if it weren't there.
	 */
	bool	known;
	const char *missing;	/* who of the chain lacks it (a principal) */
};

/*
 * The one decision.  permission: an action's name or a capability.
 * target: the scope of the run it touches; NULL for actions without one,
 * which a grant within a workspace, bot … or for another owner doesn't hold.
 * Every principal of the chain must hold it, from the last plugin on that
 * was granted to amplify it; the last, when it is a plugin, also by what its
 * run gives it (session.h).
 */
void	authorize(const struct policy *, const struct caller *,
	    const char *permission, const struct scope *target,
	    int64_t now_us, struct verdict *);

/*
 * For lists: whether the caller reaches everything (an unrestricted admin
 * grant), exactly what it owns, or must be asked for each owner and runner,
 * or for each scope.  In all but REACH_NONE *owner is whose runs are reached
 * at most; NULL: anybody's.
 */
enum reach { REACH_NONE, REACH_OWN, REACH_RUNNERS, REACH_SOME, REACH_ALL };
enum reach	authorize_reach(const struct policy *, const struct caller *,
		    const char *permission, int64_t now_us,
		    const char **owner);

/*
 * The same for the runs of one line, on which grants that name queues or
 * labels either hold or don't.
 */
struct scope_line;
enum reach	authorize_line(const struct policy *, const struct caller *,
		    const char *permission, int64_t now_us,
		    const struct scope_line *);

/* The built-in roles and what they hold, for help and documentation. */
struct role {
	const char *name;
	const char *summary;
	bool	any_owner;	/* its permissions are admin grants */
	const char *const *permissions;	/* ended by NULL */
};
extern const struct role role_table[];	/* ended by a NULL name */

/* RH_EINPUT unless it is a pattern, "role:<name>" or a capability. */
rh_status	permission_check(const char *, struct err *);
bool		permission_matches(const char *pattern, const char *name);

#endif
