/*
 * The events that runs were made for: at most one a run, which it goes with.
 */
#ifndef STORE_STORE_INPUT_H
#define STORE_STORE_INPUT_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct db;
struct keyset;

struct input_row {
	int64_t	run_no, scope_no, owner_no;
	const char *event_id;
	const char *type, *source;
	int64_t	at_us;
	const char *actor_type, *actor_id, *actor_name;	/* or NULL */
	const char *subject_type, *subject_id;		/* or NULL */
	const char *summary;	/* or NULL */
	const char *input, *data, *raw_ref;	/* JSON, or NULL */
	int64_t	created_us;
};

int64_t		weight_input(const struct input_row *);
rh_status	store_input_insert(struct db *, const struct input_row *,
		    struct err *);

/* The run of an owner's event; 0: none. */
rh_status	store_input_find(struct db *, const char *event_id,
		    int64_t owner_no, int64_t *run_no, struct err *);
/* Runs of events with this id, those of owner_no first; at most max. */
rh_status	store_input_named(struct db *, const char *event_id,
		    int64_t owner_no, int64_t *run_nos, size_t max,
		    size_t *count, struct err *);
rh_status	store_input_get(struct db *, int64_t run_no, struct arena *,
		    struct input_row *, struct err *);	/* RH_ENOENT */

/* Runs of the events in a set of scopes; types: NULL-ended, or NULL. */
rh_status	store_input_page(struct db *, struct keyset *,
		    const char *const *types, struct err *);

#endif
