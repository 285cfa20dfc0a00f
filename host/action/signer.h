/*
 * Who signed a plugin's file, by the keys that are trusted now, and what
 * that allows.  Of keys nothing is remembered: a row decides each time.
 */
#ifndef ACTION_SIGNER_H
#define ACTION_SIGNER_H

#include "base/arena.h"
#include "base/err.h"
#include "plugin/sign.h"

struct act;
struct call;
struct db;
struct plugin;
struct policy;

#define SIGNER_INPROCESS "host.inprocess"	/* what it needs, beside trust */

enum signer_kind {
	SIGNER_NONE,		/* no signature */
	SIGNER_UNKNOWN,		/* of a key that was never trusted */
	SIGNER_REVOKED,
	SIGNER_FALSE,		/* names a trusted key, which didn't make it */
	SIGNER_TRUSTED
};

struct signer {
	enum signer_kind kind;
	char	key_id[SIGN_NAME_LEN];
	const char *text;	/* for people; NULL: SIGNER_NONE */
};

rh_status	signer_of(struct db *, struct arena *, const struct plugin *,
		    struct signer *, struct err *);

/*
 * RH_ESTATE, and what to do, unless a trusted key signed the plugin; if that
 * isn't needed, only for SIGNER_FALSE: of one that isn't in use.
 * signer_inprocess: of one that is, and unless it holds SIGNER_INPROCESS as
 * well.
 */
rh_status	signer_check(struct db *, const struct plugin *, bool needed,
		    struct err *);
rh_status	signer_inprocess(struct db *, const struct policy *,
		    const struct plugin *, int64_t now_us, struct err *);

/*
 * Ends trust in plugins whose signature or grant has gone, a row each.
 * policy: what holds; NULL: it was changed by this call.
 */
rh_status	signer_recheck(struct act *, struct call *,
		    const struct policy *, struct err *);

#endif
