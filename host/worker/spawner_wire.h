/*
 * What the host asks of its spawner.  Both are this very binary, so the
 * structs go over the control socket as they are.
 */
#ifndef WORKER_SPAWNER_WIRE_H
#define WORKER_SPAWNER_WIRE_H

#include "worker/profile.h"

#include <stddef.h>
#include <stdint.h>

#define SPAWN_MAGIC	0x31575053u	/* "SPW1" */
#define SPAWN_FD	3		/* the control socket */

/*
 * With it, in this order: socket, stdout, stderr, what the reaper says to
 * (how the worker ended; of a trial what it sees, else the same again), and
 * the control group (else that again).
 */
enum spawn_fds { SPAWN_SOCK, SPAWN_OUT, SPAWN_ERR, SPAWN_STATUS, SPAWN_SEEN,
	SPAWN_GROUP, SPAWN_FDS };

/*
 * What a worker waits for when it has locked itself in: a path, for messages
 * only, cut off when longer; with it the object, if any.  Then come frames.
 */
#define SPAWN_PATH_MAX	256

struct spawn_request {
	uint32_t magic;
	uint32_t die_with_host;	/* PDEATHSIG: the spawner's maker lives on */
	uint32_t has_paths;	/* the profile has */
	uint32_t has_children;	/* it may have */
	uint32_t has_group;	/* to join */
	uint32_t slot;		/* which no other live worker of the host has */
	uint32_t profile_len;
	char	profile[PROFILE_MAX];	/* so much of it as is said is sent */
};
#define SPAWN_REQUEST_MIN	offsetof(struct spawn_request, profile)

/* With it, if error is 0: the worker's pidfd.  The first has pid 0: ready. */
struct spawn_reply {
	uint32_t magic;
	int32_t	error;		/* errno */
	int64_t	pid;
};

/*
 * One datagram with descriptors.  recv: n in: room, out: received; -1 when
 * the datagram has less than min or more than len bytes (descriptors are
 * closed then), else its length.
 */
int	spawn_send(int sock, const void *, size_t len, const int *fds,
	    size_t n);
int	spawn_recv(int sock, void *, size_t min, size_t len, int *fds,
	    size_t *n);

#endif
