/*
 * What the host gives to a plugin: the invocation and the host table.
 *
 * Rules for everything here
 *  - Every struct begins with its size, filled by its owner, and only grows.
 *    Ask RH_HAS(ptr, member) before reading a member marked later than 1.0.
 *  - Text is UTF-8 with a length and need not end in NUL; JSON is text.
 *  - Pointers in an invocation are borrowed until the plugin's function
 *    returns.  What a plugin passes to the host is copied before the call
 *    returns.  Nobody frees the other's memory.
 *  - Host calls are legal from any thread of the plugin between the start
 *    of the invocation and the return of finish(); afterwards they answer
 *    RH_ESTALE.  They may be called concurrently, and none calls back into
 *    the plugin except through the sink it was given, on the calling thread.
 *  - "taken over": the host has it and will write it unless the host's
 *    machine or the worker dies first.  "after COMMIT": it is on disk.
 */
#ifndef RUNHOST_HOST_H
#define RUNHOST_HOST_H

#include <runhost/status.h>
#include <runhost/version.h>

#include <stddef.h>
#include <stdint.h>

#if UINTPTR_MAX != UINT64_MAX
#error "plugins of runhost are for systems with 64-bit pointers"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Whether *p, as filled by the other side, reaches as far as member. */
#define RH_HAS(p, member)						\
	((p)->size >= (uint32_t)(offsetof(__typeof__(*(p)), member) +	\
	    sizeof((p)->member)))

struct rh_text {
	const char *p;		/* NULL only when len is 0 */
	uint64_t len;		/* bytes */
};

/* Why this attempt was started. */
#define RH_ATTEMPT_FIRST	1u
#define RH_ATTEMPT_RETRY	2u	/* an earlier attempt failed */
#define RH_ATTEMPT_RESUME	3u	/* an interrupted run goes on */
#define RH_ATTEMPT_TAKEOVER	4u	/* an earlier attempt was lost */

/* What is invoked. */
#define RH_INVOKE_RUN		1u	/* a runner; the run is in the ledger */
#define RH_INVOKE_ACTION	2u	/* an action; answered to its caller */

/* Host to plugin.  All of it is there in 1.0. */
struct rh_invocation {
	uint32_t size;
	uint32_t kind;		/* RH_INVOKE_*; others: treat as an action */
	uint64_t handle;	/* the first argument of every host call */
	struct rh_text run_id;	/* "run_" and 32 hex digits; "" for an action */
	struct rh_text extension_id;	/* this plugin's id */
	struct rh_text runner;	/* which runner or action of the entry */
	struct rh_text action_id;	/* word after the command, or "" */
	struct rh_text session_id;	/* the caller's session, or "" */
	struct rh_text user_id;	/* principal at the origin, as "user:alice" */
	struct rh_text command;	/* "/mock hello world", or "" */
	struct rh_text raw_args;	/* text after command and action word */
	struct rh_text args;	/* JSON array of strings */
	struct rh_text flags;	/* JSON object */
	struct rh_text input;	/* JSON, any value; "null" when none */
	struct rh_text metadata;	/* JSON object */
	struct rh_text config;	/* JSON object: the plugin's configuration */
	struct rh_text resume;	/* JSON given by who resumed; 1.0: always "" */
	struct rh_text checkpoint_name;	/* newest verified one, or "" */
	struct rh_text checkpoint;	/* its bytes as given, or "" */
	int64_t created_us;	/* since 1970, UTC */
	int64_t timeout_ms;	/* of this attempt; 0: none */
	int64_t deadline_us;	/* since 1970, UTC; 0: none */
	uint32_t attempt;	/* from 1 */
	uint32_t reason;	/* RH_ATTEMPT_*; others: as TAKEOVER */
};

/* How an invocation ended.  Plugin to host. */
#define RH_COMPLETED	1u
#define RH_FAILED	2u
#define RH_TIMEOUT	3u
#define RH_CANCELLED	4u	/* counts as failed when nobody asked */
#define RH_INTERRUPTED	5u	/* waits for an answer; may be resumed */

/*
 * When it started, when it ended and how long it took is measured by the
 * host, and not the plugin's to say.
 */
struct rh_outcome {
	uint32_t size;
	uint32_t kind;		/* RH_COMPLETED ...; unknown: RH_ENOSYS */
	struct rh_text output;	/* text or JSON, at most 1 MiB */
	struct rh_text error;	/* what went wrong, for people; "" on success */
	struct rh_text metadata;	/* JSON object, at most 16 KiB, or "" */
	int32_t exit_code;	/* 0 on success */
	uint32_t retryable;	/* 1: another attempt may succeed */
};

/* Receives a reply; text is borrowed for the length of the call. */
typedef void (*rh_sink)(void *ctx, const char *p, uint64_t len);

