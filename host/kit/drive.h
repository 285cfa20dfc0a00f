/*
 * One worker with a plugin in it, made as a host makes them, and driven
 * without one: invoked, cancelled, answered from a fake ledger, and watched.
 * Single-threaded; whoever drives has the clock.
 */
#ifndef KIT_DRIVE_H
#define KIT_DRIVE_H

#include <runhost/host.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "worker/profile.h"
#include "worker/trace.h"

#include <poll.h>
#include <stdbool.h>

struct fake;
struct image;
struct spawner;

/* What a plugin did, for who looks on; texts are borrowed. */
enum deed_kind {
	DEED_UNSET,
	DEED_STARTED,
	DEED_PROGRESS,		/* number; a: stage, b: message */
	DEED_EVENT,		/* a: type, b: data */
	DEED_OUTPUT,		/* number: RH_STDOUT …; b: bytes */
	DEED_PRINTED,		/* the same, past the host table */
	DEED_CHECKPOINT,	/* a: name, b: bytes */
	DEED_FLUSH,
	DEED_STATE_GET,		/* a: scope, b: key */
	DEED_STATE_SET,		/* and c: value */
	DEED_CALL,		/* a: action, b: arguments, c: reply; status */
	DEED_CONNECT,		/* a: host; status */
	DEED_SECRET,		/* a: name; status */
	DEED_LOG,		/* number: level; b: text */
	DEED_REFUSED,		/* a: call, b: why; status */
	DEED_FINISH,		/* a: kind, b: output, c: error; number: exit */
	DEED_RETURNED,
	DEED_ENDED,		/* a: last call, b: how the worker ended */
	DEED_KINDS
};

struct deed {
	enum deed_kind kind;
	int64_t	after_us;	/* since the invocation began */
	int64_t	number;
	rh_status status;
	struct str a, b, c;
};

/* What is known of the invocation that was begun last. */
struct driven {
	bool	started, finished, returned;
	uint32_t kind;		/* RH_COMPLETED … once finished */
	int32_t	exit_code;
	struct buf output, error;
	uint8_t	last_call;	/* enum trace_call */
	bool	in_call;	/* which has not returned */
	unsigned finish_calls;	/* of the plugin's own */
	unsigned stale_calls;	/* after its end */
	uint8_t	stale_call;	/* the first of them */
	unsigned refused;	/* reports that broke a rule */
	uint8_t	refused_call;	/* the first of them, and why */
	char	refused_why[200];
	unsigned backwards;	/* progress that was refused */
	char	backwards_why[200];
	unsigned checkpoints;
	size_t	printed;	/* bytes on descriptors 1 and 2 */
	int64_t	begun_us, finished_us, returned_us;	/* 0: not yet */
	int64_t	cancelled_us;
	uint64_t heap_bytes, peak_bytes;	/* once returned */
	uint32_t files;
};

struct drive {
	struct driven now;
	bool	ended;		/* the worker has; and how */
	char	how[128];
	enum tier tier;		/* that its sandbox has reached */
	/* The rest is drive.c's. */
	const struct drive_config *cf;
	struct channel *chan;
	int	pid, pidfd, status, pipes[2];
	uint64_t handle;
	bool	said_hello;
	struct err refused;
	struct buf description;
};

struct drive_config {
	struct spawner *spawner;
	const struct image *image;
	const char *path;	/* for messages */
	int64_t	memory_bytes;
	struct fake *fake;
	void	(*saw)(void *arg, const struct deed *);	/* or NULL */
	void	*arg;
};

int64_t		drive_clock_us(void);

/* Makes a worker.  The configuration stays the caller's. */
rh_status	drive_open(struct drive *, const struct drive_config *,
		    struct err *);
void		drive_close(struct drive *);	/* kills; also after a failure */

/*
 * Waits for its HELLO.  RH_OK: description has it; RH_EDEADLINE; RH_EPLUGIN:
 * refused or dead, with its reason.
 */
rh_status	drive_hello(struct drive *, int64_t ms, struct err *);

/* One invocation after another; those before it are forgotten. */
rh_status	drive_begin(struct drive *, const struct rh_invocation *,
		    struct err *);
void		drive_cancel(struct drive *);
void		drive_kill(struct drive *);

/* The invocation has returned, or never will. */
bool		drive_over(const struct drive *);

/* Reads what there is until the time (drive_clock_us) or its end. */
void		drive_until(struct drive *, int64_t us);

#define DRIVE_FDS	4
/* For who polls more than that; then all that is there is to be read. */
void		drive_poll(const struct drive *, struct pollfd[DRIVE_FDS]);
void		drive_read(struct drive *);

/* "completed" */
const char	*drive_kind_name(uint32_t outcome_kind);

#endif
