/*
 * What the files of the host table share.  Inside worker/ only.
 */
#ifndef WORKER_TABLE_PART_H
#define WORKER_TABLE_PART_H

#include <runhost/host.h>

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

struct invocation;

/*
 * A host call begins, NULL: for no invocation, and ends.  Between the two
 * the plugin can't cancel the calling thread, which would leave with what it
 * has locked and listed; cancel is how it could before.
 */
struct invocation *table_enter(uint64_t handle, int *cancel);
void		table_leave(struct invocation *, int cancel);

/* A text as a plugin gives it; false: bytes without an address. */
bool		table_text(const char *p, uint64_t len, struct str *out);

/* Counts a refusal, for the log at the end; answers its status. */
rh_status	table_refuse(struct invocation *, const struct err *why);
rh_status	table_refuse_text(struct invocation *);	/* table_text() said no */

/* Functions of the table that wait: for a reply, for time. */
rh_status	table_checkpoint(uint64_t handle, const char *name,
		    uint64_t name_len, const char *p, uint64_t len);
rh_status	table_flush(uint64_t handle);
rh_status	table_state_get(uint64_t handle, const char *scope,
		    uint64_t scope_len, const char *key, uint64_t key_len,
		    rh_sink sink, void *ctx);
rh_status	table_state_set(uint64_t handle, const char *scope,
		    uint64_t scope_len, const char *key, uint64_t key_len,
		    const char *value, uint64_t value_len);
rh_status	table_call(uint64_t handle, const char *action,
		    uint64_t action_len, const char *args, uint64_t args_len,
		    rh_sink sink, void *ctx);
uint32_t	table_cancelled(uint64_t handle);
rh_status	table_wait(uint64_t handle, int64_t ms);

#endif
