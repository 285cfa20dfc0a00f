/*
 * Tokens, grants, trust in plugins, runners that are not audited.
 */
#ifndef STORE_STORE_AUTH_H
#define STORE_STORE_AUTH_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "store/scope.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

struct token_row {
	int64_t	token_no;
	uint8_t	hash[HASH_LEN];
	const char *principal;
	const char *label;	/* or NULL */
	int64_t	created_us;
	const char *created_by;
	int64_t	expires_us;	/* 0: never */
	int64_t	revoked_us;	/* 0: not */
};

rh_status	store_token_insert(struct db *, struct token_row *,
		    struct err *);	/* sets token_no */
rh_status	store_token_revoke(struct db *, int64_t token_no,
		    int64_t now_us, struct err *);	/* RH_ENOENT */
rh_status	store_token_list(struct db *, struct arena *,
		    struct token_row **, size_t *count, struct err *);
/* Neither revoked nor expired at that time, in any order. */
rh_status	store_token_live(struct db *, int64_t now_us, struct arena *,
		    struct token_row **, size_t *count, struct err *);

struct grant_label {
	const char *name, *value;
};

/* A scope dimension that is NULL is unrestricted; owner "*": anybody's. */
struct grant_row {
	int64_t	grant_no;
	const char *grantee;	/* principal, or role:NAME */
	const char *permission;
	struct scope scope;
	const char *queues;	/* JSON array of names; NULL: any */
	const char *labels;	/* JSON object of texts; NULL: any */
	const char **queue_names;	/* the same, read: NULL-ended */
	struct grant_label *label_list;	/* ended by a NULL name */
	int64_t	created_us;
	const char *created_by;
	int64_t	expires_us;	/* 0: never */
};

rh_status	store_grant_insert(struct db *, struct grant_row *,
		    struct err *);	/* sets grant_no */
rh_status	store_grant_delete(struct db *, int64_t grant_no,
		    struct err *);	/* RH_ENOENT */
rh_status	store_grant_list(struct db *, struct arena *,
		    struct grant_row **, size_t *count, struct err *);
rh_status	store_grant_live(struct db *, int64_t now_us, struct arena *,
		    struct grant_row **, size_t *count, struct err *);

/*
 * Removes what was revoked or expired by then: up to max tokens of either
 * kind, and max grants.
 */
rh_status	store_auth_expire(struct db *, int64_t before_us, size_t max,
		    int64_t *removed, struct err *);

rh_status	store_trust_set(struct db *, const char *id,
		    const uint8_t digest[HASH_LEN], int64_t now_us,
		    const char *by, struct err *);
rh_status	store_trust_delete(struct db *, const char *id,
		    struct err *);	/* RH_ENOENT */
struct trust_row {
	const char *id;
	uint8_t	digest[HASH_LEN];
};

/* Whether id is trusted with this digest. */
rh_status	store_trust_get(struct db *, const char *id,
		    const uint8_t digest[HASH_LEN], bool *, struct err *);

/* With which one it is. */
rh_status	store_trust_find(struct db *, const char *id,
		    uint8_t digest[HASH_LEN], bool *found, struct err *);
/* All that are. */
rh_status	store_trust_list(struct db *, struct arena *,
		    struct trust_row **, size_t *count, struct err *);

rh_status	store_unaudited_set(struct db *, const char *runner_id,
		    bool unaudited, struct err *);
rh_status	store_unaudited_list(struct db *, struct arena *,
		    const char ***, struct err *);	/* NULL-ended */

#endif
