/*
 * Bytes that runs leave, in chunks, each with its digest, so that a part of
 * them costs what it is.
 */
#ifndef STORE_STORE_ARTIFACT_H
#define STORE_STORE_ARTIFACT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct keyset;

#define ARTIFACT_CHUNK	65536
#define ARTIFACTS_MAX	1000	/* of a run */

enum artifact_state { ARTIFACT_PART = 1, ARTIFACT_WHOLE, ARTIFACT_GOING };

struct artifact {
	int64_t	no;		/* 0: it isn't there */
	struct id id;
	int64_t	run_no, scope_no;
	const char *maker;	/* principal */
	enum artifact_state state;
	const char *type, *mime, *name;	/* the last or NULL */
	const char *source, *metadata;
	int64_t	attempt;	/* fence of who left it; 0: no attempt */
	int64_t	size;		/* so far */
	uint8_t	digest[HASH_LEN], sha256[HASH_LEN];	/* of whole ones */
	uint8_t	hashing[DIGESTS_SAVED];	/* of others */
	bool	hashed;			/* there is such a state */
	int64_t	created_us, expires_us, due_us;	/* 0: never */
};

struct chunk {
	uint8_t	digest[HASH_LEN];
	struct str data;
};

int64_t		weight_artifact(const struct artifact *);

rh_status	store_artifact_insert(struct db *, struct artifact *,
		    struct err *);		/* sets no */
/* What changes with a piece: state, size, digests, due. */
rh_status	store_artifact_grow(struct db *, const struct artifact *,
		    struct err *);
rh_status	store_artifact_chunks(struct db *, int64_t no, int64_t first,
		    const struct chunk *, size_t n, struct err *);
/* One whose time isn't over, and that isn't going. */
rh_status	store_artifact_find(struct db *, const struct id *,
		    int64_t now_us, struct arena *, struct artifact *,
		    struct err *);
rh_status	store_artifact_get(struct db *, int64_t no, struct arena *,
		    struct artifact *, struct err *);
/* Those that count for the run, at most max. */
rh_status	store_artifact_count(struct db *, int64_t run_no,
		    int64_t max, int64_t *n, struct err *);
/* Whether chunks from first on have these digests. */
rh_status	store_artifact_same(struct db *, int64_t no, int64_t first,
		    const struct chunk *, size_t n, bool *same,
		    struct err *);

/* Bytes from offset on, at most max.  RH_EIO: they aren't what was written. */
struct buf;
rh_status	store_artifact_read(struct db *, const struct artifact *,
		    int64_t offset, size_t max, struct buf *, struct err *);

/* Pages of whole ones of a run, or of scopes; how many, up to max. */
rh_status	store_artifact_page(struct db *, struct keyset *,
		    bool by_run, struct err *);
rh_status	store_artifact_total(struct db *, const int64_t *scopes,
		    size_t n, bool by_run, int64_t max, int64_t *total,
		    struct err *);

/* Adds to what the run weighs, live or ended; *there: it is there. */
rh_status	store_artifact_weigh(struct db *, int64_t run_no,
		    int64_t bytes, bool *there, struct err *);
/* Those that a sweep must look at. */
rh_status	store_artifact_due(struct db *, int64_t now_us, int64_t *nos,
		    size_t max, size_t *n, struct err *);
/* It doesn't count any more. */
rh_status	store_artifact_let_go(struct db *, int64_t no, struct err *);
/* Removes up to *budget chunks of it, and its row when none is left. */
rh_status	store_artifact_purge(struct db *, int64_t no, int64_t *budget,
		    struct err *);

#endif
