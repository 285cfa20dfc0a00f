/*
 * Public keys whose signatures of plugins are trusted, or were.
 */
#ifndef STORE_STORE_KEY_H
#define STORE_STORE_KEY_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

struct key_row {
	uint8_t	id[8];
	uint8_t	key[32];
	const char *label;	/* or NULL */
	int64_t	created_us;
	const char *created_by;
	int64_t	revoked_us;	/* 0: not */
	const char *revoked_by;	/* or NULL */
};

/* Trusts a key, also one that was revoked; its label is the new one. */
rh_status	store_key_set(struct db *, const struct key_row *,
		    struct err *);
/* RH_ENOENT: there is no such key, or it is revoked already. */
rh_status	store_key_revoke(struct db *, const uint8_t id[8],
		    int64_t now_us, const char *by, struct err *);
/* *found: whether there is one, revoked or not. */
rh_status	store_key_get(struct db *, const uint8_t id[8],
		    struct arena *, struct key_row *, bool *found,
		    struct err *);
/* All, oldest first. */
rh_status	store_key_list(struct db *, struct arena *,
		    struct key_row **, size_t *count, struct err *);

#endif