/* Streams of output(). */
#define RH_STDOUT	1u
#define RH_STDERR	2u

/* Levels of log(). */
#define RH_LOG_DEBUG	0u
#define RH_LOG_INFO	1u
#define RH_LOG_WARN	2u
#define RH_LOG_ERROR	3u

/*
 * Host table.  Valid for as long as the plugin is loaded.  Every function
 * takes the handle of the invocation first.  What any of them may answer:
 * RH_ESTALE (the invocation has ended), RH_EINPUT (text that is not UTF-8,
 * JSON that is not JSON, a value out of range), RH_ETOOBIG.
 */
struct rh_host {
	uint32_t size;
	uint32_t version;	/* RH_VERSION of the host's SDK */

	/*
	 * percent 0 to 100, never less than before: else RH_EINPUT, counted,
	 * and the run goes on.  Taken over.  stage at most 64 bytes,
	 * message at most 4 KiB.
	 */
	rh_status (*progress)(uint64_t handle, const char *stage,
	    uint64_t stage_len, int32_t percent, const char *message,
	    uint64_t message_len);

	/*
	 * An event of the plugin's own: type [a-z][a-z0-9._-]{0,62}, not
	 * "host.*", "admin.*", "steering.*" or one of the host's own; data is a JSON
	 * object of at most 32 KiB.  Taken over.
	 */
	rh_status (*event)(uint64_t handle, const char *type,
	    uint64_t type_len, const char *data, uint64_t data_len);

	/*
	 * A piece of output on RH_STDOUT or RH_STDERR; any bytes (those that
	 * are not UTF-8 are shown as U+FFFD).  Above the run's cap the rest
	 * is dropped and the run is marked truncated.  Taken over.
	 */
	rh_status (*output)(uint64_t handle, uint32_t stream, const char *p,
	    uint64_t len);

	/*
	 * Something to go on from after a crash: at most 1 MiB of any bytes.
	 * The newest one whose digest verifies comes with the next attempt.
	 * Returns after COMMIT; everything reported before is then on disk.
	 */
	rh_status (*checkpoint)(uint64_t handle, const char *name,
	    uint64_t name_len, const char *p, uint64_t len);

	/* Returns when all that was reported before is on disk. */
	rh_status (*flush)(uint64_t handle);

	/*
	 * The plugin's own state, a JSON value by (scope, key); scope is
	 * "runner", "actor" or "conversation" (the last answers RH_ESTATE in
	 * a run without a session).  get: the value goes to sink, RH_ENOENT
	 * when there is none.  set: value "null" deletes; at most 256 KiB;
	 * RH_ERATE when the runner would keep more than 64 MiB in all (keys,
	 * values and 100 bytes each); returns after COMMIT.
	 */
	rh_status (*state_get)(uint64_t handle, const char *scope,
	    uint64_t scope_len, const char *key, uint64_t key_len,
	    rh_sink sink, void *ctx);
	rh_status (*state_set)(uint64_t handle, const char *scope,
	    uint64_t scope_len, const char *key, uint64_t key_len,
	    const char *value, uint64_t value_len);

	/*
	 * Calls an action of the host ("run_get") or of another plugin
	 * ("hello.greet") with a JSON object.  The right to do so is the
	 * intersection of the rights along the chain of callers.  The reply,
	 * or the error envelope when the status is not RH_OK, goes to sink.
	 * Returns after COMMIT.
	 */
	rh_status (*call)(uint64_t handle, const char *action,
	    uint64_t action_len, const char *args, uint64_t args_len,
	    rh_sink sink, void *ctx);

	/* 1 when a cancel was requested or the deadline passed, else 0. */
	uint32_t (*cancelled)(uint64_t handle);

	/*
	 * Sleeps for ms; RH_OK afterwards.  RH_ECANCELED or RH_EDEADLINE as
	 * soon as the run is to stop.
	 */
	rh_status (*wait)(uint64_t handle, int64_t ms);

	/* Into the host's log, with the run's id; at most 4 KiB. */
	rh_status (*log)(uint64_t handle, uint32_t level, const char *p,
	    uint64_t len);

	/*
	 * The one end of an invocation.  Returns after COMMIT; afterwards
	 * the handle is stale.  A second call answers RH_ESTALE and changes
	 * nothing.  RH_ENOSYS (the run goes on) for a kind that this host
	 * does not know: ask supports() first.  A plugin function that
	 * returns without it has failed ("returned without an outcome").
	 */
	rh_status (*finish)(uint64_t handle, const struct rh_outcome *);

	/* 1 if finish() takes this kind. */
	uint32_t (*supports)(uint32_t outcome_kind);

	/* An extension of the host by its id, "rh.<name>/<n>", or NULL. */
	const void *(*extension)(const char *id);
};

#ifdef __cplusplus
}
#endif
#endif
