/*
 * The index over what was said: every three characters of a content, and of
 * which scope it is.  It lags behind the transcript; how far is a fact of the
 * ledger.
 */
#ifndef STORE_STORE_FIND_H
#define STORE_STORE_FIND_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct keyset;

#define FACT_INDEXED	"indexed"	/* the last item that is in the index */
#define FIND_LEAST	3	/* characters that the index can look for */
#define FIND_BYTES_MAX	1024	/* of a text */

/*
 * Brings the index on by at most max rows and about so many bytes: takes out
 * what was removed, then adds what is new.  *more: not all of it was done.
 */
rh_status	store_find_index(struct db *, size_t max, size_t bytes,
		    bool *more, struct err *);

/*
 * The newest items of a set of scopes that contain the text, whatever its
 * case, and that are wanted; found by the index, or by looking at the newest
 * of them, which knows no case but that of ASCII.  Both look at a bounded
 * number of items: *whole is false when there were more.
 */
struct find {
	struct str text;
	bool	(*wants)(void *, struct str role, struct str type);
	void	*arg;
};
rh_status	store_find_indexed(struct db *, struct keyset *,
		    const struct find *, bool *whole, struct err *);
rh_status	store_find_newest(struct db *, struct keyset *,
		    const struct find *, bool *whole, struct err *);

/* Items of the scopes behind a number, counted up to max. */
rh_status	store_find_behind(struct db *, const struct keyset *,
		    int64_t item_no, int64_t max, int64_t *n, struct err *);

#endif
