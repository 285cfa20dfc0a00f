/*
 * What the files of the registry share.
 */
#ifndef PLUGIN_REGISTRY_IMPL_H
#define PLUGIN_REGISTRY_IMPL_H

#include "plugin/registry.h"

#include <pthread.h>
#include <sys/queue.h>

struct registry {
	pthread_rwlock_t lock;
	struct plugin **items;
	size_t	count;
	size_t	cap;
	SLIST_HEAD(, plugin) gone;	/* whose places others have */
	enum plugin_state (*described)(struct plugin *, void *);
	void	*described_arg;
	elf_more libraries;	/* needed beyond the usual */
};

void	registry_lock_read(struct registry *);
void	registry_lock_write(struct registry *);
void	registry_unlock(struct registry *);

/* registry_choose.c, under the lock: what p is in use instead of is not. */
void	registry_replace(struct registry *, const struct plugin *p);
/* registry_name.c, under the lock */
rh_status registry_unique(const struct registry *, const struct plugin *,
	    struct err *);
/* registry_name.c: whether p and q may be in use beside each other */
rh_status registry_apart(const struct plugin *p, const struct plugin *q,
	    struct err *);

#endif
