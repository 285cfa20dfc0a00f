/*
 * What rows weigh in an owner's quota of stored bytes: their texts and blobs
 * that come from outside, and a flat number for the row itself.  Weighed
 * when they are written; a run's row keeps the sum, which its removal gives
 * back.  lab_check() of the tests counts again.
 */
#ifndef STORE_STORE_WEIGHT_H
#define STORE_STORE_WEIGHT_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct db;
struct event_new;
struct interaction;
struct run_end;
struct run_new;

#define WEIGHT_ROW	64
#define WEIGHT_ROW_SQL	"64"
#define WEIGHT_OF_SQL(column) "ifnull(length(CAST(" column " AS BLOB)), 0)"

int64_t		weight_run(const struct run_new *);
int64_t		weight_events(const struct event_new *, size_t n);
int64_t		weight_end(const struct run_end *);
int64_t		weight_interaction(const struct interaction *);
int64_t		weight_pair(struct str name, struct str value);

/* An ended run with all that hangs on it. */
rh_status	store_weight_run(struct db *, int64_t run_no, int64_t *bytes,
		    struct err *);

#endif
