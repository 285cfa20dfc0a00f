/*
 * Whether the process at the other end of a Unix socket is the owner's own,
 * by the kernel's word.  A plugin's worker runs under the same uid, so that
 * alone isn't enough: see docs/decisions/011.
 */
#ifndef HTTP_PEER_H
#define HTTP_PEER_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

#define PEER_NS_MAX	64

struct peer_rule {
	uid_t	owner;
	pid_t	host_pid;
	pid_t	spawner_pid;	/* 0: none */
	char	user_ns[PEER_NS_MAX];	/* of this process */
	char	pid_ns[PEER_NS_MAX];
	bool	no_peerpidfd;	/* as on kernels before 6.5; for tests */
};

/* Reads the namespaces of this process; host_pid 0 is this process. */
rh_status	peer_rule_init(struct peer_rule *, uid_t owner,
		    pid_t host_pid, pid_t spawner_pid, struct err *);

/*
 * True, and whose process it is: its uid is the owner's or 0, it is in our
 * user and pid namespaces, and is neither the host, the spawner, nor
 * descended from them.  Anything that can't be found out is false.
 */
bool		peer_is_local(const struct peer_rule *, int fd, uid_t *);

#endif
