/*
 * What was said in conversations: a run's input and its answer.  Both go with
 * their run.
 */
#ifndef STORE_STORE_TALK_H
#define STORE_STORE_TALK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"

#include <stddef.h>
#include <stdint.h>

struct db;
struct keyset;

/* Bits of a live run. */
#define TALK_ANSWER	1u	/* an answer is still to be kept */
#define TALK_STEER	2u	/* steering waits for its attempt */

struct talk_row {
	int64_t	item_no;
	int64_t	run_no, scope_no;
	const char *role;		/* "user", "assistant" */
	const char *type;		/* "message" */
	const char *content;
	const char *full;		/* JSON, or NULL */
	const char *attachments;	/* JSON array, or NULL */
	int64_t	created_us;
	/* of its run, when it is read */
	struct id run_id;
	const char *event_id;		/* or NULL */
};

int64_t		weight_talk(const struct talk_row *);
/* scope_no 0: that of the live run. */
rh_status	store_talk_insert(struct db *, const struct talk_row *,
		    struct err *);
/* The live run's bits become these; it weighs so much more. */
rh_status	store_talk_set(struct db *, int64_t run_no, unsigned bits,
		    int64_t more, struct err *);

rh_status	store_talk_get(struct db *, int64_t item_no, struct arena *,
		    struct talk_row *, struct err *);	/* RH_ENOENT */
/* Numbers of the items in a set of scopes. */
rh_status	store_talk_page(struct db *, struct keyset *, struct err *);

#endif
