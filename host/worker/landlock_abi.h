/*
 * What is newer than the kernel headers that a build may have: Landlock up
 * to ABI 6, and a few constants.  Old kernels refuse what they don't know.
 */
#ifndef WORKER_LANDLOCK_ABI_H
#define WORKER_LANDLOCK_ABI_H

#include <linux/landlock.h>
#include <stdint.h>

#define LL_EXECUTE	(1ULL << 0)
#define LL_WRITE_FILE	(1ULL << 1)
#define LL_READ_FILE	(1ULL << 2)
#define LL_READ_DIR	(1ULL << 3)
#define LL_REMOVE_DIR	(1ULL << 4)
#define LL_REMOVE_FILE	(1ULL << 5)
#define LL_MAKE_CHAR	(1ULL << 6)
#define LL_MAKE_DIR	(1ULL << 7)
#define LL_MAKE_REG	(1ULL << 8)
#define LL_MAKE_SOCK	(1ULL << 9)
#define LL_MAKE_FIFO	(1ULL << 10)
#define LL_MAKE_BLOCK	(1ULL << 11)
#define LL_MAKE_SYM	(1ULL << 12)
#define LL_REFER	(1ULL << 13)	/* ABI 2 */
#define LL_TRUNCATE	(1ULL << 14)	/* 3 */
#define LL_IOCTL_DEV	(1ULL << 15)	/* 5 */
#define LL_NET_BIND	(1ULL << 0)	/* 4 */
#define LL_NET_CONNECT	(1ULL << 1)
#define LL_SCOPE_ABSTRACT (1ULL << 0)	/* 6 */
#define LL_SCOPE_SIGNAL	(1ULL << 1)

/* struct landlock_ruleset_attr of ABI 6; what is 0 an older one takes. */
struct ll_ruleset {
	uint64_t fs, net, scoped;
};

#ifndef PR_SET_MDWE
#define PR_SET_MDWE	65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif
#ifndef MFD_EXEC
#define MFD_EXEC	0x0010U
#endif

#endif
