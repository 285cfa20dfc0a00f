/*
 * The list of invocations: with fault points and log level the only
 * mutable state that outlives a call, since the functions of the host table
 * are given a handle and nothing else.
 */
#include "worker/live.h"

#include "worker/serve.h"

static pthread_mutex_t live_lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(, invocation) live_list = LIST_HEAD_INITIALIZER(live_list);

static struct invocation *
find(uint64_t handle)
{
	struct invocation *v;

	LIST_FOREACH(v, &live_list, live)
		if (v->handle == handle)
			return v;
	return NULL;
}

bool
live_add(struct invocation *v)
{
	bool is_new;

	pthread_mutex_lock(&live_lock);
	is_new = find(v->handle) == NULL;
	if (is_new) {
		invocation_ref(v);
		LIST_INSERT_HEAD(&live_list, v, live);
	}
	pthread_mutex_unlock(&live_lock);
	return is_new;
}

void
live_remove(struct invocation *v)
{
	pthread_mutex_lock(&live_lock);
	LIST_REMOVE(v, live);
	pthread_mutex_unlock(&live_lock);
	invocation_unref(v);
}

struct invocation *
live_get(uint64_t handle)
{
	struct invocation *v;

	pthread_mutex_lock(&live_lock);
	v = find(handle);
	if (v != NULL)
		invocation_ref(v);
	pthread_mutex_unlock(&live_lock);
	return v;
}
