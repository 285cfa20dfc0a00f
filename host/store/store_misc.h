/*
 * The small tables: idempotency keys, open intents,
 * and the ledger's own facts.
 */
#ifndef STORE_STORE_MISC_H
#define STORE_STORE_MISC_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

struct idem_row {
	const char *principal, *key, *action;
	uint8_t	digest[HASH_LEN];	/* of action and canonical arguments */
	struct id op;
	int64_t	run_no;			/* that it made; 0: none */
	const char *reply;		/* JSON; NULL: still running */
	int64_t	expires_us;
};
rh_status	store_idem_insert(struct db *, const struct idem_row *,
		    struct err *);
/* *found; an expired row counts as none and is replaced by an insert. */
rh_status	store_idem_find(struct db *, const char *principal,
		    const char *key, int64_t now_us, struct arena *,
		    struct idem_row *, bool *found, struct err *);
rh_status	store_idem_reply(struct db *, const char *principal,
		    const char *key, const struct id *op, const char *reply,
		    struct err *);
rh_status	store_idem_expire(struct db *, int64_t now_us, size_t max,
		    struct err *);

/*
 * A cancel for the run that a key will make.  take: *found, and it is gone.
 * Expired ones count as none and go with store_idem_expire().
 */
rh_status	store_early_cancel_add(struct db *, const char *principal,
		    const char *key, const char *reason, int64_t expires_us,
		    struct err *);
/* Those of a principal, but for the one with this key. */
rh_status	store_early_cancel_count(struct db *, const char *principal,
		    const char *key, int64_t *n, struct err *);
rh_status	store_early_cancel_take(struct db *, const char *principal,
		    const char *key, int64_t now_us, struct arena *,
		    const char **reason, bool *found, struct err *);

/* Plugin actions begun and not ended. */
rh_status	store_intent_add(struct db *, const struct id *op,
		    int64_t now_us, const char *action,
		    const char *principal, struct err *);
rh_status	store_intent_remove(struct db *, const struct id *op,
		    bool *was_there, struct err *);
rh_status	store_intent_find(struct db *, const struct id *op, bool *found,
		    struct err *);
struct intent_row {
	struct id op;
	int64_t	at_us;
	const char *action;
	const char *principal;
};
/* Those behind an op, in order. */
rh_status	store_intent_list(struct db *, const struct id *after,
		    struct arena *, size_t max, struct intent_row **,
		    size_t *count, struct err *);

/* Facts by name; 0 or NULL when not set. */
#define FACT_BOOTSTRAP	"bootstrap"	/* the first token was written */
#define FACT_BACKUP	"backup"	/* of a backup: where its log ends */
#define FACT_CLOCK	"clock"		/* of a sweep that left no row */
/* What the next start records. */
#define FACT_RESTORE	"restore"	/* what was given up */
#define FACT_UPGRADE	"upgrade"	/* from which schema to which */
rh_status	store_meta_get_i64(struct db *, const char *key, int64_t *,
		    struct err *);
rh_status	store_meta_set_i64(struct db *, const char *key, int64_t,
		    struct err *);
rh_status	store_meta_get_text(struct db *, const char *key,
		    struct arena *, const char **, struct err *);
rh_status	store_meta_set_text(struct db *, const char *key,
		    const char *, struct err *);
rh_status	store_meta_remove(struct db *, const char *key, struct err *);

/* The newest time in the ledger, but for the audit log's. */
rh_status	store_clock(struct db *, int64_t *now_us, struct err *);

#endif
