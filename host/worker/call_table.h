/*
 * Which system calls a worker may make: rows, each for one of the filters
 * and those behind it (enum filter_kind).
 */
#ifndef WORKER_CALL_TABLE_H
#define WORKER_CALL_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* A condition on an argument: (argument & mask) op value. */
enum call_op { CALL_ANY, CALL_EQ, CALL_NE, CALL_MASKED };

/* Stands for the worker's own pid until the filter is entered. */
#define CALL_OWN_PID	0x52480001u

struct call_rule {
	const char *name;
	unsigned kinds;		/* bit (1 << enum filter_kind) */
	int	error;		/* 0: allowed; else fails with it */
	struct call_condition {
		enum call_op op;
		unsigned arg;
		uint64_t value, mask;
	} when[2];		/* both must hold */
};

/* Ended by a NULL name.  A name that this machine doesn't have is no error. */
extern const struct call_rule call_table[];

#endif
